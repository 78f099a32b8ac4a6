/* Floats to a row as on disk: the float types, and for the others the scales with the least squared error that a search finds. In: floats.
 * Out: blocks. Knows no importance weights, no files.
 */
#include <string.h>
#include "quant/pack.h"
#include "quant/round.h"
#include "quant/search.h"

/* A quantized type is a coding and where its scales come from: halves of their own, or integers under the halves of a block of 256,
 *     scale = d * s, base = -(dmin * m)     s in [s_lo, s_hi], m in [0, m_hi]; all 0 for halves
 */
struct shape {
    struct coding coding;
    int s_lo, s_hi, m_hi;
};

static const struct shape shapes[QT_N] = {
    [QT_Q4_0] = {{1, 0, -8, 7, NO_BASE, 0.3f}, 0, 0, 0},
    [QT_Q4_1] = {{1, 0, 0, 15, ANY_BASE, 0.3f}, 0, 0, 0},
    [QT_Q5_0] = {{1, 0, -16, 15, NO_BASE, 0.3f}, 0, 0, 0},
    [QT_Q5_1] = {{1, 0, 0, 31, ANY_BASE, 0.3f}, 0, 0, 0},
    [QT_Q8_0] = {{1, 0, -127, 127, NO_BASE, 0.5f}, 0, 0, 0},
    [QT_Q2_K] = {{0, 0, 0, 3, BASE_TO_0, 0.3f}, 0, 15, 15},
    [QT_Q3_K] = {{0, 0, -4, 3, NO_BASE, 0.2f}, -32, 31, 0},
    [QT_Q4_K] = {{1, 0, 0, 15, BASE_TO_0, 0.3f}, 0, 63, 63},
    [QT_Q5_K] = {{1, 0, 0, 31, BASE_TO_0, 0.3f}, 0, 63, 63},
    [QT_Q6_K] = {{0, 0, -32, 31, NO_BASE, 0.3f}, -128, 127, 0},
    [QT_IQ4_NL] = {{1, 1, -127, 113, NO_BASE, 3.6f}, 0, 0, 0},
    [QT_IQ4_XS] = {{1, 1, -127, 113, NO_BASE, 3.6f}, -32, 31, 0},
};

/* ---- scales that are halves ------------------------------------------------------------------------------------ */

/* A fit as a reader will see it, and the halves of each group of 32. */
static void round_fit(struct fit *f, const struct shape *s, struct codes *out) {
    for (int l = 0; l < LANES / 2; l++) {
        f->scale[l] = f->scale[l + LANES / 2] = round_scale(f->scale[l], &out->d[l]);
        if (s->coding.base != NO_BASE)
            f->base[l] = f->base[l + LANES / 2] = round_scale(f->base[l], &out->m[l]);
    }
}

static void quantize_halves(const float *x, const struct shape *s, struct codes *out) {
    struct fit best, f;
    fit_search(x, &s->coding, &best);
    f = best;
    fit_improve(x, &s->coding, &f);
    round_fit(&best, s, out);
    round_fit(&f, s, out);
    fit_error(x, &s->coding, &best);
    fit_error(x, &s->coding, &f);
    fit_keep(&best, &f);
    round_fit(&best, s, out);
    fit_codes(x, &s->coding, &best, out->code);
}

/* ---- scales that are integers under two halves ----------------------------------------------------------------- */

struct nested {
    float d, dmin; /* as stored in */
    uint16_t half_d, half_dmin;
    float s[LANES], m[LANES]; /* integers */
    struct fit fit;           /* what they come to */
    float error;              /* the sum of the lanes'; twice that of paired ones */
};

static void set_halves(struct nested *t, float d, float dmin) {
    t->d = round_scale(d, &t->half_d);
    t->dmin = round_scale(dmin, &t->half_dmin);
}

static void set_fit(const struct nested *t, const float *s, const float *m, struct fit *restrict f) {
    for (int l = 0; l < LANES; l++) {
        f->scale[l] = t->d * s[l];
        f->base[l] = -(t->dmin * m[l]);
    }
}

static void set_error(const float *x, const struct shape *s, struct nested *t) {
    set_fit(t, t->s, t->m, &t->fit);
    fit_error(x, &s->coding, &t->fit);
    t->error = 0;
    for (int l = 0; l < LANES; l++)
        t->error += t->fit.error[l];
}

static inline float clamp(float x, float lo, float hi) {
    x = x > lo ? x : lo;
    return x < hi ? x : hi;
}

/* S and M: the integers next to WANT that leave the least error. All near the nearest are tried, as the codes are rounded anew for each. */
static void search_integers(const float *x, const struct shape *sh, const struct fit *want, struct nested *t) {
    float s0[LANES], m0[LANES], s[LANES], m[LANES], s_lo = (float)sh->s_lo, s_hi = (float)sh->s_hi, m_hi = (float)sh->m_hi;
    float inv = inverse(t->d), inv_min = inverse(t->dmin);
    struct fit f;
    int m_reach = sh->m_hi ? 2 : 0, s_reach = sh->m_hi ? 2 : 3;
    for (int l = 0; l < LANES; l++) {
        t->s[l] = s0[l] = (float)round_code(want->scale[l] * inv, sh->s_lo, sh->s_hi);
        t->m[l] = m0[l] = (float)round_code(-want->base[l] * inv_min, 0, sh->m_hi);
    }
    set_error(x, sh, t);
    for (int ds = -s_reach; ds <= s_reach; ds++) {
        for (int dm = -m_reach; dm <= m_reach; dm++) {
            for (int l = 0; l < LANES; l++) {
                s[l] = clamp(s0[l] + (float)ds, s_lo, s_hi);
                m[l] = clamp(m0[l] + (float)dm, 0, m_hi);
            }
            set_fit(t, s, m, &f);
            fit_error(x, &sh->coding, &f);
            for (int l = 0; l < LANES; l++) {
                int better = f.error[l] < t->fit.error[l];
                t->s[l] = better ? s[l] : t->s[l];
                t->m[l] = better ? m[l] : t->m[l];
                t->fit.error[l] = better ? f.error[l] : t->fit.error[l];
            }
        }
    }
    set_error(x, sh, t);
}

/* Least squares of d and dmin, for the integers and codes there are. */
static void improve_halves(const float *x, const struct shape *sh, struct nested *t) {
    float ss = 0, sm = 0, mm = 0, es = 0, em = 0;
    struct sums sum;
    fit_sums(x, &sh->coding, &t->fit, &sum);
    for (int l = 0; l < LANES; l++) {
        float s = t->s[l], m = -t->m[l];
        ss += s * s * sum.qq[l];
        sm += s * m * sum.q[l];
        mm += m * m * LANE_COLS;
        es += s * sum.eq[l];
        em += m * sum.e[l];
    }
    float det = ss * mm - sm * sm, d = t->d, dmin = t->dmin;
    if (det > 0) {
        d += (es * mm - em * sm) / det;
        dmin += (em * ss - es * sm) / det;
    } else if (ss > 0) {
        d += es / ss;
    }
    set_halves(t, d, dmin);
    set_error(x, sh, t);
}

static void quantize_nested(const float *x, const struct shape *sh, struct codes *out) {
    struct fit want;
    struct nested best, t;
    fit_search(x, &sh->coding, &want);
    set_halves(&best, signed_max(want.scale, LANES) / (float)(sh->s_lo ? sh->s_lo : sh->s_hi),
               sh->m_hi ? -signed_max(want.base, LANES) / (float)sh->m_hi : 0);
    search_integers(x, sh, &want, &best);
    t = best;
    improve_halves(x, sh, &t);
    if (t.error < best.error)
        best = t;
    out->d[0] = best.half_d;
    out->m[0] = best.half_dmin;
    for (int g = 0; g < LANES >> sh->coding.paired; g++) {
        out->scale[g] = (int8_t)best.s[g];
        out->min[g] = (uint8_t)best.m[g];
    }
    fit_codes(x, &sh->coding, &best.fit, out->code);
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

static void quantize_256(uint32_t type, const float *x, struct codes *out) {
    const struct shape *s = &shapes[type];
    float turned[256]; /* as search.h has them */
    for (int l = 0; l < LANES; l++) {
        for (int i = 0; i < LANE_COLS; i++)
            turned[LANES * i + l] = x[lane_start(&s->coding, l) + i];
    }
    if (s->s_hi == 0)
        quantize_halves(turned, s, out);
    else
        quantize_nested(turned, s, out);
}

void quant_quantize(uint32_t type, const float *x, void *row, size_t cols) {
    const struct qtype_info *info = qtype_info(type);
    uint16_t *half = row;
    uint8_t *block = row;
    struct codes c;
    switch (type) {
    case QT_F32:
        memcpy(row, x, cols * sizeof *x);
        return;
    case QT_F16:
        for (size_t i = 0; i < cols; i++)
            half[i] = f32_to_f16(x[i]);
        return;
    case QT_BF16:
        for (size_t i = 0; i < cols; i++)
            half[i] = f32_to_bf16(x[i]);
        return;
    }
    for (size_t i = 0; i < cols; i += 256) {
        float rest[256] = {0};
        size_t n = cols - i < 256 ? cols - i : 256;
        if (n < 256)
            memcpy(rest, x + i, n * sizeof *x);
        quantize_256(type, n < 256 ? rest : x + i, &c);
        for (size_t b = 0; b < n / info->block; b++, block += info->bytes)
            quant_pack(type, &c, (int)b, block);
    }
}
