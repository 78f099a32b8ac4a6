/* Writes a plan. In: a mapped file, types. Out: a GGUF file, whole or not at all, and the error of each tensor. The same bytes and errors
 * for every number of threads: a tensor is cut into pieces of fixed size, and sums are added in the order of the pieces.
 */
#define _POSIX_C_SOURCE 200809L
#include <float.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/pool.h"
#include "base/whole.h"
#include "gguf/put.h"
#include "quant/quant.h"
#include "quern-quantize.h"

/* A row is a whole number of blocks, so a tensor is one run of blocks, and rows do not matter here. */
#define PIECE 4096  /* values; a multiple of every block */
#define PIECES 256  /* in a batch: made by all threads, then written by one */

struct batch {
    const struct tensor *t;
    uint64_t first;        /* value of the tensor */
    uint64_t n;            /* values */
    uint8_t *out;          /* [PIECES * PIECE] values of at most 4 bytes */
    double *square, *error; /* [PIECES] */
};

static void make_piece(const struct batch *b, size_t piece) {
    float x[PIECE], y[PIECE];
    const struct qtype_info *from = qtype_info(b->t->from->type), *to = qtype_info(b->t->type);
    size_t start = piece * PIECE, n = b->n - start < PIECE ? (size_t)(b->n - start) : PIECE;
    uint8_t *out = b->out + start / to->block * to->bytes;
    double square = 0, error = 0;
    quant_dequantize(b->t->from->type, b->t->from->data + (b->first + start) * from->bytes, x, n);
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

/* The squares of finite floats, and their sum, are finite in double: where the sum is not, some value is not. */
static int add_sums(const struct plan *p, const struct batch *b, struct tensor *t, struct err *e) {
    const struct gguf_tensor *from = t->from;
    for (size_t i = 0; i * PIECE < b->n; i++) {
        uint64_t at = b->first + i * PIECE;
        if (!(b->square[i] <= DBL_MAX))
            return gguf_fault(&p->g, (size_t)(from->start + at * qtype_info(from->type)->bytes), from->name.s, from->name.n, e,
                              "from here on, not all of %d values are finite", PIECE);
        if (!(b->error[i] <= DBL_MAX))
            return gguf_fault(&p->g, (size_t)(from->start + at * qtype_info(from->type)->bytes), from->name.s, from->name.n, e,
                              "from here on, some values are too large for %s", qtype_info(t->type)->name);
        t->square += b->square[i];
        t->error += b->error[i];
    }
    return 0;
}

static int put_tensor_data(struct gguf_put *put, const struct plan *p, struct tensor *t, struct batch *b, struct pool *pool, struct err *e) {
    const struct qtype_info *from = qtype_info(t->from->type), *to = qtype_info(t->type);
    b->t = t;
    for (b->first = 0; b->first < t->n && !put->error; b->first += b->n) {
        b->n = t->n - b->first < PIECES * PIECE ? t->n - b->first : PIECES * PIECE;
        pool_run(pool, make_pieces, b);
        if (add_sums(p, b, t, e))
            return -1;
        gguf_put_bytes(put, b->out, (size_t)(b->n / to->block * to->bytes));
        os_map_drop(&p->map, (size_t)(t->from->start + b->first * from->bytes), (size_t)(b->n * from->bytes));
    }
    gguf_put_padding(put);
    return 0;
}

static int put_data(struct gguf_put *put, struct plan *p, int n_threads, struct err *e) {
    struct pool *pool;
    struct batch b = {.out = malloc(PIECES * PIECE * sizeof(float)), .square = malloc(2 * PIECES * sizeof *b.square)};
    int rc = -1, tty = isatty(STDERR_FILENO);
    if (!b.out || !b.square) {
        err_set(e, ERR_MEMORY, "out of memory");
    } else if (pool_open(&pool, n_threads, e) == 0) {
        b.error = b.square + PIECES;
        rc = 0;
        for (size_t i = 0; i < p->g.n_tensors && rc == 0 && !put->error; i++) {
            if (tty)
                fprintf(stderr, "\r%3d %%", (int)(100 * p->tensor[i].offset / p->bytes));
            rc = put_tensor_data(put, p, &p->tensor[i], &b, pool, e);
        }
        if (tty)
            fprintf(stderr, "\r\033[K");
        pool_close(pool);
    }
    free(b.out);
    free(b.square);
    return rc;
}

static int is_key(const struct gguf_kv *kv, const char *key) {
    return kv->key.n == strlen(key) && memcmp(kv->key.s, key, kv->key.n) == 0;
}

static void put_header(struct gguf_put *put, const struct plan *p, const struct mix *mix) {
    static const char *const key[] = {"general.file_type", "general.quantization_version"};
    const uint32_t value[] = {mix_file_type(mix), 2};
    uint64_t n = p->g.n_kv;
    for (int k = 0; k < 2; k++)
        n += !gguf_find(&p->g, key[k]);
    gguf_put_start(put, p->g.n_tensors, n);
    for (size_t i = 0; i < p->g.n_kv; i++) {
        const struct gguf_kv *kv = &p->g.kv[i];
        int k = is_key(kv, key[0]) ? 0 : is_key(kv, key[1]) ? 1 : -1;
        if (k < 0)
            gguf_put_copy(put, kv);
        else
            gguf_put_u32(put, key[k], value[k]);
    }
    for (int k = 0; k < 2; k++) {
        if (!gguf_find(&p->g, key[k]))
            gguf_put_u32(put, key[k], value[k]);
    }
    for (size_t i = 0; i < p->g.n_tensors; i++) {
        const struct tensor *t = &p->tensor[i];
        gguf_put_tensor(put, t->name, t->type, t->from->dims[0], t->from->n_dims == 1 ? 0 : t->from->dims[1], t->offset);
    }
    gguf_put_padding(put);
}

int plan_write(struct plan *p, const struct options *o, struct err *e) {
    struct gguf_put put = {.f = whole_open(o->out, e), .alignment = p->g.alignment};
    if (!put.f)
        return -1;
    put_header(&put, p, o->mix);
    int rc = put_data(&put, p, o->n_threads, e);
    p->file_bytes = put.at;
    return whole_close(put.f, o->out, rc, put.error, e);
}
