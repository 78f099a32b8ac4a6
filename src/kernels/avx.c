/* The rung for CPUs with AVX and not AVX2 (Sandy Bridge, Ivy Bridge, Jaguar, Bulldozer): floats by eights, integers by halves of them. */
#if !defined(__AVX__) || defined(__AVX2__) || defined(__F16C__)
#error "compile with -mavx and nothing above it"
#endif
#include "kernels/x86_128.h"
#include "kernels/lanes.h"
#include "kernels/eight_avx.h"

#define BOTH(lo, hi) _mm256_insertf128_si256(_mm256_castsi128_si256(lo), hi, 1)
#define BOTH_F(lo, hi) _mm256_insertf128_ps(_mm256_castps128_ps256(lo), hi, 1)
#define LO(x) _mm256_castsi256_si128(x)
#define HI(x) _mm256_extractf128_si256(x, 1)

#define i8_and(a, b) f8_bits(_mm256_and_ps(i8_bits(a), i8_bits(b)))
#define i8_add(a, b) BOTH(_mm_add_epi32(LO(a), LO(b)), _mm_add_epi32(HI(a), HI(b)))
#define i8_sub(a, b) BOTH(_mm_sub_epi32(LO(a), LO(b)), _mm_sub_epi32(HI(a), HI(b)))
#define i8_max(a, b) BOTH(_mm_max_epi32(LO(a), LO(b)), _mm_max_epi32(HI(a), HI(b)))
#define i8_shl23(x) BOTH(_mm_slli_epi32(LO(x), 23), _mm_slli_epi32(HI(x), 23))

/* Eight 16-bit numbers, between zeros: below them, or above. */
INLINE f8 f8_half(const uint16_t *p) {
    const vi x = _mm_loadu_si128((const void *)p), zero = _mm_setzero_si128();
    return BOTH_F(f_half(_mm_unpacklo_epi16(x, zero)), f_half(_mm_unpackhi_epi16(x, zero)));
}

INLINE f8 f8_bf16(const uint16_t *p) {
    const vi x = _mm_loadu_si128((const void *)p), zero = _mm_setzero_si128();
    return i8_bits(BOTH(_mm_unpacklo_epi16(zero, x), _mm_unpackhi_epi16(zero, x)));
}

INLINE f8 f8_half_all(const uint16_t *p) {
    const vf f = f_half(_mm_set1_epi32(*p));
    return BOTH_F(f, f);
}

INLINE f8 f8_codes(const int8_t *p) {
    const vi x = _mm_loadl_epi64((const void *)p);
    return _mm256_cvtepi32_ps(BOTH(_mm_cvtepi8_epi32(x), _mm_cvtepi8_epi32(_mm_srli_si128(x, 4))));
}

INLINE void i8_store8(int8_t *p, i8 x) {
    const vi w = _mm_packs_epi32(LO(x), HI(x));
    _mm_storel_epi64((void *)p, _mm_packs_epi16(w, w));
}

#include "kernels/eight.h"

void kern_avx_install(struct kernels *k) {
    lanes_install(k);
    eight_install(k);
}
