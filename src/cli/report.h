/* One line on stderr. In: text that may hold anything. Out: "quern: ", the text with control bytes escaped, a newline. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "quern.h"

#if defined(__GNUC__)
#define REPORT_FORMAT(f, a) __attribute__((format(printf, f, a)))
#else
#define REPORT_FORMAT(f, a)
#endif

#define ERR_PIPE 141 /* the reader of stdout went away: leave, quietly */

void report(const char *fmt, ...) REPORT_FORMAT(1, 2);
void note(const char *fmt, ...) REPORT_FORMAT(1, 2);        /* as it is: no prefix, no newline, no escapes */
void note_pair(const char *name, const char *text);         /* "name: text", aligned, control bytes escaped */
int report_err(const struct err *e);                        /* quiet for codes that are signals; returns the exit code */
int fail(struct err *e, int code, const char *fmt, ...) REPORT_FORMAT(3, 4); /* fills *e, returns -1 */

#endif
