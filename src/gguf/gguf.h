/* A GGUF file (v2, v3, little-endian) as a directory: metadata and tensors, each proven to lie inside the file.
 * In: bytes. Out: pointers into them. Knows the container and the sizes of tensor types; knows no model.
 * Format: the GGUF specification in the ggml repository, docs/gguf.md.
 */
#ifndef GGUF_GGUF_H
#define GGUF_GGUF_H

#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"

enum gguf_type {
    GGUF_U8, GGUF_I8, GGUF_U16, GGUF_I16, GGUF_U32, GGUF_I32, GGUF_F32, GGUF_BOOL, GGUF_STR, GGUF_ARR, GGUF_U64, GGUF_I64,
    GGUF_F64, GGUF_N_TYPES
};

struct gguf_str {
    const char *s; /* not terminated */
    size_t n;      /* bytes */
};
struct gguf_kv {
    struct gguf_str key;    /* first, as in gguf_tensor: kv_sorted points at it */
    size_t offset;          /* of the value, in the file */
    uint32_t type;          /* enum gguf_type */
    uint32_t elem;          /* arrays: the elements' type, never GGUF_ARR */
    uint64_t n;             /* arrays: elements */
    const uint8_t *data;    /* the scalar, the string's first byte, or the array's first element; unaligned */
    size_t bytes;           /* at data */
};
struct gguf_tensor {
    struct gguf_str name;
    size_t offset;          /* of the record, in the file */
    uint32_t type;          /* enum qtype: known, checked */
    uint32_t n_dims;        /* 1 to 4 */
    uint64_t dims[4];       /* dims[0] is the row length; 1 beyond n_dims */
    uint64_t start;         /* of the data, in the file; a multiple of the file's alignment */
    const uint8_t *data;    /* base + start */
    size_t bytes;
};
struct gguf {
    const char *path;           /* printable, for messages */
    const uint8_t *base;
    size_t size;
    uint32_t version;
    size_t alignment;
    struct gguf_kv *kv;         /* [n_kv] in file order */
    size_t n_kv;
    struct gguf_tensor *tensor; /* [n_tensors] in file order */
    size_t n_tensors;
    struct gguf_name *kv_sorted, *tensor_sorted; /* for the finds; see names.h */
    struct arena mem;
};
/* Reads the directory of a mapped file. PATH is for messages: "PATH: byte N: FIELD: reason", code ERR_MODEL. Refuses what no
 * container may have: bad magic, version, counts, lengths, types; duplicate keys or tensors; tensors that overlap, are misaligned or
 * lie outside the file. ERR_MEMORY: the directory itself does not fit. BASE must stay mapped until gguf_close. */
int gguf_open(struct gguf *g, const char *path, const void *base, size_t size, struct err *e);
void gguf_close(struct gguf *g);

const struct gguf_kv *gguf_find(const struct gguf *g, const char *key);                 /* NULL: absent */
const struct gguf_tensor *gguf_tensor_find(const struct gguf *g, const char *name);     /* NULL: absent */

/* Typed reads. 1: present and in *out; 0: absent, *out untouched; -1: present with another type (ERR_MODEL).
 * u32 takes any integer type whose value fits. */
int gguf_u32(const struct gguf *g, const char *key, uint32_t *out, struct err *e);
int gguf_f32(const struct gguf *g, const char *key, float *out, struct err *e);
int gguf_bool(const struct gguf *g, const char *key, int *out, struct err *e);
int gguf_string(const struct gguf *g, const char *key, struct gguf_str *out, struct err *e);
/* The array KEY if its elements have type ELEM; the elements of a string array are walked with gguf_next_string. */
int gguf_array(const struct gguf *g, const char *key, uint32_t elem, const struct gguf_kv **out, struct err *e);
/* Reads the string at *at (start at kv->data) and moves on. Lengths were proven by gguf_open. */
struct gguf_str gguf_next_string(const uint8_t **at);

const char *gguf_type_name(uint32_t type); /* "u32", "str", "arr" ... "?" for ids that are no type */

/* "PATH: byte N: FIELD: reason" for a fault found by those who know more than the container. */
int gguf_fault(const struct gguf *g, size_t offset, const char *field, size_t field_n, struct err *e, const char *fmt, ...) PRINTF_LIKE(6, 7);

#endif
