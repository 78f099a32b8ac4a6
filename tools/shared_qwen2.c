/* Keys, names and shapes; see shared_qwen2.h. */
#include "shared_qwen2.h"

#include <stdio.h>

const struct qwen2_tensor qwen2_outer[3] = {
    {"output.weight", "lm_head.weight", QWEN2_VOCAB, QWEN2_WIDTH},
    {"token_embd.weight", "model.embed_tokens.weight", QWEN2_VOCAB, QWEN2_WIDTH},
    {"output_norm.weight", "model.norm.weight", QWEN2_ONE, QWEN2_WIDTH},
};
const struct qwen2_tensor qwen2_layer[12] = {
    {"attn_norm.weight", "input_layernorm.weight", QWEN2_ONE, QWEN2_WIDTH},
    {"attn_q.weight", "self_attn.q_proj.weight", QWEN2_WIDTH, QWEN2_WIDTH},
    {"attn_q.bias", "self_attn.q_proj.bias", QWEN2_ONE, QWEN2_WIDTH},
    {"attn_k.weight", "self_attn.k_proj.weight", QWEN2_KV_WIDTH, QWEN2_WIDTH},
    {"attn_k.bias", "self_attn.k_proj.bias", QWEN2_ONE, QWEN2_KV_WIDTH},
    {"attn_v.weight", "self_attn.v_proj.weight", QWEN2_KV_WIDTH, QWEN2_WIDTH},
    {"attn_v.bias", "self_attn.v_proj.bias", QWEN2_ONE, QWEN2_KV_WIDTH},
    {"attn_output.weight", "self_attn.o_proj.weight", QWEN2_WIDTH, QWEN2_WIDTH},
    {"ffn_norm.weight", "post_attention_layernorm.weight", QWEN2_ONE, QWEN2_WIDTH},
    {"ffn_gate.weight", "mlp.gate_proj.weight", QWEN2_FF, QWEN2_WIDTH},
    {"ffn_up.weight", "mlp.up_proj.weight", QWEN2_FF, QWEN2_WIDTH},
    {"ffn_down.weight", "mlp.down_proj.weight", QWEN2_WIDTH, QWEN2_FF},
};

void qwen2_put_keys(struct gguf_put *p, const struct qwen2_shape *s, const struct mix *mix) {
    gguf_put_str(p, "general.architecture", "qwen2");
    gguf_put_str(p, "general.type", "model");
    gguf_put_str(p, "general.name", s->name);
    gguf_put_u32(p, "qwen2.block_count", (uint32_t)s->n_layers);
    gguf_put_u32(p, "qwen2.context_length", (uint32_t)s->n_ctx);
    gguf_put_u32(p, "qwen2.embedding_length", (uint32_t)s->width);
    gguf_put_u32(p, "qwen2.feed_forward_length", (uint32_t)s->ff);
    gguf_put_u32(p, "qwen2.attention.head_count", (uint32_t)s->n_heads);
    gguf_put_u32(p, "qwen2.attention.head_count_kv", (uint32_t)s->n_kv_heads);
    gguf_put_f32(p, "qwen2.rope.freq_base", s->rope_base);
    gguf_put_f32(p, "qwen2.attention.layer_norm_rms_epsilon", s->eps);
    gguf_put_u32(p, "general.file_type", mix_file_type(mix));
    gguf_put_u32(p, "general.quantization_version", 2);
}

void qwen2_name(char out[QWEN2_NAME], const char *name, int layer) {
    if (layer < 0)
        snprintf(out, QWEN2_NAME, "%s", name);
    else
        snprintf(out, QWEN2_NAME, "blk.%d.%s", layer, name);
}

void qwen2_hf_name(char out[QWEN2_NAME], const char *hf, int layer) {
    if (layer < 0)
        snprintf(out, QWEN2_NAME, "%s", hf);
    else
        snprintf(out, QWEN2_NAME, "model.layers.%d.%s", layer, hf);
}
