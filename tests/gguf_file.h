/* What the tests of src/gguf share: a writer of GGUF files in memory, a small sound file, and what must hold of any file opened.
 * Included once by a program, whose counters it holds. */
#ifndef TESTS_GGUF_FILE_H
#define TESTS_GGUF_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gguf/gguf.h"
#include "quant/quant.h"

static int n_passed, n_failed;
static const char *program;
static volatile unsigned touched; /* so that reading everything is not optimised away */

static inline int check(int ok, int line, const char *what) {
    n_passed += ok != 0;
    n_failed += ok == 0;
    if (!ok)
        printf("FAILED %s:%d: %s (run %s)\n", __FILE__, line, what, program);
    return ok;
}
#define CHECK(x) check(x, __LINE__, #x)

/* ---- a writer ---- */

struct file {
    uint8_t *bytes;
    size_t n, cap;
    struct {
        char name[96];
        size_t at;
    } mark[256]; /* "key:value" and so on: where a field begins */
    int n_marks;
};

static inline void put(struct file *f, const void *bytes, size_t n) {
    if (f->n + n > f->cap) {
        f->cap = 2 * (f->n + n);
        f->bytes = realloc(f->bytes, f->cap);
        if (!f->bytes)
            exit(1);
    }
    memcpy(f->bytes + f->n, bytes, n);
    f->n += n;
}
static inline void put_u32(struct file *f, uint32_t v) {
    put(f, &v, sizeof v);
}
static inline void put_u64(struct file *f, uint64_t v) {
    put(f, &v, sizeof v);
}
static inline void put_str(struct file *f, const char *s) {
    put_u64(f, strlen(s));
    put(f, s, strlen(s));
}
static inline void put_zeros(struct file *f, size_t n) {
    while (n--)
        put(f, "", 1);
}

static inline void mark(struct file *f, const char *record, const char *field) {
    if (f->n_marks == sizeof f->mark / sizeof f->mark[0])
        return;
    snprintf(f->mark[f->n_marks].name, sizeof f->mark[0].name, "%s:%s", record, field);
    f->mark[f->n_marks++].at = f->n;
}
static inline size_t at(const struct file *f, const char *name) {
    for (int i = 0; i < f->n_marks; i++)
        if (strcmp(f->mark[i].name, name) == 0)
            return f->mark[i].at;
    printf("no field %s\n", name);
    exit(1);
}

static inline void put_key(struct file *f, const char *key, uint32_t type) {
    mark(f, key, "len");
    put_str(f, key);
    mark(f, key, "type");
    put_u32(f, type);
    mark(f, key, "value");
}
static inline void put_array(struct file *f, const char *key, uint32_t elem, uint64_t n) {
    put_key(f, key, GGUF_ARR);
    put_u32(f, elem);
    mark(f, key, "count");
    put_u64(f, n);
    mark(f, key, "data");
}
static inline void put_tensor(struct file *f, const char *name, uint32_t type, const uint64_t *dims, uint32_t n_dims, uint64_t offset) {
    mark(f, name, "len");
    put_str(f, name);
    mark(f, name, "n_dims");
    put_u32(f, n_dims);
    mark(f, name, "dims");
    for (uint32_t i = 0; i < n_dims; i++)
        put_u64(f, dims[i]);
    mark(f, name, "type");
    put_u32(f, type);
    mark(f, name, "offset");
    put_u64(f, offset);
}
static inline void put_header(struct file *f, uint64_t n_tensors, uint64_t n_kv) {
    put(f, "GGUF", 4);
    mark(f, "", "version");
    put_u32(f, 3);
    mark(f, "", "n_tensors");
    put_u64(f, n_tensors);
    mark(f, "", "n_kv");
    put_u64(f, n_kv);
}
static inline void file_free(struct file *f) {
    free(f->bytes);
    memset(f, 0, sizeof *f);
}

/* ---- the sound file that all others are made from ---- */

#define NAME64 "a_tensor_whose_name_has_exactly_the_sixty-four_bytes_it_may_have"
_Static_assert(sizeof NAME64 == 65, "NAME64");

/* "k.u8" to "k.f64" hold 201; signed ones -55 in one byte and 201 above; "a.*" hold two elements. */
static const struct {
    const char *key, *array;
    uint32_t type, bytes;
} scalars[] = {
    {"k.u8", "a.u8", GGUF_U8, 1},    {"k.i8", "a.i8", GGUF_I8, 1},    {"k.u16", "a.u16", GGUF_U16, 2}, {"k.i16", "a.i16", GGUF_I16, 2},
    {"k.u32", "a.u32", GGUF_U32, 4}, {"k.i32", "a.i32", GGUF_I32, 4}, {"k.u64", "a.u64", GGUF_U64, 8}, {"k.i64", "a.i64", GGUF_I64, 8},
};
enum { N_SCALARS = sizeof scalars / sizeof scalars[0], N_KV = 12 + 2 * N_SCALARS };

static inline void put_metadata(struct file *f) {
    uint32_t align = 32;
    float f32 = 0.25f;
    double f64 = 0.5;
    put_key(f, "general.architecture", GGUF_STR);
    put_str(f, "test");
    put_key(f, "general.alignment", GGUF_U32);
    put(f, &align, 4);
    for (int i = 0; i < N_SCALARS; i++) {
        uint64_t v = 201;
        put_key(f, scalars[i].key, scalars[i].type);
        put(f, &v, scalars[i].bytes);
        put_array(f, scalars[i].array, scalars[i].type, 2);
        put(f, &v, scalars[i].bytes);
        put(f, &v, scalars[i].bytes);
    }
    put_key(f, "k.f32", GGUF_F32);
    put(f, &f32, 4);
    put_key(f, "k.f64", GGUF_F64);
    put(f, &f64, 8);
    put_key(f, "k.yes", GGUF_BOOL);
    put(f, "\1", 1);
    put_key(f, "k.bytes", GGUF_STR);
    put_u64(f, 6);
    put(f, "\377\0\033[m\n", 6);
    put_key(f, "k.none", GGUF_STR);
    put_str(f, "");
    put_array(f, "a.bool", GGUF_BOOL, 3);
    put(f, "\0\1\0", 3);
    put_array(f, "a.f32", GGUF_F32, 1);
    put(f, &f32, 4);
    put_array(f, "a.none", GGUF_U64, 0);
    put_array(f, "a.str", GGUF_STR, 3);
    put_str(f, "one");
    put_str(f, "");
    mark(f, "a.str", "third");
    put_str(f, "three");
    put_array(f, "a.nostr", GGUF_STR, 0);
}

static inline void put_good(struct file *f) {
    static const uint64_t q8[] = {64, 3}, f32[] = {5}, f16[] = {1, 2, 3, 4}, q4k[] = {256, 2};
    put_header(f, 4, N_KV);
    put_metadata(f);
    put_tensor(f, "w.q8", QT_Q8_0, q8, 2, 0);         /* 204 bytes, to 224 */
    put_tensor(f, NAME64, QT_F16, f16, 4, 256);       /* 48 bytes, after a gap; not in the order of the data */
    put_tensor(f, "w.f32", QT_F32, f32, 1, 224);      /* 20 bytes, to 256 */
    put_tensor(f, "w.q4k", QT_Q4_K, q4k, 2, 320);     /* 288 bytes */
    mark(f, "", "pad");
    put_zeros(f, (32 - f->n % 32) % 32);
    mark(f, "", "data");
    for (int i = 0; i < 320 + 288; i++)
        put(f, &(uint8_t){(uint8_t)(i * 7)}, 1);
}

/* ---- opening ---- */

/* An exact copy on the heap, so that a sanitizer sees one byte too many. */
static inline int open_copy(struct gguf *g, const uint8_t *bytes, size_t n, void **copy, struct err *e) {
    *copy = malloc(n ? n : 1);
    if (!*copy)
        exit(1);
    memcpy(*copy, bytes, n);
    return gguf_open(g, "test.gguf", *copy, n, e);
}

/* Reads everything an open file points at; 0 if something points outside or disagrees. */
static inline int is_sound(const struct gguf *g) {
    int ok = 1;
    for (size_t i = 0; i < g->n_kv; i++) {
        const struct gguf_kv *kv = &g->kv[i];
        ok &= kv->data >= g->base && kv->bytes <= (size_t)(g->base + g->size - kv->data);
        for (size_t j = 0; j < kv->bytes; j++)
            touched += kv->data[j];
        if (kv->type == GGUF_ARR && kv->elem == GGUF_STR) {
            const uint8_t *p = kv->data;
            for (uint64_t j = 0; j < kv->n; j++) {
                struct gguf_str s = gguf_next_string(&p);
                ok &= s.n <= kv->bytes;
            }
            ok &= p == kv->data + kv->bytes;
        }
    }
    for (size_t i = 0; i < g->n_tensors; i++) {
        const struct gguf_tensor *t = &g->tensor[i];
        ok &= t->data == g->base + t->start && t->start % g->alignment == 0 && t->bytes > 0 && t->bytes <= g->size - t->start;
        ok &= t->bytes == qtype_row_bytes(t->type, (size_t)t->dims[0]) * t->dims[1] * t->dims[2] * t->dims[3];
        for (size_t j = 0; j < t->bytes; j++)
            touched += t->data[j];
        char name[65] = {0};
        memcpy(name, t->name.s, t->name.n);
        ok &= gguf_tensor_find(g, name) == t;
    }
    return ok;
}

static inline int accepted(const struct file *f, size_t n, int line) {
    struct gguf g;
    struct err e = {0};
    void *copy;
    int ok = open_copy(&g, f->bytes, n, &copy, &e) == 0;
    if (!check(ok, line, "a sound file opens"))
        printf("  %s\n", e.text);
    if (ok)
        check(is_sound(&g), line, "all of it lies inside");
    gguf_close(&g);
    free(copy);
    return ok;
}
#define ACCEPTED(f) accepted(f, (f)->n, __LINE__)

/* The first N bytes are refused with "test.gguf: byte WHERE: FIELD: ..." and REASON in it; nothing is left behind. */
static inline void refused(const struct file *f, size_t n, size_t where, const char *field, const char *reason, int line) {
    struct gguf g;
    struct err e = {0};
    void *copy;
    char start[256];
    int rc = open_copy(&g, f->bytes, n, &copy, &e);
    snprintf(start, sizeof start, "test.gguf: byte %zu: %s: ", where, field);
    int ok = rc == -1 && e.code == ERR_MODEL && strncmp(e.text, start, strlen(start)) == 0 && strstr(e.text, reason) && !g.mem.last;
    if (!check(ok, line, "the file is refused with the right words"))
        printf("  expected %s... %s ...\n  found    %s\n", start, reason, rc ? e.text : "(accepted)");
    gguf_close(&g);
    free(copy);
}

static inline int says(const struct err *e, const char *text) {
    return e->code == ERR_MODEL && strncmp(e->text, "test.gguf: byte ", 16) == 0 && strstr(e->text, text) != NULL;
}

#endif
