/* Products of one activation matrix with one or more weight matrices, as a single list of work. Knows tensors and threads, no model. */
#ifndef MODEL_MATMUL_H
#define MODEL_MATMUL_H

#include "kernels/kernels.h"
#include "model/jobs.h"
#include "model/weights.h"

enum { MATMUL_MAX = 3 }; /* q, k and v */

/* One activation matrix, in the forms its readers need. */
struct acts {
    const float *f;         /* [n][cols], read by F32, F16 and BF16 weights */
    const struct qact *q;   /* [n][cols / 32], read by all others */
    int cols, n;
};
struct product {
    const struct tensor *w;
    float *y;               /* [n][y_stride] */
    size_t y_stride;
};
struct matmul {
    const struct kernels *k;
    uint8_t *scratch;       /* [n_threads][scratch_size] */
    size_t scratch_size;    /* KERN_SCRATCH of the widest matrix */
    struct acts x;
    struct product product[MATMUL_MAX];
    int n_products;
    int grain;                          /* rows in an item */
    int first_item[MATMUL_MAX + 1];
};

/* Computes mm->product from mm->x. */
void matmul_run(struct matmul *mm, struct jobs *jobs);

#endif
