/* A running conversation: its messages, what of it stands in the cache, and where its parts come from and go to. */
#ifndef CLI_CHAT_H
#define CLI_CHAT_H

#include "cli/ask.h"
#include "cli/convo.h"
#include "cli/gen.h"
#include "cli/hold.h"

struct chat {
    struct opts *o;
    struct quern_model *model;
    struct hold hold;
    struct gen gen;
    struct out out;
    struct ask ask;
    struct convo convo;
    struct quern_tokens turn;   /* the last turn as it was evaluated */
    struct quern_tokens open;   /* what the cache lacks before another turn: the last token picked, the end of the answer */
    size_t turn_at;             /* tokens in the cache before the last turn */
    double load_s;
    int code;                   /* exit code where a plain message failed */
    int leave;
};
/* 0, or -1 where the conversation cannot go on. A message that fails by itself is reported and dropped. */
int chat_say(struct chat *c, const char *text, size_t n, struct err *e);
int chat_again(struct chat *c, struct err *e);
int chat_system(struct chat *c, struct bytes *system, struct err *e); /* replaces the system message; says what the schema is too */
void chat_restart(struct chat *c); /* nothing is in the cache: the next turn evaluates the whole conversation */

/* A line that begins with "/". */
int chat_command(struct chat *c, char *line, struct err *e);

#endif
