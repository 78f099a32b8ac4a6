/* Many allocations, one free. Sizes are checked; memory is zeroed and aligned to 64 bytes. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include "base/err.h"

struct arena {
    struct arena_chunk *last;
};
void *arena_alloc(struct arena *a, size_t n, size_t size, struct err *e); /* n * size bytes; NULL and ERR_MEMORY */
/* Room for one more behind the N elements of SIZE bytes at OLD, where *cap fit: OLD, or a larger copy of it; the old place goes with the
 * arena. NULL and ERR_MEMORY. */
void *arena_grow(struct arena *a, void *old, int n, int *cap, size_t size, struct err *e);
void arena_free(struct arena *a);

/* 0 and *out, or -1 where the result does not fit. */
int size_mul(size_t a, size_t b, size_t *out);
int size_add(size_t a, size_t b, size_t *out);

#endif
