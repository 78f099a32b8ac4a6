/* One block of memory cut into buffers. The same cutting code, run with no block, measures how much it needs. */
#ifndef MODEL_CARVE_H
#define MODEL_CARVE_H

#include <stddef.h>
#include <stdint.h>

struct carve {
    uint8_t *base;  /* NULL: only measure */
    uint64_t used;  /* bytes */
};

/* N elements of SIZE bytes, aligned to 64. */
static inline void *carve(struct carve *c, uint64_t n, size_t size) {
    uint64_t at = c->used;
    c->used += (n * size + 63) / 64 * 64;
    return c->base ? c->base + at : NULL;
}

#endif
