/* libFuzzer target: a schema, a zero byte, choices. What compiles is walked by the choices: no state is a dead end, and the document is
 * valid for the validator.
 */
#include <stdlib.h>
#include <string.h>
#include "json/machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { STEPS = 400 };
static char document[1 << 16];

/* The byte the choice asks for, or one after it; past the steps the one that is nearest to the end. -1: none. */
static int next_byte(struct machine *m, const struct state *s, int choice, int hurry) {
    static struct state after;
    int best = -1;
    uint32_t least = machine_left(s);
    for (int i = 0; i < 256; i++) {
        unsigned char b = (unsigned char)(choice + i);
        size_t mark = machine_mark(m);
        int yes = machine_step(m, s, b, &after);
        uint32_t left = yes ? machine_left(&after) : UINT32_MAX;
        machine_release(m, mark);
        if (yes && !hurry)
            return b;
        if (yes && left < least)
            least = left, best = b;
    }
    return best;
}

static void walk(struct schema *s, struct machine *m, const uint8_t *choice, size_t n_choices) {
    static struct state now, after;
    size_t n = 0;
    struct json doc;
    struct err e;
    machine_start(m, &now);
    if (now.n == 0)
        abort();
    while (!machine_ended(&now) && n < sizeof document) {
        int hurry = n >= n_choices || n >= STEPS, b = next_byte(m, &now, hurry ? 0 : choice[n], hurry);
        if (b < 0 && machine_complete(&now))
            break;
        if (b < 0 || !machine_step(m, &now, (unsigned char)b, &after))
            abort();
        document[n++] = (char)b;
        now = after;
    }
    if (n == sizeof document)
        return; /* as long as the schema asks for */
    if (json_open(&doc, "document", ERR_RUNTIME, document, n, &e))
        abort();
    if (valid_check(s->valid, s->json.root, doc.root, &e) == 0)
        abort();
    json_close(&doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    const struct schema_caps caps = {64, 8, 3, 17};
    const uint8_t *end = n ? memchr(data, 0, n) : NULL;
    size_t text = end ? (size_t)(end - data) : n;
    struct schema s;
    struct machine *m;
    struct err e;
    if (schema_open(&s, "schema", (const char *)data, text, &caps, &e))
        return 0;
    if (machine_open(&m, &s, NULL, NULL, &e) == 0) {
        walk(&s, m, data + text + (end != NULL), end ? n - text - 1 : 0);
        machine_close(m);
    }
    schema_close(&s);
    return 0;
}
