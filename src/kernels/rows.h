/* LANES rows of a matrix at one of their blocks, where the hardware loads them by address and stride. NEON has its own, in arm_128.h. */
#ifndef KERNELS_ROWS_H
#define KERNELS_ROWS_H

#include <stddef.h>
#include <stdint.h>
#include "kernels/ref.h"

struct rows {
    const uint8_t *p;
    size_t stride;
};

INLINE struct rows rows_from(const uint8_t *p, size_t stride) {
    const struct rows rows = {p, stride};
    return rows;
}

INLINE void rows_step(struct rows *rows, size_t bytes) {
    rows->p += bytes;
}

/* The same rows BYTES on, by an address whose origin the compiler does not know: it would keep an address for each row from one half of a
 * block to the other, and registers are fewer. */
INLINE struct rows rows_on(struct rows rows, int bytes) {
    rows.p += bytes;
    __asm__("" : "+r"(rows.p));
    return rows;
}

#endif
