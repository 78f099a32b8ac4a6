/* The tensors of a random model and their values. In: a shape, a mix, a seed. Out: names, types, places; rows of floats, the same on
 * every machine: integers from a counter, one float product and one sum a value. Must not know the file.
 *
 * The values make a network that behaves at any depth. After a norm, activations have a root mean square of about 1, and a matrix of
 * standard deviation 1 / sqrt(cols) keeps that; logits have a standard deviation of about SPREAD. Most layers together add about EARLY
 * times the embedding to the residual stream: what came in stays in sight, and rounding errors do not feed on themselves from layer to
 * layer. The last feed-forward adds about LAST, much more than all before it: a tied matrix gives the token just read a logit of
 * SPREAD^2 over what is in the stream, and the model would otherwise only repeat it. Attention adds less there, being nearly the same
 * at every position.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "quant/quant.h"
#include "quern-mkmodel.h"

#define SPREAD 3.0f
#define EARLY 2.0f
#define LAST 2.0f
#define SWIGLU_RMS 0.6f  /* of silu(a) * b for normal a and b */
#define AVERAGE_RMS 0.7f /* of what attention makes of values of 1: most heads look at a few keys */

/* ---- tensors --------------------------------------------------------------------------------------------------- */

struct planner {
    struct plan *p;
    const struct mix *mix;
    struct mix_model model;
};

/* NAME, in layer LAYER (-1: outside). ROWS 0: a vector. */
static struct tensor *add(struct planner *b, int layer, const char *name, int cols, int rows) {
    struct plan *p = b->p;
    struct tensor *t = &p->tensor[p->n++];
    qwen2_name(t->name, name, layer);
    t->type = rows ? mix_type(b->mix, &b->model, name, layer, (size_t)cols) : QT_F32;
    t->cols = (uint32_t)cols;
    t->rows = (uint32_t)rows;
    t->bytes = (uint64_t)qtype_row_bytes(t->type, (size_t)cols) * (rows ? (uint64_t)rows : 1);
    t->offset = p->bytes;
    p->bytes += (t->bytes + MKMODEL_ALIGNMENT - 1) / MKMODEL_ALIGNMENT * MKMODEL_ALIGNMENT;
    return t;
}

static void add_matrix(struct planner *b, int layer, const char *name, int cols, int rows, float gain) {
    add(b, layer, name, cols, rows)->std = gain / sqrtf((float)cols); /* sqrtf is rounded correctly everywhere */
}

static void add_bias(struct planner *b, int layer, const char *name, int n, float std) {
    add(b, layer, name, n, 0)->std = std;
}

static void add_norm(struct planner *b, int layer, const char *name, int n) {
    struct tensor *t = add(b, layer, name, n, 0);
    t->mean = 1;
    t->std = 0.1f;
}

/* What each half of layer I adds to the residual stream is made by two matrices; this is the gain of both, for attention and FF. */
static void layer_gains(const struct qwen2_shape *s, int i, float *att, float *ff) {
    float early = EARLY * SPREAD / sqrtf((float)s->width) / sqrtf(2.0f * (float)s->n_layers - 1);
    *att = sqrtf(early / AVERAGE_RMS);
    *ff = sqrtf((i < s->n_layers - 1 ? early : LAST) / SWIGLU_RMS);
}

static void add_layer(struct planner *b, int i, const struct qwen2_shape *s) {
    int kv = s->width / s->n_heads * s->n_kv_heads;
    float att, ff;
    layer_gains(s, i, &att, &ff);
    add_norm(b, i, "attn_norm.weight", s->width);
    add_matrix(b, i, "attn_q.weight", s->width, s->width, 1);
    add_bias(b, i, "attn_q.bias", s->width, 0.5f);
    add_matrix(b, i, "attn_k.weight", s->width, kv, 1);
    add_bias(b, i, "attn_k.bias", kv, 0.5f);
    add_matrix(b, i, "attn_v.weight", s->width, kv, att);
    add_bias(b, i, "attn_v.bias", kv, 0.1f * att);
    add_matrix(b, i, "attn_output.weight", s->width, s->width, att);
    add_norm(b, i, "ffn_norm.weight", s->width);
    add_matrix(b, i, "ffn_gate.weight", s->width, s->ff, 1);
    add_matrix(b, i, "ffn_up.weight", s->width, s->ff, ff);
    add_matrix(b, i, "ffn_down.weight", s->ff, s->width, ff);
}

int plan_make(struct plan *p, const struct qwen2_shape *s, const struct mix *mix, int tied, struct err *e) {
    struct planner b = {p, mix, {s->n_layers, s->n_heads, s->n_kv_heads, tied}};
    memset(p, 0, sizeof *p);
    p->tensor = calloc((size_t)s->n_layers * 12 + 3, sizeof *p->tensor);
    if (!p->tensor)
        return err_set(e, ERR_MEMORY, "out of memory");
    if (!tied)
        add_matrix(&b, -1, "output.weight", s->width, s->n_vocab, SPREAD);
    add_matrix(&b, -1, "token_embd.weight", s->width, s->n_vocab, SPREAD);
    for (int i = 0; i < s->n_layers; i++)
        add_layer(&b, i, s);
    add_norm(&b, -1, "output_norm.weight", s->width);
    return 0;
}

/* ---- values ---------------------------------------------------------------------------------------------------- */

/* splitmix64's output function: 64 well mixed bits of a counter. */
static uint64_t mix_bits(uint64_t z) {
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* FNV-1a, mixed with the seed: tensors of one model share no values, nor do two seeds. */
static uint64_t tensor_key(const char *name, uint64_t seed) {
    uint64_t h = 0xcbf29ce484222325;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 0x100000001b3;
    return mix_bits(h ^ mix_bits(seed));
}

/* Nearly normal: the sum of four uniform 16-bit numbers has mean 2 * 65535 and standard deviation sqrt(4 * (65536^2 - 1) / 12), and
 * stays within 3.5 deviations. */
void plan_row(const struct tensor *t, uint64_t seed, uint32_t row, float *out) {
    uint64_t counter = tensor_key(t->name, seed) + (uint64_t)row * t->cols * 0x9e3779b97f4a7c15;
    float unit = t->std / 37837.227f;
    for (uint32_t i = 0; i < t->cols; i++) {
        counter += 0x9e3779b97f4a7c15;
        uint64_t u = mix_bits(counter);
        int sum = (int)(u & 0xffff) + (int)(u >> 16 & 0xffff) + (int)(u >> 32 & 0xffff) + (int)(u >> 48);
        out[i] = t->mean + (float)(sum - 2 * 65535) * unit;
    }
}
