/* The logits of one token where only some are wanted. */
#include "model/head.h"

#include <math.h>
#include <string.h>
#include "base/os.h"

enum {
    PATIENCE = 32,  /* tokens: what making the plane costs comes back in about as many */
    MAKE_ROWS = 256,
    GROUP = 16,     /* rows of the second pass that are computed together */
    GROUPS = 8,     /* in an item */
    AHEAD = 4,      /* rows */
    MOST = 12,      /* a share of the rows: with more in the second pass, the whole product is faster */
    SAMPLE = 64,    /* a share of the rows: those that are looked at before there is a plane */
    LISTED = 3      /* a share of the rows: with more of them listed, the whole product is faster */
};

/* A plane pays where it is much smaller than the matrix; and the bound is about activations in int8 and weights without a minimum. */
static int gains(const struct tensor *w) {
    return !qtype_is_float(w->type) && !qtype_has_min(w->type) && w->stride >= qtype_row_bytes(QT_Q4_0, (size_t)w->cols) * 7 / 5;
}

static void cut_block(struct head *h) {
    struct carve *c = &h->block;
    const uint64_t rows = (uint64_t)h->w->rows;
    c->used = 0;
    h->plane.data = carve(c, rows, h->plane.stride);
    h->slack = carve(c, rows, sizeof *h->slack);
}

void head_carve(struct head *h, struct carve *c) {
    h->wanted = carve(c, (uint64_t)h->w->rows, sizeof *h->wanted);
    h->exact = carve(c, (uint64_t)h->w->rows, sizeof *h->exact);
}

void head_plan(struct head *h, const struct tensor *w, struct matmul *mm) {
    const struct head none = {.w = w, .mm = mm, .patience = PATIENCE};
    *h = none;
    h->plane = *w;
    h->plane.type = QT_Q4_0;
    h->plane.stride = qtype_row_bytes(QT_Q4_0, (size_t)w->cols);
    if (gains(w))
        cut_block(h);
}

void head_open(struct head *h) {
    const uint64_t bytes = h->block.used;
    h->block.base = bytes > 0 && bytes <= SIZE_MAX ? os_reserve((size_t)bytes) : NULL;
    if (!h->block.base)
        return;
    os_big_pages(h->block.base, (size_t)bytes);
    cut_block(h);
}

void head_close(struct head *h) {
    if (h->block.base)
        os_release(h->block.base, (size_t)h->block.used);
    h->block.base = NULL;
}

static const uint8_t *matrix_row(const struct head *h, int r) {
    return (const uint8_t *)h->w->data + (size_t)r * h->w->stride;
}

static uint8_t *scratch(const struct head *h, int thread) {
    return h->mm->scratch + (size_t)thread * h->mm->scratch_size;
}

/* ---- the plane ---------------------------------------------------------------------------------------------------- */

/* Sums of squares, eight partial ones so that compilers find the vectors. */
struct squares {
    float lost[8], whole[8];
};

/* One block: the larger side of the values gets the code -8. A block that no half can scale makes its row's slack NaN. */
static void make_block(struct block_q4_0 *out, const float *x, const struct qact *q, struct squares *s) {
    int most = 0, least = 0, code[32];
    for (int i = 0; i < 32; i++) {
        most = q->q[i] > most ? q->q[i] : most;
        least = q->q[i] < least ? q->q[i] : least;
    }
    out->d = f32_to_f16((most > -least ? -127.0f / 8 : 127.0f / 8) * q->d);
    const float step = f16_to_f32(out->d), inv = step != 0 ? 1 / step : 0;
    if (!isfinite(step)) {
        memset(out, 0, sizeof *out);
        s->lost[0] = NAN;
        return;
    }
    for (int i = 0; i < 32; i++) { /* -8 to 8, and a little beyond where the half is coarse */
        code[i] = (int)(x[i] * inv + 8.5f);
        code[i] = code[i] < 0 ? 0 : code[i] > 15 ? 15 : code[i];
    }
    for (int i = 0; i < 32; i += 8)
        for (int j = 0; j < 8; j++) {
            float lost = x[i + j] - step * (float)(code[i + j] - 8);
            s->lost[j] += lost * lost;
            s->whole[j] += x[i + j] * x[i + j];
        }
    for (int i = 0; i < 16; i++)
        out->qs[i] = (uint8_t)(code[i] | code[i + 16] << 4);
}

static double sum8(const float s[8]) {
    double sum = 0;
    for (int j = 0; j < 8; j++)
        sum += (double)s[j];
    return sum;
}

/* Row R of the plane to OUT, and its slack. */
static void make_row(struct head *h, int r, struct block_q4_0 *out, uint8_t *room) {
    const int cols = h->w->cols;
    struct qact *q = (struct qact *)(void *)room;
    float *x = (float *)(void *)(q + cols / 32);
    struct squares s = {{0}, {0}};
    quant_dequantize(h->w->type, matrix_row(h, r), x, (size_t)cols);
    h->mm->k->quantize(x, q, cols);
    for (int b = 0; b < cols / 32; b++)
        make_block(out + b, x + 32 * b, q + b, &s);
    /* Each product rounds four times a scale group and adds up; one in 10,000 is for the sums here, which round too. */
    const double rounding = (cols / 16 + 8) * 4 * 0x1p-24;
    h->slack[r] = (float)(1.0001 * (sqrt(sum8(s.lost)) + rounding * sqrt(sum8(s.whole))));
}

static void make_rows(void *arg, int item, int thread) {
    struct head *h = arg;
    const int end = (item + 1) * MAKE_ROWS < h->w->rows ? (item + 1) * MAKE_ROWS : h->w->rows;
    for (int r = item * MAKE_ROWS; r < end; r++)
        make_row(h, r, (struct block_q4_0 *)(void *)(h->block.base + (size_t)r * h->plane.stride), scratch(h, thread));
}

/* ---- the second pass ---------------------------------------------------------------------------------------------- */

/* Copies a row, and asks for the one that comes AHEAD rows later: rows lie apart, so nothing else foretells it. */
static void copy_row(const struct head *h, uint8_t *to, int i) {
    const size_t bytes = h->w->stride;
    if (i + AHEAD < h->n_wanted) {
        const uint8_t *next = matrix_row(h, h->wanted[i + AHEAD]);
        for (size_t b = 0; b < bytes; b += 64)
            __builtin_prefetch(next + b, 0, 2);
    }
    memcpy(to, matrix_row(h, h->wanted[i]), bytes);
}

/* GROUP of the wanted rows: copies of them are multiplied. */
static void multiply_group(struct head *h, int first, uint8_t *rows) {
    const int n = h->n_wanted - first < GROUP ? h->n_wanted - first : GROUP;
    float y[GROUP];
    for (int i = 0; i < GROUP; i++) /* an unfinished group is filled up with its last row */
        copy_row(h, rows + (size_t)i * h->w->stride, first + (i < n ? i : n - 1));
    struct kern_mul a = {.w = rows, .w_stride = h->w->stride, .rows = GROUP, .cols = h->w->cols, .x = h->mm->x.q,
                         .x_stride = (size_t)h->w->cols / 32, .n = 1, .y = y, .y_stride = GROUP};
    h->mm->k->mul[h->w->type](&a);
    memcpy(h->exact + first, y, (size_t)n * sizeof *y);
}

/* Rows of floats, of which GROUP are more than scratch holds: each from its place. */
static void multiply_floats(struct head *h, int first, uint8_t *room) {
    struct kern_mul a = {.w_stride = h->w->stride, .rows = 1, .cols = h->w->cols, .x = h->mm->x.f, .x_stride = (size_t)h->w->cols, .n = 1,
                         .y_stride = 1, .scratch = room};
    for (int i = first; i < first + GROUP && i < h->n_wanted; i++) {
        a.w = matrix_row(h, h->wanted[i]);
        a.y = h->exact + i;
        h->mm->k->mul[h->w->type](&a);
    }
}

static void multiply_groups(void *arg, int item, int thread) {
    struct head *h = arg;
    const int end = (item + 1) * GROUPS * GROUP;
    for (int i = item * GROUPS * GROUP; i < end && i < h->n_wanted; i += GROUP)
        (qtype_is_float(h->w->type) ? multiply_floats : multiply_group)(h, i, scratch(h, thread));
}

static void multiply_wanted(struct head *h, struct jobs *jobs) {
    jobs_run(jobs, (h->n_wanted + GROUPS * GROUP - 1) / (GROUPS * GROUP), multiply_groups, h);
}

/* ---- which rows --------------------------------------------------------------------------------------------------- */

/* The root of a heap of N rows is the one with the least logit. */
static void sift(int32_t *row, int n, int i, const float *logits) {
    const int32_t x = row[i];
    for (int c; (c = 2 * i + 1) < n; i = c) {
        if (c + 1 < n && logits[row[c + 1]] < logits[row[c]])
            c++;
        if (!(logits[row[c]] < logits[x]))
            break;
        row[i] = row[c];
    }
    row[i] = x;
}

/* The N rows that are best by the plane. */
static void find_best(struct head *h, const float *logits, int n) {
    for (int i = 0; i < n; i++)
        h->wanted[i] = i;
    for (int i = n / 2 - 1; i >= 0; i--)
        sift(h->wanted, n, i, logits);
    for (int r = n; r < h->w->rows; r++)
        if (logits[r] > logits[h->wanted[0]]) {
            h->wanted[0] = r;
            sift(h->wanted, n, 0, logits);
        }
    h->n_wanted = n;
}

/* Listed rows take no part in the comparison ... */
static void set_aside(float *logits, const struct wanted *w) {
    for (int i = 0; i < w->n; i++)
        logits[w->id[i]] = -INFINITY;
}

/* ... and are wanted all the same, each once. */
static void add_listed(struct head *h, float *logits, const struct wanted *w) {
    for (int i = 0; i < w->n; i++)
        if (logits[w->id[i]] == -INFINITY) {
            logits[w->id[i]] = 0;
            h->wanted[h->n_wanted++] = w->id[i];
        }
}

/* Whether row R, whose logit by the plane is LOGIT, may reach LEAST. Where one of the numbers is NaN, it may. */
static int may_reach(const struct head *h, int r, float logit, float norm, float least) {
    return !(logit + h->slack[r] * norm < least);
}

static void find_wanted(struct head *h, const float *logits, float norm, float least) {
    int n = 0;
    for (int r = 0; r < h->w->rows; r++) {
        h->wanted[n] = r;
        n += may_reach(h, r, logits[r], norm, least);
    }
    h->n_wanted = n;
}

/* The least of their logits; where one is no number, and does not count as large therefore, all rows reach what is returned. */
static float least_exact(const struct head *h) {
    float least = INFINITY;
    for (int i = 0; i < h->n_wanted; i++) {
        if (!isfinite(h->exact[i]))
            return -INFINITY;
        least = h->exact[i] < least ? h->exact[i] : least;
    }
    return least;
}

/* Of the token's activations, from above. */
static float norm_of(const struct head *h) {
    const struct qact *x = h->mm->x.q;
    double sum = 0;
    for (int b = 0; b < h->w->cols / 32; b++) {
        int32_t squares = 0;
        for (int i = 0; i < 32; i++)
            squares += x[b].q[i] * x[b].q[i];
        sum += (double)x[b].d * (double)x[b].d * squares;
    }
    return (float)(1.0001 * sqrt(sum) + 1e-30); /* not 0: products below the least normal float may be cut to 0 */
}

/* ---- a token ------------------------------------------------------------------------------------------------------ */

static int make(struct head *h, struct jobs *jobs) {
    if (!h->built) {
        jobs_run(jobs, (h->w->rows + MAKE_ROWS - 1) / MAKE_ROWS, make_rows, h);
        h->built = !jobs_stopped(jobs);
    }
    return h->built;
}

static int is_for(const struct head *h, const struct wanted *w) {
    return h->block.base && w->top > 0 && w->top <= h->w->rows / MOST && w->n <= h->w->rows / MOST;
}

/* What the plane leaves of a token's rows is much the same as of the next one's. */
void head_look(struct head *h, const float *logits, const struct wanted *w) {
    const int rows = h->w->rows, step = h->built || rows < 2 * MOST * SAMPLE ? 1 : SAMPLE;
    int n = 0;
    if (!is_for(h, w) || h->pays || h->patience > 0)
        return;
    find_best(h, logits, w->top);
    const float least = logits[h->wanted[0]], norm = norm_of(h);
    const size_t plane_room = (h->plane.stride + 63) / 64 * 64;
    for (int r = 0; r < rows; r += step) {
        if (!h->built)
            make_row(h, r, (struct block_q4_0 *)(void *)scratch(h, 0), scratch(h, 0) + plane_room);
        n += may_reach(h, r, logits[r], norm, least);
    }
    h->pays = n * step <= rows / MOST;
    h->patience = PATIENCE;
}

/* Those of the wanted rows, whose logits are known, and no others. */
static void put_wanted(const struct head *h, float *logits) {
    for (int r = 0; r < h->w->rows; r++)
        logits[r] = -INFINITY;
    for (int i = 0; i < h->n_wanted; i++)
        logits[h->wanted[i]] = h->exact[i];
}

static int run_listed(struct head *h, float *logits, const struct wanted *w, struct jobs *jobs) {
    const int rows = h->w->rows;
    for (int r = 0; r < rows; r++)
        logits[r] = -INFINITY;
    h->n_wanted = 0;
    add_listed(h, logits, w);
    if (h->n_wanted > rows / LISTED)
        return 0;
    multiply_wanted(h, jobs);
    if (jobs_stopped(jobs))
        return 0;
    put_wanted(h, logits);
    h->n_few++;
    h->n_few_rows += (uint64_t)h->n_wanted;
    return 1;
}

void head_cut(struct head *h, float *logits) {
    for (int i = 0; i < h->n_wanted; i++)
        h->exact[i] = logits[h->wanted[i]];
    put_wanted(h, logits);
}

int head_run(struct head *h, float *logits, const struct wanted *w, struct jobs *jobs) {
    const int rows = h->w->rows;
    if (w->top < 0)
        return run_listed(h, logits, w, jobs);
    if (h->patience > 0)
        h->patience--;
    if (!is_for(h, w) || !h->pays || !make(h, jobs))
        return 0;
    struct product first = {&h->plane, logits, (size_t)rows};
    h->mm->product[0] = first;
    h->mm->n_products = 1;
    matmul_run(h->mm, jobs);
    h->mm->n_products = 0;
    set_aside(logits, w);
    find_best(h, logits, w->top);
    multiply_wanted(h, jobs);
    find_wanted(h, logits, norm_of(h), least_exact(h));
    if (h->n_wanted > rows / MOST) {
        h->pays = 0;
        h->patience = PATIENCE;
        return 0;
    }
    add_listed(h, logits, w);
    multiply_wanted(h, jobs);
    if (jobs_stopped(jobs))
        return 0;
    put_wanted(h, logits);
    h->n_tokens++;
    h->n_rows += (uint64_t)h->n_wanted;
    return 1;
}
