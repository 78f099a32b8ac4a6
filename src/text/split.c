/* The pattern
 *     (?i:'s|'t|'re|'ve|'m|'ll|'d) | [^\r\n\p{L}\p{N}]?\p{L}+ | \p{N} | ?[^\s\p{L}\p{N}]+[\r\n]* | \s*[\r\n]+ | \s+(?!\S) | \s+
 * by hand: the first alternative that matches, as long as it can be. In: any bytes. Out: lengths. Must not know tokens.
 * A byte of no character counts as a symbol that is neither letter, number nor space. */
#include "text/split.h"

#include <stdint.h>
#include "text/unicode.h"
#include "text/utf8.h"

struct sym {
    uint32_t c;
    int is;     /* enum uni_class; -1 behind the text */
    size_t end; /* where the next symbol starts */
};

static struct sym sym_at(const unsigned char *s, size_t n, size_t i) {
    struct sym y = {0, -1, i};
    if (i < n) {
        y.end = i + (size_t)utf8_next(s + i, n - i, &y.c);
        y.is = (int)uni_class(y.c);
    }
    return y;
}

static int is_newline(uint32_t c) { return c == '\r' || c == '\n'; }

static size_t run_of(const unsigned char *s, size_t n, size_t i, int is) {
    for (struct sym y = sym_at(s, n, i); y.is == is; y = sym_at(s, n, i))
        i = y.end;
    return i;
}

/* Case-folded as Unicode does, which makes the long s (U+017F) an s. */
static uint32_t fold(uint32_t c) { return c - 'A' < 26 ? c | 0x20 : c == 0x17F ? 's' : c; }

/* The end of 's 't 're 've 'm 'll 'd after an apostrophe that ends at I; 0: none. */
static size_t contraction(const unsigned char *s, size_t n, size_t i) {
    struct sym one = sym_at(s, n, i), two = sym_at(s, n, one.end);
    uint32_t a = fold(one.c), b = fold(two.c);
    if (a == 's' || a == 't' || a == 'm' || a == 'd')
        return one.end;
    return (a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l') ? two.end : 0;
}

/* The text starts with white space that no letter and no symbol takes. */
static size_t space(const unsigned char *s, size_t n) {
    size_t end = 0, last = 0, newline = 0; /* of the run, of all but its last symbol, after its last line end */
    for (struct sym y = sym_at(s, n, 0); y.is == UNI_SPACE; y = sym_at(s, n, end)) {
        last = end;
        end = y.end;
        if (is_newline(y.c))
            newline = end;
    }
    if (newline)
        return newline;
    return end == n || last == 0 ? end : last; /* the last space stays with the word that follows it */
}

size_t split_next(const char *text, size_t n) {
    const unsigned char *s = (const unsigned char *)text;
    struct sym first = sym_at(s, n, 0), second = sym_at(s, n, first.end);
    if (first.c == '\'') {
        size_t end = contraction(s, n, first.end);
        if (end)
            return end;
    }
    if (first.is == UNI_LETTER)
        return run_of(s, n, first.end, UNI_LETTER);
    if (first.is == UNI_NUMBER)
        return first.end;
    if (second.is == UNI_LETTER && !is_newline(first.c))
        return run_of(s, n, second.end, UNI_LETTER);
    if (first.is == UNI_OTHER || (first.c == ' ' && second.is == UNI_OTHER)) {
        size_t end = run_of(s, n, first.end, UNI_OTHER);
        while (end < n && is_newline(s[end]))
            end++;
        return end;
    }
    return space(s, n);
}
