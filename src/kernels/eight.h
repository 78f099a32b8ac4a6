/* The float kernels, written once over vectors of eight floats: quantization of activations, F32, F16 and BF16 weights, RMSNorm, SwiGLU,
 * and by att.h attention. A file of an instruction set defines the primitives, then includes this template, which defines eight_install().
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

#include "kernels/att.h"
#include "kernels/eight_math.h"

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

/* ---- the rest --------------------------------------------------------------------------------------------------------------------- */

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
    k->att = att_chunk;
    k->att_merge = eight_att_merge;
    k->rmsnorm = eight_rmsnorm;
    k->swiglu = eight_swiglu;
}
