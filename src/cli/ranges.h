/* Lists of whole numbers as llama-bench writes them: "512", "1,2,4", "128-512+128", "1-8*2", and again with the next flag. */
#ifndef CLI_RANGES_H
#define CLI_RANGES_H

#include "quern.h"

struct ranges {
    int *v; /* [n]; NULL while n is 0 */
    int n;
};
/* Appends what TEXT says, each number from LO to HI. NAME is the flag, for messages. */
int ranges_read(struct ranges *r, const char *name, const char *text, int lo, int hi, struct err *e);
int ranges_push(struct ranges *r, int v, struct err *e);
void ranges_free(struct ranges *r);

#endif
