/* Attention of a run of tokens to everything before them, over one layer's cache. In: turned and scaled queries, the KV cache.
 * Out: weighted values. Query heads that share a KV head go together.
 *
 * A query's chunks of ATT_CHUNK keys are combined in key order whoever computes them, so its result depends on nothing else.
 */
#ifndef MODEL_ATTENTION_H
#define MODEL_ATTENTION_H

#include "kernels/kernels.h"
#include "model/carve.h"
#include "model/jobs.h"
#include "model/kv.h"

/* m, l and o of kern_att. */
struct att_state {
    float *m, *l;   /* [queries] */
    float *o;       /* [queries][head] */
};
struct attention {
    const struct kernels *k;
    const struct kv *kv;
    int head, n_kv_heads, group;    /* group: query heads on one KV head */
    int max_chunks;
    struct att_state *tile;         /* [n_threads] a tile's running state */
    struct att_state *chunk;        /* [n_threads] a tile's state over one chunk */
    struct att_state part;          /* [max_chunks][n_heads] one token's states, chunk by chunk */
    int *n_keys;                    /* [n_threads][queries of a tile] */
    /* the run at hand: tokens FIRST to N - 1 of a batch whose token 0 is at position POS */
    int layer, pos, first, n;
    const float *q;                 /* [n_kv_heads][n][group][head] */
    float *out;                     /* [n][n_heads * head] */
};

/* Cuts the buffers; the rest of *a is set by the caller. */
void attention_carve(struct attention *a, struct carve *c, int n_threads);
void attention_run(struct attention *a, struct jobs *jobs);

#endif
