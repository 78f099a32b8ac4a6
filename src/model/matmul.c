/* Products of one activation matrix with one or more weight matrices. */
#include "model/matmul.h"

/* Items a thread takes, if all are equally fast: few, as rows that follow each other are fetched ahead; several, so that a thread that
 * is held up leaves its share to the others. */
enum { ITEMS = 8 };

static int choose_grain(const struct matmul *mm, int n_threads) {
    int rows = 0;
    for (int i = 0; i < mm->n_products; i++)
        rows += mm->product[i].w->rows;
    int share = rows / (ITEMS * n_threads);
    return (share / KERN_PANEL + 1) * KERN_PANEL;
}

static void multiply_rows(void *arg, int item, int thread) {
    struct matmul *mm = arg;
    int i = 0;
    while (item >= mm->first_item[i + 1])
        i++;
    const struct product *p = &mm->product[i];
    const struct tensor *w = p->w;
    int row = (item - mm->first_item[i]) * mm->grain;
    int is_float = qtype_is_float(w->type);
    struct kern_mul a = {
        .w = (const uint8_t *)w->data + (size_t)row * w->stride,
        .w_stride = w->stride,
        .rows = w->rows - row < mm->grain ? w->rows - row : mm->grain,
        .cols = w->cols,
        .x = is_float ? (const void *)mm->x.f : (const void *)mm->x.q,
        .x_stride = (size_t)(is_float ? w->cols : w->cols / 32),
        .n = mm->x.n,
        .y = p->y + row,
        .y_stride = p->y_stride,
        .scratch = mm->scratch + (size_t)thread * mm->scratch_size,
    };
    mm->k->mul[w->type](&a);
}

void matmul_run(struct matmul *mm, struct jobs *jobs) {
    mm->grain = choose_grain(mm, pool_size(jobs->pool));
    for (int i = 0; i < mm->n_products; i++)
        mm->first_item[i + 1] = mm->first_item[i] + (mm->product[i].w->rows + mm->grain - 1) / mm->grain;
    jobs_run(jobs, mm->first_item[mm->n_products], multiply_rows, mm);
}
