/* NFC by regions. A stable code point is untouched by NFC and joins nothing before it; a text changes only in regions that run
 * from the last stable code point before an unstable one to the next stable one. Everything else is copied.
 * In: bytes. Out: bytes. Linear in the text, however many marks stand on one letter. Must not know tokens. */
#include "text/nfc.h"

#include <stdlib.h>
#include <string.h>
#include "text/unicode.h"
#include "text/utf8.h"

enum { S_BASE = 0xAC00, L_BASE = 0x1100, V_BASE = 0x1161, T_BASE = 0x11A7, L_N = 19, V_N = 21, T_N = 28, S_N = L_N * V_N * T_N };

struct mark {
    uint32_t c;
    uint8_t ccc; /* canonical combining class */
};
struct nfc {
    unsigned char *out;     /* the result so far */
    size_t n, cap;
    struct mark *region;    /* decomposed */
    struct mark *sorted;    /* the same size, for order() */
    size_t region_n, region_cap;
};

static int out_of_memory(struct err *e) {
    return err_set(e, ERR_MEMORY, "out of memory normalising a text");
}

static int emit(struct nfc *f, const void *bytes, size_t n, struct err *e) {
    if (n > f->cap - f->n) {
        size_t cap = f->cap ? f->cap : 64;
        while (n > cap - f->n) {
            if (cap > SIZE_MAX / 2)
                return out_of_memory(e);
            cap *= 2;
        }
        unsigned char *p = realloc(f->out, cap);
        if (!p)
            return out_of_memory(e);
        f->out = p;
        f->cap = cap;
    }
    if (n)
        memcpy(f->out + f->n, bytes, n);
    f->n += n;
    return 0;
}

static int add(struct nfc *f, uint32_t c, struct err *e) {
    if (f->region_n == f->region_cap) {
        size_t cap = f->region_cap ? f->region_cap * 2 : 64;
        if (cap > SIZE_MAX / 2 / sizeof *f->region)
            return out_of_memory(e);
        struct mark *p = realloc(f->region, cap * sizeof *p);
        if (!p)
            return out_of_memory(e);
        f->region = p;
        p = realloc(f->sorted, cap * sizeof *p);
        if (!p)
            return out_of_memory(e);
        f->sorted = p;
        f->region_cap = cap;
    }
    struct mark *m = &f->region[f->region_n++];
    m->c = c;
    m->ccc = 0;
    uni_unstable_at(c, &m->ccc);
    return 0;
}

static int add_decomposed(struct nfc *f, uint32_t c, struct err *e) {
    if (c - S_BASE < S_N) {
        uint32_t s = c - S_BASE;
        if (add(f, L_BASE + s / (V_N * T_N), e) || add(f, V_BASE + s / T_N % V_N, e))
            return -1;
        return s % T_N ? add(f, T_BASE + s % T_N, e) : 0;
    }
    uint32_t tail[4], a, b; /* second parts, last first; chains of decompositions have at most three steps */
    int n = 0;
    while (n < 4 && uni_decompose(c, &a, &b)) {
        if (b)
            tail[n++] = b;
        c = a;
    }
    if (add(f, c, e))
        return -1;
    while (n > 0)
        if (add(f, tail[--n], e))
            return -1;
    return 0;
}

/* Sorts the marks from FROM to END by combining class, keeping the order within a class. */
static void order_run(struct nfc *f, size_t from, size_t end) {
    size_t start[256] = {0}; /* of each class, in the sorted run */
    for (size_t i = from; i < end; i++)
        start[f->region[i].ccc]++;
    size_t at = from;
    for (int k = 0; k < 256; k++) {
        size_t here = start[k];
        start[k] = at;
        at += here;
    }
    for (size_t i = from; i < end; i++)
        f->sorted[start[f->region[i].ccc]++] = f->region[i];
    memcpy(f->region + from, f->sorted + from, (end - from) * sizeof *f->region);
}

static void order(struct nfc *f) {
    for (size_t i = 0; i < f->region_n;) {
        size_t end = i;
        while (end < f->region_n && f->region[end].ccc)
            end++;
        if (end - i > 1)
            order_run(f, i, end);
        i = end > i ? end : i + 1;
    }
}

static uint32_t composite_of(uint32_t a, uint32_t b) {
    if (a - L_BASE < L_N && b - V_BASE < V_N)
        return S_BASE + ((a - L_BASE) * V_N + (b - V_BASE)) * T_N;
    if (a - S_BASE < S_N && (a - S_BASE) % T_N == 0 && b - T_BASE - 1 < T_N - 1)
        return a + (b - T_BASE);
    return uni_compose(a, b);
}

/* Joins each mark to the last letter before it, unless a mark between them has the same class or none. */
static void compose(struct nfc *f) {
    size_t letter = SIZE_MAX, w = 0;
    for (size_t i = 0; i < f->region_n; i++) {
        struct mark m = f->region[i];
        int adjacent = letter != SIZE_MAX && w == letter + 1;
        if (letter != SIZE_MAX && (adjacent || f->region[w - 1].ccc < m.ccc)) {
            uint32_t c = composite_of(f->region[letter].c, m.c);
            if (c) {
                f->region[letter].c = c;
                continue;
            }
        }
        if (m.ccc == 0)
            letter = w;
        f->region[w++] = m;
    }
    f->region_n = w;
}

/* S [n]: from a stable code point, or the start of the text, to before the next stable one. */
static int normalise(struct nfc *f, const unsigned char *s, size_t n, struct err *e) {
    f->region_n = 0;
    for (size_t i = 0; i < n;) {
        uint32_t c;
        i += (size_t)utf8_next(s + i, n - i, &c);
        if (add_decomposed(f, c, e))
            return -1;
    }
    order(f);
    compose(f);
    for (size_t i = 0; i < f->region_n; i++) {
        unsigned char bytes[4];
        if (emit(f, bytes, (size_t)utf8_put(f->region[i].c, bytes), e))
            return -1;
    }
    return 0;
}

static int walk(struct nfc *f, const unsigned char *s, size_t n, struct err *e) {
    size_t copied = 0, stable = 0, i = 0; /* all before COPIED is in the result; STABLE: the last stable code point, or COPIED */
    while (i < n) {
        uint32_t c;
        uint8_t ccc;
        size_t at = i;
        i += (size_t)utf8_next(s + i, n - i, &c);
        if (!uni_unstable_at(c, &ccc)) {
            stable = at;
            continue;
        }
        size_t end = i;
        while (end < n) {
            size_t len = (size_t)utf8_next(s + end, n - end, &c);
            if (!uni_unstable_at(c, &ccc))
                break;
            end += len;
        }
        if (emit(f, s + copied, stable - copied, e) || normalise(f, s + stable, end - stable, e))
            return -1;
        i = copied = stable = end;
    }
    /* Without an unstable code point nothing was written, and TEXT is the result. */
    return copied ? emit(f, s + copied, n - copied, e) : 0;
}

int nfc_apply(const char *text, size_t n, char **out, size_t *out_n, struct err *e) {
    struct nfc f = {0};
    int r = walk(&f, (const unsigned char *)text, n, e);
    free(f.region);
    free(f.sorted);
    if (r) {
        free(f.out);
        return -1;
    }
    *out = (char *)f.out;
    *out_n = f.n;
    return 0;
}
