/* quern doctor: this board, as far as it matters to a model; with -m, what that model can reach here. Out: text, or one JSON object. */
#define _GNU_SOURCE
#include "cli/cli.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "cli/bench.h"
#include "cli/fields.h"
#include "cli/report.h"

struct doctor {
    struct board board;
    struct board_state state;
    struct quern_machine machine;
    double one, all;                /* bytes a second read by one thread and by n_threads; 0: not known */
    int n_threads;
    uint64_t as, data;              /* limits of this process, bytes; UINT64_MAX: none */
    uint64_t page;                  /* bytes */
    /* with a model */
    const char *file;               /* NULL: without */
    struct quern_model_info info;
    struct quern_plan plan;
    struct quern_cost cost;
};

/* ---- looking ------------------------------------------------------------------------------------------------------ */

static uint64_t limit_of(int resource) {
    struct rlimit r;
    return getrlimit(resource, &r) || r.rlim_cur == RLIM_INFINITY ? UINT64_MAX : (uint64_t)r.rlim_cur;
}

static int look_at_model(struct doctor *d, const struct opts *o, const struct quern_session_params *p, struct err *e) {
    struct quern_model *m;
    if (quern_model_open(&m, o->model, e)) return -1;
    d->file = o->model;
    quern_model_describe(m, &d->info);
    int bad = quern_plan(m, p, &d->plan, e) || quern_cost(m, p, 0, &d->cost, e);
    quern_model_close(m);
    return bad ? -1 : 0;
}

static int look(struct doctor *d, const struct opts *o, struct err *e) {
    struct quern_session_params p;
    struct err ignored; /* a bandwidth that cannot be measured is one fact less */
    if (quern_machine(&d->machine, e)) return -1;
    opts_session(o, &p);
    if (o->model && look_at_model(d, o, &p, e)) return -1;
    board_read(&d->board, "");
    board_look(&d->state, "");
    d->n_threads = o->n_threads ? o->n_threads : d->machine.n_cores;
    if (quern_read_bandwidth(1, &d->one, &ignored)) d->one = 0;
    d->all = d->one;
    if (d->n_threads > 1 && quern_read_bandwidth(d->n_threads, &d->all, &ignored)) d->all = 0;
    d->as = limit_of(RLIMIT_AS);
    d->data = limit_of(RLIMIT_DATA);
    d->page = (uint64_t)sysconf(_SC_PAGESIZE);
    return 0;
}

static uint64_t needed(const struct doctor *d) {
    return d->plan.file + d->plan.kv + d->plan.buffers;
}

/* Tokens a second if nothing but the reading of memory took time; NaN: not known. More threads read less where others use the machine. */
static double most_tokens(const struct doctor *d) {
    double best = fmax(d->one, d->all);
    return best > 0 ? best / (double)d->cost.token_bytes : (double)NAN;
}

/* ---- JSON --------------------------------------------------------------------------------------------------------- */

static void bytes_field(struct fields *f, const char *name, uint64_t bytes) {
    if (bytes == UINT64_MAX) fields_raw(f, name, NULL);
    else fields_value(f, name, "%llu", (unsigned long long)bytes);
}

static void model_fields(struct fields *f, const struct doctor *d) {
    char type[BENCH_NAME];
    fields_text(f, "model_filename", d->file);
    fields_text(f, "model_type", bench_model_type(type, &d->info));
    bytes_field(f, "model_size", d->info.weight_bytes);
    bytes_field(f, "model_n_params", d->info.n_params);
    bytes_field(f, "bytes_per_token", d->cost.token_bytes);
    fields_real(f, "decode_at_most_ts", most_tokens(d), 2);
    fields_value(f, "context", "%d", d->plan.n_ctx);
    bytes_field(f, "needed", needed(d));
    fields_bool(f, "fits", needed(d) <= d->plan.available);
    fields_value(f, "context_fits", "%d", d->plan.n_ctx_fits);
}

static int write_json(const struct doctor *d, struct out *out, struct err *e) {
    struct fields f;
    char text[BOARD_REASONS];
    fields_open(&f, FIELDS_LINES, 0);
    fields_text(&f, "quern", QUERN_VERSION);
    fields_text(&f, "board", d->board.name);
    fields_text(&f, "cpu", d->board.cpu[0] ? d->board.cpu : NULL);
    fields_text(&f, "rung", d->machine.rung);
    fields_text(&f, "features", d->board.features);
    fields_value(&f, "cores", "%d", d->machine.n_cores);
    fields_value(&f, "cpus", "%d", d->machine.n_cpus);
    bytes_field(&f, "memory", d->board.memory ? d->board.memory : UINT64_MAX);
    bytes_field(&f, "available", d->machine.available);
    bytes_field(&f, "cgroup_leaves", d->machine.granted);
    bytes_field(&f, "page", d->page);
    bytes_field(&f, "limit_as", d->as);
    bytes_field(&f, "limit_data", d->data);
    fields_real(&f, "read_bandwidth_1", d->one > 0 ? d->one : (double)NAN, 0);
    fields_value(&f, "threads", "%d", d->n_threads);
    fields_real(&f, "read_bandwidth", d->all > 0 ? d->all : (double)NAN, 0);
    fields_real(&f, "clock_mhz", d->state.mhz, 0);
    fields_real(&f, "temp_c", d->state.celsius, 1);
    fields_text(&f, "throttling", d->state.tells ? board_reasons(text, d->state.now) : NULL);
    fields_text(&f, "throttling_since_start", d->state.tells ? board_reasons(text, d->state.ever) : NULL);
    if (d->file) model_fields(&f, d);
    int bad = fields_close(&f, e) || out_text(out, f.text.p, f.text.n, e) || out_str(out, "\n", e);
    fields_free(&f);
    return bad ? -1 : 0;
}

/* ---- text --------------------------------------------------------------------------------------------------------- */

struct page {
    struct out *out;
    struct err *e;
    int failed;
};

/* A line "NAME    ..."; where NAME is "", more of the line before. */
REPORT_FORMAT(3, 4)
static void put(struct page *p, const char *name, const char *fmt, ...) {
    char text[1024], head[32];
    va_list a;
    va_start(a, fmt);
    vsnprintf(text, sizeof text, fmt, a);
    va_end(a);
    snprintf(head, sizeof head, "%s%-13s", p->out->wrote ? "\n" : "", name);
    p->failed = p->failed || (*name && out_str(p->out, head, p->e)) || out_str(p->out, text, p->e);
}

static double gb(uint64_t bytes) {
    return (double)bytes / 1e9;
}

static double mb(uint64_t bytes) {
    return (double)bytes / 1e6;
}

static void write_limit(struct page *p, const char *name, uint64_t limit) {
    if (limit == UINT64_MAX) put(p, "", "%s without limit", name);
    else put(p, "", "%s %.1f MB", name, mb(limit));
}

static void write_board(struct page *p, const struct doctor *d) {
    const struct board *b = &d->board;
    const struct board_state *s = &d->state;
    char text[BOARD_REASONS];
    put(p, "board", "%s", b->name);
    put(p, "cpu", "%s", b->cpu[0] ? b->cpu : "not told");
    put(p, "kernels", "%s%s%s", d->machine.rung, b->features[0] ? "; the CPU has " : "", b->features);
    put(p, "cores", "%d for computing (physical, fast), %d in all", d->machine.n_cores, d->machine.n_cpus);
    put(p, "memory", "%.2f GB", gb(b->memory));
    if (d->machine.available != UINT64_MAX) put(p, "", ", %.2f GB available", gb(d->machine.available));
    if (d->machine.granted < b->memory) put(p, "", ", cgroups leave %.2f GB", gb(d->machine.granted));
    put(p, "", ", pages of %llu bytes", (unsigned long long)d->page);
    put(p, "limits", "%s", "");
    write_limit(p, "address space", d->as);
    write_limit(p, ", data", d->data);
    if (d->one > 0) put(p, "bandwidth", "%.1f GB/s read by one thread", d->one / 1e9);
    if (d->one > 0 && d->n_threads > 1 && d->all > 0) put(p, "", ", %.1f GB/s by %d", d->all / 1e9, d->n_threads);
    if (!isnan(s->mhz)) put(p, "clock", "%.0f MHz", s->mhz);
    if (!isnan(s->celsius)) put(p, "temperature", "%.1f °C", s->celsius);
    if (s->tells) put(p, "throttling", "now: %s", board_reasons(text, s->now));
    if (s->tells) put(p, "", "; since the start: %s", board_reasons(text, s->ever));
}

static void write_model(struct page *p, const struct doctor *d) {
    char type[BENCH_NAME];
    put(p, "model", "%s: %s, %.1f MB", d->file, bench_model_type(type, &d->info), mb(d->info.weight_bytes));
    put(p, "decode", "%.1f MB are read for each token", mb(d->cost.token_bytes));
    if (!isnan(most_tokens(d))) put(p, "", ", so at most %.1f tokens/s", most_tokens(d));
    put(p, "context", "%d tokens need %.1f MB: ", d->plan.n_ctx, mb(needed(d)));
    if (needed(d) <= d->plan.available) put(p, "", "%s", "fits");
    else if (d->plan.n_ctx_fits > 0) put(p, "", "does not fit, -c %d does", d->plan.n_ctx_fits);
    else put(p, "", "%s", "does not fit, and no smaller one does");
}

int cmd_doctor(const struct opts *o) {
    struct doctor d = {.file = NULL};
    struct err e;
    struct out out;
    struct page page = {&out, &e, 0};
    out_open(&out, STDOUT_FILENO);
    if (look(&d, o, &e)) return report_err(&e);
    if (o->json) {
        page.failed = write_json(&d, &out, &e);
    } else {
        write_board(&page, &d);
        if (d.file) write_model(&page, &d);
        page.failed = page.failed || out_str(&out, "\n", &e);
    }
    return page.failed || out_close(&out, &e) ? report_err(&e) : 0;
}
