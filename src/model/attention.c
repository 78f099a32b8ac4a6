/* Attention over one layer's cache: many tokens by tiles, one token by chunks. */
#include "model/attention.h"

#include <math.h>
#include <string.h>

enum {
    TILE = 8,          /* tokens that share the reading of a chunk */
    SERIAL_MERGES = 64 /* below this many, merging costs less than waking the threads */
};

static void carve_state(struct att_state *s, struct carve *c, uint64_t n, int head) {
    s->m = carve(c, n, sizeof(float));
    s->l = carve(c, n, sizeof(float));
    s->o = carve(c, n * (uint64_t)head, sizeof(float));
}

void attention_carve(struct attention *a, struct carve *c, int n_threads) {
    uint64_t queries = (uint64_t)TILE * (uint64_t)a->group, threads = (uint64_t)n_threads;
    struct att_state unused;
    a->max_chunks = a->kv->cap / ATT_CHUNK;
    a->tile = carve(c, threads, sizeof *a->tile);
    a->chunk = carve(c, threads, sizeof *a->chunk);
    a->n_keys = carve(c, threads * queries, sizeof *a->n_keys);
    for (int t = 0; t < n_threads; t++) {
        carve_state(a->tile ? &a->tile[t] : &unused, c, queries, a->head);
        carve_state(a->chunk ? &a->chunk[t] : &unused, c, queries, a->head);
    }
    carve_state(&a->part, c, (uint64_t)a->max_chunks * (uint64_t)(a->n_kv_heads * a->group), a->head);
}

/* The queries of KV head H for N tokens from T on, against one chunk of keys. */
static void attend_chunk(const struct attention *a, int h, int t, int n, int chunk, int *n_keys, const struct att_state *to) {
    for (int i = 0; i < n * a->group; i++) {
        int seen = a->pos + t + i / a->group + 1 - chunk * ATT_CHUNK;
        n_keys[i] = seen < 0 ? 0 : seen > ATT_CHUNK ? ATT_CHUNK : seen;
    }
    struct kern_att args = {
        .q = a->q + ((size_t)h * (size_t)a->n + (size_t)t) * (size_t)(a->group * a->head),
        .q_stride = (size_t)a->head,
        .n_q = n * a->group,
        .head = a->head,
        .n_keys = n_keys,
        .k = kv_keys(a->kv, a->layer, h, chunk * ATT_CHUNK),
        .v = kv_values(a->kv, a->layer, h, chunk * ATT_CHUNK),
        .v_stride = a->kv->v_token,
        .k_type = a->kv->k_type,
        .v_type = a->kv->v_type,
        .m = to->m,
        .l = to->l,
        .o = to->o,
    };
    a->k->att(&args);
}

static struct att_state state_at(const struct att_state *s, size_t i, int head) {
    struct att_state at = {s->m + i, s->l + i, s->o + i * (size_t)head};
    return at;
}

static void merge(const struct attention *a, const struct att_state *into, const struct att_state *from) {
    struct kern_chunk c = {*from->m, *from->l, from->o};
    a->k->att_merge(into->m, into->l, into->o, &c, a->head);
}

static void clear(const struct att_state *s, int n, int head) {
    for (int i = 0; i < n; i++) {
        s->m[i] = -INFINITY;
        s->l[i] = 0;
    }
    memset(s->o, 0, (size_t)n * (size_t)head * sizeof *s->o);
}

static float *output(const struct attention *a, int t, int head) {
    return a->out + ((size_t)t * (size_t)(a->n_kv_heads * a->group) + (size_t)head) * (size_t)a->head;
}

static void normalise(float *out, const float *o, float l, int head) {
    for (int d = 0; d < head; d++)
        out[d] = o[d] / l;
}

/* Many tokens: an item is a tile of them and one KV head, and walks all chunks. Late tiles, which see most keys, come first. */
static void attend_tile(void *arg, int item, int thread) {
    struct attention *a = arg;
    int n_tiles = (a->n - a->first + TILE - 1) / TILE, h = item % a->n_kv_heads;
    int t = a->first + (n_tiles - 1 - item / a->n_kv_heads) * TILE, n = a->n - t < TILE ? a->n - t : TILE;
    int n_chunks = (a->pos + t + n + ATT_CHUNK - 1) / ATT_CHUNK, n_q = n * a->group;
    const struct att_state *sum = &a->tile[thread], *part = &a->chunk[thread];
    int *n_keys = a->n_keys + (size_t)thread * (size_t)(TILE * a->group);

    clear(sum, n_q, a->head);
    for (int c = 0; c < n_chunks; c++) {
        attend_chunk(a, h, t, n, c, n_keys, part);
        for (int i = 0; i < n_q; i++) {
            struct att_state into = state_at(sum, (size_t)i, a->head), from = state_at(part, (size_t)i, a->head);
            merge(a, &into, &from);
        }
    }
    for (int i = 0; i < n_q; i++)
        normalise(output(a, t + i / a->group, h * a->group + i % a->group), sum->o + (size_t)(i * a->head), sum->l[i], a->head);
}

static int part_index(const struct attention *a, int chunk, int head) {
    return chunk * a->n_kv_heads * a->group + head;
}

/* One token: an item is one chunk and one KV head. */
static void attend_part(void *arg, int item, int thread) {
    struct attention *a = arg;
    int h = item % a->n_kv_heads, c = item / a->n_kv_heads;
    struct att_state to = state_at(&a->part, (size_t)part_index(a, c, h * a->group), a->head);
    attend_chunk(a, h, a->first, 1, c, a->n_keys + (size_t)thread * (size_t)(TILE * a->group), &to);
}

/* ... and then an item is a head, whose chunks are combined in order. */
static void merge_parts(void *arg, int head, int thread) {
    struct attention *a = arg;
    float m, l, *o = output(a, a->first, head);
    struct att_state sum = {&m, &l, o};
    (void)thread;
    clear(&sum, 1, a->head);
    for (int c = 0; c <= (a->pos + a->first) / ATT_CHUNK; c++) {
        struct att_state from = state_at(&a->part, (size_t)part_index(a, c, head), a->head);
        merge(a, &sum, &from);
    }
    normalise(o, o, l, a->head);
}

void attention_run(struct attention *a, struct jobs *jobs) {
    int n = a->n - a->first, n_heads = a->n_kv_heads * a->group, n_chunks = (a->pos + a->n + ATT_CHUNK - 1) / ATT_CHUNK;
    if (n > 1) {
        jobs_run(jobs, (n + TILE - 1) / TILE * a->n_kv_heads, attend_tile, a);
        return;
    }
    jobs_run(jobs, n_chunks * a->n_kv_heads, attend_part, a);
    if (n_heads * n_chunks >= SERIAL_MERGES)
        jobs_run(jobs, n_heads, merge_parts, a);
    else
        for (int i = 0; i < n_heads; i++)
            merge_parts(a, i, 0);
}
