/* What the tests that draw at random report: counts, and with what failed the command that shows it again. PROGRAM and SEED, the one that
 * holds where none is given, are defined before. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "quern.h"

static int n_passed, n_failed;
static unsigned long long seed = SEED;
static uint64_t random_state; /* the test sets it, from the seed */

static inline uint32_t rnd(void) { /* splitmix64, high half */
    uint64_t z = (random_state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

static void check(int ok, const char *fmt, ...) {
    va_list args;
    if (ok) {
        n_passed++;
        return;
    }
    n_failed++;
    printf("FAIL: ");
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    printf("\n  reproduce: " PROGRAM " %llu\n", seed);
}

/* What nothing can go on without. */
static void need(int rc, const struct err *e, const char *what) {
    if (rc == 0)
        return;
    printf("FAIL: %s: %s\n  reproduce: " PROGRAM " %llu\n" PROGRAM ": %d passed, %d failed\n", what, e->text, seed, n_passed, n_failed + 1);
    exit(1);
}
