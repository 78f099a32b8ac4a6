/* Messages to stderr, each in one write so that lines of several processes do not mix. */
#define _GNU_SOURCE
#include "cli/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void put(const char *text, size_t n) {
    while (n > 0) {
        ssize_t w = write(STDERR_FILENO, text, n);
        if (w <= 0) return; /* nowhere left to complain to */
        text += w;
        n -= (size_t)w;
    }
}

/* Writes PREFIX and TEXT as one line, whatever TEXT holds. */
static void put_line(const char *prefix, const char *text) {
    char line[4 * sizeof ((struct err *)0)->text + 64];
    size_t n = (size_t)snprintf(line, 48, "%s", prefix);
    for (; *text && n + 5 < sizeof line; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f) n += (size_t)snprintf(line + n, sizeof line - n, "\\x%02x", c);
        else line[n++] = (char)c;
    }
    line[n++] = '\n';
    put(line, n);
}

void report(const char *fmt, ...) {
    char text[sizeof ((struct err *)0)->text];
    va_list a;
    va_start(a, fmt);
    vsnprintf(text, sizeof text, fmt, a);
    va_end(a);
    put_line("quern: ", text);
}

void note_pair(const char *name, const char *text) {
    char prefix[48];
    snprintf(prefix, sizeof prefix, "%-22s", name);
    put_line(prefix, text);
}

void note(const char *fmt, ...) {
    char text[8192];
    va_list a;
    va_start(a, fmt);
    int n = vsnprintf(text, sizeof text, fmt, a);
    va_end(a);
    if (n > 0) put(text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

int report_err(const struct err *e) {
    if (e->code < 128) put_line("quern: ", e->text);
    return e->code;
}

int fail(struct err *e, int code, const char *fmt, ...) {
    va_list a;
    va_start(a, fmt);
    e->code = code;
    vsnprintf(e->text, sizeof e->text, fmt, a);
    va_end(a);
    return -1;
}
