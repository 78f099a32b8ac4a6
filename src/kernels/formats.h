/* The formats: how one block of LANES rows becomes codes, scales and minima, written over the primitives that lanes.h describes. For
 * each type, T_head fills a head and T_codes gives the codes of columns [32 g, 32 g + 32) of the block at p as two quads, less their
 * offset where codes are signed; g comes in order, and q keeps what several groups share. Included by lanes.h. The layouts are those of
 * quant/quant.h; a load never leaves the block it reads. */

/* Scale and minimum of every scale group of one block of a file, for LANES rows. */
struct head {
    vf scale[16], min[16];
};

/* Bytes of a block that hold the low bits of several groups of 32 columns, and the high bits of several, as quads. */
struct quads {
    vi low[16], high[8];
};

INLINE void load32(vi q[8], const uint8_t *p, size_t stride) {
    quad_load(q, p, stride);
    quad_load(q + 4, p + 16, stride);
}

INLINE void nibbles(vi w[8], const vi t[4]) {
    UNROLL
    for (int i = 0; i < 4; i++) {
        w[i] = b_and(t[i], b_set1(15));
        w[4 + i] = b_high(t[i]);
    }
}

INLINE void take_off(vi w[8], int offset) {
    UNROLL
    for (int i = 0; i < 8 && QUAD_SIGNED; i++)
        w[i] = b_sub(w[i], b_set1(offset));
}

#ifndef quad_fives
INLINE void quad_fives(vi w[8], const vi t[4], const uint8_t *p, int at, size_t stride, int offset) {
    vi h[2];
    rows_load8(h, p, stride);
    const vi qh = at == 4 ? h[1] : d_or(d_shr(h[0], 16), d_shl(h[1], 16));
    nibbles(w, t);
    quad_bits(w, qh, 0);
    quad_bits(w + 4, qh, 1);
    take_off(w, offset);
}
#endif

INLINE vi bits(vi x, int shift, int width) {
    return d_and(shift ? d_shr(x, shift) : x, d_set1((1 << width) - 1));
}

INLINE void q4_0_head(struct head *h, const uint8_t *p, size_t stride) {
    h->scale[0] = f_half(rows_load4(p, stride));
}

INLINE void q4_0_codes(vi w[8], struct quads *q, const uint8_t *p, size_t stride, int g) {
    vi t[4];
    (void)q;
    (void)g;
    quad_load(t, p + 2, stride);
    nibbles(w, t);
    take_off(w, 8);
}

INLINE void q4_1_head(struct head *h, const uint8_t *p, size_t stride) {
    const vi t = rows_load4(p, stride);
    h->scale[0] = f_half(t);
    h->min[0] = f_half(d_shr(t, 16));
}

INLINE void q4_1_codes(vi w[8], struct quads *q, const uint8_t *p, size_t stride, int g) {
    vi t[4];
    (void)q;
    (void)g;
    quad_load(t, p + 4, stride);
    nibbles(w, t);
}

/* The eight bytes with the fifth bits in them have the scale too. */
INLINE void q5_0_head(struct head *h, const uint8_t *p, size_t stride) {
    vi t[2];
    rows_load8(t, p, stride);
    h->scale[0] = f_half(t[0]);
}

INLINE void q5_0_codes(vi w[8], struct quads *q, const uint8_t *p, size_t stride, int g) {
    vi t[4];
    (void)q;
    (void)g;
    quad_load(t, p + 6, stride);
    quad_fives(w, t, p, 2, stride, 16);
}

INLINE void q5_1_head(struct head *h, const uint8_t *p, size_t stride) {
    vi t[2];
    rows_load8(t, p, stride);
    h->scale[0] = f_half(t[0]);
    h->min[0] = f_half(d_shr(t[0], 16));
}

INLINE void q5_1_codes(vi w[8], struct quads *q, const uint8_t *p, size_t stride, int g) {
    vi t[4];
    (void)q;
    (void)g;
    quad_load(t, p + 8, stride);
    quad_fives(w, t, p, 4, stride, 0);
}

#define q8_0_head q4_0_head

INLINE void q8_0_codes(vi w[8], struct quads *q, const uint8_t *p, size_t stride, int g) {
    (void)q;
    (void)g;
    quad_load(w, p + 2, stride); /* load32 would have compilers work out each row's address twice */
    quad_load(w + 4, p + 18, stride);
    UNROLL
    for (int i = 0; i < 8; i++)
        w[i] = quad_wide(w[i]);
}

#define iq4_nl_head q4_0_head

INLINE void iq4_lookup(vi w[8]) {
    UNROLL
    for (int i = 0; i < 8; i++)
        w[i] = quad_wide(b_lut(iq4_values, w[i]));
}

INLINE void iq4_nl_codes(vi w[8], struct quads *q, const uint8_t *p, size_t stride, int g) {
    vi t[4];
    (void)q;
    (void)g;
    quad_load(t, p + 2, stride);
    nibbles(w, t);
    iq4_lookup(w);
}

INLINE void iq4_xs_head(struct head *h, const uint8_t *p, size_t stride) {
    vi t[4];
    rows_load16(t, p, stride); /* d | scales_h << 16, scales_l */
    vf d = f_half(t[0]);
    UNROLL
    for (int g = 0; g < 8; g++) {
        vi s = d_or(bits(t[1], 4 * g, 4), d_shl(bits(t[0], 16 + 2 * g, 2), 4));
        h->scale[g] = f_mul(d, d_float(d_sub(s, d_set1(32))));
    }
}

INLINE void iq4_xs_codes(vi w[8], struct quads *q, const uint8_t *p, size_t stride, int g) {
    vi t[4];
    (void)q;
    quad_load(t, p + 8 + 16 * g, stride);
    nibbles(w, t);
    iq4_lookup(w);
}

INLINE void q4_k_head(struct head *h, const uint8_t *p, size_t stride) {
    vi t[4];
    rows_load16(t, p, stride); /* d | dmin << 16, then 12 bytes of 6-bit values */
    vf d = f_half(t[0]), dmin = f_neg(f_half(d_shr(t[0], 16)));
    UNROLL
    for (int g = 0; g < 8; g++) {
        int at = 8 * (g % 4);
        vi s = g < 4 ? bits(t[1], at, 6) : d_or(bits(t[3], at, 4), d_shl(bits(t[1], at + 6, 2), 4));
        vi m = g < 4 ? bits(t[2], at, 6) : d_or(bits(t[3], at + 4, 4), d_shl(bits(t[2], at + 6, 2), 4));
        h->scale[g] = f_mul(d, d_float(s));
        h->min[g] = f_mul(dmin, d_float(m));
    }
}

/* One of the two groups whose nibbles are in 32 bytes. */
INLINE void half_nibbles(vi w[8], const vi t[8], int high) {
    UNROLL
    for (int i = 0; i < 8; i++)
        w[i] = high ? b_high(t[i]) : b_and(t[i], b_set1(15));
}

INLINE void q4_k_codes(vi w[8], struct quads *q, const uint8_t *p, size_t stride, int g) {
    if (g % 2 == 0)
        load32(q->low, p + 16 + 32 * (g / 2), stride);
    half_nibbles(w, q->low, g % 2);
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

INLINE void q5_k_codes(vi w[8], struct quads *q, const uint8_t *p, size_t stride, int g) {
    if (g == 0)
        load32(q->high, p + 16, stride);
    q4_k_codes(w, q, p + 32, stride, g);
    or_bits(w, q->high, g, 1, 4);
}

INLINE void q2_k_head(struct head *h, const uint8_t *p, size_t stride) {
    vi s[4], t[4];
    rows_load16(s, p, stride);
    rows_load16(t, p + 68, stride); /* ends with d | dmin << 16 */
    vf d = f_half(t[3]), dmin = f_neg(f_half(d_shr(t[3], 16)));
    UNROLL
    for (int g = 0; g < 16; g++) {
        h->scale[g] = f_mul(d, d_float(bits(s[g / 4], 8 * (g % 4), 4)));
        h->min[g] = f_mul(dmin, d_float(bits(s[g / 4], 8 * (g % 4) + 4, 4)));
    }
}

INLINE void zero8(vi w[8]) {
    UNROLL
    for (int i = 0; i < 8; i++)
        w[i] = b_set1(0);
}

INLINE void q2_k_codes(vi w[8], struct quads *q, const uint8_t *p, size_t stride, int g) {
    if (g % 4 == 0)
        load32(q->low, p + 16 + 32 * (g / 4), stride);
    zero8(w);
    or_bits(w, q->low, 2 * (g % 4), 2, 0);
}

INLINE void q3_k_head(struct head *h, const uint8_t *p, size_t stride) {
    vi t[4], s[3];
    rows_load16(t, p + 94, stride); /* two bytes of qs, 12 of scales, d */
    UNROLL
    for (int i = 0; i < 3; i++)
        s[i] = d_or(d_shr(t[i], 16), d_shl(t[i + 1], 16));
    vf d = f_half(d_shr(t[3], 16));
    UNROLL
    for (int g = 0; g < 16; g++) {
        vi low = bits(s[g / 4 % 2], 8 * (g % 4) + 4 * (g / 8), 4);
        vi high = bits(s[2], 8 * (g % 4) + 2 * (g / 4), 2);
        h->scale[g] = f_mul(d, d_float(d_sub(d_or(low, d_shl(high, 4)), d_set1(32))));
    }
}

INLINE void q3_k_codes(vi w[8], struct quads *q, const uint8_t *p, size_t stride, int g) {
    if (g == 0)
        load32(q->high, p, stride);
    q2_k_codes(w, q, p + 16, stride, g);
    or_bits(w, q->high, g, 1, 2);
    take_off(w, 4);
}

INLINE void q6_k_head(struct head *h, const uint8_t *p, size_t stride) {
    vi s[4], t[4];
    rows_load16(s, p + 192, stride);
    rows_load16(t, p + 194, stride); /* ends with d */
    vf d = f_half(d_shr(t[3], 16));
    UNROLL
    for (int g = 0; g < 16; g++) /* int8: up to the top, and down again with its sign */
        h->scale[g] = f_mul(d, d_float(d_sar(d_shl(s[g / 4], 24 - 8 * (g % 4)), 24)));
}

INLINE void q6_k_codes(vi w[8], struct quads *q, const uint8_t *p, size_t stride, int g) {
    if (g % 4 == 0) {
        load32(q->low, p + 64 * (g / 4), stride);
        load32(q->low + 8, p + 64 * (g / 4) + 32, stride);
        load32(q->high, p + 128 + 32 * (g / 4), stride);
    }
    half_nibbles(w, q->low + 8 * (g % 2), g % 4 / 2);
    or_bits(w, q->high, 2 * (g % 4), 2, 4);
    take_off(w, 32);
}

/* type, columns and bytes of a block, scale groups in 32 columns, minimum or not, bound of the codes (31, 63 or WIDE), their offset */
#define LANES_TYPES(X)                                          \
    X(Q4_0, q4_0, 32, 18, 1, 0, 31, 8)                          \
    X(Q4_1, q4_1, 32, 20, 1, 1, 31, 0)                          \
    X(Q5_0, q5_0, 32, 22, 1, 0, 31, 16)                         \
    X(Q5_1, q5_1, 32, 24, 1, 1, 31, 0)                          \
    X(Q8_0, q8_0, 32, 34, 1, 0, WIDE, WIDE_BIAS)                \
    X(Q2_K, q2_k, 256, 84, 2, 1, 31, 0)                          \
    X(Q3_K, q3_k, 256, 110, 2, 0, 31, 4)                         \
    X(Q4_K, q4_k, 256, 144, 1, 1, 31, 0)                        \
    X(Q5_K, q5_k, 256, 176, 1, 1, 31, 0)                        \
    X(Q6_K, q6_k, 256, 210, 2, 0, 63, 32)                       \
    X(IQ4_NL, iq4_nl, 32, 18, 1, 0, WIDE, WIDE_BIAS)            \
    X(IQ4_XS, iq4_xs, 256, 136, 1, 0, WIDE, WIDE_BIAS)
