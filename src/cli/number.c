/* strtol and its like, without the liberties they take: no blanks, no hexadecimal, no nan, no inf, no rest. */
#include "cli/number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int number_int(const char *s, long lo, long hi, long *out) {
    char *end;
    if (!*s || s[strspn(s, "+-0123456789")]) return -1;
    errno = 0;
    long v = strtol(s, &end, 10);
    if (errno || *end || v < lo || v > hi) return -1;
    *out = v;
    return 0;
}

int number_real(const char *s, double lo, double hi, double *out) {
    char *end;
    if (!*s || s[strspn(s, "+-.0123456789eE")]) return -1;
    double v = strtod(s, &end); /* overflow gives an infinity, which no range holds */
    if (*end || !(v >= lo && v <= hi)) return -1;
    *out = v;
    return 0;
}

int number_u64(const char *s, uint64_t *out) {
    if (!*s || s[strspn(s, "0123456789")]) return -1;
    errno = 0;
    unsigned long long v = strtoull(s, NULL, 10);
    if (errno) return -1;
    *out = v;
    return 0;
}
