/* Every rung this CPU can climb against ref.c, bit for bit: each entry a rung installs, on random and worst-case blocks, odd row counts,
 * inputs that end at an unmapped page and outputs between canaries.
 *
 *   check_kernels [--seed N] [--rung NAME] [--bench]
 *
 * --bench prints, for each rung and type, the speed of decoding (GB/s of weights read, from memory) and of prefill (GMAC/s).
 */
#define _GNU_SOURCE
#include "kernels/kernels.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static int n_passed, n_failed;
static uint64_t seed = 1, state;
static char current[128]; /* the kernel being called, for crashes */

static uint32_t rnd(void) /* splitmix64, high half */
{
    uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

static float rnd_float(void) /* in [-1, 1) */
{
    return (float)(int32_t)rnd() * (1.0f / 2147483648.0f);
}

static void crashed(int sig) {
    char line[192];
    int n = snprintf(line, sizeof line, "FAIL: signal %d in %s\n", sig, current);
    if (write(2, line, (size_t)n) < 0)
        _exit(1);
    _exit(1);
}

/* BYTES of memory whose end is followed by an unmapped page. */
struct guarded {
    uint8_t *map, *p;
    size_t size;
};

static struct guarded guard(size_t bytes) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = (bytes + page - 1) / page * page + page;
    struct guarded g = {mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), NULL, size};
    if (g.map == MAP_FAILED || mprotect(g.map + size - page, page, PROT_NONE)) {
        perror("mmap");
        exit(1);
    }
    g.p = g.map + size - page - bytes;
    return g;
}

static void unguard(struct guarded g) {
    munmap(g.map, g.size);
}

static void verdict(int ok, const char *what) {
    if (ok) {
        n_passed++;
        return;
    }
    n_failed++;
    printf("FAIL: %s: %s differs from ref; repeat with: check_kernels --seed %llu\n", current, what, (unsigned long long)seed);
}

/* ---- weights ---------------------------------------------------------------------------------------------------------------------- */

/* Where a block keeps its half floats. */
static int half_offsets(uint32_t type, size_t at[2]) {
    switch (type) {
    case QT_Q4_1: case QT_Q5_1: case QT_Q4_K: case QT_Q5_K: at[0] = 0; at[1] = 2; return 2;
    case QT_Q2_K: at[0] = 80; at[1] = 82; return 2;
    case QT_Q3_K: at[0] = 108; return 1;
    case QT_Q6_K: at[0] = 208; return 1;
    default: at[0] = 0; return 1;
    }
}

enum fill { RANDOM, LIFELIKE, ALL_ONES, ALL_ZERO, SIGN_BITS }; /* the last: q8_0's -128 */

static void fill_quant(uint32_t type, uint8_t *w, size_t bytes, enum fill fill) {
    size_t block = qtype_info(type)->bytes, at[2];
    int n = half_offsets(type, at);
    for (size_t i = 0; i < bytes; i++)
        w[i] = fill <= LIFELIKE ? (uint8_t)rnd() : fill == ALL_ONES ? 0xff : fill == SIGN_BITS ? 0x80 : 0;
    for (size_t b = 0; b + block <= bytes; b += block)
        for (int i = 0; i < n; i++) {
            uint16_t h = (uint16_t)rnd();
            if ((h & 0x7c00) == 0x7c00) /* no infinities, no NaN */
                h = (uint16_t)(h & 0x83ff);
            if (fill == LIFELIKE) /* subnormal scales of scales, as small weights have them; others from 2^-9 to 2^-7 */
                h = qtype_info(type)->block == 256 ? h & 0x3ff : 0x1800 + (h & 0x7ff);
            else if (fill != RANDOM)
                h = 0x3c00;
            memcpy(w + b + at[i], &h, 2);
        }
}

static void fill_float(uint32_t type, uint8_t *w, size_t n) {
    for (size_t i = 0; i < n; i++) {
        float f = rnd_float();
        uint16_t h = type == QT_F16 ? f32_to_f16(f) : f32_to_bf16(f);
        if (type == QT_F32)
            memcpy(w + 4 * i, &f, 4);
        else
            memcpy(w + 2 * i, &h, 2);
    }
}

static void fill_x(const struct kernels *ref, void *x, int n, int cols, int quantized, enum fill fill) {
    for (int t = 0; t < n; t++) {
        float *row = malloc((size_t)cols * 4);
        for (int i = 0; i < cols; i++)
            row[i] = fill == RANDOM ? rnd_float() * 8 : (t + i / 64) % 2 ? -1.0f : 1.0f;
        if (quantized)
            ref->quantize(row, (struct qact *)x + (size_t)t * (size_t)(cols / 32), cols);
        else
            memcpy((float *)x + (size_t)t * (size_t)cols, row, (size_t)cols * 4);
        free(row);
    }
}

/* ---- products --------------------------------------------------------------------------------------------------------------------- */

static void *scratch(int cols) {
    static void *p;
    static size_t size;
    size_t need = (KERN_SCRATCH(cols) + 63) / 64 * 64;
    if (need > size) {
        free(p);
        p = aligned_alloc(64, need);
        size = need;
    }
    return p;
}

static void check_mul_case(const struct kernels *ref, const struct kernels *k, uint32_t type, int rows, int cols, int n, enum fill fill) {
    int quantized = !qtype_is_float(type);
    size_t stride = qtype_row_bytes(type, (size_t)cols), y_stride = (size_t)rows + 3, ny = y_stride * (size_t)n + 5;
    size_t x_bytes = (size_t)n * (quantized ? (size_t)cols / 32 * sizeof(struct qact) : (size_t)cols * 4);
    struct guarded w = guard(stride * (size_t)rows), x = guard(x_bytes), y = guard(ny * 4);
    float *want = malloc(ny * 4);
    if (quantized)
        fill_quant(type, w.p, stride * (size_t)rows, fill);
    else
        fill_float(type, w.p, (size_t)rows * (size_t)cols);
    fill_x(ref, x.p, n, cols, quantized, fill);
    memset(want, 0xa5, ny * 4);
    memset(y.p, 0xa5, ny * 4);
    struct kern_mul a = {w.p, stride, rows, cols, x.p, quantized ? (size_t)cols / 32 : (size_t)cols, n, want, y_stride, scratch(cols)};
    ref->mul[type](&a);
    a.y = (float *)(void *)y.p;
    k->mul[type](&a);
    char what[128];
    snprintf(what, sizeof what, "%d x %d, %d tokens, fill %d", rows, cols, n, (int)fill);
    verdict(memcmp(want, y.p, ny * 4) == 0, what);
    free(want);
    unguard(w);
    unguard(x);
    unguard(y);
}

static void check_mul(const struct kernels *ref, const struct kernels *k, uint32_t type) {
    static const int rows[] = {1, 7, 16, 33, 67}, tokens[] = {1, 2, 3, 8, 13};
    int block = qtype_info(type)->block == 256 ? 256 : 32;
    snprintf(current, sizeof current, "%s mul %s", k->name, qtype_info(type)->name);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t j = 0; j < sizeof tokens / sizeof *tokens; j++)
            check_mul_case(ref, k, type, rows[i], block * (1 + (int)(rnd() % 3)), tokens[j], RANDOM);
    for (int n = 1; n <= 7; n += 6) {
        check_mul_case(ref, k, type, 64, 4 * block, n, ALL_ONES);
        check_mul_case(ref, k, type, 64, 4 * block, n, ALL_ZERO);
        check_mul_case(ref, k, type, 64, 4 * block, n, SIGN_BITS);
    }
}

/* ---- the rest --------------------------------------------------------------------------------------------------------------------- */

static void check_quantize(const struct kernels *ref, const struct kernels *k) {
    enum { COLS = 32 * 40 };
    struct guarded x = guard(COLS * 4);
    struct qact a[COLS / 32], b[COLS / 32];
    float *f = (float *)(void *)x.p;
    snprintf(current, sizeof current, "%s quantize", k->name);
    for (int i = 0; i < COLS; i++) /* magnitudes from subnormal to huge, one scale a block */
        f[i] = ldexpf(rnd_float(), i / 32 * 8 - 140);
    for (int i = 0; i < 32; i++) {
        f[i] = 0;
        f[320 + i] = (float)(i - 16) + 0.5f; /* ties */
        f[640 + i] = i % 2 ? -127.0f : 127.0f;
        f[960 + i] = i == 7 ? NAN : 1.0f;
        f[992 + i] = i == 30 ? -INFINITY : 1.0f;
    }
    f[320] = 127.0f;
    memset(a, 0, sizeof a);
    memset(b, 0, sizeof b);
    ref->quantize(f, a, COLS);
    k->quantize(f, b, COLS);
    for (int i = 0; i < COLS / 32; i++) {
        if (isnan(a[i].d) && isnan(b[i].d))
            b[i].d = a[i].d;
        if (isnan(a[i].ds) && isnan(b[i].ds))
            b[i].ds = a[i].ds;
    }
    verdict(memcmp(a, b, sizeof a) == 0, "result");
    unguard(x);
}

/* UNITS of CODES elements, STRIDE bytes apart, and behind each, for Q8_0, its SCALES; some scales are 0 or subnormal halves. */
static void fill_kv(uint32_t type, uint8_t *p, size_t units, size_t stride, size_t codes, size_t scales) {
    for (size_t u = 0; u < units; u++, p += stride) {
        if (type != QT_Q8_0) {
            fill_float(type, p, codes);
            continue;
        }
        for (size_t i = 0; i < codes; i++)
            p[i] = (uint8_t)rnd();
        for (size_t i = 0; i < scales; i++) {
            uint16_t h = rnd() % 8 ? f32_to_f16(rnd_float() / 128) : (uint16_t)(rnd() % 40);
            memcpy(p + codes + 2 * i, &h, 2);
        }
    }
}

/* Q8_0's elements as floats, laid out as floats are. */
static float *decode_kv(const uint8_t *p, size_t units, size_t stride, size_t codes, size_t side) {
    float *out = malloc((units * codes + 1) * sizeof *out);
    for (size_t u = 0; u < units; u++)
        for (size_t i = 0; i < codes; i++) { /* SIDE elements by side share a dimension */
            uint16_t h;
            memcpy(&h, p + u * stride + codes + 2 * (i / side / 32 * side + i % side), 2);
            out[u * codes + i] = f16_to_f32(h) * (float)(int8_t)p[u * stride + i];
        }
    return out;
}

struct att_case {
    uint32_t k_type, v_type;
    int head, n_q;
};

/* K against ref; and where K is ref, its Q8_0 against its floats: the elements are exact, so nothing else may differ. */
static void check_att(const struct kernels *ref, const struct kernels *k, struct att_case c) {
    enum { V_PAD = 48 };
    size_t head = (size_t)c.head, blocks = (head + 31) / 32, panel = 16 * kern_kv_bytes(c.k_type, c.head);
    size_t row = kern_kv_bytes(c.v_type, c.head), stride = row + V_PAD;
    int *n_keys = malloc((size_t)c.n_q * sizeof *n_keys), most = 0;
    for (int j = 0; j < c.n_q; j++) {
        n_keys[j] = j % 5 == 4 ? 0 : j % 3 ? ATT_CHUNK - (int)(rnd() % 9) : (int)(rnd() % (ATT_CHUNK + 1));
        most = n_keys[j] > most ? n_keys[j] : most;
    }
    size_t panels = (size_t)(most + 15) / 16, n_out = (size_t)c.n_q * (head + 2) + 8;
    struct guarded kk = guard(panels * panel), v = guard(most ? (size_t)(most - 1) * stride + row : 0), q = guard((size_t)c.n_q * head * 4);
    fill_kv(c.k_type, kk.p, panels, panel, 16 * head, 16 * blocks);
    fill_kv(c.v_type, v.p, (size_t)most, stride, head, blocks);
    fill_float(QT_F32, q.p, (size_t)c.n_q * head);
    float *out[2] = {malloc(n_out * 4), malloc(n_out * 4)}, *keys = NULL, *values = NULL;
    for (int i = 0; i < 2; i++) {
        memset(out[i], 0xa5, n_out * 4);
        struct kern_att a = {(float *)(void *)q.p, head, c.n_q, c.head, n_keys, kk.p, v.p, stride, c.k_type, c.v_type,
                             out[i], out[i] + c.n_q, out[i] + 2 * c.n_q};
        if (k == ref && i == 1 && c.k_type == QT_Q8_0) {
            a.k = keys = decode_kv(kk.p, panels, panel, 16 * head, 16);
            a.k_type = QT_F32;
        }
        if (k == ref && i == 1 && c.v_type == QT_Q8_0) {
            a.v = values = decode_kv(v.p, (size_t)most, stride, head, 1);
            a.v_type = QT_F32;
            a.v_stride = head * 4;
        }
        (i ? k : ref)->att(&a);
    }
    char what[96];
    snprintf(what, sizeof what, "head %d, %d queries, keys %s, values %s", c.head, c.n_q, qtype_info(c.k_type)->name,
             qtype_info(c.v_type)->name);
    verdict(memcmp(out[0], out[1], n_out * 4) == 0, what);
    free(out[0]);
    free(out[1]);
    free(keys);
    free(values);
    free(n_keys);
    unguard(kk);
    unguard(v);
    unguard(q);
}

static void check_att_all(const struct kernels *ref, const struct kernels *k) {
    static const uint32_t types[][2] = {{QT_F16, QT_F16}, {QT_F32, QT_F32}, {QT_Q8_0, QT_Q8_0}, {QT_Q8_0, QT_F16}, {QT_F32, QT_Q8_0}};
    static const int heads[] = {64, 128, 24, 40};
    snprintf(current, sizeof current, "%s att", k->name);
    for (int t = k == ref ? 2 : 0; t < 5; t++)
        for (int h = 0; h < 4; h++)
            for (int n_q = 1; n_q <= 29; n_q += 7)
                check_att(ref, k, (struct att_case){types[t][0], types[t][1], heads[h], n_q});
}

static void check_float_ops(const struct kernels *ref, const struct kernels *k, int n) {
    struct guarded x = guard((size_t)n * 4), w = guard((size_t)n * 4);
    float *fx = (float *)(void *)x.p, *fw = (float *)(void *)w.p;
    float *a = malloc((size_t)n * 4), *b = malloc((size_t)n * 4);
    for (int i = 0; i < n; i++) {
        fx[i] = rnd_float() * (i % 7 == 0 ? 120.0f : 6.0f);
        fw[i] = rnd_float();
    }
    snprintf(current, sizeof current, "%s rmsnorm", k->name);
    ref->rmsnorm(a, fx, fw, n, 1e-6f);
    k->rmsnorm(b, fx, fw, n, 1e-6f);
    verdict(memcmp(a, b, (size_t)n * 4) == 0, "result");
    snprintf(current, sizeof current, "%s swiglu", k->name);
    ref->swiglu(a, fx, fw, n);
    k->swiglu(b, fx, fw, n);
    verdict(memcmp(a, b, (size_t)n * 4) == 0, "result");
    snprintf(current, sizeof current, "%s att_merge", k->name);
    for (int i = 0; i < 4; i++) {
        float m[2], l[2];
        struct kern_chunk c = {i == 2 ? -INFINITY : rnd_float(), 3.0f, fw};
        m[0] = m[1] = i == 1 ? -INFINITY : 0.25f;
        l[0] = l[1] = 2.0f;
        memcpy(a, fx, (size_t)n * 4);
        memcpy(b, fx, (size_t)n * 4);
        ref->att_merge(&m[0], &l[0], a, &c, n);
        k->att_merge(&m[1], &l[1], b, &c, n);
        verdict(memcmp(a, b, (size_t)n * 4) == 0 && m[0] == m[1] && l[0] == l[1], "result");
    }
    free(a);
    free(b);
    unguard(x);
    unguard(w);
}

static void check_expf(void) {
    double worst = 0;
    snprintf(current, sizeof current, "kern_expf");
    for (float x = -87.0f; x <= 88.0f; x += 0.00137f) {
        double want = exp((double)x), ulp = ldexp(1.0, ilogb(want) - 23);
        worst = fmax(worst, fabs((double)kern_expf(x) - want) / ulp);
    }
    verdict(worst <= 3.0, "3 ulp of exp");
    verdict(kern_expf(-87.1f) == 0.0f && kern_expf(-INFINITY) == 0.0f, "underflow to 0");
    verdict(isinf(kern_expf(88.1f)) && isnan(kern_expf(NAN)) && kern_expf(0.0f) == 1.0f, "inf, NaN, 1");
}

static void check_rung(const struct kernels *ref, const struct kernels *below, const struct kernels *k) {
    for (uint32_t type = 0; type < QT_N; type++)
        if (k->mul[type] && k->mul[type] != below->mul[type])
            check_mul(ref, k, type);
    if (k->quantize != below->quantize)
        check_quantize(ref, k);
    if (k->att != below->att)
        check_att_all(ref, k);
    if (k->rmsnorm != below->rmsnorm || k->swiglu != below->swiglu || k->att_merge != below->att_merge)
        for (int n = 32; n <= 896; n += 288)
            check_float_ops(ref, k, n);
}

/* ---- speed ------------------------------------------------------------------------------------------------------------------------ */

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds of one call, the best of several. */
static double best_of(const struct kernels *k, uint32_t type, const struct kern_mul *a) {
    double best = 1e9, start = now();
    for (int i = 0; i < 3 || now() - start < 0.1; i++) {
        double t = now();
        k->mul[type](a);
        t = now() - t;
        best = t < best ? t : best;
    }
    return best;
}

static void bench(const struct kernels *ref, const struct kernels *k, uint32_t type) {
    enum { COLS = 4864, ROWS = 8192, SMALL = 256, TOKENS = 128 };
    int quantized = !qtype_is_float(type);
    size_t stride = qtype_row_bytes(type, COLS);
    uint8_t *w = malloc(stride * ROWS);
    size_t x_bytes = TOKENS * (quantized ? COLS / 32 * sizeof(struct qact) : COLS * 4);
    void *x = malloc(x_bytes);
    float *y = malloc(sizeof(float) * ROWS * 2);
    if (quantized)
        fill_quant(type, w, stride * ROWS, LIFELIKE);
    else
        fill_float(type, w, (size_t)ROWS * COLS);
    fill_x(ref, x, TOKENS, COLS, quantized, RANDOM);
    struct kern_mul a = {w, stride, ROWS, COLS, x, quantized ? COLS / 32 : COLS, 1, y, ROWS, scratch(COLS)};
    double decode = best_of(k, type, &a);
    a.rows = 64;
    double cached = best_of(k, type, &a);
    a.n = TOKENS;
    a.y_stride = 64;
    double prefill = best_of(k, type, &a);
    printf("%-12s %-7s decode %6.1f GB/s, cached %6.1f GMAC/s, prefill %6.1f GMAC/s\n", k->name, qtype_info(type)->name,
           (double)stride * ROWS / decode * 1e-9, 64.0 * COLS / cached * 1e-9, 64.0 * COLS * TOKENS / prefill * 1e-9);
    free(w);
    free(x);
    free(y);
}

int main(int argc, char **argv) {
    int speed = 0;
    const char *only = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--bench") == 0)
            speed = 1;
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            seed = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--rung") == 0 && i + 1 < argc)
            only = argv[++i];
        else {
            fprintf(stderr, "usage: check_kernels [--seed N] [--rung NAME] [--bench]\n");
            return 2;
        }
    }
    state = seed;
    signal(SIGSEGV, crashed);
    signal(SIGBUS, crashed);
    signal(SIGILL, crashed);
    struct kernels ref, below, k;
    kern_init(&ref, "ref");
    below = ref;
    if (!speed) {
        check_expf();
        check_att_all(&ref, &ref);
    }
    for (int i = 0; i < kern_n_rungs; i++) {
        kern_init(&k, kern_ladder[i].name);
        if (strcmp(k.name, kern_ladder[i].name) != 0) {
            printf("check_kernels: this CPU cannot climb to %s\n", kern_ladder[i].name);
            continue;
        }
        if (only && strcmp(only, k.name) != 0)
            continue;
        if (speed) {
            for (uint32_t type = 0; type < QT_N; type++)
                if (k.mul[type] && (i > 0 || only))
                    bench(&ref, &k, type);
        } else if (i > 0) {
            check_rung(&ref, &below, &k);
        }
        below = k;
    }
    if (!speed)
        printf("check_kernels: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed > 0;
}
