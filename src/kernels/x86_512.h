/* The primitives of lanes.h on 512-bit vectors: 16 rows, unsigned codes, dpbusd. AVX-512 F, BW, VL and VNNI. */

#include <immintrin.h>
#include <stdint.h>
#include <string.h>
#include "kernels/ref.h"
#include "kernels/rows.h"

#define LANES 16
#define TILE_V 2
#define TILE_T 5
#define QUAD_SIGNED 0
#define WIDE_BIAS 128

typedef __m512i vi;
typedef __m512 vf;

#define b_and _mm512_and_si512
#define b_or _mm512_or_si512
#define b_shr _mm512_srli_epi16
#define b_set1(x) _mm512_set1_epi8((char)(x))
#define b_sub _mm512_sub_epi8
#define b_lut(table, x) _mm512_shuffle_epi8(_mm512_broadcast_i32x4(_mm_loadu_si128((const void *)(table))), x)
#define d_and _mm512_and_si512
#define d_or _mm512_or_si512
#define d_shr _mm512_srli_epi32
#define d_sar _mm512_srai_epi32
#define d_shl _mm512_slli_epi32
#define d_set1 _mm512_set1_epi32
#define d_sub _mm512_sub_epi32
#define d_float _mm512_cvtepi32_ps
#define f_mul _mm512_mul_ps
#define f_add _mm512_add_ps
#define f_set1 _mm512_set1_ps
#define f_zero _mm512_setzero_ps
#define f_load _mm512_loadu_ps
#define f_store _mm512_storeu_ps
#define f_neg(x) _mm512_castsi512_ps(_mm512_xor_si512(_mm512_castps_si512(x), _mm512_set1_epi32(INT32_MIN)))
#define f_half(x) _mm512_cvtph_ps(_mm512_cvtepi32_epi16(x))
#define vi_load(p) _mm512_load_si512((const void *)(p))
#define vi_store(p, x) _mm512_store_si512((void *)(p), x)
#define quad_wide(x) _mm512_xor_si512(x, _mm512_set1_epi8(-128))

/* From a register a value needs two shuffles, in the port that half of the products want; from memory none. */
INLINE vi d_start(int32_t x) {
    vi v;
    __asm__("vpbroadcastd %1, %0" : "=v"(v) : "m"(x));
    return v;
}
#define d_start d_start

/* 128-bit lane k of x[i] is row 4k + i; a 4 x 4 transpose of dwords inside each lane leaves dword i of row r in lane r of t[i]. Rows are
 * put in place by masked broadcasts, which cost a load and a blend where an insertion would cost a shuffle. */
INLINE void rows_load16(vi t[4], struct rows rows, int at) {
    const uint8_t *p = rows.p + at;
    const size_t stride = rows.stride;
    vi x[4];
    UNROLL
    for (int i = 0; i < 4; i++, p += stride) {
        x[i] = _mm512_castsi128_si512(_mm_loadu_si128((const void *)p));
        x[i] = _mm512_mask_broadcast_i32x4(x[i], 0x00f0, _mm_loadu_si128((const void *)(p + 4 * stride)));
        x[i] = _mm512_mask_broadcast_i32x4(x[i], 0x0f00, _mm_loadu_si128((const void *)(p + 8 * stride)));
        x[i] = _mm512_mask_broadcast_i32x4(x[i], 0xf000, _mm_loadu_si128((const void *)(p + 12 * stride)));
    }
    vi a = _mm512_unpacklo_epi32(x[0], x[1]), b = _mm512_unpackhi_epi32(x[0], x[1]);
    vi c = _mm512_unpacklo_epi32(x[2], x[3]), d = _mm512_unpackhi_epi32(x[2], x[3]);
    t[0] = _mm512_unpacklo_epi64(a, c);
    t[1] = _mm512_unpackhi_epi64(a, c);
    t[2] = _mm512_unpacklo_epi64(b, d);
    t[3] = _mm512_unpackhi_epi64(b, d);
}
#define quad_load rows_load16

INLINE void quad_bits(vi w[4], vi qh, int half) {
    UNROLL
    for (int i = 0; i < 4; i++) {
        /* all four bytes of a dword take the byte of qh that holds their bits: 4 * i .. 4 * i + 3 */
        int byte = 2 * half + i / 2;
        vi pick = _mm512_set4_epi32(0x0c0c0c0c + 0x01010101 * byte, 0x08080808 + 0x01010101 * byte,
                                    0x04040404 + 0x01010101 * byte, 0x01010101 * byte);
        vi bit = _mm512_set1_epi32(i % 2 ? (int)0x80402010 : 0x08040201);
        __mmask64 set = _mm512_test_epi8_mask(_mm512_shuffle_epi8(qh, pick), bit);
        w[i] = _mm512_mask_add_epi8(w[i], set, w[i], _mm512_set1_epi8(16));
    }
}

INLINE vi quad_dot(vi acc, const vi w[4], const int8_t *a, int max) {
    (void)max;
    UNROLL
    for (int i = 0; i < 4; i++) {
        int32_t d;
        memcpy(&d, a + 4 * i, 4);
        acc = _mm512_dpbusd_epi32(acc, w[i], _mm512_set1_epi32(d));
    }
    return acc;
}
