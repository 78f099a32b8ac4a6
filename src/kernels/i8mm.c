/* The rung for aarch64 with the matrix products of int8 (Cortex-A510, A710, X2 and later). One instruction multiplies 8 columns of two rows
 * with those of two tokens, so prefill turns rows into pairs, takes tokens by two, and puts the four sums of each into lanes. */
#if !defined(__aarch64__) || !defined(__ARM_FEATURE_DOTPROD) || !defined(__ARM_FEATURE_MATMUL_INT8)
#error "compile with -march=armv8.2-a+dotprod+i8mm"
#endif
#define TILE_V 2
#define TILE_T 4
#include "kernels/arm_dot.h"

/* Columns 0 to 7 of rows 0 and 1, columns 8 to 15 of these, and the same of rows 2 and 3. */
#define quad_turn pair_rows
INLINE void pair_rows(vi w[4]) {
    const vi low = pair_low(w[2], w[3]), high = pair_high(w[2], w[3]), second = w[1];
    w[1] = pair_high(w[0], second);
    w[0] = pair_low(w[0], second);
    w[2] = low;
    w[3] = high;
}

/* The sums of four rows with token A in sum[0] and token B in sum[1]. */
INLINE void pair_dot(vi sum[2], const vi *w, const int8_t *a, const int8_t *b, int n) {
    int32x4_t top = vdupq_n_s32(0), bottom = top;
    vi qa[2], qb[2];
    UNROLL /* loads that follow each other are one instruction */
    for (int i = 0; i < n; i++)
        qa[i] = vi_load(a + 16 * i);
    UNROLL
    for (int i = 0; i < n; i++)
        qb[i] = vi_load(b + 16 * i);
    UNROLL
    for (int i = 0; i < n; i++) {
        const vi low = pair_low(qa[i], qb[i]), high = pair_high(qa[i], qb[i]);
        top = vmmlaq_s32(vmmlaq_s32(top, w[4 * i], low), w[4 * i + 1], high);
        bottom = vmmlaq_s32(vmmlaq_s32(bottom, w[4 * i + 2], low), w[4 * i + 3], high);
    }
    sum[0] = (vi)vuzp1q_s32(top, bottom);
    sum[1] = (vi)vuzp2q_s32(top, bottom);
}

#define tokens_dot tokens_dot
INLINE void tokens_dot(vi *sum, const vi *w, const int8_t *const *a, int nt, int n, int max) {
    vi unused[2];
    (void)max;
    UNROLL
    for (int j = 0; j + 2 <= nt; j += 2)
        pair_dot(sum + j, w, a[j], a[j + 1], n);
    if (nt == 1) {
        pair_dot(unused, w, a[0], a[0], n);
        sum[0] = unused[0];
    }
}

#include "kernels/lanes.h"

void kern_i8mm_install(struct kernels *k) {
    lanes_install(k);
}
