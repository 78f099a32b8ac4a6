/* The rung for x86-64 with SSSE3 (Core 2, Atom, Bobcat and later). */
#if !defined(__SSSE3__) || defined(__SSE4_1__)
#error "compile with -mssse3 and nothing above it"
#endif
#include "kernels/x86_128.h"
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
