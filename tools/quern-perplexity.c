/* quern-perplexity -m MODEL -f FILE: how well a model foretells a text. In: a model, a text. Out: the mean negative log-likelihood of its
 * tokens on stdout. Knows quern.h, and base for files.
 *
 * The text is tokenized as a whole and cut into windows of -c tokens, the last one shorter. Each window starts with an empty cache, and
 * each of its tokens but the first is scored: -log p(token | the tokens before it in its window), natural logarithm. (llama.cpp scores
 * the second half of each window only: its figures are other ones, as a rule lower.) Logits are floats with the same bits on every
 * machine; sums over them are doubles added in index order, so what is printed does not depend on threads, batches or the CPU.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "base/os.h"
#include "quern.h"
#include "shared_bar.h"
#include "shared_lost.h"

static const char usage[] =
    "usage: quern-perplexity -m MODEL -f FILE [flags]\n"
    "\n"
    "Tokenizes the text, cuts it into windows of -c tokens, and scores every token of\n"
    "a window but the first, each window on its own. (llama.cpp scores only the second\n"
    "half of each window: its figures are other ones.) Prints\n"
    "\n"
    "  tokens      of the text\n"
    "  scored      of these\n"
    "  nll         mean negative log-likelihood of a scored token, in nats\n"
    "  perplexity  exp(nll)\n"
    "\n"
    "  -c N        tokens in a window: 2 or more (default 512, or the model's context if\n"
    "              that is smaller)\n"
    "  --special   <|im_start|> and its like in the text are control tokens\n"
    "  --kv TYPE   of the KV cache: f32 (default, for the error of nothing but the\n"
    "              weights' products) or f16\n"
    "  -t N        threads (default: the physical, fast cores); not a matter of results\n"
    "  -b N        tokens in one pass (default 256); nor is this\n";

enum { BUFFER_BYTES = 64 << 20, WINDOW = 512 }; /* logits held at a time; the default of -c */

struct request {
    const char *model, *text;
    int special;
    struct quern_session_params params; /* n_ctx: -c, 0 where it was not given */
};

/* ---- the command line --------------------------------------------------------------------------------------------- */

static int set_count(const char *flag, const char *value, int least, int *out, struct err *e) {
    char *end;
    long v = strtol(value, &end, 10);
    if (*value < '0' || *value > '9' || *end || v < least || v > 1 << 30)
        return err_set(e, ERR_USAGE, "%s: a number from %d up is expected, not '%s'", flag, least, value);
    *out = (int)v;
    return 0;
}

static int set_flag(struct request *r, const char *flag, const char *value, struct err *e) {
    if (strcmp(flag, "-c") == 0)
        return set_count(flag, value, 2, &r->params.n_ctx, e);
    if (strcmp(flag, "-t") == 0)
        return set_count(flag, value, 1, &r->params.n_threads, e);
    if (strcmp(flag, "-b") == 0)
        return set_count(flag, value, 1, &r->params.n_batch, e);
    if (strcmp(flag, "-m") == 0)
        r->model = value;
    else if (strcmp(flag, "-f") == 0)
        r->text = value;
    else if (strcmp(value, "f16") && strcmp(value, "f32"))
        return err_set(e, ERR_USAGE, "--kv: f16 or f32 is expected, not '%s'", value);
    else
        r->params.kv_k = r->params.kv_v = strcmp(value, "f32") ? QUERN_KV_F16 : QUERN_KV_F32;
    return 0;
}

/* 1: help was asked for. */
static int parse_args(struct request *r, int argc, char **argv, struct err *e) {
    static const char *const valued[] = {"-c", "-t", "-b", "-m", "-f", "--kv"};
    for (int i = 1; i < argc; i++) {
        size_t k = 0, n = sizeof valued / sizeof *valued;
        if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0)
            return 1;
        if (strcmp(argv[i], "--special") == 0) {
            r->special = 1;
            continue;
        }
        while (k < n && strcmp(argv[i], valued[k]))
            k++;
        if (k == n)
            return err_set(e, ERR_USAGE, "'%s': no such flag, see quern-perplexity -h", argv[i]);
        if (i + 1 == argc)
            return err_set(e, ERR_USAGE, "%s: its value is missing", argv[i]);
        if (set_flag(r, valued[k], argv[++i], e))
            return -1;
    }
    return r->model && r->text ? 0 : err_set(e, ERR_USAGE, "-m MODEL and -f FILE are needed, see quern-perplexity -h");
}

/* ---- scores ------------------------------------------------------------------------------------------------------- */

/* -log of the probability that a row of logits gives to ID. */
static double surprise(const float *logit, int n_vocab, int32_t id) {
    float best = logit[0];
    double sum = 0;
    for (int i = 1; i < n_vocab; i++)
        best = logit[i] > best ? logit[i] : best;
    for (int i = 0; i < n_vocab; i++)
        sum += exp((double)logit[i] - (double)best);
    return log(sum) + (double)best - (double)logit[id];
}

struct scoring {
    struct quern_session *session;
    int n_vocab, step; /* rows of logits held at a time */
    float *logits;     /* [step][n_vocab] */
    double sum;
    size_t n;
};

/* One window: what foretells its last token is all that is evaluated. */
static int score_window(struct scoring *s, const int32_t *id, int n, struct err *e) {
    quern_session_rewind(s->session, 0);
    for (int done = 0; done < n - 1; done += s->step) {
        int rows = n - 1 - done < s->step ? n - 1 - done : s->step;
        if (quern_eval(s->session, id + done, rows, s->logits, rows, e))
            return -1;
        for (int i = 0; i < rows; i++)
            s->sum += surprise(s->logits + (size_t)i * (size_t)s->n_vocab, s->n_vocab, id[done + i + 1]);
    }
    s->n += (size_t)n - 1;
    return isfinite(s->sum) ? 0 : err_set(e, ERR_RUNTIME, "the logits are not finite numbers");
}

static int score(struct scoring *s, const struct quern_tokens *t, int window, struct err *e) {
    size_t held = BUFFER_BYTES / sizeof *s->logits / (size_t)s->n_vocab;
    struct bar bar;
    int rc = 0;
    s->step = held < 1 ? 1 : held < (size_t)window ? (int)held : window;
    s->logits = malloc((size_t)s->step * (size_t)s->n_vocab * sizeof *s->logits);
    if (!s->logits)
        return err_set(e, ERR_MEMORY, "out of memory for logits");
    bar_start(&bar, t->n);
    for (size_t at = 0; at < t->n && rc == 0; at += (size_t)window) {
        int n = t->n - at < (size_t)window ? (int)(t->n - at) : window;
        rc = score_window(s, t->id + at, n, e);
        bar_add(&bar, (uint64_t)n);
    }
    bar_end(&bar);
    free(s->logits);
    return rc;
}

/* ---- the whole ---------------------------------------------------------------------------------------------------- */

static int tokenize(const struct quern_model *m, const struct request *r, struct quern_tokens *t, struct err *e) {
    size_t n;
    char *text = os_read(r->text, &n, e);
    int rc = text ? quern_tokenize(m, text, n, r->special, t, e) : -1;
    free(text);
    if (rc == 0 && t->n < 2)
        return err_set(e, ERR_USAGE, "%s: %zu token%s, and the first is never scored: two or more are needed", r->text, t->n,
                       t->n == 1 ? "" : "s");
    return rc;
}

static int run(const struct quern_model *m, struct request *r, struct quern_tokens *t, struct scoring *s, struct err *e) {
    struct quern_model_info info;
    struct quern_session_params *p = &r->params;
    quern_model_describe(m, &info);
    if (!info.has_weights)
        return err_set(e, ERR_MODEL, "%s: a vocabulary without weights: there is nothing to run", r->model);
    if (p->n_ctx > info.n_ctx_train)
        return err_set(e, ERR_CONTEXT, "-c %d: the model's context is %d", p->n_ctx, info.n_ctx_train);
    int window = p->n_ctx ? p->n_ctx : WINDOW < info.n_ctx_train ? WINDOW : info.n_ctx_train;
    if (window < 2)
        return err_set(e, ERR_CONTEXT, "%s: a context of %d leaves no token to score", r->model, window);
    if (tokenize(m, r, t, e))
        return -1;
    p->n_ctx = t->n < (size_t)window ? (int)t->n : window;
    if (quern_session_open(&s->session, m, p, e))
        return -1;
    s->n_vocab = info.n_vocab;
    int rc = score(s, t, window, e);
    quern_session_close(s->session);
    return rc;
}

int main(int argc, char **argv) {
    struct request r = {.params = {.kv_k = QUERN_KV_F32, .kv_v = QUERN_KV_F32}};
    struct quern_model *m = NULL;
    struct quern_tokens t = {0};
    struct scoring s = {0};
    struct err e = {0};
    int rc = parse_args(&r, argc, argv, &e);
    if (rc > 0) {
        fputs(usage, stdout);
        return fflush(stdout) ? ERR_RUNTIME : 0;
    }
    lost_watch("quern-perplexity");
    if (rc == 0 && (quern_model_open(&m, r.model, &e) || run(m, &r, &t, &s, &e)))
        rc = -1;
    if (rc == 0) {
        double mean = s.sum / (double)s.n;
        printf("tokens      %zu\nscored      %zu\nnll         %.9f\nperplexity  %.6f\n", t.n, s.n, mean, exp(mean));
        if (fflush(stdout))
            rc = err_set(&e, ERR_RUNTIME, "the result could not be written");
    }
    quern_tokens_free(&t);
    quern_model_close(m);
    if (rc)
        fprintf(stderr, "quern-perplexity: %s\n", e.text);
    return rc ? e.code : 0;
}
