/* The forward pass: tokens to logits, a chunk of up to n_batch tokens at a time; decoding is a chunk of one through the same code.
 * In: weights, a cache, token ids. Out: float logits. Knows no text, no files, and no errors once it is open: all buffers are made then.
 */
#ifndef MODEL_FORWARD_H
#define MODEL_FORWARD_H

#include "base/err.h"
#include "kernels/kernels.h"
#include "model/attention.h"
#include "model/carve.h"
#include "model/head.h"
#include "model/jobs.h"
#include "model/kv.h"
#include "model/matmul.h"
#include "model/rope.h"
#include "model/weights.h"

struct forward {
    const struct model *m;
    const struct kernels *k;
    struct kv *kv;
    struct jobs jobs;           /* pool and stop flag: set by the caller */
    int n_batch, n_threads;
    void (*progress)(void *ctx, int done, int total); /* or NULL: called between layers of more than one token */
    void *progress_ctx;

    struct rope rope;
    struct attention att;
    struct matmul mm;
    struct head head;           /* off, unless the caller opens it after forward_open */
    /* buffers of one chunk, cut from one block; w = width, kv = n_kv_heads * head */
    float *x;                   /* [n_batch][w] the residual stream */
    float *h;                   /* [n_batch][w] normed x, then the attention's output */
    float *y;                   /* [n_batch][w] what is added to x next */
    float *q, *keys, *values;   /* [n_batch][w], [n_batch][kv], [n_batch][kv] products without bias */
    float *turned;              /* [n_kv_heads][n][group][head] queries, turned and scaled */
    float *gate, *up;           /* [n_batch][ff]; gate holds the activated product later */
    float *turn;                /* [n_batch][head] of rope */
    struct qact *act;           /* [n_batch][max(w, ff) / 32] the matmul's input, quantized */
    struct carve block;

    /* the run at hand */
    const int32_t *tokens, *ahead; /* [n_tokens]; what follows them */
    int n_tokens;
    /* its chunk at hand */
    int done;                   /* tokens before it */
    int pos, n;                 /* position of token 0; tokens */
    int first;                  /* tokens before it are done with: only the last layer sets it */
    int layer;
    const float *norm;          /* weights of the norm at hand */
    int add;                    /* x += y before it */
    int quantize;               /* a weight matrix that reads this input is quantized */
};

/* Measures the buffers (f->block.used, bytes); the caller has set m, k, kv (planned), n_batch and n_threads. */
void forward_plan(struct forward *f);
int forward_open(struct forward *f, struct err *e); /* after forward_plan */
void forward_close(struct forward *f);

/* Appends N tokens at position POS; LOGITS gets the last ROWS of them, [rows][n_vocab]. -1: the stop flag was raised. The cache beyond POS
 * is then undefined, and what came before is untouched. */
int forward_run(struct forward *f, const int32_t *tokens, int n, int pos, float *logits, int rows);

/* The same, and behind these the N_AHEAD tokens AHEAD; LOGITS [n_vocab] gets those behind the last of TOKENS that are wanted, see head.h.
 * forward_has_room tells whether so many go in one chunk with that one. */
int forward_run_ahead(struct forward *f, const int32_t *tokens, int n, const int32_t *ahead, int n_ahead, int pos, float *logits,
                      const struct wanted *w);
int forward_has_room(const struct forward *f, int n, int n_ahead);

/* Then the same of the token that is BACK before the last of AHEAD. -1: the stop flag was raised. */
int forward_look_back(struct forward *f, int back, float *logits, const struct wanted *w);

#endif
