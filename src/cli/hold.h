/* Answers held to a JSON schema. In: where the schema is, a model, documents. Out: a constraint to generate under, what the model is told
 * of the schema, and the document in the style that was asked for.
 */
#ifndef CLI_HOLD_H
#define CLI_HOLD_H

#include "cli/args.h"
#include "cli/bytes.h"

struct hold { /* start it as {0} */
    struct quern_schema *schema;            /* NULL: answers are free */
    struct quern_constraint *constraint;
    struct quern_constraint_use reported;   /* what hold_report has told already */
};
/* The schema of -j, -jf or --json, read and compiled before any model is. Where none was given nothing happens. */
int hold_schema(struct hold *h, const struct opts *o, struct err *e);
int hold_text(struct hold *h, const struct opts *o, const char *name, const char *text, size_t n, struct err *e); /* this one */
/* Its constraint over M. ERR_BUDGET where -n cannot be enough. */
int hold_model(struct hold *h, const struct opts *o, const struct quern_model *m, struct err *e);
void hold_close(struct hold *h);

/* Adds what the model is told to a system message, which may be empty; 1: there is something to tell. */
int hold_tells(const struct hold *h, const struct opts *o);
int hold_system(const struct hold *h, const struct opts *o, struct bytes *system, struct err *e);

/* Checks DOC against the schema and appends it to OUT, without a newline: compact, --pretty or --raw-strings. */
int hold_answer(const struct hold *h, const struct opts *o, const struct bytes *doc, struct bytes *out, struct err *e);

void hold_report(struct hold *h); /* statistics since the last time, on stderr */

#endif
