/* The rung for aarch64 with the dot-product instructions (Cortex-A76 and later). Decode takes rows as they lie and brings them together by
 * pairwise additions. Prefill turns them once, so that a dword holds four columns of a row and nothing is left to add. */
#if !defined(__aarch64__) || !defined(__ARM_FEATURE_DOTPROD)
#error "compile with -march=armv8.2-a+dotprod"
#endif
#include "kernels/arm_128.h"

#define TILE_T 8
#define TILE_WHOLE 1
#define quad_turn transpose

#define loaded_dot loaded_dot
INLINE vi loaded_dot(vi acc, const vi *w, const int8_t *a, int n, int max) {
    int32x4_t sum[4];
    (void)acc, (void)max;
    UNROLL
    for (int i = 0; i < 4; i++) {
        sum[i] = vdotq_s32(vdupq_n_s32(0), w[i], vi_load(a));
        if (n == 2)
            sum[i] = vdotq_s32(sum[i], w[4 + i], vi_load(a + 16));
    }
    return (vi)vpaddq_s32(vpaddq_s32(sum[0], sum[1]), vpaddq_s32(sum[2], sum[3]));
}

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
