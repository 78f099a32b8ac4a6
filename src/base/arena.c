/* Many allocations, one free. In: sizes. Out: zeroed memory aligned to 64 bytes. Must not know what it is for. */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN 64u
#define CHUNK 65536u /* bytes; pages of it that are never used are never touched */

struct arena_chunk {
    struct arena_chunk *before;
    unsigned char *at; /* the next allocation, aligned */
    size_t left;       /* bytes at it, a multiple of ALIGN */
};

int size_mul(size_t a, size_t b, size_t *out) {
    if (b != 0 && a > SIZE_MAX / b)
        return -1;
    *out = a * b;
    return 0;
}

int size_add(size_t a, size_t b, size_t *out) {
    if (a > SIZE_MAX - b)
        return -1;
    *out = a + b;
    return 0;
}

/* BYTES is a multiple of ALIGN. */
static struct arena_chunk *chunk_new(size_t bytes) {
    size_t all;
    if (size_add(bytes, sizeof(struct arena_chunk) + ALIGN, &all))
        return NULL;
    struct arena_chunk *c = calloc(1, all);
    if (!c)
        return NULL;
    unsigned char *p = (unsigned char *)(c + 1);
    c->at = p + (ALIGN - (uintptr_t)p % ALIGN) % ALIGN;
    c->left = bytes;
    return c;
}

/* A chunk with BYTES left. A large one goes behind the last, whose rest then still serves small requests. */
static struct arena_chunk *chunk_for(struct arena *a, size_t bytes) {
    if (a->last && a->last->left >= bytes)
        return a->last;
    int large = bytes > CHUNK / 4;
    struct arena_chunk *c = chunk_new(large ? bytes : CHUNK);
    if (!c)
        return NULL;
    if (large && a->last) {
        c->before = a->last->before;
        a->last->before = c;
    } else {
        c->before = a->last;
        a->last = c;
    }
    return c;
}

void *arena_alloc(struct arena *a, size_t n, size_t size, struct err *e) {
    size_t bytes;
    if (size_mul(n, size, &bytes) || size_add(bytes, ALIGN - 1, &bytes)) {
        err_set(e, ERR_MEMORY, "%zu items of %zu bytes do not fit the address space", n, size);
        return NULL;
    }
    bytes = bytes < ALIGN ? ALIGN : bytes / ALIGN * ALIGN; /* nothing asked for still gets an address of its own */
    struct arena_chunk *c = chunk_for(a, bytes);
    if (!c) {
        err_set(e, ERR_MEMORY, "out of memory: %zu bytes asked for", bytes);
        return NULL;
    }
    void *p = c->at;
    c->at += bytes;
    c->left -= bytes;
    return p;
}

void *arena_grow(struct arena *a, void *old, int n, int *cap, size_t size, struct err *e) {
    if (n < *cap)
        return old;
    int more = 2 * *cap + 8;
    void *grown = arena_alloc(a, (size_t)more, size, e);
    if (!grown)
        return NULL;
    if (n > 0)
        memcpy(grown, old, (size_t)n * size);
    *cap = more;
    return grown;
}

void arena_free(struct arena *a) {
    while (a->last) {
        struct arena_chunk *c = a->last;
        a->last = c->before;
        free(c);
    }
}
