/* One loop: evaluate, pick, write. */
#define _GNU_SOURCE
#include "cli/gen.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "cli/stream.h"

int gen_model(struct quern_model **m, const struct opts *o, struct err *e) {
    struct quern_model_info info;
    if (quern_model_open(m, o->model, e)) return -1;
    quern_model_describe(*m, &info);
    if (!info.has_weights) return fail(e, ERR_MODEL, "%s: a vocabulary without tensors serves quern tokenize and schema only", o->model);
    return 0;
}

/* ---- a session of the right size ------------------------------------------------------------------------------ */

enum { DOCUMENT = 1024 }; /* tokens of a document at most, where -n does not say */

/* -n, or what stands for it; -1: as far as the context goes. */
static int wished(const struct gen *g) {
    int n = g->opts->n_predict, least = g->held ? quern_constraint_minimum(g->held) : 0;
    return n >= 0 ? n : n == -2 || !g->held ? -1 : least < DOCUMENT ? DOCUMENT : least;
}

/* Without -c: what the request needs where that is known, else the model's context as far as memory allows. */
static int plan(struct gen *g, size_t n_prompt, struct quern_session_params *p, struct err *e) {
    const struct opts *o = g->opts;
    opts_session(o, p);
    if (o->n_ctx == OPT_UNSET && n_prompt > 0 && wished(g) >= 0) {
        uint64_t need = (uint64_t)n_prompt + (uint64_t)wished(g);
        p->n_ctx = need < (uint64_t)g->info.n_ctx_train ? (int)need : g->info.n_ctx_train;
    }
    if (quern_plan(g->model, p, &g->plan, e)) return -1;
    p->n_threads = g->plan.n_threads; /* as counted: not again for each plan */
    int fits = g->plan.n_ctx_fits;
    if (o->n_ctx == OPT_UNSET && !o->force && p->n_ctx == 0 && fits < g->plan.n_ctx && fits > 0 && (size_t)fits > n_prompt) {
        p->n_ctx = fits;
        if (quern_plan(g->model, p, &g->plan, e)) return -1;
    }
    return 0;
}

int gen_open(struct gen *g, const struct quern_model *m, const struct opts *o, struct quern_constraint *held, size_t n_prompt,
             struct err *e) {
    struct quern_session_params p;
    *g = (struct gen){.model = m, .opts = o, .held = held, .seed = o->seed};
    quern_model_describe(m, &g->info);
    if (plan(g, n_prompt, &p, e)) return -1;
    if (n_prompt > (size_t)g->plan.n_ctx)
        return fail(e, ERR_CONTEXT, "the prompt is %zu tokens, the context %d: a shorter prompt%s fits", n_prompt, g->plan.n_ctx,
                    n_prompt <= (size_t)g->info.n_ctx_train ? " or a larger -c" : "");
    if (quern_session_open(&g->session, m, &p, e)) return -1;
    g->logits = malloc((size_t)g->info.n_vocab * sizeof *g->logits);
    g->line.id = malloc((size_t)g->plan.n_ctx * sizeof *g->line.id); /* never grows: nothing is allocated per token */
    g->line.cap = (size_t)g->plan.n_ctx;
    if (!g->logits || !g->line.id) return fail(e, ERR_MEMORY, "out of memory");
    if (o->n_ctx > g->plan.n_ctx)
        report("-c %d is more than the model's context: %d is used", o->n_ctx, g->plan.n_ctx);
    return 0;
}

void gen_tell(const struct gen *g) {
    if (!g->info.known_template && !g->opts->raw)
        report("%s: tokenizer.chat_template: not one quern knows; ChatML stands in", g->opts->model);
}

void gen_close(struct gen *g) {
    if (g->session) quern_session_close(g->session);
    free(g->logits);
    quern_tokens_free(&g->line);
    quern_tokens_free(&g->pending);
}

void gen_rewind(struct gen *g, size_t n) {
    if (n >= g->line.n) return;
    quern_session_rewind(g->session, (int)n);
    g->line.n = n;
}

int gen_add_tokens(struct quern_tokens *t, const int32_t *id, size_t n, struct err *e) {
    if (t->n + n > t->cap) {
        size_t cap = 2 * (t->n + n);
        int32_t *grown = cap < (size_t)-1 / sizeof *grown ? realloc(t->id, cap * sizeof *grown) : NULL;
        if (!grown) return fail(e, ERR_MEMORY, "out of memory");
        t->id = grown;
        t->cap = cap;
    }
    if (n > 0) memcpy(t->id + t->n, id, n * sizeof *id);
    t->n += n;
    return 0;
}

uint64_t gen_random_seed(void) {
    uint64_t seed;
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, &seed, sizeof seed) : -1;
    if (fd >= 0) close(fd);
    if (got == (ssize_t)sizeof seed) return seed;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec << 32 ^ (uint64_t)t.tv_nsec ^ (uint64_t)getpid() << 20;
}

/* ---- the loop --------------------------------------------------------------------------------------------------- */

static int evaluate(struct gen *g, const int32_t *id, size_t n, const struct quern_wanted *w, struct err *e) {
    if (n > (size_t)(g->plan.n_ctx - quern_session_n_past(g->session)))
        return fail(e, ERR_CONTEXT, "%zu tokens do not fit: %zu of the context's %d are taken", n, g->line.n, g->plan.n_ctx);
    if (gen_add_tokens(&g->line, id, n, e)) return -1;
    if (quern_eval_wanted(g->session, id, (int)n, g->logits, w, e) == 0) return 0;
    g->line.n -= n;
    return -1;
}

/* The same with a bar that shows how it goes. */
static int evaluate_long(struct gen *g, const int32_t *id, size_t n, const struct quern_wanted *w, struct err *e) {
    struct progress bar;
    progress_start(&bar);
    quern_session_watch(g->session, &signal_stop, progress_step, &bar);
    int r = evaluate(g, id, n, w, e);
    progress_end(&bar);
    quern_session_watch(g->session, &signal_stop, NULL, NULL);
    return r;
}

/* Takes from the prompt cache what TURN, the first, begins with, *same tokens. A cache that is of no use costs a line and no more. */
static int take_cached(struct gen *g, const struct quern_tokens *turn, int *same, struct err *e) {
    struct err why;
    *same = g->n_cached = 0;
    if (!g->opts->prompt_cache || g->line.n > 0) return 0;
    if (quern_session_load(g->session, g->opts->prompt_cache, turn->id, (int)turn->n, same, &why))
        report("%s: it is not used", why.text);
    g->n_cached = quern_session_n_past(g->session);
    return gen_add_tokens(&g->line, turn->id, (size_t)g->n_cached, e);
}

/* Keeps the first turn, unless the prompt cache has all of it. The answer is worth more: a failure waits until that is written. */
static void keep(struct gen *g, const struct quern_tokens *turn, int same) {
    if (!g->opts->prompt_cache || g->opts->prompt_cache_ro || g->line.n != turn->n || (size_t)same == turn->n) return;
    if (quern_session_save(g->session, g->opts->prompt_cache, turn->id, (int)turn->n, &g->unkept) == 0) g->unkept.code = 0;
}

static int evaluate_turn(struct gen *g, const struct quern_tokens *turn, struct quern_sampler *sampler, struct err *e) {
    struct quern_wanted w;
    int same;
    if (take_cached(g, turn, &same, e)) return -1;
    quern_sampler_wants(sampler, &w);
    if (evaluate_long(g, turn->id + g->n_cached, turn->n - (size_t)g->n_cached, &w, e)) return -1;
    keep(g, turn, same);
    return 0;
}

static int flush(struct stream *s, struct err *e) {
    return s->out ? out_flush(s->out, e) : 0;
}

/* 1: the answer ends as *end says; 0: another token; -1: an error. */
static int one_token(struct gen *g, struct quern_sampler *sampler, struct stream *s, struct answer *a, struct err *e) {
    struct quern_wanted w;
    size_t n;
    if (signal_stop) return a->end = GEN_INTERRUPTED, 1;
    if (quern_sample(sampler, g->logits, &a->last, e)) return -1;
    a->n_tokens++;
    int ends = quern_token_ends(g->model, a->last);
    const char *bytes = quern_token_bytes(g->model, a->last, g->opts->special, &n);
    int r = stream_push(s, bytes, n, e);
    if (r < 0 || flush(s, e)) return -1;
    if (ends || r > 0) return a->end = ends ? GEN_END : GEN_STOP, 1;
    if (a->n_tokens == g->opts->n_predict) return a->end = GEN_LIMIT, 1;
    if ((int)g->line.n >= g->plan.n_ctx) return a->end = GEN_CONTEXT, 1;
    quern_sampler_wants(sampler, &w);
    if (evaluate(g, &a->last, 1, &w, e)) {
        if (e->code != ERR_STOPPED) return -1;
        return a->end = GEN_INTERRUPTED, 1;
    }
    a->last = -1;
    return 0;
}

static int generate(struct gen *g, struct quern_sampler *sampler, struct stream *s, struct answer *a, struct err *e) {
    int r = 0;
    if (g->opts->n_predict == 0) r = 1, a->end = GEN_LIMIT;
    while (r == 0) r = one_token(g, sampler, s, a, e);
    return r < 0 || stream_end(s, e) || flush(s, e) ? -1 : 0;
}

/* ---- documents --------------------------------------------------------------------------------------------------- */

/* Starts a document of as many tokens as -n and the context allow behind N tokens. */
static int start_document(struct gen *g, size_t n, struct err *e) {
    int left = n < (size_t)g->plan.n_ctx ? g->plan.n_ctx - (int)n : 0, want = wished(g), least = quern_constraint_minimum(g->held);
    if (left < least && (want < 0 || want >= least))
        return fail(e, ERR_CONTEXT, "the schema needs up to %d tokens behind a prompt of %zu, the context is %d: a larger -c, a shorter prompt",
                    least, n, g->plan.n_ctx);
    return quern_constraint_start(g->held, want < 0 || want > left ? left : want, e);
}

/* Writes the pending tokens from FROM on. */
static int write_pending(struct gen *g, size_t from, struct stream *s, struct answer *a, struct err *e) {
    for (size_t i = from; i < g->pending.n; i++) {
        size_t n;
        const char *bytes = quern_token_bytes(g->model, g->pending.id[i], 0, &n);
        if (stream_push(s, bytes, n, e) < 0) return -1;
        a->n_tokens++;
    }
    return flush(s, e);
}

/* What needs no model is written at once, and waits to be evaluated together with what is behind it. */
static int go_on(struct gen *g, struct quern_sampler *sampler, struct stream *s, struct answer *a, struct err *e) {
    size_t from = g->pending.n;
    if (quern_constraint_forced(g->held, &g->pending, e)) return -1;
    quern_sampler_saw(sampler, g->pending.id + from, g->pending.n - from);
    return write_pending(g, from, s, a, e);
}

/* Evaluates what is pending and picks the token behind it. */
static int pick(struct gen *g, struct quern_sampler *sampler, int first, struct err *e) {
    struct quern_wanted w;
    int32_t id;
    int n;
    if (signal_stop) return fail(e, ERR_STOPPED, "stopped");
    const int32_t *likely = quern_constraint_likely(g->held, &n);
    quern_session_expect(g->session, likely, n);
    if (quern_constraint_wants(g->held, sampler, &w, e)) return -1;
    if ((first ? evaluate_long : evaluate)(g, g->pending.id, g->pending.n, &w, e)) return -1;
    g->pending.n = 0;
    return quern_constraint_pick(g->held, sampler, g->logits, &id, e) || gen_add_tokens(&g->pending, &id, 1, e) ? -1 : 0;
}

/* Puts the turn before what is pending: nothing yet. */
static int start_turn(struct gen *g, const struct quern_tokens *turn, struct quern_sampler *sampler, int *same, struct err *e) {
    if (start_document(g, g->line.n + turn->n, e) || take_cached(g, turn, same, e)) return -1;
    const int32_t *rest = turn->id + g->n_cached;
    size_t n = turn->n - (size_t)g->n_cached;
    quern_sampler_saw(sampler, g->line.id, g->line.n);
    quern_sampler_saw(sampler, rest, n);
    g->pending.n = 0;
    return gen_add_tokens(&g->pending, rest, n, e);
}

/* The turn alone, where the prompt cache is to keep it and more is pending already. */
static int evaluate_apart(struct gen *g, const struct quern_tokens *turn, int same, struct err *e) {
    size_t n = turn->n - (size_t)g->n_cached;
    static const struct quern_wanted none = {.top = -1};
    if (!g->opts->prompt_cache || g->pending.n == n) return 0;
    if (evaluate_long(g, g->pending.id, n, &none, e)) return -1;
    keep(g, turn, same);
    g->pending.n -= n;
    memmove(g->pending.id, g->pending.id + n, g->pending.n * sizeof *g->pending.id);
    return 0;
}

static int write_document(struct gen *g, const struct quern_tokens *turn, struct quern_sampler *sampler, struct stream *s,
                          struct answer *a, struct err *e) {
    double start = clock_seconds();
    int same;
    if (start_turn(g, turn, sampler, &same, e)) return -1;
    if (go_on(g, sampler, s, a, e) || evaluate_apart(g, turn, same, e)) return -1;
    for (int first = 1; !quern_constraint_ended(g->held); first = 0) {
        if (pick(g, sampler, first, e)) return -1;
        if (first) keep(g, turn, same);
        if (first) a->prompt_s = clock_seconds() - start;
        if (write_pending(g, 0, s, a, e) || go_on(g, sampler, s, a, e)) return -1;
    }
    if (g->pending.n > 0 && quern_token_ends(g->model, g->pending.id[g->pending.n - 1])) g->pending.n--;
    a->end = GEN_DOCUMENT;
    return stream_end(s, e) || flush(s, e) ? -1 : 0;
}

/* ---- an answer --------------------------------------------------------------------------------------------------- */

static int write_text(struct gen *g, const struct quern_tokens *turn, struct quern_sampler *sampler, struct stream *s, struct answer *a,
                      struct err *e) {
    double start = clock_seconds();
    if (evaluate_turn(g, turn, sampler, e)) return -1;
    a->prompt_s = clock_seconds() - start;
    quern_sampler_saw(sampler, g->line.id, g->line.n);
    return generate(g, sampler, s, a, e);
}

int gen_answer(struct gen *g, const struct quern_tokens *turn, struct out *out, struct bytes *copy, struct answer *a, struct err *e) {
    struct quern_sampling p;
    struct quern_sampler *sampler = NULL;
    struct stream s;
    size_t before = g->line.n;
    *a = (struct answer){.last = -1, .n_prompt = (int)turn->n};
    opts_sampling(g->opts, g->model, g->held != NULL, &p);
    p.seed = g->seed++;
    int r = stream_open(&s, g->opts, out, copy, e) || quern_sampler_open(&sampler, g->model, &p, e) ? -1 : 0;
    double start = clock_seconds();
    if (r == 0) r = (g->held ? write_document : write_text)(g, turn, sampler, &s, a, e);
    if (r && g->held) gen_rewind(g, before);
    a->n_prompt -= g->n_cached;
    a->eval_s = clock_seconds() - start - a->prompt_s;
    quern_sampler_close(sampler);
    stream_close(&s);
    return r;
}

/* ---- statistics --------------------------------------------------------------------------------------------------- */

static void line(const char *name, double seconds) {
    if (seconds < 1) note("%-22s%.3fms\n", name, seconds * 1e3);
    else note("%-22s%.3fs\n", name, seconds);
}

static double rate(int n, double seconds) {
    return seconds > 0 ? n / seconds : 0;
}

/* How many of the logits were computed where not all are wanted. */
static void report_head(const struct gen *g) {
    struct quern_head_use use;
    quern_session_head_use(g->session, &use);
    if (use.tokens > 0)
        note("%-22s%llu of %d, for %llu token(s)\n", "logits computed:", (unsigned long long)(use.rows / use.tokens), g->info.n_vocab,
             (unsigned long long)use.tokens);
}

void gen_report(const struct gen *g, const struct answer *a, double total_s, double load_s) {
    if (g->info.name[0]) note_pair("model:", g->info.name);
    note_pair("file:", g->opts->model);
    note("%-22s%s, %d thread%s\n", "kernels:", g->info.rung, g->plan.n_threads, g->plan.n_threads == 1 ? "" : "s");
    note("%-22s%d of %d tokens\n", "context:", (int)g->line.n, g->plan.n_ctx);
    note("%-22s%llu\n", "seed:", (unsigned long long)(g->seed - 1));
    line("total duration:", total_s);
    line("load duration:", load_s);
    if (g->opts->prompt_cache) note("%-22s%d token(s)\n", "prompt cache count:", g->n_cached);
    note("%-22s%d token(s)\n", "prompt eval count:", a->n_prompt);
    line("prompt eval duration:", a->prompt_s);
    note("%-22s%.2f tokens/s\n", "prompt eval rate:", rate(a->n_prompt, a->prompt_s));
    note("%-22s%d token(s)\n", "eval count:", a->n_tokens);
    line("eval duration:", a->eval_s);
    note("%-22s%.2f tokens/s\n", "eval rate:", rate(a->n_tokens, a->eval_s));
    report_head(g);
}
