/* JSON on a line: an object of which some members are wanted, an array, a string. Strict RFC 8259; what is not wanted is checked and
 * skipped. Reasons hold none of the user's text.
 */
#ifndef CLI_JSONLINE_H
#define CLI_JSONLINE_H

#include "cli/bytes.h"

struct jsonline_part { /* a value as it stands in the line */
    const char *p;     /* NULL: it is not there */
    size_t n;
};
struct jsonline_field {
    const char *key;
    struct jsonline_part value;
};
/* Sets the values of the wanted members of the object that LINE is. 0, or -1 and *why. A wanted member that stands there twice is a fault. */
int jsonline_fields(const char *line, size_t n, struct jsonline_field *wanted, int n_wanted, const char **why);
/* The next element of an array that was read before; *at is NULL at first. 0: there are no more. */
int jsonline_element(struct jsonline_part array, const char **at, struct jsonline_part *element);
/* Appends what the string V says, as UTF-8. -1: it is no string, or memory ran out. */
int jsonline_text(struct jsonline_part v, struct bytes *out);

/* Appends the string member KEY of the object that LINE is, as UTF-8. 0, or -1 and *why. */
int jsonline_string(const char *line, size_t n, const char *key, struct bytes *out, const char **why);

/* Appends N bytes as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
int jsonline_quote(struct bytes *out, const char *p, size_t n, struct err *e);

/* Appends a JSON text without the blanks between its parts; indented, a member a line, as jq does. */
int jsonline_compact(struct bytes *out, struct jsonline_part v, struct err *e);
int jsonline_pretty(struct bytes *out, struct jsonline_part v, struct err *e);

#endif
