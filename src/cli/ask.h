/* The user's next message: edited on a terminal, or a plain line of stdin; """ blocks and lines that end in \ are joined. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "cli/bytes.h"
#include "cli/line.h"

struct ask {
    int interactive;            /* a person sits at stdin */
    int edits;                  /* and at a terminal that can be drawn on */
    struct editor editor;       /* where edits */
    struct line_source plain;   /* elsewhere */
};
void ask_open(struct ask *a, int color_wish);
void ask_close(struct ask *a); /* keeps the history */

/* 1: a message; 0: no more; 2: Ctrl-C at an empty line; -1: an error. *one_line: it may be a command. */
int ask_message(struct ask *a, struct bytes *out, int *one_line, struct err *e);

#endif
