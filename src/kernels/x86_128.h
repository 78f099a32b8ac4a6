/* The primitives of lanes.h on 128-bit vectors: 4 rows, unsigned codes, maddubs. SSSE3; the same with AVX's three operands. */

#include <stdint.h>
#include <string.h>
#include <immintrin.h>
#include "kernels/ref.h"
#include "kernels/rows.h"

#define LANES 4
#define TILE_V 1
#define TILE_T 4
#define QUAD_SIGNED 0
#define WIDE_BIAS 0

typedef __m128i vi;
typedef __m128 vf;

#define b_and _mm_and_si128
#define b_or _mm_or_si128
#define b_shr _mm_srli_epi16
#define b_set1(x) _mm_set1_epi8((char)(x))
#define b_sub _mm_sub_epi8
#define b_lut(table, x) _mm_shuffle_epi8(_mm_loadu_si128((const void *)(table)), x)
#define d_and _mm_and_si128
#define d_or _mm_or_si128
#define d_shr _mm_srli_epi32
#define d_sar _mm_srai_epi32
#define d_shl _mm_slli_epi32
#define d_set1 _mm_set1_epi32
#define d_sub _mm_sub_epi32
#define d_float _mm_cvtepi32_ps
#define f_mul _mm_mul_ps
#define f_add _mm_add_ps
#define f_set1 _mm_set1_ps
#define f_zero _mm_setzero_ps
#define f_load _mm_loadu_ps
#define f_store _mm_storeu_ps
#define f_neg(x) _mm_xor_ps(x, _mm_set1_ps(-0.0f))
#define vi_load(p) _mm_load_si128((const void *)(p))
#define vi_store(p, x) _mm_store_si128((void *)(p), x)
#define quad_wide(x) (x)

/* MAGNITUDE, a finite one, gets the sign of half float X, and where X is infinite or no number the exponent that says so. */
INLINE vf half_signed(vf magnitude, vi x) {
    vi sign = _mm_slli_epi32(_mm_and_si128(x, _mm_set1_epi32(0x8000)), 16);
    vi special = _mm_and_si128(_mm_cmpgt_epi32(_mm_and_si128(x, _mm_set1_epi32(0x7fff)), _mm_set1_epi32(0x7bff)), _mm_set1_epi32(0x7f800000));
    return _mm_or_ps(magnitude, _mm_castsi128_ps(_mm_or_si128(sign, special)));
}

/* The low 16 bits of each dword as half floats: exponent and mantissa moved into place are the value times 2^-112, subnormals included. */
INLINE vf f_half(vi x) {
    vi magnitude = _mm_and_si128(x, _mm_set1_epi32(0x7fff));
    return half_signed(_mm_mul_ps(_mm_castsi128_ps(_mm_slli_epi32(magnitude, 13)), _mm_set1_ps(0x1p112f)), x);
}

/* The same without a subnormal float on the way, which that product takes a hundred cycles for: the exponent's bias is added; a subnormal
 * gets the exponent of 2^-14, and so a one ahead of its mantissa, which is taken off again. */
INLINE vf f_half_tiny(vi x) {
    vi magnitude = _mm_and_si128(x, _mm_set1_epi32(0x7fff)), tiny = _mm_cmpgt_epi32(_mm_set1_epi32(0x400), magnitude);
    vi biased = _mm_add_epi32(_mm_slli_epi32(magnitude, 13), _mm_set1_epi32(112 << 23));
    vf f = _mm_castsi128_ps(_mm_sub_epi32(biased, _mm_slli_epi32(tiny, 23)));
    return half_signed(_mm_sub_ps(f, _mm_and_ps(_mm_castsi128_ps(tiny), _mm_set1_ps(0x1p-14f))), x);
}
#define f_half_tiny f_half_tiny

INLINE void rows_load16(vi t[4], struct rows rows, int at) {
    const uint8_t *p = rows.p;
    vi x[4];
    UNROLL
    for (int i = 0; i < 4; i++, p += rows.stride)
        x[i] = _mm_loadu_si128((const void *)(p + at));
    vi a = _mm_unpacklo_epi32(x[0], x[1]), b = _mm_unpackhi_epi32(x[0], x[1]);
    vi c = _mm_unpacklo_epi32(x[2], x[3]), d = _mm_unpackhi_epi32(x[2], x[3]);
    t[0] = _mm_unpacklo_epi64(a, c);
    t[1] = _mm_unpackhi_epi64(a, c);
    t[2] = _mm_unpacklo_epi64(b, d);
    t[3] = _mm_unpackhi_epi64(b, d);
}
#define quad_load rows_load16

INLINE void quad_bits(vi w[4], vi qh, int half) {
    UNROLL
    for (int i = 0; i < 4; i++) {
        int byte = 0x01010101 * (2 * half + i / 2);
        vi pick = _mm_setr_epi32(byte, byte + 0x04040404, byte + 0x08080808, byte + 0x0c0c0c0c);
        vi bit = _mm_set1_epi32(i % 2 ? (int)0x80402010 : 0x08040201);
        vi set = _mm_cmpeq_epi8(_mm_and_si128(_mm_shuffle_epi8(qh, pick), bit), bit);
        w[i] = _mm_or_si128(w[i], _mm_and_si128(set, _mm_set1_epi8(16)));
    }
}

/* The bounds are those of avx2.c. */
INLINE vi quad_dot(vi acc, const vi w[4], const int8_t *a, int max) {
    const vi one = _mm_set1_epi16(1);
    vi x = _mm_loadu_si128((const void *)a), p[4];
    const vi dword[4] = {_mm_shuffle_epi32(x, 0x00), _mm_shuffle_epi32(x, 0x55), _mm_shuffle_epi32(x, 0xaa), _mm_shuffle_epi32(x, 0xff)};
    UNROLL
    for (int i = 0; i < 4; i++) {
        vi xi = dword[i];
        p[i] = max == 255 ? _mm_maddubs_epi16(_mm_abs_epi8(w[i]), _mm_sign_epi8(xi, w[i])) : _mm_maddubs_epi16(w[i], xi);
    }
    if (max == 255) {
        UNROLL
        for (int i = 0; i < 4; i++)
            acc = _mm_add_epi32(acc, _mm_madd_epi16(p[i], one));
        return acc;
    }
    vi low = _mm_add_epi16(p[0], p[1]), high = _mm_add_epi16(p[2], p[3]);
    if (max <= 31)
        return _mm_add_epi32(acc, _mm_madd_epi16(_mm_add_epi16(low, high), one));
    return _mm_add_epi32(acc, _mm_add_epi32(_mm_madd_epi16(low, one), _mm_madd_epi16(high, one)));
}
