/* A vocabulary by the bytes of its tokens: one pass that counts, one that puts them in their places, and sorting where it is asked for. */
#include "json/order.h"

#include <string.h>

/* ---- what a token is -------------------------------------------------------------------------------------------- */

enum sort { PLAIN, AWKWARD, OUT };

static int plain_ascii(unsigned c) {
    return c - 0x20 < 0x60 && c != '"' && c != '\\';
}

/* Bytes of the plain character at S, of which N are there; 0: there is none. */
static size_t plain_char(const unsigned char *s, size_t n) {
    const unsigned c = s[0];
    if (c < 0x80)
        return plain_ascii(c);
    const size_t len = c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    if (len == 0 || n < len)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((c == 0xe0 && s[1] < 0xa0) || (c == 0xed && s[1] > 0x9f) || (c == 0xf0 && s[1] < 0x90) || (c == 0xf4 && s[1] > 0x8f))
        return 0;
    return len;
}

/* Sets all of T but shared. */
static enum sort classify(struct token *t, int32_t id, const char *text, size_t n) {
    const unsigned char *s = (const unsigned char *)text;
    if (n == 0 || n > ORDER_LONGEST)
        return OUT;
    *t = (struct token){.s = text, .id = id, .n = (uint8_t)n};
    size_t i = 0, plain = 0;
    unsigned chars = 0;
    for (;;) {
        for (; i < n && plain_ascii(s[i]); i++)
            chars++;
        if (i == n)
            break;
        const size_t len = plain_char(s + i, n - i);
        if (s[i] < 0x20)
            return OUT;
        i += len ? len : 1;
        plain = len ? plain : i;
        chars = len ? chars + 1 : 0;
    }
    t->plain = (uint8_t)plain;
    t->chars = (uint8_t)chars;
    return plain == 0 ? PLAIN : AWKWARD;
}

/* Where the first thing in an awkward token is that is no plain character. */
static size_t first_awkward(const struct token *t) {
    const unsigned char *s = (const unsigned char *)t->s;
    size_t i = 0, len;
    while ((len = plain_char(s + i, t->n - i)) > 0)
        i += len;
    return i;
}

/* From byte I on it is the beginning of a character. */
static int is_part(const struct token *t, size_t i) {
    static const unsigned char fill[] = {0x80, 0x90, 0xa0, 0xbf};
    unsigned char s[4];
    const size_t n = t->n - i;
    if (n > 3)
        return 0;
    memcpy(s, t->s + i, n);
    for (int first = 0; first < 4; first++) { /* the byte behind a lead byte is what forms too long or too large are told by */
        s[n] = fill[first];
        for (size_t k = n + 1; k < 4; k++)
            s[k] = 0x80;
        if (s[0] >= 0xc2 && plain_char(s, 4) > n)
            return 1;
    }
    return 0;
}

/* ---- sorting ---------------------------------------------------------------------------------------------------- */

static int before(const struct token *a, const struct token *b, size_t from) {
    const size_t n = a->n < b->n ? a->n : b->n;
    for (size_t i = from; i < n; i++) /* they are short: shorter than a call of memcmp */
        if (a->s[i] != b->s[i])
            return (unsigned char)a->s[i] < (unsigned char)b->s[i];
    return a->n != b->n ? a->n < b->n : a->id < b->id;
}

static void swap(struct token *a, struct token *b) {
    const struct token x = *a;
    *a = *b;
    *b = x;
}

/* The middle one of three goes to T[0]. */
static void choose_pivot(struct token *t, size_t n, size_t from) {
    struct token *mid = t + n / 2, *last = t + n - 1;
    if (before(mid, t, from))
        swap(mid, t);
    if (before(last, mid, from))
        swap(last, mid);
    if (before(mid, t, from))
        swap(mid, t);
    swap(t, mid);
}

/* By the bytes from FROM on; those before are alike. No two are equal, as ids differ. */
static void sort(struct token *t, size_t n, size_t from) {
    while (n > 12) {
        size_t i = 0, j = n;
        choose_pivot(t, n, from);
        for (;;) {
            do
                i++;
            while (i < n && before(&t[i], t, from));
            do
                j--;
            while (before(t, &t[j], from));
            if (i >= j)
                break;
            swap(&t[i], &t[j]);
        }
        swap(t, &t[j]);
        if (j < n - j - 1) { /* the smaller part by recursion: at most log n deep */
            sort(t, j, from);
            t += j + 1;
            n -= j + 1;
        } else {
            sort(t + j + 1, n - j - 1, from);
            n = j;
        }
    }
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0 && before(&t[j], &t[j - 1], from); j--)
            swap(&t[j], &t[j - 1]);
}

/* The first one of a range shares FROM bytes with the rest of it. */
static void sort_range(struct token *t, size_t n, size_t from) {
    sort(t, n, from);
    for (size_t i = 0; i < n; i++) {
        size_t same = from;
        while (i > 0 && same < t[i].n && same < t[i - 1].n && t[i].s[same] == t[i - 1].s[same])
            same++;
        t[i].shared = (uint8_t)same;
    }
}

static uint32_t pair_of(const struct token *t) {
    return (uint32_t)(unsigned char)t->s[0] * 257 + (t->n > 1 ? 1 + (uint32_t)(unsigned char)t->s[1] : 0);
}

void order_pair(struct order *o, unsigned char a, unsigned char b, uint32_t *from, uint32_t *to) {
    const uint32_t pair = (uint32_t)a * 257 + 1 + b;
    *from = o->pair[pair];
    *to = o->pair[pair + 1];
    if (o->sorted[pair / 32] >> pair % 32 & 1)
        return;
    sort_range(o->plain + *from, *to - *from, 2);
    o->sorted[pair / 32] |= (uint32_t)1 << pair % 32;
}

/* Those that may be the beginning of a character go to text_set, those with a quote or an escape to quoted. */
static void sort_out(struct order *o) {
    memcpy(o->text_set, o->plain_set, o->n_words * sizeof *o->text_set);
    o->n_text = o->n_plain;
    for (uint32_t i = 0; i < o->n_awkward; i++) {
        struct token t = o->awkward[i];
        const size_t at = first_awkward(&t);
        if (t.s[at] == '"' || t.s[at] == '\\') {
            t.s += at;
            t.n = (uint8_t)(t.n - at);
            t.plain = (uint8_t)(t.plain - at);
            o->quoted[o->n_quoted++] = t;
        } else if (is_part(&t, at)) {
            o->text_set[t.id / 32] |= (uint32_t)1 << t.id % 32;
            o->n_text++;
        }
    }
    sort_range(o->quoted, o->n_quoted, 0);
}

static void sort_awkward(struct order *o) {
    uint32_t i = 0;
    sort_range(o->awkward, o->n_awkward, 0);
    for (unsigned b = 0; b <= 256; b++) {
        while (i < o->n_awkward && (unsigned char)o->awkward[i].s[0] < b)
            i++;
        o->awkward_from[b] = i;
    }
}

/* ---- opening ---------------------------------------------------------------------------------------------------- */

struct counts {
    uint32_t chars[257], n[3];
    unsigned char has[256]; /* bytes that are a token */
};

static int allocate(struct order *o, const struct order_source *src, struct err *e) {
    const size_t n = (size_t)src->n_tokens;
    o->n_rows = src->n_rows;
    o->n_words = ((size_t)src->n_rows + 31) / 32;
    o->pair = arena_alloc(&o->mem, ORDER_PAIRS + 1, sizeof *o->pair, e);
    o->sorted = arena_alloc(&o->mem, (ORDER_PAIRS + 31) / 32, sizeof *o->sorted, e);
    o->plain_set = arena_alloc(&o->mem, o->n_words, sizeof *o->plain_set, e);
    o->ends = arena_alloc(&o->mem, 16, sizeof *o->ends, e);
    o->plain = arena_alloc(&o->mem, n, sizeof *o->plain, e);
    return o->pair && o->sorted && o->plain_set && o->ends && o->plain ? 0 : -1;
}

/* The tokens of a document in ALL, as they come; what is known of each sort in *c. */
static uint32_t read_tokens(struct order *o, const struct order_source *src, struct token *all, struct counts *c) {
    uint32_t n_all = 0;
    for (int32_t id = 0; id < src->n_tokens; id++) {
        size_t n;
        const char *s = src->bytes(src->ctx, id, &n);
        const int ends = src->ends(src->ctx, id);
        struct token *t = &all[n_all];
        if (ends && o->n_ends < 16)
            o->ends[o->n_ends++] = id;
        if (ends || classify(t, id, s, n) == OUT)
            continue;
        n_all++;
        c->n[t->plain > 0]++;
        if (n == 1)
            c->has[(unsigned char)*s] = 1;
        if (n > o->longest)
            o->longest = (uint32_t)n;
        if (t->plain)
            continue;
        o->pair[pair_of(t) + 1]++;
        c->chars[t->chars]++;
        if (t->chars > o->longest_chars)
            o->longest_chars = t->chars;
    }
    return n_all;
}

/* Where the plain ones of each pair and of each number of characters begin, out of how many there are. */
static void add_up(struct order *o, const struct counts *c) {
    for (uint32_t i = 0; i < ORDER_PAIRS; i++)
        o->pair[i + 1] += o->pair[i];
    for (uint32_t i = 0; i < 256; i++)
        o->from_chars[i + 1] = o->from_chars[i] + c->chars[i];
}

static void place(struct order *o, const struct token *all, uint32_t n_all, uint32_t *next) {
    uint32_t of_chars[257], awkward = 0;
    memcpy(of_chars, o->from_chars, sizeof of_chars);
    memcpy(next, o->pair, ORDER_PAIRS * sizeof *next);
    for (uint32_t i = 0; i < n_all; i++) {
        const struct token *t = &all[i];
        if (t->plain) {
            o->awkward[awkward++] = *t;
            continue;
        }
        o->plain[next[pair_of(t)]++] = *t;
        o->by_chars[of_chars[t->chars]++] = t->id;
        o->plain_set[t->id / 32] |= (uint32_t)1 << t->id % 32;
    }
}

static int check_bytes(const struct counts *c, struct err *e) {
    for (int b = 0x20; b < 0xf5; b++)
        if (!c->has[b] && b != 0x7f && b != 0xc0 && b != 0xc1)
            return err_set(e, ERR_MODEL, "the vocabulary has no token for the byte 0x%02x alone: no answer can be held to a schema", b);
    return 0;
}

static int sort_all(struct order *o, const struct order_source *src, struct token *all, uint32_t *next, struct err *e) {
    struct counts c = {{0}, {0}, {0}};
    const uint32_t n_all = read_tokens(o, src, all, &c);
    o->n_plain = c.n[0];
    o->n_awkward = c.n[1];
    o->n_others = (int)(src->n_rows - (int32_t)o->n_plain);
    o->by_chars = arena_alloc(&o->mem, o->n_plain, sizeof *o->by_chars, e);
    o->awkward = arena_alloc(&o->mem, o->n_awkward, sizeof *o->awkward, e);
    o->quoted = arena_alloc(&o->mem, o->n_awkward, sizeof *o->quoted, e);
    o->text_set = arena_alloc(&o->mem, o->n_words, sizeof *o->text_set, e);
    o->others = arena_alloc(&o->mem, (size_t)o->n_others, sizeof *o->others, e);
    if (check_bytes(&c, e) || !o->by_chars || !o->awkward || !o->quoted || !o->text_set || !o->others)
        return -1;
    add_up(o, &c);
    place(o, all, n_all, next);
    sort_awkward(o);
    sort_out(o);
    int n = 0;
    for (int32_t id = 0; id < src->n_rows; id++)
        if (!(o->plain_set[id / 32] >> id % 32 & 1))
            o->others[n++] = id;
    return 0;
}

int order_open(struct order *o, const struct order_source *src, struct err *e) {
    const struct order none = {0};
    struct arena scratch = {0};
    *o = none;
    struct token *all = arena_alloc(&scratch, (size_t)src->n_tokens, sizeof *all, e);
    uint32_t *next = arena_alloc(&scratch, ORDER_PAIRS, sizeof *next, e);
    const int rc = !all || !next || allocate(o, src, e) || sort_all(o, src, all, next, e) ? -1 : 0;
    arena_free(&scratch);
    if (rc)
        order_close(o);
    return rc;
}

void order_close(struct order *o) {
    arena_free(&o->mem);
}

/* ---- looking up ------------------------------------------------------------------------------------------------- */

/* Of the sorted tokens from *from to *to, which begin alike for AT bytes, those that go on with byte B. */
static void narrow(const struct token *t, uint32_t *from, uint32_t *to, size_t at, unsigned char b) {
    uint32_t lo = *from, end = *to, hi = end;
    while (lo < hi) { /* the first that is not before: one that ends here is */
        const uint32_t mid = lo + (hi - lo) / 2;
        if (t[mid].n <= at || (unsigned char)t[mid].s[at] < b)
            lo = mid + 1;
        else
            hi = mid;
    }
    *from = lo;
    hi = end;
    while (lo < hi) { /* the first that is behind */
        const uint32_t mid = lo + (hi - lo) / 2;
        if ((unsigned char)t[mid].s[at] <= b)
            lo = mid + 1;
        else
            hi = mid;
    }
    *to = lo;
}

/* The least of *best and 1 + least[L] for the tokens of the range of which the N bytes at TEXT begin with L bytes; AT are known to. */
static void try_range(const struct token *t, uint32_t from, uint32_t to, const char *text, size_t n, size_t at, const uint16_t *least,
                      uint32_t *best) {
    for (; from < to; at++) {
        if (t[from].n == at) {
            const uint32_t cost = 1 + (at < n ? least[at] : 0u);
            *best = cost < *best ? cost : *best;
        }
        if (at == n)
            return;
        narrow(t, &from, &to, at, (unsigned char)text[at]);
    }
}

void order_cost(void *ctx, const char *text, size_t n, uint16_t *least) {
    struct order *o = ctx;
    for (size_t i = n; i-- > 0;) {
        const unsigned char a = (unsigned char)text[i];
        uint32_t best = 1 + (i + 1 < n ? least[i + 1] : 0u), from, to; /* a byte alone is a token */
        try_range(o->awkward, o->awkward_from[a], o->awkward_from[a + 1], text + i, n - i, 1, least + i, &best);
        if (i + 1 < n) {
            order_pair(o, a, (unsigned char)text[i + 1], &from, &to);
            try_range(o->plain, from, to, text + i, n - i, 2, least + i, &best);
        }
        least[i] = (uint16_t)(best < UINT16_MAX ? best : UINT16_MAX);
    }
}

static int call_each(const struct token *t, uint32_t from, uint32_t to, size_t n, int (*each)(void *ctx, const struct token *t), void *ctx) {
    for (; from < to; from++)
        if (t[from].n > n && each(ctx, &t[from]))
            return 1;
    return 0;
}

int order_longer(struct order *o, const char *s, size_t n, int (*each)(void *ctx, const struct token *t), void *ctx) {
    const unsigned char a = (unsigned char)s[0];
    uint32_t from = o->awkward_from[a], to = o->awkward_from[a + 1];
    for (size_t at = 1; at < n && from < to; at++)
        narrow(o->awkward, &from, &to, at, (unsigned char)s[at]);
    if (call_each(o->awkward, from, to, n, each, ctx))
        return 1;
    from = o->pair[a * 257u];
    to = o->pair[(a + 1) * 257u];
    if (n > 1)
        order_pair(o, a, (unsigned char)s[1], &from, &to);
    for (size_t at = 2; at < n && from < to; at++)
        narrow(o->plain, &from, &to, at, (unsigned char)s[at]);
    return call_each(o->plain, from, to, n, each, ctx);
}
