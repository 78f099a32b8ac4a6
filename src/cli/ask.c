/* Lines to messages. */
#define _GNU_SOURCE
#include "cli/ask.h"

#include <string.h>
#include <unistd.h>
#include "cli/report.h"
#include "cli/term.h"

void ask_open(struct ask *a, int color_wish) {
    int out = isatty(STDERR_FILENO) ? STDERR_FILENO : STDOUT_FILENO;
    *a = (struct ask){.interactive = isatty(STDIN_FILENO)};
    a->edits = a->interactive && isatty(out) && !term_is_dumb();
    a->plain = (struct line_source){.fd = STDIN_FILENO, .name = "stdin"};
    if (a->edits) editor_open(&a->editor, STDIN_FILENO, out, term_color(color_wish));
}

void ask_close(struct ask *a) {
    struct err e;
    if (!a->edits) return;
    if (history_save(&a->editor.history, &e)) report_err(&e);
    editor_close(&a->editor);
}

/* Appends a line to OUT. 3: Ctrl-C dropped it; else as ask_message. */
static int next_line(struct ask *a, const char *prompt, struct bytes *out, struct err *e) {
    if (!a->edits) {
        struct bytes line = {0};
        if (a->interactive) note("%s", prompt);
        int r = line_source_next(&a->plain, &line, e);
        if (r > 0 && bytes_add(out, line.p, line.n, e)) r = -1;
        bytes_free(&line);
        return r;
    }
    switch (editor_read(&a->editor, prompt)) {
    case LINE_DONE: return bytes_add(out, a->editor.text.p, a->editor.text.n, e) ? -1 : 1;
    case LINE_CANCELLED: return 3;
    case LINE_LEAVE: return 2;
    default: return 0;
    }
}

static int ends_with(const struct bytes *b, size_t from, const char *s) {
    size_t n = strlen(s);
    return b->n - from >= n && !memcmp(b->p + b->n - n, s, n);
}

/* Reads on until the line that ends in MARK: """ closes a block, a line without \ closes a joined message. */
static int read_on(struct ask *a, struct bytes *out, int block, struct err *e) {
    int r = 1;
    size_t open = block ? 3 : 0, from = open;
    while (r == 1 && (block ? !ends_with(out, from, "\"\"\"") : ends_with(out, from, "\\"))) {
        if (!block) out->n--; /* the backslash */
        if (bytes_add(out, "\n", 1, e)) return -1;
        from = out->n;
        r = next_line(a, "... ", out, e);
    }
    if (block) {
        if (ends_with(out, open, "\"\"\"")) out->n -= 3;
        memmove(out->p, out->p + open, out->n - open);
        out->n -= open;
        if (out->n > 0 && out->p[0] == '\n') memmove(out->p, out->p + 1, --out->n);
        if (out->n > 0 && out->p[out->n - 1] == '\n') out->n--;
    }
    return r == 0 ? 1 : r; /* the end of the input ends a message too */
}

int ask_message(struct ask *a, struct bytes *out, int *one_line, struct err *e) {
    int r;
    do {
        out->n = 0;
        r = next_line(a, ">>> ", out, e);
        if (r != 1) continue;
        int block = out->n >= 3 && !memcmp(out->p, "\"\"\"", 3), joined = !block && ends_with(out, 0, "\\");
        *one_line = !block && !joined && !memchr(out->p, '\n', out->n);
        if (block || joined) r = read_on(a, out, block, e);
        if (r == 2) r = 3; /* Ctrl-C within a message drops the message only */
    } while (r == 3);
    if (r == 1 && bytes_add(out, "", 0, e)) return -1;
    if (r == 1 && a->edits && !memchr(out->p, '\0', out->n)) history_add(&a->editor.history, out->p);
    return r;
}
