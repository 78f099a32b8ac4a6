/* The ladder of instruction sets and what this CPU can climb. A rung is in the ladder if the build could compile it (QUERN_HAVE_...). */
#include "kernels/ref.h"

#include <string.h>

/* Features, as far as the ladder asks. */
enum { SSSE3 = 1, AVX = 2, AVX2 = 4, AVXVNNI = 8, AVX512VNNI = 16, NEON = 32, DOTPROD = 64, I8MM = 128 };

#if defined(__x86_64__)
#include <cpuid.h>

static int has(unsigned reg, unsigned mask) {
    return (reg & mask) == mask;
}

/* Each leaf is read once: under a hypervisor every CPUID is a trap, some 50 microseconds. */
static unsigned features(void) {
    unsigned a, b, c, d, b7 = 0, c7 = 0, a71 = 0, xcr0 = 0, found = 0, max = __get_cpuid_max(0, NULL);
    if (max < 1)
        return 0;
    __cpuid(1, a, b, c, d);
    if (has(c, 1u << 27)) /* OSXSAVE: the system tells which registers it saves */
        __asm__ volatile("xgetbv" : "=a"(xcr0), "=d"(d) : "c"(0));
    if (max >= 7) {
        unsigned subleaves;
        __cpuid_count(7, 0, subleaves, b7, c7, d);
        if (subleaves >= 1) {
            unsigned b71, c71;
            __cpuid_count(7, 1, a71, b71, c71, d);
        }
    }
    if (has(c, 1u << 9))
        found |= SSSE3;
    if (has(c, 1u << 28) && has(xcr0, 6)) /* xmm, ymm */
        found |= AVX;
    if (has(c, 1u << 28 | 1u << 29) && has(b7, 1u << 5) && has(xcr0, 6)) /* AVX, F16C, AVX2 */
        found |= AVX2;
    if (has(a71, 1u << 4))
        found |= AVXVNNI;
    if (has(b7, 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31) && has(c7, 1u << 11) && has(xcr0, 0xe6)) /* F, DQ, BW, VL, VNNI; zmm, masks */
        found |= AVX512VNNI;
    return found;
}
#elif defined(__aarch64__)
#include <sys/auxv.h>

static unsigned features(void) {
    return NEON | (getauxval(AT_HWCAP) >> 20 & 1 ? DOTPROD : 0u)    /* HWCAP_ASIMDDP */
                | (getauxval(AT_HWCAP2) >> 13 & 1 ? I8MM : 0u);     /* HWCAP2_I8MM */
}
#elif defined(__arm__)
#include <sys/auxv.h>

static unsigned features(void) {
    const unsigned long neon = 1ul << 12, vfpv4 = 1ul << 16; /* HWCAP_NEON, HWCAP_VFPv4 (half floats) */
    return (getauxval(AT_HWCAP) & (neon | vfpv4)) == (neon | vfpv4) ? NEON : 0u;
}
#else
static unsigned features(void) {
    return 0;
}
#endif

const struct kern_rung kern_ladder[] = {
    {"ref", 0, kern_ref_install},
#if defined(QUERN_HAVE_SSSE3)
    {"ssse3", SSSE3, kern_ssse3_install},
#endif
#if defined(QUERN_HAVE_AVX)
    {"avx", SSSE3 | AVX, kern_avx_install},
#endif
#if defined(QUERN_HAVE_AVX2)
    {"avx2", SSSE3 | AVX2, kern_avx2_install},
#endif
#if defined(QUERN_HAVE_AVXVNNI)
    {"avxvnni", SSSE3 | AVX2 | AVXVNNI, kern_avxvnni_install},
#endif
#if defined(QUERN_HAVE_AVX512VNNI)
    {"avx512vnni", SSSE3 | AVX2 | AVX512VNNI, kern_avx512vnni_install},
#endif
#if defined(QUERN_HAVE_NEON)
    {"neon", NEON, kern_neon_install},
#endif
#if defined(QUERN_HAVE_DOTPROD)
    {"dotprod", NEON | DOTPROD, kern_dotprod_install},
#endif
#if defined(QUERN_HAVE_I8MM)
    {"i8mm", NEON | DOTPROD | I8MM, kern_i8mm_install},
#endif
};
const int kern_n_rungs = (int)(sizeof kern_ladder / sizeof kern_ladder[0]);

int kern_init(struct kernels *k, const char *stop) {
    unsigned cpu = features();
    memset(k, 0, sizeof *k);
    for (int i = 0; i < kern_n_rungs; i++) {
        if ((kern_ladder[i].needs & ~cpu) == 0) {
            kern_ladder[i].install(k);
            k->name = kern_ladder[i].name;
        }
        if (stop && strcmp(stop, kern_ladder[i].name) == 0)
            return 0;
    }
    return stop ? -1 : 0;
}
