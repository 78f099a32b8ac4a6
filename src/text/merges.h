/* The merges of a vocabulary: which two tokens join, into which, and how early. In: the file's list. Out: ranks. Knows no text.
 * A merge is named by its result and where it is cut, so one lookup of the joined bytes answers for a pair of tokens and no
 * table of pairs is needed. */
#ifndef TEXT_MERGES_H
#define TEXT_MERGES_H

#include "text/vocab.h"

#define MERGE_NONE UINT32_MAX

struct merges {
    uint32_t n;
    uint16_t *left;     /* [n] bytes of the left part; best merge first */
    uint32_t *next;     /* [n] index + 1 of the next merge with the same result; 0: none */
    uint32_t *first;    /* [vocab.n] index + 1 of the best merge that makes a token; 0: none */
};
int merges_open(struct merges *m, const struct vocab *v, const struct tok_source *src, struct arena *mem, struct tok_fault *where,
                struct err *e);

/* The rank of the merge that makes RESULT from LEFT bytes and the rest, or MERGE_NONE. */
uint32_t merges_rank(const struct merges *m, int32_t result, uint32_t left);

#endif
