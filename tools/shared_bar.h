/* A bar on a terminal's stderr once something has taken a second; erased when it is done. */
#ifndef TOOLS_SHARED_BAR_H
#define TOOLS_SHARED_BAR_H

#include <stdint.h>

struct bar {
    int allowed;  /* stderr is a terminal that understands "erase the line" */
    int shown;    /* percent, or -1 */
    double start; /* seconds */
    uint64_t done, total;
};
void bar_start(struct bar *b, uint64_t total);
void bar_add(struct bar *b, uint64_t n); /* of the total, done since the last time */
void bar_end(struct bar *b);

#endif
