/* The float kernels, written once over vectors of eight floats: quantization of activations, F32, F16 and BF16 weights, attention,
 * RMSNorm, SwiGLU. A file of an instruction set defines the primitives, then includes this template, which defines eight_install().
 *
 *   f8, i8                             eight floats, eight int32
 *   f8_load f8_store f8_set1 f8_zero   unaligned
 *   f8_half(p) f8_bf16(p) f8_codes(p)  eight half floats, bfloats or int8 at p, exactly
 *   f8_half_all(p)                     the half float at p, eight times
 *   f8_add f8_sub f8_mul f8_div        one rounding each
 *   f8_max(a, b)                       a > b ? a : b
 *   f8_lt(a, b, yes, no)               a < b ? yes : no, lane by lane
 *   f8_bits i8_bits                    reinterpret: floats to ints, ints to floats
 *   i8_set1 i8_and i8_add i8_sub i8_max i8_shl23
 *   i8_store8(p, x)                    the low byte of each int
 *   f8_mul_tiny                        f8_mul for products that may be subnormal; only where f8_mul flushes them
 */

#include <math.h>
#include <string.h>
#include "kernels/ref.h"

#ifndef f8_mul_tiny
#define f8_mul_tiny f8_mul
#endif

/* Rule 3's tree. */
INLINE float f8_sum(f8 x) {
    float s[8];
    f8_store(s, x);
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

/* kern_expf, eight at a time. */
INLINE f8 f8_exp(f8 x) {
    const f8 round = f8_set1(KERN_ROUND);
    f8 shifted = f8_add(f8_mul(x, f8_set1(KERN_LOG2E)), round);
    f8 n = f8_sub(shifted, round);
    f8 r = f8_sub(x, f8_mul(n, f8_set1(KERN_LN2_HI)));
    r = f8_sub(r, f8_mul(n, f8_set1(KERN_LN2_LO)));
    f8 p = f8_set1(KERN_EXP_C6);
    p = f8_add(f8_mul(p, r), f8_set1(KERN_EXP_C5));
    p = f8_add(f8_mul(p, r), f8_set1(KERN_EXP_C4));
    p = f8_add(f8_mul(p, r), f8_set1(KERN_EXP_C3));
    p = f8_add(f8_mul(p, r), f8_set1(KERN_EXP_C2));
    p = f8_add(f8_mul(p, r), f8_set1(KERN_EXP_C1));
    p = f8_add(f8_mul(p, f8_mul(r, r)), r);
    p = f8_add(p, f8_set1(1.0f));
    i8 power = i8_shl23(i8_add(i8_sub(f8_bits(shifted), f8_bits(round)), i8_set1(127)));
    p = f8_mul(p, i8_bits(power));
    p = f8_lt(x, f8_set1(KERN_EXP_MIN), f8_zero(), p);
    return f8_lt(f8_set1(KERN_EXP_MAX), x, f8_set1(INFINITY), p);
}

/* ---- activations ------------------------------------------------------------------------------------------------------------------ */

static void eight_quantize(const float *x, struct qact *out, int cols) {
    for (int b = 0; b < cols / 32; b++, x += 32, out++) {
        i8 top = i8_set1(0);
        int32_t lane[8], amax = 0;
        UNROLL
        for (int i = 0; i < 4; i++) /* magnitudes' bits order like the values */
            top = i8_max(top, i8_and(f8_bits(f8_load(x + 8 * i)), i8_set1(0x7fffffff)));
        memcpy(lane, &top, sizeof lane);
        for (int i = 0; i < 8; i++)
            amax = lane[i] > amax ? lane[i] : amax;
        float m;
        memcpy(&m, &amax, 4);
        if (amax >= 0x7f800000 || m / 127.0f < QACT_MIN) {
            kern_ref_quantize(x, out, 32);
            continue;
        }
        const f8 inv = f8_set1(127.0f / m), round = f8_set1(KERN_ROUND);
        i8 sum[2];
        UNROLL
        for (int h = 0; h < 2; h++) {
            i8 q[2];
            UNROLL
            for (int i = 0; i < 2; i++) {
                q[i] = i8_sub(f8_bits(f8_add(f8_mul(f8_load(x + 16 * h + 8 * i), inv), round)), f8_bits(round));
                i8_store8(out->q + 16 * h + 8 * i, q[i]);
            }
            sum[h] = i8_add(q[0], q[1]);
        }
        int32_t s[2] = {0, 0};
        for (int h = 0; h < 2; h++) {
            memcpy(lane, &sum[h], sizeof lane);
            for (int i = 0; i < 8; i++)
                s[h] += lane[i];
        }
        out->d = m / 127.0f;
        out->sum16 = s[0];
        out->sum = s[0] + s[1];
        out->ds = out->d * (float)out->sum;
    }
}

/* ---- float weights ---------------------------------------------------------------------------------------------------------------- */

INLINE f8 load_weights(uint32_t type, const uint8_t *row, int i) {
    if (type == QT_F32)
        return f8_load((const float *)(const void *)(row + 4 * (size_t)i));
    const uint16_t *h = (const uint16_t *)(const void *)(row + 2 * (size_t)i);
    return type == QT_F16 ? f8_half(h) : f8_bf16(h);
}

/* NR rows times NT tokens. */
INLINE void float_tile(uint32_t type, const struct kern_mul *a, int r, int t, int nr, int nt) {
    const uint8_t *w = (const uint8_t *)a->w + (size_t)r * a->w_stride;
    const float *x = (const float *)a->x + (size_t)t * a->x_stride;
    f8 acc[8];
    UNROLL
    for (int i = 0; i < nr * nt; i++)
        acc[i] = f8_zero();
    for (int c = 0; c < a->cols; c += 8) {
        UNROLL
        for (int v = 0; v < nr; v++) {
            f8 wv = load_weights(type, w + (size_t)v * a->w_stride, c);
            UNROLL
            for (int j = 0; j < nt; j++)
                acc[v * nt + j] = f8_add(acc[v * nt + j], f8_mul(wv, f8_load(x + (size_t)j * a->x_stride + c)));
        }
    }
    UNROLL
    for (int i = 0; i < nr * nt; i++)
        a->y[(size_t)(t + i % nt) * a->y_stride + r + i / nt] = f8_sum(acc[i]);
}

INLINE void float_mul(uint32_t type, const struct kern_mul *a) {
    int r = 0;
    for (; r + 4 <= a->rows; r += 4) {
        int t = 0;
        for (; t + 2 <= a->n; t += 2)
            float_tile(type, a, r, t, 4, 2);
        if (t < a->n)
            float_tile(type, a, r, t, 4, 1);
    }
    kern_ref_float_rows(type, a, r);
}

#define FLOAT_MUL(T, unused)                              \
    static void eight_mul_##T(const struct kern_mul *a)   \
    {                                                     \
        float_mul(QT_##T, a);                             \
    }
KERN_FLOAT_TYPES(FLOAT_MUL, 0)

/* ---- attention -------------------------------------------------------------------------------------------------------------------- */

enum { ATT_Q = 4 }; /* queries that share the loads of keys and values */

/* A constant TYPE for each call of F, whose last argument it is. */
#define ATT_BY_TYPE(type, f, ...)                   \
    do {                                            \
        if ((type) == QT_F16) f(__VA_ARGS__, QT_F16);       \
        else if ((type) == QT_F32) f(__VA_ARGS__, QT_F32);  \
        else f(__VA_ARGS__, QT_Q8_0);                       \
    } while (0)

/* Eight elements from number I on; SCALE: of Q8_0's codes. */
INLINE f8 load_kv(const uint8_t *p, size_t i, f8 scale, uint32_t type) {
    if (type == QT_Q8_0)
        return f8_mul(f8_codes((const int8_t *)p + i), scale);
    return type == QT_F32 ? f8_load((const float *)(const void *)p + i) : f8_half((const uint16_t *)(const void *)p + i);
}

/* Scores of NQ queries against the first N keys, rounded up to panels of 16. */
INLINE void att_scores(const struct kern_att *a, int j, int nq, int n, float p[][ATT_CHUNK], uint32_t type) {
    const float *q = a->q + (size_t)j * a->q_stride;
    const uint8_t *panel = a->k;
    for (int i = 0; i < n; i += 16, panel += 16 * kern_kv_bytes(type, a->head)) {
        const uint16_t *scales = (const uint16_t *)(const void *)(panel + 16 * a->head);
        f8 s[2 * ATT_Q], scale[2] = {f8_zero(), f8_zero()};
        UNROLL
        for (int v = 0; v < 2 * nq; v++)
            s[v] = f8_zero();
        for (int b = 0; b < a->head; b += 32) {
            const int end = a->head - b < 32 ? a->head : b + 32;
            if (type == QT_Q8_0) {
                scale[0] = f8_half(scales + b / 2);
                scale[1] = f8_half(scales + b / 2 + 8);
            }
            for (int d = b; d < end; d++) {
                f8 k0 = load_kv(panel, 16 * (size_t)d, scale[0], type), k1 = load_kv(panel, 16 * (size_t)d + 8, scale[1], type);
                UNROLL
                for (int v = 0; v < nq; v++) {
                    f8 qd = f8_set1(q[(size_t)v * a->q_stride + d]);
                    s[2 * v] = f8_add(s[2 * v], f8_mul(qd, k0));
                    s[2 * v + 1] = f8_add(s[2 * v + 1], f8_mul(qd, k1));
                }
            }
        }
        UNROLL
        for (int v = 0; v < 2 * nq; v++)
            f8_store(p[v / 2] + i + v % 2 * 8, s[v]);
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

/* Adds values [i0, i1) of NQ queries to 16 (or 8) dimensions of their outputs. */
INLINE void att_values(const struct kern_att *a, int j, int nq, int i0, int i1, float p[][ATT_CHUNK], int d, int nv, uint32_t type) {
    float *o = a->o + (size_t)j * (size_t)a->head + d;
    f8 acc[2 * ATT_Q];
    UNROLL
    for (int v = 0; v < nv * nq; v++)
        acc[v] = f8_load(o + (size_t)(v / nv) * (size_t)a->head + v % nv * 8);
    for (int i = i0; i < i1; i++) {
        const uint8_t *row = (const uint8_t *)a->v + (size_t)i * a->v_stride;
        f8 x[2], scale = f8_zero();
        if (type == QT_Q8_0)
            scale = f8_half_all((const uint16_t *)(const void *)(row + a->head) + d / 32);
        UNROLL
        for (int v = 0; v < nv; v++)
            x[v] = load_kv(row, (size_t)d + 8 * (size_t)v, scale, type);
        UNROLL
        for (int v = 0; v < nv * nq; v++)
            acc[v] = f8_add(acc[v], f8_mul(f8_set1(p[v / nv][i]), x[v % nv]));
    }
    UNROLL
    for (int v = 0; v < nv * nq; v++)
        f8_store(o + (size_t)(v / nv) * (size_t)a->head + v % nv * 8, acc[v]);
}

INLINE void att_values_all(const struct kern_att *a, int j, int nq, int i0, int i1, float p[][ATT_CHUNK], uint32_t type) {
    int d = 0;
    for (; d + 16 <= a->head; d += 16)
        att_values(a, j, nq, i0, i1, p, d, 2, type);
    for (; d < a->head; d += 8)
        att_values(a, j, nq, i0, i1, p, d, 1, type);
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
    ATT_BY_TYPE(a->v_type, att_values_all, a, j, nq, 0, least, p);
    for (int v = 0; v < nq; v++)
        if (a->n_keys[j + v] > least)
            ATT_BY_TYPE(a->v_type, att_values_all, a, j + v, 1, least, a->n_keys[j + v], p + v);
}

static void eight_att(const struct kern_att *a) {
    int j = 0;
    for (; j + ATT_Q <= a->n_q; j += ATT_Q)
        att_group(a, j, ATT_Q);
    for (; j < a->n_q; j++)
        att_group(a, j, 1);
}

static void eight_att_merge(float *m, float *l, float *o, const struct kern_chunk *c, int head) {
    if (c->m == -INFINITY)
        return;
    float top = c->m > *m ? c->m : *m;
    float scale = kern_expf(*m - top), scale2 = kern_expf(c->m - top);
    *l = *l * scale + c->l * scale2;
    *m = top;
    int d = 0;
    for (; d + 8 <= head; d += 8)
        f8_store(o + d, f8_add(f8_mul(f8_load(o + d), f8_set1(scale)), f8_mul(f8_load(c->o + d), f8_set1(scale2))));
    for (; d < head; d++)
        o[d] = o[d] * scale + c->o[d] * scale2;
}

/* ---- the rest --------------------------------------------------------------------------------------------------------------------- */

static void eight_rmsnorm(float *y, const float *x, const float *w, int n, float eps) {
    if (n % 8) {
        kern_ref_rmsnorm(y, x, w, n, eps);
        return;
    }
    f8 s = f8_zero();
    for (int i = 0; i < n; i += 8)
        s = f8_add(s, f8_mul(f8_load(x + i), f8_load(x + i)));
    f8 r = f8_set1(1.0f / sqrtf(f8_sum(s) / (float)n + eps));
    for (int i = 0; i < n; i += 8)
        f8_store(y + i, f8_mul(f8_mul(f8_load(x + i), r), f8_load(w + i)));
}

static void eight_swiglu(float *y, const float *gate, const float *up, int n) {
    int i = 0;
    for (; i + 8 <= n; i += 8) {
        f8 g = f8_load(gate + i);
        f8 e = f8_exp(i8_bits(i8_sub(f8_bits(g), i8_set1(INT32_MIN)))); /* exp(-g): the sign bit flips */
        f8_store(y + i, f8_mul_tiny(f8_div(g, f8_add(f8_set1(1.0f), e)), f8_load(up + i)));
    }
    kern_ref_swiglu(y + i, gate + i, up + i, n - i);
}

static void eight_install(struct kernels *k) {
#define EIGHT_ENTRY(T, unused) k->mul[QT_##T] = eight_mul_##T;
    KERN_FLOAT_TYPES(EIGHT_ENTRY, 0)
    k->quantize = eight_quantize;
    k->att = eight_att;
    k->att_merge = eight_att_merge;
    k->rmsnorm = eight_rmsnorm;
    k->swiglu = eight_swiglu;
}
