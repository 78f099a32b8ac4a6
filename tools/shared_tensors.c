/* Conversion of tensors; see shared_tensors.h. A tensor is cut into pieces of fixed size, and sums are added in the order of the pieces. A
 * row is a whole number of blocks, so a tensor is one run of blocks, and rows do not matter here.
 */
#include "shared_tensors.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/pool.h"
#include "quant/quant.h"
#include "shared_bar.h"

#define PIECE 4096  /* values; a multiple of every block */
#define PIECES 256  /* in a batch: read by one thread, made by all, then written by one */

struct batch {
    const struct tensor *t;
    uint64_t first;         /* value of the tensor */
    uint64_t n;             /* values */
    uint8_t *in, *out;      /* [PIECES * PIECE] values of at most 4 bytes each */
    double *square, *error; /* [PIECES] */
    struct bar bar;
};

void tensors_place(struct tensors *t) {
    struct tensor *last = &t->tensor[t->n++];
    uint64_t pad = t->alignment - 1;
    last->n = last->cols * (last->rows ? last->rows : 1);
    last->bytes = last->n / qtype_info(last->type)->block * qtype_info(last->type)->bytes;
    last->offset = t->bytes;
    t->bytes += (last->bytes + pad) & ~pad; /* at most twice the size of the input */
}

void tensors_put_records(struct gguf_put *put, const struct tensors *t) {
    for (size_t i = 0; i < t->n; i++) {
        const struct tensor *x = &t->tensor[i];
        gguf_put_tensor(put, x->name, x->type, x->cols, x->rows, x->offset);
    }
    gguf_put_padding(put);
}

/* ---- data --------------------------------------------------------------------------------------------------------- */

static void make_piece(const struct batch *b, size_t piece) {
    float x[PIECE], y[PIECE];
    const struct qtype_info *from = qtype_info(b->t->from), *to = qtype_info(b->t->type);
    size_t start = piece * PIECE, n = b->n - start < PIECE ? (size_t)(b->n - start) : PIECE;
    uint8_t *out = b->out + start / to->block * to->bytes;
    double square = 0, error = 0;
    quant_dequantize(b->t->from, b->in + start * from->bytes, x, n);
    for (size_t i = 0; i < n; i++)
        square += (double)x[i] * (double)x[i];
    b->square[piece] = square;
    b->error[piece] = 0;
    if (!(square <= DBL_MAX))
        return; /* quantizing takes finite values only */
    quant_quantize(b->t->type, x, out, n);
    quant_dequantize(b->t->type, out, y, n);
    for (size_t i = 0; i < n; i++) {
        double d = (double)x[i] - (double)y[i];
        error += d * d;
    }
    b->error[piece] = error;
}

static void make_pieces(void *arg, int thread, int n_threads) {
    const struct batch *b = arg;
    for (size_t i = (size_t)thread; i * PIECE < b->n; i += (size_t)n_threads)
        make_piece(b, i);
}

static int fault(const struct batch *b, size_t piece, struct err *e, const char *what) {
    const struct tensor *t = b->t;
    unsigned long long at = t->start + (b->first + piece * PIECE) * qtype_info(t->from)->bytes;
    return err_set(e, ERR_MODEL, "%s: byte %llu: %s: from here on, %s", t->file->path, at, t->from_name, what);
}

/* The squares of finite floats, and their sum, are finite in double: where the sum is not, some value is not. */
static int add_sums(const struct batch *b, struct tensor *t, struct err *e) {
    for (size_t i = 0; i * PIECE < b->n; i++) {
        char what[64];
        if (!(b->square[i] <= DBL_MAX)) {
            snprintf(what, sizeof what, "not all of %d values are finite", PIECE);
            return fault(b, i, e, what);
        }
        if (!(b->error[i] <= DBL_MAX)) {
            snprintf(what, sizeof what, "some values are too large for %s", qtype_info(t->type)->name);
            return fault(b, i, e, what);
        }
        t->square += b->square[i];
        t->error += b->error[i];
    }
    return 0;
}

static int put_tensor_data(struct gguf_put *put, struct tensor *t, struct batch *b, struct pool *pool, struct err *e) {
    const struct qtype_info *from = qtype_info(t->from), *to = qtype_info(t->type);
    b->t = t;
    for (b->first = 0; b->first < t->n && !put->error; b->first += b->n) {
        b->n = t->n - b->first < PIECES * PIECE ? t->n - b->first : PIECES * PIECE;
        if (os_file_read(t->file, t->start + b->first * from->bytes, b->in, (size_t)b->n * from->bytes, e))
            return -1;
        pool_run(pool, make_pieces, b);
        if (add_sums(b, t, e))
            return -1;
        gguf_put_bytes(put, b->out, (size_t)(b->n / to->block * to->bytes));
        bar_add(&b->bar, b->n);
    }
    gguf_put_padding(put);
    return 0;
}

static int put_all(struct gguf_put *put, struct tensors *t, struct batch *b, struct pool *pool, struct err *e) {
    uint64_t n = 0;
    int rc = 0;
    for (size_t i = 0; i < t->n; i++)
        n += t->tensor[i].n;
    bar_start(&b->bar, n);
    for (size_t i = 0; i < t->n && rc == 0 && !put->error; i++)
        rc = put_tensor_data(put, &t->tensor[i], b, pool, e);
    bar_end(&b->bar);
    return rc;
}

int tensors_put_data(struct gguf_put *put, struct tensors *t, int n_threads, struct err *e) {
    struct pool *pool;
    struct batch b = {.in = malloc(PIECES * PIECE * sizeof(float)), .out = malloc(PIECES * PIECE * sizeof(float)),
                      .square = malloc(2 * PIECES * sizeof *b.square)};
    int rc = -1;
    if (!b.in || !b.out || !b.square) {
        err_set(e, ERR_MEMORY, "out of memory");
    } else if (pool_open(&pool, n_threads, e) == 0) {
        b.error = b.square + PIECES;
        rc = put_all(put, t, &b, pool, e);
        pool_close(pool);
    }
    free(b.in);
    free(b.out);
    free(b.square);
    return rc;
}

/* ---- what became of them ------------------------------------------------------------------------------------------ */

/* In percent. */
static double relative(double error, double square) {
    return square > 0 ? 100 * sqrt(error / square) : 0;
}

int tensors_print(const struct tensors *t, uint64_t file_bytes, uint64_t from_bytes, struct err *e) {
    char name[4 * sizeof t->tensor->name];
    double error = 0, square = 0;
    uint64_t bytes = 0, n = 0;
    printf("%-32s %-7s %12s %10s\n", "tensor", "type", "bytes", "RMS error");
    for (size_t i = 0; i < t->n; i++) {
        const struct tensor *x = &t->tensor[i];
        err_quote(name, sizeof name, x->name, strlen(x->name));
        printf("%-32s %-7s %12llu %8.3f %%\n", name, qtype_info(x->type)->name, (unsigned long long)x->bytes, relative(x->error, x->square));
        error += x->error;
        square += x->square;
        bytes += x->bytes;
        n += x->n;
    }
    printf("%-32s %-7s %12llu %8.3f %%\n", "all", "", (unsigned long long)bytes, relative(error, square));
    printf("%zu tensors, %.1f million values, %.2f bits each; the file: %.1f MB, from %.1f MB\n", t->n, (double)n / 1e6,
           8 * (double)bytes / (double)n, (double)file_bytes / 1e6, (double)from_bytes / 1e6);
    return fflush(stdout) ? err_set(e, ERR_RUNTIME, "stdout: %s", strerror(errno)) : 0;
}
