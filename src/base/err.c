/* One line about one fault. In: a format, bytes from outside. Out: text that is safe on a terminal. Must not print. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/utf8.h"

/* Characters that move the cursor, hide, or reorder the text around them: C1 controls, zero-width and direction marks. */
static int is_hidden(uint32_t c) {
    return c < 0xa0 || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* Length of the visible character at S, or 0 where its first byte must be escaped. */
static size_t visible(const unsigned char *s, size_t n) {
    uint32_t c = 0;
    if (s[0] < 0x80)
        return s[0] >= 0x20 && s[0] < 0x7f;
    int len = utf8_scan(s, n, &c);
    return len <= 0 || is_hidden(c) ? 0 : (size_t)len;
}

const char *err_quote(char *out, size_t cap, const char *bytes, size_t n) {
    const unsigned char *s = (const unsigned char *)bytes;
    size_t room = cap - 1, used = 0, keep = 0; /* keep: how much may stay when "..." must follow */
    for (size_t i = 0; i < n;) {
        char piece[5];
        size_t len = visible(s + i, n - i), step = len ? len : 1;
        if (len) {
            memcpy(piece, s + i, len);
        } else {
            len = 4;
            snprintf(piece, sizeof piece, "\\x%02x", s[i]);
        }
        if (len > room - used) {
            size_t dots = room < 3 ? room : 3;
            memcpy(out + keep, "...", dots);
            used = keep + dots;
            break;
        }
        memcpy(out + used, piece, len);
        used += len;
        i += step;
        if (used + 3 <= room)
            keep = used;
    }
    out[used] = 0;
    return out;
}

int err_set(struct err *e, int code, const char *fmt, ...) {
    char text[2 * sizeof e->text]; /* longer than what is kept, so that a cut shows as "..." */
    if (!e)
        return -1;
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    e->code = code;
    err_quote(e->text, sizeof e->text, text, n < 0 ? 0 : strlen(text));
    return -1;
}
