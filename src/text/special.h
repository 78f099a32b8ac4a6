/* Control and user-defined tokens, found in raw text by their exact bytes. In: a vocabulary. Out: matches. */
#ifndef TEXT_SPECIAL_H
#define TEXT_SPECIAL_H

#include "text/vocab.h"

struct special {
    const char *s;
    uint32_t n;         /* bytes, > 0 */
    int32_t id;
    uint32_t prefix;    /* index + 1 of the longest entry that this one begins with, other than itself; 0: none */
    int control;        /* else user-defined */
};
struct specials {
    struct special *entry;  /* [n] sorted by bytes, then id */
    uint32_t n;
    uint8_t starts[256];    /* 1: some entry starts with this byte */
};
int special_open(struct specials *s, const struct vocab *v, struct arena *mem, struct err *e);

/* The longest entry that TEXT starts with, control tokens only where CONTROL; NULL: none. */
const struct special *special_match(const struct specials *s, const char *text, size_t n, int control);
int32_t special_find(const struct specials *s, const char *name, size_t n); /* -1: none */

#endif
