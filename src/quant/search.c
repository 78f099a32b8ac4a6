/* Scales for the lanes of 256 columns, see search.h. In: columns. Out: scales, bases, codes. Knows no block layouts. The loops over lanes
 * have a fixed length and choose without branches, for compilers to make vectors of.
 */
#include <float.h>
#include <string.h>
#include "quant/quant.h"
#include "quant/search.h"

static float min_of(float a, float b) {
    return a < b ? a : b;
}

static float max_of(float a, float b) {
    return a > b ? a : b;
}

/* Both lanes of a pair get the sum of theirs. */
static void add_pairs(const struct coding *c, float *sum) {
    if (!c->paired)
        return;
    for (int l = 0; l < LANES / 2; l++)
        sum[l] = sum[l + LANES / 2] = sum[l] + sum[l + LANES / 2];
}

/* ---- nearest codes -------------------------------------------------------------------------------------------- */

/* t = x * inv + bias, cut to [0, top], lies in [k, k + 1) where code k is nearest. For iq4 values it is the place in half units from -128,
 * as the middles between them are multiples of a half. */
struct grid {
    float inv[LANES], bias[LANES], top;
};

static void set_grid(const struct coding *c, const struct fit *restrict f, struct grid *restrict out) {
    float unit = c->iq4 ? 2 : 1, zero = c->iq4 ? 256 : 0.5f - c->lo;
    out->top = c->iq4 ? 511 : c->hi - c->lo + 0.5f;
    for (int l = 0; l < LANES; l++) {
        float inv = unit / f->scale[l];
        inv = inv < FLT_MAX ? inv : 0; /* scale 0 */
        inv = inv > -FLT_MAX ? inv : 0;
        out->inv[l] = inv;
        out->bias[l] = zero - f->base[l] * inv;
    }
}

static inline float place(float x, float inv, float bias, float top) {
    float t = x * inv + bias;
    t = t > 0 ? t : 0; /* NaN too: only now may it become an integer */
    return t < top ? t : top;
}

/* Q = the iq4 values nearest to T / 2 - 128. Starting from the lowest, each middle passed adds the way to the next. */
#define PAST(middle, gap) (int16_t)(-(v >= (middle)) & (gap))
static inline void nearest_iq4(const int16_t *restrict t, int16_t *restrict q) {
    for (int l = 0; l < LANES; l++) {
        int16_t v = t[l];
        q[l] = (int16_t)(-127 + PAST(25, 23) + PAST(69, 21) + PAST(108, 18) + PAST(142, 16) + PAST(172, 14) + PAST(199, 13) + PAST(224, 12)
                         + PAST(247, 11) + PAST(270, 12) + PAST(294, 12) + PAST(319, 13) + PAST(347, 15) + PAST(378, 16) + PAST(414, 20)
                         + PAST(458, 24));
    }
}

/* What the nearest codes of one column of each lane stand for. */
static inline void nearest(const float *restrict x, const struct coding *restrict c, const struct grid *restrict g, float *restrict q) {
    int16_t t[LANES], v[LANES];
    for (int l = 0; l < LANES; l++)
        t[l] = (int16_t)(int)place(x[l], g->inv[l], g->bias[l], g->top);
    if (c->iq4) {
        nearest_iq4(t, v);
        for (int l = 0; l < LANES; l++)
            q[l] = v[l];
    } else {
        for (int l = 0; l < LANES; l++)
            q[l] = (float)t[l] + c->lo;
    }
}

static int iq4_code(float q) {
    int k = 0;
    for (int i = 0; i < 16; i++)
        k += q > iq4_values[i];
    return k;
}

void fit_codes(const float *x, const struct coding *c, const struct fit *f, uint8_t *code) {
    struct grid g;
    float q[LANES];
    set_grid(c, f, &g);
    for (int i = 0; i < LANE_COLS; i++) {
        nearest(x + LANES * i, c, &g, q);
        for (int l = 0; l < LANES; l++)
            code[lane_start(c, l) + i] = (uint8_t)(c->iq4 ? iq4_code(q[l]) : (int)(q[l] - c->lo));
    }
}

/* ---- errors --------------------------------------------------------------------------------------------------- */

static void error_iq4(const float *x, const struct coding *c, const struct grid *g, const struct fit *f, float *restrict sum) {
    float q[LANES];
    for (int i = 0; i < LANE_COLS; i++) {
        nearest(x + LANES * i, c, g, q);
        for (int l = 0; l < LANES; l++) {
            float e = x[LANES * i + l] - f->scale[l] * q[l];
            sum[l] += e * e;
        }
    }
}

static inline float square(float x, const struct grid *g, float scale, float low, int l) {
    float e = x - low - scale * (float)(int)place(x, g->inv[l], g->bias[l], g->top);
    return e * e;
}

/* Two columns at once: a sum waits for the one before it. */
static void error_even(const float *x, const struct coding *c, const struct grid *g, const struct fit *f, float *restrict sum) {
    float low[LANES];
    for (int l = 0; l < LANES; l++)
        low[l] = f->base[l] + f->scale[l] * c->lo;
    for (int i = 0; i < LANES * LANE_COLS; i += 2 * LANES) {
        for (int l = 0; l < LANES; l++)
            sum[l] += square(x[i + l], g, f->scale[l], low[l], l) + square(x[i + LANES + l], g, f->scale[l], low[l], l);
    }
}

void fit_error(const float *x, const struct coding *c, struct fit *f) {
    struct grid g;
    float sum[LANES] = {0};
    set_grid(c, f, &g);
    if (c->iq4)
        error_iq4(x, c, &g, f, sum);
    else
        error_even(x, c, &g, f, sum);
    add_pairs(c, sum);
    memcpy(f->error, sum, sizeof sum);
}

void fit_sums(const float *x, const struct coding *c, const struct fit *f, struct sums *out) {
    struct grid g;
    struct sums s = {{0}, {0}, {0}, {0}};
    float q[LANES];
    set_grid(c, f, &g);
    for (int i = 0; i < LANE_COLS; i++) {
        nearest(x + LANES * i, c, &g, q);
        for (int l = 0; l < LANES; l++) {
            float e = x[LANES * i + l] - (f->scale[l] * q[l] + f->base[l]);
            s.q[l] += q[l];
            s.qq[l] += q[l] * q[l];
            s.e[l] += e;
            s.eq[l] += e * q[l];
        }
    }
    *out = s;
}

void fit_improve(const float *x, const struct coding *c, struct fit *f) {
    struct sums s;
    float n = c->paired ? 2 * LANE_COLS : LANE_COLS;
    fit_sums(x, c, f, &s);
    add_pairs(c, s.q);
    add_pairs(c, s.qq);
    add_pairs(c, s.e);
    add_pairs(c, s.eq);
    for (int l = 0; l < LANES; l++) {
        float det = n * s.qq[l] - s.q[l] * s.q[l];
        if (c->base != NO_BASE && det > 0) {
            f->scale[l] += (n * s.eq[l] - s.q[l] * s.e[l]) / det;
            f->base[l] += (s.qq[l] * s.e[l] - s.q[l] * s.eq[l]) / det;
        } else if (c->base == NO_BASE && s.qq[l] > 0) {
            f->scale[l] += s.eq[l] / s.qq[l];
        }
    }
}

/* ---- trials --------------------------------------------------------------------------------------------------- */

void fit_keep(struct fit *restrict best, const struct fit *restrict try) {
    for (int l = 0; l < LANES; l++) {
        int better = try->error[l] < best->error[l];
        best->scale[l] = better ? try->scale[l] : best->scale[l];
        best->base[l] = better ? try->base[l] : best->base[l];
        best->error[l] = better ? try->error[l] : best->error[l];
    }
}

static void find_range(const float *x, const struct coding *c, float *restrict lo, float *restrict hi) {
    for (int l = 0; l < LANES; l++)
        lo[l] = hi[l] = x[l];
    for (int i = 1; i < LANE_COLS; i++) {
        for (int l = 0; l < LANES; l++) {
            lo[l] = min_of(x[LANES * i + l], lo[l]);
            hi[l] = max_of(x[LANES * i + l], hi[l]);
        }
    }
    for (int l = 0; l < LANES / 2 && c->paired; l++) {
        lo[l] = lo[l + LANES / 2] = min_of(lo[l], lo[l + LANES / 2]);
        hi[l] = hi[l + LANES / 2] = max_of(hi[l], hi[l + LANES / 2]);
    }
}

/* N trials with the largest element MAX at q = END, END + STEP ... Where |q| is less than the codes reach, all are a little finer and
 * fall elsewhere, and some such fall is better than others; where it is more, the largest is cut a little to the good of the rest. */
static void try_ends(const float *x, const struct coding *c, const float *max, float end, float step, int n, struct fit *best) {
    struct fit f = {{0}, {0}, {0}};
    for (int t = 0; t < n; t++) {
        for (int l = 0; l < LANES; l++)
            f.scale[l] = max[l] / (end + step * (float)t);
        fit_error(x, c, &f);
        fit_keep(best, &f);
    }
}

/* Codes that are even reach as far on either side, but for one step: the largest at the lower end is trial enough. */
static void search_scale(const float *x, const struct coding *c, struct fit *best) {
    float lo[LANES], hi[LANES], max[LANES];
    find_range(x, c, lo, hi);
    for (int l = 0; l < LANES; l++) {
        max[l] = -lo[l] > hi[l] ? lo[l] : hi[l];
        best->scale[l] = max[l] / c->lo;
        best->base[l] = 0;
    }
    fit_error(x, c, best);
    if (c->iq4) {
        try_ends(x, c, max, c->lo - 2 * c->step, c->step, 8, best);
        try_ends(x, c, max, c->hi + 2 * c->step, -c->step, 8, best);
    } else {
        try_ends(x, c, max, c->lo - 2 * c->step, c->step, 14, best);
    }
}

/* Trials of a scale, each with the codes' middle at the columns' and in four places around it. */
static void search_base(const float *x, const struct coding *c, struct fit *best) {
    float lo[LANES], hi[LANES], most = c->base == ANY_BASE ? FLT_MAX : 0;
    struct fit f;
    find_range(x, c, lo, hi);
    for (int l = 0; l < LANES; l++) {
        lo[l] = min_of(lo[l], most);
        best->base[l] = lo[l];
        best->scale[l] = (hi[l] - lo[l]) / c->hi;
    }
    fit_error(x, c, best);
    for (int t = 0; t < 24; t++) {
        float end = c->hi + c->step * (float)(t / 4 - 3), shift = 0.5f * (end - c->hi) + 0.25f * ((float)(t % 4) - 1.5f);
        for (int l = 0; l < LANES; l++) {
            f.scale[l] = (hi[l] - lo[l]) / end;
            f.base[l] = min_of(lo[l] + f.scale[l] * shift, most);
        }
        fit_error(x, c, &f);
        fit_keep(best, &f);
    }
}

void fit_search(const float *x, const struct coding *c, struct fit *best) {
    if (c->base == NO_BASE)
        search_scale(x, c, best);
    else
        search_base(x, c, best);
}
