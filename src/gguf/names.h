/* The names of a table, sorted by hash, for finding one among many. In: pointers to the names of the records. Must not know the records. */
#ifndef GGUF_NAMES_H
#define GGUF_NAMES_H

#include "gguf/gguf.h"

struct gguf_name {
    uint64_t hash;
    const struct gguf_str *name;
};
struct gguf_name names_entry(const struct gguf_str *name);

/* By hash, then bytes, then address. Sorting and no hash table: a file whose names collide on purpose costs n log n all the same. */
void names_sort(struct gguf_name *t, size_t n);

/* Of sorted names: one that another comes before, the same byte for byte; NULL where all differ. */
const struct gguf_str *names_repeated(const struct gguf_name *t, size_t n);

const struct gguf_str *names_find(const struct gguf_name *t, size_t n, const char *wanted); /* NULL: absent */

#endif
