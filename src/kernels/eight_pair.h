/* The primitives of eight.h on two vectors of four. An instruction set defines f4, i4 and their operations first; f4_half and f4_bf16 take
 * a pointer to four halves; f4x2_codes(p, &lo, &hi) converts eight int8, i4_store4x2(p, lo, hi) stores the low bytes of eight ints. */

typedef struct {
    f4 lo, hi;
} f8;
typedef struct {
    i4 lo, hi;
} i8;

#define PAIR2(T, name, op)          \
    INLINE T name(T a, T b)         \
    {                               \
        T r = {op(a.lo, b.lo), op(a.hi, b.hi)}; \
        return r;                   \
    }
PAIR2(f8, f8_add, f4_add)
PAIR2(f8, f8_sub, f4_sub)
PAIR2(f8, f8_mul, f4_mul)
PAIR2(f8, f8_div, f4_div)
PAIR2(f8, f8_max, f4_max)
PAIR2(i8, i8_and, i4_and)
PAIR2(i8, i8_add, i4_add)
PAIR2(i8, i8_sub, i4_sub)
PAIR2(i8, i8_max, i4_max)

#define PAIR1(R, T, name, lo_op, hi_op)         \
    INLINE R name(T x)                          \
    {                                           \
        R r = {lo_op, hi_op};                   \
        return r;                               \
    }
PAIR1(f8, float, f8_set1, f4_set1(x), f4_set1(x))
PAIR1(i8, int32_t, i8_set1, i4_set1(x), i4_set1(x))
PAIR1(f8, const float *, f8_load, f4_load(x), f4_load(x + 4))
PAIR1(f8, const uint16_t *, f8_half, f4_half(x), f4_half(x + 4))
PAIR1(f8, const uint16_t *, f8_bf16, f4_bf16(x), f4_bf16(x + 4))
PAIR1(f8, const uint16_t *, f8_half_all, f4_half_all(x), f4_half_all(x))
PAIR1(i8, f8, f8_bits, f4_bits(x.lo), f4_bits(x.hi))
PAIR1(f8, i8, i8_bits, i4_bits(x.lo), i4_bits(x.hi))
PAIR1(i8, i8, i8_shl23, i4_shl23(x.lo), i4_shl23(x.hi))
#define f8_zero() f8_set1(0.0f)

INLINE f8 f8_codes(const int8_t *p) {
    f8 r;
    f4x2_codes(p, &r.lo, &r.hi);
    return r;
}

INLINE void f8_store(float *p, f8 x) {
    f4_store(p, x.lo);
    f4_store(p + 4, x.hi);
}

INLINE f8 f8_lt(f8 a, f8 b, f8 yes, f8 no) {
    f8 r = {f4_lt(a.lo, b.lo, yes.lo, no.lo), f4_lt(a.hi, b.hi, yes.hi, no.hi)};
    return r;
}

INLINE void i8_store8(int8_t *p, i8 x) {
    i4_store4x2(p, x.lo, x.hi);
}
