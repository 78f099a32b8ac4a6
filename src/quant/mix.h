/* The mixes of tensor types that go by names such as "q4_k_m": what llama.cpp's quantizer writes without importance data, so that
 * our files have the tensor types of those on the hub; and our own for small boards. In: a mix and a tensor's place in a Qwen2 model.
 * Out: its type.
 */
#ifndef QUANT_MIX_H
#define QUANT_MIX_H

#include <stddef.h>
#include <stdint.h>

struct mix;
const struct mix *mix_find(const char *name);            /* "q4_k_m" or "Q4_K_M"; NULL: no such mix */
const char *mix_name(int i);                             /* the I-th name, NULL past the last */
uint32_t mix_file_type(const struct mix *m);             /* the value of general.file_type */

struct mix_model {
    int n_layers, n_heads, n_kv_heads;
    int tied; /* no output.weight: token_embd.weight serves as both */
};
/* NAME is the tensor's, less "blk.N." for those of layer LAYER. COLS is its row length, in columns. Vectors are F32. */
uint32_t mix_type(const struct mix *m, const struct mix_model *model, const char *name, int layer, size_t cols);

/* What stands in for a type whose blocks do not divide rows of COLS: F16 where nothing smaller does. */
uint32_t mix_fallback(uint32_t type, size_t cols);

#endif
