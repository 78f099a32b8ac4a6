/* The rung for x86-64 with SSSE3 (Core 2, Atom, Bobcat and later): 4 rows, unsigned codes, maddubs. */
#if !defined(__SSSE3__) || defined(__SSE4_1__)
#error "compile with -mssse3 and nothing above it"
#endif
#include <stdint.h>
#include <string.h>
#include <tmmintrin.h>
#include "kernels/ref.h"

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

/* The low 16 bits of each dword as half floats: exponent and mantissa moved into place are the value times 2^-112, subnormals included. */
INLINE vf f_half(vi x) {
    vi magnitude = _mm_and_si128(x, _mm_set1_epi32(0x7fff));
    vi sign = _mm_slli_epi32(_mm_and_si128(x, _mm_set1_epi32(0x8000)), 16);
    vi special = _mm_and_si128(_mm_cmpgt_epi32(magnitude, _mm_set1_epi32(0x7bff)), _mm_set1_epi32(0x7f800000));
    vf f = _mm_mul_ps(_mm_castsi128_ps(_mm_slli_epi32(magnitude, 13)), _mm_set1_ps(0x1p112f));
    return _mm_or_ps(f, _mm_castsi128_ps(_mm_or_si128(sign, special)));
}

INLINE void rows_load16(vi t[4], const uint8_t *p, size_t stride) {
    vi x[4];
    UNROLL
    for (int i = 0; i < 4; i++)
        x[i] = _mm_loadu_si128((const void *)(p + (size_t)i * stride));
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
    if (max == 31)
        return _mm_add_epi32(acc, _mm_madd_epi16(_mm_add_epi16(low, high), one));
    return _mm_add_epi32(acc, _mm_add_epi32(_mm_madd_epi16(low, one), _mm_madd_epi16(high, one)));
}

#include "kernels/lanes.h"

typedef __m128 f4;
typedef __m128i i4;

#define f4_load _mm_loadu_ps
#define f4_store _mm_storeu_ps
#define f4_set1 _mm_set1_ps
#define f4_add _mm_add_ps
#define f4_sub _mm_sub_ps
#define f4_mul _mm_mul_ps
#define f4_div _mm_div_ps
#define f4_max _mm_max_ps
#define f4_half(p) f_half(_mm_unpacklo_epi16(_mm_loadl_epi64((const void *)(p)), _mm_setzero_si128()))
#define f4_bf16(p) _mm_castsi128_ps(_mm_unpacklo_epi16(_mm_setzero_si128(), _mm_loadl_epi64((const void *)(p))))
#define f4_half_all(p) f_half(_mm_set1_epi32(*(p)))
#define f4_bits _mm_castps_si128
#define i4_bits _mm_castsi128_ps
#define i4_set1 _mm_set1_epi32
#define i4_and _mm_and_si128
#define i4_add _mm_add_epi32
#define i4_sub _mm_sub_epi32
#define i4_shl23(x) _mm_slli_epi32(x, 23)

INLINE f4 f4_lt(f4 a, f4 b, f4 yes, f4 no) {
    f4 m = _mm_cmplt_ps(a, b);
    return _mm_or_ps(_mm_and_ps(m, yes), _mm_andnot_ps(m, no));
}

INLINE i4 i4_max(i4 a, i4 b) {
    i4 m = _mm_cmpgt_epi32(a, b);
    return _mm_or_si128(_mm_and_si128(m, a), _mm_andnot_si128(m, b));
}

INLINE void f4x2_codes(const int8_t *p, f4 *lo, f4 *hi) {
    i4 x = _mm_loadl_epi64((const void *)p), twice = _mm_unpacklo_epi8(x, x);
    *lo = _mm_cvtepi32_ps(_mm_srai_epi32(_mm_unpacklo_epi16(twice, twice), 24));
    *hi = _mm_cvtepi32_ps(_mm_srai_epi32(_mm_unpackhi_epi16(twice, twice), 24));
}

INLINE void i4_store4x2(int8_t *p, i4 lo, i4 hi) {
    __m128i w = _mm_packs_epi32(lo, hi);
    _mm_storel_epi64((void *)p, _mm_packs_epi16(w, w));
}

#include "kernels/eight_pair.h"
#include "kernels/eight.h"

void kern_ssse3_install(struct kernels *k) {
    lanes_install(k);
    eight_install(k);
}
