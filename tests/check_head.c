/* Tests of the logits by two passes: what is wanted is there, to the bit, and what is not is -INFINITY. check_head [SEED] */
#define _POSIX_C_SOURCE 200809L

#include "model/head.h"

#include <math.h>
#include <string.h>
#define PROGRAM "check_head"
#define SEED 20261122
#include "report.h"

static float rnd_float(void) { /* about normal */
    float sum = 0;
    for (int i = 0; i < 6; i++)
        sum += (float)(int32_t)rnd() * 0x1p-31f;
    return sum;
}

/* A NaN's sign and payload are the processor's, and differ where one row is multiplied and where many are. */
static int same(float a, float b) {
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static void *get(size_t n) {
    void *p = calloc(n ? n : 1, 1);
    if (!p)
        exit(1);
    return p;
}

/* ---- one matrix, one token ------------------------------------------------------------------------------------------ */

enum kind { PLAIN, PEAKS, ALIKE, ZERO_X, NAN_X, HUGE_ROWS, TINY_ROWS, NAN_ROW, N_KINDS };
static const char *const kind_name[] = {"plain", "a few large rows", "rows that are alike", "no activations", "activations that are NaN",
                                        "rows beyond a half's scales", "rows of subnormal scales", "a row that is NaN"};

struct subject {
    struct tensor w;
    uint8_t *rows;
    struct qact *x;
    float *x_f;
    float *full, *logits;
    struct kernels k;
    struct pool *pool;
    struct jobs jobs;
    struct matmul mm;
    struct head h;
    uint8_t *lists;
};

static void fill_row(struct subject *s, int r, enum kind kind, float *x) {
    const int cols = s->w.cols;
    for (int i = 0; i < cols; i++)
        x[i] = rnd_float();
    const float peak = kind != PLAIN && r % 37 == 5 ? 80.0f : 1.0f; /* so that few rows matter */
    const float scale = peak * (kind == HUGE_ROWS && r % 50 == 7 ? 5e5f : kind == TINY_ROWS ? 3e-6f : 0.05f);
    for (int i = 0; i < cols; i++)
        x[i] *= scale;
    quant_quantize(s->w.type, x, s->rows + (size_t)r * s->w.stride, (size_t)cols);
    if (kind == ALIKE && r % 10)
        memcpy(s->rows + (size_t)r * s->w.stride, s->rows + (size_t)(r - r % 10) * s->w.stride, s->w.stride);
    if (kind == NAN_ROW && r == 77) /* the half float of the first block: at its start in Q8_0, at its end in Q6_K */
        memset(s->rows + (size_t)r * s->w.stride + (s->w.type == QT_Q8_0 ? 0 : 208), 0xff, 2);
}

static void make(struct subject *s, uint32_t type, int rows, int cols, int threads, enum kind kind) {
    struct err e;
    float *x = get((size_t)cols * sizeof *x);
    memset(s, 0, sizeof *s);
    kern_init(&s->k, NULL);
    s->w = (struct tensor){.type = type, .rows = rows, .cols = cols, .stride = qtype_row_bytes(type, (size_t)cols)};
    s->w.data = s->rows = get((size_t)rows * s->w.stride);
    for (int r = 0; r < rows; r++)
        fill_row(s, r, kind, x);
    for (int i = 0; i < cols; i++)
        x[i] = kind == ZERO_X ? 0.0f : rnd_float();
    if (kind == NAN_X)
        x[cols / 2] = NAN;
    s->x = get((size_t)cols / 32 * sizeof *s->x);
    s->k.quantize(x, s->x, cols);
    s->full = get((size_t)rows * sizeof *s->full);
    s->logits = get((size_t)rows * sizeof *s->logits);
    need(pool_open(&s->pool, threads, &e), &e, "threads");
    s->jobs.pool = s->pool;
    s->mm.k = &s->k;
    s->mm.scratch_size = (KERN_SCRATCH(cols) + 63) / 64 * 64;
    if (posix_memalign((void **)&s->mm.scratch, 64, (size_t)threads * s->mm.scratch_size))
        exit(1);
    s->mm.x.q = s->x;
    s->mm.x.f = s->x_f = x;
    s->mm.x.cols = cols;
    s->mm.x.n = 1;
    s->mm.product[0] = (struct product){&s->w, s->full, (size_t)rows};
    s->mm.n_products = 1;
    matmul_run(&s->mm, &s->jobs);
    head_plan(&s->h, &s->w, &s->mm);
    struct carve c = {NULL, 0};
    head_carve(&s->h, &c);
    s->lists = c.base = get((size_t)c.used);
    c.used = 0;
    head_carve(&s->h, &c);
    head_open(&s->h);
    s->h.patience = 0;
}

static void drop(struct subject *s) {
    head_close(&s->h);
    pool_close(s->pool);
    free(s->rows);
    free(s->x);
    free(s->x_f);
    free(s->full);
    free(s->logits);
    free(s->mm.scratch);
    free(s->lists);
}

static int descending(const void *a, const void *b) {
    const float x = *(const float *)a, y = *(const float *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* Tokens that are wanted besides: the best, those in the middle and the worst, some twice. */
enum { N_LISTED = 64 };
static int32_t listed[N_LISTED];

static void list(const struct subject *s) {
    int best = 0, worst = 0;
    for (int r = 0; r < s->w.rows; r++) {
        best = s->full[r] > s->full[best] ? r : best;
        worst = s->full[r] < s->full[worst] ? r : worst;
    }
    for (int i = 0; i < N_LISTED; i++)
        listed[i] = i % 8 == 0 ? best : i % 8 == 1 ? worst : (int32_t)(rnd() % (uint32_t)s->w.rows);
}

static int is_listed(const struct wanted *w, int r) {
    for (int i = 0; i < w->n; i++)
        if (w->id[i] == r)
            return 1;
    return 0;
}

/* The least of the TOP largest finite logits of tokens that are not listed. */
static float threshold(const struct subject *s, const struct wanted *w) {
    float *sorted = get((size_t)s->w.rows * sizeof *sorted);
    int n = 0;
    for (int r = 0; r < s->w.rows; r++)
        if (isfinite(s->full[r]) && !is_listed(w, r))
            sorted[n++] = s->full[r];
    qsort(sorted, (size_t)n, sizeof *sorted, descending);
    const float least = n >= w->top ? sorted[w->top - 1] : -INFINITY;
    free(sorted);
    return least;
}

static void check_token(struct subject *s, const struct wanted *w, const char *what) {
    const float least = threshold(s, w);
    int missing = 0, other = 0, kept = 0, top = w->top;
    for (int r = 0; r < s->w.rows; r++) {
        const int out = s->logits[r] == -INFINITY;
        missing += out && (s->full[r] >= least || is_listed(w, r));
        other += !out && !same(s->logits[r], s->full[r]);
        kept += !out;
    }
    check(missing == 0, "%s, top %d: %d of those that are wanted are missing", what, top, missing);
    check(other == 0, "%s, top %d: %d of the logits are not those of the whole product", what, top, other);
    const int counted = (int)s->h.n_rows; /* a listed row that has no bound counts twice */
    check(kept >= top && kept <= counted && counted <= kept + w->n, "%s, top %d: %d logits, %d counted", what, top, kept, counted);
}

static void check_kind(uint32_t type, int rows, int cols, int threads, enum kind kind) {
    static const int tops[] = {1, 20, 84};
    char what[128];
    snprintf(what, sizeof what, "%s, %d x %d, %d threads, %s", qtype_info(type)->name, rows, cols, threads, kind_name[kind]);
    struct subject s;
    make(&s, type, rows, cols, threads, kind);
    list(&s);
    for (int i = 0; i < 3; i++) {
        s.h.n_rows = 0;
        s.h.pays = 1;
        const struct wanted w = {tops[i], listed, i == 0 ? 0 : N_LISTED};
        const int done = head_run(&s.h, s.logits, &w, &s.jobs);
        /* where bounds tell nothing, the caller is to compute all */
        const int hopeless = kind == ZERO_X || kind == NAN_X;
        check(!(hopeless && done), "%s, top %d: done", what, tops[i]);
        check(done || hopeless || kind == PLAIN || kind == ALIKE || tops[i] > 20, "%s, top %d: given up", what, tops[i]);
        if (done)
            check_token(&s, &w, what);
    }
    drop(&s);
}

/* ---- when there are two passes ---------------------------------------------------------------------------------------- */

static void check_types(void) {
    for (uint32_t type = 0; type < QT_N; type++) {
        const struct tensor w = {.type = type, .rows = 1000, .cols = 256, .stride = qtype_info(type) ? qtype_row_bytes(type, 256) : 0};
        struct head h;
        if (!qtype_info(type))
            continue;
        head_plan(&h, &w, NULL);
        check((h.block.used > 0) == (type == QT_Q8_0 || type == QT_Q6_K), "%s: %llu bytes of a plane", qtype_info(type)->name,
              (unsigned long long)h.block.used);
    }
}

static void check_waiting(void) {
    const struct wanted twenty = {20, NULL, 0}, more = {200, NULL, 0}, many = {1000, NULL, 0}, all = {0, NULL, 0};
    struct subject s;
    atomic_int stop = 1;
    make(&s, QT_Q8_0, 3000, 96, 2, PEAKS);
    s.h.patience = 3; /* the third token is the first that is looked at */
    for (int i = 0; i < 5; i++) {
        const int done = head_run(&s.h, s.logits, &twenty, &s.jobs);
        check(done == (i >= 3), "token %d", i);
        if (!done)
            head_look(&s.h, s.full, &twenty);
    }
    check(!head_run(&s.h, s.logits, &many, &s.jobs), "more are wanted than are worth a second pass");
    check(!head_run(&s.h, s.logits, &all, &s.jobs), "all are wanted");
    check(s.h.n_tokens == 2, "%d tokens counted", (int)s.h.n_tokens);
    s.jobs.stop = &stop;
    check(!head_run(&s.h, s.logits, &twenty, &s.jobs), "stopped");
    drop(&s);

    make(&s, QT_Q8_0, 3000, 96, 2, PEAKS);
    s.jobs.stop = &stop;
    s.h.pays = 1;
    check(!head_run(&s.h, s.logits, &twenty, &s.jobs) && !s.h.built, "stopped while the plane is made");
    s.jobs.stop = NULL;
    check(head_run(&s.h, s.logits, &twenty, &s.jobs), "and made once it goes on");
    check_token(&s, &twenty, "after a stop");
    head_close(&s.h);
    check(!head_run(&s.h, s.logits, &twenty, &s.jobs), "closed");
    drop(&s);

    make(&s, QT_Q8_0, 3000, 96, 2, PLAIN);
    head_look(&s.h, s.full, &more);
    check(!s.h.pays && s.h.patience > 0, "bounds that leave too many rows do not pay");
    s.h.pays = 1;
    check(!head_run(&s.h, s.logits, &more, &s.jobs) && !s.h.pays, "and are given up when they leave too many");
    drop(&s);
}

/* ---- only those listed ------------------------------------------------------------------------------------------------ */

static void check_listed(uint32_t type, int n, int open) {
    struct subject s;
    int wrong = 0, kept = 0, rows = 999;
    char *is_in = get((size_t)rows);
    int32_t *id = get((size_t)n * sizeof *id);
    make(&s, type, rows, 256, 2, NAN_ROW);
    if (!open)
        head_close(&s.h);
    for (int i = 0; i < n; i++) {
        id[i] = i == 0 ? rows - 1 : i == 1 ? 77 : i % 5 == 2 ? id[i - 1] : (int32_t)(rnd() % (uint32_t)rows);
        is_in[id[i]] = 1;
    }
    const struct wanted w = {-1, id, n};
    const int done = head_run(&s.h, s.logits, &w, &s.jobs);
    if (!done) {
        memcpy(s.logits, s.full, (size_t)rows * sizeof *s.full);
        head_cut(&s.h, s.logits);
    }
    for (int r = 0; r < rows; r++) {
        kept += is_in[r];
        wrong += is_in[r] ? !same(s.logits[r], s.full[r]) : s.logits[r] != -INFINITY;
    }
    check(wrong == 0, "%s, %d listed: %d of the logits are wrong", qtype_info(type)->name, n, wrong);
    check(done == (kept <= rows / 3), "%s, %d listed: whole product: %d", qtype_info(type)->name, n, !done);
    check((int)s.h.n_few_rows == (done ? kept : 0), "%s, %d listed: %d counted", qtype_info(type)->name, n, (int)s.h.n_few_rows);
    drop(&s);
    free(is_in);
    free(id);
}

static void check_lists(void) {
    static const int counts[] = {0, 1, 2, 17, 200, 300, 2000};
    for (uint32_t type = 0; type < QT_N; type++)
        for (int i = 0; i < 7 && qtype_info(type); i++)
            check_listed(type, counts[i], i % 2);
}

int main(int argc, char **argv) {
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 10);
    random_state = seed;
    check_types();
    check_waiting();
    check_lists();
    for (int kind = 0; kind < N_KINDS; kind++) {
        check_kind(QT_Q8_0, 3001, 96, 1, (enum kind)kind);
        check_kind(QT_Q8_0, 2999, 896, 3, (enum kind)kind);
        check_kind(QT_Q6_K, 3000, 256, 2, (enum kind)kind);
    }
    printf("check_head: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed > 0;
}
