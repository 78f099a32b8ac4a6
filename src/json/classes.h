/* The code points in classes that no set of a pattern tells apart. In: sets. Out: ranges of classes, and the classes of each set. */
#ifndef JSON_CLASSES_H
#define JSON_CLASSES_H

#include "json/regex.h"

struct classes {
    uint32_t n, n_ranges, words;
    uint32_t *first; /* [n_ranges] as in struct dfa */
    uint16_t *cls;
    uint64_t *has;   /* [n_sets][words] bit c: class c is in the set */
};

int classes_find(struct classes *c, const struct regex *r, struct arena *mem, struct err *e);

#endif
