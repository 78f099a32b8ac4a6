/* The search for scales, over 256 columns at a time: a lane is a run of 16 columns, and sums run along each lane in order, whatever the
 * machine's vectors. What is minimised is the plain squared error of what a reader will see, sum (x - w)^2 with w = scale * q + base.
 * One operation at a time and no libm, so that every machine finds the same.
 */
#ifndef QUANT_SEARCH_H
#define QUANT_SEARCH_H

#include <stdint.h>

#define LANES 16
#define LANE_COLS 16

/* How columns become codes. */
struct coding {
    int paired;     /* groups of 32 columns: lanes l and l + 8 have one scale and one base */
    int iq4;        /* code k stands for q = iq4_values[k], or else for q = lo + k */
    float lo, hi;   /* the first and last q */
    enum { NO_BASE, ANY_BASE, BASE_TO_0 } base; /* BASE_TO_0: none above 0 */
    float step;     /* how far trials lie apart at the largest column, in units of q; the finer the codes, the farther it pays to go */
};
/* A scale and base for each lane, and the squared error they leave. Paired lanes have the same of each. */
struct fit {
    float scale[LANES], base[LANES], error[LANES];
};
/* Sums over each lane by itself, paired or not; e = x - w is what a fit leaves. They tell what other scales do while the codes stay. */
struct sums {
    float q[LANES], qq[LANES], e[LANES], eq[LANES];
};

/* The first column of lane L. */
static inline int lane_start(const struct coding *c, int l) {
    return c->paired ? 32 * (l % 8) + 16 * (l / 8) : 16 * l;
}

/* In all of these, x[LANES * i + l] is column I of lane L, any float. A scale of 0 gives every column the q next to 0. */
void fit_error(const float *x, const struct coding *c, struct fit *f);     /* sets the errors: infinite or NaN where squares overflow */
void fit_search(const float *x, const struct coding *c, struct fit *best); /* the best of some dozen trials */
void fit_improve(const float *x, const struct coding *c, struct fit *f);   /* least squares for the codes that F gives; errors stay */
void fit_keep(struct fit *restrict best, const struct fit *restrict try);  /* where TRY has less error, it becomes the best */
void fit_sums(const float *x, const struct coding *c, const struct fit *f, struct sums *out);
void fit_codes(const float *x, const struct coding *c, const struct fit *f, uint8_t *code); /* [256], in order of columns */

#endif
