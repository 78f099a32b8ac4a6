/* The forward pass. Each step is a job over blocks of tokens, a list of matrix products, or attention. */
#include "model/forward.h"

#include <math.h>
#include <string.h>
#include "base/os.h"
#include "quant/quant.h"

enum { BLOCK = 8 }; /* tokens in an item of the steps that go token by token */

static void cut_buffers(struct forward *f) {
    const struct model *m = f->m;
    uint64_t n = (uint64_t)f->n_batch, w = (uint64_t)m->width, kv = (uint64_t)(m->n_kv_heads * m->head);
    uint64_t ff = (uint64_t)m->ff, widest = w > ff ? w : ff;
    struct carve *c = &f->block;
    c->used = 0;
    f->x = carve(c, n * w, sizeof(float));
    f->h = carve(c, n * w, sizeof(float));
    f->y = carve(c, n * w, sizeof(float));
    f->q = carve(c, n * w, sizeof(float));
    f->keys = carve(c, n * kv, sizeof(float));
    f->values = carve(c, n * kv, sizeof(float));
    f->turned = carve(c, n * w, sizeof(float));
    f->gate = carve(c, n * ff, sizeof(float));
    f->up = carve(c, n * ff, sizeof(float));
    f->turn = carve(c, n * (uint64_t)m->head, sizeof(float));
    f->act = carve(c, n * (widest / 32), sizeof(struct qact));
    f->mm.scratch_size = (KERN_SCRATCH(widest) + 63) / 64 * 64;
    f->mm.scratch = carve(c, (uint64_t)f->n_threads, f->mm.scratch_size);
    attention_carve(&f->att, c, f->n_threads);
    head_carve(&f->head, c);
}

void forward_plan(struct forward *f) {
    const struct model *m = f->m;
    f->att.k = f->mm.k = f->k;
    f->att.kv = f->kv;
    f->att.head = m->head;
    f->att.n_kv_heads = m->n_kv_heads;
    f->att.group = m->n_heads / m->n_kv_heads;
    head_plan(&f->head, &m->output, &f->mm);
    f->block.base = NULL;
    cut_buffers(f);
}

int forward_open(struct forward *f, struct err *e) {
    uint64_t bytes = f->block.used;
    void *block = bytes <= SIZE_MAX ? os_reserve((size_t)bytes) : NULL;
    if (!block)
        return err_set(e, ERR_MEMORY, "no memory for %llu MB of buffers; a smaller -b needs less",
                       (unsigned long long)(bytes >> 20));
    f->block.base = block;
    cut_buffers(f);
    rope_init(&f->rope, f->m->head, f->m->rope_base);
    f->att.q = f->turned;
    f->att.out = f->h;
    return 0;
}

void forward_close(struct forward *f) {
    head_close(&f->head);
    if (f->block.base)
        os_release(f->block.base, (size_t)f->block.used);
    f->block.base = NULL;
}

/* ---- steps that go token by token ------------------------------------------------------------------------------- */

/* Token BLOCK * item from f->first on, and *end, the one after the item's last. */
static int block_start(const struct forward *f, int item, int *end) {
    int t = f->first + item * BLOCK;
    *end = t + BLOCK < f->n ? t + BLOCK : f->n;
    return t;
}

static void each_block(struct forward *f, void (*job)(void *arg, int item, int thread)) {
    jobs_run(&f->jobs, (f->n - f->first + BLOCK - 1) / BLOCK, job, f);
}

static float *row(float *base, int t, int cols) {
    return base + (size_t)t * (size_t)cols;
}

static void quantize_row(const struct forward *f, const float *x, int t, int cols) {
    if (f->quantize)
        f->k->quantize(x, f->act + (size_t)t * (size_t)(cols / 32), cols);
}

static int32_t token_at(const struct forward *f, int t) {
    const int i = f->done + t;
    return i < f->n_tokens ? f->tokens[i] : f->ahead[i - f->n_tokens];
}

static void embed(void *arg, int item, int thread) {
    struct forward *f = arg;
    const struct tensor *w = &f->m->embd;
    int end;
    (void)thread;
    for (int t = block_start(f, item, &end); t < end; t++) {
        const uint8_t *from = (const uint8_t *)w->data + (size_t)token_at(f, t) * w->stride;
        quant_dequantize(w->type, from, row(f->x, t, w->cols), (size_t)w->cols);
        rope_turn(&f->rope, f->pos + t, row(f->turn, t, f->m->head));
    }
}

/* x += y; N is a multiple of 8, and in eights compilers find the vectors. */
static void add(float *restrict x, const float *restrict y, int n) {
    for (int i = 0; i < n; i += 8)
        for (int j = i; j < i + 8; j++)
            x[j] = x[j] + y[j];
}

/* x += y, h = norm(x). */
static void norm(void *arg, int item, int thread) {
    struct forward *f = arg;
    int end, w = f->m->width;
    (void)thread;
    for (int t = block_start(f, item, &end); t < end; t++) {
        float *x = row(f->x, t, w), *h = row(f->h, t, w);
        if (f->add)
            add(x, row(f->y, t, w), w);
        f->k->rmsnorm(h, x, f->norm, w, f->m->eps);
        quantize_row(f, h, t, w);
    }
}

/* Biases and rotary positions; keys and values go to the cache, queries to where attention reads them. */
static void turn_and_store(void *arg, int item, int thread) {
    struct forward *f = arg;
    const struct model *m = f->m;
    const struct layer *l = &m->layer[f->layer];
    int end, group = m->n_heads / m->n_kv_heads, n_kv = m->n_kv_heads * m->head;
    float scale = 1.0f / sqrtf((float)m->head);
    (void)thread;
    for (int t = block_start(f, item, &end); t < end; t++) {
        float *q = row(f->q, t, m->width), *k = row(f->keys, t, n_kv), *v = row(f->values, t, n_kv);
        const float *turn = row(f->turn, t, m->head);
        if (l->q_bias)
            add(q, l->q_bias, m->width);
        if (l->k_bias)
            add(k, l->k_bias, n_kv);
        if (l->v_bias)
            add(v, l->v_bias, n_kv);
        for (int h = 0; h < m->n_heads; h++) {
            int to = (h / group * f->n + t) * group + h % group;
            rope_apply(&f->rope, turn, q + h * m->head, scale, row(f->turned, to, m->head));
        }
        for (int h = 0; h < m->n_kv_heads; h++)
            rope_apply(&f->rope, turn, k + h * m->head, 1, k + h * m->head);
        kv_store(f->kv, f->layer, f->pos + t, k, v);
    }
}

static void quantize_attended(void *arg, int item, int thread) {
    struct forward *f = arg;
    int end, w = f->m->width;
    (void)thread;
    for (int t = block_start(f, item, &end); t < end; t++)
        quantize_row(f, row(f->h, t, w), t, w);
}

static void activate(void *arg, int item, int thread) {
    struct forward *f = arg;
    int end, ff = f->m->ff;
    (void)thread;
    for (int t = block_start(f, item, &end); t < end; t++) {
        float *gate = row(f->gate, t, ff);
        f->k->swiglu(gate, gate, row(f->up, t, ff), ff);
        quantize_row(f, gate, t, ff);
    }
}

/* ---- products --------------------------------------------------------------------------------------------------- */

/* Adds y = w . x to the list of products of the next multiply(); Y is where token f->first goes. */
static void product(struct forward *f, const struct tensor *w, float *y) {
    struct product p = {w, y, (size_t)w->rows};
    f->mm.product[f->mm.n_products++] = p;
}

/* What reads the next input: it is quantized once, if any of its readers is. */
static void expect(struct forward *f, const struct tensor *a, const struct tensor *b, const struct tensor *c) {
    f->quantize = !qtype_is_float(a->type) || !qtype_is_float(b->type) || !qtype_is_float(c->type);
}

/* What the next products are of: N rows of X from FIRST on, and their quantized form. */
static void input(struct forward *f, float *x, int first, int n, int cols) {
    f->mm.x.f = row(x, first, cols);
    f->mm.x.q = f->act + (size_t)first * (size_t)(cols / 32);
    f->mm.x.cols = cols;
    f->mm.x.n = n;
}

/* Computes the listed products and empties the list. */
static void run_products(struct forward *f) {
    matmul_run(&f->mm, &f->jobs);
    f->mm.n_products = 0;
}

/* The listed products of X. */
static void multiply(struct forward *f, float *x, int cols) {
    input(f, x, f->first, f->n - f->first, cols);
    run_products(f);
}

/* ---- a layer, a chunk, a run ------------------------------------------------------------------------------------ */

/* h = norm(x + y). */
static void norm_all(struct forward *f, const float *weights, int add) {
    f->norm = weights;
    f->add = add;
    each_block(f, norm);
}

/* The residual of layer I - 1 is added by layer I's first norm. Tokens before FIRST get keys and values, and go no further. */
static void run_layer(struct forward *f, int i, int first) {
    const struct layer *l = &f->m->layer[i];
    int w = f->m->width, ff = f->m->ff;
    f->layer = i;
    expect(f, &l->q, &l->k, &l->v);
    norm_all(f, l->attn_norm, i > 0);
    product(f, &l->q, f->q);
    product(f, &l->k, f->keys);
    product(f, &l->v, f->values);
    multiply(f, f->h, w);
    each_block(f, turn_and_store);
    if (first == f->n)
        return;

    f->first = first;
    f->att.layer = i;
    f->att.pos = f->pos;
    f->att.first = f->first;
    f->att.n = f->n;
    attention_run(&f->att, &f->jobs);
    expect(f, &l->o, &l->o, &l->o);
    if (f->quantize)
        each_block(f, quantize_attended);
    product(f, &l->o, row(f->y, first, w));
    multiply(f, f->h, w);

    expect(f, &l->gate, &l->up, &l->up);
    norm_all(f, l->ffn_norm, 1);
    product(f, &l->gate, row(f->gate, first, ff));
    product(f, &l->up, row(f->up, first, ff));
    multiply(f, f->h, w);
    expect(f, &l->down, &l->down, &l->down);
    each_block(f, activate);
    product(f, &l->down, row(f->y, first, w));
    multiply(f, f->gate, ff);
}

/* The logits of N tokens from FIRST on, whose last norm is done: all of them, or of one token those that W wants. */
static int run_head(struct forward *f, int first, int n, float *logits, const struct wanted *w) {
    input(f, f->h, first, n, f->m->width);
    if (w && head_run(&f->head, logits, w, &f->jobs))
        return 0;
    product(f, &f->m->output, logits);
    run_products(f);
    if (w && w->top < 0)
        head_cut(&f->head, logits);
    else if (w)
        head_look(&f->head, logits, w);
    return jobs_stopped(&f->jobs) ? -1 : 0;
}

/* One chunk; LOGITS gets its last ROWS tokens or, where W is not NULL, those that it wants of the first of these. */
static int run_chunk(struct forward *f, int total, float *logits, int rows, const struct wanted *w) {
    const struct model *m = f->m;
    f->first = 0;
    each_block(f, embed);
    for (int i = 0; i < m->n_layers; i++) {
        run_layer(f, i, i + 1 < m->n_layers ? 0 : f->n - rows);
        if (jobs_stopped(&f->jobs))
            return -1;
        if (f->progress && total > 1)
            f->progress(f->progress_ctx, f->done + (int)((int64_t)f->n * (i + 1) / m->n_layers), total);
    }
    if (rows == 0)
        return 0;
    expect(f, &m->output, &m->output, &m->output);
    norm_all(f, m->output_norm, 1);
    return run_head(f, f->first, w ? 1 : rows, logits, w);
}

/* Of all N tokens, the last ROWS are asked for. */
static int run(struct forward *f, int n, int pos, float *logits, int rows, const struct wanted *w) {
    for (f->done = 0; f->done < n; f->done += f->n) {
        f->pos = pos + f->done;
        f->n = n - f->done < f->n_batch ? n - f->done : f->n_batch;
        int wanted = f->done + f->n - (n - rows), have = wanted < 0 ? 0 : wanted > f->n ? f->n : wanted;
        if (run_chunk(f, n, logits, have, w))
            return -1;
        if (have)
            logits += (size_t)have * (size_t)f->m->n_vocab;
    }
    return 0;
}

int forward_run(struct forward *f, const int32_t *tokens, int n, int pos, float *logits, int rows) {
    f->tokens = tokens;
    f->n_tokens = n;
    return run(f, n, pos, logits, rows, NULL);
}

int forward_has_room(const struct forward *f, int n, int n_ahead) {
    return (n + n_ahead - 1) % f->n_batch >= n_ahead;
}

int forward_run_ahead(struct forward *f, const int32_t *tokens, int n, const int32_t *ahead, int n_ahead, int pos, float *logits,
                      const struct wanted *w) {
    f->tokens = tokens;
    f->n_tokens = n;
    f->ahead = ahead;
    return run(f, n + n_ahead, pos, logits, 1 + n_ahead, w);
}

int forward_look_back(struct forward *f, int back, float *logits, const struct wanted *w) {
    return run_head(f, f->n - 1 - back, 1, logits, w);
}
