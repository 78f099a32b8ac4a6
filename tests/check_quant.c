/* Tests of src/quant: half floats against doubles, blocks worked out by hand, errors of quantizing, bytes that must never change. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "quant/quant.h"

static int n_passed, n_failed;

static void check(int ok, const char *fmt, ...) {
    va_list args;
    if (ok) {
        n_passed++;
        return;
    }
    n_failed++;
    printf("check_quant: ");
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    printf("\n  reproduce: check_quant (nothing in it is random but for fixed seeds)\n");
}

/* ---- half floats ----------------------------------------------------------------------------------------------- */

struct format {
    const char *name;
    int man_bits, bias, exp_max;
    float (*to_float)(uint16_t);
    uint16_t (*from_float)(float);
};
static const struct format f16 = {"f16", 10, 15, 31, f16_to_f32, f32_to_f16};
static const struct format bf16 = {"bf16", 7, 127, 255, bf16_to_f32, f32_to_bf16};

/* The value of bits H by the definition. Infinity counts as the next power of two: that is where rounding to it starts from. */
static double value_of(const struct format *f, unsigned h) {
    int exp = (int)(h & 0x7fff) >> f->man_bits, man = (int)h & ((1 << f->man_bits) - 1);
    double v = exp ? ldexp(man + (1 << f->man_bits), exp - f->bias - f->man_bits) : ldexp(man, 1 - f->bias - f->man_bits);
    return h & 0x8000 ? -v : v;
}

static void check_to_float(const struct format *f) {
    unsigned inf = (unsigned)f->exp_max << f->man_bits;
    for (unsigned h = 0; h < 65536; h++) {
        float got = f->to_float((uint16_t)h);
        int ok;
        if ((h & 0x7fff) > inf)
            ok = isnan(got);
        else if ((h & 0x7fff) == inf)
            ok = isinf(got);
        else
            ok = (double)got == value_of(f, h);
        ok = ok && !signbit(got) == !(h & 0x8000);
        check(ok, "%s: %#06x as float: %.9g", f->name, h, (double)got);
    }
}

static void check_round(const struct format *f, float x, unsigned want) {
    uint16_t got = f->from_float(x);
    check(got == want, "%s: %.9g (%a): %#06x expected, found %#06x", f->name, (double)x, (double)x, want, (unsigned)got);
    got = f->from_float(-x);
    check(got == (want | 0x8000), "%s: %.9g: %#06x expected, found %#06x", f->name, (double)-x, want | 0x8000, (unsigned)got);
}

/* Every value, every midpoint of two neighbours, and the floats just beside the midpoint. */
static void check_from_float(const struct format *f) {
    unsigned inf = (unsigned)f->exp_max << f->man_bits;
    for (unsigned h = 0; h < inf; h++) {
        double low = value_of(f, h), high = value_of(f, h + 1);
        float mid = (float)((low + high) / 2);
        check_round(f, (float)low, h);
        check_round(f, mid, h & 1 ? h + 1 : h);
        check_round(f, nextafterf(mid, 0), h);
        check_round(f, nextafterf(mid, INFINITY), h + 1);
    }
    check_round(f, INFINITY, inf);
    for (unsigned i = 0; i < 64; i++) { /* NaNs with their payload anywhere, also where rounding could carry it into the sign */
        uint32_t bits = 0x7f800000 | (i < 23 ? 1u << i : 0x7fffffu >> i % 23);
        float nan;
        memcpy(&nan, &bits, sizeof nan);
        uint16_t h = f->from_float(nan);
        check((h & 0x7fff) > inf && h < 0x8000, "%s: NaN %#010x became %#06x", f->name, (unsigned)bits, (unsigned)h);
    }
}

/* ---- blocks by hand --------------------------------------------------------------------------------------------- */

/* A block is zero but for a few bytes; some of its columns are known. Worked out from the formulas in quant.h. */
struct poke {
    int at, byte;
};
struct expect {
    int col;
    float w;
};
struct example {
    uint32_t type;
    struct poke poke[16];     /* ends with byte 0 */
    struct expect expect[12]; /* ends after the last column that is not {0, 0} */
};
#define HALF(at, high) {at + 1, high} /* halves whose low byte is 0: 0x3c is 1, 0x38 is 0.5, 0x40 is 2, 0xbc is -1 */

static const struct example examples[] = {
    {QT_Q4_0, {HALF(0, 0x3c), {2, 0xf1}, {17, 0x98}}, {{0, -7}, {16, 7}, {1, -8}, {15, 0}, {31, 1}}},
    {QT_Q4_1, {HALF(0, 0x38), HALF(2, 0xbc), {4, 0xf1}}, {{0, -0.5f}, {16, 6.5f}, {1, -1}, {31, -1}}},
    {QT_Q5_0, {HALF(0, 0x3c), {2, 0x01}, {5, 0x80}, {6, 0x2f}, {21, 0x10}}, {{0, 15}, {16, -14}, {31, 1}, {15, -16}, {1, -16}}},
    {QT_Q5_1, {HALF(0, 0x38), HALF(2, 0x3c), {4, 0x01}, {7, 0x80}, {8, 0x2f}, {23, 0x10}},
     {{0, 16.5f}, {16, 2}, {31, 9.5f}, {15, 1}, {1, 1}}},
    {QT_Q8_0, {HALF(0, 0x40), {2, 0x80}, {3, 0x7f}, {33, 0xff}}, {{0, -256}, {1, 254}, {31, -2}, {30, 0}}},
    {QT_IQ4_NL, {HALF(0, 0x3c), {2, 0xf1}, {3, 0x87}}, {{0, -104}, {16, 113}, {1, -10}, {17, 1}, {2, -127}}},
    /* d 1, dmin 2. Groups 0: scale 3, min 1; 1: scale 15, min 0; 15: scale 0, min 15. Columns 0, 32, 64, 96 share byte 16, 128 byte 48. */
    {QT_Q2_K, {HALF(80, 0x3c), HALF(82, 0x40), {0, 0x13}, {1, 0x0f}, {2, 0x02}, {8, 0x01}, {15, 0xf0}, {16, 0x1b}, {32, 0x03}, {48, 0x02},
               {79, 0xff}},
     {{0, 7}, {1, -2}, {16, 45}, {32, 4}, {64, 0}, {128, 2}, {255, -30}, {254, -30}}},
    /* d 1. Scales: 0 is 63 - 32 = 31, 4 is 0x10 - 32 = -16, 15 is 0x30 - 32 = 16, all others -32. q is -4 without its hmask bit. */
    {QT_Q3_K, {HALF(108, 0x3c), {0, 0x01}, {31, 0x80}, {32, 0x02}, {95, 0xc0}, {96, 0x0f}, {104, 0x07}, {107, 0xc0}},
     {{0, 62}, {1, -124}, {16, 128}, {64, 64}, {255, 48}, {254, -64}}},
    /* d 1, dmin 0.5. Group 0: scale 5, min 2. 4: scale 2 + 16 * 3 = 50, min 1 + 16 * 2 = 33. 7: scale 15, min 0. 1: 0, 0. */
    {QT_Q4_K, {HALF(0, 0x3c), HALF(2, 0x38), {4, 0xc5}, {8, 0x82}, {12, 0x12}, {15, 0x0f}, {16, 0xf3}, {80, 0x07}, {143, 0x90}},
     {{0, 14}, {1, -1}, {32, 0}, {128, 333.5f}, {129, -16.5f}, {255, 135}, {223, 0}}},
    {QT_Q5_K, {HALF(0, 0x3c), HALF(2, 0x38), {4, 0xc5}, {8, 0x82}, {12, 0x12}, {15, 0x0f}, {16, 0x11}, {47, 0x80}, {48, 0xf3}, {112, 0x07},
               {175, 0x90}},
     {{0, 94}, {1, -1}, {32, 0}, {128, 1133.5f}, {129, -16.5f}, {255, 375}, {223, 0}}},
    /* d 0.5. Scales: 0 is 2, 4 is -3, 8 is 127, 15 is -128. Columns 0 and 64 share byte 0, 32 and 96 byte 32, 128 is in byte 64. */
    {QT_Q6_K, {HALF(208, 0x38), {0, 0xf1}, {64, 0x0e}, {127, 0x50}, {128, 0x23}, {160, 0x03}, {191, 0x80}, {192, 2}, {196, 0xfd}, {200, 127},
               {207, 0x80}},
     {{0, 17}, {1, -32}, {64, -22.5f}, {65, 48}, {128, 1905}, {255, -320}}},
    /* d 1. s[0] = 0x21 - 32 = 1, s[7] = 0x3f - 32 = 31, the others -32. */
    {QT_IQ4_XS, {HALF(0, 0x3c), {2, 0x02}, {3, 0xc0}, {4, 0x01}, {7, 0xf0}, {8, 0xf1}, {135, 0x80}, {24, 0x08}},
     {{0, -104}, {16, 113}, {1, -127}, {32, -32}, {255, 31}, {239, -3937}, {64, 4064}}},
};

static void check_example(const struct example *ex) {
    const struct qtype_info *info = qtype_info(ex->type);
    union {
        uint8_t byte[256];
        uint16_t align;
    } b;
    float w[256];
    memset(&b, 0, sizeof b);
    for (int i = 0; i < 16 && ex->poke[i].byte; i++)
        b.byte[ex->poke[i].at] = (uint8_t)ex->poke[i].byte;
    quant_dequantize(ex->type, &b, w, info->block);
    for (int i = 0; i < 12 && (i == 0 || ex->expect[i].col || ex->expect[i].w != 0); i++) {
        const struct expect *want = &ex->expect[i];
        check(w[want->col] == want->w, "%s by hand, column %d: %g expected, found %g", info->name, want->col, (double)want->w,
              (double)w[want->col]);
    }
}

/* ---- sizes ------------------------------------------------------------------------------------------------------- */

static const struct {
    uint32_t type;
    const char *name;
    size_t bytes; /* of 512 columns */
    int groups, min;
} sizes[] = {
    {0, "F32", 2048, 0, 0},   {1, "F16", 1024, 0, 0},   {30, "BF16", 1024, 0, 0}, {2, "Q4_0", 288, 1, 0},    {3, "Q4_1", 320, 1, 1},
    {6, "Q5_0", 352, 1, 0},   {7, "Q5_1", 384, 1, 1},   {8, "Q8_0", 544, 1, 0},   {10, "Q2_K", 168, 2, 1},   {11, "Q3_K", 220, 2, 0},
    {12, "Q4_K", 288, 1, 1},  {13, "Q5_K", 352, 1, 1},  {14, "Q6_K", 420, 2, 0},  {20, "IQ4_NL", 288, 1, 0}, {23, "IQ4_XS", 272, 1, 0},
};
#define N_TYPES (sizeof sizes / sizeof *sizes)

static void check_sizes(void) {
    unsigned known = 0;
    for (uint32_t type = 0; type < 100; type++)
        known += qtype_info(type) != NULL;
    check(known == N_TYPES && !qtype_info(UINT32_MAX), "%u types known, %u expected", known, (unsigned)N_TYPES);
    for (size_t i = 0; i < N_TYPES; i++) {
        uint32_t t = sizes[i].type;
        check(strcmp(qtype_info(t)->name, sizes[i].name) == 0, "type %u is called %s", t, qtype_info(t)->name);
        check(qtype_row_bytes(t, 512) == sizes[i].bytes, "%s: 512 columns take %zu bytes", sizes[i].name, qtype_row_bytes(t, 512));
        check(qtype_is_float(t) == (sizes[i].groups == 0), "%s: is_float", sizes[i].name);
        if (sizes[i].groups)
            check(qtype_groups(t) == sizes[i].groups && qtype_has_min(t) == sizes[i].min, "%s: groups, min", sizes[i].name);
    }
}

/* ---- quantizing ------------------------------------------------------------------------------------------------- */

#define COLS 4096

/* Nearly normal values of standard deviation 1: sums of twelve uniform numbers, from a fixed generator. */
static void normal_row(float *x, uint64_t seed) {
    for (int i = 0; i < COLS; i++) {
        int sum = 0;
        for (int k = 0; k < 12; k++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            sum += (int)(seed >> 48);
        }
        x[i] = (float)(sum - 6 * 65535) / 65536;
    }
}

static double error_of(uint32_t type, const float *x, uint8_t *row) {
    static float y[COLS];
    double e = 0, s = 0;
    quant_quantize(type, x, row, COLS);
    quant_dequantize(type, row, y, COLS);
    for (int i = 0; i < COLS; i++) {
        double d = (double)y[i] - (double)x[i];
        e += d * d;
        s += (double)x[i] * (double)x[i];
    }
    return sqrt(e / s);
}

static uint64_t fnv(const uint8_t *p, size_t n) {
    uint64_t h = 0xcbf29ce484222325;
    while (n--)
        h = (h ^ *p++) * 0x100000001b3;
    return h;
}

/* The relative error of a normal row, to within 3 %, and the hash of its bytes: a change of either is a change of the format. */
static const struct {
    uint32_t type;
    double error;
    uint64_t hash;
} golden[] = {
    {QT_F16, 0.00021, 0xd133d2574f8446e1},
    {QT_BF16, 0.00165, 0x841a33e5401d0a4c},
    {QT_Q4_0, 0.08474, 0x61ed30fe93f7a20a},
    {QT_Q4_1, 0.07719, 0x12bfc01ece444360},
    {QT_Q5_0, 0.04174, 0xb521509b1c2f89b5},
    {QT_Q5_1, 0.03719, 0x72ff429e2534d269},
    {QT_Q8_0, 0.00525, 0xbb802e72bb1a764c},
    {QT_Q2_K, 0.26784, 0x74a2e0afde226248},
    {QT_Q3_K, 0.14327, 0x920526be793011a8},
    {QT_Q4_K, 0.07046, 0x7b885fb401c1f85b},
    {QT_Q5_K, 0.03574, 0xa5e62c096b4def3f},
    {QT_Q6_K, 0.01718, 0x4f997373dc67c557},
    {QT_IQ4_NL, 0.07360, 0x14fcdbb4925b9298},
    {QT_IQ4_XS, 0.07433, 0xab44628f2f84bd72},
};

static void check_golden(void) {
    static float x[COLS];
    static union {
        uint8_t byte[COLS * 4 + 16];
        uint32_t align;
    } row;
    normal_row(x, 1);
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        uint32_t t = golden[i].type;
        const char *name = qtype_info(t)->name;
        size_t n = qtype_row_bytes(t, COLS);
        memset(&row, 0xa5, sizeof row);
        double e = error_of(t, x, row.byte);
        uint64_t h = fnv(row.byte, n);
        check(fabs(e - golden[i].error) <= 0.03 * golden[i].error, "%s: relative error %.5f, %.5f expected", name, e, golden[i].error);
        check(h == golden[i].hash, "%s: hash %#018llx, %#018llx expected", name, (unsigned long long)h, (unsigned long long)golden[i].hash);
        for (size_t k = n; k < n + 16; k++)
            check(row.byte[k] == 0xa5, "%s: byte %zu after the row was written", name, k - n);
    }
}

/* Rows that are unkind to a search for scales: they must come out finite, zeros as zeros, and nothing may overflow on the way. */
static void check_edges(void) {
    static const struct {
        const char *name;
        float even, odd, spike; /* columns 0, 2 ...; columns 1, 3 ...; column 77 */
        double error;           /* at most, of the largest magnitude in the row */
    } rows[] = {
        {"zeros", 0, 0, 0, 0},          {"ones", 1, 1, 1, 0.01},        {"minus ones", -1, -1, -1, 0.01}, {"two values", -1, 1, 1, 0.13},
        {"a spike", 0, 0, 5, 0.01},     {"a low spike", 1, 1, -9, 0.3}, {"small", 1e-6f, -1e-6f, 2e-6f, 1}, {"tiny", 1e-30f, -1e-30f, 0, 1},
        {"subnormal", 1e-44f, 0, 0, 1}, {"large", 3e4f, -3e4f, 1e4f, 0.13}, {"huge", 3e38f, -3e38f, 1e38f, 1.01},
    };
    static float x[COLS], y[COLS];
    static union {
        uint8_t byte[COLS * 4 + 16];
        uint32_t align;
    } row;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        for (int i = 0; i < COLS; i++)
            x[i] = i == 77 ? rows[r].spike : i % 2 ? rows[r].odd : rows[r].even;
        double max = fmax(fabs((double)rows[r].even), fmax(fabs((double)rows[r].odd), fabs((double)rows[r].spike)));
        for (size_t t = 0; t < N_TYPES; t++) {
            double worst = 0;
            quant_quantize(sizes[t].type, x, &row, COLS);
            quant_dequantize(sizes[t].type, &row, y, COLS);
            for (int i = 0; i < COLS; i++)
                worst = fmax(worst, isfinite(y[i]) ? fabs((double)y[i] - (double)x[i]) : INFINITY);
            if (sizes[t].groups == 0 && r == sizeof rows / sizeof *rows - 1)
                continue; /* f16 has no 3e38 */
            check(worst <= rows[r].error * max, "%s, %s: error %g of %g", sizes[t].name, rows[r].name, worst, max);
        }
    }
}

int main(void) {
    check_to_float(&f16);
    check_to_float(&bf16);
    check_from_float(&f16);
    check_from_float(&bf16);
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
        check_example(&examples[i]);
    check_sizes();
    check_golden();
    check_edges();
    printf("check_quant: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed != 0;
}
