/* The machine under schemas: what it accepts, and random documents of it. Every state that is reached must have a way on that brings it
 * nearer to its end, and every document must be valid for the validator, which shares no code with it but patterns and decimals.
 *
 *     check_machine [SEED]             tests/machine.txt, from the project's root
 *     check_machine --lines [SEED]     {"schema", "tests": [{"data", "valid"}]} a line on stdin, a line each on stdout
 *     check_machine --documents [SEED] {"schema"} a line on stdin, an array of documents each on stdout
 */
#define _GNU_SOURCE
#include <string.h>

#define PROGRAM "check_machine"
#define SEED 1
#include "json/machine.h"
#include "json/restyle.h"
#include "report.h"

static const struct schema_caps caps = {1024, 64, 8, 17};

struct subject {
    struct schema s;
    struct machine *m;
};

static int subject_open(struct subject *t, const char *text, size_t n, struct err *e) {
    t->m = NULL;
    if (schema_open(&t->s, "schema", text, n, &caps, e))
        return -1;
    if (machine_open(&t->m, &t->s, NULL, NULL, e) == 0)
        return 0;
    schema_close(&t->s);
    return -1;
}

static void subject_close(struct subject *t) {
    machine_close(t->m);
    schema_close(&t->s);
}

/* ---- random documents ---- */

struct document {
    char s[20000];
    size_t n;
};

/* The bytes that may come, each with what is left behind it. */
static int next_bytes(struct machine *m, const struct state *s, unsigned char *byte, uint32_t *left) {
    static struct state after;
    int n = 0;
    for (int b = 0; b < 256; b++) {
        size_t mark = machine_mark(m);
        if (machine_step(m, s, (unsigned char)b, &after)) {
            byte[n] = (unsigned char)b;
            left[n++] = machine_left(&after);
        }
        machine_release(m, mark);
    }
    return n;
}

/* A walk of some BYTES, then straight to the end. 0: the walk went wrong, and *why says how. */
static int walk(struct subject *t, int bytes, struct document *d, const char **why) {
    static struct state s, after;
    unsigned char byte[256];
    uint32_t left[256];
    struct err e;
    machine_start(t->m, &s);
    for (d->n = 0; !machine_ended(&s); d->n++) {
        int n = next_bytes(t->m, &s, byte, left), pick = 0, least = 0;
        uint32_t now = machine_left(&s);
        for (int i = 1; i < n; i++)
            if (left[i] < left[least])
                least = i;
        if (n == 0 && now > 0)
            return *why = "no byte may follow", 0;
        if (now > 0 && left[least] >= now)
            return *why = "no byte brings the end nearer", 0;
        if (n == 0 || (now == 0 && (d->n > (size_t)bytes || rnd() % 4 == 0)))
            break;
        if (d->n + 1 == sizeof d->s)
            return *why = "it does not end", 0;
        pick = d->n > (size_t)bytes ? least : (int)(rnd() % (uint32_t)n);
        if (d->n <= (size_t)bytes && rnd() % 3 == 0) /* printable characters only go far into structure */
            for (int tries = 0; tries < 8 && (byte[pick] < 0x20 || byte[pick] > 0x7e); tries++)
                pick = (int)(rnd() % (uint32_t)n);
        d->s[d->n] = (char)byte[pick];
        if (!machine_step(t->m, &s, byte[pick], &after))
            return *why = "a byte was allowed and is not", 0;
        s = after;
        if (machine_memory(t->m) > 1 << 20 && machine_sweep(t->m, &s, &e))
            return *why = e.text, 0;
    }
    return 1;
}

static int is_valid(struct subject *t, const char *text, size_t n, struct err *e) {
    struct json doc;
    if (json_open(&doc, "document", ERR_RUNTIME, text, n, e))
        return 0;
    int ok = valid_check(t->s.valid, t->s.json.root, doc.root, e);
    json_close(&doc);
    return ok == 1;
}

/* N random documents: 0 and what went wrong in WHY [cap]. */
static int try_documents(struct subject *t, int n, char *why, size_t cap) {
    static struct document d;
    struct err e = {0, ""};
    for (int i = 0; i < n; i++) {
        const char *reason = NULL;
        if (!walk(t, (int)(rnd() % 200), &d, &reason)) {
            snprintf(why, cap, "%s: %.*s", reason, (int)(d.n + 1 < 900 ? d.n + 1 : 900), d.s);
            return 0;
        }
        if (!is_valid(t, d.s, d.n, &e)) {
            snprintf(why, cap, "%s: %.*s", e.text, (int)(d.n < 900 ? d.n : 900), d.s);
            return 0;
        }
    }
    return 1;
}

static int accepts(struct subject *t, const char *text, size_t n) {
    static struct state s, after;
    machine_start(t->m, &s);
    for (size_t i = 0; i < n; i++) {
        if (!machine_step(t->m, &s, (unsigned char)text[i], &after))
            return 0;
        s = after;
    }
    return machine_complete(&s);
}

/* ---- lines ---- */

static int accepts_value(struct subject *t, const struct json_value *v) {
    struct text_out out = {0};
    struct err e;
    int r = restyle(t->m, &t->s, v, &out, &e);
    if (r == 1)
        r = accepts(t, out.s, out.n);
    text_free(&out);
    return r;
}

static void one_line(char *line, size_t n) {
    struct json j;
    struct err e;
    struct subject t;
    struct text_out text = {0};
    char why[2000] = "";
    if (json_open(&j, "line", ERR_RUNTIME, line, n, &e)) {
        printf("bad line: %s\n", e.text);
        return;
    }
    text_value(&text, json_find(j.root, "schema"));
    if (subject_open(&t, text.s, text.n, &e)) {
        printf("refused: %s\n", e.text);
    } else {
        printf("ok %d ", try_documents(&t, 8, why, sizeof why));
        const struct json_value *tests = json_find(j.root, "tests"), *at = tests + 1;
        for (uint32_t i = 0; tests && i < tests->n; i++, at = json_next(at)) {
            const struct json_value *valid = json_find(at, "valid");
            printf("%c%d", valid && valid->type == JSON_TRUE ? 'v' : 'i', accepts_value(&t, json_find(at, "data")));
        }
        printf(" %s\n", why);
        subject_close(&t);
    }
    fflush(stdout);
    text_free(&text);
    json_close(&j);
}

/* A JSON array of some random documents, for other validators; an empty one for a schema that is refused. */
static void some_documents(char *line, size_t n) {
    static struct document d;
    struct json j;
    struct err e;
    struct subject t;
    struct text_out text = {0};
    const char *why;
    if (json_open(&j, "line", ERR_RUNTIME, line, n, &e))
        exit(1);
    text_value(&text, json_find(j.root, "schema"));
    putchar('[');
    if (subject_open(&t, text.s, text.n, &e) == 0) {
        for (int i = 0; i < 6; i++)
            if (walk(&t, (int)(rnd() % 300), &d, &why))
                printf("%s%.*s", i ? ", " : "", (int)d.n, d.s);
        subject_close(&t);
    }
    printf("]\n");
    text_free(&text);
    json_close(&j);
}

static int lines(void (*one)(char *line, size_t n)) {
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    while ((n = getline(&line, &cap, stdin)) > 0)
        one(line, (size_t)n);
    free(line);
    return 0;
}

/* ---- tests/machine.txt ---- */

static void check_case(struct subject *t, int opened, const char *schema, const char *word, const char *text, const struct err *why) {
    struct err e = {0, ""};
    if (!strcmp(word, "refused")) {
        check(!opened && why->code == ERR_SCHEMA && strstr(why->text, text), "%s: %s, not refused for %s", schema,
              opened ? "opened" : why->text, text);
        return;
    }
    int yes = !strcmp(word, "yes");
    check(opened && accepts(t, text, strlen(text)) == yes, "%s: %s %s: %s", schema, yes ? "refuses" : "accepts", text, opened ? "" : why->text);
    if (yes && opened)
        check(is_valid(t, text, strlen(text), &e), "%s: not valid: %s", schema, text);
}

static void check_cases(const char *path) {
    char line[4096], schema[4096] = "", why[2000] = "";
    struct subject t;
    struct err e = {0, ""};
    int opened = 0;
    FILE *f = fopen(path, "r");
    need(f ? 0 : err_set(&e, ERR_RUNTIME, "cannot be opened: run me from the project's root"), &e, path);
    while (fgets(line, sizeof line, f)) {
        char *text = strchr(line, ' ');
        line[strcspn(line, "\n")] = 0;
        if (!text || line[0] == '#')
            continue;
        *text++ = 0;
        if (!strcmp(line, "schema")) {
            if (opened)
                subject_close(&t);
            strcpy(schema, text);
            opened = subject_open(&t, schema, strlen(schema), &e) == 0;
            if (opened)
                check(try_documents(&t, 30, why, sizeof why), "%s: %s", schema, why);
        } else {
            check_case(&t, opened, schema, line, text, &e);
        }
    }
    if (opened)
        subject_close(&t);
    fclose(f);
}

/* What no line of a text can hold. */
static void check_bytes(void) {
    static const char *const no[] = {"", "\"\n\"",
                                     "\"\x01\"", "\"\xed\xa0\x80\"", "\"\xc0\x80\"", "\"\xff\"", "\"\xf4\x90\x80\x80\"", "\"\xe6\xb8\""};
    struct subject t;
    struct err e;
    need(subject_open(&t, "true", 4, &e), &e, "true");
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        check(!accepts(&t, no[i], strlen(no[i])), "true accepts bytes %zu", i);
    check(accepts(&t, "\"\x7f\xf4\x8f\xbf\xbf\"", 7), "true refuses U+10FFFF");
    subject_close(&t);
}

int main(int argc, char **argv) {
    int all = argc > 1 && !strcmp(argv[1], "--lines"), documents = argc > 1 && !strcmp(argv[1], "--documents");
    if (argc > 1 + all + documents)
        seed = strtoull(argv[1 + all + documents], NULL, 10);
    random_state = seed;
    if (all || documents)
        return lines(all ? one_line : some_documents);
    check_cases("tests/machine.txt");
    check_bytes();
    printf(PROGRAM ": %d passed, %d failed\n", n_passed, n_failed);
    return n_failed > 0;
}
