/* A model on its way to other types: the file it is in, and each tensor with its type and place. */
#ifndef TOOLS_QUERN_QUANTIZE_H
#define TOOLS_QUERN_QUANTIZE_H

#include "base/os.h"
#include "gguf/gguf.h"
#include "shared_args.h"
#include "shared_tensors.h"

struct plan {
    struct os_map map;     /* for the directory */
    struct os_file file;   /* the same, for the data */
    struct gguf g;
    struct tensors out;    /* in the order of the input */
    uint64_t file_bytes;   /* of what was written */
};

/* Opens A->in, checks that it is a Qwen2 model of F32, F16 and BF16, and chooses the types. Close it where this succeeded. */
int plan_open(struct plan *p, struct args *a, struct err *e);
void plan_close(struct plan *p);

/* Writes A->out, whole or not at all. */
int plan_write(struct plan *p, const struct args *a, struct err *e);

#endif
