/* Tensor types: block layouts as on disk, sizes, and the reference conversion of one row to and from float.
 * Layouts are those of the GGUF files on the hub (ggml's block formats); all little-endian, scales are IEEE half floats.
 *
 * One view serves all quantized types: 32 columns are integer codes q with two scale groups of 16,
 *     weight[i] = scale[i / 16] * q[i] + min[i / 16]
 * Types with one scale for 32 columns give both groups the same scale. See struct q32.
 */
#ifndef QUANT_QUANT_H
#define QUANT_QUANT_H

#include <stddef.h>
#include <stdint.h>

enum qtype { /* ids as in the files */
    QT_F32 = 0, QT_F16 = 1, QT_Q4_0 = 2, QT_Q4_1 = 3, QT_Q5_0 = 6, QT_Q5_1 = 7, QT_Q8_0 = 8, QT_Q2_K = 10, QT_Q3_K = 11, QT_Q4_K = 12,
    QT_Q5_K = 13, QT_Q6_K = 14, QT_IQ4_NL = 20, QT_IQ4_XS = 23, QT_BF16 = 30, QT_N = 31
};

/* One row is a run of blocks. Codes and formulas: */

struct block_q4_0 { /* w = d * (q - 8); q[i] and q[i + 16] are the low and high nibble of qs[i] */
    uint16_t d;
    uint8_t qs[16];
};
struct block_q4_1 { /* w = d * q + m */
    uint16_t d, m;
    uint8_t qs[16];
};
struct block_q5_0 { /* w = d * (q - 16); bit i of qh is bit 4 of q[i] */
    uint16_t d;
    uint8_t qh[4], qs[16];
};
struct block_q5_1 { /* w = d * q + m */
    uint16_t d, m;
    uint8_t qh[4], qs[16];
};
struct block_q8_0 { /* w = d * q */
    uint16_t d;
    int8_t qs[32];
};
struct block_q2_k { /* 256 columns, 16 groups of 16. w = d * (scales[g] & 15) * q - dmin * (scales[g] >> 4).
                       Columns 128h + 32j + l (l < 32): bits 2j, 2j + 1 of qs[32h + l] */
    uint8_t scales[16], qs[64];
    uint16_t d, dmin;
};
struct block_q3_k { /* 256 columns, 16 groups of 16. w = d * (s[g] - 32) * (q - 4): two low bits of q as in q2_k, bit 2 is bit 4h + j of
                       hmask[l]. s: 16 values of 6 bits, see q3_k_scale() in quant.c */
    uint8_t hmask[32], qs[64], scales[12];
    uint16_t d;
};
struct block_q4_k { /* 256 columns, 8 groups of 32. w = d * s[g] * q - dmin * m[g]. Group 2c (2c + 1), column l: low (high) nibble of
                       qs[32c + l]. s, m: 8 + 8 values of 6 bits, see q4_k_scale_min() in quant.c */
    uint16_t d, dmin;
    uint8_t scales[12], qs[128];
};
struct block_q5_k { /* as q4_k, and bit g of qh[l] is bit 4 of column l of group g */
    uint16_t d, dmin;
    uint8_t scales[12], qh[32], qs[128];
};
struct block_q6_k { /* 256 columns, 16 groups of 16. w = d * scales[g] * (q - 32). Columns 128h + 32j + l: low bits in the low (j < 2) or
                       high nibble of ql[64h + 32(j % 2) + l], bits 4 and 5 in bits 2j, 2j + 1 of qh[32h + l] */
    uint8_t ql[128], qh[64];
    int8_t scales[16];
    uint16_t d;
};
struct block_iq4_nl { /* w = d * iq4_values[q], nibbles as q4_0 */
    uint16_t d;
    uint8_t qs[16];
};
struct block_iq4_xs { /* 256 columns, 8 groups of 32. w = d * (s[g] - 32) * iq4_values[q], nibbles of qs[16g..] as q4_0.
                         s[g]: low 4 bits in nibble g of scales_l, bits 4 and 5 in bits 2g, 2g + 1 of scales_h */
    uint16_t d, scales_h;
    uint8_t scales_l[4], qs[128];
};
_Static_assert(sizeof(struct block_q4_0) == 18, "q4_0");
_Static_assert(sizeof(struct block_q4_1) == 20, "q4_1");
_Static_assert(sizeof(struct block_q5_0) == 22, "q5_0");
_Static_assert(sizeof(struct block_q5_1) == 24, "q5_1");
_Static_assert(sizeof(struct block_q8_0) == 34, "q8_0");
_Static_assert(sizeof(struct block_q2_k) == 84, "q2_k");
_Static_assert(sizeof(struct block_q3_k) == 110, "q3_k");
_Static_assert(sizeof(struct block_q4_k) == 144, "q4_k");
_Static_assert(sizeof(struct block_q5_k) == 176, "q5_k");
_Static_assert(sizeof(struct block_q6_k) == 210, "q6_k");
_Static_assert(sizeof(struct block_iq4_nl) == 18, "iq4_nl");
_Static_assert(sizeof(struct block_iq4_xs) == 136, "iq4_xs");

extern const int8_t iq4_values[16];

struct qtype_info {
    const char *name; /* "Q4_K"; NULL for ids that are no type of ours */
    uint16_t block;   /* columns in a block; 1 for F32, F16, BF16 */
    uint16_t bytes;   /* of a block */
};
const struct qtype_info *qtype_info(uint32_t type); /* NULL: unknown */
uint32_t qtype_find(const char *name);              /* "Q4_K" or "q4_k"; QT_N: unknown */
int qtype_is_float(uint32_t type);                  /* F32, F16, BF16 */
size_t qtype_row_bytes(uint32_t type, size_t cols); /* cols is a multiple of the block; no overflow below 2^50 columns */

/* 32 columns of a quantized row as the kernels define them. */
struct q32 {
    int8_t q[32];   /* signed codes, the type's offset taken off: q4_0 in [-8, 7], q8_0 in [-128, 127], q4_k in [0, 15] ... */
    float scale[2]; /* d * (float)sub-scale, one rounding; the same twice for types with one scale per 32 */
    float min[2];   /* additive: q4_1's m, q4_k's -(dmin * (float)m); 0 for types without */
};
int qtype_groups(uint32_t type);  /* scale groups in 32 columns: 1, or 2 for q2_k, q3_k, q6_k */
int qtype_has_min(uint32_t type);
/* Columns [32 b, 32 b + 32) of a row. TYPE is quantized. */
void quant_unpack(uint32_t type, const void *row, size_t b, struct q32 *out);

void quant_dequantize(uint32_t type, const void *row, float *out, size_t cols); /* any type */
/* Any type; cols is a multiple of the block. Floats are rounded to nearest. For the others a search minimises the plain squared error
 * of what quant_dequantize() will give back, every column counting alike; see search.h. Zeros stay zeros; what is too large for a half's
 * scale is cut; of a block with a value that is not finite, nothing is promised. Blocks do not depend on each other. Same bytes
 * on every machine. */
void quant_quantize(uint32_t type, const float *x, void *row, size_t cols);

float f16_to_f32(uint16_t h);    /* exact, subnormals, infinities and NaN included */
uint16_t f32_to_f16(float f);    /* nearest, ties to even */
float bf16_to_f32(uint16_t h);
uint16_t f32_to_bf16(float f);   /* nearest, ties to even */

#endif
