/* quern bench: tokens a second as llama-bench measures them. In: lists of what to vary. Out: a row for each combination, on stdout.
 * The tokens are made up, a fixed one for each position, so that what one test left in the cache serves to fill it for the next. The
 * requests of --json-run are bench_json.c's. */
#define _GNU_SOURCE
#include "cli/cli.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include "cli/bench_json.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/signals.h"

struct bench {
    const struct opts *o;
    struct bench_printer to[2];     /* stdout; stderr, where -oe asks for it */
    struct board board;
    struct quern_model *model;      /* at hand, as is all below */
    struct quern_session_params params;
    struct quern_session *session;
    int32_t *tokens;                /* [params.n_ctx] */
    float *logits;                  /* [n_vocab] */
    struct quern_sampler *sampler;  /* with the model's own settings: it says which of them quern run would want */
    struct bench_row row;
    struct bench_json *json;        /* of --json-run; then there are no session, tokens, logits, sampler */
    int bandwidth_threads;          /* that row.bandwidth was measured with */
    struct progress bar;
    char label[BENCH_NAME + 32];
    int n_rows, n_done;             /* of the whole run */
    int evaluated, total;           /* tokens of the row */
};

/* ---- what is asked for -------------------------------------------------------------------------------------------- */

/* Test I of a depth, in llama-bench's order: prompts, generations, pairs. 0: no more of them. */
static int find_test(const struct bench_opts *o, int i, int *p, int *g) {
    const struct ranges *pp = &o->n_prompt, *tg = &o->n_gen, *pg = &o->pairs;
    *p = *g = 0;
    if (i < pp->n) return *p = pp->v[i], 1;
    i -= pp->n;
    if (i < tg->n) return *g = tg->v[i], 1;
    i -= tg->n;
    if (2 * i >= pg->n) return 0;
    *p = pg->v[2 * i];
    *g = pg->v[2 * i + 1];
    return 1;
}

static int count_tests(const struct bench_opts *o) {
    int n = 0, p, g;
    for (int i = 0; find_test(o, i, &p, &g); i++) n += p + g > 0;
    return n;
}

/* The tokens of the longest test at the greatest depth. */
static int longest(const struct bench_opts *o) {
    int most = 0, p, g;
    for (int d = 0; d < o->n_depth.n; d++)
        for (int i = 0; find_test(o, i, &p, &g); i++)
            if (p + g > 0 && o->n_depth.v[d] + p + g > most) most = o->n_depth.v[d] + p + g;
    return most;
}

/* Whether tokens are generated and nothing else, which is what the bandwidth is held against. */
static int has_generation(const struct bench_opts *o) {
    int p, g;
    for (int i = 0; find_test(o, i, &p, &g); i++)
        if (p == 0 && g > 0) return 1;
    return 0;
}

/* A list that was not given counts as one value: 0, which leaves the choice to the engine. */
static int count(const struct ranges *r) {
    return r->n > 0 ? r->n : 1;
}

static int value(const struct ranges *r, int i) {
    return r->n > 0 ? r->v[i] : 0;
}

static const char *model_of(const struct opts *o, int i) {
    return o->bench.n_models > 0 ? o->bench.models[i] : o->model;
}

static int n_models(const struct opts *o) {
    return o->bench.n_models > 0 ? o->bench.n_models : 1;
}

/* ---- one row ------------------------------------------------------------------------------------------------------ */

/* Tokens that the cache lacks to be filled to the row's depth. */
static int missing(const struct bench *b) {
    int past = quern_session_n_past(b->session);
    return past < b->row.n_depth ? b->row.n_depth - past : 0;
}

/* So that the peak is the row's own. Where the kernel does not let us, it is that of all rows so far. */
static void forget_peak(void) {
    int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    ssize_t w = write(fd, "5", 1);
    (void)w;
    close(fd);
}

static uint64_t peak_rss(void) {
    struct rusage u;
    return getrusage(RUSAGE_SELF, &u) ? 0 : (uint64_t)u.ru_maxrss * 1024;
}

static void show(void *ctx, int done, int total) {
    struct bench *b = ctx;
    (void)total;
    progress_step(&b->bar, b->evaluated + done, b->total);
}

/* Evaluates the N tokens that come next. */
static int evaluate(struct bench *b, int n, int rows, struct err *e) {
    int at = quern_session_n_past(b->session);
    if (n == 0) return 0;
    struct quern_wanted w;
    quern_sampler_wants(b->sampler, &w);
    if (rows ? quern_eval_wanted(b->session, b->tokens + at, n, b->logits, &w, e) : quern_eval(b->session, b->tokens + at, n, NULL, 0, e))
        return -1;
    quern_sampler_saw(b->sampler, b->tokens + at, (size_t)n);
    b->evaluated += n;
    if (n == 1) show(b, 0, 0); /* the engine tells of longer runs itself */
    return 0;
}

static int evaluate_test(struct bench *b, int n_prompt, int n_gen, struct err *e) {
    quern_session_rewind(b->session, b->row.n_depth);
    if (evaluate(b, n_prompt, 1, e)) return -1;
    for (int i = 0; i < n_gen; i++)
        if (evaluate(b, 1, 1, e)) return -1;
    return 0;
}

/* Touches the weights, wakes threads and clock. No more than that, as a prompt may take minutes. */
static int warm_up(struct bench *b, struct err *e) {
    enum { PROMPT = 16 };
    int before = b->evaluated;
    if (b->o->bench.no_warmup) return 0;
    int r = evaluate_test(b, b->row.n_prompt < PROMPT ? b->row.n_prompt : PROMPT, b->row.n_gen > 0, e);
    b->evaluated = before;
    return r;
}

static int measure(struct bench *b, struct err *e) {
    struct bench_row *r = &b->row;
    struct quern_head_use before, after;
    if (quern_cost(b->model, &b->params, r->n_prompt, &r->cost, e)) return -1;
    b->evaluated = 0;
    b->total = missing(b) + r->n_samples * (r->n_prompt + r->n_gen);
    if (evaluate(b, missing(b), 0, e) || warm_up(b, e)) return -1;
    board_look(&r->before, "");
    r->started = time(NULL);
    quern_session_head_use(b->session, &before);
    for (int i = 0; i < r->n_samples; i++) {
        double start = clock_seconds();
        if (evaluate_test(b, r->n_prompt, r->n_gen, e)) return -1;
        double took = clock_seconds() - start;
        r->seconds[i] = took > 1e-9 ? took : 1e-9;
    }
    quern_session_head_use(b->session, &after);
    if (r->n_gen > 0) r->spared = (double)(after.bytes_spared - before.bytes_spared) / r->n_samples / r->n_gen;
    board_look(&r->after, "");
    return 0;
}

static int print_row(struct bench *b, struct err *e) {
    return bench_add(&b->to[0], &b->row, e) || bench_add(&b->to[1], &b->row, e) ? -1 : 0;
}

static int run_row(struct bench *b, int request, struct err *e) { /* REQUEST: of --json-run */
    struct bench_row *r = &b->row;
    char name[BENCH_NAME];
    snprintf(b->label, sizeof b->label, "%d/%d %s", ++b->n_done, b->n_rows, bench_name(name, r));
    progress_start(&b->bar);
    b->bar.what = b->label;
    if (b->o->bench.delay > 0 && !signal_stop) sleep((unsigned)b->o->bench.delay); /* to cool down; a signal ends it */
    forget_peak();
    int bad = b->json ? bench_json_measure(b->json, request, r, &b->bar, e) : measure(b, e);
    progress_end(&b->bar);
    r->peak_rss = peak_rss();
    return bad || print_row(b, e) ? -1 : 0;
}

/* ---- the runs of a session ---------------------------------------------------------------------------------------- */

/* Once for a number of threads. It is a comparison: where it cannot be measured, the tests go on. */
static void measure_bandwidth(struct bench *b) {
    struct bench_row *r = &b->row;
    struct err ignored;
    if (b->bandwidth_threads == r->n_threads || !(has_generation(&b->o->bench) || b->o->bench.json_run)) return;
    b->bandwidth_threads = r->n_threads;
    if (quern_read_bandwidth(r->n_threads, &r->bandwidth, &ignored)) r->bandwidth = 0;
}

static int open_sampler(struct bench *b, struct err *e) {
    struct quern_sampling s;
    quern_sampling_defaults(b->model, &s);
    return quern_sampler_open(&b->sampler, b->model, &s, e);
}

/* What the flags leave to the engine, in the row too. */
static int plan_session(struct bench *b, struct err *e) {
    struct bench_row *r = &b->row;
    struct quern_plan plan;
    struct quern_session_params *p = &b->params;
    p->n_ctx = 0;
    p->full_head = b->o->full_head;
    p->n_threads = r->n_threads;
    p->n_batch = r->n_batch > 0 && (r->n_ubatch == 0 || r->n_batch < r->n_ubatch) ? r->n_batch : r->n_ubatch;
    p->kv_k = (enum quern_kv)r->kv_k;
    p->kv_v = (enum quern_kv)r->kv_v;
    if (quern_plan(b->model, p, &plan, e)) return -1;
    p->n_threads = r->n_threads = plan.n_threads;
    if (r->n_batch == 0) r->n_batch = r->n_ubatch > plan.n_batch ? r->n_ubatch : plan.n_batch;
    if (r->n_ubatch == 0) r->n_ubatch = plan.n_batch;
    p->n_ctx = longest(&b->o->bench);
    measure_bandwidth(b);
    return 0;
}

static int open_session(struct bench *b, struct err *e) {
    struct bench_row *r = &b->row;
    struct quern_session_params *p = &b->params;
    if (open_sampler(b, e) || quern_session_open(&b->session, b->model, p, e)) return -1;
    quern_session_watch(b->session, &signal_stop, show, b);
    b->tokens = malloc((size_t)p->n_ctx * sizeof *b->tokens);
    b->logits = malloc((size_t)r->info.n_vocab * sizeof *b->logits);
    if (!b->tokens || !b->logits) return fail(e, ERR_MEMORY, "out of memory");
    for (uint32_t i = 0; i < (uint32_t)p->n_ctx; i++) {
        uint32_t x = (i + 1) * 2654435769u; /* mixed, so that neighbours are not alike */
        x ^= x >> 15;
        b->tokens[i] = (int32_t)(x * 2246822519u % (uint32_t)r->info.n_vocab);
    }
    return 0;
}

static void close_session(struct bench *b) {
    quern_session_close(b->session);
    quern_sampler_close(b->sampler);
    free(b->tokens);
    free(b->logits);
    b->session = NULL;
    b->sampler = NULL;
    b->tokens = NULL;
    b->logits = NULL;
}

/* The requests of --json-run, then all of them in one row. */
static int run_requests(struct bench *b, struct err *e) {
    struct opts o = *b->o;
    double *seconds = b->row.seconds;
    struct bench_row all = b->row;
    all.json = (struct bench_request){.name = "all"};
    all.n_prompt = all.n_gen = 0;
    all.peak_rss = 0;
    o.n_threads = b->params.n_threads;
    o.n_batch = b->params.n_batch;
    o.kv_k = b->row.kv_k;
    o.kv_v = b->row.kv_v;
    all.seconds = calloc((size_t)all.n_samples, sizeof *all.seconds);
    int bad = all.seconds ? bench_json_open(&b->json, b->model, &o, e) : fail(e, ERR_MEMORY, "out of memory");
    for (int i = 0; i < BENCH_REQUESTS && !bad; i++) {
        b->row.json = (struct bench_request){.name = bench_json_name(i)};
        bad = run_row(b, i, e);
        if (!bad) bench_json_add(&all, &b->row);
    }
    if (!bad) b->row = all, bad = print_row(b, e);
    b->row.seconds = seconds;
    free(all.seconds);
    bench_json_close(b->json);
    b->json = NULL;
    return bad;
}

static int run_session(struct bench *b, struct err *e) {
    const struct bench_opts *o = &b->o->bench;
    if (plan_session(b, e)) return -1;
    if (o->json_run) return run_requests(b, e);
    int bad = open_session(b, e);
    for (int d = 0; d < o->n_depth.n && !bad; d++) {
        b->row.n_depth = o->n_depth.v[d];
        for (int i = 0; !bad && find_test(o, i, &b->row.n_prompt, &b->row.n_gen); i++)
            if (b->row.n_prompt + b->row.n_gen > 0) bad = run_row(b, 0, e);
    }
    close_session(b);
    return bad;
}

static int run_model(struct bench *b, const char *path, struct err *e) {
    const struct bench_opts *o = &b->o->bench;
    struct bench_row *r = &b->row;
    cli_watch_model(path);
    if (quern_model_open(&b->model, path, e)) return -1;
    r->model = path;
    quern_model_describe(b->model, &r->info);
    int bad = 0;
    for (int i = 0; i < count(&o->n_batch); i++)
        for (int j = 0; j < count(&o->n_ubatch); j++)
            for (int k = 0; k < count(&o->kv_k); k++)
                for (int v = 0; v < count(&o->kv_v); v++)
                    for (int t = 0; t < count(&o->n_threads) && !bad; t++) {
                        r->n_batch = value(&o->n_batch, i);
                        r->n_ubatch = value(&o->n_ubatch, j);
                        r->kv_k = value(&o->kv_k, k);
                        r->kv_v = value(&o->kv_v, v);
                        r->n_threads = value(&o->n_threads, t);
                        bad = run_session(b, e);
                    }
    quern_model_close(b->model);
    b->model = NULL;
    return bad;
}

/* ---- the whole run ------------------------------------------------------------------------------------------------ */

/* What would end the run after an hour is found before it starts. */
static int check_model(const struct opts *o, const char *path, struct err *e) {
    struct quern_model *m;
    struct quern_model_info info;
    int need = longest(&o->bench), bad = 0;
    cli_watch_model(path);
    if (quern_model_open(&m, path, e)) return -1;
    quern_model_describe(m, &info);
    if (!info.has_weights) bad = fail(e, ERR_MODEL, "%s: a vocabulary without tensors: there is nothing to measure", path);
    else if (need > info.n_ctx_train)
        bad = fail(e, ERR_CONTEXT, "%s: a test with its depth is %d tokens, the model's context %d", path, need, info.n_ctx_train);
    quern_model_close(m);
    return bad;
}

static int execute(struct bench *b, struct err *e) {
    const struct bench_opts *o = &b->o->bench;
    struct quern_machine machine;
    int n_tests = o->json_run ? BENCH_REQUESTS : count_tests(o), bad = 0;
    if (n_tests == 0) return fail(e, ERR_USAGE, "nothing to measure: -p, -n and -pg are all 0");
    if (quern_machine(&machine, e)) return -1;
    for (int i = 0; i < n_models(b->o); i++)
        if (check_model(b->o, model_of(b->o, i), e)) return -1;
    b->row.seconds = calloc((size_t)o->reps, sizeof *b->row.seconds);
    if (!b->row.seconds) return fail(e, ERR_MEMORY, "out of memory");
    b->row.n_samples = o->reps;
    b->to[0].rung = b->to[1].rung = machine.rung;
    b->n_rows = n_models(b->o) * count(&o->n_batch) * count(&o->n_ubatch) * count(&o->kv_k) * count(&o->kv_v) * count(&o->n_threads) *
                count(&o->n_depth) * n_tests;
    board_read(&b->board, "");
    bad = bench_begin(&b->to[0], e) || bench_begin(&b->to[1], e);
    for (int i = 0; i < n_models(b->o) && !bad; i++) bad = run_model(b, model_of(b->o, i), e);
    struct err second; /* where a row failed, what was measured before it is still closed as it should be */
    for (int i = 0; i < 2; i++)
        if (!b->to[i].out.failed && bench_end(&b->to[i], bad ? &second : e)) bad = -1;
    return bad || out_close(&b->to[0].out, e) ? -1 : 0;
}

int cmd_bench(const struct opts *o) {
    struct bench b = {.o = o};
    struct err e;
    for (int i = 0; i < 2; i++) {
        b.to[i] = (struct bench_printer){.format = i ? o->bench.format_err : o->bench.format, .o = &o->bench, .board = &b.board};
        out_open(&b.to[i].out, i ? STDERR_FILENO : STDOUT_FILENO);
    }
    int bad = execute(&b, &e);
    if (bad && e.code == ERR_STOPPED && signal_stop) e.code = 128 + (int)signal_stop;
    for (int i = 0; i < 2; i++) bench_free(&b.to[i]);
    free(b.row.seconds);
    return bad ? report_err(&e) : 0;
}
