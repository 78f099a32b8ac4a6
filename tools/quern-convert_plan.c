/* Which tensors the file has. In: a configuration, the tensors of a folder, the types wanted. Out: a list in the order of our files, each
 * with the shape that the configuration says, a type and a place. Must not look at values.
 */
#include "quern-convert.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "quant/quant.h"

struct planner {
    struct tensors *t;
    const struct config *c;
    const struct safetensors *s;
    struct args *a;
    struct mix_model model;
    struct err *e;
};

static uint64_t size_of(const struct qwen2_shape *s, enum qwen2_size size) {
    switch (size) {
    case QWEN2_WIDTH: return (uint64_t)s->width;
    case QWEN2_KV_WIDTH: return (uint64_t)(s->width / s->n_heads * s->n_kv_heads);
    case QWEN2_FF: return (uint64_t)s->ff;
    case QWEN2_VOCAB: return (uint64_t)s->n_vocab;
    default: return 1;
    }
}

static int check_shape(const struct planner *p, const struct source *s, const struct qwen2_tensor *q) {
    uint64_t rows = size_of(&p->c->shape, q->rows), cols = size_of(&p->c->shape, q->cols);
    if (q->rows == QWEN2_ONE && (s->n_dims != 1 || s->dims[0] != cols))
        return safetensors_fault(s, p->e, "shape: expected [%" PRIu64 "], found %s%" PRIu64 "%s", cols, s->n_dims == 1 ? "[" : "a matrix of ",
                                 s->dims[0], s->n_dims == 1 ? "]" : " rows");
    if (q->rows != QWEN2_ONE && (s->n_dims != 2 || s->dims[0] != rows || s->dims[1] != cols))
        return safetensors_fault(s, p->e, "shape: expected [%" PRIu64 ", %" PRIu64 "], found %s%" PRIu64 ", %" PRIu64 "]", rows, cols,
                                 s->n_dims == 1 ? "a vector [" : "[", s->dims[0], s->dims[1]);
    return 0;
}

static int add(struct planner *p, const struct qwen2_tensor *q, int layer) {
    struct tensor *t = &p->t->tensor[p->t->n];
    char hf[QWEN2_NAME], name[QWEN2_NAME];
    qwen2_hf_name(hf, q->hf, layer);
    qwen2_name(name, q->name, layer);
    struct source *s = safetensors_find(p->s, hf);
    if (!s)
        return err_set(p->e, ERR_MODEL, "%s: no tensor %s", p->a->in, hf);
    if (check_shape(p, s, q))
        return -1;
    s->used = 1;
    memcpy(t->name, name, strlen(name)); /* calloc ended it; all names fit */
    t->from_name = s->name.s;
    t->file = &s->shard->file;
    t->start = s->shard->data + s->start;
    t->from = s->type;
    t->rows = q->rows == QWEN2_ONE ? 0 : s->dims[0];
    t->cols = q->rows == QWEN2_ONE ? s->dims[0] : s->dims[1];
    t->type = q->rows == QWEN2_ONE ? (uint32_t)QT_F32 : args_type(p->a, &p->model, t->name, (size_t)t->cols);
    tensors_place(p->t);
    return 0;
}

/* Each tensor added is another one of the folder's, so the list never outgrows their number. */
static int add_all(struct planner *p) {
    if ((!p->c->tied && add(p, &qwen2_outer[0], -1)) || add(p, &qwen2_outer[1], -1))
        return -1;
    for (int layer = 0; layer < p->c->shape.n_layers; layer++) {
        for (size_t i = 0; i < sizeof qwen2_layer / sizeof *qwen2_layer; i++) {
            if (add(p, &qwen2_layer[i], layer))
                return -1;
        }
    }
    return add(p, &qwen2_outer[2], -1);
}

/* A table of the positions' angles, that some older folders have; and the output matrix where it is the embedding. */
static int is_idle(const struct source *s, const struct config *c) {
    static const char table[] = ".rotary_emb.inv_freq";
    size_t n = sizeof table - 1;
    return (s->name.n > n && strcmp(s->name.s + s->name.n - n, table) == 0) || (c->tied && strcmp(s->name.s, qwen2_outer[0].hf) == 0);
}

static int check_unused(const struct planner *p) {
    for (size_t i = 0; i < p->s->n; i++) {
        const struct source *s = &p->s->source[i];
        if (!s->used && !is_idle(s, p->c))
            return safetensors_fault(s, p->e, "no tensor of a Qwen2 model with %d layers", (int)p->c->shape.n_layers);
    }
    return 0;
}

/* What the embedding has. */
static int settle_mix(struct args *a, const struct safetensors *s, struct err *e) {
    const struct source *embd = safetensors_find(s, qwen2_outer[1].hf);
    if (a->mix)
        return 0;
    if (!embd)
        return err_set(e, ERR_MODEL, "%s: no tensor %s", a->in, qwen2_outer[1].hf);
    a->mix = mix_find(qtype_info(embd->type)->name);
    return 0;
}

int plan_make(struct tensors *t, struct config *c, struct safetensors *s, struct args *a, struct err *e) {
    *t = (struct tensors){.alignment = 32, .tensor = calloc(s->n + 1, sizeof *t->tensor)};
    if (!t->tensor)
        return err_set(e, ERR_MEMORY, "out of memory");
    if (c->tied < 0)
        c->tied = !safetensors_find(s, qwen2_outer[0].hf);
    struct planner p = {t, c, s, a, {c->shape.n_layers, c->shape.n_heads, c->shape.n_kv_heads, c->tied}, e};
    if (settle_mix(a, s, e) || add_all(&p) || check_unused(&p))
        return -1;
    return args_check_rules(a, e);
}
