/* Bytes as words, from anywhere in memory. In: bytes. Out: as many of them as the word has, the first one lowest. */
#ifndef BASE_WORD_H
#define BASE_WORD_H

#include <stdint.h>
#include <string.h>

static inline uint64_t word_load64(const char *s) {
    uint64_t v;
    memcpy(&v, s, sizeof v);
    return v;
}

static inline uint32_t word_load32(const char *s) {
    uint32_t v;
    memcpy(&v, s, sizeof v);
    return v;
}

#endif
