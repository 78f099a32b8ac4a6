/* The parts of quern schema. */
#ifndef CLI_SCHEMA_H
#define CLI_SCHEMA_H

#include "cli/args.h"
#include "cli/out.h"

int schema_test(const struct opts *o, const struct quern_model *m, struct out *out, struct err *e);
int schema_fuzz(const struct opts *o, const struct quern_model *m, struct out *out, struct err *e);

#endif
