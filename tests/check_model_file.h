/* Small random models for check_model.c: made in memory, written as GGUF, kept as doubles. In: a shape and the types. Out: a file, and its
 * weights as the file's bytes decode, for a forward pass that shares no code with src/model.
 */
#ifndef CHECK_MODEL_FILE_H
#define CHECK_MODEL_FILE_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "gguf/gguf.h"
#include "quant/quant.h"

enum { MAX_TENSORS = 64, MAX_KEYS = 40, N_TOKENS = 259 };

struct shape {
    const char *name;
    int layers, width, ff, heads, kv_heads, vocab;
    float rope_base;
    int tied, biases;
    const uint32_t *types; /* [n_types] taken in turn by the matrices */
    int n_types;
};
struct made_tensor {
    char name[48];
    uint32_t type;
    uint64_t dims[2];
    int n_dims;
    double *w;       /* [dims[1]][dims[0]] as decoded */
    uint8_t *bytes;  /* as in the file */
    size_t n_bytes;
};
struct made_key {
    char name[64];
    uint32_t type;
    uint8_t value[16]; /* of scalars */
    uint8_t *long_value; /* of strings and arrays, with their lengths; or NULL */
    size_t n;
};
struct made {
    struct shape shape;
    struct made_tensor tensor[MAX_TENSORS];
    int n_tensors;
    struct made_key key[MAX_KEYS];
    int n_keys;
};

static uint64_t made_state = 1;

static uint32_t made_random(void) { /* splitmix64 */
    uint64_t z = made_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ z >> 31) >> 32);
}

static double made_normal(void) { /* near enough: a sum of four uniforms, variance 1 */
    double s = 0;
    for (int i = 0; i < 4; i++)
        s += made_random() / 4294967296.0 - 0.5;
    return s * 1.7320508;
}

static void *made_alloc(size_t n) {
    void *p = calloc(n ? n : 1, 1);
    if (!p) {
        fprintf(stderr, "check_model: out of memory\n");
        exit(1);
    }
    return p;
}

/* ---- tensors ---------------------------------------------------------------------------------------------------- */

/* Random bytes are sound iq4_xs blocks, once the scales are small. */
static void made_iq4_xs(uint8_t *row, size_t n_bytes, double spread) {
    for (size_t i = 0; i < n_bytes; i++)
        row[i] = (uint8_t)made_random();
    for (size_t b = 0; b < n_bytes / sizeof(struct block_iq4_xs); b++)
        ((struct block_iq4_xs *)(void *)row)[b].d = f32_to_f16((float)(spread / 1300));
}

static struct made_tensor *made_add(struct made *m, const char *name, uint32_t type, int rows, int cols, double mean, double spread) {
    struct made_tensor *t = &m->tensor[m->n_tensors++];
    size_t row_bytes = qtype_row_bytes(type, (size_t)cols);
    float *x = made_alloc((size_t)cols * sizeof *x);
    snprintf(t->name, sizeof t->name, "%s", name);
    t->type = type;
    t->dims[0] = (uint64_t)cols;
    t->dims[1] = (uint64_t)rows;
    t->n_dims = rows > 1 ? 2 : 1;
    t->n_bytes = row_bytes * (size_t)rows;
    t->bytes = made_alloc(t->n_bytes);
    t->w = made_alloc((size_t)rows * (size_t)cols * sizeof *t->w);
    for (int r = 0; r < rows; r++) {
        uint8_t *row = t->bytes + (size_t)r * row_bytes;
        for (int i = 0; i < cols; i++)
            x[i] = (float)(mean + spread * made_normal());
        if (type == QT_IQ4_XS)
            made_iq4_xs(row, row_bytes, spread);
        else
            quant_quantize(type, x, row, (size_t)cols);
        quant_dequantize(type, row, x, (size_t)cols);
        for (int i = 0; i < cols; i++)
            t->w[(size_t)r * (size_t)cols + (size_t)i] = (double)x[i];
    }
    free(x);
    return t;
}

static struct made_tensor *made_find(struct made *m, const char *name) {
    for (int i = 0; i < m->n_tensors; i++)
        if (strcmp(m->tensor[i].name, name) == 0)
            return &m->tensor[i];
    return NULL;
}

static const double *made_weights(struct made *m, int layer, const char *name) {
    char full[64];
    if (layer < 0)
        snprintf(full, sizeof full, "%s", name);
    else
        snprintf(full, sizeof full, "blk.%d.%s", layer, name);
    struct made_tensor *t = made_find(m, full);
    return t ? t->w : NULL;
}

static void made_layer(struct made *m, int layer, int *turn) {
    const struct shape *s = &m->shape;
    int w = s->width, kv = w / s->heads * s->kv_heads;
    const struct { const char *name; int rows, cols; } matrix[] = {
        {"attn_q", w, w}, {"attn_k", kv, w}, {"attn_v", kv, w}, {"attn_output", w, w}, {"ffn_gate", s->ff, w}, {"ffn_up", s->ff, w},
        {"ffn_down", w, s->ff}};
    char name[48];
    for (int i = 0; i < 7; i++) {
        snprintf(name, sizeof name, "blk.%d.%s.weight", layer, matrix[i].name);
        /* queries and keys with a spread over 1, so that attention prefers some keys */
        double spread = (i < 2 ? 1.6 : 1) / sqrt(matrix[i].cols);
        made_add(m, name, s->types[(*turn)++ % s->n_types], matrix[i].rows, matrix[i].cols, 0, spread);
        if (i < 3 && s->biases) {
            snprintf(name, sizeof name, "blk.%d.%s.bias", layer, matrix[i].name);
            made_add(m, name, QT_F32, 1, matrix[i].rows, 0.1, 0.5);
        }
    }
    snprintf(name, sizeof name, "blk.%d.attn_norm.weight", layer);
    made_add(m, name, QT_F32, 1, w, 1, 0.2);
    snprintf(name, sizeof name, "blk.%d.ffn_norm.weight", layer);
    made_add(m, name, QT_F32, 1, w, 1, 0.2);
}

/* ---- keys ------------------------------------------------------------------------------------------------------- */

static struct made_key *made_key(struct made *m, const char *name, uint32_t type) {
    struct made_key *k = NULL;
    for (int i = 0; i < m->n_keys; i++)
        if (strcmp(m->key[i].name, name) == 0)
            k = &m->key[i];
    if (!k)
        k = &m->key[m->n_keys++];
    snprintf(k->name, sizeof k->name, "%s", name);
    k->type = type;
    free(k->long_value);
    k->long_value = NULL;
    return k;
}

static void made_u32(struct made *m, const char *name, uint32_t v) {
    struct made_key *k = made_key(m, name, GGUF_U32);
    memcpy(k->value, &v, k->n = sizeof v);
}

static void made_f32(struct made *m, const char *name, float v) {
    struct made_key *k = made_key(m, name, GGUF_F32);
    memcpy(k->value, &v, k->n = sizeof v);
}

static void made_str(struct made *m, const char *name, const char *v) {
    struct made_key *k = made_key(m, name, GGUF_STR);
    uint64_t n = strlen(v);
    k->long_value = made_alloc(8 + (size_t)n);
    memcpy(k->long_value, &n, 8);
    memcpy(k->long_value + 8, v, (size_t)n);
    k->n = 8 + (size_t)n;
}

static void made_drop(struct made *m, const char *name) {
    struct made_key *k = made_key(m, name, GGUF_U32);
    *k = m->key[--m->n_keys];
    memset(&m->key[m->n_keys], 0, sizeof *k); /* its bytes live on in *k, or nowhere */
}

static void made_strings(struct made *m, const char *name, int n, void (*text)(int i, char *out)) {
    struct made_key *k = made_key(m, name, GGUF_ARR);
    uint8_t *at = k->long_value = made_alloc(12 + (size_t)n * 24);
    uint32_t elem = GGUF_STR;
    uint64_t count = (uint64_t)n;
    char s[16];
    memcpy(at, &elem, 4);
    memcpy(at + 4, &count, 8);
    at += 12;
    for (int i = 0; i < n; i++) {
        text(i, s);
        count = strlen(s);
        memcpy(at, &count, 8);
        memcpy(at + 8, s, (size_t)count);
        at += 8 + count;
    }
    k->n = (size_t)(at - k->long_value);
}

/* The 256 bytes in GPT-2's alphabet: visible Latin-1 stands for itself, the others for U+0100 and on. Then one merge, two control tokens. */
static void made_token(int i, char *out) {
    static const char *const more[] = {"ab", "<|im_end|>", "<|endoftext|>"};
    int code = i, spare = 0;
    if (i >= 256) {
        strcpy(out, more[i - 256]);
        return;
    }
    for (int b = 0; b <= i; b++) {
        int visible = (b >= 33 && b < 127) || (b >= 161 && b < 256 && b != 173);
        code = visible ? b : 256 + spare;
        spare += !visible;
    }
    if (code < 128)
        sprintf(out, "%c", code);
    else
        sprintf(out, "%c%c", 0xc0 | code >> 6, 0x80 | (code & 63));
}

static void made_merge(int i, char *out) {
    (void)i;
    strcpy(out, "a b");
}

static void made_keys(struct made *m) {
    const struct shape *s = &m->shape;
    made_str(m, "general.architecture", "qwen2");
    made_str(m, "general.name", s->name);
    made_u32(m, "general.quantization_version", 2);
    made_u32(m, "qwen2.block_count", (uint32_t)s->layers);
    made_u32(m, "qwen2.context_length", 512);
    made_u32(m, "qwen2.embedding_length", (uint32_t)s->width);
    made_u32(m, "qwen2.feed_forward_length", (uint32_t)s->ff);
    made_u32(m, "qwen2.attention.head_count", (uint32_t)s->heads);
    made_u32(m, "qwen2.attention.head_count_kv", (uint32_t)s->kv_heads);
    made_f32(m, "qwen2.rope.freq_base", s->rope_base);
    made_f32(m, "qwen2.attention.layer_norm_rms_epsilon", 1e-6f);
    made_str(m, "tokenizer.ggml.model", "gpt2");
    made_str(m, "tokenizer.ggml.pre", "qwen2");
    made_strings(m, "tokenizer.ggml.tokens", N_TOKENS, made_token);
    made_strings(m, "tokenizer.ggml.merges", 1, made_merge);
    made_u32(m, "tokenizer.ggml.eos_token_id", 257);
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static struct made *made_model(const struct shape *s, uint64_t seed) {
    struct made *m = made_alloc(sizeof *m);
    int turn = 0;
    m->shape = *s;
    made_state = seed;
    made_keys(m);
    made_add(m, "token_embd.weight", s->types[turn++ % s->n_types], s->vocab, s->width, 0, 1);
    for (int i = 0; i < s->layers; i++)
        made_layer(m, i, &turn);
    made_add(m, "output_norm.weight", QT_F32, 1, s->width, 1, 0.2);
    if (!s->tied)
        made_add(m, "output.weight", s->types[turn++ % s->n_types], s->vocab, s->width, 0, 3 / sqrt(s->width));
    return m;
}

static void made_free(struct made *m) {
    for (int i = 0; i < m->n_tensors; i++) {
        free(m->tensor[i].w);
        free(m->tensor[i].bytes);
    }
    for (int i = 0; i < m->n_keys; i++)
        free(m->key[i].long_value);
    free(m);
}

static void made_put(FILE *f, const void *p, size_t n) {
    if (fwrite(p, 1, n, f) != n) {
        perror("check_model: write");
        exit(1);
    }
}

static void made_put_u64(FILE *f, uint64_t v) {
    made_put(f, &v, sizeof v);
}

static void made_put_u32(FILE *f, uint32_t v) {
    made_put(f, &v, sizeof v);
}

static void made_pad(FILE *f) {
    while (ftell(f) % 32)
        fputc(0, f);
}

static void made_write(const struct made *m, const char *path) {
    FILE *f = fopen(path, "wb");
    uint64_t at = 0;
    if (!f) {
        perror(path);
        exit(1);
    }
    made_put(f, "GGUF", 4);
    made_put_u32(f, 3);
    made_put_u64(f, (uint64_t)m->n_tensors);
    made_put_u64(f, (uint64_t)m->n_keys);
    for (int i = 0; i < m->n_keys; i++) {
        const struct made_key *k = &m->key[i];
        made_put_u64(f, strlen(k->name));
        made_put(f, k->name, strlen(k->name));
        made_put_u32(f, k->type);
        made_put(f, k->long_value ? k->long_value : k->value, k->n);
    }
    for (int i = 0; i < m->n_tensors; i++) {
        const struct made_tensor *t = &m->tensor[i];
        made_put_u64(f, strlen(t->name));
        made_put(f, t->name, strlen(t->name));
        made_put_u32(f, (uint32_t)t->n_dims);
        made_put(f, t->dims, (size_t)t->n_dims * 8);
        made_put_u32(f, t->type);
        made_put_u64(f, at);
        at += (t->n_bytes + 31) / 32 * 32;
    }
    made_pad(f);
    for (int i = 0; i < m->n_tensors; i++) {
        made_put(f, m->tensor[i].bytes, m->tensor[i].n_bytes);
        made_pad(f);
    }
    if (fclose(f)) {
        perror(path);
        exit(1);
    }
}

#endif
