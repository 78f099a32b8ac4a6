/* Buffered, checked writing. A failed write is reported once by the caller; a reader that went away is ERR_PIPE, without a word. */
#define _GNU_SOURCE
#include "cli/out.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cli/report.h"
#include "cli/signals.h"

void out_open(struct out *o, int fd) {
    *o = (struct out){.fd = fd, .tty = isatty(fd)};
}

int out_flush(struct out *o, struct err *e) {
    for (size_t at = 0; at < o->n;) {
        ssize_t w = write(o->fd, o->buf + at, o->n - at);
        if (w >= 0) {
            at += (size_t)w;
        } else if (errno == EINTR && !signal_stop) {
            continue;
        } else if (errno == EINTR) {
            return fail(e, 128 + (int)signal_stop, "stopped");
        } else if (errno == EAGAIN) { /* a terminal that another program left non-blocking */
            poll(&(struct pollfd){.fd = o->fd, .events = POLLOUT}, 1, -1);
        } else {
            o->n = 0;
            o->failed = 1;
            if (errno == EPIPE) return fail(e, ERR_PIPE, "the reader went away");
            return fail(e, ERR_RUNTIME, "cannot write the output: %s", strerror(errno));
        }
    }
    o->n = 0;
    return 0;
}

static int put(struct out *o, const char *p, size_t n, struct err *e) {
    for (size_t i = 0; i < n; i++) {
        if (o->n == sizeof o->buf && out_flush(o, e)) return -1;
        o->buf[o->n++] = p[i];
    }
    return 0;
}

/* The bytes of the control character at P (C0, DEL, or C1 as two bytes), or 0. */
static int control(const char *p, size_t n) {
    unsigned char a = (unsigned char)p[0];
    if (a == '\n' || a == '\t') return 0;
    if (a < 0x20 || a == 0x7f) return 1;
    return a == 0xc2 && n > 1 && (unsigned char)p[1] >= 0x80 && (unsigned char)p[1] < 0xa0 ? 2 : 0;
}

int out_text(struct out *o, const char *text, size_t n, struct err *e) {
    if (n == 0) return 0;
    o->wrote = 1;
    o->last = text[n - 1];
    if (!o->tty) return put(o, text, n, e);
    for (size_t i = 0; i < n;) {
        int c = control(text + i, n - i);
        char escape[5];
        if (c == 0) {
            if (put(o, text + i++, 1, e)) return -1;
        } else {
            snprintf(escape, sizeof escape, "\\x%02x", (unsigned char)text[i + (size_t)c - 1]);
            if (put(o, escape, 4, e)) return -1;
            i += (size_t)c;
        }
    }
    return 0;
}

int out_str(struct out *o, const char *text, struct err *e) {
    return out_text(o, text, strlen(text), e);
}

int out_end_line(struct out *o, struct err *e) {
    if (o->wrote && o->last != '\n' && out_text(o, "\n", 1, e)) return -1;
    return out_flush(o, e);
}

int out_close(struct out *o, struct err *e) {
    if (out_flush(o, e)) return -1;
    int wrote = o->wrote;
    if (close(o->fd) && wrote) return fail(e, ERR_RUNTIME, "cannot write the output: %s", strerror(errno));
    return 0;
}
