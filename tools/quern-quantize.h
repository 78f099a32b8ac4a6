/* A model on its way to other types: what was asked for, and each tensor with its type, place and error. */
#ifndef TOOLS_QUERN_QUANTIZE_H
#define TOOLS_QUERN_QUANTIZE_H

#include <stdint.h>
#include "base/err.h"
#include "base/os.h"
#include "gguf/gguf.h"
#include "quant/mix.h"

#define MAX_RULES 64

struct rule { /* --tensor-type PATTERN=TYPE */
    const char *pattern; /* part of a name; or with * ? [ in it, a whole name */
    uint32_t type;
    int used; /* some matrix has such a name */
};
struct options {
    const char *in, *out;
    const struct mix *mix;
    uint32_t output, embedding; /* types; QT_N: the mix's */
    struct rule rule[MAX_RULES];
    int n_rules, n_threads;
};

struct tensor {
    const struct gguf_tensor *from;
    char name[65];         /* the format allows 64 bytes and no NUL */
    uint32_t type;
    uint64_t n;            /* values */
    uint64_t bytes, offset; /* of the data; from the start of all data */
    double square, error;  /* sums of x^2 and (x - what is stored)^2 */
};
struct plan {
    struct os_map map;
    struct gguf g;
    struct tensor *tensor; /* [g.n_tensors] in the order of the input */
    uint64_t bytes;        /* of all data, padding included */
    uint64_t file_bytes;   /* of what was written */
};

/* Opens O->in, checks that it is a Qwen2 model of F32, F16 and BF16, and chooses the types. Close it where this succeeded. */
int plan_open(struct plan *p, struct options *o, struct err *e);
void plan_close(struct plan *p);

/* Writes O->out and fills in the errors. Refuses values that are not finite, or not in the type asked for. */
int plan_write(struct plan *p, const struct options *o, struct err *e);

#endif
