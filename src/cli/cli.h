/* The commands. Each takes checked options, prints what is to be printed, and returns the exit code. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "cli/args.h"

int cmd_run(const struct opts *o);
int cmd_lines(const struct opts *o); /* run --jsonl */
int cmd_chat(struct opts *o);       /* /set changes the options */
int cmd_info(const struct opts *o);
int cmd_tokenize(const struct opts *o);
int cmd_bench(const struct opts *o);
int cmd_doctor(const struct opts *o);
int cmd_schema(const struct opts *o);
int cmd_help(const struct opts *o); /* a screen on the command; on all of them where none was named */

/* From here on, a model that another program cuts short ends this one, with a line that names PATH. */
void cli_watch_model(const char *path);

#endif
