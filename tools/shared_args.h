/* What quern-quantize and quern-convert are asked for: an input, an output, and the types of its tensors. In: words of a command line, and
 * the tensors' names. Out: a type for each. Knows no files.
 */
#ifndef TOOLS_SHARED_ARGS_H
#define TOOLS_SHARED_ARGS_H

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "quant/mix.h"

#define MAX_RULES 64

struct rule { /* --tensor-type PATTERN=TYPE */
    const char *pattern; /* part of a name; or with * ? [ in it, a whole name */
    uint32_t type;
    int used; /* some matrix has such a name */
};
struct args {
    const char *tool;           /* the program's name, for messages */
    int may_be_auto;            /* TYPE may be left out or AUTO */
    const char *in, *out;
    const struct mix *mix;      /* NULL: left out, or AUTO */
    uint32_t output, embedding; /* types; QT_N: the mix's */
    struct rule rule[MAX_RULES];
    int n_rules, n_threads;
};

void args_print_types(void); /* the lines of help about TYPE and the flags */
void args_print_mixes(const char *what); /* those of TYPE alone, for a tool with flags of its own; WHAT: what names one */

/* Cuts the words of --tensor-type in two. 1: help was asked for. */
int args_parse(struct args *a, int argc, char **argv, struct err *e);

/* The type of the matrix NAME, whose rows have COLS values. A->mix is not NULL. */
uint32_t args_type(struct args *a, const struct mix_model *m, const char *name, size_t cols);

/* Once all matrices have a type: ERR_USAGE where a rule names none of them. */
int args_check_rules(const struct args *a, struct err *e);

#endif
