/* What the rungs with dot-product instructions share: decode takes rows as they lie and brings them together by pairwise additions. */
#include "kernels/arm_128.h"

#ifndef TILE_T
#define TILE_T 8
#endif
#define TILE_WHOLE 1

/* The instruction adds to its destination. Clearing one for each row would take more than taking off the sums what was there before, so
 * two are never cleared: each goes on from row to row and from block to block, and may wrap. */
struct chain {
    int32x4_t even, odd; /* products of rows 0 and 2 and of rows 1 and 3, of all groups so far */
    int32x4_t sums;      /* of their lanes after rows 0, 1, 2, 3 of the last group */
};

#define loaded_dot loaded_dot
INLINE vi loaded_dot(struct chain *c, vi acc, const vi *w, const int8_t *a, int n, int max) {
    int32x4_t pair[2];
    (void)max;
    UNROLL
    for (int i = 0; i < 2; i++) {
        UNROLL
        for (int h = 0; h < n; h++) {
            c->even = vdotq_s32(c->even, w[4 * h + 2 * i], vi_load(a + 16 * h));
            c->odd = vdotq_s32(c->odd, w[4 * h + 2 * i + 1], vi_load(a + 16 * h));
        }
        pair[i] = vpaddq_s32(c->even, c->odd);
    }
    const vi sums = (vi)vpaddq_s32(pair[0], pair[1]), before = (vi)vextq_s32(c->sums, (int32x4_t)sums, 2);
    c->sums = (int32x4_t)sums;
    return (vi)((uint32x4_t)d_sub(sums, before) + (uint32x4_t)acc);
}
