/* A growing run of bytes, which may hold NUL. Start it as {0}; free it with bytes_free. */
#ifndef CLI_BYTES_H
#define CLI_BYTES_H

#include "quern.h"

struct bytes {
    char *p; /* NULL while cap is 0; one byte beyond n is always a NUL once anything was added */
    size_t n, cap;
};
void bytes_free(struct bytes *b);
int bytes_add(struct bytes *b, const char *p, size_t n, struct err *e);
int bytes_add_str(struct bytes *b, const char *s, struct err *e);
int bytes_read_file(struct bytes *b, const char *path, struct err *e);
int bytes_read_fd(struct bytes *b, int fd, const char *name, struct err *e); /* to the end; gives up on a signal */

/* One line from FD without its newline, through a buffer that keeps what lies beyond. 1: a line, 0: the end, -1: an error. */
struct line_source {
    int fd;
    const char *name;
    char buf[4096];
    size_t at, n;
};
int line_source_next(struct line_source *s, struct bytes *line, struct err *e);

#endif
