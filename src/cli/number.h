/* Strict numbers: the whole text is the number, decimal, finite and in range. */
#ifndef CLI_NUMBER_H
#define CLI_NUMBER_H

#include <stdint.h>

int number_int(const char *s, long lo, long hi, long *out);        /* 0, or -1 */
int number_real(const char *s, double lo, double hi, double *out);
int number_u64(const char *s, uint64_t *out);

#endif
