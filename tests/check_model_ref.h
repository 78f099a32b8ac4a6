/* Qwen2's forward pass as the model's description has it: in double, one token after another, no cache, no kernels. For check_model.c.
 * In: a made model, tokens. Out: logits [n][vocab].
 */
#ifndef CHECK_MODEL_REF_H
#define CHECK_MODEL_REF_H

#include "check_model_file.h"

static void ref_matmul(const double *w, const double *bias, const double *x, double *y, int rows, int cols) {
    for (int r = 0; r < rows; r++) {
        y[r] = bias ? bias[r] : 0;
        for (int i = 0; i < cols; i++)
            y[r] += w[(size_t)r * (size_t)cols + (size_t)i] * x[i];
    }
}

static void ref_norm(const double *w, const double *x, double *y, int n) {
    double s = 0;
    for (int i = 0; i < n; i++)
        s += x[i] * x[i];
    for (int i = 0; i < n; i++)
        y[i] = x[i] / sqrt(s / n + (double)1e-6f) * w[i];
}

static void ref_rope(double *x, int n_heads, int head, int pos, double base) {
    for (int h = 0; h < n_heads; h++, x += head)
        for (int i = 0; i < head / 2; i++) {
            double angle = pos * pow(base, -2.0 * i / head), a = x[i], b = x[i + head / 2];
            x[i] = a * cos(angle) - b * sin(angle);
            x[i + head / 2] = a * sin(angle) + b * cos(angle);
        }
}

/* One query head over keys and values 0 to POS. K, V: [n][stride], already at this head's columns. */
static void ref_attend(const double *q, const double *k, const double *v, int pos, const int *head_stride, double *out) {
    int head = head_stride[0], stride = head_stride[1];
    double *p = made_alloc((size_t)(pos + 1) * sizeof *p), top = -INFINITY, sum = 0;
    for (int j = 0; j <= pos; j++) {
        for (int d = 0; d < head; d++)
            p[j] += q[d] * k[(size_t)j * (size_t)stride + (size_t)d] / sqrt(head);
        top = p[j] > top ? p[j] : top;
    }
    for (int j = 0; j <= pos; j++)
        sum += p[j] = exp(p[j] - top);
    for (int d = 0; d < head; d++) {
        out[d] = 0;
        for (int j = 0; j <= pos; j++)
            out[d] += p[j] / sum * v[(size_t)j * (size_t)stride + (size_t)d];
    }
    free(p);
}

static void ref_attention(struct made *m, int layer, double *x, int n) {
    const struct shape *s = &m->shape;
    int w = s->width, head = w / s->heads, kv = head * s->kv_heads, head_stride[2] = {head, kv};
    size_t W = (size_t)w, KV = (size_t)kv;
    double *q = made_alloc((size_t)n * W * 8), *k = made_alloc((size_t)n * KV * 8), *v = made_alloc((size_t)n * KV * 8);
    double *h = made_alloc(W * 8), *y = made_alloc(W * 8);
    for (int t = 0; t < n; t++) {
        size_t T = (size_t)t;
        ref_norm(made_weights(m, layer, "attn_norm.weight"), x + T * W, h, w);
        ref_matmul(made_weights(m, layer, "attn_q.weight"), made_weights(m, layer, "attn_q.bias"), h, q + T * W, w, w);
        ref_matmul(made_weights(m, layer, "attn_k.weight"), made_weights(m, layer, "attn_k.bias"), h, k + T * KV, kv, w);
        ref_matmul(made_weights(m, layer, "attn_v.weight"), made_weights(m, layer, "attn_v.bias"), h, v + T * KV, kv, w);
        ref_rope(q + T * W, s->heads, head, t, (double)s->rope_base);
        ref_rope(k + T * KV, s->kv_heads, head, t, (double)s->rope_base);
    }
    for (int t = 0; t < n; t++) {
        for (int i = 0; i < s->heads; i++) {
            int shared = i / (s->heads / s->kv_heads); /* consecutive query heads share a KV head */
            ref_attend(q + (size_t)t * W + (size_t)(i * head), k + shared * head, v + shared * head, t, head_stride, h + i * head);
        }
        ref_matmul(made_weights(m, layer, "attn_output.weight"), NULL, h, y, w, w);
        for (int i = 0; i < w; i++)
            x[(size_t)t * W + (size_t)i] += y[i];
    }
    free(q), free(k), free(v), free(h), free(y);
}

static void ref_feed_forward(struct made *m, int layer, double *x) {
    const struct shape *s = &m->shape;
    double *h = made_alloc((size_t)s->width * 8), *gate = made_alloc((size_t)s->ff * 8), *up = made_alloc((size_t)s->ff * 8);
    ref_norm(made_weights(m, layer, "ffn_norm.weight"), x, h, s->width);
    ref_matmul(made_weights(m, layer, "ffn_gate.weight"), NULL, h, gate, s->ff, s->width);
    ref_matmul(made_weights(m, layer, "ffn_up.weight"), NULL, h, up, s->ff, s->width);
    for (int i = 0; i < s->ff; i++)
        gate[i] = gate[i] / (1 + exp(-gate[i])) * up[i];
    ref_matmul(made_weights(m, layer, "ffn_down.weight"), NULL, gate, h, s->width, s->ff);
    for (int i = 0; i < s->width; i++)
        x[i] += h[i];
    free(h), free(gate), free(up);
}

static double *ref_logits(struct made *m, const int32_t *tokens, int n) {
    const struct shape *s = &m->shape;
    size_t W = (size_t)s->width, V = (size_t)s->vocab;
    double *x = made_alloc((size_t)n * W * 8), *h = made_alloc(W * 8), *out = made_alloc((size_t)n * V * 8);
    const double *head = made_weights(m, -1, s->tied ? "token_embd.weight" : "output.weight");
    for (int t = 0; t < n; t++)
        memcpy(x + (size_t)t * W, made_weights(m, -1, "token_embd.weight") + (size_t)tokens[t] * W, W * 8);
    for (int i = 0; i < s->layers; i++) {
        ref_attention(m, i, x, n);
        for (int t = 0; t < n; t++)
            ref_feed_forward(m, i, x + (size_t)t * W);
    }
    for (int t = 0; t < n; t++) {
        ref_norm(made_weights(m, -1, "output_norm.weight"), x + (size_t)t * W, h, s->width);
        ref_matmul(head, NULL, h, out + (size_t)t * V, s->vocab, s->width);
    }
    free(x), free(h);
    return out;
}

#endif
