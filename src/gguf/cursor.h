/* Untrusted bytes, read in order. In: bytes. Out: little-endian fields, each proven to lie inside. Must not know what they mean.
 * The first failure sticks: every later read gives zeros, and `at` stays where the field that did not fit begins. */
#ifndef GGUF_CURSOR_H
#define GGUF_CURSOR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "quern reads little-endian files in place: it needs a little-endian machine"
#endif

struct cursor {
    const uint8_t *base;
    size_t size, at; /* at <= size, always */
    int failed;
    uint64_t wanted; /* bytes, by the read that failed */
};

static inline size_t cursor_left(const struct cursor *c) {
    return c->size - c->at;
}

/* The next N bytes, or NULL. */
static inline const uint8_t *cursor_take(struct cursor *c, uint64_t n) {
    if (c->failed)
        return NULL;
    if (n > cursor_left(c)) {
        c->failed = 1;
        c->wanted = n;
        return NULL;
    }
    const uint8_t *p = c->base + c->at;
    c->at += (size_t)n;
    return p;
}

static inline uint32_t cursor_u32(struct cursor *c) {
    uint32_t v = 0;
    const uint8_t *p = cursor_take(c, sizeof v);
    if (p)
        memcpy(&v, p, sizeof v);
    return v;
}

static inline uint64_t cursor_u64(struct cursor *c) {
    uint64_t v = 0;
    const uint8_t *p = cursor_take(c, sizeof v);
    if (p)
        memcpy(&v, p, sizeof v);
    return v;
}

#endif
