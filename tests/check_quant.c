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

/* From nearly normal values, sums of twelve uniform numbers of a fixed generator: as they are; their cubes, of heavy tails; with columns of
 * outliers; magnitudes; each much like the one before. */
enum { NORMAL, CUBES, OUTLIERS, POSITIVE, SMOOTH, N_ROWS };
static const char *const row_names[N_ROWS] = {"normal", "cubes", "outliers", "positive", "smooth"};

static void make_row(float *x, int kind) {
    uint64_t seed = 1;
    for (int i = 0; i < COLS; i++) {
        int sum = 0;
        for (int k = 0; k < 12; k++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            sum += (int)(seed >> 48);
        }
        float v = (float)(sum - 6 * 65535) / 65536;
        switch (kind) {
        case CUBES: v = v * v * v; break;
        case OUTLIERS: v = i % 97 == 5 ? 12 * v : v; break;
        case POSITIVE: v = v < 0 ? -v : v; break;
        case SMOOTH: v = i ? 0.95f * x[i - 1] + 0.3f * v : v; break;
        }
        x[i] = v;
    }
}

static union {
    uint8_t byte[COLS * 4 + 16];
    uint32_t align;
} row;

/* Quantizes X and reads it back into Y. Returns how far Y is from X, relative to X. */
static double error_of(uint32_t type, const float *x, float *y) {
    double e = 0, s = 0;
    quant_quantize(type, x, &row, COLS);
    quant_dequantize(type, &row, y, COLS);
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

/* The relative errors of the rows, with ggml's quantizer (commit d32676d77, no importance data, read back by ggml) and with ours, and the
 * hash of the normal row's bytes. Ours may not grow by more than 0.5 %; a change of the hash is a change of every file that is made. */
static const struct {
    uint32_t type;
    uint64_t hash;
    double ggml[N_ROWS], ours[N_ROWS];
} golden[] = {
    {QT_F16, 0xd133d2574f8446e1, {0}, {0.000208, 0.000204, 0.000202, 0.000208, 0.000209}},
    {QT_BF16, 0x841a33e5401d0a4c, {0}, {0.001650, 0.001641, 0.001499, 0.001650, 0.001637}},
    {QT_Q4_0, 0xc650c9c3b77cace9, {0.084743, 0.111077, 0.162737, 0.084004, 0.065080}, {0.080435, 0.107640, 0.159888, 0.079219, 0.059804}},
    {QT_Q4_1, 0xf1d73b70f4751298, {0.077192, 0.117902, 0.104785, 0.043523, 0.043187}, {0.068478, 0.085554, 0.090312, 0.038015, 0.038469}},
    {QT_Q5_0, 0x6ad2d8361b3717cd, {0.041736, 0.060067, 0.079867, 0.041583, 0.031839}, {0.039180, 0.058065, 0.078608, 0.039115, 0.029443}},
    {QT_Q5_1, 0xe966af74fd136d93, {0.037193, 0.054952, 0.048542, 0.020934, 0.020971}, {0.033300, 0.043807, 0.043982, 0.018174, 0.018315}},
    {QT_Q8_0, 0x0923d2c8129b7390, {0.005257, 0.008705, 0.010174, 0.005257, 0.004019}, {0.004657, 0.008199, 0.009772, 0.004657, 0.003595}},
    {QT_Q2_K, 0xd84f6001b95702b8, {0.288161, 0.399333, 0.322838, 0.189249, 0.141452}, {0.256864, 0.250609, 0.255215, 0.174324, 0.131921}},
    {QT_Q3_K, 0x23a9bfe76bdf9b37, {0.150763, 0.154757, 0.186798, 0.145176, 0.104400}, {0.143360, 0.149821, 0.182427, 0.136354, 0.098218}},
    {QT_Q4_K, 0xf46c74f8aef499aa, {0.070124, 0.092283, 0.095741, 0.041674, 0.040644}, {0.068731, 0.087168, 0.092020, 0.040042, 0.039766}},
    {QT_Q5_K, 0x04641a26c052b6ad, {0.035823, 0.050129, 0.047119, 0.020595, 0.020566}, {0.034119, 0.045755, 0.045536, 0.019315, 0.019367}},
    {QT_Q6_K, 0xe9a3ce884a97f14e, {0.017625, 0.024944, 0.030153, 0.017588, 0.012691}, {0.016452, 0.024253, 0.029453, 0.016449, 0.012046}},
    {QT_IQ4_NL, 0x673820aa04980d78, {0.075601, 0.091666, 0.122071, 0.073108, 0.064086}, {0.072833, 0.088049, 0.120101, 0.071501, 0.063166}},
    {QT_IQ4_XS, 0x75237f1286285d19, {0.076162, 0.092801, 0.123635, 0.073518, 0.064682}, {0.073436, 0.089377, 0.121645, 0.072044, 0.063508}},
};

static void check_golden(void) {
    static float x[COLS], y[COLS];
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        uint32_t t = golden[i].type;
        const char *name = qtype_info(t)->name;
        size_t n = qtype_row_bytes(t, COLS);
        for (int r = N_ROWS - 1; r >= NORMAL; r--) {
            double ours = golden[i].ours[r], ggml = golden[i].ggml[r];
            memset(&row, 0xa5, sizeof row);
            make_row(x, r);
            double e = error_of(t, x, y);
            check(fabs(e - ours) <= 0.005 * ours, "%s, %s row: relative error %.6f, %.6f expected", name, row_names[r], e, ours);
            check(ggml == 0 || e < ggml, "%s, %s row: relative error %.6f, ggml's %.6f", name, row_names[r], e, ggml);
        }
        uint64_t h = fnv(row.byte, n);
        check(h == golden[i].hash, "%s: hash %#018llx, %#018llx expected", name, (unsigned long long)h, (unsigned long long)golden[i].hash);
        for (size_t k = n; k < n + 16; k++)
            check(row.byte[k] == 0xa5, "%s: byte %zu after the row was written", name, k - n);
    }
}

/* ---- quantizing: nothing much better is missed ------------------------------------------------------------------------ */

static double nearest_iq4(double x) {
    int k = 0;
    while (k < 15 && x > (iq4_values[k] + iq4_values[k + 1]) / 2.0)
        k++;
    return iq4_values[k];
}

/* The least squared error of 32 columns with any half for a scale, by trying all that could be it. */
static double least_error(uint32_t type, const float *x) {
    int lo = type == QT_Q4_0 ? -8 : type == QT_Q5_0 ? -16 : -127, hi = type == QT_IQ4_NL ? 113 : type == QT_Q8_0 ? 127 : -lo - 1;
    double mag = 0, least = INFINITY;
    for (int i = 0; i < 32; i++) {
        if (fabs((double)x[i]) > mag)
            mag = fabs((double)x[i]);
    }
    for (unsigned h = f32_to_f16((float)(mag / -lo / 1.2)); f16_to_f32((uint16_t)h) < 2 * mag / hi; h++) {
        for (int sign = -1; sign <= 1; sign += 2) {
            double d = sign * (double)f16_to_f32((uint16_t)h), sum = 0;
            for (int i = 0; i < 32; i++) {
                double q = fmin(fmax(floor((double)x[i] / d + 0.5), lo), hi);
                if (type == QT_IQ4_NL)
                    q = nearest_iq4((double)x[i] / d);
                sum += pow((double)x[i] - d * q, 2);
            }
            least = fmin(least, sum);
        }
    }
    return least;
}

static void check_least(void) {
    static const struct {
        uint32_t type;
        double over; /* our error over the least: the RMS over all blocks */
    } types[] = {{QT_Q4_0, 1.006}, {QT_Q5_0, 1.003}, {QT_Q8_0, 1.03}, {QT_IQ4_NL, 1.005}};
    static float x[COLS], y[COLS];
    make_row(x, NORMAL);
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        double found = 0, least = 0;
        error_of(types[t].type, x, y);
        for (int b = 0; b < 32; b++) {
            for (int i = 32 * b; i < 32 * b + 32; i++)
                found += pow((double)x[i] - (double)y[i], 2);
            least += least_error(types[t].type, x + 32 * b);
        }
        double over = sqrt(found / least);
        check(over >= 0.9999 && over <= types[t].over, "%s: %.4f times the least error there is, at most %.3f expected",
              qtype_info(types[t].type)->name, over, types[t].over);
    }
}

/* What was read back is quantized again: of the types with one scale that comes to the same values, of the others nearly. Blocks are
 * quantized by themselves, so that a row may be cut between any two. Zeros of either sign stay. */
static void check_again(void) {
    static float x[COLS], y[COLS], z[COLS];
    static uint8_t cut[COLS * 4];
    make_row(x, NORMAL);
    for (size_t i = 0; i < N_TYPES; i++) {
        uint32_t t = sizes[i].type;
        size_t block = qtype_info(t)->block;
        double e = error_of(t, x, y);
        for (size_t k = 0; k < COLS / block; k++)
            quant_quantize(t, x + k * block, cut + qtype_row_bytes(t, k * block), block);
        check(memcmp(cut, &row, qtype_row_bytes(t, COLS)) == 0, "%s: other bytes for blocks one by one", sizes[i].name);
        double again = error_of(t, y, z);
        int c, one_scale = sizes[i].groups == 0 || t == QT_Q4_0 || t == QT_Q5_0 || t == QT_IQ4_NL;
        check(again <= (one_scale ? 0 : 0.25 * e), "%s: error %.6f, of the values read back %.6f", sizes[i].name, e, again);
        for (c = 0; c < COLS; c++)
            z[c] = c % 2 ? 0.0f : -0.0f;
        quant_quantize(t, z, &row, COLS);
        quant_dequantize(t, &row, z, COLS);
        c = 0;
        while (c < COLS && z[c] == 0)
            c++;
        check(c == COLS, "%s: the zero in column %d became %g", sizes[i].name, c, c < COLS ? (double)z[c] : 0);
    }
}

/* Values that are not finite are not kept, but nothing else suffers: no write outside the row (and nothing undefined, sanitizers say). */
static void check_not_finite(void) {
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    static float x[COLS], y[COLS];
    for (size_t i = 0; i < N_TYPES; i++) {
        size_t n = qtype_row_bytes(sizes[i].type, COLS);
        for (int c = 0; c < COLS; c++)
            x[c] = c >= 512 || c % 7 ? (float)(c % 5) : bad[c / 7 % 3];
        memset(&row, 0xa5, sizeof row);
        error_of(sizes[i].type, x, y);
        for (int c = 512; c < COLS; c++)
            check(fabs((double)y[c] - (double)x[c]) <= 1, "%s: column %d, far from NaN, is %g", sizes[i].name, c, (double)y[c]);
        for (size_t k = n; k < n + 16; k++)
            check(row.byte[k] == 0xa5, "%s: byte %zu after a row with NaN was written", sizes[i].name, k - n);
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
    check_least();
    check_again();
    check_not_finite();
    check_edges();
    printf("check_quant: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed != 0;
}
