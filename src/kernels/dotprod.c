/* The rung for aarch64 with the dot-product instructions (Cortex-A76 and later). Prefill turns rows once, so that a dword holds four columns
 * of a row and nothing is left to add. */
#if !defined(__aarch64__) || !defined(__ARM_FEATURE_DOTPROD)
#error "compile with -march=armv8.2-a+dotprod"
#endif
#include "kernels/arm_dot.h"

#define quad_turn transpose

/* Four rows times 16 columns. */
INLINE int32x4_t dot16(int32x4_t sum, const vi w[4], vi a) {
    sum = vdotq_laneq_s32(sum, w[0], a, 0);
    sum = vdotq_laneq_s32(sum, w[1], a, 1);
    sum = vdotq_laneq_s32(sum, w[2], a, 2);
    return vdotq_laneq_s32(sum, w[3], a, 3);
}

/* Loads that follow each other are one instruction. */
#define group_dot group_dot
INLINE vi group_dot(vi acc, const vi *w, const int8_t *a, int n, int max) {
    const vi a0 = vi_load(a), a1 = n == 2 ? vi_load(a + 16) : a0;
    const int32x4_t sum = dot16((int32x4_t)acc, w, a0);
    (void)max;
    return (vi)(n == 2 ? dot16(sum, w + 4, a1) : sum);
}

#define quad_dot(acc, w, a, max) group_dot(acc, w, a, 1, max)

#include "kernels/lanes.h"

void kern_dotprod_install(struct kernels *k) {
    lanes_install(k);
}
