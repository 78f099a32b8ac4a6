/* Rotary positions in the split form: dimension i turns with i + head / 2. In: positions. Out: cosines and sines, the same bits on every
 * machine: the C library's sin, cos and pow differ from one to the next, so these are our own, in double, to about 1e-13.
 */
#ifndef MODEL_ROPE_H
#define MODEL_ROPE_H

#include "model/weights.h"

struct rope {
    int half;                           /* head / 2 */
    double step[MODEL_MAX_HEAD / 2];    /* [half] radians a token: base^(-2i / head) */
};
void rope_init(struct rope *r, int head, double base);

/* The turn of position POS (below MODEL_MAX_CTX): half cosines, then half sines. */
void rope_turn(const struct rope *r, int pos, float *turn);
/* Y = one head of X, turned and scaled; Y may be X. */
void rope_apply(const struct rope *r, const float *turn, const float *x, float scale, float *y);

#endif
