/* A file that is replaced whole or not at all: written under a temporary name beside it, then renamed. */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include "cli/bytes.h"

int file_replace(const char *path, const struct bytes *content, struct err *e); /* readable by its owner only */

#endif
