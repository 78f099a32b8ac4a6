/* Products of one activation matrix with one or more weight matrices. */
#include "model/matmul.h"

/* Weight bytes in an item at one token: some microseconds of work, so that neither the counter nor the last item's owner is waited for. */
enum { ITEM_BYTES = 32 << 10, MAX_GRAIN = 256 };

static int choose_grain(const struct tensor *w, int n_tokens) {
    size_t rows = (size_t)ITEM_BYTES / (size_t)n_tokens / w->stride;
    if (rows <= KERN_PANEL)
        return KERN_PANEL;
    return rows >= MAX_GRAIN ? MAX_GRAIN : (int)(rows / KERN_PANEL * KERN_PANEL);
}

static void multiply_rows(void *arg, int item, int thread) {
    struct matmul *mm = arg;
    int i = 0;
    while (item >= mm->first_item[i + 1])
        i++;
    const struct product *p = &mm->product[i];
    const struct tensor *w = p->w;
    int row = (item - mm->first_item[i]) * mm->grain[i];
    int is_float = qtype_is_float(w->type);
    struct kern_mul a = {
        .w = (const uint8_t *)w->data + (size_t)row * w->stride,
        .w_stride = w->stride,
        .rows = w->rows - row < mm->grain[i] ? w->rows - row : mm->grain[i],
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
    for (int i = 0; i < mm->n_products; i++) {
        const struct tensor *w = mm->product[i].w;
        mm->grain[i] = choose_grain(w, mm->x.n);
        mm->first_item[i + 1] = mm->first_item[i] + (w->rows + mm->grain[i] - 1) / mm->grain[i];
    }
    jobs_run(jobs, mm->first_item[mm->n_products], multiply_rows, mm);
}
