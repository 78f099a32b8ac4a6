/* What the rungs share with the definition: its rows for left-overs, the constants of exp, the lists of types, unrolling. */
#ifndef KERNELS_REF_H
#define KERNELS_REF_H

#include "kernels/kernels.h"

/* Short loops over vectors must be unrolled, or their arrays live in memory. */
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif
#define INLINE static inline __attribute__((always_inline))

/* X(type, arg) for every type. */
#define KERN_FLOAT_TYPES(X, arg) X(F32, arg) X(F16, arg) X(BF16, arg)
#define KERN_QUANT_TYPES(X, arg)                                                                                        \
    X(Q4_0, arg) X(Q4_1, arg) X(Q5_0, arg) X(Q5_1, arg) X(Q8_0, arg) X(Q2_K, arg) X(Q3_K, arg) X(Q4_K, arg)             \
    X(Q5_K, arg) X(Q6_K, arg) X(IQ4_NL, arg) X(IQ4_XS, arg)

/* Rows [r0, rows) of a product. */
void kern_ref_rows(uint32_t type, const struct kern_mul *a, int r0);       /* quantized types */
void kern_ref_float_rows(uint32_t type, const struct kern_mul *a, int r0); /* F32, F16, BF16 */

void kern_ref_quantize(const float *x, struct qact *out, int cols);
void kern_ref_att(const struct kern_att *a);
void kern_ref_att_merge(float *m, float *l, float *o, const struct kern_chunk *c, int head);
void kern_ref_rmsnorm(float *y, const float *x, const float *w, int n, float eps);
void kern_ref_swiglu(float *y, const float *gate, const float *up, int n);

/* Adding 1.5 * 2^23 rounds to an integer, ties to even, and leaves it in the low bits. */
#define KERN_ROUND 12582912.0f
#define KERN_LOG2E 1.44269504f
#define KERN_LN2_HI 0.693359375f
#define KERN_LN2_LO -2.12194440e-4f
#define KERN_EXP_MIN -87.0f
#define KERN_EXP_MAX 88.0f
#define KERN_EXP_C1 5.000000000e-01f
#define KERN_EXP_C2 1.666666567e-01f
#define KERN_EXP_C3 4.166629538e-02f
#define KERN_EXP_C4 8.333497681e-03f
#define KERN_EXP_C5 1.394470339e-03f
#define KERN_EXP_C6 1.979029912e-04f

void kern_ref_install(struct kernels *k);
void kern_ssse3_install(struct kernels *k);
void kern_avx_install(struct kernels *k);
void kern_avx2_install(struct kernels *k);
void kern_avxvnni_install(struct kernels *k);
void kern_avx512vnni_install(struct kernels *k);
void kern_neon_install(struct kernels *k);
void kern_dotprod_install(struct kernels *k);
void kern_i8mm_install(struct kernels *k);

#endif
