/* The primitives of lanes.h on 128-bit vectors of NEON: 4 rows, signed codes, and quads as loaded that hold 16 columns of row r in
 * vector r. The file that includes this one defines the products and TILE_T. */

#include <arm_neon.h>
#include <stdint.h>
#include <string.h>
#include "kernels/ref.h"

#define LANES 4
#ifndef TILE_V
#define TILE_V 1
#endif
#if defined(__aarch64__) /* 32 registers of either kind, and 32 bits has half of them */
#define VEC_V 4
#endif
#define QUAD_SIGNED 1
#define QUAD_AGAIN 1
#define WIDE_BIAS 0
#define own_pointer(p) __asm__("" : "+r"(p))
#define PARTS_UNROLL UNROLL

typedef int8x16_t vi;
typedef float32x4_t vf;

/* Shifts are operators, as intrinsics would want their count to be a constant before anything is inlined. */
#define b_and(a, b) ((a) & (b))
#define b_or(a, b) ((a) | (b))
#define b_sub(a, b) ((a) - (b))
#define b_shr(x, n) ((vi)((uint8x16_t)(x) >> (n)))
#define b_high(x) b_shr(x, 4)
#define b_set1(x) vdupq_n_s8((int8_t)(x))
#define b_lut(table, x) b_lookup(vld1q_s8(table), x)
#define d_and b_and
#define d_or b_or
#define d_shr(x, n) ((vi)((uint32x4_t)(x) >> (n)))
#define d_sar(x, n) ((vi)((int32x4_t)(x) >> (n)))
#define d_shl(x, n) ((vi)((uint32x4_t)(x) << (n)))
#define d_set1(x) ((vi)vdupq_n_s32(x))
#define d_sub(a, b) ((vi)((uint32x4_t)(a) - (uint32x4_t)(b)))
#define d_float(x) vcvtq_f32_s32((int32x4_t)(x))
#define f_mul vmulq_f32
#define f_add vaddq_f32
#define f_set1 vdupq_n_f32
#define f_zero() vdupq_n_f32(0.0f)
#define f_load vld1q_f32
#define f_store vst1q_f32
#define f_neg vnegq_f32
#define f_half(x) vcvt_f32_f16((float16x4_t)vmovn_u32((uint32x4_t)(x)))
#if defined(__aarch64__) /* one load for both */
#define f_mul_d(v, x) vmulq_laneq_f32(v, vld1q_f32(&(x)->d), 0)
#define f_mul_ds(v, x) vmulq_laneq_f32(v, vld1q_f32(&(x)->d), 1)
#endif
#define b_insert(w, x, mask) ((vi)vbslq_s8((uint8x16_t)(mask), x, w))
#define vi_load(p) vld1q_s8((const int8_t *)(p))
#define vi_store(p, x) vst1q_s8((int8_t *)(p), x)
#define quad_wide(x) (x)

INLINE vi b_lookup(vi table, vi x) {
#if defined(__aarch64__)
    return vqtbl1q_s8(table, (uint8x16_t)x);
#else
    const int8x8x2_t halves = {{vget_low_s8(table), vget_high_s8(table)}};
    return vcombine_s8(vtbl2_s8(halves, vget_low_s8(x)), vtbl2_s8(halves, vget_high_s8(x)));
#endif
}

/* The low halves of two vectors, and the high ones. */
#if defined(__aarch64__)
INLINE vi pair_low(vi a, vi b) {
    return (vi)vzip1q_s64((int64x2_t)a, (int64x2_t)b);
}

INLINE vi pair_high(vi a, vi b) {
    return (vi)vzip2q_s64((int64x2_t)a, (int64x2_t)b);
}
#else
INLINE vi pair_low(vi a, vi b) {
    return vcombine_s8(vget_low_s8(a), vget_low_s8(b));
}

INLINE vi pair_high(vi a, vi b) {
    return vcombine_s8(vget_high_s8(a), vget_high_s8(b));
}
#endif

/* Four rows of dwords to four columns of them. */
INLINE void transpose(vi t[4]) {
    const int32x4x2_t a = vtrnq_s32((int32x4_t)t[0], (int32x4_t)t[1]), b = vtrnq_s32((int32x4_t)t[2], (int32x4_t)t[3]);
    UNROLL
    for (int i = 0; i < 2; i++) {
        t[i] = pair_low((vi)a.val[i], (vi)b.val[i]);
        t[2 + i] = pair_high((vi)a.val[i], (vi)b.val[i]);
    }
}

/* A pointer a row: a load takes no addition then, and a row one a block. */
struct rows {
    const uint8_t *row[LANES];
};

INLINE struct rows rows_from(const uint8_t *p, size_t stride) {
    const struct rows rows = {{p, p + stride, p + 2 * stride, p + 3 * stride}};
    return rows;
}

INLINE void rows_step(struct rows *p, size_t bytes) {
    UNROLL
    for (int i = 0; i < LANES; i++)
        p->row[i] += bytes;
}

INLINE struct rows rows_on(struct rows p, int bytes) {
    rows_step(&p, (size_t)bytes);
    return p;
}

INLINE void quad_load(vi q[4], struct rows p, int at) {
    UNROLL
    for (int i = 0; i < 4; i++)
        q[i] = vi_load(p.row[i] + at);
}

#define load32 load32
INLINE void load32(vi q[8], struct rows p, int at) {
    UNROLL
    for (int i = 0; i < 8; i++) /* in this order, as two loads that follow each other can be one instruction */
        q[i % 2 * 4 + i / 2] = vi_load(p.row[i / 2] + at + i % 2 * 16);
}

INLINE void rows_load16(vi t[4], struct rows p, int at) {
    quad_load(t, p, at);
    transpose(t);
}

/* Eight bytes at P and eight at Q. */
INLINE vi halves_load(const uint8_t *p, const uint8_t *q) {
#if defined(__aarch64__)
    return (vi)vld1q_lane_s64((const int64_t *)(const void *)q, (int64x2_t)vcombine_s8(vld1_s8((const int8_t *)p), vdup_n_s8(0)), 1);
#else
    return vcombine_s8(vld1_s8((const int8_t *)p), vld1_s8((const int8_t *)q));
#endif
}

/* Less than 16 bytes of a row: the loads put rows together. */
INLINE void pairs_load8(vi pair[2], struct rows p) {
    pair[0] = halves_load(p.row[0], p.row[1]);
    pair[1] = halves_load(p.row[2], p.row[3]);
}

#define rows_load8 rows_load8
INLINE void rows_load8(vi t[2], struct rows p) {
    vi pair[2];
    pairs_load8(pair, p);
    const int32x4x2_t dword = vuzpq_s32((int32x4_t)pair[0], (int32x4_t)pair[1]);
    t[0] = (vi)dword.val[0];
    t[1] = (vi)dword.val[1];
}

INLINE vi rows_load4(struct rows p) {
    int32_t lane[4];
    UNROLL
    for (int i = 0; i < 4; i++)
        memcpy(&lane[i], p.row[i], 4);
    int32x4_t t = vdupq_n_s32(lane[0]);
    t = vsetq_lane_s32(lane[1], t, 1);
    t = vsetq_lane_s32(lane[2], t, 2);
    return (vi)vsetq_lane_s32(lane[3], t, 3);
}

#define rows_half rows_half
INLINE vf rows_half(struct rows p) {
    int16_t lane[4];
    UNROLL
    for (int i = 0; i < 4; i++)
        memcpy(&lane[i], p.row[i], 2);
    int16x4_t t = vdup_n_s16(lane[0]);
    t = vset_lane_s16(lane[1], t, 1);
    t = vset_lane_s16(lane[2], t, 2);
    return vcvt_f32_f16((float16x4_t)vset_lane_s16(lane[3], t, 3));
}

/* Columns 0 to 7 of a row have their fifth bits in byte AT of the row's block, columns 8 to 15 in the next, and so on. A byte all ones
 * where the bit is missing gives the high nibble of the signed code, code - 16, and an insertion joins it with the low one. */
#define quad_fives quad_fives
#define FIVES_BIAS 0
INLINE void quad_fives(vi w[8], const vi t[4], struct rows p, int at) {
    const vi pick = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1};
    const vi bit = {1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128};
    vi pair[2];
    pairs_load8(pair, p);
    pair[0] = ~pair[0];
    pair[1] = ~pair[1];
    UNROLL
    for (int i = 0; i < 4; i++) {
        const int first = at + i % 2 * 8;
        uint8x16_t low = vtstq_s8(b_lookup(pair[i / 2], pick + b_set1(first)), bit);
        uint8x16_t high = vtstq_s8(b_lookup(pair[i / 2], pick + b_set1(first + 2)), bit);
        w[4 + i] = (vi)vsriq_n_u8(high, (uint8x16_t)t[i], 4);
        w[i] = (vi)vsliq_n_u8((uint8x16_t)t[i], low, 4);
    }
}

/* Codes of six bits, less 32: bits 2 G and 2 G + 1 of HIGH, the upper one inverted, are a signed number, which the low nibbles of LOW, or
 * from G = 2 on the high ones, come behind. */
#define sixes_high(x) ((x) ^ b_set1(0xaa))
#define quad_sixes quad_sixes
#define SIXES_BIAS 0
INLINE void quad_sixes(vi w[8], const vi low[8], const vi high[8], int g) {
    UNROLL
    for (int i = 0; i < 8; i++) {
        const vi top = (vi)((uint8x16_t)high[i] << (6 - 2 * g));
        const uint8x16_t low4 = (uint8x16_t)low[i];
        w[i] = (vi)(g < 2 ? vsliq_n_u8(low4, (uint8x16_t)(top >> 6), 4) : vsriq_n_u8((uint8x16_t)(top >> 2), low4, 4));
    }
}
