/* Writes the pieces of a GGUF v3 file, in order, to a stream. In: values. Out: bytes, little-endian. The first failure sticks and is
 * looked at once, at the end. Knows no model.
 */
#ifndef GGUF_PUT_H
#define GGUF_PUT_H

#include <stdint.h>
#include <stdio.h>
#include "gguf/gguf.h"

struct gguf_put {
    FILE *f;
    uint64_t at;        /* bytes written */
    uint64_t alignment; /* of each tensor's data: a power of two, general.alignment where the file has it, else 32 */
    int error;          /* errno of the first failure, or 0 */
};

void gguf_put_bytes(struct gguf_put *p, const void *bytes, size_t n);
void gguf_put_padding(struct gguf_put *p); /* zeros up to the alignment */

/* Magic, version, counts; then N_KV values, then N_TENSORS records, then padding, then the data of each tensor and padding. */
void gguf_put_start(struct gguf_put *p, uint64_t n_tensors, uint64_t n_kv);
void gguf_put_u32(struct gguf_put *p, const char *key, uint32_t v);
void gguf_put_i32(struct gguf_put *p, const char *key, int32_t v);
void gguf_put_f32(struct gguf_put *p, const char *key, float v);
void gguf_put_bool(struct gguf_put *p, const char *key, int v);
void gguf_put_str(struct gguf_put *p, const char *key, const char *v);
void gguf_put_array(struct gguf_put *p, const char *key, uint32_t elem, uint64_t n); /* the elements follow */
void gguf_put_elem_str(struct gguf_put *p, const char *v);
void gguf_put_copy(struct gguf_put *p, const struct gguf_kv *kv); /* a key and its value as another file has them */
/* OFFSET: of the data, from the start of all data. ROWS 0: a vector. */
void gguf_put_tensor(struct gguf_put *p, const char *name, uint32_t type, uint64_t cols, uint64_t rows, uint64_t offset);

#endif
