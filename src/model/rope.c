/* Rotary positions, and the little double arithmetic they need. */
#include "model/rope.h"

#include <math.h>
#include <stdint.h>

#define LN2 0.69314718055994530942

/* ln x for x > 0: x = m 2^e with m near 1, and ln m = 2 (s + s^3/3 + s^5/5 + ...) with s = (m - 1) / (m + 1), |s| <= 0.172.
 * frexp is exact, hence the same everywhere. */
static double ln(double x) {
    int e;
    double m = frexp(x, &e); /* [0.5, 1) */
    if (m < 0.70710678118654752440) {
        m *= 2;
        e--;
    }
    double s = (m - 1) / (m + 1), s2 = s * s, sum = 0;
    for (int k = 21; k >= 1; k -= 2) /* 0.172^23 / 23 < 2^-62 */
        sum = sum * s2 + 1.0 / k;
    return 2 * s * sum + e * LN2;
}

/* e^x for |x| < 700: x = n ln 2 + r with |r| <= 0.347. */
static double exponential(double x) {
    double n = floor(x / LN2 + 0.5), r = x - n * LN2, sum = 1;
    for (int k = 16; k >= 1; k--) /* 0.347^17 / 17! < 2^-73 */
        sum = 1 + sum * r / k;
    return ldexp(sum, (int)n);
}

/* x >= 0. Quarter turns are taken off with pi/2 in two parts: the first has 33 bits, so its product with n < 2^20 is exact. */
static void sin_cos(double x, double *s, double *c) {
    static const double two_over_pi = 0.63661977236758134308;
    static const double half_pi_hi = 1.57079632673412561417, half_pi_lo = 6.07710050650619224932e-11;
    int64_t n = (int64_t)(x * two_over_pi + 0.5);
    double r = (x - (double)n * half_pi_hi) - (double)n * half_pi_lo, r2 = r * r;
    double sine = 1, cosine = 1; /* Horner over r - r^3/3! + ..., 1 - r^2/2! + ...; 0.786^19 / 19! < 2^-63 */
    for (int k = 16; k >= 2; k -= 2)
        sine = 1 - r2 / (k * (k + 1)) * sine;
    for (int k = 17; k >= 1; k -= 2)
        cosine = 1 - r2 / (k * (k + 1)) * cosine;
    sine *= r;
    *s = n & 1 ? cosine : sine;
    *c = n & 1 ? sine : cosine;
    if (n & 2)
        *s = -*s;
    if ((n + 1) & 2)
        *c = -*c;
}

void rope_init(struct rope *r, int head, double base) {
    r->half = head / 2;
    for (int i = 0; i < r->half; i++)
        r->step[i] = i == 0 ? 1 : exponential(-2.0 * i / head * ln(base));
}

void rope_turn(const struct rope *r, int pos, float *turn) {
    for (int i = 0; i < r->half; i++) {
        double s, c;
        sin_cos(pos * r->step[i], &s, &c);
        turn[i] = (float)c;
        turn[r->half + i] = (float)s;
    }
}

void rope_apply(const struct rope *r, const float *turn, const float *x, float scale, float *y) {
    const float *c = turn, *s = turn + r->half;
    for (int i = 0; i < r->half; i++) {
        float a = x[i], b = x[r->half + i];
        y[i] = (a * c[i] - b * s[i]) * scale;
        y[r->half + i] = (b * c[i] + a * s[i]) * scale;
    }
}
