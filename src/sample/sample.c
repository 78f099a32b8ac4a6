/* Logits to one token. In: one row of float logits, the settings, the tokens seen so far. Out: an id.
 * Order: bias, penalties, forbidden tokens, top-k, softmax at the temperature, top-p, min-p, one draw. Knows no model and no text.
 *
 * Sameness on every machine: only +, -, *, / and comparisons of IEEE floats and doubles, in an order fixed by the logits alone.
 */
#include "sample/sample.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "sample/rng.h"

struct cand {
    float v; /* the logit; from weigh() on the weight exp((logit - best) / temp) */
    int32_t id;
};

struct sampler {
    struct quern_sampling p;
    struct quern_bias *bias; /* [p.n_bias] */
    int32_t *ends;           /* [n_ends] */
    int n_ends, n_vocab;
    struct cand *cand;       /* [n_keep] */
    int n_keep;              /* top-k, or the vocabulary */
    int32_t *window;         /* [window_size] ring of recent tokens */
    int32_t *count;          /* [n_vocab] of each token in the window */
    size_t window_size, n_window, window_next;
    int32_t *changed;        /* [n_bias + n_ends + window_size] tokens whose logits are not the model's */
    float *saved;            /* [n_bias + n_ends] logits of tokens that are forbidden */
    struct rng rng;
};

static int within(float x, float lo, float hi) { /* false for NaN */
    return x >= lo && x <= hi;
}

static int check_settings(const struct quern_sampling *p, int n_vocab, struct err *e) {
    if (!within(p->temp, 0, FLT_MAX)) return err_set(e, ERR_USAGE, "temperature: 0 or more, not %g", (double)p->temp);
    if (!within(p->top_p, 0, 1)) return err_set(e, ERR_USAGE, "top-p: from 0 to 1, not %g", (double)p->top_p);
    if (!within(p->min_p, 0, 1)) return err_set(e, ERR_USAGE, "min-p: from 0 to 1, not %g", (double)p->min_p);
    if (!within(p->repeat_penalty, FLT_MIN, FLT_MAX))
        return err_set(e, ERR_USAGE, "repeat penalty: more than 0, not %g", (double)p->repeat_penalty);
    if (!within(p->presence_penalty, -FLT_MAX, FLT_MAX) || !within(p->frequency_penalty, -FLT_MAX, FLT_MAX))
        return err_set(e, ERR_USAGE, "presence and frequency penalty: finite numbers");
    for (int i = 0; i < p->n_bias; i++) {
        if (p->bias[i].id < 0 || p->bias[i].id >= n_vocab)
            return err_set(e, ERR_USAGE, "logit bias: token %ld is not among 0 to %d", (long)p->bias[i].id, n_vocab - 1);
        if (!within(p->bias[i].add, -INFINITY, FLT_MAX)) return err_set(e, ERR_USAGE, "logit bias: a finite number or -infinity");
    }
    return 0;
}

int sampler_open(struct sampler **out, const struct quern_sampling *p, int n_vocab, int n_ctx, const int32_t *ends, int n_ends,
                 struct err *e) {
    if (check_settings(p, n_vocab, e)) return -1;
    struct sampler *s = calloc(1, sizeof *s);
    if (!s) return err_set(e, ERR_MEMORY, "out of memory");
    s->p = *p;
    s->n_vocab = n_vocab;
    s->n_ends = n_ends;
    s->n_keep = p->top_k > 0 && p->top_k < n_vocab ? p->top_k : n_vocab;
    int window = p->repeat_last_n < 0 || p->repeat_last_n > n_ctx ? n_ctx : p->repeat_last_n;
    s->window_size = window > 0 ? (size_t)window : 0;
    rng_seed(&s->rng, p->seed);
    /* One spare element each, as calloc(0) may answer NULL. Pages of the large ones exist once touched. */
    s->bias = calloc((size_t)p->n_bias + 1, sizeof *s->bias);
    s->ends = calloc((size_t)n_ends + 1, sizeof *s->ends);
    s->cand = calloc((size_t)s->n_keep + 1, sizeof *s->cand);
    s->window = calloc(s->window_size + 1, sizeof *s->window);
    s->count = calloc((size_t)n_vocab + 1, sizeof *s->count);
    s->changed = calloc((size_t)p->n_bias + (size_t)n_ends + s->window_size + 1, sizeof *s->changed);
    s->saved = calloc((size_t)p->n_bias + (size_t)n_ends + 1, sizeof *s->saved);
    if (!s->bias || !s->ends || !s->cand || !s->window || !s->count || !s->changed || !s->saved) {
        sampler_close(s);
        return err_set(e, ERR_MEMORY, "out of memory");
    }
    if (p->n_bias > 0) memcpy(s->bias, p->bias, (size_t)p->n_bias * sizeof *s->bias);
    if (n_ends > 0) memcpy(s->ends, ends, (size_t)n_ends * sizeof *s->ends);
    s->p.bias = s->bias;
    *out = s;
    return 0;
}

void sampler_close(struct sampler *s) {
    if (!s) return;
    free(s->bias);
    free(s->ends);
    free(s->cand);
    free(s->window);
    free(s->count);
    free(s->changed);
    free(s->saved);
    free(s);
}

void sampler_saw(struct sampler *s, const int32_t *tokens, size_t n) {
    if (s->window_size == 0) return;
    for (size_t i = 0; i < n; i++) {
        if (tokens[i] < 0 || tokens[i] >= s->n_vocab) continue;
        if (s->n_window == s->window_size) s->count[s->window[s->window_next]]--;
        else s->n_window++;
        s->window[s->window_next] = tokens[i];
        s->count[tokens[i]]++;
        s->window_next = (s->window_next + 1) % s->window_size;
    }
}

/* ---- what changes a logit ------------------------------------------------------------------------------------- */

void sampler_bias(struct sampler *s, float *logits) {
    for (int i = 0; i < s->p.n_bias; i++)
        if (s->bias[i].add != -INFINITY) logits[s->bias[i].id] += s->bias[i].add;
}

/* Token I of those that may be forbidden: biases, then ends. -1: it is not. */
static int32_t forbidden(const struct sampler *s, int i) {
    if (i < s->p.n_bias) return s->bias[i].add == -INFINITY ? s->bias[i].id : -1;
    int32_t end = s->ends[i - s->p.n_bias];
    return s->p.ignore_eos && end >= 0 && end < s->n_vocab ? end : -1;
}

static void forbid(struct sampler *s, float *logits) {
    for (int i = 0; i < s->p.n_bias + s->n_ends; i++) {
        int32_t id = forbidden(s, i);
        if (id < 0) continue;
        s->saved[i] = logits[id];
        logits[id] = -INFINITY;
    }
}

static void permit(const struct sampler *s, float *logits) { /* from the last on: one may stand there twice */
    for (int i = s->p.n_bias + s->n_ends; i-- > 0;) {
        int32_t id = forbidden(s, i);
        if (id >= 0) logits[id] = s->saved[i];
    }
}

static int penalises(const struct quern_sampling *p) {
    return p->repeat_penalty != 1 || p->presence_penalty != 0 || p->frequency_penalty != 0;
}

void sampler_penalise(struct sampler *s, float *logits, const uint32_t *only) {
    const struct quern_sampling *p = &s->p;
    if (!penalises(p)) return;
    for (size_t i = 0; i < s->n_window; i++) {
        int32_t id = s->window[i];
        if (s->count[id] < 0) continue; /* a token that stands in the window twice is penalised once */
        if (only && !(only[id / 32] >> id % 32 & 1)) continue;
        float *x = &logits[id];
        *x = *x > 0 ? *x / p->repeat_penalty : *x * p->repeat_penalty;
        *x -= (float)s->count[id] * p->frequency_penalty + p->presence_penalty;
        s->count[id] = -s->count[id];
    }
    for (size_t i = 0; i < s->n_window; i++)
        if (s->count[s->window[i]] < 0) s->count[s->window[i]] = -s->count[s->window[i]];
}

/* Listed are the tokens whose logits are changed: the others are picked from by size alone. */
void sampler_wants(struct sampler *s, struct quern_wanted *out) {
    int n = 0;
    for (int i = 0; i < s->p.n_bias; i++) s->changed[n++] = s->bias[i].id;
    for (int i = 0; s->p.ignore_eos && i < s->n_ends; i++)
        if (s->ends[i] >= 0 && s->ends[i] < s->n_vocab) s->changed[n++] = s->ends[i];
    for (size_t i = 0; penalises(&s->p) && i < s->n_window; i++) s->changed[n++] = s->window[i];
    int top = s->p.temp == 0 ? 1 : s->n_keep;
    *out = (struct quern_wanted){top < s->n_vocab ? top : 0, s->changed, n};
}

/* ---- selection ------------------------------------------------------------------------------------------------ */

static int better(struct cand a, struct cand b) {
    return a.v > b.v || (a.v == b.v && a.id < b.id);
}

/* Restores a heap of N whose element I may stand above better (BEST = 1) or worse (BEST = 0) ones. */
static void sift(struct cand *h, int n, int i, int best) {
    struct cand x = h[i];
    for (;;) {
        int c = 2 * i + 1;
        if (c >= n) break;
        if (c + 1 < n && (best ? better(h[c + 1], h[c]) : better(h[c], h[c + 1]))) c++;
        if (best ? !better(h[c], x) : !better(x, h[c])) break;
        h[i] = h[c];
        i = c;
    }
    h[i] = x;
}

static void heapify(struct cand *h, int n, int best) {
    for (int i = n / 2 - 1; i >= 0; i--) sift(h, n, i, best);
}

/* Takes the first in order off a heap of N and leaves it at h[n - 1]. */
static struct cand pop(struct cand *h, int n, int best) {
    struct cand first = h[0];
    h[0] = h[n - 1];
    sift(h, n - 1, 0, best);
    h[n - 1] = first;
    return first;
}

/* The n_keep best finite logits, best first; or all, as they come. The order tells nothing of the logits that are left out. Their worst
 * is at the root of a heap, so that nearly all of the vocabulary costs one comparison; an equal logit comes later in the vocabulary and
 * loses. */
static int keep_best(struct sampler *s, const float *logits) {
    struct cand *h = s->cand;
    int n = 0, id = 0;
    for (; id < s->n_vocab && n < s->n_keep; id++)
        if (within(logits[id], -FLT_MAX, FLT_MAX)) h[n++] = (struct cand){logits[id], id};
    if (s->n_keep == s->n_vocab) return n;
    heapify(h, n, 0);
    for (; id < s->n_vocab; id++) {
        if (!(logits[id] > h[0].v) || logits[id] > FLT_MAX) continue;
        h[0] = (struct cand){logits[id], id};
        sift(h, n, 0, 0);
    }
    for (int left = n; left > 1; left--) pop(h, left, 0);
    return n;
}

static int32_t greedy(const float *logits, int n) { /* -1: none is finite */
    int32_t best = -1;
    float most = -INFINITY;
    for (int32_t i = 0; i < n; i++) {
        if (!(logits[i] > most) || logits[i] > FLT_MAX) continue;
        most = logits[i];
        best = i;
    }
    return best;
}

/* ---- softmax and draw ----------------------------------------------------------------------------------------- */

/* exp(x) for x <= 0, to about 1e-15; 0 below -80, where a weight no longer shows beside 1 and floats stay normal. */
static double exp_negative(double x) {
    if (!(x > -80)) return 0;
    int n = (int)(x * 1.4426950408889634 - 0.5); /* nearest multiple of ln 2; 0 >= n >= -116 */
    double r = x - n * 0.693147180369123816490;  /* ln 2 in two parts: the first has 32 bits, so its product with n is exact */
    r -= n * 1.90821492927058770002e-10;
    double y = 1.0 / 6227020800; /* 1/13!: |r| <= 0.35, and 0.35^14 / 14! is under 1e-17 */
    static const double inverse_factorial[] = {1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040,
                                               1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1, 1};
    for (size_t i = 0; i < sizeof inverse_factorial / sizeof *inverse_factorial; i++) y = y * r + inverse_factorial[i];
    uint64_t bits = (uint64_t)(1023 + n) << 52;
    double scale; /* 2^n */
    memcpy(&scale, &bits, sizeof scale);
    return y * scale;
}

/* Logits become weights; returns their sum. The best weighs exactly 1. */
static double weigh(struct cand *c, int n, float temp) {
    float best = c[0].v;
    for (int i = 1; i < n; i++)
        if (c[i].v > best) best = c[i].v;
    double sum = 0;
    for (int i = 0; i < n; i++) {
        c[i].v = (float)exp_negative(((double)c[i].v - (double)best) / (double)temp);
        sum += (double)c[i].v;
    }
    return sum;
}

static int drop_lighter(struct cand *c, int n, float least) {
    int kept = 0;
    for (int i = 0; i < n; i++)
        if (c[i].v >= least) c[kept++] = c[i];
    return kept;
}

/* Top-p and min-p both keep the heaviest, the first until they weigh a part of the whole; then one is drawn, walking from the heaviest
 * on (equals by id). Sorting stops where the walk does. */
static int32_t draw(struct sampler *s, struct cand *c, int n) {
    double limit = (double)s->p.top_p * weigh(c, n, s->p.temp), sum = 0;
    int popped = 0;
    n = drop_lighter(c, n, s->p.min_p);
    heapify(c, n, 1);
    if (s->p.top_p < 1) {
        do sum += (double)pop(c, n - popped++, 1).v;
        while (sum < limit && popped < n);
    } else {
        for (int i = 0; i < n; i++) sum += (double)c[i].v;
    }
    int kept = s->p.top_p < 1 ? popped : n;
    double at = rng_unit(&s->rng) * sum;
    for (int i = 0;; i++) {
        struct cand x = i < popped ? c[n - 1 - i] : pop(c, n - popped++, 1);
        at -= (double)x.v;
        if (at < 0 || i + 1 == kept) return x.id; /* rounding may leave a hair over 0 behind the last */
    }
}

int sampler_is_greedy(const struct sampler *s) {
    return s->p.temp == 0 || s->n_keep == 1;
}

static int32_t choose(struct sampler *s, const float *logits) { /* -1: none is finite */
    if (sampler_is_greedy(s)) return greedy(logits, s->n_vocab);
    int n = keep_best(s, logits);
    return n > 0 ? draw(s, s->cand, n) : -1;
}

int32_t sampler_best(struct sampler *s, float *logits) {
    forbid(s, logits);
    int32_t best = greedy(logits, s->n_vocab);
    permit(s, logits);
    return best;
}

int sampler_choose(struct sampler *s, float *logits, int must, int32_t *id, struct err *e) {
    forbid(s, logits);
    int32_t picked = choose(s, logits);
    if (picked < 0 && must) {
        permit(s, logits);
        picked = choose(s, logits);
    }
    if (picked < 0) return err_set(e, ERR_RUNTIME, "the model's logits are not finite");
    sampler_saw(s, &picked, 1);
    *id = picked;
    return 0;
}

int sampler_pick(struct sampler *s, float *logits, int32_t *id, struct err *e) {
    sampler_bias(s, logits);
    sampler_penalise(s, logits, NULL);
    return sampler_choose(s, logits, 0, id, e);
}
