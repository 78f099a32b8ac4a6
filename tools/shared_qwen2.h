/* The tensors of a Qwen2 model: their names in GGUF files and in Hugging Face folders, and their shapes. Knows no files. */
#ifndef TOOLS_SHARED_QWEN2_H
#define TOOLS_SHARED_QWEN2_H

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
