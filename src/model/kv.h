/* The key-value cache: what attention keeps of every token, for every layer and KV head. In: keys and values in float. Out: runs in the
 * layout that kernels/kernels.h asks for. Pages exist once touched, so a long context costs what is used of it.
 */
#ifndef MODEL_KV_H
#define MODEL_KV_H

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "model/weights.h"

struct kv {
    int n_heads, head, cap;     /* KV heads; dimensions; tokens, a multiple of ATT_CHUNK */
    uint32_t k_type, v_type;    /* QT_F16, QT_F32, QT_Q8_0 */
    uint8_t *k, *v;             /* [n_layers][n_heads] runs: keys in panels of 16, values in rows */
    size_t k_token, v_token;    /* bytes of a token in a run */
    uint64_t k_run, v_run;      /* bytes of a run */
    uint64_t k_bytes, v_bytes;
    int n_parts;                /* runs of keys and runs of values */
};

/* Fills in all but the memory. */
void kv_plan(struct kv *kv, const struct model *m, int n_ctx, uint32_t k_type, uint32_t v_type);
int kv_open(struct kv *kv, struct err *e); /* after kv_plan */
void kv_close(struct kv *kv);

/* Where token POS of a head begins; POS a multiple of 16 for keys. */
const void *kv_keys(const struct kv *kv, int layer, int head, int pos);
const void *kv_values(const struct kv *kv, int layer, int head, int pos);
/* K, V: [n_heads][head] of token POS. */
void kv_store(struct kv *kv, int layer, int pos, const float *k, const float *v);

/* The first N tokens of part I in memory, as a file keeps them: keys and values of each layer and head in turn, keys in whole panels. */
struct kv_part {
    uint8_t *at;
    size_t bytes;
};
struct kv_part kv_part(const struct kv *kv, int i, int n);
/* Sets to 0 what the last panels of keys hold of tokens from N on, so that parts depend on N tokens alone. */
void kv_trim(struct kv *kv, int n);

#endif
