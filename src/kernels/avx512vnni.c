/* The rung for CPUs with AVX-512 F, BW, VL and VNNI (Ice Lake, Zen 4 and later). */
#if !defined(__AVX512F__) || !defined(__AVX512BW__) || !defined(__AVX512VL__) || !defined(__AVX512VNNI__)
#error "compile with -mavx512f -mavx512bw -mavx512vl -mavx512vnni"
#endif
#include "kernels/x86_512.h"
#include "kernels/lanes.h"

void kern_avx512vnni_install(struct kernels *k) {
    lanes_install(k);
}
