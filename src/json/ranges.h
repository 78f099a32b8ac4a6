/* A set of code points, as ranges. In: ranges in any order. Out: ascending ones, apart from each other by at least one code point.
 * Surrogates, which no string has, are in where U+D7FF is.
 */
#ifndef JSON_RANGES_H
#define JSON_RANGES_H

#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"

#define RANGES_LAST_POINT 0x10ffffu

struct range {
    uint32_t lo, hi;
};

struct ranges {
    struct range *at;
    uint32_t n, room;
};

/* From MEM, where what the list outgrows stays. */
int ranges_add(struct ranges *r, uint32_t lo, uint32_t hi, struct arena *mem, struct err *e);

/* All of FROM, which is sorted; or all but those. */
int ranges_add_all(struct ranges *r, const struct ranges *from, int negated, struct arena *mem, struct err *e);

/* Sorts, and joins what touches. */
void ranges_join(struct ranges *r);

/* ECMAScript's \d, \w, \s; "." stands for what "." does not match. NULL for others. */
const struct ranges *ranges_named(int letter);

#endif
