/* Named values as text, in one of the forms that programs read. In: names and values, in order. Out: bytes. */
#ifndef CLI_FIELDS_H
#define CLI_FIELDS_H

#include "cli/bytes.h"
#include "cli/report.h"

enum fields_form {
    FIELDS_NAMES,  /* name,name */
    FIELDS_CSV,    /* "value","value"; what is not known is "" */
    FIELDS_LINE,   /* {"name": value, "name": value} */
    FIELDS_LINES   /* the same, a member a line, indented */
};
struct fields {
    enum fields_form form;
    int indent;         /* blanks before the braces of FIELDS_LINES */
    int n;              /* members so far */
    int failed;
    struct bytes text;
    struct err e;       /* where failed */
};
void fields_open(struct fields *f, enum fields_form form, int indent);
void fields_text(struct fields *f, const char *name, const char *value);     /* NULL: not known */
void fields_raw(struct fields *f, const char *name, const char *value);      /* JSON as it stands; NULL: not known */
void fields_value(struct fields *f, const char *name, const char *fmt, ...) REPORT_FORMAT(3, 4); /* a number, as printf has it */
void fields_real(struct fields *f, const char *name, double value, int digits); /* NaN: not known */
void fields_bool(struct fields *f, const char *name, int value);             /* in CSV 1 and 0 */
/* Closes the braces; -1 and *e where memory ran out. The text is the caller's until fields_free. */
int fields_close(struct fields *f, struct err *e);
void fields_free(struct fields *f);

#endif
