/* Of the primitives of eight.h, those that AVX has on one vector. */

#include <immintrin.h>

typedef __m256 f8;
typedef __m256i i8;

#define f8_load _mm256_loadu_ps
#define f8_store _mm256_storeu_ps
#define f8_set1 _mm256_set1_ps
#define f8_zero _mm256_setzero_ps
#define f8_add _mm256_add_ps
#define f8_sub _mm256_sub_ps
#define f8_mul _mm256_mul_ps
#define f8_div _mm256_div_ps
#define f8_max _mm256_max_ps
#define f8_lt(a, b, yes, no) _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_LT_OQ))
#define f8_bits _mm256_castps_si256
#define i8_bits _mm256_castsi256_ps
#define i8_set1 _mm256_set1_epi32
