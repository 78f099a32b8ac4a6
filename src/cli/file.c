/* Atomic replacement of a small file. */
#define _GNU_SOURCE
#include "cli/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/report.h"

static int write_all(int fd, const char *p, size_t n) {
    while (n > 0) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno != EINTR) return -1;
        if (w > 0) p += w, n -= (size_t)w;
    }
    return 0;
}

int file_replace(const char *path, const struct bytes *content, struct err *e) {
    struct bytes name = {0};
    if (bytes_add_str(&name, path, e) || bytes_add_str(&name, ".XXXXXX", e)) {
        bytes_free(&name);
        return -1;
    }
    int fd = mkstemp(name.p), bad = fd < 0;
    if (!bad) bad = write_all(fd, content->p, content->n) || fsync(fd);
    if (fd >= 0) bad = close(fd) || bad;
    if (!bad) bad = rename(name.p, path);
    if (bad) {
        fail(e, ERR_RUNTIME, "%s: %s", path, strerror(errno));
        if (fd >= 0) unlink(name.p);
    }
    bytes_free(&name);
    return bad ? -1 : 0;
}
