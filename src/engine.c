/* Implements quern.h over the rooms: text, sessions, sampling. load.c opens models, constraint.c
 * holds answers to a schema, cache.c keeps sessions, info.c lists files.
 * The only files that know all rooms; they compute nothing themselves.
 */
#include "engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- text ------------------------------------------------------------------------------------------------------- */

void quern_tokens_free(struct quern_tokens *t) {
    free(t->id);
    t->id = NULL;
    t->n = t->cap = 0;
}

int quern_tokenize(const struct quern_model *m, const char *text, size_t n, int special, struct quern_tokens *out,
                   struct err *e) {
    return tok_encode(m->tok, text, n, special, out, e);
}

const char *quern_token_bytes(const struct quern_model *m, int32_t id, int special, size_t *n) {
    return tok_bytes(m->tok, id, special, n);
}

int quern_token_ends(const struct quern_model *m, int32_t id) {
    return tok_ends(m->tok, id);
}

int quern_chat(const struct quern_model *m, const struct quern_message *msg, int n, int first, struct quern_tokens *out,
               struct err *e) {
    return chat_render(m->chat, m->tok, msg, n, first, out, e);
}

int quern_chat_close(const struct quern_model *m, int32_t end, struct quern_tokens *out, struct err *e) {
    return chat_close(m->chat, m->tok, end, out, e);
}

/* ---- the memory plan -------------------------------------------------------------------------------------------- */

enum { DEFAULT_BATCH = 256, MAX_BATCH = 8192, MAX_THREADS = 256 };

static uint32_t kv_type(enum quern_kv kv) {
    return kv == QUERN_KV_F32 ? QT_F32 : kv == QUERN_KV_Q8_0 ? QT_Q8_0 : QT_F16;
}

/* Fills in the parts of a session that cost nothing. */
static int plan_session(struct quern_session *s, const struct quern_model *m, const struct quern_session_params *p, struct err *e) {
    const struct quern_session none = {0};
    *s = none;
    if (!m->has_weights)
        return err_set(e, ERR_MODEL, "%s: a vocabulary without weights: there is nothing to run", m->g.path);
    if (p->n_ctx < 0)
        return err_set(e, ERR_USAGE, "context size: 0 or more, not %d", p->n_ctx);
    if (p->n_batch < 0)
        return err_set(e, ERR_USAGE, "batch size: 0 or more, not %d", p->n_batch);
    if (p->n_threads < 0 || p->n_threads > MAX_THREADS)
        return err_set(e, ERR_USAGE, "threads: 0 to %d, not %d", MAX_THREADS, p->n_threads);
    s->m = m;
    s->n_ctx = p->n_ctx && p->n_ctx < m->weights.n_ctx_train ? p->n_ctx : m->weights.n_ctx_train;
    int n_batch = p->n_batch ? p->n_batch : DEFAULT_BATCH, most = s->n_ctx < MAX_BATCH ? s->n_ctx : MAX_BATCH;
    int n_threads = p->n_threads ? p->n_threads : os_cores();
    kv_plan(&s->kv, &m->weights, s->n_ctx, kv_type(p->kv_k), kv_type(p->kv_v));
    s->f.m = &m->weights;
    s->f.k = &m->kernels;
    s->f.kv = &s->kv;
    s->f.n_batch = n_batch < most ? n_batch : most;
    s->f.n_threads = n_threads < MAX_THREADS ? n_threads : MAX_THREADS;
    forward_plan(&s->f);
    return 0;
}

static uint64_t session_bytes(const struct quern_session *s) {
    return s->m->map.size + s->kv.k_bytes + s->kv.v_bytes + s->f.block.used;
}

/* What a process may take: what is free, and on 32 bits no more than is left beside code and stacks. */
static uint64_t memory_limit(void) {
    uint64_t available = os_memory_available(), addressable = sizeof(size_t) > 4 ? UINT64_MAX : UINT64_C(2800) << 20;
    return available < addressable ? available : addressable;
}

/* The largest context within LIMIT bytes, by bisection over what a session of that size would take. */
static int largest_context(const struct quern_model *m, const struct quern_session_params *p, uint64_t limit, struct err *e) {
    int fits = 0, too_many = m->weights.n_ctx_train + 1;
    while (too_many - fits > 1) {
        struct quern_session s;
        struct quern_session_params tried = *p;
        tried.n_ctx = fits + (too_many - fits) / 2;
        if (plan_session(&s, m, &tried, e))
            return -1;
        if (session_bytes(&s) <= limit)
            fits = tried.n_ctx;
        else
            too_many = tried.n_ctx;
    }
    return fits < ATT_CHUNK ? fits : fits / ATT_CHUNK * ATT_CHUNK;
}

int quern_plan(const struct quern_model *m, const struct quern_session_params *p, struct quern_plan *out, struct err *e) {
    struct quern_session s;
    struct quern_session_params known = *p;
    if (plan_session(&s, m, p, e))
        return -1;
    known.n_threads = s.f.n_threads; /* counting cores reads dozens of files: once is enough */
    out->file = m->map.size;
    out->kv = s.kv.k_bytes + s.kv.v_bytes;
    out->buffers = s.f.block.used;
    out->available = memory_limit();
    out->n_ctx = s.n_ctx;
    out->n_threads = s.f.n_threads;
    out->n_batch = s.f.n_batch;
    out->n_ctx_fits = session_bytes(&s) <= out->available && s.n_ctx == m->weights.n_ctx_train
                          ? s.n_ctx
                          : largest_context(m, &known, out->available, e);
    return out->n_ctx_fits < 0 ? -1 : 0;
}

/* ---- sessions --------------------------------------------------------------------------------------------------- */

static uint64_t megabytes(uint64_t bytes) {
    return (bytes + 999999) / 1000000;
}

static uint64_t needed(const struct quern_plan *plan) {
    return plan->file + plan->kv + plan->buffers;
}

/* What would fit instead of PLAN: a shorter context, or as long a one of smaller keys and values. */
static void suggest(const struct quern_model *m, const struct quern_session_params *p, const struct quern_plan *plan, char hint[64]) {
    struct quern_session_params q8 = *p;
    struct quern_plan small;
    int n = 0, smaller = p->kv_k != QUERN_KV_Q8_0 || p->kv_v != QUERN_KV_Q8_0;
    q8.kv_k = q8.kv_v = QUERN_KV_Q8_0;
    int whole = smaller && quern_plan(m, &q8, &small, NULL) == 0 && needed(&small) <= small.available;
    hint[0] = 0;
    if (plan->n_ctx_fits > 0)
        n = snprintf(hint, 64, "; -c %d fits", plan->n_ctx_fits);
    if (whole)
        snprintf(hint + n, 64 - (size_t)n, "%s -ctk q8_0 -ctv q8_0", n ? ", and so does" : "; it fits with");
    else if (smaller && n)
        snprintf(hint + n, 64 - (size_t)n, ", more with -ctk q8_0 -ctv q8_0");
}

/* *available: bytes, read once. */
static int check_memory(const struct quern_model *m, const struct quern_session_params *p, uint64_t *available, struct err *e) {
    struct quern_plan plan;
    char hint[64];
    if (p->force)
        return *available = memory_limit(), 0;
    if (quern_plan(m, p, &plan, e))
        return -1;
    *available = plan.available;
    if (needed(&plan) <= plan.available)
        return 0;
    suggest(m, p, &plan, hint);
    return err_set(e, ERR_MEMORY,
                   "%s: a context of %d needs %" PRIu64 " MB (file %" PRIu64 ", KV cache %" PRIu64 ", buffers %" PRIu64
                   "), %" PRIu64 " MB are available%s",
                   m->g.path, plan.n_ctx, megabytes(needed(&plan)), megabytes(plan.file), megabytes(plan.kv), megabytes(plan.buffers),
                   plan.available / 1000000, hint);
}

int quern_session_open(struct quern_session **out, const struct quern_model *m, const struct quern_session_params *p,
                       struct err *e) {
    struct quern_session *s = malloc(sizeof *s);
    *out = NULL;
    if (!s)
        return err_set(e, ERR_MEMORY, "out of memory");
    struct quern_session_params known = *p;
    uint64_t available;
    int rc = plan_session(s, m, p, e);
    known.n_threads = s->f.n_threads;
    if (rc || check_memory(m, &known, &available, e) || pool_open(&s->pool, s->f.n_threads, e) || kv_open(&s->kv, e) ||
        forward_open(&s->f, e)) {
        quern_session_close(s);
        return -1;
    }
    s->f.jobs.pool = s->pool;
    if (!p->full_head && session_bytes(s) + s->f.head.block.used <= available)
        head_open(&s->f.head);
    *out = s;
    return 0;
}

void quern_session_close(struct quern_session *s) {
    if (!s)
        return;
    if (s->pool)
        pool_close(s->pool);
    forward_close(&s->f);
    kv_close(&s->kv);
    free(s);
}

void quern_session_watch(struct quern_session *s, const atomic_int *stop,
                         void (*progress)(void *ctx, int done, int total), void *ctx) {
    s->f.jobs.stop = stop;
    s->f.progress = progress;
    s->f.progress_ctx = ctx;
}

int quern_session_n_past(const struct quern_session *s) {
    return s->n_past;
}

void quern_session_rewind(struct quern_session *s, int n_past) {
    if (n_past >= 0 && n_past < s->n_past) {
        s->n_past = n_past;
        s->computed.n = 0;
    }
}

static int check_tokens(const struct quern_session *s, const int32_t *tokens, int n, int rows, struct err *e) {
    int n_vocab = engine_n_vocab(s->m);
    if (n < 0 || rows < 0 || rows > n)
        return err_set(e, ERR_USAGE, "%d rows of logits of %d tokens", rows, n);
    if (n > s->n_ctx - s->n_past)
        return err_set(e, ERR_CONTEXT, "%d tokens do not fit: %d of the context's %d are in use", n, s->n_past, s->n_ctx);
    for (int i = 0; i < n; i++)
        if (tokens[i] < 0 || tokens[i] >= n_vocab)
            return err_set(e, ERR_USAGE, "token %" PRId32 " is not among 0 to %d", tokens[i], n_vocab - 1);
    return 0;
}

int quern_eval(struct quern_session *s, const int32_t *tokens, int n, float *logits, int rows, struct err *e) {
    if (check_tokens(s, tokens, n, rows, e))
        return -1;
    s->expected.n = s->computed.n = 0;
    if (forward_run(&s->f, tokens, n, s->n_past, logits, rows))
        return err_set(e, ERR_STOPPED, "stopped");
    s->n_past += n;
    return 0;
}

void quern_session_expect(struct quern_session *s, const int32_t *tokens, int n) {
    s->expected.n = 0;
    for (int i = 0; i < n && i < QUERN_AHEAD && tokens[i] >= 0 && tokens[i] < engine_n_vocab(s->m); i++)
        s->expected.id[s->expected.n++] = tokens[i];
}

/* The first of the N tokens may be computed already; the others are, with those that are expected behind them. */
static int evaluate(struct quern_session *s, const int32_t *tokens, int n, float *logits, const struct wanted *w) {
    struct ahead *c = &s->computed, *x = &s->expected;
    int same = 0, rc;
    while (same < n && same < c->n && tokens[same] == c->id[same])
        same++;
    if (same == n) {
        c->n -= n;
        memmove(c->id, c->id + n, (size_t)c->n * sizeof *c->id);
        rc = forward_look_back(&s->f, c->n, logits, w);
    } else {
        c->n = n + x->n <= s->n_ctx - s->n_past && forward_has_room(&s->f, n - same, x->n) ? x->n : 0;
        memcpy(c->id, x->id, (size_t)c->n * sizeof *c->id);
        rc = forward_run_ahead(&s->f, tokens + same, n - same, c->id, c->n, s->n_past + same, logits, w);
    }
    c->n = rc ? 0 : c->n;
    x->n = 0;
    return rc;
}

int quern_eval_wanted(struct quern_session *s, const int32_t *tokens, int n, float *logits, const struct quern_wanted *w, struct err *e) {
    const struct wanted wanted = {w->top, w->id, w->n};
    if (check_tokens(s, tokens, n, 1, e))
        return -1;
    if (evaluate(s, tokens, n, logits, &wanted))
        return err_set(e, ERR_STOPPED, "stopped");
    s->n_past += n;
    return 0;
}

void quern_session_head_use(const struct quern_session *s, struct quern_head_use *out) {
    const struct head *h = &s->f.head;
    const uint64_t rows = (uint64_t)h->w->rows, whole = rows * h->w->stride;
    out->tokens = h->n_tokens + h->n_few;
    out->rows = h->n_rows + h->n_few_rows;
    out->bytes_spared = h->n_tokens * (whole - rows * (h->plane.stride + sizeof *h->slack)) + h->n_few * whole - out->rows * h->w->stride;
}

/* ---- sampling --------------------------------------------------------------------------------------------------- */

/* The end-of-generation tokens, for a sampler that must not pick them; *ids is NULL where there are none. */
static int find_ends(const struct quern_model *m, int32_t **ids, int *n, struct err *e) {
    struct quern_tokens found = {0};
    for (int32_t id = 0; id < m->n_tokens; id++)
        if (tok_ends(m->tok, id) && tok_push(&found, id, e)) {
            quern_tokens_free(&found);
            return -1;
        }
    *ids = found.id;
    *n = (int)found.n;
    return 0;
}

int quern_sampler_open(struct quern_sampler **out, const struct quern_model *m, const struct quern_sampling *p, struct err *e) {
    int n_ctx = m->has_weights ? m->weights.n_ctx_train : 1, n_ends = 0, rc = 0;
    int32_t *ends = NULL;
    struct quern_sampler *s = calloc(1, sizeof *s);
    *out = NULL;
    if (!s)
        return err_set(e, ERR_MEMORY, "out of memory");
    if (p->ignore_eos)
        rc = find_ends(m, &ends, &n_ends, e);
    if (!rc)
        rc = sampler_open(&s->s, p, engine_n_vocab(m), n_ctx, ends, n_ends, e);
    free(ends);
    if (rc) {
        free(s);
        return -1;
    }
    *out = s;
    return 0;
}

void quern_sampler_close(struct quern_sampler *s) {
    if (!s)
        return;
    sampler_close(s->s);
    free(s);
}

void quern_sampler_saw(struct quern_sampler *s, const int32_t *tokens, size_t n) {
    sampler_saw(s->s, tokens, n);
}

void quern_sampler_wants(struct quern_sampler *s, struct quern_wanted *out) {
    sampler_wants(s->s, out);
}

int quern_sample(struct quern_sampler *s, float *logits, int32_t *id, struct err *e) {
    return sampler_pick(s->s, logits, id, e);
}
