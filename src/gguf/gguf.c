/* Opening a GGUF file. In: bytes that may be anything. Out: struct gguf, everything in it proven to lie inside the file, or one line
 * that names the byte, the field and the reason. Must not know what keys and tensors mean, but for general.alignment. */
#include "gguf/gguf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gguf/cursor.h"
#include "gguf/names.h"
#include "quant/quant.h"

#define LITERAL(s) s, sizeof(s) - 1

enum {
    MAX_KEY = 65535,        /* bytes; the format's limit */
    MAX_TENSOR_NAME = 64,   /* bytes; the format's limit */
    MAX_ALIGNMENT = 65536,  /* the largest page of any system; the usual value is 32 */
    MIN_KV = 8 + 1 + 4 + 1, /* bytes of the shortest record: key length, key, type, a one-byte value */
    MIN_TENSOR = 8 + 1 + 4 + 8 + 4 + 8 /* name length, name, n_dims, one dimension, type, offset */
};

static const uint8_t type_bytes[GGUF_N_TYPES] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

struct reader {
    struct cursor c;
    struct gguf *g;
    struct err *e;
};

/* The cursor failed: FIELD does not fit the file. */
static int fault_end(struct reader *r, const char *field, size_t n) {
    return gguf_fault(r->g, r->c.at, field, n, r->e, "%" PRIu64 " bytes expected, the file has %zu left", r->c.wanted, cursor_left(&r->c));
}

/* ---- header ---- */

/* A count of records of at least LEAST bytes each. One that the rest of the file cannot hold is refused before anything is allocated. */
static int read_count(struct reader *r, const char *field, unsigned least, size_t *out) {
    size_t at = r->c.at, n = strlen(field);
    uint64_t count = cursor_u64(&r->c);
    if (r->c.failed)
        return fault_end(r, field, n);
    if (count > cursor_left(&r->c) / least || count > SIZE_MAX)
        return gguf_fault(r->g, at, field, n, r->e, "%" PRIu64 " records of at least %u bytes, the file has %zu bytes left", count, least,
                          cursor_left(&r->c));
    *out = (size_t)count;
    return 0;
}

static int read_header(struct reader *r) {
    struct gguf *g = r->g;
    const uint8_t *magic = cursor_take(&r->c, 4);
    if (!magic)
        return fault_end(r, LITERAL("magic"));
    if (memcmp(magic, "GGUF", 4) != 0) {
        char found[32];
        err_quote(found, sizeof found, (const char *)magic, 4);
        return gguf_fault(g, 0, LITERAL("magic"), r->e, "expected GGUF, found \"%s\": this is not a GGUF file", found);
    }
    size_t at = r->c.at;
    g->version = cursor_u32(&r->c);
    if (r->c.failed)
        return fault_end(r, LITERAL("version"));
    if (g->version != 0 && (g->version & 0xffff) == 0)
        return gguf_fault(g, at, LITERAL("version"), r->e, "0x%08" PRIx32 ": this is a big-endian file", g->version);
    if (g->version != 2 && g->version != 3)
        return gguf_fault(g, at, LITERAL("version"), r->e, "expected 2 or 3, found %" PRIu32, g->version);
    if (read_count(r, "n_tensors", MIN_TENSOR, &g->n_tensors))
        return -1;
    return read_count(r, "n_kv", MIN_KV, &g->n_kv);
}

/* A length and a name of 1 to MOST bytes without NUL. RECORD says where in the file's tables it is, as it has no name yet. */
static int read_name(struct reader *r, const char *record, unsigned most, struct gguf_str *out) {
    size_t at = r->c.at, field = strlen(record);
    uint64_t n = cursor_u64(&r->c);
    if (r->c.failed)
        return fault_end(r, record, field);
    if (n == 0)
        return gguf_fault(r->g, at, record, field, r->e, "its name is empty");
    if (n > most)
        return gguf_fault(r->g, at, record, field, r->e, "its name has %" PRIu64 " bytes, at most %u are allowed", n, most);
    out->n = (size_t)n;
    out->s = (const char *)cursor_take(&r->c, n);
    if (!out->s)
        return fault_end(r, record, field);
    if (memchr(out->s, 0, out->n))
        return gguf_fault(r->g, at, record, field, r->e, "its name has a NUL byte in it");
    return 0;
}

/* ---- metadata ---- */

/* Proves the length of each of N strings. The cursor is a local copy so that it stays in registers: vocabularies have 300,000 strings. */
static int read_strings(struct reader *r, const struct gguf_kv *kv) {
    struct cursor c = r->c;
    for (uint64_t i = 0; i < kv->n; i++)
        if (!cursor_take(&c, cursor_u64(&c))) {
            r->c = c;
            return gguf_fault(r->g, c.at, kv->key.s, kv->key.n, r->e,
                              "string %" PRIu64 " of %" PRIu64 ": %" PRIu64 " bytes expected, the file has %zu left", i, kv->n, c.wanted,
                              cursor_left(&c));
        }
    r->c = c;
    return 0;
}

static int check_bools(struct reader *r, const struct gguf_kv *kv) {
    for (size_t i = 0; i < kv->bytes; i++)
        if (kv->data[i] > 1)
            return gguf_fault(r->g, (size_t)(kv->data + i - r->g->base), kv->key.s, kv->key.n, r->e, "expected a bool, 0 or 1, found %u",
                              kv->data[i]);
    return 0;
}

static int read_array(struct reader *r, struct gguf_kv *kv) {
    size_t at = r->c.at;
    kv->elem = cursor_u32(&r->c);
    kv->n = cursor_u64(&r->c);
    if (r->c.failed)
        return fault_end(r, kv->key.s, kv->key.n);
    if (kv->elem == GGUF_ARR)
        return gguf_fault(r->g, at, kv->key.s, kv->key.n, r->e, "an array of arrays: quern reads none");
    if (kv->elem >= GGUF_N_TYPES)
        return gguf_fault(r->g, at, kv->key.s, kv->key.n, r->e, "element type %" PRIu32 " is unknown", kv->elem);
    unsigned least = kv->elem == GGUF_STR ? 8 : type_bytes[kv->elem];
    if (kv->n > cursor_left(&r->c) / least)
        return gguf_fault(r->g, at + 4, kv->key.s, kv->key.n, r->e,
                          "%" PRIu64 " elements of at least %u bytes, the file has %zu bytes left", kv->n, least, cursor_left(&r->c));
    kv->data = r->c.base + r->c.at;
    if (kv->elem != GGUF_STR)
        cursor_take(&r->c, kv->n * least);
    else if (read_strings(r, kv))
        return -1;
    kv->bytes = (size_t)(r->c.base + r->c.at - kv->data);
    return kv->elem == GGUF_BOOL ? check_bools(r, kv) : 0;
}

static int read_kv(struct reader *r, size_t i) {
    struct gguf_kv *kv = &r->g->kv[i];
    char record[32];
    snprintf(record, sizeof record, "key %zu", i);
    if (read_name(r, record, MAX_KEY, &kv->key))
        return -1;
    size_t at = r->c.at;
    kv->type = cursor_u32(&r->c);
    if (r->c.failed)
        return fault_end(r, kv->key.s, kv->key.n);
    if (kv->type >= GGUF_N_TYPES)
        return gguf_fault(r->g, at, kv->key.s, kv->key.n, r->e, "value type %" PRIu32 " is unknown", kv->type);
    kv->offset = r->c.at;
    if (kv->type == GGUF_ARR)
        return read_array(r, kv);
    uint64_t bytes = kv->type == GGUF_STR ? cursor_u64(&r->c) : type_bytes[kv->type];
    kv->data = cursor_take(&r->c, bytes);
    if (!kv->data)
        return fault_end(r, kv->key.s, kv->key.n);
    kv->bytes = (size_t)bytes;
    return kv->type == GGUF_BOOL ? check_bools(r, kv) : 0;
}

static int read_alignment(struct reader *r) {
    const struct gguf_kv *kv = gguf_find(r->g, "general.alignment");
    uint32_t v = 32; /* the format's default */
    if (kv) {
        if (kv->type != GGUF_U32)
            return gguf_fault(r->g, kv->offset, kv->key.s, kv->key.n, r->e, "expected u32, found %s", gguf_type_name(kv->type));
        memcpy(&v, kv->data, sizeof v);
        if (v < 8 || v > MAX_ALIGNMENT || (v & (v - 1)) != 0)
            return gguf_fault(r->g, kv->offset, kv->key.s, kv->key.n, r->e, "expected a power of two from 8 to %d, found %" PRIu32,
                              MAX_ALIGNMENT, v);
    }
    r->g->alignment = v;
    return 0;
}

/* ---- tensors ---- */

/* Type and dimensions to bytes. All products are checked; more bytes than the file has are refused later, where they lie. */
static int measure(struct reader *r, struct gguf_tensor *t, size_t at_dims, size_t at_type) {
    const struct qtype_info *q = qtype_info(t->type);
    if (!q)
        return gguf_fault(r->g, at_type, t->name.s, t->name.n, r->e, "tensor type %" PRIu32 " is unknown", t->type);
    if (t->dims[0] % q->block != 0)
        return gguf_fault(r->g, at_dims, t->name.s, t->name.n, r->e, "rows of %" PRIu64 " values are not made of %s blocks of %u",
                          t->dims[0], q->name, (unsigned)q->block);
    uint64_t bytes = q->bytes;
    for (int d = 0; d < 4; d++) {
        uint64_t n = d == 0 ? t->dims[0] / q->block : t->dims[d];
        if (bytes > SIZE_MAX / n)
            return gguf_fault(r->g, at_dims, t->name.s, t->name.n, r->e,
                              "%" PRIu64 " x %" PRIu64 " x %" PRIu64 " x %" PRIu64 " values of %s are more than can be addressed", t->dims[0],
                              t->dims[1], t->dims[2], t->dims[3], q->name);
        bytes *= n;
    }
    t->bytes = (size_t)bytes;
    return 0;
}

static int read_tensor(struct reader *r, size_t i) {
    struct gguf_tensor *t = &r->g->tensor[i];
    char record[32];
    snprintf(record, sizeof record, "tensor %zu", i);
    t->offset = r->c.at;
    if (read_name(r, record, MAX_TENSOR_NAME, &t->name))
        return -1;
    size_t at = r->c.at, at_dims = at + 4;
    t->n_dims = cursor_u32(&r->c);
    if (!r->c.failed && (t->n_dims < 1 || t->n_dims > 4))
        return gguf_fault(r->g, at, t->name.s, t->name.n, r->e, "expected 1 to 4 dimensions, found %" PRIu32, t->n_dims);
    for (uint32_t d = 0; d < 4; d++)
        t->dims[d] = 1;
    for (uint32_t d = 0; d < t->n_dims; d++) {
        at = r->c.at;
        t->dims[d] = cursor_u64(&r->c);
        if (!r->c.failed && (t->dims[d] == 0 || t->dims[d] > INT64_MAX))
            return gguf_fault(r->g, at, t->name.s, t->name.n, r->e, "dimension %" PRIu32 ": expected 1 to 2^63 - 1, found %" PRIu64, d,
                              t->dims[d]);
    }
    size_t at_type = r->c.at;
    t->type = cursor_u32(&r->c);
    t->start = cursor_u64(&r->c);
    if (r->c.failed)
        return fault_end(r, t->name.s, t->name.n);
    return measure(r, t, at_dims, at_type);
}

/* Where in the file a tensor says where its data are: the last 8 bytes of its record. */
static size_t offset_field(const struct gguf *g, const struct gguf_tensor *t) {
    return (size_t)((const uint8_t *)t->name.s - g->base) + t->name.n + 4 + 8 * (size_t)t->n_dims + 4;
}

/* Turns an offset into the data section, which begins at SECTION, into a place in the file. */
static int place(struct reader *r, struct gguf_tensor *t, uint64_t section) {
    struct gguf *g = r->g;
    uint64_t offset = t->start;
    if (offset % g->alignment != 0)
        return gguf_fault(g, offset_field(g, t), t->name.s, t->name.n, r->e, "offset %" PRIu64 " is not a multiple of the alignment, %zu",
                          offset, g->alignment);
    if (section > g->size || offset > g->size - section || t->bytes > g->size - section - offset)
        return gguf_fault(g, offset_field(g, t), t->name.s, t->name.n, r->e,
                          "%zu bytes at offset %" PRIu64 " of the data, which begin at byte %" PRIu64 ", end outside the file of %zu bytes",
                          t->bytes, offset, section, g->size);
    t->start = section + offset;
    t->data = g->base + t->start;
    return 0;
}

static int by_start(const void *a, const void *b) {
    const struct gguf_tensor *x = *(const struct gguf_tensor *const *)a, *y = *(const struct gguf_tensor *const *)b;
    return x->start != y->start ? (x->start > y->start) - (x->start < y->start) : (x > y) - (x < y);
}

static int place_all(struct reader *r) {
    struct gguf *g = r->g;
    if (g->n_tensors == 0)
        return 0;
    uint64_t pad = g->alignment - 1, section = ((uint64_t)r->c.at + pad) & ~pad; /* a file's size is far from 2^64 */
    const struct gguf_tensor **t = arena_alloc(&g->mem, g->n_tensors, sizeof *t, r->e);
    if (!t)
        return -1;
    for (size_t i = 0; i < g->n_tensors; i++) {
        if (place(r, &g->tensor[i], section))
            return -1;
        t[i] = &g->tensor[i];
    }
    qsort(t, g->n_tensors, sizeof *t, by_start);
    for (size_t i = 1; i < g->n_tensors; i++)
        if (t[i]->start < t[i - 1]->start + t[i - 1]->bytes) {
            char other[96];
            err_quote(other, sizeof other, t[i - 1]->name.s, t[i - 1]->name.n);
            return gguf_fault(g, offset_field(g, t[i]), t[i]->name.s, t[i]->name.n, r->e, "its data overlap those of %s", other);
        }
    return 0;
}

/* ---- the whole ---- */

/* Sorts the names that begin N records of SIZE bytes. NULL: a name occurs twice, or no memory. */
static struct gguf_name *sort_records(struct reader *r, const void *records, size_t n, size_t size) {
    struct gguf_name *name = arena_alloc(&r->g->mem, n, sizeof *name, r->e);
    if (!name)
        return NULL;
    for (size_t i = 0; i < n; i++)
        name[i] = names_entry((const struct gguf_str *)(const void *)((const char *)records + i * size));
    names_sort(name, n);
    const struct gguf_str *again = names_repeated(name, n);
    if (!again)
        return name;
    size_t at = (size_t)((const uint8_t *)again->s - r->g->base) - 8; /* its length field */
    gguf_fault(r->g, at, again->s, again->n, r->e, "this name occurs twice");
    return NULL;
}

static int read_all(struct reader *r) {
    struct gguf *g = r->g;
    if (read_header(r))
        return -1;
    if (!(g->kv = arena_alloc(&g->mem, g->n_kv, sizeof *g->kv, r->e)))
        return -1;
    for (size_t i = 0; i < g->n_kv; i++)
        if (read_kv(r, i))
            return -1;
    if (!(g->kv_sorted = sort_records(r, g->kv, g->n_kv, sizeof *g->kv)) || read_alignment(r))
        return -1;
    if (!(g->tensor = arena_alloc(&g->mem, g->n_tensors, sizeof *g->tensor, r->e)))
        return -1;
    for (size_t i = 0; i < g->n_tensors; i++)
        if (read_tensor(r, i))
            return -1;
    if (!(g->tensor_sorted = sort_records(r, g->tensor, g->n_tensors, sizeof *g->tensor)))
        return -1;
    return place_all(r);
}

int gguf_open(struct gguf *g, const char *path, const void *base, size_t size, struct err *e) {
    enum { PATH_ROOM = 256 };
    memset(g, 0, sizeof *g);
    char *quoted = arena_alloc(&g->mem, PATH_ROOM, 1, e);
    if (!quoted)
        return -1;
    g->path = err_quote(quoted, PATH_ROOM, path, strlen(path));
    g->base = base;
    g->size = size;
    struct reader r = {.c = {.base = base, .size = size}, .g = g, .e = e};
    int rc = read_all(&r);
    if (rc)
        gguf_close(g);
    return rc;
}

void gguf_close(struct gguf *g) {
    arena_free(&g->mem);
    memset(g, 0, sizeof *g);
}
