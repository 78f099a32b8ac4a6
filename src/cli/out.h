/* The answer's way to stdout. In: text in whole characters. Out: the same bytes; on a terminal control bytes come escaped. */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include "quern.h"

struct out {
    int fd;
    int tty;            /* escape control bytes other than newline and tab */
    int wrote;          /* anything at all */
    int failed;         /* nothing more can be written */
    char last;          /* the last byte written */
    char buf[4096];
    size_t n;
};
void out_open(struct out *o, int fd);
int out_text(struct out *o, const char *text, size_t n, struct err *e);
int out_str(struct out *o, const char *text, struct err *e);
int out_flush(struct out *o, struct err *e);
int out_end_line(struct out *o, struct err *e); /* a newline, unless nothing was written or the last byte is one */
int out_close(struct out *o, struct err *e);    /* flushes and closes: the last place where a full disk can show */

#endif
