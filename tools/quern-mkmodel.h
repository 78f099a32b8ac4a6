/* A random Qwen2 model before it is written: its shape, its tensors, their values. */
#ifndef TOOLS_QUERN_MKMODEL_H
#define TOOLS_QUERN_MKMODEL_H

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "gguf/put.h"
#include "quant/mix.h"
#include "shared_qwen2.h"

#define MKMODEL_ALIGNMENT 32 /* of each tensor in the file, in bytes */

struct options {
    struct qwen2_shape shape; /* n_vocab 0: as many as the tool's own vocabulary has */
    const char *type; /* a mix's name */
    const struct mix *mix;
    int tied, n_threads;
    int hf; /* a folder, not a file */
    uint64_t seed;
    const char *vocab, *out; /* vocab may be NULL */
};

struct tensor {
    char name[QWEN2_NAME];
    uint32_t type;
    uint32_t cols, rows; /* rows 0: a vector */
    float mean, std;     /* of its values */
    uint64_t offset;     /* of its data, from the start of all data */
    uint64_t bytes;
};
struct plan {
    struct tensor *tensor; /* [n], for the caller to free */
    int n;
    uint64_t bytes;        /* of all data, padding included */
};
int plan_make(struct plan *p, const struct qwen2_shape *s, const struct mix *mix, int tied, struct err *e);

/* Row ROW of tensor T as floats. The value at a place depends on the seed, the tensor's name, the place, and T's mean and std alone. */
void plan_row(const struct tensor *t, uint64_t seed, uint32_t row, float *out);

/* Writes the values of all tensors, each padded to P's alignment. */
int put_data(struct gguf_put *p, const struct options *o, const struct plan *plan, struct err *e);

/* ---- as a Hugging Face folder (quern-mkmodel_folder.c) ------------------------------------------------------------ */

enum { TOKEN_NORMAL = 1, TOKEN_CONTROL = 3, TOKEN_USER = 4, TOKEN_UNUSED = 5 };
struct tokens { /* a vocabulary, wherever it comes from */
    size_t n, n_merges;
    struct gguf_str *text, *merge;
    int32_t *type;
    uint32_t eos, pad, bos; /* ids */
    struct gguf_str chat_template;
};
/* Makes the folder O->out, whole or not at all. O->mix is of a float type. Changes the tensors' types and places in PLAN. */
int folder_write(const struct options *o, struct plan *plan, const struct tokens *t, struct err *e);

#endif
