/* The progress bar; see shared_bar.h. */
#define _POSIX_C_SOURCE 200809L
#include "shared_bar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/os.h"

void bar_start(struct bar *b, uint64_t total) {
    const char *term = getenv("TERM");
    *b = (struct bar){.shown = -1, .start = os_seconds(), .total = total};
    b->allowed = isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

void bar_add(struct bar *b, uint64_t n) {
    enum { WIDTH = 40 };
    b->done += n;
    int percent = (int)(100 * (double)b->done / (double)b->total);
    if (!b->allowed || percent == b->shown || os_seconds() - b->start < 1)
        return;
    char text[WIDTH + 1] = "";
    for (int i = 0; i < WIDTH; i++)
        text[i] = i < percent * WIDTH / 100 ? '#' : '.';
    fprintf(stderr, "\r[%s] %3d %%", text, percent);
    b->shown = percent;
}

void bar_end(struct bar *b) {
    if (b->shown >= 0)
        fprintf(stderr, "\r\033[K");
    b->shown = -1;
}
