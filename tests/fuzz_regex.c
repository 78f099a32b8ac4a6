/* libFuzzer target: a pattern, a zero byte, a string. The automaton of what compiles is complete, and what it says of the string is what
 * its product with itself says.
 */
#include <stdlib.h>
#include <string.h>
#include "base/utf8.h"
#include "json/lang.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int is_utf8(const uint8_t *s, size_t n) {
    uint32_t c;
    for (size_t i = 0; i < n;) {
        int len = utf8_scan(s + i, n - i, &c);
        if (len <= 0)
            return 0;
        i += (size_t)len;
    }
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    const uint8_t *end = n ? memchr(data, 0, n) : NULL;
    size_t pattern = end ? (size_t)(end - data) : n, rest = end ? n - pattern - 1 : 0;
    struct arena mem = {0};
    struct err e;
    struct dfa d, two;
    const struct dfa *part[2] = {&d, &d};
    if (dfa_pattern(&d, (const char *)data, pattern, &mem, &e) == 0 && dfa_product(&two, part, 2, &mem, &e) == 0 &&
        is_utf8(data + n - rest, rest)) {
        uint32_t one = dfa_match(&d, (const char *)data + n - rest, rest) & 1;
        if (dfa_match(&two, (const char *)data + n - rest, rest) != one * 3)
            abort();
        int32_t *label = arena_alloc(&mem, d.n_states, sizeof *label, &e);
        for (uint32_t q = 0; label && q < d.n_states; q++)
            label[q] = d.matched[q] & 1 ? 0 : -1;
        struct lang l = {.dfa = &d, .label = label, .max = 1024};
        if (label && lang_measure(&l, 1, &mem, &e) == 0 && one && rest <= 1024 && l.reach[d.start].chars == LANG_NEVER)
            abort();
    }
    arena_free(&mem);
    return 0;
}
