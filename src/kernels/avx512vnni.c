/* The rung for CPUs with AVX-512 F, BW, VL and VNNI (Ice Lake, Zen 4 and later). */
#if !defined(__AVX512F__) || !defined(__AVX512BW__) || !defined(__AVX512VL__) || !defined(__AVX512VNNI__)
#error "compile with -mavx512f -mavx512bw -mavx512vl -mavx512vnni"
#endif
#include "kernels/x86_512.h"
#include "kernels/lanes.h"
#include "kernels/eight_avx2.h"

#define ATT_LANES 16
typedef vf av;
#define a_load f_load
#define a_store f_store
#define a_set1 f_set1
#define a_zero f_zero
#define a_add f_add
#define a_mul f_mul
#define a_half(p) _mm512_cvtph_ps(_mm256_loadu_si256((const void *)(p)))
#define a_codes(p) _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const void *)(p))))
#define a_half_all(p) _mm512_cvtph_ps(_mm256_set1_epi16((short)*(p)))
#include "kernels/att.h"

void kern_avx512vnni_install(struct kernels *k) {
    lanes_install(k);
    k->att = att_chunk;
}
