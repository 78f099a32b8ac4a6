/* The key-value cache. */
#include "model/kv.h"

#include <string.h>
#include "base/os.h"
#include "kernels/kernels.h"
#include "quant/round.h"

enum { PANEL = 16 }; /* keys side by side, as kern_att reads them */

static size_t elem_bytes(uint32_t type) {
    return type == QT_F32 ? 4 : type == QT_F16 ? 2 : 1;
}

void kv_plan(struct kv *kv, const struct model *m, int n_ctx, uint32_t k_type, uint32_t v_type) {
    memset(kv, 0, sizeof *kv);
    kv->n_heads = m->n_kv_heads;
    kv->head = m->head;
    kv->cap = (n_ctx + ATT_CHUNK - 1) / ATT_CHUNK * ATT_CHUNK;
    kv->k_type = k_type;
    kv->v_type = v_type;
    kv->k_token = kern_kv_bytes(k_type, kv->head);
    kv->v_token = kern_kv_bytes(v_type, kv->head);
    /* No overflow: 2^20 tokens of 4 bytes, and layers * heads * head values of one token, which are rows of the mapped file */
    kv->k_run = (uint64_t)kv->cap * kv->k_token;
    kv->v_run = (uint64_t)kv->cap * kv->v_token;
    kv->n_parts = 2 * m->n_layers * m->n_kv_heads;
    kv->k_bytes = kv->k_run * (uint64_t)m->n_layers * (uint64_t)m->n_kv_heads;
    kv->v_bytes = kv->v_run * (uint64_t)m->n_layers * (uint64_t)m->n_kv_heads;
}

int kv_open(struct kv *kv, struct err *e) {
    if (kv->k_bytes <= SIZE_MAX && kv->v_bytes <= SIZE_MAX) {
        kv->k = os_reserve((size_t)kv->k_bytes);
        kv->v = os_reserve((size_t)kv->v_bytes);
    }
    if (kv->k && kv->v)
        return 0;
    kv_close(kv);
    return err_set(e, ERR_MEMORY, "no address space for a context of %d tokens (%llu MB)", kv->cap,
                   (unsigned long long)((kv->k_bytes + kv->v_bytes) >> 20));
}

void kv_close(struct kv *kv) {
    if (kv->k)
        os_release(kv->k, (size_t)kv->k_bytes);
    if (kv->v)
        os_release(kv->v, (size_t)kv->v_bytes);
    kv->k = kv->v = NULL;
}

struct kv_part kv_part(const struct kv *kv, int i, int n) {
    size_t run = (size_t)(i / 2), tokens = (size_t)n;
    struct kv_part keys = {kv->k + (size_t)kv->k_run * run, (tokens + PANEL - 1) / PANEL * PANEL * kv->k_token};
    struct kv_part values = {kv->v + (size_t)kv->v_run * run, tokens * kv->v_token};
    return i % 2 ? values : keys;
}

/* N runs of PANEL elements of SIZE bytes keep their first LANES. */
static void cut_lanes(uint8_t *p, size_t n, size_t size, size_t lanes) {
    for (size_t i = 0; i < n; i++, p += PANEL * size)
        memset(p + lanes * size, 0, (PANEL - lanes) * size);
}

void kv_trim(struct kv *kv, int n) {
    size_t head = (size_t)kv->head, lanes = (size_t)(n % PANEL), elem = elem_bytes(kv->k_type);
    for (int i = 0; i < kv->n_parts && lanes > 0; i += 2) {
        uint8_t *panel = kv_part(kv, i, n).at + (size_t)(n - n % PANEL) * kv->k_token;
        cut_lanes(panel, head, elem, lanes);
        cut_lanes(panel + PANEL * head * elem, (kv->k_token - head * elem) / 2, 2, lanes); /* Q8_0's scales */
    }
}

static uint8_t *run_k(const struct kv *kv, int layer, int head) {
    return kv->k + (size_t)kv->k_run * ((size_t)layer * (size_t)kv->n_heads + (size_t)head);
}

static uint8_t *run_v(const struct kv *kv, int layer, int head) {
    return kv->v + (size_t)kv->v_run * ((size_t)layer * (size_t)kv->n_heads + (size_t)head);
}

const void *kv_keys(const struct kv *kv, int layer, int head, int pos) {
    return run_k(kv, layer, head) + (size_t)pos * kv->k_token;
}

const void *kv_values(const struct kv *kv, int layer, int head, int pos) {
    return run_v(kv, layer, head) + (size_t)pos * kv->v_token;
}

/* One block of Q8_0: N floats, codes and scales STRIDE apart. The scale is the least half that reaches the largest magnitude with a code
 * of 127: the nearest might fall short of it, and far short among subnormals. What no half reaches, infinities and NaN make the block NaN. */
static void put_block(uint8_t *code, uint16_t *scale, size_t stride, const float *x, int n) {
    const float reach = 127.0f * 65504.0f; /* of the largest half; exact, and so are all 127 * half: 7 bits times 11 */
    float most = 0, inv = 0;
    int sound = 1;
    for (int i = 0; i < n; i++) {
        float a = x[i] < 0 ? -x[i] : x[i];
        sound &= a <= reach;
        most = a > most ? a : most;
    }
    *scale = sound ? f32_to_f16(most / 127.0f) : 0x7e00;
    if (sound) {
        *scale = (uint16_t)(*scale + (127.0f * f16_to_f32(*scale) < most));
        inv = inverse(f16_to_f32(*scale));
    }
    for (int i = 0; i < n; i++)
        code[(size_t)i * stride] = sound ? (uint8_t)round_code(x[i] * inv, -127, 127) : 0;
}

/* N elements to P, STRIDE apart; those of Q8_0 have their scales at SCALE. */
static void put(uint32_t type, uint8_t *p, uint8_t *scale, size_t stride, const float *x, int n) {
    if (type == QT_F32)
        for (int i = 0; i < n; i++)
            ((float *)(void *)p)[(size_t)i * stride] = x[i];
    else if (type == QT_F16)
        for (int i = 0; i < n; i++)
            ((uint16_t *)(void *)p)[(size_t)i * stride] = f32_to_f16(x[i]);
    else
        for (int i = 0; i < n; i += 32)
            put_block(p + (size_t)i * stride, (uint16_t *)(void *)scale + (size_t)(i / 32) * stride, stride, x + i, n - i < 32 ? n - i : 32);
}

void kv_store(struct kv *kv, int layer, int pos, const float *k, const float *v) {
    size_t n = (size_t)kv->head, lane = (size_t)(pos % PANEL), elem = elem_bytes(kv->k_type);
    for (int h = 0; h < kv->n_heads; h++, k += n, v += n) {
        uint8_t *panel = run_k(kv, layer, h) + (size_t)(pos - pos % PANEL) * kv->k_token;
        uint8_t *row = run_v(kv, layer, h) + (size_t)pos * kv->v_token;
        put(kv->k_type, panel + lane * elem, panel + PANEL * n + 2 * lane, PANEL, k, kv->head);
        put(kv->v_type, row, row + n, 1, v, kv->head);
    }
}
