/* What the options mean to the engine. In: options. Out: sampling and session settings. */
#include "cli/args.h"

#include <math.h>

static void over(float *to, float given) {
    if (!isnan(given)) *to = given;
}

void opts_sampling(const struct opts *o, const struct quern_model *m, int held, struct quern_sampling *out) {
    quern_sampling_defaults(m, out);
    if (held) out->temp = 0;
    over(&out->temp, o->temp);
    over(&out->top_p, o->top_p);
    over(&out->min_p, o->min_p);
    over(&out->repeat_penalty, o->repeat_penalty);
    over(&out->presence_penalty, o->presence_penalty);
    over(&out->frequency_penalty, o->frequency_penalty);
    if (o->top_k != OPT_UNSET) out->top_k = o->top_k < 0 ? 0 : o->top_k;
    if (o->repeat_last_n != OPT_UNSET) out->repeat_last_n = o->repeat_last_n;
    out->seed = o->seed;
    out->ignore_eos = o->ignore_eos;
    out->bias = o->bias;
    out->n_bias = o->n_bias;
}

void opts_session(const struct opts *o, struct quern_session_params *out) {
    *out = (struct quern_session_params){.n_ctx = o->n_ctx == OPT_UNSET ? 0 : o->n_ctx, .n_threads = o->n_threads, .force = o->force};
    out->full_head = o->full_head;
    out->kv_k = (enum quern_kv)o->kv_k;
    out->kv_v = (enum quern_kv)o->kv_v;
    out->n_batch = o->n_batch;
    if (o->n_ubatch > 0 && (o->n_batch == 0 || o->n_ubatch < o->n_batch)) out->n_batch = o->n_ubatch;
}
