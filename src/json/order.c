/* A vocabulary by the bytes of its tokens: one pass that reads and counts them, one that puts their ids in place, and what more there is
 * where it is asked for: most answers see a few pairs of bytes. */
#include "json/order.h"

#include <string.h>
#include "base/utf8.h"
#include "base/word.h"

/* ---- what a token is -------------------------------------------------------------------------------------------- */

enum sort { PLAIN, AWKWARD, OUT };

static int plain_ascii(unsigned c) {
    return c - 0x20 < 0x60 && c != '"' && c != '\\';
}

/* Bytes of the plain character at S, of which N are there; 0: there is none. */
static inline size_t plain_char(const unsigned char *s, size_t n) {
    uint32_t c;
    if (s[0] < 0x80)
        return plain_ascii(s[0]);
    const int len = utf8_scan(s, n, &c);
    return len > 0 ? (size_t)len : 0;
}

/* Eight bytes at once: below 0x80 each, so that taking off no more than the byte is leaves its top bit clear. */
static int plain_word(uint64_t w) {
    const uint64_t ones = UINT64_C(0x0101010101010101), quote = w ^ ones * '"', slash = w ^ ones * '\\';
    return !((w | (w - ones * 0x20) | (quote - ones) | (slash - ones)) & ones * 0x80);
}

/* Most tokens are ASCII, and short: looked at in words that overlap. */
static int all_plain_ascii(const char *s, size_t n) {
    size_t i = 0;
    if (n < 4)
        return plain_ascii((unsigned char)s[0]) && plain_ascii((unsigned char)s[n / 2]) && plain_ascii((unsigned char)s[n - 1]);
    if (n < 8)
        return plain_word((uint64_t)word_load32(s) << 32 | word_load32(s + n - 4));
    for (; i + 8 < n; i += 8)
        if (!plain_word(word_load64(s + i)))
            return 0;
    return plain_word(word_load64(s + n - 8));
}

/* Sets all of T but shared. */
static enum sort classify(struct token *t, int32_t id, const char *text, size_t n) {
    const unsigned char *s = (const unsigned char *)text;
    if (n == 0 || n > ORDER_LONGEST)
        return OUT;
    *t = (struct token){.s = text, .id = id, .n = (uint8_t)n, .chars = (uint8_t)n};
    if (all_plain_ascii(text, n))
        return PLAIN;
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

/* Where the first thing in an awkward token is that is no plain character. *chars: how many characters are before it. */
static size_t first_awkward(const struct token *t, uint8_t *chars) {
    const unsigned char *s = (const unsigned char *)t->s;
    size_t i = 0, len;
    for (*chars = 0; (len = plain_char(s + i, t->n - i)) > 0; ++*chars)
        i += len;
    return i;
}

/* From byte I on it is the beginning of a character. */
static int is_part(const struct token *t, size_t i) {
    uint32_t c;
    return utf8_scan((const unsigned char *)t->s + i, t->n - i, &c) == 0;
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

static uint32_t pair_at(unsigned a, int b) {
    return (uint32_t)a * 257 + (b < 0 ? 0 : 1 + (uint32_t)b);
}

/* Those that may be the beginning of a character go to part, those with a quote or an escape to quoted. */
static void sort_out(struct order *o) {
    memcpy(o->text_set, o->plain_set, o->n_words * sizeof *o->text_set);
    for (uint32_t i = 0; i < o->n_awkward; i++) {
        struct token t = o->awkward[i];
        const size_t at = first_awkward(&t, &t.chars);
        if (t.s[at] == '"' || t.s[at] == '\\') {
            t.s += at;
            t.n = (uint8_t)(t.n - at);
            t.plain = (uint8_t)(t.plain - at);
            o->quoted[o->n_quoted++] = t;
        } else if (is_part(&t, at)) {
            o->text_set[t.id / 32] |= (uint32_t)1 << t.id % 32;
            o->part[o->n_part++] = t;
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

static int allocate(struct order *o, struct err *e) {
    const size_t n = (size_t)o->src.n_tokens;
    o->n_rows = o->src.n_rows;
    o->n_words = ((size_t)o->n_rows + 31) / 32;
    o->chars = arena_alloc(&o->mem, n, 1, e);
    o->pair = arena_alloc(&o->mem, ORDER_PAIRS + 2, sizeof *o->pair, e);
    o->made = arena_alloc(&o->mem, ORDER_PAIRS, 1, e);
    o->plain_set = arena_alloc(&o->mem, o->n_words, sizeof *o->plain_set, e);
    o->text_set = arena_alloc(&o->mem, o->n_words, sizeof *o->text_set, e);
    o->id = arena_alloc(&o->mem, n, sizeof *o->id, e);
    o->by_chars = arena_alloc(&o->mem, n, sizeof *o->by_chars, e);
    o->plain = arena_alloc(&o->mem, n, sizeof *o->plain, e); /* pages that nobody asks for are never touched: of the next two, too */
    o->awkward = arena_alloc(&o->mem, n, sizeof *o->awkward, e);
    return o->chars && o->pair && o->made && o->plain_set && o->text_set && o->id && o->by_chars && o->plain && o->awkward ? 0 : -1;
}

/* The first end-of-generation token from ID on. */
static int32_t next_end(const struct order_source *src, int32_t id) {
    int32_t next = INT32_MAX;
    for (int i = 0; i < src->n_ends; i++)
        next = src->ends[i] >= id && src->ends[i] < next ? src->ends[i] : next;
    return next;
}

/* PAIR [n_tokens] of each plain one; how many of each pair are counted two places behind it. HAS [256]: the bytes that are a token. */
static void read_tokens(struct order *o, uint32_t *pair, unsigned char *has) {
    size_t n, longest = 0;
    uint32_t chars = 0, n_plain = 0, *const counted = o->pair + 2;
    int32_t end = next_end(&o->src, 0);
    for (int32_t id = 0; id < o->src.n_tokens; id++) {
        const char *s = o->src.bytes(o->src.ctx, id, &n);
        struct token t;
        enum sort sort = OUT;
        if (id == end)
            end = next_end(&o->src, id + 1);
        else
            sort = classify(&t, id, s, n);
        if (sort == OUT)
            continue;
        if (n == 1)
            has[(unsigned char)*s] = 1;
        longest = n > longest ? n : longest;
        if (sort == AWKWARD) {
            o->awkward[o->n_awkward++] = t;
            continue;
        }
        n_plain++;
        chars = t.chars > chars ? t.chars : chars;
        o->chars[id] = t.chars;
        pair[id] = pair_at((unsigned char)s[0], n > 1 ? (unsigned char)s[1] : ORDER_ALONE);
        counted[pair[id]]++;
    }
    o->n_plain = n_plain;
    o->longest = (uint32_t)longest;
    o->longest_chars = chars;
}

static int check_bytes(const unsigned char *has, struct err *e) {
    for (int b = 0x20; b < 0xf5; b++)
        if (!has[b] && b != 0x7f && b != 0xc0 && b != 0xc1)
            return err_set(e, ERR_MODEL, "the vocabulary has no token for the byte 0x%02x alone: no answer can be held to a schema", b);
    return 0;
}

/* Where a pair's next one goes stands a place behind it, and moves there to the beginning of the next pair. */
static void place(struct order *o, const uint32_t *pair) {
    const uint8_t *chars = o->chars;
    uint32_t sum = 0, *const next = o->pair + 1;
    int32_t *ids = o->id, n = 0;
    for (uint32_t i = 1; i < ORDER_PAIRS + 1; i++)
        next[i] = sum += next[i];
    for (int32_t id = 0; id < o->src.n_tokens; id++) {
        if (chars[id]) {
            ids[next[pair[id]]++] = id;
            o->plain_set[id / 32] |= (uint32_t)1 << id % 32;
        } else {
            o->others[n++] = id;
        }
    }
    for (int32_t id = o->src.n_tokens; id < o->n_rows; id++)
        o->others[n++] = id;
}

static int open_parts(struct order *o, uint32_t *pair, struct err *e) {
    unsigned char has[256] = {0};
    read_tokens(o, pair, has);
    o->n_others = (int)(o->n_rows - (int32_t)o->n_plain);
    o->quoted = arena_alloc(&o->mem, o->n_awkward, sizeof *o->quoted, e);
    o->part = arena_alloc(&o->mem, o->n_awkward, sizeof *o->part, e);
    o->others = arena_alloc(&o->mem, (size_t)o->n_others, sizeof *o->others, e);
    if (!o->quoted || !o->part || !o->others || check_bytes(has, e))
        return -1;
    place(o, pair);
    sort_awkward(o);
    sort_out(o);
    return 0;
}

static void empty(struct order *o) {
    arena_free(&o->mem);
    o->n_plain = o->n_awkward = o->n_quoted = o->n_part = o->longest = o->longest_chars = 0;
}

int order_enter(struct order *o, struct err *e) {
    pthread_mutex_lock(&o->lock);
    if (o->is_open)
        return 0;
    struct arena scratch = {0};
    uint32_t *pair = arena_alloc(&scratch, (size_t)o->src.n_tokens, sizeof *pair, e);
    o->is_open = pair && !allocate(o, e) && !open_parts(o, pair, e);
    arena_free(&scratch);
    if (o->is_open)
        return 0;
    empty(o);
    pthread_mutex_unlock(&o->lock);
    return -1;
}

void order_leave(struct order *o) {
    pthread_mutex_unlock(&o->lock);
}

int order_init(struct order *o, const struct order_source *src, struct err *e) {
    const struct order none = {.src = *src};
    *o = none;
    return pthread_mutex_init(&o->lock, NULL) ? err_set(e, ERR_MEMORY, "out of memory") : 0;
}

void order_free(struct order *o) {
    empty(o);
    pthread_mutex_destroy(&o->lock);
}

/* ---- what is asked for ------------------------------------------------------------------------------------------ */

enum made { NOTHING, TOKENS, SORTED };

struct token order_token(const struct order *o, int32_t id) {
    size_t n;
    const char *s = o->src.bytes(o->src.ctx, id, &n);
    return (struct token){.s = s, .id = id, .n = (uint8_t)n, .chars = o->chars[id]};
}

static void make(struct order *o, uint32_t pair) {
    for (uint32_t i = o->pair[pair]; i < o->pair[pair + 1]; i++)
        o->plain[i] = order_token(o, o->id[i]);
    o->made[pair] = TOKENS;
}

uint32_t order_count(const struct order *o, unsigned a, int b) {
    const uint32_t pair = pair_at(a, b);
    return o->pair[b == ORDER_ANY ? pair + 257 : pair + 1] - o->pair[pair];
}

const struct token *order_some(struct order *o, unsigned a, int b) {
    const uint32_t pair = pair_at(a, b), end = b == ORDER_ANY ? pair + 257 : pair + 1;
    for (uint32_t i = pair; i < end; i++)
        if (o->made[i] == NOTHING)
            make(o, i);
    return o->plain + o->pair[pair];
}

const struct token *order_sorted(struct order *o, unsigned a, int b) {
    const uint32_t pair = pair_at(a, b);
    order_some(o, a, b);
    if (o->made[pair] == TOKENS)
        sort_range(o->plain + o->pair[pair], o->pair[pair + 1] - o->pair[pair], b < 0 ? 1 : 2);
    o->made[pair] = SORTED;
    return o->plain + o->pair[pair];
}

const int32_t *order_by_chars(struct order *o, uint32_t room, uint32_t *n) {
    if (o->from_chars[256] == 0) {
        uint32_t next[257];
        for (uint32_t i = 0; i < o->n_plain; i++)
            o->from_chars[o->chars[o->id[i]] + 1]++;
        for (uint32_t i = 0; i < 256; i++)
            o->from_chars[i + 1] += o->from_chars[i];
        memcpy(next, o->from_chars, sizeof next);
        for (int32_t id = 0; id < o->src.n_tokens; id++)
            if (o->chars[id])
                o->by_chars[next[o->chars[id]]++] = id;
    }
    *n = room >= o->longest_chars ? o->n_plain : o->from_chars[room + 1];
    return o->by_chars;
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
        uint32_t best = 1 + (i + 1 < n ? least[i + 1] : 0u); /* a byte alone is a token */
        try_range(o->awkward, o->awkward_from[a], o->awkward_from[a + 1], text + i, n - i, 1, least + i, &best);
        if (i + 1 < n) {
            const int b = (unsigned char)text[i + 1];
            try_range(order_sorted(o, a, b), 0, order_count(o, a, b), text + i, n - i, 2, least + i, &best);
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
    if (n == 1)
        return call_each(order_some(o, a, ORDER_ANY), 0, order_count(o, a, ORDER_ANY), n, each, ctx);
    const int b = (unsigned char)s[1];
    const struct token *plain = order_sorted(o, a, b);
    from = 0;
    to = order_count(o, a, b);
    for (size_t at = 2; at < n && from < to; at++)
        narrow(plain, &from, &to, at, (unsigned char)s[at]);
    return call_each(plain, from, to, n, each, ctx);
}
