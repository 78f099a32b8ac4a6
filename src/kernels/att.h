/* Attention against a chunk of keys, written once over vectors of ATT_LANES floats: lanes are keys for scores and dimensions for values, so
 * that nothing is added across lanes. What is added by rule 3, the softmax, is over the vectors of eight that eight.h describes, and needs
 * their primitives. A file of an instruction set whose vectors are wider than eight defines, too, before it includes this template:
 *
 *   ATT_LANES, av                      16, its vector of floats; a chunk's panels have 16 keys
 *   a_load a_store a_set1 a_zero a_add a_mul    as f8_load and so on
 *   a_half(p) a_codes(p) a_half_all(p)
 */
#ifndef KERNELS_ATT_H
#define KERNELS_ATT_H

#include <math.h>
#include <string.h>
#include "kernels/eight_math.h"

#ifndef ATT_LANES
#define ATT_LANES 8
typedef f8 av;
#define a_load f8_load
#define a_store f8_store
#define a_set1 f8_set1
#define a_zero f8_zero
#define a_add f8_add
#define a_mul f8_mul
#define a_half f8_half
#define a_codes f8_codes
#define a_half_all f8_half_all
#endif

enum { ATT_V = 16 / ATT_LANES, ATT_Q = 8 / ATT_V }; /* vectors in 16 lanes; queries at most that share the loads of keys and values */

/* A constant TYPE for each call of F, whose last argument it is. */
#define ATT_BY_TYPE(type, f, ...)                   \
    do {                                            \
        if ((type) == QT_F16) f(__VA_ARGS__, QT_F16);       \
        else if ((type) == QT_F32) f(__VA_ARGS__, QT_F32);  \
        else f(__VA_ARGS__, QT_Q8_0);                       \
    } while (0)

/* A vector of elements from number I on; SCALE: of Q8_0's codes. */
INLINE av load_kv(const uint8_t *p, size_t i, av scale, uint32_t type) {
    if (type == QT_Q8_0)
        return a_mul(a_codes((const int8_t *)p + i), scale);
    return type == QT_F32 ? a_load((const float *)(const void *)p + i) : a_half((const uint16_t *)(const void *)p + i);
}

/* Scores of NQ queries against the first N keys, rounded up to panels of 16. */
INLINE void att_scores(const struct kern_att *a, int j, int nq, int n, float p[][ATT_CHUNK], uint32_t type) {
    const float *q = a->q + (size_t)j * a->q_stride;
    const uint8_t *panel = a->k;
    for (int i = 0; i < n; i += 16, panel += 16 * kern_kv_bytes(type, a->head)) {
        const uint16_t *scales = (const uint16_t *)(const void *)(panel + 16 * a->head);
        av s[ATT_V * ATT_Q], scale[ATT_V], k[ATT_V];
        UNROLL
        for (int v = 0; v < ATT_V * nq; v++)
            s[v] = a_zero();
        for (int b = 0; b < a->head; b += 32) {
            const int end = a->head - b < 32 ? a->head : b + 32;
            UNROLL
            for (int v = 0; v < ATT_V; v++)
                scale[v] = type == QT_Q8_0 ? a_half(scales + b / 2 + ATT_LANES * v) : a_zero();
            for (int d = b; d < end; d++) {
                UNROLL
                for (int v = 0; v < ATT_V; v++)
                    k[v] = load_kv(panel, 16 * (size_t)d + (size_t)(ATT_LANES * v), scale[v], type);
                UNROLL
                for (int v = 0; v < ATT_V * nq; v++)
                    s[v] = a_add(s[v], a_mul(a_set1(q[(size_t)(v / ATT_V) * a->q_stride + d]), k[v % ATT_V]));
            }
        }
        UNROLL
        for (int v = 0; v < ATT_V * nq; v++)
            a_store(p[v / ATT_V] + i + v % ATT_V * ATT_LANES, s[v]);
    }
}

/* Scores of N keys to weights: p = exp(p - max). What lies beyond N up to a multiple of eight becomes 0. */
static void att_softmax(float *p, int n, float *m, float *l) {
    int n8 = (n + 7) / 8 * 8;
    for (int i = n; i < n8; i++)
        p[i] = -INFINITY;
    f8 top = f8_set1(-INFINITY), sum = f8_zero();
    for (int i = 0; i < n8; i += 8)
        top = f8_max(f8_load(p + i), top);
    float lane[8], max = -INFINITY;
    f8_store(lane, top);
    for (int i = 0; i < 8; i++)
        max = lane[i] > max ? lane[i] : max;
    const f8 vmax = f8_set1(max);
    for (int i = 0; i < n8; i += 8) { /* exp(-inf) adds 0, which changes no partial sum */
        f8 e = f8_exp(f8_sub(f8_load(p + i), vmax));
        f8_store(p + i, e);
        sum = f8_add(sum, e);
    }
    *m = max;
    *l = n ? f8_sum(sum) : 0.0f;
}

/* Adds values [i0, i1) to the outputs of NQ queries, 16 dimensions at once. */
INLINE void att_values(const struct kern_att *a, int j, int nq, int i0, int i1, float p[][ATT_CHUNK], uint32_t type) {
    for (int d = 0; d < a->head; d += 16) {
        float *o = a->o + (size_t)j * (size_t)a->head + d;
        av acc[ATT_V * ATT_Q];
        UNROLL
        for (int v = 0; v < ATT_V * nq; v++)
            acc[v] = a_load(o + (size_t)(v / ATT_V) * (size_t)a->head + v % ATT_V * ATT_LANES);
        for (int i = i0; i < i1; i++) {
            const uint8_t *row = (const uint8_t *)a->v + (size_t)i * a->v_stride;
            av x[ATT_V], scale = a_zero();
            if (type == QT_Q8_0)
                scale = a_half_all((const uint16_t *)(const void *)(row + a->head) + d / 32);
            UNROLL
            for (int v = 0; v < ATT_V; v++)
                x[v] = load_kv(row, (size_t)(d + ATT_LANES * v), scale, type);
            UNROLL
            for (int v = 0; v < ATT_V * nq; v++)
                acc[v] = a_add(acc[v], a_mul(a_set1(p[v / ATT_V][i]), x[v % ATT_V]));
        }
        UNROLL
        for (int v = 0; v < ATT_V * nq; v++)
            a_store(o + (size_t)(v / ATT_V) * (size_t)a->head + v % ATT_V * ATT_LANES, acc[v]);
    }
}

/* One body for the queries that are alone from the start and those that come to be. */
static void att_values_one(const struct kern_att *a, int j, int i0, int i1, float p[][ATT_CHUNK]) {
    ATT_BY_TYPE(a->v_type, att_values, a, j, 1, i0, i1, p);
}

/* NQ queries from J on: they go together as far as all of them see the keys, and each alone from there. */
INLINE void att_group(const struct kern_att *a, int j, int nq) {
    float p[ATT_Q][ATT_CHUNK];
    int least = a->n_keys[j], most = least;
    for (int v = 1; v < nq; v++) {
        least = a->n_keys[j + v] < least ? a->n_keys[j + v] : least;
        most = a->n_keys[j + v] > most ? a->n_keys[j + v] : most;
    }
    ATT_BY_TYPE(a->k_type, att_scores, a, j, nq, most, p);
    for (int v = 0; v < nq; v++)
        att_softmax(p[v], a->n_keys[j + v], a->m + j + v, a->l + j + v);
    memset(a->o + (size_t)j * (size_t)a->head, 0, (size_t)(nq * a->head) * sizeof(float));
    if (nq == 1)
        least = 0;
    else
        ATT_BY_TYPE(a->v_type, att_values, a, j, nq, 0, least, p);
    for (int v = 0; v < nq; v++)
        if (a->n_keys[j + v] > least)
            att_values_one(a, j + v, least, a->n_keys[j + v], p + v);
}

/* Queries from J on, NQ together as long as more than LEAST are left. The last may have been among those before: what is computed again
 * is the same. The first that is left. */
INLINE int att_groups(const struct kern_att *a, int j, int nq, int least) {
    for (; a->n_q - j > least && a->n_q >= nq; j += nq)
        att_group(a, j + nq <= a->n_q ? j : a->n_q - nq, nq);
    return j;
}

static void att_chunk(const struct kern_att *a) {
    int j = 0;
    if (a->head % 16) {
        kern_ref_att(a);
        return;
    }
    if (ATT_Q > 4)
        j = att_groups(a, j, ATT_Q, 4);
    j = att_groups(a, j, 4, 0);
    for (; j < a->n_q; j++)
        att_group(a, j, 1);
}

#endif
