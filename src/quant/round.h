/* Scales as they are stored. No libm and one operation at a time, so that every machine gives the same bytes. */
#ifndef QUANT_ROUND_H
#define QUANT_ROUND_H

#include "quant/quant.h"

/* X to the nearest integer in [lo, hi]; halves go away from zero. Compared before it is converted: a quotient may be huge, infinite
 * or NaN, and those have no int. */
static inline int round_code(float x, int lo, int hi) {
    if (!(x > (float)lo))
        return lo;
    if (x >= (float)hi)
        return hi;
    return (int)(x < 0 ? x - 0.5f : x + 0.5f);
}

/* Stores D as a half, kept finite and without a minus zero, and returns what was stored: codes are chosen for the scale a reader will see. */
static inline float round_scale(float d, uint16_t *out) {
    if (!(d < 65504))
        d = 65504;
    if (d < -65504)
        d = -65504;
    *out = f32_to_f16(d);
    if (*out == 0x8000)
        *out = 0;
    return f16_to_f32(*out);
}

/* 1 / d, or 0 for 0, which makes every code 0. */
static inline float inverse(float d) {
    return d != 0 ? 1 / d : 0;
}

/* The element of largest magnitude, sign and all; the first of equals. */
static inline float signed_max(const float *x, int n) {
    float best = 0, mag = 0;
    for (int i = 0; i < n; i++) {
        float a = x[i] < 0 ? -x[i] : x[i];
        if (a > mag) {
            mag = a;
            best = x[i];
        }
    }
    return best;
}

#endif
