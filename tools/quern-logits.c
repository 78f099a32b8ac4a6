/* quern-logits MODEL TOKENS OUT: the logits of every token of a sequence, float32 [n_tokens][n_vocab], little-endian. In: token ids.
 * Out: one file, whole or not at all. Knows quern.h, and base for files.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/os.h"
#include "base/whole.h"
#include "quern.h"
#include "shared_lost.h"

static const char usage[] =
    "usage: quern-logits MODEL TOKENS OUT [--batch N] [--threads N] [--kv f16|q8_0|f32]\n"
    "\n"
    "Writes the logits of every token: float32 [n_tokens][n_vocab], little-endian.\n"
    "TOKENS is \"1,2,3\", or @FILE where FILE holds {\"tokens\": [1, 2, 3]}.\n"
    "\n"
    "  --batch N     tokens in one pass (default 256); the results do not depend on it\n"
    "  --threads N   default: the physical cores; nor on this\n"
    "  --kv TYPE     of the KV cache: f32 (default, for the error of nothing but the weights' products), f16 or q8_0\n";

enum { BUFFER_BYTES = 64 << 20 }; /* logits held at a time */

struct request {
    const char *model, *tokens, *out;
    struct quern_session_params params;
};

static int fail(int code, const char *what, const char *why) {
    fprintf(stderr, "quern-logits: %s: %s\n", what, why);
    return code;
}

static int fail_err(const struct err *e) {
    fprintf(stderr, "quern-logits: %s\n", e->text);
    return e->code;
}

/* A whole decimal number from 0 to INT32_MAX at *at, which moves behind it. */
static int scan_number(const char **at, int32_t *out) {
    const char *s = *at;
    int64_t v = 0;
    if (*s < '0' || *s > '9')
        return -1;
    for (; *s >= '0' && *s <= '9'; s++)
        if ((v = v * 10 + (*s - '0')) > INT32_MAX)
            return -1;
    *at = s;
    *out = (int32_t)v;
    return 0;
}

static int parse_count(const char *text, int *out) {
    int32_t v;
    if (scan_number(&text, &v) || *text || v < 1)
        return -1;
    *out = v;
    return 0;
}

/* VALUE of FLAG, into *p. 0, or what is wrong with it. */
static const char *set_flag(const char *flag, const char *value, struct quern_session_params *p) {
    if (strcmp(flag, "--batch") == 0)
        return parse_count(value, &p->n_batch) ? "a number of 1 or more is expected" : NULL;
    if (strcmp(flag, "--threads") == 0)
        return parse_count(value, &p->n_threads) ? "a number of 1 or more is expected" : NULL;
    if (strcmp(value, "f16") && strcmp(value, "f32") && strcmp(value, "q8_0"))
        return "f16, q8_0 or f32 is expected";
    p->kv_k = p->kv_v = strcmp(value, "f32") == 0 ? QUERN_KV_F32 : strcmp(value, "f16") == 0 ? QUERN_KV_F16 : QUERN_KV_Q8_0;
    return NULL;
}

static int parse_args(int argc, char **argv, struct request *r) {
    const char **place[] = {&r->model, &r->tokens, &r->out};
    int n = 0;
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        if (a[0] != '-') {
            if (n == 3)
                return fail(ERR_USAGE, a, "one argument too many");
            *place[n++] = a;
            continue;
        }
        if (strcmp(a, "--batch") && strcmp(a, "--threads") && strcmp(a, "--kv"))
            return fail(ERR_USAGE, a, "no such flag; see --help");
        if (++i == argc)
            return fail(ERR_USAGE, a, "a value is missing");
        const char *wrong = set_flag(a, argv[i], &r->params);
        if (wrong)
            return fail(ERR_USAGE, a, wrong);
    }
    return n == 3 ? 0 : fail(ERR_USAGE, "MODEL TOKENS OUT", "three arguments are expected; see --help");
}

/* ---- tokens ----------------------------------------------------------------------------------------------------- */

static void skip_space(const char **at) {
    *at += strspn(*at, " \t\r\n");
}

/* Moves behind spaces and the literal TEXT. */
static int skip(const char **at, const char *text) {
    skip_space(at);
    if (strncmp(*at, text, strlen(text)))
        return -1;
    *at += strlen(text);
    return 0;
}

/* Numbers with commas between, up to what is no comma. *n of them; NULL: malformed or no memory. */
static int32_t *parse_list(const char **at, int *n) {
    size_t most = 1;
    for (const char *s = *at; *s; s++)
        most += *s == ',';
    int32_t *id = most < INT_MAX ? malloc(most * sizeof *id) : NULL;
    *n = 0;
    do {
        skip_space(at);
        if (!id || scan_number(at, &id[*n])) {
            free(id);
            return NULL;
        }
        ++*n;
    } while (skip(at, ",") == 0);
    return id;
}

static int parse_tokens(const char *text, int32_t **id, int *n) {
    char *file = NULL;
    size_t bytes;
    struct err e;
    int ok = 1;
    const char *at = text;
    if (*text == '@') {
        at = file = os_read(text + 1, &bytes, &e);
        if (!file)
            return fail_err(&e);
        ok = !skip(&at, "{") && !skip(&at, "\"tokens\"") && !skip(&at, ":") && !skip(&at, "[");
    }
    *id = ok ? parse_list(&at, n) : NULL;
    ok = *id && (!file || (!skip(&at, "]") && !skip(&at, "}")));
    skip_space(&at);
    ok = ok && !*at;
    free(file);
    if (ok)
        return 0;
    free(*id);
    return fail(ERR_USAGE, *text == '@' ? text + 1 : "TOKENS",
                *text == '@' ? "{\"tokens\": [1, 2, 3]} is expected" : "\"1,2,3\" or @FILE is expected");
}

/* ---- logits ----------------------------------------------------------------------------------------------------- */

struct output {
    FILE *f;
    int error; /* errno of the first write that failed */
};

/* Evaluates and writes as many tokens at a time as the buffer holds. */
static int write_logits(struct quern_session *s, const int32_t *id, int n, size_t n_vocab, struct output *o, struct err *e) {
    size_t held = BUFFER_BYTES / sizeof(float) / n_vocab;
    int step = held < 1 ? 1 : held < (size_t)n ? (int)held : n, rc = 0;
    float *logits = malloc((size_t)step * n_vocab * sizeof *logits);
    if (!logits)
        return err_set(e, ERR_MEMORY, "out of memory for logits");
    for (int done = 0; done < n && !rc && !o->error; done += step) {
        int rows = n - done < step ? n - done : step;
        rc = quern_eval(s, id + done, rows, logits, rows, e);
        if (!rc && fwrite(logits, n_vocab * sizeof *logits, (size_t)rows, o->f) != (size_t)rows)
            o->error = errno;
    }
    free(logits);
    return rc;
}

static int run(const struct quern_model *m, struct request *r, const int32_t *id, int n, struct err *e) {
    struct quern_model_info info;
    struct quern_session *s;
    quern_model_describe(m, &info);
    if (info.has_weights && n > info.n_ctx_train)
        return err_set(e, ERR_CONTEXT, "%d tokens do not fit the context of %d", n, info.n_ctx_train);
    r->params.n_ctx = n;
    if (quern_session_open(&s, m, &r->params, e))
        return -1;
    struct output o = {whole_open(r->out, e), 0};
    int rc = o.f ? write_logits(s, id, n, (size_t)info.n_vocab, &o, e) : -1;
    if (o.f)
        rc = whole_close(o.f, r->out, rc, o.error, e);
    quern_session_close(s);
    return rc;
}

int main(int argc, char **argv) {
    struct request r = {.params = {.kv_k = QUERN_KV_F32, .kv_v = QUERN_KV_F32}};
    struct quern_model *m;
    struct err e;
    int32_t *id = NULL;
    int n = 0;
    if (argc == 2 && (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)) {
        fputs(usage, stdout);
        return fflush(stdout) ? ERR_RUNTIME : 0;
    }
    int code = parse_args(argc, argv, &r);
    if (code || (code = parse_tokens(r.tokens, &id, &n)))
        return code;
    whole_signals();
    lost_watch("quern-logits");
    if (quern_model_open(&m, r.model, &e) || run(m, &r, id, n, &e))
        code = fail_err(&e);
    quern_model_close(m);
    free(id);
    return code;
}
