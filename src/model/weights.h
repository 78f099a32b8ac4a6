/* A model's weights, typed: what the forward pass needs to know of a file. In: a GGUF directory. Out: hyper-parameters and pointers into
 * the mapped file. Every name, type and shape is checked here and nowhere else. Knows no arithmetic and no text.
 */
#ifndef MODEL_WEIGHTS_H
#define MODEL_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"
#include "gguf/gguf.h"

/* Limits that later arithmetic relies on. */
#define MODEL_MAX_HEAD 256        /* kernels: attention */
#define MODEL_MAX_CTX (1 << 20)   /* rope.c: quarter turns stay below 2^20 */

struct tensor {
    const void *data;  /* row 0 */
    uint32_t type;     /* enum qtype */
    int rows, cols;    /* a row is one output's weights */
    size_t stride;     /* bytes from row to row */
};
struct layer {
    const float *attn_norm, *ffn_norm;       /* [width] */
    struct tensor q, k, v, o;                /* q, o: [width][width]; k, v: [n_kv_heads * head][width] */
    const float *q_bias, *k_bias, *v_bias;   /* [rows], or NULL: none */
    struct tensor gate, up, down;            /* gate, up: [ff][width]; down: [width][ff] */
};
struct model {
    int n_layers, width, ff, n_vocab, n_ctx_train;
    int n_heads, n_kv_heads, head;           /* head: dimensions of one; n_heads = n_kv_heads * group */
    float eps;                               /* of the norms */
    double rope_base;
    struct tensor embd, output;              /* [n_vocab][width]; the same rows where the file has one matrix for both */
    const float *output_norm;                /* [width] */
    struct layer *layer;                     /* [n_layers] */
    struct arena mem;
};

/* Refuses (ERR_MODEL, "PATH: byte N: FIELD: reason") what the forward pass does not compute exactly as trained. */
int weights_open(struct model *m, const struct gguf *g, struct err *e);
void weights_close(struct model *m);

#endif
