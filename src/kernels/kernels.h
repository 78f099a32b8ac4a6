/* The arithmetic of quern: what each kernel computes, to the bit, and the ladder of instruction sets that compute it.
 *
 * The exactness contract. Every rung gives the bytes of ref.c, which is the definition.
 *   1. Activations that meet quantized weights are blocks of 32 int8 in [-127, 127] with one float scale: struct qact.
 *   2. A scale group (32 columns, or 16 for q2_k, q3_k, q6_k) is summed in integers, exactly. It then adds one rounded product to the
 *      row's float accumulator, groups in column order, and after it, for types with a minimum, a second one:
 *          acc = acc + (float)isum * (scale * d);      acc = acc + min * ds
 *      where every float operation rounds once (no fma; -ffp-contract=off everywhere). |isum| <= 32 * 128 * 127 < 2^24: exact.
 *   3. A lane is an output: vectors hold different rows, keys or dimensions. Where a float sum runs along a row (F32, F16, BF16 weights,
 *      RMSNorm, softmax), it is eight partial sums by index mod 8, s[j] = s[j] + term, added as
 *          ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7)).
 *   4. exp is kern_expf's polynomial; attention goes by chunks of ATT_CHUNK keys, combined in key order.
 * Subnormal floats: armv7 NEON flushes them, so scales d under QACT_MIN are defined as 0; nothing else depends on it as long as sums stay
 * normal.
 *
 * Kernels know neither malloc nor errors nor threads.
 */
#ifndef KERNELS_KERNELS_H
#define KERNELS_KERNELS_H

#include <stddef.h>
#include <stdint.h>
#include "quant/quant.h"

/* 32 activations. d = amax / 127, q = round-to-even(x * (127 / amax)). Where d < QACT_MIN: all 0. Where some x is not finite: q = 0 and
 * d = ds = NaN, so that every output it meets is NaN. */
struct qact {
    int8_t q[32];
    float d;        /* scale */
    float ds;       /* d * (float)sum */
    int32_t sum;    /* of q[0..31] */
    int32_t sum16;  /* of q[0..15] */
};
_Static_assert(sizeof(struct qact) == 48, "qact");
#define QACT_MIN 1e-30f

/* y[t * y_stride + r] = row r of w . token t of x, for rows x n outputs. The bits of an output depend on its row and its token only.
 * x: struct qact [n][x_stride] for quantized types, x_stride in blocks; float [n][x_stride] for F32, F16, BF16, x_stride in floats.
 * scratch: KERN_SCRATCH(cols) bytes, aligned to 64, for this call alone. */
struct kern_mul {
    const void *w;      /* first row */
    size_t w_stride;    /* bytes from row to row */
    int rows, cols;     /* cols: a multiple of 32, and of the type's block */
    const void *x;
    size_t x_stride;
    int n;              /* tokens; 1 is decoding */
    float *y;
    size_t y_stride;    /* floats from token to token */
    void *scratch;
};
#define KERN_PANEL 32 /* rows: work is best handed out in multiples of this */
/* A panel of KERN_PANEL unpacked rows: a code and, for every 16 columns, a scale and a minimum. */
#define KERN_SCRATCH(cols) ((size_t)(cols) * KERN_PANEL * 3 / 2 + 1024)

/* Attention of n_q queries over one chunk of one KV head's keys.
 * Keys are stored in panels of 16, element (key, dim) at [key / 16][dim][key % 16], so that lanes are keys. Values are rows, element
 * (key, dim) at [key][dim], so that lanes are dimensions. Either is QT_F16, QT_F32 or QT_Q8_0.
 * Q8_0: 32 dimensions of a key or a value (the last block is shorter where head is no multiple) are int8 codes and one half float d, the
 * least with 127 * d >= their largest magnitude; code = x * (1 / d), rounded, halves away from 0; d = NaN where some x is not finite or
 * beyond such a d. The element is d * code, and exact: 11 bits times 7. So all else is as for floats. Codes lie as above, a byte each;
 * a panel's scales lie behind its codes, [dim / 32][key % 16], and a row's behind its own, [dim / 32].
 *   score[i] = sum over dim, in order, s = s + q[dim] * k[i][dim]      (q comes scaled by 1 / sqrt(head))
 *   m = max score; p[i] = kern_expf(score[i] - m); l = sum of p by rule 3;
 *   o[dim] = sum over i, in order, o = o + p[i] * v[i][dim]
 * for the first n_keys[j] keys of the chunk (0: m = -INFINITY, l = 0, o = 0). */
#define ATT_CHUNK 128
/* Bytes of one head of one token's keys, a sixteenth of a panel, or of its values. */
static inline size_t kern_kv_bytes(uint32_t type, int head) {
    size_t n = (size_t)head;
    return type == QT_F32 ? 4 * n : type == QT_F16 ? 2 * n : n + 2 * ((n + 31) / 32);
}
struct kern_att {
    const float *q;         /* [n_q][q_stride] */
    size_t q_stride;
    int n_q, head;          /* head: a multiple of 8, at most 256 */
    const int *n_keys;      /* [n_q], 0 to ATT_CHUNK */
    const void *k;          /* the chunk's first panel */
    const void *v;          /* the chunk's first row */
    size_t v_stride;        /* bytes */
    uint32_t k_type, v_type; /* QT_F16, QT_F32, QT_Q8_0 */
    float *m, *l;           /* [n_q] */
    float *o;               /* [n_q][head] */
};

/* One query's result over one chunk. k->att_merge folds chunks into m, l, o in key order (start: -INFINITY, 0, 0); o / l is the answer:
 *   M = max(m, c.m); a = kern_expf(m - M); b = kern_expf(c.m - M); l = l * a + c.l * b; o = o * a + c.o * b; m = M
 * A chunk without keys (c.m = -INFINITY) changes nothing. */
struct kern_chunk {
    float m, l;
    const float *o; /* [head] */
};

struct kernels {
    const char *name; /* of the rung */
    void (*quantize)(const float *x, struct qact *out, int cols);
    void (*mul[QT_N])(const struct kern_mul *a); /* NULL for ids that are no type */
    void (*att)(const struct kern_att *a);
    void (*att_merge)(float *m, float *l, float *o, const struct kern_chunk *c, int head);
    void (*rmsnorm)(float *y, const float *x, const float *w, int n, float eps);   /* y = x * r * w, r = 1 / sqrt(mean of squares + eps) */
    void (*swiglu)(float *y, const float *gate, const float *up, int n);           /* y = gate / (1 + exp(-gate)) * up; n % 8 = 0 */
};

/* The ladder, slowest first. A rung overwrites what it improves. */
struct kern_rung {
    const char *name;
    unsigned needs; /* features, see cpu.c */
    void (*install)(struct kernels *k);
};
extern const struct kern_rung kern_ladder[];
extern const int kern_n_rungs;

/* Fills *k by climbing the ladder as far as this CPU can, or up to the rung named STOP (NULL: all of it): k->name tells how far it got.
 * -1: no rung has that name. */
int kern_init(struct kernels *k, const char *stop);

/* exp: 0 below -87, +inf above 88, NaN for NaN; within 3 ulp between. The definition, in ref.c. */
float kern_expf(float x);

#endif
