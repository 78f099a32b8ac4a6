/* What both attention and the other float kernels do with vectors of eight floats, over the primitives that eight.h describes. */
#ifndef KERNELS_EIGHT_MATH_H
#define KERNELS_EIGHT_MATH_H

#include <math.h>
#include "kernels/ref.h"

/* Rule 3's tree. */
INLINE float f8_sum(f8 x) {
    float s[8];
    f8_store(s, x);
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

/* kern_expf, eight at a time. */
INLINE f8 f8_exp(f8 x) {
    const f8 round = f8_set1(KERN_ROUND);
    f8 shifted = f8_add(f8_mul(x, f8_set1(KERN_LOG2E)), round);
    f8 n = f8_sub(shifted, round);
    f8 r = f8_sub(x, f8_mul(n, f8_set1(KERN_LN2_HI)));
    r = f8_sub(r, f8_mul(n, f8_set1(KERN_LN2_LO)));
    f8 p = f8_set1(KERN_EXP_C6);
    p = f8_add(f8_mul(p, r), f8_set1(KERN_EXP_C5));
    p = f8_add(f8_mul(p, r), f8_set1(KERN_EXP_C4));
    p = f8_add(f8_mul(p, r), f8_set1(KERN_EXP_C3));
    p = f8_add(f8_mul(p, r), f8_set1(KERN_EXP_C2));
    p = f8_add(f8_mul(p, r), f8_set1(KERN_EXP_C1));
    p = f8_add(f8_mul(p, f8_mul(r, r)), r);
    p = f8_add(p, f8_set1(1.0f));
    i8 power = i8_shl23(i8_add(i8_sub(f8_bits(shifted), f8_bits(round)), i8_set1(127)));
    p = f8_mul(p, i8_bits(power));
    p = f8_lt(x, f8_set1(KERN_EXP_MIN), f8_zero(), p);
    return f8_lt(f8_set1(KERN_EXP_MAX), x, f8_set1(INFINITY), p);
}

#endif
