/* Figures to hold a measurement against: what the machine gives, what a model takes. In: an open model. Out: bytes and products, as the
 * forward pass has them. Computes no token.
 */
#include "engine.h"

#include "base/bandwidth.h"

int quern_machine(struct quern_machine *out, struct err *e) {
    struct kernels k;
    if (engine_kernels(&k, e))
        return -1;
    out->rung = k.name;
    out->n_cores = os_cores();
    out->n_cpus = os_cpus();
    out->available = os_memory_available();
    out->granted = os_memory_granted();
    return 0;
}

int quern_read_bandwidth(int n_threads, double *out, struct err *e) {
    return bandwidth_read(n_threads ? n_threads : os_cores(), out, e);
}

static uint64_t tensor_bytes(const struct tensor *t) {
    return (uint64_t)t->rows * t->stride;
}

static uint64_t tensor_macs(const struct tensor *t) {
    return (uint64_t)t->rows * (uint64_t)t->cols;
}

static uint64_t layer_bytes(const struct layer *l, int width) {
    uint64_t floats = 2 * (uint64_t)width; /* norms */
    floats += (uint64_t)(l->q_bias ? l->q.rows : 0) + (uint64_t)(l->k_bias ? l->k.rows : 0) + (uint64_t)(l->v_bias ? l->v.rows : 0);
    return tensor_bytes(&l->q) + tensor_bytes(&l->k) + tensor_bytes(&l->v) + tensor_bytes(&l->o) + tensor_bytes(&l->gate) +
           tensor_bytes(&l->up) + tensor_bytes(&l->down) + floats * sizeof(float);
}

/* In the last layer all tokens get keys and values, but only the one whose logits are wanted goes on from there. */
static uint64_t layer_macs(const struct layer *l, int last, int n) {
    uint64_t in = tensor_macs(&l->q) + tensor_macs(&l->k) + tensor_macs(&l->v);
    uint64_t rest = tensor_macs(&l->o) + tensor_macs(&l->gate) + tensor_macs(&l->up) + tensor_macs(&l->down);
    return (uint64_t)n * in + (uint64_t)(last && n > 0 ? 1 : n) * rest;
}

int quern_cost(const struct quern_model *m, const struct quern_session_params *p, int n_prompt, struct quern_cost *out, struct err *e) {
    const struct model *w = &m->weights;
    struct quern_plan plan;
    if (quern_plan(m, p, &plan, e))
        return -1;
    out->token_bytes = w->embd.stride + (uint64_t)w->width * sizeof(float) + tensor_bytes(&w->output);
    out->prompt_macs = n_prompt > 0 ? tensor_macs(&w->output) : 0;
    for (int i = 0; i < w->n_layers; i++) {
        out->token_bytes += layer_bytes(&w->layer[i], w->width);
        out->prompt_macs += layer_macs(&w->layer[i], i + 1 == w->n_layers, n_prompt);
    }
    out->cache_bytes = plan.kv / (((uint64_t)plan.n_ctx + ATT_CHUNK - 1) / ATT_CHUNK * ATT_CHUNK); /* the plan has whole chunks */
    return 0;
}
