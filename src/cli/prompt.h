/* What the user asks: stdin that is no terminal, then -f, then -p, a blank line between them. Any bytes. */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include "cli/args.h"
#include "cli/bytes.h"

/* 1: there is a prompt (an empty -p is one); 0: there is none; -1: an error. */
int prompt_read(const struct opts *o, struct bytes *out, struct err *e);
/* The same without stdin. */
int prompt_given(const struct opts *o, struct bytes *out, struct err *e);
/* -sys or -sysf; 0: neither was given. */
int prompt_system(const struct opts *o, struct bytes *out, struct err *e);

#endif
