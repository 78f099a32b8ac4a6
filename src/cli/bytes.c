/* Bytes from files and descriptors. Knows nothing of what they mean. */
#define _GNU_SOURCE
#include "cli/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/report.h"
#include "cli/signals.h"

void bytes_free(struct bytes *b) {
    free(b->p);
    *b = (struct bytes){0};
}

int bytes_add(struct bytes *b, const char *p, size_t n, struct err *e) {
    if (n >= (size_t)-1 / 2 - b->n) return fail(e, ERR_MEMORY, "out of memory");
    if (b->n + n + 1 > b->cap) {
        size_t cap = 2 * (b->n + n + 1);
        char *q = realloc(b->p, cap);
        if (!q) return fail(e, ERR_MEMORY, "out of memory");
        b->p = q;
        b->cap = cap;
    }
    if (n > 0) memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = '\0';
    return 0;
}

int bytes_add_str(struct bytes *b, const char *s, struct err *e) {
    return bytes_add(b, s, strlen(s), e);
}

/* A read that a stop signal ends. -1 and *e, or the count as read(2) gives it. */
static ssize_t read_some(int fd, const char *name, char *to, size_t n, struct err *e) {
    for (;;) {
        if (signal_stop) return fail(e, 128 + (int)signal_stop, "stopped");
        ssize_t r = read(fd, to, n);
        if (r >= 0) return r;
        if (errno != EINTR) return fail(e, ERR_RUNTIME, "%s: %s", name, strerror(errno));
    }
}

int bytes_read_fd(struct bytes *b, int fd, const char *name, struct err *e) {
    char chunk[16384];
    for (;;) {
        ssize_t r = read_some(fd, name, chunk, sizeof chunk, e);
        if (r <= 0) return (int)r;
        if (bytes_add(b, chunk, (size_t)r, e)) return -1;
    }
}

int bytes_read_file(struct bytes *b, const char *path, struct err *e) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail(e, ERR_RUNTIME, "%s: %s", path, strerror(errno));
    int r = bytes_read_fd(b, fd, path, e);
    close(fd);
    return r;
}

int line_source_next(struct line_source *s, struct bytes *line, struct err *e) {
    line->n = 0;
    for (int any = 0;; any = 1) {
        if (s->at == s->n) {
            ssize_t r = read_some(s->fd, s->name, s->buf, sizeof s->buf, e);
            if (r < 0) return -1;
            if (r == 0) return any;
            s->at = 0;
            s->n = (size_t)r;
        }
        const char *from = s->buf + s->at, *end = memchr(from, '\n', s->n - s->at);
        size_t n = end ? (size_t)(end - from) : s->n - s->at;
        if (bytes_add(line, from, n, e)) return -1;
        s->at += n + (end != NULL);
        if (end) return 1;
    }
}
