/* 256 floats to one block of a K type: a scale (and minimum) for each group by a short search, the groups' scales to integers under one
 * half, then the codes for the scales as they will be read. In: finite floats. Out: a block.
 */
#include <string.h>
#include "quant/round.h"

/* The search tries N_TRIALS ranges around the obvious one, TRIAL_STEP code units apart, and fits the scale to the codes by least squares.
 * Clipping the largest value a little, or leaving the last code unused, often lets all the others lie closer. */
#define N_TRIALS 9
#define TRIAL_STEP 0.25f

/* What a block holds before its bits are packed. Codes and scales are as stored, offsets added. */
struct groups {
    uint8_t code[256];
    int scale[16], min[16]; /* [256 / group] */
    uint16_t d, dmin;
};

/* ---- groups without a minimum: x = scale * q ------------------------------------------------------------------- */

/* The code in [LO, -LO - 1] of each column, where LO < 0, or the nearest of the iq4 values, where LO is 0. */
static int code_of(float x, int lo) {
    return lo ? round_code(x, lo, -lo - 1) : iq4_values[iq4_nearest(x)];
}

/* The scale that brings scale * code_of(x / scale) closest to x. The largest magnitude, MAX, is tried at END + step * (-4 ... 4). */
static float best_scale(const float *x, int n, int lo, float end, float step) {
    float max = signed_max(x, n), best = max / end, gain = 0;
    if (max == 0)
        return 0;
    for (int t = 0; t < N_TRIALS; t++) {
        float inv = (end + step * (float)(t - N_TRIALS / 2)) / max, xq = 0, qq = 0;
        for (int i = 0; i < n; i++) {
            float q = (float)code_of(x[i] * inv, lo);
            xq += x[i] * q;
            qq += q * q;
        }
        /* With the best scale, xq / qq, the squared error is sum x^2 - xq^2 / qq. */
        if (qq > 0 && xq * xq > gain * qq) {
            gain = xq * xq / qq;
            best = xq / qq;
        }
    }
    return best;
}

/* GROUP columns share a scale d * s, s in [SUB_LO, -SUB_LO - 1]. Writes s as it is, codes less LO. */
static void fit_scales(const float *x, int group, int lo, int sub_lo, struct groups *out) {
    float scale[16];
    int n = 256 / group;
    for (int g = 0; g < n; g++)
        scale[g] = lo ? best_scale(x + g * group, group, lo, (float)lo, TRIAL_STEP) : iq4_best_scale(x + g * group, group);
    float d = round_scale(signed_max(scale, n) / (float)sub_lo, &out->d), inv = inverse(d);
    for (int g = 0; g < n; g++) {
        out->scale[g] = round_code(scale[g] * inv, sub_lo, -sub_lo - 1);
        float inv_group = inverse(d * (float)out->scale[g]);
        for (int i = g * group; i < (g + 1) * group; i++)
            out->code[i] = (uint8_t)(lo ? round_code(x[i] * inv_group, lo, -lo - 1) - lo : iq4_nearest(x[i] * inv_group));
    }
}

int iq4_nearest(float x) {
    int q = 0;
    for (int step = 8; step; step /= 2) { /* past value k where x lies above the middle of values k - 1 and k */
        if (2 * x > (float)(iq4_values[q + step - 1] + iq4_values[q + step]))
            q += step;
    }
    return q;
}

float iq4_best_scale(const float *x, int n) {
    return best_scale(x, n, 0, -127, 4);
}

/* ---- groups with a minimum: x = scale * q - min ---------------------------------------------------------------- */

/* Least squares of x = scale * q - min, min >= 0, for given codes. Returns the squared error. */
static float fit_line(const float *x, const float *q, int n, float *scale, float *min) {
    float sq = 0, sqq = 0, sx = 0, sxq = 0, error = 0;
    for (int i = 0; i < n; i++) {
        sq += q[i];
        sqq += q[i] * q[i];
        sx += x[i];
        sxq += x[i] * q[i];
    }
    float det = (float)n * sqq - sq * sq;
    *scale = det > 0 ? ((float)n * sxq - sq * sx) / det : 0;
    *min = (*scale * sq - sx) / (float)n;
    if (*min < 0) {
        *min = 0;
        *scale = sqq > 0 ? sxq / sqq : 0;
    }
    for (int i = 0; i < n; i++) {
        float e = *scale * q[i] - *min - x[i];
        error += e * e;
    }
    return error;
}

/* SCALE and MIN, neither negative, that bring scale * q - min closest to x for codes q in [0, TOP]. */
static void best_scale_min(const float *x, int n, int top, float *scale, float *min) {
    float lo = 0, hi = x[0], best = -1, q[32];
    for (int i = 0; i < n; i++) {
        if (x[i] < lo)
            lo = x[i];
        if (x[i] > hi)
            hi = x[i];
    }
    *min = -lo;
    *scale = 0;
    if (hi <= lo)
        return;
    *scale = (hi - lo) / (float)top;
    for (int t = 0; t < N_TRIALS; t++) {
        float inv = ((float)top + TRIAL_STEP * (float)(t - N_TRIALS / 2)) / (hi - lo), s, m;
        for (int i = 0; i < n; i++)
            q[i] = (float)round_code((x[i] - lo) * inv, 0, top);
        float error = fit_line(x, q, n, &s, &m);
        if (s > 0 && (best < 0 || error < best)) {
            best = error;
            *scale = s;
            *min = m;
        }
    }
}

/* GROUP columns share a scale d * s and a minimum dmin * m, s and m in [0, SUB_TOP]. */
static void fit_scales_mins(const float *x, int group, int top, int sub_top, struct groups *out) {
    float scale[16], min[16];
    int n = 256 / group;
    for (int g = 0; g < n; g++)
        best_scale_min(x + g * group, group, top, &scale[g], &min[g]);
    float d = round_scale(signed_max(scale, n) / (float)sub_top, &out->d), inv = inverse(d);
    float dmin = round_scale(signed_max(min, n) / (float)sub_top, &out->dmin), inv_min = inverse(dmin);
    for (int g = 0; g < n; g++) {
        out->scale[g] = round_code(scale[g] * inv, 0, sub_top);
        out->min[g] = round_code(min[g] * inv_min, 0, sub_top);
        float inv_group = inverse(d * (float)out->scale[g]), m = dmin * (float)out->min[g];
        for (int i = g * group; i < (g + 1) * group; i++)
            out->code[i] = (uint8_t)round_code((x[i] + m) * inv_group, 0, top);
    }
}

/* ---- packing, the inverse of unpack_* in quant.c ----------------------------------------------------------------- */

/* Bits 2j and 2j + 1 of byte 32h + l are bits SHIFT and SHIFT + 1 of the code of column 128h + 32j + l. */
static void put_pairs(uint8_t *qs, const uint8_t *code, int shift) {
    for (int i = 0; i < 64; i++) {
        const uint8_t *c = code + 128 * (i / 32) + i % 32;
        qs[i] = (uint8_t)((c[0] >> shift & 3) | (c[32] >> shift & 3) << 2 | (c[64] >> shift & 3) << 4 | (c[96] >> shift & 3) << 6);
    }
}

static void put_scale_min_6(uint8_t *s, const int *scale, const int *min) {
    for (int g = 0; g < 4; g++) {
        s[g] = (uint8_t)(scale[g] | scale[g + 4] >> 4 << 6);
        s[g + 4] = (uint8_t)(min[g] | min[g + 4] >> 4 << 6);
        s[g + 8] = (uint8_t)((scale[g + 4] & 15) | (min[g + 4] & 15) << 4);
    }
}

/* Low four bits of the codes: pairs of groups of 32 side by side. */
static void put_k_nibbles(uint8_t *qs, const uint8_t *code) {
    for (int i = 0; i < 128; i++) {
        const uint8_t *c = code + 64 * (i / 32) + i % 32;
        qs[i] = (uint8_t)((c[0] & 15) | (c[32] & 15) << 4);
    }
}

static void quantize_q2_k(const float *x, struct block_q2_k *b) {
    struct groups f;
    fit_scales_mins(x, 16, 3, 15, &f);
    b->d = f.d;
    b->dmin = f.dmin;
    for (int g = 0; g < 16; g++)
        b->scales[g] = (uint8_t)(f.scale[g] | f.min[g] << 4);
    put_pairs(b->qs, f.code, 0);
}

static void quantize_q3_k(const float *x, struct block_q3_k *b) {
    struct groups f;
    fit_scales(x, 16, -4, -32, &f);
    b->d = f.d;
    memset(b->scales, 0, sizeof b->scales);
    for (int g = 0; g < 16; g++) {
        int s = f.scale[g] + 32;
        b->scales[g % 8] = (uint8_t)(b->scales[g % 8] | (s & 15) << 4 * (g / 8));
        b->scales[8 + g % 4] = (uint8_t)(b->scales[8 + g % 4] | s >> 4 << 2 * (g / 4));
    }
    put_pairs(b->qs, f.code, 0);
    memset(b->hmask, 0, sizeof b->hmask);
    for (int i = 0; i < 256; i++)
        b->hmask[i % 32] = (uint8_t)(b->hmask[i % 32] | f.code[i] >> 2 << i / 32);
}

static void quantize_q4_k(const float *x, struct block_q4_k *b) {
    struct groups f;
    fit_scales_mins(x, 32, 15, 63, &f);
    b->d = f.d;
    b->dmin = f.dmin;
    put_scale_min_6(b->scales, f.scale, f.min);
    put_k_nibbles(b->qs, f.code);
}

static void quantize_q5_k(const float *x, struct block_q5_k *b) {
    struct groups f;
    fit_scales_mins(x, 32, 31, 63, &f);
    b->d = f.d;
    b->dmin = f.dmin;
    put_scale_min_6(b->scales, f.scale, f.min);
    put_k_nibbles(b->qs, f.code);
    memset(b->qh, 0, sizeof b->qh);
    for (int i = 0; i < 256; i++)
        b->qh[i % 32] = (uint8_t)(b->qh[i % 32] | f.code[i] >> 4 << i / 32);
}

static void quantize_q6_k(const float *x, struct block_q6_k *b) {
    struct groups f;
    fit_scales(x, 16, -32, -128, &f);
    b->d = f.d;
    for (int g = 0; g < 16; g++)
        b->scales[g] = (int8_t)f.scale[g];
    for (int i = 0; i < 128; i++) {
        const uint8_t *c = f.code + 128 * (i / 64) + i % 64;
        b->ql[i] = (uint8_t)((c[0] & 15) | (c[64] & 15) << 4);
    }
    put_pairs(b->qh, f.code, 4);
}

static void quantize_iq4_xs(const float *x, struct block_iq4_xs *b) {
    struct groups f;
    fit_scales(x, 32, 0, -32, &f);
    b->d = f.d;
    b->scales_h = 0;
    memset(b->scales_l, 0, sizeof b->scales_l);
    for (int g = 0; g < 8; g++) {
        int s = f.scale[g] + 32;
        b->scales_l[g / 2] = (uint8_t)(b->scales_l[g / 2] | (s & 15) << 4 * (g % 2));
        b->scales_h = (uint16_t)(b->scales_h | s >> 4 << 2 * g);
    }
    for (int i = 0; i < 128; i++) {
        const uint8_t *c = f.code + 32 * (i / 16) + i % 16;
        b->qs[i] = (uint8_t)(c[0] | c[16] << 4);
    }
}

void quantize_k(uint32_t type, const float *x, void *block) {
    switch (type) {
    case QT_Q2_K: quantize_q2_k(x, block); break;
    case QT_Q3_K: quantize_q3_k(x, block); break;
    case QT_Q4_K: quantize_q4_k(x, block); break;
    case QT_Q5_K: quantize_q5_k(x, block); break;
    case QT_Q6_K: quantize_q6_k(x, block); break;
    case QT_IQ4_XS: quantize_iq4_xs(x, block); break;
    }
}
