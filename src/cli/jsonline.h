/* A line of JSON Lines: an object, of which one string is wanted. Strict RFC 8259; other members are checked and skipped. */
#ifndef CLI_JSONLINE_H
#define CLI_JSONLINE_H

#include "cli/bytes.h"

/* Appends the string member KEY of the object that LINE is, as UTF-8. 0, or -1 and *why: a reason without user's text. */
int jsonline_string(const char *line, size_t n, const char *key, struct bytes *out, const char **why);

/* Appends N bytes as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
int jsonline_quote(struct bytes *out, const char *p, size_t n, struct err *e);

#endif
