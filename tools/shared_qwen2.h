/* A Qwen2 model: what a GGUF file says about it, and its tensors: their names, there and in Hugging Face folders, and their shapes. */
#ifndef TOOLS_SHARED_QWEN2_H
#define TOOLS_SHARED_QWEN2_H

#include <stdint.h>
#include "gguf/put.h"
#include "quant/mix.h"

struct qwen2_shape {
    const char *name; /* general.name */
    int32_t n_layers, width, ff, n_heads, n_kv_heads, n_ctx, n_vocab;
    float rope_base, eps;
};
enum { QWEN2_N_KEYS = 13 };
/* The keys of a model, less those of its tokenizer. */
void qwen2_put_keys(struct gguf_put *p, const struct qwen2_shape *s, const struct mix *mix);

enum qwen2_size { QWEN2_ONE, QWEN2_WIDTH, QWEN2_KV_WIDTH, QWEN2_FF, QWEN2_VOCAB, QWEN2_N_SIZES };
struct qwen2_tensor {
    const char *name, *hf;      /* less "blk.N." and "model.layers.N." for those of a layer */
    enum qwen2_size rows, cols; /* rows QWEN2_ONE: a vector */
};
/* In the order in which our files have them: output.weight is the first, the embedding comes next, output_norm.weight is the last. */
extern const struct qwen2_tensor qwen2_outer[3], qwen2_layer[12];

#define QWEN2_NAME 80 /* room for any name */
void qwen2_name(char out[QWEN2_NAME], const char *name, int layer);    /* "attn_q.weight" in layer 7: "blk.7.attn_q.weight"; -1: outside */
void qwen2_hf_name(char out[QWEN2_NAME], const char *hf, int layer);   /* "self_attn.q_proj.weight": "model.layers.7.self_attn.q_proj.weight" */

#endif
