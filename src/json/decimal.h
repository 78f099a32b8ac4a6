/* Decimal numbers as JSON writes them, exactly. In: their text. Out: order, wholeness, multiples, scaled integers. No rounding anywhere. */
#ifndef JSON_DECIMAL_H
#define JSON_DECIMAL_H

#include <stdint.h>
#include "json/json.h"

/* sign * 0.D1 D2 ... Dn * 10^exp, without zeros at either end; zero has n = 0, exp = 0 and sign = 0. The digits stay in the text. */
struct decimal {
    const char *digit;  /* the first digit that counts; a '.' may stand between digits and is to be skipped */
    uint32_t n;         /* digits */
    int sign;           /* -1, 0, 1 */
    int64_t exp;        /* clamped to +-10^15: nobody writes such numbers in good faith */
};
void decimal_read(struct decimal *d, const struct json_value *number);

int decimal_compare(const struct decimal *a, const struct decimal *b); /* below, at, above 0 */
int decimal_is_integer(const struct decimal *d);

/* Is A a multiple of B, exactly? -1: B is zero, negative or has more than 18 digits. */
int decimal_is_multiple(const struct decimal *a, const struct decimal *b);

/* The largest integer i with i <= d * 10^scale, and the smallest with i >= d * 10^scale; held to +-DECIMAL_LARGE. */
#define DECIMAL_LARGE INT64_C(4000000000000000000)
int64_t decimal_floor(const struct decimal *d, int scale);
int64_t decimal_ceil(const struct decimal *d, int scale);

/* Writes it plainly, in one way: no exponent, no zeros that do not count ("-0" is "0"); no NUL behind. Returns the bytes, or 0 where
 * they are more than CAP. */
size_t decimal_plain(const struct decimal *d, char *out, size_t cap);

#endif
