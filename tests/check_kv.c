/* Tests of the key-value cache: what kv_store writes is where kern_att reads it and as near as its type can be, for every type, for heads
 * that are no whole blocks, and for values no block can hold. check_kv [SEED]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernels/kernels.h"
#include "model/kv.h"

static int n_passed, n_failed;
static uint64_t seed = 1, state;

static uint32_t rnd(void) { /* splitmix64, high half */
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ z >> 31) >> 32);
}

static float rnd_float(void) { /* in [-1, 1) */
    return (float)(int32_t)rnd() * (1.0f / 2147483648.0f);
}

static void check(int ok, const char *what, int head, int pos) {
    if (ok) {
        n_passed++;
        return;
    }
    n_failed++;
    printf("FAIL: %s (heads of %d, token %d)\n  reproduce: check_kv %llu\n", what, head, pos, (unsigned long long)seed);
}

enum { LAYERS = 2, HEADS = 3, TOKENS = 37, CONTEXT = 200 };

/* What a token's blocks are filled with, by its position: from nothing to what no half's scale reaches. */
static float element(int pos, int i) {
    static const float size[] = {1, 0, 1e-3f, 1e-6f, 1e-12f, 300, 8e6f, 1e-7f};
    float x = rnd_float() * size[pos % 8];
    if (pos % 8 == 6 && i == 3)
        return -127.0f * 65504.0f;
    if (pos == 17 && i == 1) /* only the first block of it */
        return NAN;
    if (pos == 18 && i == 2)
        return -INFINITY;
    return pos == 19 && i == 5 ? 8.4e6f : x;
}

/* Element D of token POS as kernels.h says it lies. BASE: the start of the run. */
static float key_at(const struct kv *kv, const uint8_t *base, int pos, int d) {
    const uint8_t *panel = base + (size_t)(pos / 16) * 16 * kern_kv_bytes(kv->k_type, kv->head);
    size_t i = (size_t)(d * 16 + pos % 16), scale = (size_t)(kv->head * 16 + 2 * (d / 32 * 16 + pos % 16));
    float f;
    uint16_t h;
    memcpy(&f, panel + (kv->k_type == QT_F32 ? 4 * i : 0), 4);
    memcpy(&h, panel + (kv->k_type == QT_F16 ? 2 * i : scale), 2);
    return kv->k_type == QT_F32 ? f : kv->k_type == QT_F16 ? f16_to_f32(h) : f16_to_f32(h) * (float)(int8_t)panel[i];
}

static float value_at(const struct kv *kv, const uint8_t *base, int pos, int d) {
    const uint8_t *row = base + (size_t)pos * kern_kv_bytes(kv->v_type, kv->head);
    float f;
    uint16_t h;
    memcpy(&f, row + (kv->v_type == QT_F32 ? 4 * d : 0), 4);
    memcpy(&h, row + (kv->v_type == QT_F16 ? 2 * d : kv->head + d / 32 * 2), 2);
    return kv->v_type == QT_F32 ? f : kv->v_type == QT_F16 ? f16_to_f32(h) : f16_to_f32(h) * (float)(int8_t)row[d];
}

/* The least half that reaches MOST with a code of 127, by trying all of them. */
static float least_scale(float most) {
    uint16_t h = 0;
    while (127.0 * (double)f16_to_f32(h) < (double)most)
        h++;
    return f16_to_f32(h);
}

/* Whether GOT is X [n] as near as TYPE comes. */
static int near_enough(uint32_t type, const float *x, const float *got, int n) {
    for (int b = 0; b < n; b += 32) {
        int end = n - b < 32 ? n : b + 32, sound = 1;
        float most = 0;
        for (int i = b; i < end; i++) {
            sound &= fabsf(x[i]) <= 127.0f * 65504.0f;
            most = fabsf(x[i]) > most ? fabsf(x[i]) : most;
        }
        float d = type == QT_Q8_0 && sound ? least_scale(most) : 0;
        for (int i = b; i < end; i++) {
            if (type == QT_F32 ? memcmp(&x[i], &got[i], 4) : type == QT_F16 ? f32_to_f16(x[i]) != f32_to_f16(got[i]) : !sound && !isnan(got[i]))
                return 0;
            if (type == QT_Q8_0 && sound && !(fabsf(got[i] - x[i]) <= d * 0.5001f && fabsf(got[i]) <= 127 * d))
                return 0;
        }
    }
    return 1;
}

static void check_types(int head, uint32_t k_type, uint32_t v_type) {
    struct model m = {.n_layers = LAYERS, .n_kv_heads = HEADS, .head = head};
    float k[TOKENS][HEADS * MODEL_MAX_HEAD], v[TOKENS][HEADS * MODEL_MAX_HEAD], got[MODEL_MAX_HEAD];
    struct kv kv;
    struct err e;
    kv_plan(&kv, &m, CONTEXT, k_type, v_type);
    check(kv.k_bytes == LAYERS * HEADS * 256 * kern_kv_bytes(k_type, head), "bytes of the keys", head, 0);
    if (kv_open(&kv, &e)) {
        printf("FAIL: %s\n", e.text);
        n_failed++;
        return;
    }
    for (int pos = 0; pos < TOKENS; pos++) {
        for (int h = 0; h < HEADS; h++)
            for (int i = 0; i < head; i++) {
                k[pos][h * head + i] = element(pos, i);
                v[pos][h * head + i] = element(pos, i);
            }
        kv_store(&kv, 1, pos, k[pos], v[pos]);
    }
    for (int pos = 0; pos < TOKENS; pos++) {
        int good = 1;
        for (int h = 0; h < HEADS; h++) {
            for (int i = 0; i < head; i++)
                got[i] = key_at(&kv, kv_keys(&kv, 1, h, 0), pos, i);
            good &= near_enough(k_type, k[pos] + h * head, got, head);
            for (int i = 0; i < head; i++)
                got[i] = value_at(&kv, kv_values(&kv, 1, h, 0), pos, i);
            good &= near_enough(v_type, v[pos] + h * head, got, head);
        }
        check(good, qtype_info(k_type)->name, head, pos);
    }
    kv_close(&kv);
}

int main(int argc, char **argv) {
    static const int heads[] = {8, 24, 32, 40, 64, 128};
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 0);
    state = seed;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        check_types(heads[i], QT_F16, QT_F16);
        check_types(heads[i], QT_F32, QT_Q8_0);
        check_types(heads[i], QT_Q8_0, QT_F32);
        check_types(heads[i], QT_Q8_0, QT_Q8_0);
    }
    check(kern_kv_bytes(QT_Q8_0, 64) == 68 && kern_kv_bytes(QT_Q8_0, 128) == 136, "34 bytes for 32 values", 64, 0);
    printf("check_kv: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed != 0;
}
