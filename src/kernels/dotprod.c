/* The rung for aarch64 with the dot-product instructions (Cortex-A76 and later). Prefill turns rows once, so that a dword holds four columns
 * of a row and nothing is left to add. */
#if !defined(__aarch64__) || !defined(__ARM_FEATURE_DOTPROD)
#error "compile with -march=armv8.2-a+dotprod"
#endif
#include "kernels/arm_dot.h"

#define quad_turn transpose

INLINE vi quad_dot(vi acc, const vi w[4], const int8_t *a, int max) {
    const vi x = vi_load(a);
    int32x4_t sum = (int32x4_t)acc;
    (void)max;
    sum = vdotq_laneq_s32(sum, w[0], x, 0);
    sum = vdotq_laneq_s32(sum, w[1], x, 1);
    sum = vdotq_laneq_s32(sum, w[2], x, 2);
    return (vi)vdotq_laneq_s32(sum, w[3], x, 3);
}

#include "kernels/lanes.h"

void kern_dotprod_install(struct kernels *k) {
    lanes_install(k);
}
