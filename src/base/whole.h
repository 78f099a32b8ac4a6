/* A file that is there whole or not at all: written under another name in the same folder, renamed once all of it is. One at a time,
 * as a signal handler has to know which to remove. */
#ifndef BASE_WHOLE_H
#define BASE_WHOLE_H

#include <stdio.h>
#include "base/err.h"

/* From here on a signal that ends the program removes what is unfinished, and a file size limit is an error of write, as a full disk is. */
void whole_signals(void);
void whole_abandon(void); /* removes what is unfinished, for a signal handler that ends the program in its own way */

/* The stream to write to: a new file beside PATH, or PATH itself where that is a device or a pipe. NULL: "PATH: reason", ERR_RUNTIME. */
FILE *whole_open(const char *path, struct err *e);

/* Puts the file in its place where RC and ERROR are 0; else removes it. RC: not 0 where the caller failed, with *e set. ERROR: errno of
 * the first write that failed, or 0. Returns 0, or -1 with *e set. */
int whole_close(FILE *f, const char *path, int rc, int error, struct err *e);

#endif
