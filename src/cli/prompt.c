/* Joins the parts of a prompt. */
#define _GNU_SOURCE
#include "cli/prompt.h"

#include <string.h>
#include <unistd.h>

/* A file's or a pipe's last newline ends its last line and is no part of the text. */
static void drop_newline(struct bytes *b) {
    if (b->n > 0 && b->p[b->n - 1] == '\n') b->p[--b->n] = '\0';
}

static int separate(struct bytes *b, struct err *e) {
    return b->n > 0 ? bytes_add_str(b, "\n\n", e) : 0;
}

int prompt_given(const struct opts *o, struct bytes *out, struct err *e) {
    if (o->file) {
        if (separate(out, e) || bytes_read_file(out, o->file, e)) return -1;
        drop_newline(out);
    }
    if (o->prompt && (separate(out, e) || bytes_add_str(out, o->prompt, e))) return -1;
    return o->file || o->prompt;
}

int prompt_read(const struct opts *o, struct bytes *out, struct err *e) {
    int taken = o->schema && !strcmp(o->schema, "-"); /* the schema came from there */
    if (!taken && !isatty(STDIN_FILENO)) {
        if (bytes_read_fd(out, STDIN_FILENO, "stdin", e)) return -1;
        drop_newline(out);
    }
    int piped = out->n > 0, given = prompt_given(o, out, e);
    return given < 0 ? -1 : piped || given;
}

int prompt_system(const struct opts *o, struct bytes *out, struct err *e) {
    if (o->system) return bytes_add_str(out, o->system, e) ? -1 : 1;
    if (!o->system_file) return 0;
    if (bytes_read_file(out, o->system_file, e)) return -1;
    drop_newline(out);
    return 1;
}
