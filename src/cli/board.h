/* The board this runs on: its name, its CPU, and how hot, how fast and how throttled it is. In: text files of /sys and /proc, which may
 * be missing or hold anything. Out: facts, or that they are not known. Knows no model. */
#ifndef CLI_BOARD_H
#define CLI_BOARD_H

#include <stdint.h>

struct board {
    char name[128];         /* "Raspberry Pi 4 Model B Rev 1.4"; never empty */
    char cpu[128];          /* "Cortex-A72"; "" where it is not told */
    char features[192];     /* of the CPU, those that matter here, a blank between them */
    uint64_t memory;        /* bytes; 0: not told */
};
/* ROOT is "", or a folder that stands for the root of the file system. */
void board_read(struct board *b, const char *root);

/* In the order of the Raspberry Pi's firmware. */
enum { BOARD_UNDERVOLTAGE = 1, BOARD_CAPPED = 2, BOARD_THROTTLED = 4, BOARD_HOT = 8 };

struct board_state {
    double mhz;             /* the fastest CPU's clock; NaN: not told */
    double celsius;         /* the CPU's, or the hottest of what is measured; NaN: not told */
    int tells;              /* 0: nothing here says whether the board is throttled */
    unsigned now, ever;     /* BOARD_...: at this moment; since it was started */
    uint64_t events;        /* counted by x86 CPUs since they were started */
};
void board_look(struct board_state *s, const char *root);
unsigned board_throttled(const struct board_state *before, const struct board_state *after); /* BOARD_... in between */

enum { BOARD_REASONS = 96 };
const char *board_reasons(char out[BOARD_REASONS], unsigned bits); /* "under-voltage, frequency capped"; "none" */

#endif
