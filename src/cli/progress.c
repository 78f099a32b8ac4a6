/* The progress bar. */
#define _GNU_SOURCE
#include "cli/progress.h"

#include <time.h>
#include <unistd.h>
#include "cli/report.h"
#include "cli/term.h"

double clock_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void progress_start(struct progress *p) {
    *p = (struct progress){.allowed = isatty(STDERR_FILENO) && !term_is_dumb(), .what = "prompt", .start = clock_seconds()};
}

void progress_step(void *ctx, int done, int total) {
    struct progress *p = ctx;
    double now = p->allowed ? clock_seconds() : 0;
    if (!p->allowed || total <= 0 || done >= total || now - p->start < 1 || now - p->drawn < 0.1) return;
    enum { WIDTH = 20 }; /* short enough for the ^C of an interrupt to stand on the same line */
    char bar[WIDTH + 1];
    int full = (int)((double)done / total * WIDTH);
    for (int i = 0; i < WIDTH; i++) bar[i] = i < full ? '#' : '.';
    bar[WIDTH] = '\0';
    note("\r%s [%s] %d of %d tokens", p->what, bar, done, total);
    p->shown = 1;
    p->drawn = now;
}

void progress_end(struct progress *p) {
    if (p->shown) note("\r\033[K");
    p->shown = 0;
}
