/* Small vocabularies made in memory, and merges done the slow way, for check_text.c. */
#ifndef CHECK_TEXT_VOCAB_H
#define CHECK_TEXT_VOCAB_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/tok.h"

enum { MADE_MAX = 640 };
struct made {
    const char *text[MADE_MAX]; /* tokens, in the byte alphabet */
    int32_t type[MADE_MAX];
    const char *merge[MADE_MAX];
    uint32_t n, n_merges;
    char pool[32768];           /* where texts live that are no literals */
    size_t used;
    struct tok *tok;
};

static unsigned made_rand(unsigned *seed) { return (*seed = *seed * 1664525u + 1013904223u) >> 8; }

static const char *made_keep(struct made *m, const char *s) {
    char *p = m->pool + m->used;
    if (m->used + strlen(s) + 1 > sizeof m->pool)
        abort();
    m->used += strlen(s) + 1;
    return strcpy(p, s);
}

static void made_token(struct made *m, const char *text, int32_t type) {
    m->text[m->n] = text;
    m->type[m->n++] = type;
}

static void made_merge(struct made *m, const char *text) { m->merge[m->n_merges++] = text; }

/* The byte tokens alone. */
static struct made *made_new(void) {
    struct made *m = calloc(1, sizeof *m);
    unsigned other = 0x100;
    for (unsigned b = 0; b < 256; b++) {
        int printable = (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b != 0xAD);
        unsigned c = printable ? b : other++;
        char s[3] = {(char)c, 0, 0};
        if (c >= 0x80) {
            s[0] = (char)(0xC0 | c >> 6);
            s[1] = (char)(0x80 | (c & 0x3F));
        }
        made_token(m, made_keep(m, s), TOK_NORMAL);
    }
    return m;
}

static int32_t made_id(const struct made *m, const char *text) {
    for (uint32_t i = 0; i < m->n; i++)
        if (strcmp(m->text[i], text) == 0)
            return (int32_t)i;
    return -1;
}

/* N strings as a tok_source has them, *bytes of memory to be freed. */
static uint8_t *made_strings(const char *const *text, uint32_t n, size_t *bytes) {
    *bytes = 0;
    for (uint32_t i = 0; i < n; i++)
        *bytes += sizeof(uint64_t) + strlen(text[i]);
    uint8_t *strings = malloc(*bytes + !*bytes), *at = strings;
    for (uint32_t i = 0; strings && i < n; i++) {
        uint64_t len = strlen(text[i]);
        memcpy(at, &len, sizeof len);
        memcpy(at + sizeof len, text[i], (size_t)len);
        at += sizeof len + len;
    }
    return strings;
}

static int made_open(struct made *m, struct tok_fault *where, struct err *e) {
    size_t bytes, merges_bytes;
    uint8_t *tokens = made_strings(m->text, m->n, &bytes), *merges = made_strings(m->merge, m->n_merges, &merges_bytes);
    struct tok_source src = {m->n, m->n_merges, tokens, bytes, m->type, merges, -1, -1, -1, -1};
    if (!tokens || !merges)
        abort();
    int rc = tok_open(&m->tok, &src, where, e);
    free(tokens);
    free(merges);
    return rc;
}

static void made_open_or_die(struct made *m) {
    struct tok_fault where;
    struct err e;
    if (made_open(m, &where, &e)) {
        printf("%s\n", e.text);
        abort();
    }
}

static void made_free(struct made *m) {
    tok_close(m->tok);
    free(m);
}

/* ab, abc, abcd by three merges. */
static void made_chain(struct made *m) {
    made_token(m, "ab", TOK_NORMAL);
    made_token(m, "abc", TOK_NORMAL);
    made_token(m, "abcd", TOK_NORMAL);
    made_merge(m, "a b");
    made_merge(m, "ab c");
    made_merge(m, "abc d");
}

/* Bytes, runs of a and of spaces, and special tokens. */
static struct made *made_small(void) {
    struct made *m = made_new();
    static const char *const merges[] = {"a a", "aa aa", "aaaa aaaa", "\u0120 \u0120", "\u0120\u0120 \u0120\u0120", "\u010a \u010a"};
    for (size_t i = 0; i < sizeof merges / sizeof merges[0]; i++) {
        char joined[64];
        size_t cut = strcspn(merges[i], " ");
        snprintf(joined, sizeof joined, "%.*s%s", (int)cut, merges[i], merges[i] + cut + 1);
        made_token(m, made_keep(m, joined), TOK_NORMAL);
        made_merge(m, merges[i]);
    }
    made_token(m, "<|im_start|>", TOK_CONTROL);
    made_token(m, "<|im_end|>", TOK_CONTROL);
    made_token(m, "<tool>", TOK_USER);
    made_token(m, "<tool>x>", TOK_CONTROL);
    made_token(m, "", TOK_CONTROL);
    made_token(m, "[PAD]", TOK_UNUSED);
    made_open_or_die(m);
    return m;
}

static int32_t made_first_special(const struct tok *t) { return tok_find(t, "<|im_start|>"); }

/* Merges of random tokens over a to d, in an order that training would not give: later merges may come first, and a token
 * may be made in several ways. Every third round keeps the usual order. */
static struct made *made_random(unsigned *seed, int round) {
    struct made *m = made_new();
    for (int k = 0; k < 60; k++) {
        const char *part[2];
        for (int j = 0; j < 2; j++) {
            unsigned r = made_rand(seed);
            part[j] = m->n > 256 && r % 3 ? m->text[256 + r / 3 % (m->n - 256)] : m->text['a' + r / 3 % 4];
        }
        char joined[128], merge[128];
        snprintf(joined, sizeof joined, "%s%s", part[0], part[1]);
        snprintf(merge, sizeof merge, "%s %s", part[0], part[1]);
        if (strlen(joined) > 24)
            continue;
        if (made_id(m, joined) < 0)
            made_token(m, made_keep(m, joined), TOK_NORMAL);
        made_merge(m, made_keep(m, merge));
    }
    for (uint32_t i = m->n_merges; round % 3 && i > 1; i--) {
        uint32_t j = made_rand(seed) % i;
        const char *t = m->merge[j];
        m->merge[j] = m->merge[i - 1];
        m->merge[i - 1] = t;
    }
    made_open_or_die(m);
    return m;
}

/* The merge of the two pieces that CUT parts, text[from..cut) and text[cut..to), or m->n_merges. */
static uint32_t made_rank(const struct made *m, const char *text, size_t from, size_t cut, size_t to) {
    for (uint32_t r = 0; r < m->n_merges; r++) {
        const char *s = m->merge[r];
        if (strlen(s) == to - from + 1 && s[cut - from] == ' ' && memcmp(s, text + from, cut - from) == 0 &&
            memcmp(s + (cut - from) + 1, text + cut, to - cut) == 0)
            return r;
    }
    return m->n_merges;
}

/* TEXT, at most 64 letters that stand for themselves: again and again the pair of lowest rank is joined, the leftmost of them. */
static size_t made_naive(const struct made *m, const char *text, size_t n, int32_t *out) {
    size_t cut[65]; /* piece i is text[cut[i]..cut[i + 1]) */
    for (size_t i = 0; i <= n; i++)
        cut[i] = i;
    for (;;) {
        uint32_t best = m->n_merges;
        size_t at = 0;
        for (size_t i = 0; i + 2 <= n; i++) {
            uint32_t r = made_rank(m, text, cut[i], cut[i + 1], cut[i + 2]);
            if (r < best) {
                best = r;
                at = i;
            }
        }
        if (best == m->n_merges)
            break;
        memmove(&cut[at + 1], &cut[at + 2], (n - at - 1) * sizeof *cut);
        n--;
    }
    for (size_t i = 0; i < n; i++) {
        char piece[65] = "";
        memcpy(piece, text + cut[i], cut[i + 1] - cut[i]);
        out[i] = made_id(m, piece);
    }
    return n;
}

#endif
