/* Merges by rank in O(n log n), and in O(n) on a run of one letter. In: a piece. Out: tokens. Must not know what pieces are.
 * Pairs wait in a heap by (rank, position). Pairs of one rank that come up from left to right are chained, and only the chain's
 * first is in the heap: a run of one letter is one chain per rank, so the heap stays small. A pair is never taken out; when its
 * turn comes it is skipped unless the symbol there still begins a pair of that rank. */
#include "text/bpe.h"

#include <stdlib.h>
#include <string.h>

struct bpe_symbol {
    uint32_t n;         /* bytes; 0: joined to the one before */
    uint32_t before;    /* position of the symbol before; unused at 0 */
    int32_t id;
    uint32_t rank;      /* of the pair it begins, MERGE_NONE where that is no pair */
    int32_t joined;     /* the token of that pair */
};
struct bpe_pair {
    uint32_t rank, at;
    uint32_t next;      /* in the chain; 0: none */
};
struct bpe_chain {
    uint64_t key;       /* rank and position of its first pair */
    uint32_t first;
};

void bpe_free(struct bpe *b) {
    free(b->symbol);
    free(b->pair);
    free(b->heap);
    free(b->chain_end);
    b->symbol = NULL;
    b->pair = NULL;
    b->heap = NULL;
    b->chain_end = NULL;
    b->cap = 0;
}

static int reserve(struct bpe *b, size_t n, struct err *e) {
    if (n <= b->cap)
        return 0;
    if (n > UINT32_MAX / 4 || n > SIZE_MAX / 4 / sizeof *b->heap)
        return err_set(e, ERR_MEMORY, "a word of %zu bytes is too long", n);
    size_t cap = n < 256 ? 256 : n;
    bpe_free(b);
    b->symbol = malloc(cap * sizeof *b->symbol);
    b->pair = malloc(3 * cap * sizeof *b->pair); /* at most n - 1 to begin with, and two for each of at most n - 1 merges */
    b->heap = malloc(3 * cap * sizeof *b->heap);
    b->chain_end = calloc((size_t)b->merges->n + 1, sizeof *b->chain_end);
    if (!b->symbol || !b->pair || !b->heap || !b->chain_end) {
        bpe_free(b);
        return err_set(e, ERR_MEMORY, "out of memory for a word of %zu bytes", n);
    }
    b->cap = cap;
    return 0;
}

/* ---- the heap of chains ---- */

static struct bpe_chain chain_at(const struct bpe *b, uint32_t pair) {
    return (struct bpe_chain){(uint64_t)b->pair[pair].rank << 32 | b->pair[pair].at, pair};
}

static void heap_add(struct bpe *b, struct bpe_chain c) {
    uint32_t i = b->n_heap++;
    for (; i > 0 && b->heap[(i - 1) / 2].key > c.key; i = (i - 1) / 2)
        b->heap[i] = b->heap[(i - 1) / 2];
    b->heap[i] = c;
}

/* Puts C where the top was. */
static void heap_replace(struct bpe *b, struct bpe_chain c) {
    uint32_t i = 0;
    for (uint32_t child; (child = 2 * i + 1) < b->n_heap; i = child) {
        if (child + 1 < b->n_heap && b->heap[child + 1].key < b->heap[child].key)
            child++;
        if (b->heap[child].key >= c.key)
            break;
        b->heap[i] = b->heap[child];
    }
    b->heap[i] = c;
}

static void enqueue(struct bpe *b, uint32_t rank, uint32_t at) {
    uint32_t new = ++b->n_pairs, *end = &b->chain_end[rank];
    b->pair[new] = (struct bpe_pair){rank, at, 0};
    if (*end && b->pair[*end].at < at)
        b->pair[*end].next = new;
    else
        heap_add(b, chain_at(b, new));
    *end = new;
}

/* Takes the least pair; its chain goes on with the next one. */
static struct bpe_pair take(struct bpe *b) {
    uint32_t first = b->heap[0].first;
    struct bpe_pair p = b->pair[first];
    if (b->chain_end[p.rank] == first)
        b->chain_end[p.rank] = 0;
    if (p.next)
        heap_replace(b, chain_at(b, p.next));
    else if (--b->n_heap > 0)
        heap_replace(b, b->heap[b->n_heap]);
    return p;
}

/* ---- symbols ---- */

/* Finds out what the symbol at AT and the one behind it make, and lets the pair wait. */
static void look(struct bpe *b, const char *piece, size_t n, uint32_t at) {
    struct bpe_symbol *s = &b->symbol[at];
    uint32_t behind = at + s->n;
    s->rank = MERGE_NONE;
    if (behind == n)
        return;
    s->joined = vocab_find(b->vocab, piece + at, s->n + b->symbol[behind].n);
    if (s->joined >= 0)
        s->rank = merges_rank(b->merges, s->joined, s->n);
    if (s->rank != MERGE_NONE)
        enqueue(b, s->rank, at);
}

static void join(struct bpe *b, const char *piece, size_t n, uint32_t at) {
    struct bpe_symbol *s = &b->symbol[at], *right = &b->symbol[at + s->n];
    s->id = s->joined;
    s->n += right->n;
    right->n = 0;
    right->rank = MERGE_NONE;
    if (at + s->n < n)
        b->symbol[at + s->n].before = at;
    if (at > 0)
        look(b, piece, n, s->before);
    look(b, piece, n, at);
}

int bpe_encode(struct bpe *b, const char *piece, size_t n, struct quern_tokens *out, struct err *e) {
    if (reserve(b, n, e))
        return -1;
    b->n_pairs = b->n_heap = 0;
    for (uint32_t i = 0; i < n; i++) {
        int32_t id = b->vocab->byte_id[(unsigned char)piece[i]];
        if (id < 0)
            return err_set(e, ERR_MODEL, "the vocabulary has no token for the byte 0x%02X", (unsigned)(unsigned char)piece[i]);
        b->symbol[i] = (struct bpe_symbol){1, i - 1, id, MERGE_NONE, -1};
    }
    for (uint32_t i = 0; i + 1 < n; i++)
        look(b, piece, n, i);
    while (b->n_heap > 0) {
        struct bpe_pair p = take(b);
        if (b->symbol[p.at].rank == p.rank)
            join(b, piece, n, p.at);
    }
    for (uint32_t i = 0; i < n; i += b->symbol[i].n)
        if (tok_push(out, b->symbol[i].id, e))
            return -1;
    return 0;
}
