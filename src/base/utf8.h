/* One character of UTF-8, strictly. In: any bytes, or a code point. Out: the other. Must not know what the text is for. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The character at S, N > 0 bytes. Returns its bytes, 1 to 4, and *c; 0: the bytes end inside a character; -k: the first k bytes
 * begin a character that can not go on, or k = 1 and they begin none. A decoder puts one U+FFFD for the k bytes, as WHATWG says. */
static inline int utf8_scan(const unsigned char *s, size_t n, uint32_t *c) {
    unsigned b = s[0];
    if (b < 0x80) {
        *c = b;
        return 1;
    }
    if (b < 0xC2 || b > 0xF4)
        return -1;
    int len = b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
    /* The second byte's range is narrower where the first allows overlong forms, surrogates or more than U+10FFFF. */
    unsigned lo = b == 0xE0 ? 0xA0 : b == 0xF0 ? 0x90 : 0x80;
    unsigned hi = b == 0xED ? 0x9F : b == 0xF4 ? 0x8F : 0xBF;
    uint32_t v = b & (0x7Fu >> len);
    for (int i = 1; i < len; i++) {
        if ((size_t)i == n)
            return 0;
        if (s[i] < lo || s[i] > hi)
            return -i;
        v = v << 6 | (s[i] & 0x3Fu);
        lo = 0x80;
        hi = 0xBF;
    }
    *c = v;
    return len;
}

/* C, a code point, as bytes. Returns how many were written, at most 4. */
static inline int utf8_write(uint32_t c, unsigned char *out) {
    int len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    if (len == 1) {
        out[0] = (unsigned char)c;
        return 1;
    }
    for (int i = len - 1; i > 0; i--, c >>= 6)
        out[i] = (unsigned char)(0x80 | (c & 0x3F));
    out[0] = (unsigned char)((0xF00u >> len & 0xF0u) | c);
    return len;
}

#endif
