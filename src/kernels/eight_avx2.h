/* The primitives of eight.h on one AVX2 vector. */

#include <immintrin.h>

typedef __m256 f8;
typedef __m256i i8;

#define f8_load _mm256_loadu_ps
#define f8_store _mm256_storeu_ps
#define f8_set1 _mm256_set1_ps
#define f8_zero _mm256_setzero_ps
#define f8_half(p) _mm256_cvtph_ps(_mm_loadu_si128((const void *)(p)))
#define f8_bf16(p) _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const void *)(p))), 16))
#define f8_codes(p) _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const void *)(p))))
#define f8_half_all(p) _mm256_cvtph_ps(_mm_set1_epi16((short)*(p)))
#define f8_add _mm256_add_ps
#define f8_sub _mm256_sub_ps
#define f8_mul _mm256_mul_ps
#define f8_div _mm256_div_ps
#define f8_max _mm256_max_ps
#define f8_lt(a, b, yes, no) _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_LT_OQ))
#define f8_bits _mm256_castps_si256
#define i8_bits _mm256_castsi256_ps
#define i8_set1 _mm256_set1_epi32
#define i8_and _mm256_and_si256
#define i8_add _mm256_add_epi32
#define i8_sub _mm256_sub_epi32
#define i8_max _mm256_max_epi32
#define i8_shl23(x) _mm256_slli_epi32(x, 23)

static inline void i8_store8(int8_t *p, i8 x) {
    __m128i w = _mm_packs_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    _mm_storel_epi64((void *)p, _mm_packs_epi16(w, w));
}
