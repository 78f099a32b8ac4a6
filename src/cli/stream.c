/* Stop strings are matched a byte at a time against the longest suffix that can still become one. */
#include "cli/stream.h"

#include <stdlib.h>
#include <string.h>
#include "cli/report.h"

static int is_utf8(const char *s) {
    struct quern_utf8 u = {0};
    size_t n = strlen(s), from = 0;
    char out[16];
    for (size_t i = 0; i <= n; i++) {
        size_t got = i < n ? quern_utf8_push(&u, s + i, 1, out) : quern_utf8_end(&u, out);
        if (got > n - from || memcmp(out, s + from, got)) return 0; /* U+FFFD came instead */
        from += got;
    }
    return from == n;
}

int stream_open(struct stream *s, const struct opts *o, struct out *out, struct bytes *copy, struct err *e) {
    *s = (struct stream){.out = out, .copy = copy, .stop = o->stop, .n_stop = o->n_stop};
    for (int i = 0; i < s->n_stop; i++) {
        size_t n = strlen(s->stop[i]);
        if (!is_utf8(s->stop[i])) return fail(e, ERR_USAGE, "-r: a text in UTF-8: the answer is, so another cannot match");
        if (n > s->longest) s->longest = n;
    }
    s->held = malloc(s->longest + 1);
    return s->held ? 0 : fail(e, ERR_MEMORY, "out of memory");
}

void stream_close(struct stream *s) {
    free(s->held);
}

static int emit(struct stream *s, const char *p, size_t n, struct err *e) {
    if (s->copy && bytes_add(s->copy, p, n, e)) return -1;
    return s->out ? out_text(s->out, p, n, e) : 0;
}

/* Writes the first N held bytes. */
static int release(struct stream *s, size_t n, struct err *e) {
    if (emit(s, s->held, n, e)) return -1;
    memmove(s->held, s->held + n, s->n_held - n);
    s->n_held -= n;
    return 0;
}

/* Where in the held bytes a whole stop string begins, as it ends at the last of them; or n_held. */
static size_t whole_stop(const struct stream *s) {
    size_t at = s->n_held;
    for (int i = 0; i < s->n_stop; i++) {
        size_t n = strlen(s->stop[i]);
        if (n <= s->n_held && !memcmp(s->held + s->n_held - n, s->stop[i], n) && s->n_held - n < at) at = s->n_held - n;
    }
    return at;
}

static int begins_stop(const struct stream *s, size_t from) {
    for (int i = 0; i < s->n_stop; i++)
        if (!strncmp(s->stop[i], s->held + from, s->n_held - from)) return 1;
    return 0;
}

static int push_byte(struct stream *s, char c, struct err *e) {
    s->held[s->n_held++] = c; /* fits: what is held is shorter than the stop string it begins */
    size_t at = whole_stop(s);
    if (at < s->n_held) {
        int r = release(s, at, e);
        s->n_held = 0;
        s->stopped = 1;
        return r ? -1 : 1;
    }
    size_t from = 0;
    while (from < s->n_held && !begins_stop(s, from)) from++;
    return from > 0 ? release(s, from, e) : 0;
}

static int push_text(struct stream *s, const char *p, size_t n, struct err *e) {
    if (s->stopped) return 1;
    if (s->n_stop == 0) return emit(s, p, n, e);
    for (size_t i = 0; i < n; i++) {
        int r = push_byte(s, p[i], e);
        if (r) return r;
    }
    return 0;
}

int stream_push(struct stream *s, const char *bytes, size_t n, struct err *e) {
    enum { PIECE = 256 }; /* a token may be long */
    char text[3 * (PIECE + 1)];
    while (n > 0) {
        size_t piece = n < PIECE ? n : PIECE;
        int r = push_text(s, text, quern_utf8_push(&s->utf8, bytes, piece, text), e);
        if (r) return r;
        bytes += piece;
        n -= piece;
    }
    return 0;
}

int stream_end(struct stream *s, struct err *e) {
    char text[16];
    int r = push_text(s, text, quern_utf8_end(&s->utf8, text), e);
    return r ? (r < 0 ? -1 : 0) : release(s, s->n_held, e);
}
