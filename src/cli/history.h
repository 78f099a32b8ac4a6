/* Lines typed before, oldest first, and the file that keeps them: $XDG_STATE_HOME/quern_history or ~/.quern_history. */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include "cli/bytes.h"

struct history {
    char **line; /* [n] terminated; a line may hold newlines */
    size_t n;
    char *path;  /* NULL: nowhere to keep it */
    int changed;
};
void history_open(struct history *h); /* a file that cannot be read counts as none */
void history_add(struct history *h, const char *line);
int history_save(struct history *h, struct err *e);
void history_close(struct history *h);

#endif
