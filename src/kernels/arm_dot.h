/* What the rungs with dot-product instructions share: decode takes rows as they lie and brings them together by pairwise additions. */
#include "kernels/arm_128.h"

#ifndef TILE_T
#define TILE_T 8
#endif
#define TILE_WHOLE 1

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
