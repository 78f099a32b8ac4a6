/* The sampler against published numbers, small cases by hand, and a plain sampler that sorts everything and uses the C library's exp.
 * check_sample [SEED] */
#include "sample/sample.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sample/rng.h"

static int passed, failed;

static void check(int ok, const char *fmt, ...) {
    va_list a;
    if (ok) {
        passed++;
        return;
    }
    failed++;
    printf("FAILED: ");
    va_start(a, fmt);
    vprintf(fmt, a);
    va_end(a);
    printf("\n");
}

static const struct quern_sampling plain = {.temp = 1, .top_p = 1, .repeat_penalty = 1};

static struct sampler *open_sampler(const struct quern_sampling *p, int n_vocab, const int32_t *ends, int n_ends) {
    struct sampler *s;
    struct err e;
    if (sampler_open(&s, p, n_vocab, 64, ends, n_ends, &e)) {
        printf("FAILED: sampler_open: %s\n", e.text);
        exit(1);
    }
    return s;
}

/* One pick with tokens seen before; -1: an error with code ERR_RUNTIME. */
static int32_t pick(const struct quern_sampling *p, const float *logits, int n, const int32_t *seen, int n_seen) {
    static const int32_t ends[] = {1, 3};
    struct sampler *s = open_sampler(p, n, ends, 2);
    struct err e = {0};
    int32_t id;
    float *copy = malloc((size_t)n * sizeof *copy);
    if (!copy) exit(1);
    memcpy(copy, logits, (size_t)n * sizeof *copy);
    sampler_saw(s, seen, (size_t)n_seen);
    if (sampler_pick(s, copy, &id, &e)) id = e.code == ERR_RUNTIME ? -1 : -2;
    free(copy);
    sampler_close(s);
    return id;
}

/* Vigna's splitmix64 from 1234567 and xoshiro256++ from the state 1, 2, 3, 4, as other implementations publish them. */
static void check_generator(void) {
    static const uint64_t split[] = {6457827717110365317u, 3203168211198807973u, 9817491932198370423u, 4593380528125082431u};
    static const uint64_t xo[] = {41943041u, 58720359u, 3588806011781223u, 3591011842654386u, 9228616714210784205u,
                                  9973669472204895162u, 14011001112246962877u, 12406186145184390807u};
    struct rng r;
    rng_seed(&r, 1234567);
    for (int i = 0; i < 4; i++) check(r.s[i] == split[i], "splitmix64 number %d", i);
    r = (struct rng){{1, 2, 3, 4}};
    for (int i = 0; i < 8; i++) check(rng_next(&r) == xo[i], "xoshiro256++ number %d", i);
    r = (struct rng){{UINT64_MAX, 0, 0, 0}};
    for (int i = 0; i < 1000; i++) {
        double u = rng_unit(&r);
        if (!(u >= 0 && u < 1)) check(0, "rng_unit gives %a", u);
    }
}

static void check_greedy(void) {
    struct quern_sampling p = plain;
    p.temp = 0;
    check(pick(&p, (float[]){1, 5, 3, 5}, 4, NULL, 0) == 1, "the lowest id of equals");
    check(pick(&p, (float[]){NAN, -7, NAN, -9}, 4, NULL, 0) == 1, "NaN first");
    check(pick(&p, (float[]){INFINITY, -7, -INFINITY, -9}, 4, NULL, 0) == 1, "infinities are not picked");
    check(pick(&p, (float[]){NAN, INFINITY, -INFINITY, NAN}, 4, NULL, 0) == -1, "nothing finite, greedy");
    check(pick(&plain, (float[]){NAN, INFINITY, -INFINITY, NAN}, 4, NULL, 0) == -1, "nothing finite, drawn");
    check(pick(&plain, (float[]){NAN, -1e38f, INFINITY, NAN}, 4, NULL, 0) == 1, "one finite, drawn");
    p = plain;
    p.top_k = 1;
    check(pick(&p, (float[]){1, 5, 3, 5}, 4, NULL, 0) == 1, "top-k 1 is greedy");
    p = plain;
    p.top_p = 0;
    check(pick(&p, (float[]){1, 5, 3, 5}, 4, NULL, 0) == 1, "top-p 0 is greedy");
    p = plain;
    p.min_p = 1;
    check(pick(&p, (float[]){1, 2, 5, 3}, 4, NULL, 0) == 2, "min-p 1 is greedy");
    p = plain;
    p.temp = 1e-40f;
    check(pick(&p, (float[]){1, 5, 3, 4.9999995f}, 4, NULL, 0) == 1, "a temperature near 0 is greedy");
}

static void check_penalties(void) {
    struct quern_sampling p = plain;
    const int32_t seen[] = {0, 0, 2};
    p.temp = 0;
    p.repeat_last_n = 64;
    p.repeat_penalty = 2;
    check(pick(&p, (float[]){4, 3, -1, -8}, 4, seen, 3) == 1, "a positive logit is divided, once");
    check(pick(&p, (float[]){-1, -1.5f, -9, -8}, 4, seen, 3) == 1, "a negative one is multiplied");
    check(pick(&p, (float[]){4, 1.9f, -1, -8}, 4, seen, 3) == 0, "and no further");
    p.repeat_last_n = 1;
    check(pick(&p, (float[]){4, 3, 1, 1}, 4, seen, 3) == 0, "a token leaves the window");
    p.repeat_last_n = 0;
    check(pick(&p, (float[]){4, 3, 1, 1}, 4, seen, 3) == 0, "a window of none");
    p.repeat_last_n = -1;
    check(pick(&p, (float[]){4, 3, 1, 1}, 4, seen, 3) == 1, "a window of everything");
    p.repeat_penalty = 1;
    p.frequency_penalty = 0.5f;
    check(pick(&p, (float[]){4, 3.1f, 1, 1}, 4, seen, 3) == 1, "frequency counts");
    check(pick(&p, (float[]){4, 2.9f, 1, 1}, 4, seen, 3) == 0, "frequency is 0.5 for each");
    p.frequency_penalty = 0;
    p.presence_penalty = 0.5f;
    check(pick(&p, (float[]){4, 3.6f, 1, 1}, 4, seen, 3) == 1, "presence");
    check(pick(&p, (float[]){4, 3.4f, 1, 1}, 4, seen, 3) == 0, "presence is 0.5 once");
    check(pick(&p, (float[]){4, 3, 1, 1}, 4, (int32_t[]){-5, 99, INT32_MAX}, 3) == 0, "ids from nowhere are not counted");
}

static void check_bias(void) {
    struct quern_sampling p = plain;
    const struct quern_bias bias[] = {{2, 10}, {0, -INFINITY}};
    p.temp = 0;
    p.bias = bias;
    p.n_bias = 2;
    check(pick(&p, (float[]){4, 3, -6, 1}, 4, NULL, 0) == 2, "bias adds");
    check(pick(&p, (float[]){4, 3, -8, 1}, 4, NULL, 0) == 1, "-infinity forbids");
    p.repeat_penalty = 2;
    p.repeat_last_n = 8;
    check(pick(&p, (float[]){4, 3, -5, 1}, 4, (int32_t[]){2}, 1) == 1, "bias comes before penalties");
    p = plain;
    p.ignore_eos = 1; /* 1 and 3 */
    check(pick(&p, (float[]){-9, 30, -99, 31}, 4, NULL, 0) == 0, "end tokens are ignored");
}

static void check_refusals(void) {
    static const struct quern_bias outside = {4, 1}, negative = {-1, 1}, not_a_number = {1, NAN};
    const float bad[] = {-1, NAN, INFINITY};
    struct quern_sampling p[16];
    int n = 0;
    for (int i = 0; i < 3; i++) {
        p[n] = plain, p[n++].temp = bad[i];
        p[n] = plain, p[n++].top_p = bad[i];
        p[n] = plain, p[n++].min_p = bad[i];
        p[n] = plain, p[n++].repeat_penalty = bad[i];
    }
    p[n] = plain, p[n].n_bias = 1, p[n++].bias = &outside;
    p[n] = plain, p[n].n_bias = 1, p[n++].bias = &negative;
    p[n] = plain, p[n].n_bias = 1, p[n++].bias = &not_a_number;
    for (int i = 0; i < n; i++) {
        struct sampler *s = NULL;
        struct err e = {0};
        int r = sampler_open(&s, &p[i], 4, 8, NULL, 0, &e);
        check(r == -1 && e.code == ERR_USAGE && e.text[0], "settings %d should be refused", i);
        if (r == 0) sampler_close(s);
    }
}

/* ---- against a plain sampler ------------------------------------------------------------------------------------- */

struct entry {
    float v;
    int32_t id;
};

static int heavier_first(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    return x->v != y->v ? (x->v < y->v) - (x->v > y->v) : (x->id > y->id) - (x->id < y->id);
}

static int32_t plain_pick(const struct quern_sampling *p, const float *logits, int n_vocab, struct rng *r) {
    struct entry *x = malloc((size_t)n_vocab * sizeof *x);
    int n = 0, kept = 0;
    if (!x) exit(1);
    for (int i = 0; i < n_vocab; i++)
        if (isfinite(logits[i])) x[n++] = (struct entry){logits[i], i};
    qsort(x, (size_t)n, sizeof *x, heavier_first);
    if (p->top_k > 0 && p->top_k < n) n = p->top_k;
    long double sum = 0, cumulative = 0;
    float best = x[0].v;
    for (int i = 0; i < n; i++) {
        long double w = expl(((long double)x[i].v - (long double)best) / (long double)p->temp);
        x[i].v = w < 1e-34L ? 0 : (float)w;
        sum += (long double)x[i].v;
    }
    qsort(x, (size_t)n, sizeof *x, heavier_first); /* logits that differ may weigh the same */
    while (kept < n && x[kept].v >= p->min_p && (kept == 0 || p->top_p >= 1 || cumulative < (long double)p->top_p * sum))
        cumulative += (long double)x[kept++].v;
    long double at = (long double)rng_unit(r) * cumulative;
    int i = 0;
    for (; i < kept - 1; i++) {
        at -= (long double)x[i].v;
        if (at < 0) break;
    }
    int32_t id = x[i].id;
    free(x);
    return id;
}

static uint64_t compare_random(uint64_t seed) {
    enum { N_MAX = 3000 };
    static float logits[N_MAX], copy[N_MAX];
    struct rng r, draws;
    uint64_t hash = 14695981039346656037u; /* FNV-1a of all ids */
    rng_seed(&r, seed);
    for (int t = 0; t < 400; t++) {
        struct quern_sampling p = plain;
        int n = 1 + (int)(rng_next(&r) % N_MAX), wrong = 0;
        p.seed = rng_next(&r);
        p.temp = (float)(rng_next(&r) % 40 + 1) / 16;
        p.top_k = rng_next(&r) % 3 ? (int)(rng_next(&r) % 50) : (int)(rng_next(&r) % (uint64_t)(n + 2));
        p.top_p = rng_next(&r) % 3 ? (float)(rng_next(&r) % 33) / 32 : 1;
        p.min_p = rng_next(&r) % 3 ? 0 : (float)(rng_next(&r) % 16) / 32;
        struct sampler *s = open_sampler(&p, n, NULL, 0);
        rng_seed(&draws, p.seed);
        for (int k = 0; k < 8; k++) {
            struct err e;
            int32_t id = -1;
            for (int i = 0; i < n; i++) { /* multiples of 1/16: many ties */
                logits[i] = (float)((int)(rng_next(&r) % 400) - 200) / 16;
                if (rng_next(&r) % 16 == 0 && i > 0) logits[i] = i % 2 ? NAN : -INFINITY;
            }
            memcpy(copy, logits, sizeof copy);
            if (sampler_pick(s, copy, &id, &e)) id = -1;
            int only = p.top_k == 1; /* greedy draws nothing */
            int32_t want = plain_pick(&p, logits, n, &draws);
            if (only) rng_seed(&draws, p.seed);
            wrong += id != want;
            hash = (hash ^ (uint64_t)id) * 1099511628211u;
        }
        sampler_close(s);
        check(wrong == 0, "check_sample %llu: trial %d (%d logits, temp %g, top-k %d, top-p %g, min-p %g): %d of 8 differ from sorting",
              (unsigned long long)seed, t, n, (double)p.temp, p.top_k, (double)p.top_p, (double)p.min_p, wrong);
    }
    return hash;
}

static int falling(const void *a, const void *b) {
    const float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

/* All but those that W wants, and a few more, become -INFINITY. */
static void cut(float *logits, int n, const struct quern_wanted *w, struct rng *r) {
    float *sorted = malloc((size_t)n * sizeof *sorted), *all = malloc((size_t)n * sizeof *all);
    if (!sorted || !all) exit(1);
    memcpy(all, logits, (size_t)n * sizeof *all);
    memcpy(sorted, logits, (size_t)n * sizeof *sorted);
    for (int i = 0; i < w->n; i++) sorted[w->id[i]] = -INFINITY;
    qsort(sorted, (size_t)n, sizeof *sorted, falling);
    for (int i = 0; i < n; i++)
        if (logits[i] < sorted[w->top - 1] && rng_next(r) % 8) logits[i] = -INFINITY;
    for (int i = 0; i < w->n; i++) logits[w->id[i]] = all[w->id[i]];
    free(sorted);
    free(all);
}

/* The logits that sampler_wants() asks for are all that a pick depends on. */
static void check_wants(uint64_t seed) {
    enum { N_MAX = 3000 };
    static float all[N_MAX], few[N_MAX];
    static const int32_t ends[] = {5, 0};
    struct rng r;
    struct quern_wanted w;
    rng_seed(&r, seed);
    for (int t = 0; t < 200; t++) {
        struct quern_bias bias[2] = {{(int32_t)(rng_next(&r) % 300), -INFINITY}, {7, rng_next(&r) % 2 ? -2.5f : 4}};
        struct quern_sampling p = plain;
        int n = 300 + (int)(rng_next(&r) % (N_MAX - 300)), wrong = 0;
        p.seed = rng_next(&r);
        p.temp = (float)(rng_next(&r) % 12) / 8;
        p.top_k = 1 + (int)(rng_next(&r) % 60);
        p.top_p = rng_next(&r) % 2 ? 0.8f : 1;
        p.repeat_penalty = rng_next(&r) % 3 ? 1.1f : rng_next(&r) % 2 ? 1 : 0.9f;
        p.presence_penalty = rng_next(&r) % 3 ? 0 : 0.5f - (float)(rng_next(&r) % 2);
        p.frequency_penalty = rng_next(&r) % 3 ? 0 : 0.25f;
        p.repeat_last_n = 1 + (int)(rng_next(&r) % 64);
        p.ignore_eos = rng_next(&r) % 2;
        p.bias = bias;
        p.n_bias = (int)(rng_next(&r) % 3);
        struct sampler *a = open_sampler(&p, n, ends, 2), *b = open_sampler(&p, n, ends, 2);
        for (int k = 0; k < 8; k++) {
            struct err e;
            int32_t x = -1, y = -1;
            float favour = (float)(rng_next(&r) % 8); /* of what was picked last, so that penalties matter */
            for (int i = 0; i < n; i++) all[i] = (float)((int)(rng_next(&r) % 4000) - 2000) / 128 + (i % 50 == t % 50 ? favour : 0);
            memcpy(few, all, sizeof few);
            sampler_wants(b, &w);
            cut(few, n, &w, &r);
            wrong += sampler_pick(a, all, &x, &e) || sampler_pick(b, few, &y, &e) || x != y;
        }
        sampler_close(a);
        sampler_close(b);
        check(wrong == 0, "check_sample %llu: trial %d: %d of 8 picks depend on other logits", (unsigned long long)seed, t, wrong);
    }
    struct quern_sampling every = plain;
    every.top_k = 0;
    struct sampler *s = open_sampler(&every, 1000, NULL, 0);
    sampler_wants(s, &w);
    check(w.top == 0, "all may be picked, and %d are wanted", w.top);
    sampler_close(s);
}

/* Shares of the draws, within five standard deviations. */
static void check_shares(void) {
    static const double share[] = {0.1, 0.2, 0.3, 0.4};
    int count[4] = {0}, n = 40000;
    struct quern_sampling p = plain;
    p.seed = 7;
    struct sampler *s = open_sampler(&p, 4, NULL, 0);
    for (int i = 0; i < n; i++) {
        float logits[4];
        struct err e;
        int32_t id = 0;
        for (int k = 0; k < 4; k++) logits[k] = (float)log(share[k]);
        if (sampler_pick(s, logits, &id, &e) == 0) count[id]++;
    }
    sampler_close(s);
    for (int k = 0; k < 4; k++) {
        double sd = sqrt(n * share[k] * (1 - share[k]));
        check(fabs(count[k] - n * share[k]) < 5 * sd, "token %d was drawn %d times of %d, not about %g", k, count[k], n,
              n * share[k]);
    }
}

int main(int argc, char **argv) {
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    check_generator();
    check_greedy();
    check_penalties();
    check_bias();
    check_refusals();
    check_shares();
    check_wants(seed);
    uint64_t hash = compare_random(seed);
    if (argc <= 1)
        check(hash == 0xccce18e03f27eae8u, "the picks of seed 1 hash to %#llx: not the same on this machine", (unsigned long long)hash);
    printf("check_sample: %d passed, %d failed\n", passed, failed);
    return failed > 0;
}
