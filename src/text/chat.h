/* Messages to tokens under a model's chat template, recognised by fingerprint and rendered by code, never interpreted. */
#ifndef TEXT_CHAT_H
#define TEXT_CHAT_H

#include "text/tok.h"

struct chat_template; /* static: one of a table */
/* The template of a file: its Jinja text (N may be 0). Always answers; *known is 0 where ChatML stands in for one we do not know. */
const struct chat_template *chat_template_find(const char *jinja, size_t n, int *known);

int chat_render(const struct chat_template *c, const struct tok *t, const struct quern_message *msg, int n, int first,
                struct quern_tokens *out, struct err *e);
int chat_close(const struct chat_template *c, const struct tok *t, int32_t end, struct quern_tokens *out, struct err *e);

#endif
