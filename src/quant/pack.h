/* Codes and scales to the bits of a block, the inverse of quant_unpack(). */
#ifndef QUANT_PACK_H
#define QUANT_PACK_H

#include <stdint.h>

/* 256 columns before they are packed: codes from 0, scales without their offsets. */
struct codes {
    uint8_t code[256];
    uint16_t d[8], m[8];    /* [256 / columns of a block] halves; m: q4_1's m, q4_k's dmin */
    int8_t scale[16];       /* [256 / group], of blocks of 256 */
    uint8_t min[16];
};
void quant_pack(uint32_t type, const struct codes *c, int b, void *block); /* block B of the 256 columns */

#endif
