/* Writing a GGUF file. In: values, in the order of the format. Out: their bytes. Must not know what keys and tensors mean. */
#include "gguf/put.h"

#include <errno.h>
#include <string.h>

void gguf_put_bytes(struct gguf_put *p, const void *bytes, size_t n) {
    if (p->error || n == 0)
        return;
    errno = 0;
    if (fwrite(bytes, 1, n, p->f) != n)
        p->error = errno ? errno : EIO;
    p->at += n;
}

void gguf_put_padding(struct gguf_put *p) {
    static const char zeros[64];
    size_t left = (size_t)(-p->at & (p->alignment - 1));
    while (left) {
        size_t n = left < sizeof zeros ? left : sizeof zeros;
        gguf_put_bytes(p, zeros, n);
        left -= n;
    }
}

static void put_u32(struct gguf_put *p, uint32_t v) {
    gguf_put_bytes(p, &v, sizeof v);
}

static void put_u64(struct gguf_put *p, uint64_t v) {
    gguf_put_bytes(p, &v, sizeof v);
}

static void put_str(struct gguf_put *p, const char *s, size_t n) {
    put_u64(p, n);
    gguf_put_bytes(p, s, n);
}

static void put_key(struct gguf_put *p, const char *key, uint32_t type) {
    put_str(p, key, strlen(key));
    put_u32(p, type);
}

void gguf_put_start(struct gguf_put *p, uint64_t n_tensors, uint64_t n_kv) {
    gguf_put_bytes(p, "GGUF", 4);
    put_u32(p, 3);
    put_u64(p, n_tensors);
    put_u64(p, n_kv);
}

void gguf_put_u32(struct gguf_put *p, const char *key, uint32_t v) {
    put_key(p, key, GGUF_U32);
    put_u32(p, v);
}

void gguf_put_i32(struct gguf_put *p, const char *key, int32_t v) {
    put_key(p, key, GGUF_I32);
    gguf_put_bytes(p, &v, sizeof v);
}

void gguf_put_f32(struct gguf_put *p, const char *key, float v) {
    put_key(p, key, GGUF_F32);
    gguf_put_bytes(p, &v, sizeof v);
}

void gguf_put_bool(struct gguf_put *p, const char *key, int v) {
    uint8_t byte = v != 0;
    put_key(p, key, GGUF_BOOL);
    gguf_put_bytes(p, &byte, 1);
}

void gguf_put_str(struct gguf_put *p, const char *key, const char *v) {
    put_key(p, key, GGUF_STR);
    gguf_put_elem_str(p, v);
}

void gguf_put_array(struct gguf_put *p, const char *key, uint32_t elem, uint64_t n) {
    put_key(p, key, GGUF_ARR);
    put_u32(p, elem);
    put_u64(p, n);
}

void gguf_put_elem_str(struct gguf_put *p, const char *v) {
    put_str(p, v, strlen(v));
}

void gguf_put_copy(struct gguf_put *p, const struct gguf_kv *kv) {
    put_str(p, kv->key.s, kv->key.n);
    put_u32(p, kv->type);
    if (kv->type == GGUF_STR)
        put_u64(p, kv->bytes);
    if (kv->type == GGUF_ARR) {
        put_u32(p, kv->elem);
        put_u64(p, kv->n);
    }
    gguf_put_bytes(p, kv->data, kv->bytes);
}

void gguf_put_tensor(struct gguf_put *p, const char *name, uint32_t type, uint64_t cols, uint64_t rows, uint64_t offset) {
    put_str(p, name, strlen(name));
    put_u32(p, rows ? 2 : 1);
    put_u64(p, cols);
    if (rows)
        put_u64(p, rows);
    put_u32(p, type);
    put_u64(p, offset);
}
