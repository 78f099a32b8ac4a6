/* The formats: how one block of LANES rows becomes codes, scales and minima, written over the primitives that lanes.h describes. For
 * each type, T_head takes what a block's scales are made of, T_scales makes those of columns [32 g, 32 g + 32), and minima where there are
 * any, and T_codes gives these columns' codes as two quads; g comes in order, and q keeps what several groups share. Included by lanes.h.
 * The layouts are those of quant/quant.h; a load never leaves the block it reads. */

/* What LANES rows have ahead of the codes of one block. Scales are made of it one by one, as registers hold no 16 of them. */
struct head {
    vf d, dmin;
    vi s[4], m[2];
};

/* Bytes of a block that hold the low bits of several groups of 32 columns, and the high bits of several, as quads. */
struct quads {
    vi low[16], high[8];
};

#ifndef load32
INLINE void load32(vi q[8], struct rows p, int at) {
    quad_load(q, p, at);
    quad_load(q + 4, p, at + 16);
}
#endif

INLINE void nibbles(vi w[8], const vi t[4]) {
    UNROLL
    for (int i = 0; i < 4; i++) {
        w[i] = b_and(t[i], b_set1(15));
        w[4 + i] = b_high(t[i]);
    }
}

#ifndef quad_fives
#define FIVES_BIAS 16
INLINE void quad_fives(vi w[8], const vi t[4], struct rows p, int at) {
    vi h[2];
    rows_load8(h, p);
    const vi qh = at == 4 ? h[1] : d_or(d_shr(h[0], 16), d_shl(h[1], 16));
    nibbles(w, t);
    quad_bits(w, qh, 0);
    quad_bits(w + 4, qh, 1);
}
#endif

INLINE vi bits(vi x, int shift, int width) {
    return d_and(shift ? d_shr(x, shift) : x, d_set1((1 << width) - 1));
}

/* Byte I of each dword. */
INLINE vi byte(vi x, int i) {
    return i == 3 ? d_shr(x, 24) : bits(x, 8 * i, 8);
}

/* ---- blocks of 32 columns: one scale, or a scale and a minimum ---------------------------------------------------------------------- */

INLINE void d_scales(vf scale[2], vf min[2], const struct head *h, int g) {
    (void)min;
    (void)g;
    scale[0] = h->d;
}

INLINE void dm_scales(vf scale[2], vf min[2], const struct head *h, int g) {
    (void)g;
    scale[0] = h->d;
    min[0] = h->dmin;
}

INLINE void dm_head(struct head *h, vi t) {
    h->d = f_half(t);
    h->dmin = f_half(d_shr(t, 16));
}

#define q4_0_scales d_scales
INLINE void q4_0_head(struct head *h, struct rows p) {
    h->d = rows_half(p);
}

INLINE void q4_0_codes(vi w[8], struct quads *q, struct rows p, int g) {
    vi t[4];
    (void)q;
    (void)g;
    quad_load(t, p, 2);
    nibbles(w, t);
}

#define q4_1_scales dm_scales
INLINE void q4_1_head(struct head *h, struct rows p) {
    dm_head(h, rows_load4(p));
}

INLINE void q4_1_codes(vi w[8], struct quads *q, struct rows p, int g) {
    vi t[4];
    (void)q;
    (void)g;
    quad_load(t, p, 4);
    nibbles(w, t);
}

/* The eight bytes with the fifth bits in them have the scale too. */
#define q5_0_scales d_scales
INLINE void q5_0_head(struct head *h, struct rows p) {
    vi t[2];
    rows_load8(t, p);
    h->d = f_half(t[0]);
}

INLINE void q5_0_codes(vi w[8], struct quads *q, struct rows p, int g) {
    vi t[4];
    (void)q;
    (void)g;
    quad_load(t, p, 6);
    quad_fives(w, t, p, 2);
}

#define q5_1_scales dm_scales
INLINE void q5_1_head(struct head *h, struct rows p) {
    vi t[2];
    rows_load8(t, p);
    dm_head(h, t[0]);
}

INLINE void q5_1_codes(vi w[8], struct quads *q, struct rows p, int g) {
    vi t[4];
    (void)q;
    (void)g;
    quad_load(t, p, 8);
    quad_fives(w, t, p, 4);
}

#define q8_0_scales d_scales
#define q8_0_head q4_0_head

INLINE void q8_0_codes(vi w[8], struct quads *q, struct rows p, int g) {
    (void)q;
    (void)g;
    load32(w, p, 2);
    UNROLL
    for (int i = 0; i < 8; i++)
        w[i] = quad_wide(w[i]);
}

#define iq4_nl_scales d_scales
#define iq4_nl_head q4_0_head

INLINE void iq4_lookup(vi w[8]) {
    UNROLL
    for (int i = 0; i < 8; i++)
        w[i] = quad_wide(b_lut(iq4_values, w[i]));
}

INLINE void iq4_nl_codes(vi w[8], struct quads *q, struct rows p, int g) {
    vi t[4];
    (void)q;
    (void)g;
    quad_load(t, p, 2);
    nibbles(w, t);
    iq4_lookup(w);
}

/* ---- blocks of 256 ------------------------------------------------------------------------------------------------------------------ */

INLINE void iq4_xs_head(struct head *h, struct rows p) {
    vi t[4];
    rows_load16(t, p, 0); /* d | scales_h << 16, scales_l */
    h->d = f_half(t[0]);
    h->s[0] = t[0];
    h->s[1] = t[1];
}

INLINE void iq4_xs_scales(vf scale[2], vf min[2], const struct head *h, int g) {
    const vi s = d_or(bits(h->s[1], 4 * g, 4), d_shl(bits(h->s[0], 16 + 2 * g, 2), 4));
    (void)min;
    scale[0] = f_mul(h->d, d_float(d_sub(s, d_set1(32))));
}

INLINE void iq4_xs_codes(vi w[8], struct quads *q, struct rows p, int g) {
    vi t[4];
    (void)q;
    quad_load(t, p, 8 + 16 * g);
    nibbles(w, t);
    iq4_lookup(w);
}

INLINE void q4_k_head(struct head *h, struct rows p) {
    vi t[4];
    rows_load16(t, p, 0); /* d | dmin << 16, then 12 bytes of 6-bit values */
    h->d = f_half(t[0]);
    h->dmin = f_neg(f_half(d_shr(t[0], 16)));
    h->s[0] = b_and(t[1], b_set1(63)); /* a byte a group */
    h->m[0] = b_and(t[2], b_set1(63));
    h->s[1] = b_or(b_and(t[3], b_set1(15)), b_and(b_shr(t[1], 2), b_set1(48)));
    h->m[1] = b_or(b_high(t[3]), b_and(b_shr(t[2], 2), b_set1(48)));
}

INLINE void q4_k_scales(vf scale[2], vf min[2], const struct head *h, int g) {
    scale[0] = f_mul(h->d, d_float(byte(h->s[g / 4], g % 4)));
    min[0] = f_mul(h->dmin, d_float(byte(h->m[g / 4], g % 4)));
}

/* One of the two groups whose nibbles are in 32 bytes. */
INLINE void half_nibbles(vi w[8], const vi t[8], int high) {
    UNROLL
    for (int i = 0; i < 8; i++)
        w[i] = high ? b_high(t[i]) : b_and(t[i], b_set1(15));
}

/* The block's nibbles begin AT bytes behind p. */
INLINE void k_nibbles(vi w[8], struct quads *q, struct rows p, int at, int g) {
    if (g % 2 == 0)
        load32(q->low, p, at + 32 * (g / 2));
    half_nibbles(w, q->low, g % 2);
}

INLINE void q4_k_codes(vi w[8], struct quads *q, struct rows p, int g) {
    k_nibbles(w, q, p, 16, g);
}

/* w |= field << up, where field is WIDTH bits at SHIFT of each of 32 bytes. */
INLINE void or_bits(vi w[8], const vi t[8], int shift, int width, int up) {
    vi mask = b_set1(((1 << width) - 1) << up);
    UNROLL
    for (int i = 0; i < 8; i++) {
        vi x = shift > up ? b_shr(t[i], shift - up) : shift < up ? d_shl(t[i], up - shift) : t[i];
        w[i] = b_insert(w[i], x, mask);
    }
}

#define q5_k_head q4_k_head
#define q5_k_scales q4_k_scales

INLINE void q5_k_codes(vi w[8], struct quads *q, struct rows p, int g) {
    if (g == 0)
        load32(q->high, p, 16);
    k_nibbles(w, q, p, 48, g);
    or_bits(w, q->high, g, 1, 4);
}

INLINE void q2_k_head(struct head *h, struct rows p) {
    vi t[4];
    rows_load16(h->s, p, 0);
    rows_load16(t, p, 68); /* ends with d | dmin << 16 */
    h->d = f_half(t[3]);
    h->dmin = f_neg(f_half(d_shr(t[3], 16)));
}

INLINE void q2_k_scales(vf scale[2], vf min[2], const struct head *h, int g) {
    UNROLL
    for (int i = 0; i < 2; i++) { /* byte 2 g + i: a nibble each */
        const int at = 16 * (g % 2) + 8 * i;
        scale[i] = f_mul(h->d, d_float(bits(h->s[g / 2], at, 4)));
        min[i] = f_mul(h->dmin, d_float(bits(h->s[g / 2], at + 4, 4)));
    }
}

INLINE void zero8(vi w[8]) {
    UNROLL
    for (int i = 0; i < 8; i++)
        w[i] = b_set1(0);
}

/* The block's pairs of bits begin AT bytes behind p. */
INLINE void k_pairs(vi w[8], struct quads *q, struct rows p, int at, int g) {
    if (g % 4 == 0)
        load32(q->low, p, at + 32 * (g / 4));
    zero8(w);
    or_bits(w, q->low, 2 * (g % 4), 2, 0);
}

INLINE void q2_k_codes(vi w[8], struct quads *q, struct rows p, int g) {
    k_pairs(w, q, p, 16, g);
}

INLINE void q3_k_head(struct head *h, struct rows p) {
    vi t[4];
    rows_load16(t, p, 94); /* two bytes of qs, 12 of scales, d */
    UNROLL
    for (int i = 0; i < 3; i++)
        h->s[i] = d_or(d_shr(t[i], 16), d_shl(t[i + 1], 16));
    h->d = f_half(d_shr(t[3], 16));
}

INLINE void q3_k_scales(vf scale[2], vf min[2], const struct head *h, int g) {
    (void)min;
    UNROLL
    for (int i = 0; i < 2; i++) {
        const int n = 2 * g + i;
        const vi low = bits(h->s[n / 4 % 2], 8 * (n % 4) + 4 * (n / 8), 4), high = bits(h->s[2], 8 * (n % 4) + 2 * (n / 4), 2);
        scale[i] = f_mul(h->d, d_float(d_sub(d_or(low, d_shl(high, 4)), d_set1(32))));
    }
}

INLINE void q3_k_codes(vi w[8], struct quads *q, struct rows p, int g) {
    if (g == 0)
        load32(q->high, p, 0);
    k_pairs(w, q, p, 32, g);
    or_bits(w, q->high, g, 1, 2);
}

INLINE void q6_k_head(struct head *h, struct rows p) {
    vi t[4];
    rows_load16(h->s, p, 192);
    rows_load16(t, p, 194); /* ends with d */
    h->d = f_half(d_shr(t[3], 16));
}

INLINE void q6_k_scales(vf scale[2], vf min[2], const struct head *h, int g) {
    (void)min;
    UNROLL
    for (int i = 0; i < 2; i++) /* int8: up to the top, and down again with its sign */
        scale[i] = f_mul(h->d, d_float(d_sar(d_shl(h->s[g / 2], 24 - 16 * (g % 2) - 8 * i), 24)));
}

#ifndef quad_sixes
#define SIXES_BIAS 32
#define sixes_high(x) (x)
INLINE void quad_sixes(vi w[8], const vi low[8], const vi high[8], int g) {
    half_nibbles(w, low, g / 2);
    or_bits(w, high, 2 * g, 2, 4);
}
#endif

INLINE void q6_k_codes(vi w[8], struct quads *q, struct rows p, int g) {
    if (g % 4 == 0) {
        load32(q->high, p, 128 + 32 * (g / 4));
        UNROLL
        for (int i = 0; i < 8; i++)
            q->high[i] = sixes_high(q->high[i]);
    }
    if (g % 4 < 2 || QUAD_AGAIN)
        load32(q->low + 8 * (g % 2), p, 64 * (g / 4) + 32 * (g % 2));
    quad_sixes(w, q->low + 8 * (g % 2), q->high, g % 4);
}

/* type, columns and bytes of a block, scale groups in 32 columns, minimum or not, bound of the codes (15, 31, 63 or WIDE), their offset
 * as T_codes leaves them */
#define LANES_TYPES(X)                                          \
    X(Q4_0, q4_0, 32, 18, 1, 0, 15, 8)                          \
    X(Q4_1, q4_1, 32, 20, 1, 1, 15, 0)                          \
    X(Q5_0, q5_0, 32, 22, 1, 0, 31, FIVES_BIAS)                 \
    X(Q5_1, q5_1, 32, 24, 1, 1, 31, FIVES_BIAS - 16)            \
    X(Q8_0, q8_0, 32, 34, 1, 0, WIDE, WIDE_BIAS)                \
    X(Q2_K, q2_k, 256, 84, 2, 1, 15, 0)                         \
    X(Q3_K, q3_k, 256, 110, 2, 0, 15, 4)                        \
    X(Q4_K, q4_k, 256, 144, 1, 1, 15, 0)                        \
    X(Q5_K, q5_k, 256, 176, 1, 1, 31, 0)                        \
    X(Q6_K, q6_k, 256, 210, 2, 0, 63, SIXES_BIAS)               \
    X(IQ4_NL, iq4_nl, 32, 18, 1, 0, WIDE, WIDE_BIAS)            \
    X(IQ4_XS, iq4_xs, 256, 136, 1, 0, WIDE, WIDE_BIAS)
