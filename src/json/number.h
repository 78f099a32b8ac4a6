/* Which numbers a schema allows, and whether what is written of one can still become one of them. In: bounds and divisors, digits.
 * Out: yes or no, and how many bytes it takes. By arithmetic on scaled integers: at scale s a number is the integer number * 10^s.
 */
#ifndef JSON_NUMBER_H
#define JSON_NUMBER_H

#include "json/decimal.h"

#define NUMBER_DIGITS 17 /* 10^17 fits an int64_t with room for a digit more */
#define NUMBERS_APART 4

struct numbers {
    int digits;                        /* at most so many, before and behind the point together */
    int scales;                        /* at most so many behind it; 0: integers */
    int64_t low[NUMBER_DIGITS + 1];    /* [scale] the least and the greatest, inclusive */
    int64_t high[NUMBER_DIGITS + 1];
    int64_t step[NUMBER_DIGITS + 1];   /* [scale] what they are multiples of; 1: any */
    int n_apart;
    int64_t apart[NUMBERS_APART];      /* [n_apart] integers that they are no multiples of */
    int n_divisors;
    double divisor[NUMBERS_APART];     /* [n_divisors] what they are multiples of as 64-bit floats divide, too: there 19.99 is none of 0.01 */
};
void numbers_all(struct numbers *n, int digits, int integers);
void numbers_at_least(struct numbers *n, const struct decimal *d, int exclusive);
void numbers_at_most(struct numbers *n, const struct decimal *d, int exclusive);
void numbers_multiple(struct numbers *n, const struct decimal *d);
int numbers_no_multiple(struct numbers *n, const struct decimal *d); /* of an integer above 0; -1: there are too many of these */

int64_t numbers_count(const struct numbers *n, int64_t most); /* how many there are at least; MOST where more */

enum number_phase { NUMBER_START, NUMBER_MINUS, NUMBER_ZERO, NUMBER_WHOLE, NUMBER_POINT, NUMBER_PART };
struct number { /* what is written so far */
    uint64_t digits;   /* all of them, read as one integer */
    int n;             /* how many there are, the zero before a point too */
    int scale;         /* how many are behind the point */
    int minus;
    enum number_phase phase;
};
#define NUMBER_NEVER 0xffff

/* The least bytes that make it an allowed number other than the N_TAKEN. 0: it is one now. NUMBER_NEVER: it cannot become one. */
int number_reach(const struct numbers *n, const struct number *x, const struct number *taken, int n_taken);
int number_step(const struct numbers *n, struct number *x, unsigned char b); /* one more byte; 0: not a number any more */
void number_short(struct number *x);                                         /* without zeros at the end of its part */

#endif
