/* A conversation: messages in order, the system's first if there is one; and the file it can be kept in. */
#ifndef CLI_CONVO_H
#define CLI_CONVO_H

#include "cli/bytes.h"

struct convo {
    struct quern_message *msg; /* [n], texts owned */
    int n;
};
int convo_add(struct convo *c, enum quern_role role, const char *text, size_t n, struct err *e);
void convo_pop(struct convo *c);
void convo_clear(struct convo *c);                                              /* all but the system's message */
int convo_system(struct convo *c, const char *text, size_t n, struct err *e);   /* sets or replaces it */
void convo_free(struct convo *c);

/* {"role": "user", "text": "..."} a line. Loading replaces *c, or leaves it as it was and returns -1. */
int convo_save(const struct convo *c, const char *path, struct err *e);
int convo_load(struct convo *c, const char *path, struct err *e);

#endif
