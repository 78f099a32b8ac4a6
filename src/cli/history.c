/* History in memory and on disk, a line each; "\n" and "\\" stand for a newline and a backslash within one. */
#define _GNU_SOURCE
#include "cli/history.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/file.h"

enum { MAX_LINES = 500 };

static char *history_path(void) {
    struct bytes path = {0};
    struct err e;
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int in_state = state && *state;
    if (!in_state && (!home || !*home)) return NULL;
    if (bytes_add_str(&path, in_state ? state : home, &e) || bytes_add_str(&path, in_state ? "/quern_history" : "/.quern_history", &e))
        bytes_free(&path);
    return path.p;
}

void history_add(struct history *h, const char *line) {
    if (!*line || (h->n > 0 && !strcmp(h->line[h->n - 1], line))) return;
    char **grown = realloc(h->line, (h->n + 1) * sizeof *h->line), *copy = strdup(line);
    if (grown) h->line = grown;
    if (!grown || !copy) { /* a history is worth no error */
        free(copy);
        return;
    }
    h->line[h->n++] = copy;
    h->changed = 1;
    if (h->n > MAX_LINES) {
        free(h->line[0]);
        memmove(h->line, h->line + 1, --h->n * sizeof *h->line);
    }
}

static void undo_escapes(char *s) {
    char *out = s;
    for (; *s; s++) {
        if (s[0] == '\\' && (s[1] == 'n' || s[1] == '\\')) *out++ = *++s == 'n' ? '\n' : '\\';
        else *out++ = *s;
    }
    *out = '\0';
}

void history_open(struct history *h) {
    struct bytes line = {0};
    struct err e;
    *h = (struct history){.path = history_path()};
    struct line_source in = {.fd = h->path ? open(h->path, O_RDONLY | O_CLOEXEC) : -1, .name = h->path};
    if (in.fd < 0) return;
    while (line_source_next(&in, &line, &e) > 0) {
        undo_escapes(line.p);
        history_add(h, line.p);
    }
    close(in.fd);
    bytes_free(&line);
    h->changed = 0;
}

static int add_escaped(struct bytes *b, const char *s, struct err *e) {
    for (; *s; s++)
        if (*s == '\n' || *s == '\\' ? bytes_add_str(b, *s == '\n' ? "\\n" : "\\\\", e) : bytes_add(b, s, 1, e)) return -1;
    return bytes_add_str(b, "\n", e);
}

int history_save(struct history *h, struct err *e) {
    struct bytes all = {0};
    int r = 0;
    if (!h->path || !h->changed) return 0;
    for (size_t i = 0; i < h->n && r == 0; i++) r = add_escaped(&all, h->line[i], e);
    if (r == 0) r = file_replace(h->path, &all, e);
    bytes_free(&all);
    return r;
}

void history_close(struct history *h) {
    while (h->n > 0) free(h->line[--h->n]);
    free(h->line);
    free(h->path);
}
