/* The key-value cache. */
#include "model/kv.h"

#include <string.h>
#include "base/os.h"
#include "kernels/kernels.h"

enum { PANEL = 16 }; /* keys side by side, as kern_att reads them */

static size_t elem(int f32) {
    return f32 ? sizeof(float) : sizeof(uint16_t);
}

void kv_plan(struct kv *kv, const struct model *m, int n_ctx, int k_f32, int v_f32) {
    memset(kv, 0, sizeof *kv);
    kv->n_heads = m->n_kv_heads;
    kv->head = m->head;
    kv->cap = (n_ctx + ATT_CHUNK - 1) / ATT_CHUNK * ATT_CHUNK;
    kv->k_f32 = k_f32;
    kv->v_f32 = v_f32;
    /* No overflow: 2^20 tokens of 4 bytes, and layers * heads * head values of one token, which are rows of the mapped file */
    kv->k_run = (uint64_t)kv->cap * (uint64_t)kv->head * elem(k_f32);
    kv->v_run = (uint64_t)kv->cap * (uint64_t)kv->head * elem(v_f32);
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

static uint8_t *run_k(const struct kv *kv, int layer, int head) {
    return kv->k + (size_t)kv->k_run * ((size_t)layer * (size_t)kv->n_heads + (size_t)head);
}

static uint8_t *run_v(const struct kv *kv, int layer, int head) {
    return kv->v + (size_t)kv->v_run * ((size_t)layer * (size_t)kv->n_heads + (size_t)head);
}

const void *kv_keys(const struct kv *kv, int layer, int head, int pos) {
    return run_k(kv, layer, head) + (size_t)pos * (size_t)kv->head * elem(kv->k_f32);
}

const void *kv_values(const struct kv *kv, int layer, int head, int pos) {
    return run_v(kv, layer, head) + (size_t)pos * (size_t)kv->head * elem(kv->v_f32);
}

/* N values to P, STRIDE elements apart. */
static void put(void *p, int f32, size_t stride, const float *x, int n) {
    if (f32)
        for (int i = 0; i < n; i++)
            ((float *)p)[(size_t)i * stride] = x[i];
    else
        for (int i = 0; i < n; i++)
            ((uint16_t *)p)[(size_t)i * stride] = f32_to_f16(x[i]);
}

void kv_store(struct kv *kv, int layer, int pos, const float *k, const float *v) {
    size_t n = (size_t)kv->head;
    size_t k_at = (size_t)(pos / PANEL) * n * PANEL + (size_t)(pos % PANEL);
    for (int h = 0; h < kv->n_heads; h++, k += n, v += n) {
        put(run_k(kv, layer, h) + k_at * elem(kv->k_f32), kv->k_f32, PANEL, k, kv->head);
        put(run_v(kv, layer, h) + (size_t)pos * n * elem(kv->v_f32), kv->v_f32, 1, v, kv->head);
    }
}
