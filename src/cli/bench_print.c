/* llama-bench's table, CSV, JSON and JSON Lines: its columns and fields in its order, then those that it lacks. */
#define _GNU_SOURCE
#include "cli/bench.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "cli/fields.h"
#include "cli/report.h"

/* ---- figures ---------------------------------------------------------------------------------------------------- */

static double rate(const struct bench_row *r, int i) { /* tokens a second */
    return (r->json.name ? r->n_gen : r->n_prompt + r->n_gen) / r->seconds[i];
}

static double nanoseconds(const struct bench_row *r, int i) {
    return r->seconds[i] * 1e9;
}

static double mean(const struct bench_row *r, double (*of)(const struct bench_row *, int)) {
    double sum = 0;
    for (int i = 0; i < r->n_samples; i++) sum += of(r, i);
    return sum / r->n_samples;
}

/* Of the samples, with n - 1; 0 of a single one. */
static double deviation(const struct bench_row *r, double (*of)(const struct bench_row *, int)) {
    double m = mean(r, of), sum = 0;
    for (int i = 0; i < r->n_samples; i++) sum += (of(r, i) - m) * (of(r, i) - m);
    return r->n_samples > 1 ? sqrt(sum / (r->n_samples - 1)) : 0;
}

/* Read to decode a token: the weights, and the cache as it is halfway. NaN where a prompt is in the time too. */
static double bytes_per_token(const struct bench_row *r) {
    double cached = r->n_depth + (r->n_gen - 1) / 2.0;
    return r->n_prompt == 0 ? (double)r->cost.token_bytes - r->spared + cached * (double)r->cost.cache_bytes : (double)NAN;
}

static double share_of_bandwidth(const struct bench_row *r) { /* percent */
    return r->bandwidth > 0 ? mean(r, rate) * bytes_per_token(r) / r->bandwidth * 100 : (double)NAN;
}

static double prompt_gmacs(const struct bench_row *r) { /* 1e9 products with weights a second */
    return r->n_gen == 0 ? (double)r->cost.prompt_macs / r->n_prompt * mean(r, rate) / 1e9 : (double)NAN;
}

/* Of --json-run: milliseconds of one sample, from what all took. */
static double milliseconds(const struct bench_row *r, double s) {
    return s * 1e3 / r->n_samples;
}

static double free_rate(const struct bench_row *r) {
    return r->n_gen * r->n_samples / r->json.free_s;
}

static double ratio_to_free(const struct bench_row *r) {
    return r->json.free_s * 1e9 / (mean(r, nanoseconds) * r->n_samples);
}

static double mask_microseconds(const struct bench_row *r) {
    return r->json.n_masks ? r->json.mask_s * 1e6 / (double)r->json.n_masks : (double)NAN;
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

const char *bench_name(char out[BENCH_NAME], const struct bench_row *r) {
    int n = r->json.name       ? snprintf(out, BENCH_NAME, "json %s", r->json.name)
            : r->n_gen == 0    ? snprintf(out, BENCH_NAME, "pp%d", r->n_prompt)
            : r->n_prompt == 0 ? snprintf(out, BENCH_NAME, "tg%d", r->n_gen)
                               : snprintf(out, BENCH_NAME, "pp%d+tg%d", r->n_prompt, r->n_gen);
    if (r->n_depth > 0) snprintf(out + n, BENCH_NAME - (size_t)n, " @ d%d", r->n_depth);
    return out;
}

const char *bench_model_type(char out[BENCH_NAME], const struct quern_model_info *i) {
    static const char *const types[] = {
        [0] = "all F32", [1] = "F16", [2] = "Q4_0", [3] = "Q4_1", [7] = "Q8_0", [8] = "Q5_0", [9] = "Q5_1", [10] = "Q2_K - Medium",
        [11] = "Q3_K - Small", [12] = "Q3_K - Medium", [13] = "Q3_K - Large", [14] = "Q4_K - Small", [15] = "Q4_K - Medium",
        [16] = "Q5_K - Small", [17] = "Q5_K - Medium", [18] = "Q6_K", [21] = "Q2_K - Small", [25] = "IQ4_NL - 4.5 bpw",
        [30] = "IQ4_XS - 4.25 bpw", [32] = "BF16"};
    const char *type = i->file_type >= 0 && i->file_type < (int)(sizeof types / sizeof *types) ? types[i->file_type] : NULL;
    double n = (double)i->n_params;
    snprintf(out, BENCH_NAME, n < 95e6 ? "qwen2 %.1fM %s" : "qwen2 %.1fB %s", n < 95e6 ? n / 1e6 : n / 1e9, type ? type : "mixed");
    return out;
}

/* ---- fields ----------------------------------------------------------------------------------------------------- */

static int month_days(int year, int month) {
    int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 ? 28 + leap : 30 + (month + month / 8) % 2;
}

/* As UTC, "2026-11-27T00:20:31Z". By hand: with gmtime come time zones, scanf and their tables, a twentieth of a static program. */
static void write_time(char out[80], time_t t) {
    int year = 1970, month = 1, day = (int)(t / 86400), second = (int)(t % 86400), n;
    while (day >= (n = month_days(year, month))) {
        day -= n;
        year += month == 12;
        month = month % 12 + 1;
    }
    snprintf(out, 80, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day + 1, second / 3600, second / 60 % 60, second % 60);
}

/* What a llama-bench that was built for the CPU alone says of the rest of the machine, in the places where scripts expect it. */
static void add_llama_fields(struct fields *f, const struct bench_printer *p, const struct bench_row *r) {
    char type[BENCH_NAME], when[80];
    fields_text(f, "build_commit", QUERN_VERSION);
    fields_value(f, "build_number", "0");
    fields_text(f, "cpu_info", p->board->cpu[0] ? p->board->cpu : "CPU");
    fields_text(f, "gpu_info", "");
    fields_text(f, "backends", "CPU");
    fields_text(f, "model_filename", r->model);
    fields_text(f, "model_type", bench_model_type(type, &r->info));
    fields_value(f, "model_size", "%llu", (unsigned long long)r->info.weight_bytes);
    fields_value(f, "model_n_params", "%llu", (unsigned long long)r->info.n_params);
    fields_value(f, "n_batch", "%d", r->n_batch);
    fields_value(f, "n_ubatch", "%d", r->n_ubatch);
    fields_value(f, "n_threads", "%d", r->n_threads);
    fields_text(f, "cpu_mask", "0x0");
    fields_bool(f, "cpu_strict", 0);
    fields_value(f, "poll", "50");
    fields_text(f, "type_k", opts_kv_name(r->kv_k));
    fields_text(f, "type_v", opts_kv_name(r->kv_v));
    fields_value(f, "n_gpu_layers", "-1");
    fields_value(f, "n_cpu_moe", "0");
    fields_text(f, "split_mode", "layer");
    fields_value(f, "main_gpu", "0");
    fields_bool(f, "no_kv_offload", 0);
    fields_value(f, "flash_attn", "-1");
    fields_text(f, "devices", "auto");
    fields_text(f, "tensor_split", "0.00");
    fields_text(f, "tensor_buft_overrides", "none");
    fields_text(f, "load_mode", "mmap");
    fields_bool(f, "embeddings", 0);
    fields_value(f, "no_op_offload", "0");
    fields_bool(f, "no_host", 0);
    fields_value(f, "fit_target", "0");
    fields_value(f, "fit_min_ctx", "0");
    fields_value(f, "n_prompt", "%d", r->n_prompt);
    fields_value(f, "n_gen", "%d", r->n_gen);
    fields_value(f, "n_depth", "%d", r->n_depth);
    write_time(when, r->started);
    fields_text(f, "test_time", when);
    fields_real(f, "avg_ns", mean(r, nanoseconds), 0);
    fields_real(f, "stddev_ns", deviation(r, nanoseconds), 0);
    fields_real(f, "avg_ts", mean(r, rate), 6);
    fields_real(f, "stddev_ts", deviation(r, rate), 6);
}

static void add_samples(struct fields *f, const char *name, const struct bench_row *r, double (*of)(const struct bench_row *, int),
                        int digits) {
    struct bytes list = {0};
    char number[64];
    int bad = 0;
    for (int i = 0; i < r->n_samples && !bad; i++) {
        snprintf(number, sizeof number, "%s%.*f", i ? ", " : "[ ", digits, of(r, i));
        bad = bytes_add_str(&list, number, &f->e);
    }
    bad = bad || bytes_add_str(&list, " ]", &f->e);
    if (bad) f->failed = 1;
    else fields_raw(f, name, list.p);
    bytes_free(&list);
}

static void add_own_fields(struct fields *f, const struct bench_printer *p, const struct bench_row *r) {
    char reasons[BOARD_REASONS];
    int tells = r->before.tells || r->after.tells;
    fields_text(f, "board", p->board->name);
    fields_text(f, "rung", p->rung);
    fields_real(f, "clock_before_mhz", r->before.mhz, 0);
    fields_real(f, "clock_after_mhz", r->after.mhz, 0);
    fields_real(f, "temp_before_c", r->before.celsius, 1);
    fields_real(f, "temp_after_c", r->after.celsius, 1);
    fields_text(f, "throttling", tells ? board_reasons(reasons, board_throttled(&r->before, &r->after)) : NULL);
    fields_value(f, "peak_rss", "%llu", (unsigned long long)r->peak_rss);
    fields_real(f, "read_bandwidth", r->bandwidth > 0 ? r->bandwidth : (double)NAN, 0);
    fields_real(f, "bytes_per_token", bytes_per_token(r), 0);
    fields_real(f, "bandwidth_share", share_of_bandwidth(r), 1);
    fields_real(f, "prompt_gmacs", prompt_gmacs(r), 6);
}

static void add_json_fields(struct fields *f, const struct bench_row *r) {
    const struct bench_request *q = &r->json;
    fields_text(f, "request", q->name);
    fields_value(f, "n_forced", "%d", q->n_forced);
    fields_real(f, "compile_ns", milliseconds(r, q->compile_s) * 1e6, 0);
    fields_real(f, "first_ns", milliseconds(r, q->first_s) * 1e6, 0);
    fields_real(f, "free_ns", milliseconds(r, q->free_s) * 1e6, 0);
    fields_real(f, "free_first_ns", milliseconds(r, q->free_first_s) * 1e6, 0);
    fields_real(f, "free_ts", free_rate(r), 6);
    fields_real(f, "ratio", ratio_to_free(r), 3);
    fields_real(f, "mask_us_mean", mask_microseconds(r), 1);
    fields_real(f, "mask_us_max", q->mask_longest_s * 1e6, 1);
    fields_raw(f, "document", q->document);
}

static int write_fields(struct bench_printer *p, const struct bench_row *r, enum fields_form form, struct err *e) {
    struct fields f;
    fields_open(&f, form, 2);
    add_llama_fields(&f, p, r);
    if (form == FIELDS_LINE || form == FIELDS_LINES) {
        add_samples(&f, "samples_ns", r, nanoseconds, 0);
        add_samples(&f, "samples_ts", r, rate, 3);
    }
    add_own_fields(&f, p, r);
    if (p->o->json_run) add_json_fields(&f, r);
    int bad = fields_close(&f, e) || out_text(&p->out, f.text.p, f.text.n, e);
    fields_free(&f);
    return bad ? -1 : 0;
}

/* ---- the table ---------------------------------------------------------------------------------------------------- */

static const struct column {
    const char *name;
    int width; /* negative: to the left */
    enum { ALWAYS, TESTS, REQUESTS } in; /* requests are those of --json-run */
} columns[] = {{"model", -30, ALWAYS}, {"size", 10, TESTS}, {"params", 10, TESTS}, {"backend", -10, TESTS}, {"threads", 7, ALWAYS},
               {"n_batch", 7, ALWAYS}, {"n_ubatch", 8, ALWAYS}, {"type_k", 6, ALWAYS}, {"type_v", 6, ALWAYS}, {"test", 15, ALWAYS},
               {"prompt", 6, REQUESTS}, {"tokens", 6, REQUESTS}, {"forced", 6, REQUESTS}, {"first ms", 8, REQUESTS}, {"total ms", 8, REQUESTS},
               {"t/s", 20, ALWAYS}, {"free t/s", 8, REQUESTS}, {"ratio", 5, REQUESTS}};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

/* Four columns appear where their flag was given. */
static int is_shown(const struct bench_opts *o, const struct column *c) {
    const char *name = c->name;
    if (c->in != ALWAYS && (c->in == REQUESTS) != o->json_run) return 0;
    return !strcmp(name, "n_batch") ? o->n_batch.n > 0 : !strcmp(name, "n_ubatch") ? o->n_ubatch.n > 0
           : !strcmp(name, "type_k") ? o->kv_k.n > 0 : !strcmp(name, "type_v") ? o->kv_v.n > 0 : 1;
}

static void request_cell(char *out, size_t cap, const char *name, const struct bench_row *r) {
    if (!strcmp(name, "prompt")) snprintf(out, cap, "%d", r->n_prompt);
    else if (!strcmp(name, "tokens")) snprintf(out, cap, "%d", r->n_gen);
    else if (!strcmp(name, "forced")) snprintf(out, cap, "%d", r->json.n_forced);
    else if (!strcmp(name, "first ms")) snprintf(out, cap, "%.1f", milliseconds(r, r->json.first_s));
    else if (!strcmp(name, "total ms")) snprintf(out, cap, "%.1f", mean(r, nanoseconds) / 1e6);
    else if (!strcmp(name, "free t/s")) snprintf(out, cap, "%.2f", free_rate(r));
    else snprintf(out, cap, "%.2f", ratio_to_free(r));
}

static void cell(char *out, size_t cap, const char *name, const struct bench_row *r) {
    double bytes = (double)r->info.weight_bytes, n = (double)r->info.n_params;
    if (!strcmp(name, "model")) bench_model_type(out, &r->info);
    else if (!strcmp(name, "size")) snprintf(out, cap, bytes < 0x1p30 ? "%.2f MiB" : "%.2f GiB", bytes / (bytes < 0x1p30 ? 0x1p20 : 0x1p30));
    else if (!strcmp(name, "params")) snprintf(out, cap, n < 1e9 ? "%.2f M" : "%.2f B", n < 1e9 ? n / 1e6 : n / 1e9);
    else if (!strcmp(name, "backend")) snprintf(out, cap, "CPU");
    else if (!strcmp(name, "threads")) snprintf(out, cap, "%d", r->n_threads);
    else if (!strcmp(name, "n_batch")) snprintf(out, cap, "%d", r->n_batch);
    else if (!strcmp(name, "n_ubatch")) snprintf(out, cap, "%d", r->n_ubatch);
    else if (!strcmp(name, "type_k")) snprintf(out, cap, "%s", opts_kv_name(r->kv_k));
    else if (!strcmp(name, "type_v")) snprintf(out, cap, "%s", opts_kv_name(r->kv_v));
    else if (!strcmp(name, "test")) bench_name(out, r);
    else snprintf(out, cap, "%.2f ± %.2f", mean(r, rate), deviation(r, rate));
}

/* The names and the rule where R is NULL. */
static int write_row(struct bench_printer *p, const struct bench_row *r, struct err *e) {
    static const char dashes[] = "----------------------------------------";
    char text[256], line[1024] = "|", rule[1024] = "|";
    size_t n = 1, n_rule = 1;
    for (int i = 0; i < N_COLUMNS; i++) {
        const struct column *c = &columns[i];
        int width = c->width < 0 ? -c->width : c->width;
        if (!is_shown(p->o, c)) continue;
        if (r) (c->in == REQUESTS ? request_cell : cell)(text, BENCH_NAME, c->name, r);
        int two = r && !strcmp(c->name, "t/s"); /* printf counts the two bytes of its plus-minus sign */
        n += (size_t)snprintf(line + n, sizeof line - n, " %*s |", c->width + two, r ? text : c->name);
        n_rule += (size_t)snprintf(rule + n_rule, sizeof rule - n_rule, " %.*s%c |", width - 1, dashes, c->width < 0 ? '-' : ':');
    }
    if (out_str(&p->out, line, e) || out_str(&p->out, "\n", e)) return -1;
    return r ? 0 : out_str(&p->out, rule, e) || out_str(&p->out, "\n", e) ? -1 : 0;
}

REPORT_FORMAT(3, 4)
static int add_note(struct bench_printer *p, struct err *e, const char *fmt, ...) {
    char text[512];
    va_list a;
    va_start(a, fmt);
    vsnprintf(text, sizeof text, fmt, a);
    va_end(a);
    return bytes_add_str(&p->notes, text, e);
}

/* A line on the row for below the table: how near to the machine's limits, and in what state it was. */
static int note_row(struct bench_printer *p, const struct bench_row *r, struct err *e) {
    char type[BENCH_NAME], name[BENCH_NAME], reasons[BOARD_REASONS];
    const struct board_state *b = &r->before, *a = &r->after;
    int bad = add_note(p, e, "%s, %d thread%s, %s:", bench_model_type(type, &r->info), r->n_threads, r->n_threads == 1 ? "" : "s",
                       bench_name(name, r));
    if (r->json.name)
        bad = bad || add_note(p, e, " schema %.2f ms, %.0f mask(s) of %.3f ms, the longest %.3f ms,", milliseconds(r, r->json.compile_s),
                              (double)r->json.n_masks / r->n_samples, mask_microseconds(r) / 1e3, r->json.mask_longest_s * 1e3);
    if (r->n_gen == 0) bad = bad || add_note(p, e, " %.1f GMAC/s,", prompt_gmacs(r));
    if (r->n_prompt == 0)
        bad = bad || add_note(p, e, " %.1f MB a token,", bytes_per_token(r) / 1e6);
    if (r->n_prompt == 0 && r->bandwidth > 0)
        bad = bad || add_note(p, e, " %.0f %% of what reading at %.1f GB/s allows,", share_of_bandwidth(r), r->bandwidth / 1e9);
    bad = bad || add_note(p, e, " peak RSS %.1f MB", (double)r->peak_rss / 1e6);
    if (!isnan(b->mhz) && !isnan(a->mhz)) bad = bad || add_note(p, e, ", %.0f to %.0f MHz", b->mhz, a->mhz);
    if (!isnan(b->celsius) && !isnan(a->celsius)) bad = bad || add_note(p, e, ", %.1f to %.1f °C", b->celsius, a->celsius);
    if (b->tells || a->tells) bad = bad || add_note(p, e, ", throttling: %s", board_reasons(reasons, board_throttled(b, a)));
    if (r->json.document) bad = bad || add_note(p, e, ", ") || bytes_add_str(&p->notes, r->json.document, e);
    return bad || add_note(p, e, "\n") ? -1 : 0;
}

static int write_notes(struct bench_printer *p, struct err *e) {
    char text[512];
    const char *cpu = p->board->cpu;
    snprintf(text, sizeof text, "\nbuild: " QUERN_VERSION " (0)\n\nboard: %s%s%s, kernels: %s\n", p->board->name, cpu[0] ? ", " : "", cpu,
             p->rung);
    return out_str(&p->out, text, e) || out_text(&p->out, p->notes.p, p->notes.n, e) ? -1 : 0;
}

/* ---- the four forms ----------------------------------------------------------------------------------------------- */

int bench_begin(struct bench_printer *p, struct err *e) {
    static const struct bench_row none = {.model = ""};
    if (p->format == FORMAT_JSON) return out_str(&p->out, "[\n", e);
    if (p->format == FORMAT_CSV) return write_fields(p, &none, FIELDS_NAMES, e);
    return p->format == FORMAT_MD ? write_row(p, NULL, e) : 0;
}

int bench_add(struct bench_printer *p, const struct bench_row *r, struct err *e) {
    int bad = 0;
    switch (p->format) {
    case FORMAT_NONE: return 0;
    case FORMAT_MD: bad = write_row(p, r, e) || note_row(p, r, e); break;
    case FORMAT_CSV: bad = write_fields(p, r, FIELDS_CSV, e); break;
    case FORMAT_JSONL: bad = write_fields(p, r, FIELDS_LINE, e) || out_str(&p->out, "\n", e); break;
    case FORMAT_JSON: bad = (p->n > 0 && out_str(&p->out, ",\n", e)) || write_fields(p, r, FIELDS_LINES, e); break;
    }
    p->n++;
    return bad || out_flush(&p->out, e) ? -1 : 0; /* a row may take minutes: whoever reads along gets it now */
}

int bench_end(struct bench_printer *p, struct err *e) {
    int bad = p->format == FORMAT_JSON ? out_str(&p->out, "\n]\n", e) : p->format == FORMAT_MD ? write_notes(p, e) : 0;
    return bad || out_flush(&p->out, e) ? -1 : 0;
}

void bench_free(struct bench_printer *p) {
    bytes_free(&p->notes);
}
