/* The table of flags and what walks it. A flag is either obeyed, refused by name, or said to be ignored. */
#define _GNU_SOURCE
#include "cli/args.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli/bench_opts.h"
#include "cli/bundled.h"
#include "cli/escape.h"
#include "cli/number.h"
#include "cli/report.h"

enum kind {
    TEXT, INT, REAL, ON, OFF, SEED, STOP, BIAS, KV, COLOR,
    AS_JSON,          /* "json", or a schema */
    RANGES, PAIR, KVS, MODELS, FORMAT, /* bench: lists, added to by each flag of that name; a form of output */
    ALREADY,          /* true of quern anyway: nothing to do */
    IGNORED,          /* said to be ignored */
    IGNORED_VALUE,
    IGNORED_MAYBE,    /* on, off, auto or nothing may follow */
    LATER
};
enum {
    RUN = CMD_RUN, CHAT = CMD_CHAT, INFO = CMD_INFO, TOK = CMD_TOKENIZE, BENCH = CMD_BENCH, DOC = CMD_DOCTOR, SCHEMA = CMD_SCHEMA,
    GEN = RUN | CHAT, PLAN = GEN | INFO | DOC, ONE = PLAN | TOK | SCHEMA, ALL = ONE | BENCH, /* ONE: those of one model */
    SET = 2 * CMD_SCHEMA
};
enum { TOKENS = 1 << 24 }; /* of a test: more than any context, and three of them are an int */

struct flag {
    const char *names; /* all spellings, a blank between them */
    enum kind kind;
    int where;         /* commands that take it; SET: chat's /set too */
    size_t at;         /* in struct opts; of IGNORED_VALUE, in why_ignored */
    double lo, hi;
};
#define AT(field) offsetof(struct opts, field)

enum { NO_GPU, MAPPED, PLACED, ONE_FORM };
static const char *const why_ignored[] = {
    [NO_GPU] = "quern computes on the CPU",
    [MAPPED] = "files are always mapped",
    [PLACED] = "the system places the threads",
    [ONE_FORM] = "attention has one form here",
};

static const struct flag flags[] = {
    {"-m --model", TEXT, ONE, AT(model), 0, 0},
    {"-p --prompt", TEXT, GEN | TOK, AT(prompt), 0, 0},
    {"-f --file", TEXT, GEN | TOK, AT(file), 0, 0},
    {"-sys --system --system-prompt", TEXT, GEN, AT(system), 0, 0},
    {"-sysf --system-prompt-file", TEXT, GEN, AT(system_file), 0, 0},
    {"-n --n-predict --predict --num-predict", INT, GEN | SCHEMA | SET, AT(n_predict), -2, INT_MAX},
    {"-c --ctx-size --num-ctx", INT, PLAN, AT(n_ctx), 0, INT_MAX},
    {"-t --threads --num-thread", INT, PLAN, AT(n_threads), 1, 256},
    {"-b --batch-size", INT, PLAN, AT(n_batch), 1, INT_MAX},
    {"-ub --ubatch-size", INT, PLAN, AT(n_ubatch), 1, INT_MAX},
    {"-ctk --cache-type-k", KV, PLAN, AT(kv_k), 0, 0},
    {"-ctv --cache-type-v", KV, PLAN, AT(kv_v), 0, 0},
    {"-s --seed", SEED, GEN | SCHEMA | SET, AT(seed), 0, 0},
    {"--temp --temperature", REAL, GEN | SET, AT(temp), 0, 1000},
    {"--top-k", INT, GEN | SET, AT(top_k), -1, INT_MAX},
    {"--top-p", REAL, GEN | SET, AT(top_p), 0, 1},
    {"--min-p", REAL, GEN | SET, AT(min_p), 0, 1},
    {"--repeat-penalty", REAL, GEN | SET, AT(repeat_penalty), 0.001, 1000},
    {"--repeat-last-n", INT, GEN | SET, AT(repeat_last_n), -1, INT_MAX},
    {"--presence-penalty", REAL, GEN | SET, AT(presence_penalty), -1000, 1000},
    {"--frequency-penalty", REAL, GEN | SET, AT(frequency_penalty), -1000, 1000},
    {"-r --reverse-prompt --stop", STOP, GEN | SET, AT(stop), 0, 0},
    {"-l --logit-bias", BIAS, GEN, AT(bias), 0, 0},
    {"--ignore-eos", ON, GEN, AT(ignore_eos), 0, 0},
    {"--keep", INT, GEN, AT(keep), -1, INT_MAX}, /* the context never shifts, so everything is kept and any N holds */
    {"--raw -no-cnv --no-conversation", ON, RUN, AT(raw), 0, 0},
    {"-cnv --conversation", ON, GEN, AT(conversation), 0, 0},
    {"-e --escape", ON, GEN, AT(escape), 0, 0},
    {"--no-escape", OFF, GEN, AT(escape), 0, 0},
    {"--special", ON, RUN | TOK, AT(special), 0, 0},
    {"--prompt-cache", TEXT, RUN, AT(prompt_cache), 0, 0},
    {"--prompt-cache-ro", ON, RUN, AT(prompt_cache_ro), 0, 0},
    {"--full-head", ON, GEN | BENCH, AT(full_head), 0, 0},
    {"--color", COLOR, GEN, AT(color), 0, 0},
    {"-v --verbose", ON, ONE | SET, AT(verbose), 0, 0},
    {"--force", ON, GEN, AT(force), 0, 0},
    {"--json", ON, GEN | INFO | DOC, AT(json), 0, 0},
    {"--jsonl", ON, RUN | TOK, AT(jsonl), 0, 0},
    {"--format", AS_JSON, GEN, 0, 0, 0},
    {"-j --json-schema", TEXT, GEN | SCHEMA, AT(schema), 0, 0},
    {"-jf --json-schema-file", TEXT, GEN | SCHEMA, AT(schema_file), 0, 0},
    {"--pretty", ON, GEN, AT(pretty), 0, 0},
    {"--stream", ON, GEN, AT(stream), 0, 0},
    {"--raw-strings", ON, GEN, AT(raw_strings), 0, 0},
    {"--no-schema-prompt", ON, GEN, AT(no_schema_prompt), 0, 0},
    {"--max-string", INT, GEN | SCHEMA, AT(caps.string), 1, 1 << 20},
    {"--max-items", INT, GEN | SCHEMA, AT(caps.items), 1, 1 << 20},
    {"--max-depth", INT, GEN | SCHEMA, AT(caps.depth), 1, 100},
    {"--max-digits", INT, GEN | SCHEMA, AT(caps.digits), 1, 17},
    {"-k --count", INT, SCHEMA, AT(count), 1, INT_MAX},
    {"-h --help --usage", ON, ALL, AT(help), 0, 0},
    {"--version", ON, ALL, AT(version), 0, 0},
    {"-st --single-turn --no-warmup --no-display-prompt --no-context-shift --no-perf --log-disable", ALREADY, GEN, 0, 0, 0},
    {"-ngl --gpu-layers --n-gpu-layers", IGNORED_VALUE, PLAN | BENCH, NO_GPU, 0, 0},
    {"-fa --flash-attn", IGNORED_MAYBE, PLAN, 0, 0, 0},
    {"--jinja", IGNORED, GEN, 0, 0, 0},
    {"--prompt-cache-all", LATER, GEN, 0, 0, 0},

    {"-m --model", MODELS, BENCH, 0, 0, 0},
    {"-p --n-prompt", RANGES, BENCH, AT(bench.n_prompt), 0, TOKENS},
    {"-n --n-gen", RANGES, BENCH, AT(bench.n_gen), 0, TOKENS},
    {"-pg", PAIR, BENCH, AT(bench.pairs), 0, TOKENS},
    {"-d --n-depth", RANGES, BENCH, AT(bench.n_depth), 0, TOKENS},
    {"-t --threads", RANGES, BENCH, AT(bench.n_threads), 1, 256},
    {"-b --batch-size", RANGES, BENCH, AT(bench.n_batch), 1, TOKENS},
    {"-ub --ubatch-size", RANGES, BENCH, AT(bench.n_ubatch), 1, TOKENS},
    {"-ctk --cache-type-k", KVS, BENCH, AT(bench.kv_k), 0, 0},
    {"-ctv --cache-type-v", KVS, BENCH, AT(bench.kv_v), 0, 0},
    {"-r --repetitions", INT, BENCH, AT(bench.reps), 1, 1000},
    {"--delay", INT, BENCH, AT(bench.delay), 0, 3600},
    {"--no-warmup", ON, BENCH, AT(bench.no_warmup), 0, 0},
    {"--json-run", ON, BENCH, AT(bench.json_run), 0, 0},
    {"-o --output", FORMAT, BENCH, AT(bench.format), 0, 0},
    {"-oe --output-err", FORMAT, BENCH, AT(bench.format_err), 0, 0},
    {"--progress -v --verbose", ALREADY, BENCH, 0, 0, 0},
    {"-ncmoe --n-cpu-moe -sm --split-mode -mg --main-gpu -nkvo --no-kv-offload -dev --device -ts --tensor-split -ot --override-tensor "
     "-nopo --no-op-offload --no-host -fitt --fit-target -fitc --fit-ctx", IGNORED_VALUE, BENCH, NO_GPU, 0, 0},
    {"-mmp --mmap -dio --direct-io -lm --load-mode", IGNORED_VALUE, BENCH, MAPPED, 0, 0},
    {"-C --cpu-mask --cpu-strict --poll --prio --numa", IGNORED_VALUE, BENCH, PLACED, 0, 0},
    {"-fa --flash-attn", IGNORED_VALUE, BENCH, ONE_FORM, 0, 0},
};
#define N_FLAGS ((int)(sizeof flags / sizeof *flags))

/* ---- finding a flag ------------------------------------------------------------------------------------------- */

/* Whether the N bytes at S are one of NAMES. "--top_k" is "--top-k". */
static int is_named(const char *names, const char *s, size_t n) {
    for (const char *p = names; *p;) {
        size_t len = strcspn(p, " "), i = 0;
        if (len == n)
            while (i < n && (p[i] == s[i] || (i > 1 && s[1] == '-' && p[i] == '-' && s[i] == '_'))) i++;
        if (len == n && i == n) return 1;
        p += len + strspn(p + len, " ");
    }
    return 0;
}

/* The flag of that name which WHERE takes; else one that others take; else NULL. */
static const struct flag *find(const char *s, size_t n, int where) {
    const struct flag *other = NULL;
    for (int i = 0; i < N_FLAGS; i++) {
        if (!is_named(flags[i].names, s, n)) continue;
        if (flags[i].where & where) return &flags[i];
        other = &flags[i];
    }
    return other;
}

/* Edits that turn A into B; both are cut at 31 bytes. */
static int distance(const char *a, size_t n_a, const char *b, size_t n_b) {
    int row[32];
    if (n_a > 31) n_a = 31;
    if (n_b > 31) n_b = 31;
    for (size_t j = 0; j <= n_b; j++) row[j] = (int)j;
    for (size_t i = 1; i <= n_a; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= n_b; j++) {
            int change = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            int edit = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = change < edit ? change : edit;
        }
    }
    return row[n_b];
}

static int unknown_flag(const char *s, size_t n, int where, struct err *e) {
    const char *best = NULL;
    size_t best_n = 0;
    int least = INT_MAX;
    for (int i = 0; i < N_FLAGS; i++) {
        for (const char *p = flags[i].names; (flags[i].where & where) && *p;) {
            size_t len = strcspn(p, " ");
            int d = distance(s, n, p, len);
            if (d < least) {
                least = d;
                best = p;
                best_n = len;
            }
            p += len + strspn(p + len, " ");
        }
    }
    return fail(e, ERR_USAGE, "%.*s: no such flag; the nearest is %.*s (-h lists them)", (int)n, s, (int)best_n, best);
}

/* ---- values --------------------------------------------------------------------------------------------------- */

static int set_int(const struct flag *f, struct opts *o, const char *name, const char *v, struct err *e) {
    long x;
    if (number_int(v, (long)f->lo, (long)f->hi, &x)) {
        if (f->hi == INT_MAX) return fail(e, ERR_USAGE, "%s: a whole number from %ld up, not \"%s\"", name, (long)f->lo, v);
        return fail(e, ERR_USAGE, "%s: a whole number from %ld to %ld, not \"%s\"", name, (long)f->lo, (long)f->hi, v);
    }
    *(int *)((char *)o + f->at) = (int)x;
    return 0;
}

static int set_real(const struct flag *f, struct opts *o, const char *name, const char *v, struct err *e) {
    double x;
    if (number_real(v, f->lo, f->hi, &x)) return fail(e, ERR_USAGE, "%s: a number from %g to %g, not \"%s\"", name, f->lo, f->hi, v);
    *(float *)((char *)o + f->at) = (float)x;
    return 0;
}

static int set_seed(struct opts *o, const char *name, const char *v, struct err *e) {
    o->has_seed = strcmp(v, "-1") != 0; /* -1: a random one */
    if (o->has_seed && number_u64(v, &o->seed))
        return fail(e, ERR_USAGE, "%s: a whole number from 0 to 18446744073709551615, or -1 for a random one, not \"%s\"", name, v);
    return 0;
}

static int add_stop(struct opts *o, const char *name, const char *v, struct err *e) {
    if (!*v) return fail(e, ERR_USAGE, "%s: a text, not an empty one", name);
    char **grown = realloc(o->stop, ((size_t)o->n_stop + 1) * sizeof *o->stop), *copy = strdup(v);
    if (grown) o->stop = grown;
    if (!grown || !copy) {
        free(copy);
        return fail(e, ERR_MEMORY, "out of memory");
    }
    o->stop[o->n_stop++] = copy;
    return 0;
}

static void clear_stops(struct opts *o) {
    while (o->n_stop > 0) free(o->stop[--o->n_stop]);
}

/* "15043-1.5", "15043+2", "15043-inf" */
static int add_bias(struct opts *o, const char *name, const char *v, struct err *e) {
    char id[16] = "";
    size_t n = strcspn(v, "+-=");
    long token;
    double add = 0;
    if (n < sizeof id) memcpy(id, v, n);
    const char *rest = v + n + (v[n] == '=');
    int forbid = strcmp(rest, "-inf") == 0;
    if (number_int(id, 0, INT32_MAX, &token) || !*rest || (!forbid && number_real(rest, -1e6, 1e6, &add)))
        return fail(e, ERR_USAGE, "%s: TOKEN+NUMBER, TOKEN-NUMBER or TOKEN-inf, not \"%s\"", name, v);
    struct quern_bias *grown = realloc(o->bias, ((size_t)o->n_bias + 1) * sizeof *o->bias);
    if (!grown) return fail(e, ERR_MEMORY, "out of memory");
    o->bias = grown;
    o->bias[o->n_bias++] = (struct quern_bias){(int32_t)token, forbid ? -INFINITY : (float)add};
    return 0;
}

static const char *const kv_names[] = {[QUERN_KV_F16] = "f16", [QUERN_KV_F32] = "f32", [QUERN_KV_Q8_0] = "q8_0"};

const char *opts_kv_name(int kv) {
    return kv_names[kv];
}

int opts_kv(const char *name, const char *v, size_t n, int *kind, struct err *e) {
    for (*kind = 0; *kind < (int)(sizeof kv_names / sizeof *kv_names); ++*kind)
        if (strlen(kv_names[*kind]) == n && !memcmp(kv_names[*kind], v, n)) return 0;
    return fail(e, ERR_USAGE, "%s: f16, q8_0 or f32, not \"%.*s\"", name, (int)n, v);
}

static int set_format(struct opts *o, const char *name, const char *v, struct err *e) {
    if (!strcmp(v, "json")) o->json = 1;
    else if (v[strspn(v, " \t\n")] == '{') o->schema = v; /* ollama's takes either */
    else return fail(e, ERR_USAGE, "%s: json, or a schema, not \"%s\"", name, v);
    return 0;
}

static int on_off(const char *v) { /* 1, 0, -1: auto, -2: none of them */
    return !v ? -2 : !strcmp(v, "on") || !strcmp(v, "1") ? 1 : !strcmp(v, "off") || !strcmp(v, "0") ? 0 : !strcmp(v, "auto") ? -1 : -2;
}

static int takes_value(enum kind k) {
    return k == TEXT || k == INT || k == REAL || k == SEED || k == STOP || k == BIAS || k == KV || k == IGNORED_VALUE ||
           (k >= AS_JSON && k <= FORMAT);
}

static int set(const struct flag *f, struct opts *o, const char *name, const char *v, struct err *e) {
    void *to = (char *)o + f->at;
    switch (f->kind) {
    case TEXT: *(const char **)to = v; return 0;
    case INT: return set_int(f, o, name, v, e);
    case REAL: return set_real(f, o, name, v, e);
    case SEED: return set_seed(o, name, v, e);
    case STOP: return add_stop(o, name, v, e);
    case BIAS: return add_bias(o, name, v, e);
    case KV: return opts_kv(name, v, strlen(v), to, e);
    case ON: *(int *)to = 1; return 0;
    case OFF: *(int *)to = 0; return 0;
    case AS_JSON: return set_format(o, name, v, e);
    case COLOR: o->color = v ? on_off(v) : 1; return 0;
    case RANGES: return ranges_read(to, name, v, (int)f->lo, (int)f->hi, e);
    case PAIR: return bench_opts_pair(to, name, v, (int)f->hi, e);
    case KVS: return bench_opts_kv(to, name, v, e);
    case MODELS: o->model = v; return bench_opts_models(&o->bench, name, v, e); /* o->model: that there is one */
    case FORMAT: return bench_opts_format(to, name, v, e);
    case ALREADY: return 0;
    case IGNORED: report("%s is ignored: the templates quern knows are built in", name); return 0;
    case IGNORED_VALUE: report("%s is ignored: %s", name, why_ignored[f->at]); return 0;
    case IGNORED_MAYBE: report("%s is ignored: %s", name, why_ignored[ONE_FORM]); return 0;
    case LATER: break;
    }
    return fail(e, ERR_USAGE, "%s is not in this version yet", name);
}

/* ---- the line -------------------------------------------------------------------------------------------------- */

static const char *command_name(int cmd) {
    static const char *const names[] = {"run", "chat", "info", "tokenize", "bench", "doctor", "schema"};
    int i = 0;
    while (cmd >> (i + 1)) i++;
    return names[i];
}

/* Handles the flag at argv[i]; returns how many arguments it took, or -1. */
static int take_flag(struct opts *o, int argc, char **argv, int i, struct err *e) {
    const char *s = argv[i], *v = NULL, *next = i + 1 < argc ? argv[i + 1] : NULL;
    size_t n = strcspn(s, "=");
    char name[64];
    const struct flag *f = find(s, n, (int)o->cmd);
    if (o->held && n == 2 && s[1] == 'r') f = find("--raw-strings", 13, (int)o->cmd); /* a document is not cut; jq's -r is what is meant */
    if (!f || n >= sizeof name) return unknown_flag(s, n, (int)o->cmd, e);
    if (!(f->where & (int)o->cmd))
        return fail(e, ERR_USAGE, "%.*s is no flag of %s (-h lists them)", (int)n, s, command_name((int)o->cmd));
    memcpy(name, s, n);
    name[n] = '\0';
    int maybe = f->kind == COLOR || f->kind == IGNORED_MAYBE, took = 1;
    if (s[n] == '=') {
        v = s + n + 1;
        if (!takes_value(f->kind) && f->kind != LATER && !(maybe && on_off(v) != -2))
            return fail(e, ERR_USAGE, "%s: takes no value \"%s\"", name, v);
    } else if (takes_value(f->kind)) {
        if (!next) return fail(e, ERR_USAGE, "%s: its value is missing", name);
        if (next[0] == '-' && find(next, strlen(next), ~0))
            return fail(e, ERR_USAGE, "%s: its value is missing: %s is a flag (write %s=%s if it is the value)", name, next, name, next);
        v = next;
        took = 2;
    } else if (maybe && on_off(next) != -2) {
        v = next;
        took = 2;
    }
    return set(f, o, name, v, e) ? -1 : took;
}

static int take_command(struct opts *o, const char *s, struct err *e) {
    for (int c = CMD_RUN; c <= CMD_SCHEMA; c *= 2)
        if (!strcmp(s, command_name(c))) return o->cmd = (enum command)c, 0;
    if (!strcmp(s, "help") && !o->help) return o->help = 1, 0;
    return fail(e, ERR_USAGE, "\"%s\" is no command: run, chat, info, tokenize, schema, bench and doctor are (quern -h)", s);
}

static int take_text(struct opts *o, const char *s, struct err *e) {
    if (o->help) { /* quern help chat, quern -h chat */
        o->help = 2;
        return take_command(o, s, e);
    }
    const char **to = o->cmd == CMD_INFO ? &o->model : o->cmd == CMD_TOKENIZE ? &o->text : NULL;
    if (o->cmd == CMD_SCHEMA) to = o->action ? &o->schema : &o->action;
    if (!to && (o->cmd & (BENCH | DOC))) return fail(e, ERR_USAGE, "\"%s\": unexpected; a model goes after -m", s);
    if (!to) return fail(e, ERR_USAGE, "\"%s\": unexpected; the prompt goes after -p, quoted", s);
    if (*to)
        return fail(e, ERR_USAGE, "\"%s\": unexpected; one %s at a time", s,
                    o->cmd == CMD_INFO ? "file" : o->cmd == CMD_SCHEMA ? "schema, quoted," : "text, quoted,");
    *to = s;
    return 0;
}

static void set_defaults(struct opts *o) {
    *o = (struct opts){.cmd = CMD_RUN, .n_predict = -1, .n_ctx = OPT_UNSET, .top_k = OPT_UNSET, .repeat_last_n = OPT_UNSET, .color = -1};
    o->temp = o->top_p = o->min_p = o->repeat_penalty = o->presence_penalty = o->frequency_penalty = NAN;
    bench_opts_init(&o->bench);
}

/* argv's strings may be written to, and an escape is never shorter than its meaning. */
static void unescape(struct opts *o) {
    if (o->prompt) escape_undo((char *)o->prompt);
    if (o->system) escape_undo((char *)o->system);
    for (int i = 0; i < o->n_stop; i++) escape_undo(o->stop[i]);
}

int opts_held(const struct opts *o) {
    return o->schema || o->schema_file || (o->json && (o->cmd & (CMD_RUN | CMD_CHAT)));
}

static int check_held(const struct opts *o, struct err *e) {
    int lines = o->cmd == CMD_RUN && o->jsonl, held = opts_held(o);
    if (!!o->schema + !!o->schema_file + (o->json && held) > 1) return fail(e, ERR_USAGE, "-j, -jf and --json: one of them");
    if (!held && !lines && (o->pretty || o->stream || o->raw_strings || o->no_schema_prompt))
        return fail(e, ERR_USAGE, "%s needs a schema: -j, -jf or --json",
                    o->pretty ? "--pretty" : o->stream ? "--stream" : o->raw_strings ? "--raw-strings" : "--no-schema-prompt");
    if (!held && !lines && o->cmd != CMD_SCHEMA && (o->caps.string || o->caps.items || o->caps.depth || o->caps.digits))
        return fail(e, ERR_USAGE, "--max-string, --max-items, --max-depth and --max-digits need a schema: -j, -jf or --json");
    if (held && o->n_stop > 0) return fail(e, ERR_USAGE, "-r TEXT and a schema exclude each other: a document is not cut");
    if (held && o->ignore_eos) return fail(e, ERR_USAGE, "--ignore-eos and a schema exclude each other: a document has an end");
    if (o->stream && (o->pretty || o->raw_strings)) return fail(e, ERR_USAGE, "--stream excludes --pretty and --raw-strings");
    if (lines && (o->pretty || o->stream)) return fail(e, ERR_USAGE, "--jsonl excludes --pretty and --stream: a line is an answer");
    if (lines && o->schema && !strcmp(o->schema, "-")) return fail(e, ERR_USAGE, "-j -: stdin has the lines of --jsonl");
    if (lines && (o->conversation || o->prompt_cache)) return fail(e, ERR_USAGE, "--jsonl excludes -cnv and --prompt-cache");
    return 0;
}

static int check(struct opts *o, struct err *e) {
    if (o->escape) unescape(o);
    if (o->prompt_cache_ro && !o->prompt_cache) return fail(e, ERR_USAGE, "--prompt-cache-ro needs --prompt-cache FILE");
    if (o->prompt_cache && o->conversation) return fail(e, ERR_USAGE, "-cnv and --prompt-cache exclude each other");
    if (o->raw && o->conversation) return fail(e, ERR_USAGE, "-cnv and --raw exclude each other");
    if (o->raw && (o->system || o->system_file)) return fail(e, ERR_USAGE, "-sys needs a conversation: --raw completes -p as it is");
    if (o->system && o->system_file) return fail(e, ERR_USAGE, "-sys and -sysf exclude each other");
    if (o->cmd == CMD_RUN && o->special && !o->raw)
        return fail(e, ERR_USAGE, "--special needs --raw: the chat template sets the control tokens");
    if (o->jsonl && (o->text || o->prompt || o->file)) return fail(e, ERR_USAGE, "--jsonl reads stdin: no text besides");
    if (!!o->text + !!o->prompt + !!o->file > 1 && o->cmd == CMD_TOKENIZE) return fail(e, ERR_USAGE, "one text at a time");
    if (check_held(o, e)) return -1;
    if (o->cmd == CMD_DOCTOR) return 0; /* which has enough to say without a model */
    if (o->cmd == CMD_BENCH && bench_opts_complete(&o->bench, e)) return -1;
    const char *env = getenv("QUERN_MODEL");
    if (!o->model && env && *env) o->model = env;
    if (!o->model) o->model = o->bundled = bundled_model(e);
    return o->model || o->cmd == CMD_SCHEMA ? 0 : -1; /* schema expand does without; test and fuzz ask again */
}

/* Whether a schema will be asked for: then -r has another meaning, wherever it stands. */
static int is_held(int argc, char **argv) {
    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
        if (is_named("-j --json-schema -jf --json-schema-file --json --format", argv[i], strcspn(argv[i], "="))) return 1;
    return 0;
}

int opts_parse(struct opts *o, int argc, char **argv, struct err *e) {
    set_defaults(o);
    int i = 1, flags_end = 0, named = argc > 1 && argv[1][0] != '-';
    if (named && take_command(o, argv[i++], e)) return -1;
    o->held = (o->cmd & GEN) && is_held(argc, argv);
    while (i < argc) {
        if (!flags_end && !strcmp(argv[i], "--")) {
            flags_end = 1;
            i++;
        } else if (!flags_end && argv[i][0] == '-' && argv[i][1]) {
            int took = take_flag(o, argc, argv, i, e);
            if (took < 0) return -1;
            i += took;
            if (o->help) o->help = named ? 2 : 1;
        } else if (take_text(o, argv[i++], e)) {
            return -1;
        }
        if (o->version || (o->help && i >= argc)) return 0;
    }
    return o->help ? 0 : check(o, e);
}

void opts_free(struct opts *o) {
    clear_stops(o);
    free(o->stop);
    free(o->bias);
    free(o->bundled);
    bench_opts_free(&o->bench);
}

int opts_set(struct opts *o, const char *name, const char *value, struct err *e) {
    char flag[64] = "--";
    if (strlen(name) > 40) return fail(e, ERR_USAGE, "/set: no setting of that name");
    strcpy(flag + 2, name);
    const struct flag *f = find(flag, strlen(flag), SET);
    if (!f && (f = find(flag + 1, strlen(flag + 1), SET)) != NULL) memmove(flag, flag + 1, strlen(flag)); /* "-n" */
    if (!f || !(f->where & SET)) return fail(e, ERR_USAGE, "/set: there is no setting \"%s\" (/show lists them)", name);
    if (f->kind == STOP && !*value) return clear_stops(o), 0;
    if (takes_value(f->kind) && !*value) return fail(e, ERR_USAGE, "/set %s: its value is missing", name);
    if (f->kind != ON) return set(f, o, flag, value, e);
    *(int *)((char *)o + f->at) = on_off(value) != 0;
    return 0;
}
