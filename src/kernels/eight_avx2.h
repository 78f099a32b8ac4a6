/* The primitives of eight.h on one AVX2 vector. */

#include "kernels/eight_avx.h"

#define f8_half(p) _mm256_cvtph_ps(_mm_loadu_si128((const void *)(p)))
#define f8_bf16(p) _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const void *)(p))), 16))
#define f8_codes(p) _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const void *)(p))))
#define f8_half_all(p) _mm256_cvtph_ps(_mm_set1_epi16((short)*(p)))
#define i8_and _mm256_and_si256
#define i8_add _mm256_add_epi32
#define i8_sub _mm256_sub_epi32
#define i8_max _mm256_max_epi32
#define i8_shl23(x) _mm256_slli_epi32(x, 23)

static inline void i8_store8(int8_t *p, i8 x) {
    __m128i w = _mm_packs_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    _mm_storel_epi64((void *)p, _mm_packs_epi16(w, w));
}
