/* Bytes of tokens in one flat block, and an open-addressing hash over them. In: the file's strings. Out: see vocab.h.
 * A slot is 32 bits, so that a table for 150,000 tokens fits a level-2 cache; the bits of the hash in it spare most comparisons.
 * Must not know merges. */
#include "text/vocab.h"

#include <string.h>
#include "base/word.h"

static uint64_t mix(uint64_t h, uint64_t v) {
    h = (h ^ v) * 0x9E3779B97F4A7C15u; /* 2^64 / the golden ratio: odd, its bits spread evenly */
    return h ^ h >> 32;
}

/* The last word overlaps the one before it rather than being assembled byte by byte. */
static uint64_t hash_of(const char *s, size_t n) {
    uint64_t h = n;
    if (n < 4)
        return mix(mix(h, (uint64_t)((unsigned char)s[0] << 16 | (unsigned char)s[n / 2] << 8 | (unsigned char)s[n - 1])), 0);
    if (n <= 8)
        return mix(mix(h, (uint64_t)word_load32(s) << 32 | word_load32(s + n - 4)), 0);
    for (size_t i = 0; i + 8 < n; i += 8)
        h = mix(h, word_load64(s + i));
    return mix(mix(h, word_load64(s + n - 8)), 0);
}

/* Tokens are short, and a call of memcmp costs more than comparing them. */
static int same(const char *a, const char *b, size_t n) {
    if (n > 16)
        return memcmp(a, b, n) == 0;
    if (n >= 8)
        return word_load64(a) == word_load64(b) && word_load64(a + n - 8) == word_load64(b + n - 8);
    if (n >= 4)
        return word_load32(a) == word_load32(b) && word_load32(a + n - 4) == word_load32(b + n - 4);
    return a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1];
}

static int equals(const struct vocab *v, uint32_t id, const char *bytes, size_t n) {
    return v->start[id + 1] - v->start[id] == n && same(v->bytes + v->start[id], bytes, n);
}

static uint32_t slot_at(const struct vocab *v, uint64_t hash) {
    return (uint32_t)(hash >> 32) & (((uint32_t)1 << v->slot_bits) - 1);
}

static uint32_t tag_of(const struct vocab *v, uint64_t hash) { return (uint32_t)hash >> v->id_bits << v->id_bits; }

/* The slot that holds these bytes, or the free one where they belong. */
static uint32_t *slot_of(const struct vocab *v, uint64_t hash, const char *bytes, size_t n) {
    uint32_t mask = ((uint32_t)1 << v->slot_bits) - 1, tag = tag_of(v, hash), i = slot_at(v, hash);
    for (;; i = (i + 1) & mask) {
        uint32_t at = v->slot[i];
        if (at == 0 || ((at ^ tag) >> v->id_bits == 0 && equals(v, (at ^ tag) - 1, bytes, n)))
            return &v->slot[i];
    }
}

static void prefetch(const struct vocab *v, uint64_t hash) {
#ifdef __GNUC__
    __builtin_prefetch(&v->slot[slot_at(v, hash)]);
#else
    (void)v, (void)hash;
#endif
}

int32_t vocab_find(const struct vocab *v, const char *bytes, size_t n) {
    if (n == 0 || n > v->longest)
        return -1;
    uint64_t hash = hash_of(bytes, n);
    uint32_t at = *slot_of(v, hash, bytes, n);
    return at ? (int32_t)((at ^ tag_of(v, hash)) - 1) : -1;
}

int64_t vocab_ask(const struct vocab *v, struct vocab_queue *q, const char *bytes, uint32_t n, uint32_t note) {
    if (n == 1)
        return v->byte_id[(unsigned char)*bytes] >= 0 ? -1 : (int64_t)note;
    uint32_t k = q->next++ % VOCAB_AHEAD;
    if (q->wait[k].bytes && !*slot_of(v, q->wait[k].hash, q->wait[k].bytes, q->wait[k].n))
        return q->wait[k].note;
    q->wait[k].bytes = bytes;
    q->wait[k].n = n;
    q->wait[k].note = note;
    q->wait[k].hash = hash_of(bytes, n);
    prefetch(v, q->wait[k].hash);
    return -1;
}

int64_t vocab_answer(const struct vocab *v, struct vocab_queue *q) {
    for (int k = 0; k < VOCAB_AHEAD; k++)
        if (q->wait[k].bytes && !*slot_of(v, q->wait[k].hash, q->wait[k].bytes, q->wait[k].n))
            return q->wait[k].note;
    return -1;
}

/* ---- the byte alphabet ---- */

/* Printable characters of Latin-1 stand for themselves, the code points from U+0100 on for the other 68 bytes in order. */
static void make_alphabet(struct vocab *v) {
    int other = 0x100;
    for (int i = 0; i < 0x144; i++)
        v->byte_of[i] = -1;
    for (int b = 0; b < 256; b++) {
        int printable = (b > 0x20 && b < 0x7F) || (b > 0xA0 && b != 0xAD);
        v->byte_of[printable ? b : other++] = (int16_t)b;
    }
}

int64_t vocab_decode(const struct vocab *v, const char *s, size_t n, char *out) {
    size_t w = 0;
    for (size_t i = 0; i < n;) {
        int b = vocab_letter(v, s, n, &i);
        if (b < 0)
            return -1;
        out[w++] = (char)b;
    }
    return (int64_t)w;
}

/* ---- opening ---- */

static int allocate(struct vocab *v, const struct tok_source *src, struct arena *mem, struct err *e) {
    v->n = src->n_tokens;
    while (((uint32_t)1 << v->id_bits) <= v->n)
        v->id_bits++;
    v->slot_bits = v->id_bits;
    if (v->n > ((uint32_t)1 << v->slot_bits) / 3 * 2)
        v->slot_bits++; /* at most two thirds full */
    v->start = arena_alloc(mem, (size_t)v->n + 1, sizeof *v->start, e);
    v->bytes = arena_alloc(mem, src->tokens_bytes, 1, e); /* a text is no longer than in the alphabet */
    v->type = arena_alloc(mem, v->n, 1, e);
    v->slot = arena_alloc(mem, (size_t)1 << v->slot_bits, sizeof *v->slot, e);
    if (!v->start || !v->bytes || !v->type || !v->slot)
        return -1;
    /* Zero already, but a page that is read before it is written costs two faults. */
    memset(v->slot, 0, ((size_t)1 << v->slot_bits) * sizeof *v->slot);
    return 0;
}

/* Types outside the list are taken for ordinary ones. */
static uint8_t type_at(const struct tok_source *src, uint32_t i) {
    int32_t type = TOK_NORMAL;
    if (src->type)
        memcpy(&type, src->type + i, sizeof type);
    return type == TOK_CONTROL || type == TOK_USER || type == TOK_UNUSED ? (uint8_t)type : (uint8_t)TOK_NORMAL;
}

/* Writes the bytes of token I behind those before it. Returns 1 where they are to be found. */
static int put_bytes(struct vocab *v, uint32_t i, struct tok_str text) {
    char *bytes = v->bytes + v->start[i];
    int64_t n = v->type[i] == TOK_NORMAL ? vocab_decode(v, text.s, text.n, bytes) : -1;
    if (n < 0 && text.n > 0)
        memcpy(bytes, text.s, text.n);
    v->start[i + 1] = v->start[i] + (n < 0 ? text.n : (uint32_t)n);
    return n > 0;
}

static void enter(struct vocab *v, uint32_t i, uint64_t hash) {
    uint32_t n = v->start[i + 1] - v->start[i], *slot = slot_of(v, hash, v->bytes + v->start[i], n);
    if (*slot)
        return;
    *slot = tag_of(v, hash) | (i + 1);
    v->type[i] |= VOCAB_FOUND;
    if (n > v->longest)
        v->longest = n;
}

int vocab_open(struct vocab *v, const struct tok_source *src, struct arena *mem, struct err *e) {
    if (src->n_tokens == 0 || src->n_tokens > INT32_MAX)
        return err_set(e, ERR_MODEL, "%lu tokens, expected 1 to %ld", (unsigned long)src->n_tokens, (long)INT32_MAX);
    if (allocate(v, src, mem, e))
        return -1;
    make_alphabet(v);
    const uint8_t *at = src->tokens;
    struct {
        uint32_t id;
        int wanted;
        uint64_t hash;
    } ahead[VOCAB_AHEAD] = {{0, 0, 0}};
    for (uint32_t i = 0; i < v->n + VOCAB_AHEAD; i++) {
        uint32_t k = i % VOCAB_AHEAD;
        if (ahead[k].wanted)
            enter(v, ahead[k].id, ahead[k].hash);
        ahead[k].wanted = 0;
        if (i >= v->n)
            continue;
        v->type[i] = type_at(src, i);
        ahead[k].id = i;
        ahead[k].wanted = put_bytes(v, i, tok_next(&at));
        if (ahead[k].wanted) {
            ahead[k].hash = hash_of(v->bytes + v->start[i], v->start[i + 1] - v->start[i]);
            prefetch(v, ahead[k].hash);
        }
    }
    for (int b = 0; b < 256; b++) {
        char byte = (char)b;
        v->byte_id[b] = vocab_find(v, &byte, 1);
    }
    return 0;
}
