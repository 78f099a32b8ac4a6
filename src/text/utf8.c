/* UTF-8 to symbols and back, and the filter that lets only whole characters through. In: any bytes. Must not know tokens. */
#include "text/utf8.h"

#include <string.h>
#include "quern.h"
#include "text/unicode.h"

int utf8_scan(const unsigned char *s, size_t n, uint32_t *c) {
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

int utf8_next(const unsigned char *s, size_t n, uint32_t *c) {
    int len = utf8_scan(s, n, c);
    if (len > 0)
        return len;
    *c = UNI_RAW + s[0];
    return 1;
}

int utf8_put(uint32_t c, unsigned char *out) {
    if (c >= UNI_RAW) {
        out[0] = (unsigned char)(c - UNI_RAW);
        return 1;
    }
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

static size_t put_replacement(char *out) {
    memcpy(out, "\xEF\xBF\xBD", 3);
    return 3;
}

/* Moves what is decided out of u->held, which is not empty: a character, or the start of one that can not go on. */
static size_t release(struct quern_utf8 *u, char *out) {
    size_t w = 0;
    while (u->n > 0) {
        uint32_t c;
        int len = utf8_scan(u->held, (size_t)u->n, &c);
        if (len == 0)
            break;
        int taken = len > 0 ? len : -len;
        if (len > 0) {
            memcpy(out + w, u->held, (size_t)len);
            w += (size_t)len;
        } else {
            w += put_replacement(out + w);
        }
        u->n -= taken;
        memmove(u->held, u->held + taken, (size_t)u->n);
    }
    return w;
}

size_t quern_utf8_push(struct quern_utf8 *u, const char *bytes, size_t n, char *out) {
    size_t w = 0;
    for (size_t i = 0; i < n; i++) {
        u->held[u->n++] = (unsigned char)bytes[i];
        w += release(u, out + w);
    }
    return w;
}

size_t quern_utf8_end(struct quern_utf8 *u, char *out) {
    int unfinished = u->n > 0;
    u->n = 0;
    return unfinished ? put_replacement(out) : 0;
}
