/* The formats: how one block of LANES rows becomes codes, scales and minima, written over the primitives that lanes.h describes. For
 * each type, T_head takes what a block's scales are made of, T_scales makes those of columns [32 g, 32 g + 32), and minima where there are
 * any, and T_codes gives these columns' codes as two quads; g comes in order. Of 256 columns one half is taken and then the other, by the
 * same code: g counts from where it begins. Included by lanes.h. The layouts are those of quant/quant.h; a load never leaves the block it
 * reads. */

/* What LANES rows keep of one block: what scales are made of, one by one, as registers hold no 16 of them; and as quads the bytes that hold
 * the low bits of several groups of 32 columns, and the high bits of several. */
struct kept {
    int part; /* the half that is taken */
    int loop; /* part is not a constant */
    vf d, dmin;
    vi s[2][2]; /* of each half */
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

INLINE void d_scales(vf scale[2], vf min[2], const struct kept *b, int g) {
    (void)min;
    (void)g;
    scale[0] = b->d;
}

INLINE void dm_scales(vf scale[2], vf min[2], const struct kept *b, int g) {
    (void)g;
    scale[0] = b->d;
    min[0] = b->dmin;
}

INLINE void dm_head(struct kept *b, vi t) {
    b->d = f_half(t);
    b->dmin = f_half(d_shr(t, 16));
}

#define q4_0_scales d_scales
INLINE void q4_0_head(struct kept *b, struct rows p) {
    b->d = rows_half(p);
}

INLINE void q4_0_codes(vi w[8], struct kept *b, struct rows p, int g) {
    vi t[4];
    (void)b;
    (void)g;
    quad_load(t, p, 2);
    nibbles(w, t);
}

#define q4_1_scales dm_scales
INLINE void q4_1_head(struct kept *b, struct rows p) {
    dm_head(b, rows_load4(p));
}

INLINE void q4_1_codes(vi w[8], struct kept *b, struct rows p, int g) {
    vi t[4];
    (void)b;
    (void)g;
    quad_load(t, p, 4);
    nibbles(w, t);
}

/* The eight bytes with the fifth bits in them have the scale too. */
#define q5_0_scales d_scales
INLINE void q5_0_head(struct kept *b, struct rows p) {
    vi t[2];
    rows_load8(t, p);
    b->d = f_half(t[0]);
}

INLINE void q5_0_codes(vi w[8], struct kept *b, struct rows p, int g) {
    vi t[4];
    (void)b;
    (void)g;
    quad_load(t, p, 6);
    quad_fives(w, t, p, 2);
}

#define q5_1_scales dm_scales
INLINE void q5_1_head(struct kept *b, struct rows p) {
    vi t[2];
    rows_load8(t, p);
    dm_head(b, t[0]);
}

INLINE void q5_1_codes(vi w[8], struct kept *b, struct rows p, int g) {
    vi t[4];
    (void)b;
    (void)g;
    quad_load(t, p, 8);
    quad_fives(w, t, p, 4);
}

#define q8_0_scales d_scales
#define q8_0_head q4_0_head

INLINE void q8_0_codes(vi w[8], struct kept *b, struct rows p, int g) {
    (void)b;
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

INLINE void iq4_nl_codes(vi w[8], struct kept *b, struct rows p, int g) {
    vi t[4];
    (void)b;
    (void)g;
    quad_load(t, p, 2);
    nibbles(w, t);
    iq4_lookup(w);
}

/* ---- blocks of 256 ------------------------------------------------------------------------------------------------------------------ */

/* Byte I of each dword, with its sign. */
INLINE vi int8(vi x, int i) {
    return d_sar(i == 3 ? x : d_shl(x, 24 - 8 * i), 24);
}

/* Bytes of six bits, less 32: the nibbles at LOW_AT of each byte of LOW, and above them the pairs of bits at HIGH_AT of HIGH. */
INLINE vi six_bits(vi low, int low_at, vi high, int high_at) {
    const vi nibbles = low_at ? b_high(low) : b_and(low, b_set1(15));
    const vi top = high_at < 4 ? d_shl(high, 4 - high_at) : high_at > 4 ? b_shr(high, high_at - 4) : high;
    return b_sub(b_insert(nibbles, top, b_set1(48)), b_set1(32));
}

INLINE void iq4_xs_head(struct kept *b, struct rows p) {
    vi t[4];
    rows_load16(t, p, 0); /* d | scales_h << 16, scales_l */
    b->d = f_half_tiny(t[0]);
    vi high = d_or(bits(t[0], 16, 8), d_and(d_shr(t[0], 8), d_set1(0xff0000)));
    high = d_or(high, d_shl(high, 4)); /* a nibble a byte, now, as those of scales_l */
    const vi even = six_bits(t[1], 0, high, 0), odd = six_bits(t[1], 4, high, 2);
    b->s[0][0] = even;
    b->s[0][1] = odd;
    b->s[1][0] = d_shr(even, 16);
    b->s[1][1] = d_shr(odd, 16);
}

INLINE void iq4_xs_scales(vf scale[2], vf min[2], const struct kept *b, int g) {
    (void)min;
    scale[0] = f_mul(b->d, d_float(int8(b->s[b->part][g % 2], g / 2)));
}

INLINE void iq4_xs_codes(vi w[8], struct kept *b, struct rows p, int g) {
    vi t[4];
    (void)b;
    quad_load(t, rows_on(p, 64 * b->part), 8 + 16 * g);
    nibbles(w, t);
    iq4_lookup(w);
}

INLINE void q4_k_head(struct kept *b, struct rows p) {
    vi t[4];
    rows_load16(t, p, 0); /* d | dmin << 16, then 12 bytes of 6-bit values */
    b->d = f_half_tiny(t[0]);
    b->dmin = f_neg(f_half_tiny(d_shr(t[0], 16)));
    b->s[0][0] = b_and(t[1], b_set1(63)); /* a byte a group: its scale, its minimum */
    b->s[0][1] = b_and(t[2], b_set1(63));
    b->s[1][0] = b_or(b_and(t[3], b_set1(15)), b_and(b_shr(t[1], 2), b_set1(48)));
    b->s[1][1] = b_or(b_high(t[3]), b_and(b_shr(t[2], 2), b_set1(48)));
}

INLINE void q4_k_scales(vf scale[2], vf min[2], const struct kept *b, int g) {
    scale[0] = f_mul(b->d, d_float(byte(b->s[b->part][0], g)));
    min[0] = f_mul(b->dmin, d_float(byte(b->s[b->part][1], g)));
}

/* One of the two groups whose nibbles are in 32 bytes. */
INLINE void half_nibbles(vi w[8], const vi t[8], int high) {
    UNROLL
    for (int i = 0; i < 8; i++)
        w[i] = high ? b_high(t[i]) : b_and(t[i], b_set1(15));
}

/* The half's nibbles begin AT bytes behind p. */
INLINE void k_nibbles(vi w[8], struct kept *b, struct rows p, int at, int g) {
    if (g % 2 == 0)
        load32(b->low, p, at + 16 * g);
    half_nibbles(w, b->low, g % 2);
}

INLINE void q4_k_codes(vi w[8], struct kept *b, struct rows p, int g) {
    k_nibbles(w, b, rows_on(p, 64 * b->part), 16, g);
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

/* w |= the high bits of group g, of which there are eight in a byte. In a loop the second half finds its own where the first one did. */
INLINE void k_high(vi w[8], struct kept *b, int g, int up) {
    if (b->loop && b->part == 1 && g == 0) {
        UNROLL
        for (int i = 0; i < 8; i++)
            b->high[i] = b_shr(b->high[i], 4);
    }
    or_bits(w, b->high, b->loop ? g : 4 * b->part + g, 1, up);
}

INLINE void q5_k_head(struct kept *b, struct rows p) {
    q4_k_head(b, p);
    load32(b->high, p, 16);
}

#define q5_k_scales q4_k_scales

INLINE void q5_k_codes(vi w[8], struct kept *b, struct rows p, int g) {
    k_nibbles(w, b, rows_on(p, 64 * b->part), 48, g);
    k_high(w, b, g, 4);
}

/* The block's 16 scales begin AT bytes behind p. */
INLINE void k_bytes(struct kept *b, struct rows p, int at) {
    vi t[4];
    rows_load16(t, p, at);
    UNROLL
    for (int i = 0; i < 4; i++)
        b->s[i / 2][i % 2] = t[i];
}

INLINE void q2_k_head(struct kept *b, struct rows p) {
    vi t[4];
    k_bytes(b, p, 0);
    rows_load16(t, p, 68); /* ends with d | dmin << 16 */
    b->d = f_half_tiny(t[3]);
    b->dmin = f_neg(f_half_tiny(d_shr(t[3], 16)));
}

INLINE void q2_k_scales(vf scale[2], vf min[2], const struct kept *b, int g) {
    UNROLL
    for (int i = 0; i < 2; i++) { /* byte 2 g + i: a nibble each */
        const int at = 16 * (g % 2) + 8 * i;
        scale[i] = f_mul(b->d, d_float(bits(b->s[b->part][g / 2], at, 4)));
        min[i] = f_mul(b->dmin, d_float(bits(b->s[b->part][g / 2], at + 4, 4)));
    }
}

INLINE void zero8(vi w[8]) {
    UNROLL
    for (int i = 0; i < 8; i++)
        w[i] = b_set1(0);
}

/* The half's pairs of bits begin AT bytes behind p. */
INLINE void k_pairs(vi w[8], struct kept *b, struct rows p, int at, int g) {
    if (g == 0)
        load32(b->low, p, at);
    zero8(w);
    or_bits(w, b->low, 2 * g, 2, 0);
}

INLINE void q2_k_codes(vi w[8], struct kept *b, struct rows p, int g) {
    k_pairs(w, b, rows_on(p, 32 * b->part), 16, g);
}

INLINE void q3_k_head(struct kept *b, struct rows p) {
    vi t[4];
    rows_load16(t, p, 94); /* two bytes of qs, 12 of scales, d */
    b->d = f_half_tiny(d_shr(t[3], 16));
    UNROLL
    for (int i = 0; i < 3; i++)
        t[i] = d_or(d_shr(t[i], 16), d_shl(t[i + 1], 16));
    UNROLL
    for (int i = 0; i < 4; i++)
        b->s[i / 2][i % 2] = six_bits(t[i % 2], i / 2 * 4, t[2], 2 * i);
    load32(b->high, p, 0);
}

INLINE void q3_k_scales(vf scale[2], vf min[2], const struct kept *b, int g) {
    (void)min;
    UNROLL
    for (int i = 0; i < 2; i++)
        scale[i] = f_mul(b->d, d_float(int8(b->s[b->part][g / 2], g % 2 * 2 + i)));
}

INLINE void q3_k_codes(vi w[8], struct kept *b, struct rows p, int g) {
    k_pairs(w, b, rows_on(p, 32 * b->part), 32, g);
    k_high(w, b, g, 2);
}

INLINE void q6_k_head(struct kept *b, struct rows p) {
    vi t[4];
    k_bytes(b, p, 192);
    rows_load16(t, p, 194); /* ends with d */
    b->d = f_half_tiny(d_shr(t[3], 16));
}

#define q6_k_scales q3_k_scales

#ifndef quad_sixes
#define SIXES_BIAS 32
#define sixes_high(x) (x)
INLINE void quad_sixes(vi w[8], const vi low[8], const vi high[8], int g) {
    half_nibbles(w, low, g / 2);
    or_bits(w, high, 2 * g, 2, 4);
}
#endif

INLINE void q6_k_codes(vi w[8], struct kept *b, struct rows p, int g) {
    if (g == 0) {
        load32(b->high, rows_on(p, 32 * b->part), 128);
        UNROLL
        for (int i = 0; i < 8; i++)
            b->high[i] = sixes_high(b->high[i]);
    }
    if (g < 2 || QUAD_AGAIN)
        load32(b->low + 8 * (g % 2), rows_on(p, 64 * b->part), 32 * (g % 2));
    quad_sixes(w, b->low + 8 * (g % 2), b->high, g);
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
