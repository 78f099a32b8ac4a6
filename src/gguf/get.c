/* Asking an open GGUF file. In: names. Out: values of the type asked for, or one line that says what was found instead.
 * Must not look at anything gguf_open has not proven. */
#include "gguf/gguf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gguf/names.h"

const char *gguf_type_name(uint32_t type) {
    static const char *const name[GGUF_N_TYPES] = {"u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool", "str", "arr", "u64", "i64", "f64"};
    return type < GGUF_N_TYPES ? name[type] : "?";
}

int gguf_fault(const struct gguf *g, size_t offset, const char *field, size_t field_n, struct err *e, const char *fmt, ...) {
    char quoted[96], reason[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(reason, sizeof reason, fmt, ap);
    va_end(ap);
    err_quote(quoted, sizeof quoted, field, field_n);
    return err_set(e, ERR_MODEL, "%s: byte %zu: %s: %s", g->path, offset, quoted, reason);
}

/* ---- finding ---- */

const struct gguf_kv *gguf_find(const struct gguf *g, const char *key) {
    return (const struct gguf_kv *)(const void *)names_find(g->kv_sorted, g->n_kv, key);
}

const struct gguf_tensor *gguf_tensor_find(const struct gguf *g, const char *name) {
    return (const struct gguf_tensor *)(const void *)names_find(g->tensor_sorted, g->n_tensors, name);
}

/* ---- typed reads ---- */

static int mismatch(const struct gguf *g, const struct gguf_kv *kv, const char *expected, struct err *e) {
    if (kv->type == GGUF_ARR)
        return gguf_fault(g, kv->offset, kv->key.s, kv->key.n, e, "expected %s, found an array of %s", expected, gguf_type_name(kv->elem));
    return gguf_fault(g, kv->offset, kv->key.s, kv->key.n, e, "expected %s, found %s", expected, gguf_type_name(kv->type));
}

/* KEY if it has TYPE: 1 and *kv; 0: absent; -1. */
static int find_typed(const struct gguf *g, const char *key, uint32_t type, const struct gguf_kv **kv, struct err *e) {
    *kv = gguf_find(g, key);
    if (!*kv)
        return 0;
    return (*kv)->type == type ? 1 : mismatch(g, *kv, gguf_type_name(type), e);
}

int gguf_u32(const struct gguf *g, const char *key, uint32_t *out, struct err *e) {
    const struct gguf_kv *kv = gguf_find(g, key);
    if (!kv)
        return 0;
    int is_signed = kv->type == GGUF_I8 || kv->type == GGUF_I16 || kv->type == GGUF_I32 || kv->type == GGUF_I64;
    int is_unsigned = kv->type == GGUF_U8 || kv->type == GGUF_U16 || kv->type == GGUF_U32 || kv->type == GGUF_U64;
    if (!is_signed && !is_unsigned)
        return mismatch(g, kv, "an integer", e);
    uint64_t v = 0;
    memcpy(&v, kv->data, kv->bytes);
    if (is_signed && kv->data[kv->bytes - 1] & 0x80)
        return gguf_fault(g, kv->offset, kv->key.s, kv->key.n, e, "expected 0 to 2^32 - 1, found a negative number");
    if (v > UINT32_MAX)
        return gguf_fault(g, kv->offset, kv->key.s, kv->key.n, e, "expected 0 to 2^32 - 1, found %" PRIu64, v);
    *out = (uint32_t)v;
    return 1;
}

int gguf_f32(const struct gguf *g, const char *key, float *out, struct err *e) {
    const struct gguf_kv *kv;
    int rc = find_typed(g, key, GGUF_F32, &kv, e);
    if (rc == 1)
        memcpy(out, kv->data, sizeof *out);
    return rc;
}

int gguf_bool(const struct gguf *g, const char *key, int *out, struct err *e) {
    const struct gguf_kv *kv;
    int rc = find_typed(g, key, GGUF_BOOL, &kv, e);
    if (rc == 1)
        *out = kv->data[0];
    return rc;
}

int gguf_string(const struct gguf *g, const char *key, struct gguf_str *out, struct err *e) {
    const struct gguf_kv *kv;
    int rc = find_typed(g, key, GGUF_STR, &kv, e);
    if (rc == 1)
        *out = (struct gguf_str){(const char *)kv->data, kv->bytes};
    return rc;
}

int gguf_array(const struct gguf *g, const char *key, uint32_t elem, const struct gguf_kv **out, struct err *e) {
    const struct gguf_kv *kv = gguf_find(g, key);
    if (!kv)
        return 0;
    if (kv->type != GGUF_ARR || kv->elem != elem) {
        char expected[32];
        snprintf(expected, sizeof expected, "an array of %s", gguf_type_name(elem));
        return mismatch(g, kv, expected, e);
    }
    *out = kv;
    return 1;
}

struct gguf_str gguf_next_string(const uint8_t **at) {
    uint64_t n;
    memcpy(&n, *at, sizeof n);
    struct gguf_str s = {(const char *)*at + sizeof n, (size_t)n};
    *at += sizeof n + s.n;
    return s;
}
