/* The rung for ARM with NEON: armv7-a with VFPv4 (Cortex-A7, A15 and later) and all of aarch64. Products are added up in int16 as far as
 * they fit, and the rows' sums brought into lanes by pairwise additions. NEON of armv7 has these for 64 bits only, has no division, and
 * flushes subnormals. */
#if !defined(__ARM_NEON) || (!defined(__aarch64__) && !(__ARM_FP & 2))
#error "compile for aarch64, or with -march=armv7-a -mfpu=neon-vfpv4 -mfloat-abi=hard"
#endif
#include "kernels/arm_128.h"

#if defined(__aarch64__)
#define TILE_T 8
#else
#define TILE_T 4
#endif
#define TILE_WHOLE 1

#if !defined(__aarch64__)
INLINE int16x8_t vpaddq_s16(int16x8_t a, int16x8_t b) {
    return vcombine_s16(vpadd_s16(vget_low_s16(a), vget_high_s16(a)), vpadd_s16(vget_low_s16(b), vget_high_s16(b)));
}

INLINE int32x4_t vpaddq_s32(int32x4_t a, int32x4_t b) {
    return vcombine_s32(vpadd_s32(vget_low_s32(a), vget_high_s32(a)), vpadd_s32(vget_low_s32(b), vget_high_s32(b)));
}

INLINE int16x8_t vmlal_high_s8(int16x8_t acc, int8x16_t a, int8x16_t b) {
    return vmlal_s8(acc, vget_high_s8(a), vget_high_s8(b));
}

/* Lane by lane, as VFP does it: rounded right, and not flushed. */
INLINE float32x4_t vdivq_f32(float32x4_t a, float32x4_t b) {
    const float32x4_t q = {a[0] / b[0], a[1] / b[1], a[2] / b[2], a[3] / b[3]};
    return q;
}

INLINE float mul_alone(float a, float b) {
    float p = a * b;
    __asm__("" : "+t"(p)); /* or four of them become one product of NEON again */
    return p;
}

INLINE float32x4_t f4_mul_tiny(float32x4_t a, float32x4_t b) {
    const float32x4_t p = {mul_alone(a[0], b[0]), mul_alone(a[1], b[1]), mul_alone(a[2], b[2]), mul_alone(a[3], b[3])};
    return p;
}
#endif

/* Two products in each lane. */
INLINE int16x8_t dot16(int8x16_t w, int8x16_t a) {
    return vmlal_high_s8(vmull_s8(vget_low_s8(w), vget_low_s8(a)), w, a);
}

/* A row's products with 32 columns, four in each lane. */
INLINE int16x8_t dot32(int8x16_t w0, int8x16_t w1, int8x16_t a0, int8x16_t a1) {
    return vmlal_high_s8(vmlal_s8(dot16(w0, a0), vget_low_s8(w1), vget_low_s8(a1)), w1, a1);
}

/* The sums of four rows whose lanes hold at most PEAK; two of them fit int16. */
INLINE int32x4_t rows_sum(const int16x8_t p[4], int peak) {
    int16x8_t a = vpaddq_s16(p[0], p[1]), b = vpaddq_s16(p[2], p[3]);
    if (4 * peak <= INT16_MAX)
        return vpaddlq_s16(vpaddq_s16(a, b));
    return vpaddq_s32(vpaddlq_s16(a), vpaddlq_s16(b));
}

/* 16 products of 16 * 127, 8 of 32 * 127 and 2 of 128 * 127 are all 32512, the most there is, and 8 of 31 * 127 are 31496: all fit int16.
 * So 32 columns of signed codes of up to five bits go to int32 once, 16 columns of six bits too, and bytes after every two products. */
#define group_dot group_dot
INLINE vi group_dot(vi acc, const vi *w, const int8_t *a, int n, int max) {
    const vi a0 = vi_load(a), a1 = n == 2 ? vi_load(a + 16) : a0;
    if (max == 255) {
        int32x4_t sum[4];
        UNROLL
        for (int i = 0; i < 4; i++)
            sum[i] = vpadalq_s16(vpaddlq_s16(dot16(w[i], a0)), dot16(w[4 + i], a1));
        return (vi)(vpaddq_s32(vpaddq_s32(sum[0], sum[1]), vpaddq_s32(sum[2], sum[3])) + (int32x4_t)acc);
    }
    int16x8_t p[4];
    UNROLL
    for (int i = 0; i < 4; i++)
        p[i] = n == 2 ? dot32(w[i], w[4 + i], a0, a1) : dot16(w[i], a0);
    return (vi)(rows_sum(p, 2 * n * max * 127) + (int32x4_t)acc);
}
#define quad_dot(acc, w, a, max) group_dot(acc, w, a, 1, max)

#include "kernels/lanes.h"

typedef float32x4_t f4;
typedef int32x4_t i4;

#define f4_load vld1q_f32
#define f4_store vst1q_f32
#define f4_set1 vdupq_n_f32
#define f4_add vaddq_f32
#define f4_sub vsubq_f32
#define f4_mul vmulq_f32
#define f4_div vdivq_f32
#define f4_half(p) vcvt_f32_f16((float16x4_t)vld1_u16(p))
#define f4_bf16(p) ((f4)vshll_n_u16(vld1_u16(p), 16))
#define f4_half_all(p) vcvt_f32_f16((float16x4_t)vld1_dup_u16(p))
#define f4_lt(a, b, yes, no) vbslq_f32(vcltq_f32(a, b), yes, no)
#define f4_max(a, b) f4_lt(b, a, a, b)
#define f4_bits(x) ((i4)(x))
#define i4_bits(x) ((f4)(x))
#define i4_set1 vdupq_n_s32
#define i4_and vandq_s32
#define i4_add(a, b) ((i4)((uint32x4_t)(a) + (uint32x4_t)(b))) /* these wrap */
#define i4_sub(a, b) ((i4)((uint32x4_t)(a) - (uint32x4_t)(b)))
#define i4_max vmaxq_s32
#define i4_shl23(x) vshlq_n_s32(x, 23)
#define i4_store4x2(p, lo, hi) vst1_s8(p, vmovn_s16(vcombine_s16(vmovn_s32(lo), vmovn_s32(hi))))

INLINE void f4x2_codes(const int8_t *p, f4 *lo, f4 *hi) {
    const int16x8_t x = vmovl_s8(vld1_s8(p));
    *lo = vcvtq_f32_s32(vmovl_s16(vget_low_s16(x)));
    *hi = vcvtq_f32_s32(vmovl_s16(vget_high_s16(x)));
}

#include "kernels/eight_pair.h"
#if !defined(__aarch64__)
#define f8_mul_tiny f8_mul_tiny
PAIR2(f8, f8_mul_tiny, f4_mul_tiny)
#endif
#include "kernels/eight.h"

void kern_neon_install(struct kernels *k) {
    lanes_install(k);
    eight_install(k);
}
