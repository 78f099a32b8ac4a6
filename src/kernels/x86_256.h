/* The primitives of lanes.h on 256-bit vectors: 8 rows, unsigned codes. AVX2 and F16C; the file that includes this one defines quad_dot,
 * quad_wide and WIDE_BIAS. */

#include <immintrin.h>
#include <stdint.h>
#include <string.h>
#include "kernels/ref.h"
#include "kernels/rows.h"

#define LANES 8
#define TILE_V 1
#define TILE_T 4
#define QUAD_SIGNED 0
#define PARTS_UNROLL UNROLL /* in a loop, decode is up to a tenth slower */

typedef __m256i vi;
typedef __m256 vf;

#define b_and _mm256_and_si256
#define b_or _mm256_or_si256
#define b_shr _mm256_srli_epi16
#define b_set1(x) _mm256_set1_epi8((char)(x))
#define b_sub _mm256_sub_epi8
#define b_lut(table, x) _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)(table))), x)
#define d_and _mm256_and_si256
#define d_or _mm256_or_si256
#define d_shr _mm256_srli_epi32
#define d_sar _mm256_srai_epi32
#define d_shl _mm256_slli_epi32
#define d_set1 _mm256_set1_epi32
#define d_sub _mm256_sub_epi32
#define d_float _mm256_cvtepi32_ps
#define f_mul _mm256_mul_ps
#define f_add _mm256_add_ps
#define f_set1 _mm256_set1_ps
#define f_zero _mm256_setzero_ps
#define f_load _mm256_loadu_ps
#define f_store _mm256_storeu_ps
#define f_neg(x) _mm256_xor_ps(x, _mm256_set1_ps(-0.0f))
#define vi_load(p) _mm256_load_si256((const void *)(p))
#define vi_store(p, x) _mm256_store_si256((void *)(p), x)

INLINE vf f_half(vi x) {
    vi low = _mm256_and_si256(x, _mm256_set1_epi32(0xffff));
    return _mm256_cvtph_ps(_mm_packus_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1)));
}

/* As in x86_512.h: 128-bit lane k of x[i] is row 4k + i, then dwords are transposed inside the lanes. */
INLINE void rows_load16(vi t[4], struct rows rows, int at) {
    const uint8_t *p = rows.p + at;
    const size_t stride = rows.stride;
    vi x[4];
    UNROLL
    for (int i = 0; i < 4; i++, p += stride)
        x[i] = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const void *)p)),
                                       _mm_loadu_si128((const void *)(p + 4 * stride)), 1);
    vi a = _mm256_unpacklo_epi32(x[0], x[1]), b = _mm256_unpackhi_epi32(x[0], x[1]);
    vi c = _mm256_unpacklo_epi32(x[2], x[3]), d = _mm256_unpackhi_epi32(x[2], x[3]);
    t[0] = _mm256_unpacklo_epi64(a, c);
    t[1] = _mm256_unpackhi_epi64(a, c);
    t[2] = _mm256_unpacklo_epi64(b, d);
    t[3] = _mm256_unpackhi_epi64(b, d);
}
#define quad_load rows_load16

INLINE void quad_bits(vi w[4], vi qh, int half) {
    UNROLL
    for (int i = 0; i < 4; i++) {
        /* all four bytes of a dword take the byte of qh that holds their bits: 4 * i .. 4 * i + 3 */
        int byte = 0x01010101 * (2 * half + i / 2);
        vi pick = _mm256_setr_epi32(byte, byte + 0x04040404, byte + 0x08080808, byte + 0x0c0c0c0c,
                                    byte, byte + 0x04040404, byte + 0x08080808, byte + 0x0c0c0c0c);
        vi bit = _mm256_set1_epi32(i % 2 ? (int)0x80402010 : 0x08040201);
        vi set = _mm256_cmpeq_epi8(_mm256_and_si256(_mm256_shuffle_epi8(qh, pick), bit), bit);
        w[i] = _mm256_or_si256(w[i], _mm256_and_si256(set, _mm256_set1_epi8(16)));
    }
}

/* Four activations, in every lane. */
INLINE vi four(const int8_t *a) {
    int32_t d;
    memcpy(&d, a, 4);
    return _mm256_set1_epi32(d);
}
