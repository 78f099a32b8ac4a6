/* UTF-8 to symbols and back, and the filter that lets only whole characters through. In: any bytes. Must not know tokens. */
#include "text/utf8.h"

#include <string.h>
#include "quern.h"
#include "text/unicode.h"

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
    return utf8_write(c, out);
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
