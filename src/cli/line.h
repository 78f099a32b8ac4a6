/* Editing a line on a terminal. In: keys and a history. Out: the line, which holds newlines where text was pasted. */
#ifndef CLI_LINE_H
#define CLI_LINE_H

#include <termios.h>
#include "cli/bytes.h"
#include "cli/history.h"

struct editor {
    int in, out; /* terminals */
    struct termios cooked; /* as the terminal was found */
    int color;
    struct history history;
    const char *prompt;
    struct bytes text;  /* the line */
    size_t at;          /* the cursor, in bytes */
    int row;            /* the cursor's, below the first row drawn */
    size_t browsing;    /* index into the history; = history.n: the line being typed */
    struct bytes typed; /* that line, while another is shown */
};
enum line_end { LINE_DONE, LINE_CANCELLED /* Ctrl-C with text */, LINE_LEAVE /* Ctrl-C without */, LINE_CLOSED /* Ctrl-D, or the end */ };

void editor_open(struct editor *ed, int in, int out, int color);
void editor_close(struct editor *ed);
enum line_end editor_read(struct editor *ed, const char *prompt); /* the line is then in ed->text */

#endif
