/* The ladder of instruction sets and what this CPU can climb. A rung is in the ladder if the build could compile it (QUERN_HAVE_...). */
#include "kernels/ref.h"

#include <string.h>

#define UNUSED_OK __attribute__((unused)) /* where the build has no such rung */

static int always(void) {
    return 1;
}

#if defined(__x86_64__)
#include <cpuid.h>

/* Register R (0 to 3: a, b, c, d) of CPUID leaf LEAF, subleaf SUB; 0 where the CPU has no such leaf. */
static unsigned cpuid_reg(unsigned leaf, unsigned sub, int r) {
    unsigned v[4] = {0};
    if (!__get_cpuid_count(leaf, sub, &v[0], &v[1], &v[2], &v[3]))
        return 0;
    return v[r];
}

static int has(unsigned reg, unsigned mask) {
    return (reg & mask) == mask;
}

/* The system saves the registers named by MASK of XCR0 (6: ymm, 0xe6: zmm and masks). */
static int saves(unsigned mask) {
    unsigned low, high;
    if (!has(cpuid_reg(1, 0, 2), 1u << 27)) /* OSXSAVE */
        return 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return has(low, mask);
}

UNUSED_OK static int can_ssse3(void) {
    return has(cpuid_reg(1, 0, 2), 1u << 9);
}

UNUSED_OK static int can_avx2(void) {
    return has(cpuid_reg(1, 0, 2), 1u << 28 | 1u << 29) && has(cpuid_reg(7, 0, 1), 1u << 5) && saves(6); /* AVX, F16C, AVX2 */
}

UNUSED_OK static int can_avxvnni(void) {
    return can_avx2() && has(cpuid_reg(7, 1, 0), 1u << 4);
}

UNUSED_OK static int can_avx512vnni(void) {
    /* F, DQ, BW, VL; VNNI */
    return can_avx2() && has(cpuid_reg(7, 0, 1), 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31) && has(cpuid_reg(7, 0, 2), 1u << 11) &&
           saves(0xe6);
}
#elif defined(__aarch64__)
#include <sys/auxv.h>

UNUSED_OK static int can_dotprod(void) {
    return (getauxval(AT_HWCAP) >> 20 & 1) != 0; /* HWCAP_ASIMDDP */
}
#elif defined(__arm__)
#include <sys/auxv.h>

UNUSED_OK static int can_neon(void) {
    const unsigned long neon = 1ul << 12, vfpv4 = 1ul << 16; /* HWCAP_NEON, HWCAP_VFPv4 (half floats) */
    return (getauxval(AT_HWCAP) & (neon | vfpv4)) == (neon | vfpv4);
}
#endif

const struct kern_rung kern_ladder[] = {
    {"ref", always, kern_ref_install},
#if defined(QUERN_HAVE_SSSE3)
    {"ssse3", can_ssse3, kern_ssse3_install},
#endif
#if defined(QUERN_HAVE_AVX2)
    {"avx2", can_avx2, kern_avx2_install},
#endif
#if defined(QUERN_HAVE_AVXVNNI)
    {"avxvnni", can_avxvnni, kern_avxvnni_install},
#endif
#if defined(QUERN_HAVE_AVX512VNNI)
    {"avx512vnni", can_avx512vnni, kern_avx512vnni_install},
#endif
#if defined(QUERN_HAVE_NEON) && defined(__arm__)
    {"neon", can_neon, kern_neon_install},
#elif defined(QUERN_HAVE_NEON)
    {"neon", always, kern_neon_install},
#endif
#if defined(QUERN_HAVE_DOTPROD)
    {"dotprod", can_dotprod, kern_dotprod_install},
#endif
};
const int kern_n_rungs = (int)(sizeof kern_ladder / sizeof kern_ladder[0]);

void kern_climb(struct kernels *k, int i) {
    memset(k, 0, sizeof *k);
    for (int j = 0; j <= i; j++)
        if (kern_ladder[j].can())
            kern_ladder[j].install(k);
    k->name = kern_ladder[i].name;
}

int kern_init(struct kernels *k, const char *stop) {
    int top = 0, found = stop == NULL;
    for (int i = 0; i < kern_n_rungs; i++) {
        if (kern_ladder[i].can())
            top = i;
        if (stop && strcmp(stop, kern_ladder[i].name) == 0) {
            found = 1;
            break;
        }
    }
    kern_climb(k, top);
    return found ? 0 : -1;
}
