/* The rung for CPUs with AVX2 and F16C (Haswell, Zen and later). */
#if !defined(__AVX2__) || !defined(__F16C__) || defined(__AVX512F__)
#error "compile with -mavx2 -mf16c"
#endif
#include "kernels/x86_256.h"

#define WIDE_BIAS 0
#define quad_wide(x) (x)

/* Pairs of products are added in int16 by maddubs: 4 x 2 products of 31 * 127 are 31496, 2 x 2 of 63 * 127 are 32004, and 2 of 128 * 127
 * are 32512. All fit. Signed codes give their sign to the activations. */
INLINE vi quad_dot(vi acc, const vi w[4], const int8_t *a, int max) {
    const vi one = _mm256_set1_epi16(1);
    vi p[4];
    UNROLL
    for (int i = 0; i < 4; i++) {
        vi x = four(a + 4 * i);
        p[i] = max == 255 ? _mm256_maddubs_epi16(_mm256_abs_epi8(w[i]), _mm256_sign_epi8(x, w[i])) : _mm256_maddubs_epi16(w[i], x);
    }
    if (max == 255) {
        UNROLL
        for (int i = 0; i < 4; i++)
            acc = _mm256_add_epi32(acc, _mm256_madd_epi16(p[i], one));
        return acc;
    }
    vi low = _mm256_add_epi16(p[0], p[1]), high = _mm256_add_epi16(p[2], p[3]);
    if (max <= 31)
        return _mm256_add_epi32(acc, _mm256_madd_epi16(_mm256_add_epi16(low, high), one));
    return _mm256_add_epi32(acc, _mm256_add_epi32(_mm256_madd_epi16(low, one), _mm256_madd_epi16(high, one)));
}

#include "kernels/lanes.h"
#include "kernels/eight_avx2.h"
#include "kernels/eight.h"

void kern_avx2_install(struct kernels *k) {
    lanes_install(k);
    eight_install(k);
}
