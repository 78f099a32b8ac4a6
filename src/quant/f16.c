/* Half floats and bfloat16 to and from float, in integers only, so that no FPU mode (flush to zero, rounding) can change a bit.
 * In: bits. Out: bits. Knows nothing of blocks.
 */
#include <string.h>
#include "quant/quant.h"

static float from_bits(uint32_t u) {
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}

static uint32_t to_bits(float f) {
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    return u;
}

float f16_to_f32(uint16_t h) {
    uint32_t sign = (uint32_t)(h >> 15) << 31;
    uint32_t exp = h >> 10 & 31;
    uint32_t man = h & 1023;
    if (exp == 31)
        return from_bits(sign | 255u << 23 | man << 13);
    if (exp != 0)
        return from_bits(sign | (exp + 127 - 15) << 23 | man << 13);
    if (man == 0)
        return from_bits(sign);
    /* Subnormal: man * 2^-24. Shift the leading one up to bit 10, where it is implied. */
    exp = 127 - 14;
    while (!(man & 1024)) {
        man <<= 1;
        exp--;
    }
    return from_bits(sign | exp << 23 | (man & 1023) << 13);
}

/* The value of U >> SHIFT rounded to nearest, ties to even. SHIFT is 1 to 31. */
static uint32_t shift_round(uint32_t u, int shift) {
    uint32_t half = 1u << (shift - 1);
    uint32_t rest = u & ((half << 1) - 1);
    u >>= shift;
    return u + (rest > half || (rest == half && (u & 1)));
}

uint16_t f32_to_f16(float f) {
    uint32_t u = to_bits(f);
    uint16_t sign = (uint16_t)(u >> 16 & 0x8000);
    uint32_t mag = u & 0x7fffffff;
    uint32_t exp = mag >> 23;
    if (mag > 0x7f800000)
        return (uint16_t)(sign | 0x7e00 | (mag >> 13 & 0x3ff)); /* NaN: made quiet, so that a low payload cannot become infinity */
    if (exp >= 127 + 16)
        return sign | 0x7c00;
    if (exp >= 127 - 14) /* a carry out of the mantissa moves on into the exponent, up to infinity, as it should */
        return (uint16_t)(sign | (((exp - (127 - 15)) << 10) + shift_round(mag & 0x7fffff, 13)));
    if (exp < 127 - 25)  /* under 2^-25, half of the smallest subnormal */
        return sign;
    /* Subnormal: the value in units of 2^-24. With the leading one at bit 23, that is 126 - exp places to the right. */
    return (uint16_t)(sign | shift_round((mag & 0x7fffff) | 0x800000, (int)(126 - exp)));
}

float bf16_to_f32(uint16_t h) {
    return from_bits((uint32_t)h << 16);
}

uint16_t f32_to_bf16(float f) {
    uint32_t u = to_bits(f);
    if ((u & 0x7fffffff) > 0x7f800000)
        return (uint16_t)(u >> 16 | 0x40);
    return (uint16_t)shift_round(u, 16);
}
