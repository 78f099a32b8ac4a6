/* Backslash escapes of an argument. */
#include "cli/escape.h"

#include <string.h>

static int hex(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void escape_undo(char *s) {
    static const char from[] = "ntr\"'\\", to[] = "\n\t\r\"'\\";
    char *out = s;
    while (*s) {
        const char *known = s[0] == '\\' && s[1] ? strchr(from, s[1]) : NULL;
        int hi = s[0] == '\\' && s[1] == 'x' ? hex(s[2]) : -1, lo = hi >= 0 ? hex(s[3]) : -1;
        if (known) {
            *out++ = to[known - from];
            s += 2;
        } else if (lo >= 0 && hi + lo > 0) { /* a NUL would end the argument */
            *out++ = (char)(hi * 16 + lo);
            s += 4;
        } else {
            *out++ = *s++;
        }
    }
    *out = '\0';
}
