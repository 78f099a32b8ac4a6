/* From tokens' bytes to the answer: whole UTF-8 characters, cut before the first stop string, kept back while they may begin one. */
#ifndef CLI_STREAM_H
#define CLI_STREAM_H

#include "cli/args.h"
#include "cli/bytes.h"
#include "cli/out.h"

struct stream {
    struct quern_utf8 utf8;
    struct out *out;            /* NULL: what is written goes to the copy only */
    struct bytes *copy;         /* gets all that is written; or NULL */
    char *const *stop;          /* [n_stop] not empty */
    int n_stop;
    size_t longest;             /* bytes of the longest of them */
    char *held;                 /* [longest] may begin a stop string */
    size_t n_held;
    int stopped;
};
int stream_open(struct stream *s, const struct opts *o, struct out *out, struct bytes *copy, struct err *e);
void stream_close(struct stream *s);
/* 0: go on; 1: a stop string came, and nothing after it will be written; -1: an error. */
int stream_push(struct stream *s, const char *bytes, size_t n, struct err *e);
int stream_end(struct stream *s, struct err *e); /* writes what is still held */

#endif
