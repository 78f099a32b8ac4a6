/* The rung for CPUs with AVX2 and the 256-bit form of VNNI (Alder Lake and later without AVX-512). */
#if !defined(__AVXVNNI__) || !defined(__F16C__) || defined(__AVX512F__)
#error "compile with -mavx2 -mf16c -mavxvnni"
#endif
#include "kernels/x86_256.h"

#define WIDE_BIAS 128
#define quad_wide(x) _mm256_xor_si256(x, _mm256_set1_epi8(-128))

INLINE vi quad_dot(vi acc, const vi w[4], const int8_t *a, int max) {
    (void)max;
    UNROLL
    for (int i = 0; i < 4; i++)
        acc = _mm256_dpbusd_avx_epi32(acc, w[i], four(a + 4 * i));
    return acc;
}

#include "kernels/lanes.h"

void kern_avxvnni_install(struct kernels *k) {
    lanes_install(k);
}
