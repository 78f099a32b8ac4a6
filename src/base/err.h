/* The one error: code and one line. Set where the fault is found, passed up untouched, printed by the command line only. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "quern.h"

#if defined(__GNUC__)
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#else
#define PRINTF_LIKE(f, a)
#endif

/* Fills *e (which may be NULL) and returns -1, so that `return err_set(...)` reads well. Whatever the arguments hold, the text is one
 * line that is safe to print: it goes through err_quote as a whole. An argument may point into *e itself. */
int err_set(struct err *e, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* N bytes from outside as printable text in OUT [cap], at most cap - 1 characters, "..." where cut. Returns OUT.
 * Bytes that are neither printable ASCII nor part of a visible, valid UTF-8 character come out as \xNN. */
const char *err_quote(char *out, size_t cap, const char *bytes, size_t n);

#endif
