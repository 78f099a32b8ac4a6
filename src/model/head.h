/* The logits of one token where only some are wanted: those of the rows that are listed; or the largest ones, by two passes over the
 * output matrix.
 *
 * The first pass reads a plane: the matrix in Q4_0, made from it once some tokens have been decoded. With it goes for each row a bound on
 * what the plane leaves out: by Cauchy and Schwarz |row . x - plane row . x| <= |row - plane row| |x|, roundings of both products added.
 * A row whose bound does not reach the least of the wanted ones cannot be among them. The second pass computes all others from the matrix
 * itself, by the same kernel as the whole product: the same bits.
 */
#ifndef MODEL_HEAD_H
#define MODEL_HEAD_H

#include "kernels/kernels.h"
#include "model/carve.h"
#include "model/jobs.h"
#include "model/matmul.h"
#include "model/weights.h"

/* The logits of interest: those of the N rows listed, in any order, and of all others the TOP largest. TOP 0: all; -1: only
 * those listed. */
struct wanted {
    int top;
    const int32_t *id; /* [n] */
    int n;
};

struct head {
    const struct tensor *w;     /* the matrix, [rows][cols] */
    struct matmul *mm;          /* whose threads' scratch and kernels serve here too */
    struct tensor plane;        /* Q4_0, [rows][cols] */
    float *slack;               /* [rows] bound of a row's error for activations of norm 1 */
    struct carve block;         /* both of these; used 0: this matrix does not gain by a plane; base NULL: there is none */
    int32_t *wanted;            /* [rows] rows of the second pass, or those listed */
    float *exact;               /* [rows] their logits */
    int n_wanted;
    int patience;               /* tokens until it is looked at whether two passes pay */
    int pays, built;
    uint64_t n_tokens, n_rows;  /* decoded in two passes; rows of the second pass for them */
    uint64_t n_few, n_few_rows; /* decoded for rows that were listed; these rows */
};

/* Measures (h->block.used); nothing is reserved yet. */
void head_plan(struct head *h, const struct tensor *w, struct matmul *mm);
void head_carve(struct head *h, struct carve *c); /* cuts what is needed whether there is a plane or not */
/* Switches two passes on. Without memory they stay off: nothing else is lost. */
void head_open(struct head *h);
void head_close(struct head *h);

/* Looks at all logits of the token at hand, which the caller has computed, for whether two passes would have paid. */
void head_look(struct head *h, const float *logits, const struct wanted *w);

/* LOGITS [rows] for the activations in h->mm->x: exact for rows that are wanted or may be, -INFINITY for the others. 0: nothing was done,
 * the whole product is to be computed, and then head_cut called where W has no top; the stop flag may be up. */
int head_run(struct head *h, float *logits, const struct wanted *w, struct jobs *jobs);
void head_cut(struct head *h, float *logits); /* of all logits keeps those that head_run found listed */

#endif
