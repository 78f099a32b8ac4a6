/* GGUF directory to struct model: the one place that knows Qwen2's keys, tensor names and shapes. */
#include "model/weights.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "quant/quant.h"

/* A fault of the value of KEY; where the key is absent, of the file as a whole. */
PRINTF_LIKE(4, 5)
static int key_fault(const struct gguf *g, const char *key, struct err *e, const char *fmt, ...) {
    char why[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(why, sizeof why, fmt, args);
    va_end(args);
    const struct gguf_kv *kv = gguf_find(g, key);
    return gguf_fault(g, kv ? kv->offset : 0, key, strlen(key), e, "%s", why);
}

/* A required count in [LO, HI]. */
static int read_count(const struct gguf *g, const char *key, uint32_t lo, uint32_t hi, int *out, struct err *e) {
    uint32_t v;
    int found = gguf_u32(g, key, &v, e);
    if (found < 0)
        return -1;
    if (!found)
        return key_fault(g, key, e, "missing");
    if (v < lo || v > hi)
        return key_fault(g, key, e, "%lu, expected %lu to %lu", (unsigned long)v, (unsigned long)lo, (unsigned long)hi);
    *out = (int)v;
    return 0;
}

/* An optional key that may only repeat what is known already. */
static int same_count(const struct gguf *g, const char *key, int expected, struct err *e) {
    uint32_t v;
    int found = gguf_u32(g, key, &v, e);
    if (found == 1 && v != (uint32_t)expected)
        return key_fault(g, key, e, "%lu, expected %d", (unsigned long)v, expected);
    return found < 0 ? -1 : 0;
}

/* A finite number above 0; FALLBACK where it is absent, or a fault where FALLBACK is 0. */
static int read_positive(const struct gguf *g, const char *key, float fallback, float *out, struct err *e) {
    *out = fallback;
    if (gguf_f32(g, key, out, e) < 0)
        return -1;
    if (!gguf_find(g, key) && fallback == 0)
        return key_fault(g, key, e, "missing");
    if (!isfinite(*out) || *out <= 0)
        return key_fault(g, key, e, "%g, expected a finite number above 0", (double)*out);
    return 0;
}

static int str_is(struct gguf_str s, const char *text) {
    return s.n == strlen(text) && memcmp(s.s, text, s.n) == 0;
}

static int check_architecture(const struct gguf *g, struct err *e) {
    struct gguf_str arch;
    char quoted[80];
    int found = gguf_string(g, "general.architecture", &arch, e);
    if (found < 0)
        return -1;
    if (!found)
        return key_fault(g, "general.architecture", e, "missing");
    if (!str_is(arch, "qwen2"))
        return key_fault(g, "general.architecture", e, "\"%s\" is not supported; quern runs qwen2",
                         err_quote(quoted, sizeof quoted, arch.s, arch.n));
    return same_count(g, "general.quantization_version", 2, e);
}

/* Positions may be stretched by no factor but 1. */
static int check_rope_scaling(const struct gguf *g, struct err *e) {
    static const char *const factor_key[] = {"qwen2.rope.scaling.factor", "qwen2.rope.scale_linear"};
    struct gguf_str type = {"none", 4};
    char quoted[80];
    if (gguf_string(g, "qwen2.rope.scaling.type", &type, e) < 0)
        return -1;
    if (str_is(type, "none"))
        return 0;
    if (!str_is(type, "linear"))
        return key_fault(g, "qwen2.rope.scaling.type", e, "\"%s\" is not supported",
                         err_quote(quoted, sizeof quoted, type.s, type.n));
    for (int i = 0; i < 2; i++) {
        float factor = 1;
        if (gguf_f32(g, factor_key[i], &factor, e) < 0)
            return -1;
        if (factor != 1)
            return key_fault(g, factor_key[i], e, "%g, expected 1", (double)factor);
    }
    return 0;
}

static int read_heads(struct model *m, const struct gguf *g, struct err *e) {
    static const char heads[] = "qwen2.attention.head_count", kv_heads[] = "qwen2.attention.head_count_kv";
    if (read_count(g, heads, 1, (uint32_t)m->width, &m->n_heads, e))
        return -1;
    if (m->width % m->n_heads)
        return key_fault(g, heads, e, "%d does not divide the width, %d", m->n_heads, m->width);
    m->head = m->width / m->n_heads;
    if (m->head % 8 || m->head > MODEL_MAX_HEAD)
        return key_fault(g, heads, e, "%d makes heads of %d, expected a multiple of 8 up to %d", m->n_heads, m->head,
                         MODEL_MAX_HEAD);
    m->n_kv_heads = m->n_heads;
    if (gguf_find(g, kv_heads) && read_count(g, kv_heads, 1, (uint32_t)m->n_heads, &m->n_kv_heads, e))
        return -1;
    if (m->n_heads % m->n_kv_heads)
        return key_fault(g, kv_heads, e, "%d does not divide the %d heads", m->n_kv_heads, m->n_heads);
    if (same_count(g, "qwen2.rope.dimension_count", m->head, e) || same_count(g, "qwen2.attention.key_length", m->head, e) ||
        same_count(g, "qwen2.attention.value_length", m->head, e))
        return -1;
    return 0;
}

static int read_hyper(struct model *m, const struct gguf *g, struct err *e) {
    float base;
    if (check_architecture(g, e) || read_count(g, "qwen2.block_count", 1, INT32_MAX, &m->n_layers, e) ||
        read_count(g, "qwen2.context_length", 1, MODEL_MAX_CTX, &m->n_ctx_train, e) ||
        read_count(g, "qwen2.embedding_length", 32, INT32_MAX, &m->width, e) ||
        read_count(g, "qwen2.feed_forward_length", 32, INT32_MAX, &m->ff, e))
        return -1;
    if (m->width % 32)
        return key_fault(g, "qwen2.embedding_length", e, "%d, expected a multiple of 32", m->width);
    if (m->ff % 32)
        return key_fault(g, "qwen2.feed_forward_length", e, "%d, expected a multiple of 32", m->ff);
    if (read_heads(m, g, e) || read_positive(g, "qwen2.attention.layer_norm_rms_epsilon", 0, &m->eps, e) ||
        read_positive(g, "qwen2.rope.freq_base", 10000, &base, e)) /* 10000: the default of the GGUF specification */
        return -1;
    if (base < 1) /* below 1 the steps would grow beyond what rope.c reduces */
        return key_fault(g, "qwen2.rope.freq_base", e, "%g, expected 1 or more", (double)base);
    m->rope_base = base;
    return check_rope_scaling(g, e);
}

static int tensor_fault(const struct gguf *g, const struct gguf_tensor *t, struct err *e, const char *why) {
    return gguf_fault(g, t->offset, t->name.s, t->name.n, e, "%s", why);
}

/* Is T [rows][cols]? COLS alone is a vector's length. */
static int check_shape(const struct gguf *g, const struct gguf_tensor *t, uint64_t rows, uint64_t cols, struct err *e) {
    if (t->dims[0] != cols || t->dims[1] != rows || t->dims[2] != 1 || t->dims[3] != 1)
        return gguf_fault(g, t->offset, t->name.s, t->name.n, e, "shape [%llu, %llu, %llu, %llu], expected [%llu, %llu]",
                          (unsigned long long)t->dims[0], (unsigned long long)t->dims[1], (unsigned long long)t->dims[2],
                          (unsigned long long)t->dims[3], (unsigned long long)cols, (unsigned long long)rows);
    if ((uintptr_t)t->data % sizeof(float))
        return tensor_fault(g, t, e, "its data is not aligned to 4 bytes");
    return 0;
}

/* What reads one tensor after another: the block it is in, and the first failure's place. */
struct reader {
    const struct gguf *g;
    int block;      /* -1: outside of the blocks */
    struct err *e;
};

/* NULL: absent, and *e is filled where it is REQUIRED. */
static const struct gguf_tensor *find_tensor(const struct reader *r, const char *name, int required) {
    char full[64];
    if (r->block < 0)
        snprintf(full, sizeof full, "%s", name);
    else
        snprintf(full, sizeof full, "blk.%d.%s", r->block, name);
    const struct gguf_tensor *t = gguf_tensor_find(r->g, full);
    if (!t && required)
        gguf_fault(r->g, 0, full, strlen(full), r->e, "missing");
    return t;
}

static int read_matrix(const struct reader *r, const char *name, int rows, int cols, struct tensor *out) {
    const struct gguf_tensor *t = find_tensor(r, name, 1);
    if (!t || check_shape(r->g, t, (uint64_t)rows, (uint64_t)cols, r->e))
        return -1;
    out->data = t->data;
    out->type = t->type;
    out->rows = rows;
    out->cols = cols;
    out->stride = qtype_row_bytes(t->type, (size_t)cols);
    if (cols % (int)qtype_info(t->type)->block || out->stride != t->bytes / (size_t)rows)
        return tensor_fault(r->g, t, r->e, "its rows are not whole blocks");
    return 0;
}

static int read_vector(const struct reader *r, const char *name, int n, int required, const float **out) {
    const struct gguf_tensor *t = find_tensor(r, name, required);
    *out = NULL;
    if (!t)
        return required ? -1 : 0;
    if (check_shape(r->g, t, 1, (uint64_t)n, r->e))
        return -1;
    if (t->type != QT_F32)
        return gguf_fault(r->g, t->offset, t->name.s, t->name.n, r->e, "%s, expected F32 for norms and biases",
                          qtype_info(t->type)->name);
    *out = (const float *)(const void *)t->data; /* aligned: check_shape */
    return 0;
}

static int read_layer(struct model *m, const struct reader *r, struct layer *l) {
    int w = m->width, kv = m->n_kv_heads * m->head;
    if (read_vector(r, "attn_norm.weight", w, 1, &l->attn_norm) || read_vector(r, "ffn_norm.weight", w, 1, &l->ffn_norm) ||
        read_vector(r, "attn_q.bias", w, 0, &l->q_bias) || read_vector(r, "attn_k.bias", kv, 0, &l->k_bias) ||
        read_vector(r, "attn_v.bias", kv, 0, &l->v_bias))
        return -1;
    if (read_matrix(r, "attn_q.weight", w, w, &l->q) || read_matrix(r, "attn_k.weight", kv, w, &l->k) ||
        read_matrix(r, "attn_v.weight", kv, w, &l->v) || read_matrix(r, "attn_output.weight", w, w, &l->o))
        return -1;
    if (read_matrix(r, "ffn_gate.weight", m->ff, w, &l->gate) || read_matrix(r, "ffn_up.weight", m->ff, w, &l->up) ||
        read_matrix(r, "ffn_down.weight", w, m->ff, &l->down))
        return -1;
    return 0;
}

static int read_layers(struct model *m, const struct gguf *g, struct err *e) {
    static const char key[] = "qwen2.block_count";
    struct reader r = {g, 0, e};
    if ((size_t)m->n_layers > g->n_tensors) /* bounds the allocation by the file's own size */
        return key_fault(g, key, e, "%d, but the file has %lu tensors", m->n_layers, (unsigned long)g->n_tensors);
    m->layer = arena_alloc(&m->mem, (size_t)m->n_layers, sizeof *m->layer, e);
    if (!m->layer)
        return -1;
    for (; r.block < m->n_layers; r.block++)
        if (read_layer(m, &r, &m->layer[r.block]))
            return -1;
    if (find_tensor(&r, "attn_norm.weight", 0))
        return key_fault(g, key, e, "%d, but the file has tensors of block %d", m->n_layers, m->n_layers);
    return 0;
}

/* The embedding sets the number of rows; the output matrix is its equal or the same matrix. */
static int read_vocabulary(struct model *m, const struct gguf *g, struct err *e) {
    static const char tokens_key[] = "tokenizer.ggml.tokens";
    struct reader r = {g, -1, e};
    const struct gguf_tensor *t = find_tensor(&r, "token_embd.weight", 1);
    const struct gguf_kv *tokens = gguf_find(g, tokens_key);
    if (!t)
        return -1;
    if (t->dims[1] > INT32_MAX)
        return tensor_fault(g, t, e, "it has more rows than token ids can name");
    m->n_vocab = (int)t->dims[1];
    if (read_matrix(&r, "token_embd.weight", m->n_vocab, m->width, &m->embd))
        return -1;
    m->output = m->embd;
    if (find_tensor(&r, "output.weight", 0) && read_matrix(&r, "output.weight", m->n_vocab, m->width, &m->output))
        return -1;
    if (tokens && tokens->type == GGUF_ARR && tokens->n > (uint64_t)m->n_vocab)
        return key_fault(g, tokens_key, e, "%llu tokens, but token_embd.weight has %d rows", (unsigned long long)tokens->n,
                         m->n_vocab);
    return read_vector(&r, "output_norm.weight", m->width, 1, &m->output_norm);
}

int weights_open(struct model *m, const struct gguf *g, struct err *e) {
    memset(m, 0, sizeof *m);
    if (read_hyper(m, g, e) || read_vocabulary(m, g, e) || read_layers(m, g, e)) {
        weights_close(m);
        return -1;
    }
    return 0;
}

void weights_close(struct model *m) {
    arena_free(&m->mem);
    memset(m, 0, sizeof *m);
}
