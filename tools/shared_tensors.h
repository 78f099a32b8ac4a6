/* Tensors on their way from floats in one file to types of their own in another. */
#ifndef TOOLS_SHARED_TENSORS_H
#define TOOLS_SHARED_TENSORS_H

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/os.h"
#include "gguf/put.h"

struct tensor {
    char name[65];             /* the format allows 64 bytes and no NUL */
    const char *from_name;     /* in the input; for messages, as are the file's bytes */
    const struct os_file *file;
    uint64_t start;            /* of its data, in the file */
    uint32_t from, type;       /* F32, F16 or BF16; what it becomes */
    uint64_t cols, rows;       /* rows 0: a vector */
    uint64_t n;                /* values */
    uint64_t bytes, offset;    /* of the data written; from the start of all data */
    double square, error;      /* sums of x^2 and (x - what is stored)^2 */
};
struct tensors {
    struct tensor *tensor;     /* [n] in the order of the output, for the caller to free */
    size_t n;
    uint64_t alignment;        /* of each one's data: a power of two */
    uint64_t bytes;            /* of all data, padding included */
};

/* Gives the tensor behind the last its place: what it is and where it comes from are filled in. Its rows are whole blocks, and its bytes
 * lie in a file, so that sums do not overflow. */
void tensors_place(struct tensors *t);

void tensors_put_records(struct gguf_put *put, const struct tensors *t);

/* Converts and writes all data, and fills in the errors. The same bytes and errors for every number of threads. Refuses values that are
 * not finite, or not in the type asked for. Memory does not depend on the sizes. */
int tensors_put_data(struct gguf_put *put, struct tensors *t, int n_threads, struct err *e);

/* On stdout: each tensor's type, size and error, and their sums. FILE_BYTES: of what was written; FROM_BYTES: of what was read. */
int tensors_print(const struct tensors *t, uint64_t file_bytes, uint64_t from_bytes, struct err *e);

#endif
