/* Files, whole or not at all. In: a path. Out: a stream, then the file under its name or nothing. Must not know what is in it. */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64 /* a file's size is 64 bits on 32-bit machines too */
#include "base/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char unfinished[PATH_MAX]; /* removed when a signal ends the program; "": nothing to remove */

void whole_abandon(void) {
    if (unfinished[0])
        unlink(unfinished);
}

static void on_end(int sig) {
    whole_abandon();
    signal(sig, SIG_DFL);
    raise(sig);
}

void whole_signals(void) {
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, on_end);
    signal(SIGTERM, on_end);
    signal(SIGHUP, on_end);
    signal(SIGBUS, on_end); /* a mapped input was cut short by another program */
}

FILE *whole_open(const char *path, struct err *e) {
    struct stat st;
    int in_place = stat(path, &st) == 0 && !S_ISREG(st.st_mode);
    if (!in_place && snprintf(unfinished, sizeof unfinished, "%s.%ld.tmp", path, (long)getpid()) >= (int)sizeof unfinished) {
        unfinished[0] = 0;
        errno = ENAMETOOLONG;
    } else {
        int fd = open(in_place ? path : unfinished, in_place ? O_WRONLY : O_WRONLY | O_CREAT | O_EXCL, 0666);
        FILE *f = fd < 0 ? NULL : fdopen(fd, "wb");
        if (f)
            return f;
        if (!in_place && fd < 0)
            unfinished[0] = 0;
    }
    err_set(e, ERR_RUNTIME, "%s: %s", path, strerror(errno));
    return NULL;
}

int whole_close(FILE *f, const char *path, int rc, int error, struct err *e) {
    if (fclose(f) != 0 && !error)
        error = errno;
    if (rc == 0 && !error && unfinished[0] && rename(unfinished, path) != 0)
        error = errno;
    if (rc == 0 && error)
        rc = err_set(e, ERR_RUNTIME, "%s: %s", path, strerror(error));
    if (rc && unfinished[0])
        unlink(unfinished);
    unfinished[0] = 0;
    return rc;
}
