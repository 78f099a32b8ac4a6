/* The definition of every kernel: kernels.h's contract in plain C, one operation a line. Slow and obvious; all other rungs equal it bit
 * for bit, and use its rows for what is left over of their vectors. */
#include "kernels/ref.h"

#include <math.h>
#include <string.h>

static float bits_f32(uint32_t u) {
    float f;
    memcpy(&f, &u, 4);
    return f;
}

static uint32_t f32_bits(float f) {
    uint32_t u;
    memcpy(&u, &f, 4);
    return u;
}

/* x = n ln 2 + r with |r| <= ln 2 / 2; n ln2_hi is exact, as ln2_hi has 10 bits. The polynomial is a minimax fit of e^r. */
float kern_expf(float x) {
    if (x < KERN_EXP_MIN)
        return 0.0f;
    if (x > KERN_EXP_MAX)
        return INFINITY;
    float shifted = x * KERN_LOG2E + KERN_ROUND;
    float n = shifted - KERN_ROUND;
    float r = x - n * KERN_LN2_HI;
    r = r - n * KERN_LN2_LO;
    float p = KERN_EXP_C6;
    p = p * r + KERN_EXP_C5;
    p = p * r + KERN_EXP_C4;
    p = p * r + KERN_EXP_C3;
    p = p * r + KERN_EXP_C2;
    p = p * r + KERN_EXP_C1;
    p = p * (r * r) + r;
    p = p + 1.0f;
    /* the low bits of shifted hold n: n + 127 in the exponent is 2^n, 1 <= n + 127 <= 254 */
    return p * bits_f32((f32_bits(shifted) - f32_bits(KERN_ROUND) + 127u) << 23);
}

void kern_ref_quantize(const float *x, struct qact *out, int cols) {
    for (int b = 0; b < cols / 32; b++, x += 32, out++) {
        uint32_t amax = 0; /* of the magnitudes' bits: orders like the values, with NaN on top */
        for (int i = 0; i < 32; i++) {
            uint32_t u = f32_bits(x[i]) & 0x7fffffffu;
            amax = u > amax ? u : amax;
        }
        memset(out, 0, sizeof *out);
        if (amax >= 0x7f800000u) {
            out->d = out->ds = NAN;
            continue;
        }
        float d = bits_f32(amax) / 127.0f;
        if (d < QACT_MIN)
            continue;
        float inv = 127.0f / bits_f32(amax);
        for (int i = 0; i < 32; i++) {
            /* |x * inv| <= 127.00002: the sum's low bits are the rounded value, ties to even */
            float shifted = x[i] * inv + KERN_ROUND;
            out->q[i] = (int8_t)(int32_t)(f32_bits(shifted) - f32_bits(KERN_ROUND));
            out->sum += out->q[i];
            if (i == 15)
                out->sum16 = out->sum;
        }
        out->d = d;
        out->ds = d * (float)out->sum;
    }
}

static float dot_group(const int8_t *q, const int8_t *a, int n, float acc, float scale) {
    int32_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += q[i] * a[i];
    return acc + (float)sum * scale;
}

static float dot_block(uint32_t type, const struct q32 *w, const struct qact *x, float acc) {
    if (qtype_groups(type) == 1) {
        acc = dot_group(w->q, x->q, 32, acc, w->scale[0] * x->d);
        if (qtype_has_min(type))
            acc = acc + w->min[0] * x->ds;
        return acc;
    }
    for (int g = 0; g < 2; g++) {
        acc = dot_group(w->q + 16 * g, x->q + 16 * g, 16, acc, w->scale[g] * x->d);
        if (qtype_has_min(type)) {
            float ds = x->d * (float)(g == 0 ? x->sum16 : x->sum - x->sum16);
            acc = acc + w->min[g] * ds;
        }
    }
    return acc;
}

void kern_ref_rows(uint32_t type, const struct kern_mul *a, int r0) {
    enum { CHUNK = 64 }; /* tokens that share an unpacked block */
    for (int r = r0; r < a->rows; r++) {
        const uint8_t *row = (const uint8_t *)a->w + (size_t)r * a->w_stride;
        for (int t0 = 0; t0 < a->n; t0 += CHUNK) {
            int n = a->n - t0 < CHUNK ? a->n - t0 : CHUNK;
            float acc[CHUNK] = {0};
            for (int b = 0; b < a->cols / 32; b++) {
                struct q32 w;
                quant_unpack(type, row, (size_t)b, &w);
                for (int t = 0; t < n; t++)
                    acc[t] = dot_block(type, &w, (const struct qact *)a->x + (size_t)(t0 + t) * a->x_stride + b, acc[t]);
            }
            for (int t = 0; t < n; t++)
                a->y[(size_t)(t0 + t) * a->y_stride + r] = acc[t];
        }
    }
}

static float load_weight(uint32_t type, const uint8_t *row, int i) {
    if (type == QT_F32) {
        float f;
        memcpy(&f, row + 4 * (size_t)i, 4);
        return f;
    }
    uint16_t h;
    memcpy(&h, row + 2 * (size_t)i, 2);
    return type == QT_F16 ? f16_to_f32(h) : bf16_to_f32(h);
}

static float sum8(const float s[8]) {
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

void kern_ref_float_rows(uint32_t type, const struct kern_mul *a, int r0) {
    for (int r = r0; r < a->rows; r++) {
        const uint8_t *row = (const uint8_t *)a->w + (size_t)r * a->w_stride;
        for (int t = 0; t < a->n; t++) {
            const float *x = (const float *)a->x + (size_t)t * a->x_stride;
            float s[8] = {0};
            for (int i = 0; i < a->cols; i++)
                s[i % 8] = s[i % 8] + load_weight(type, row, i) * x[i];
            a->y[(size_t)t * a->y_stride + r] = sum8(s);
        }
    }
}

/* Element I; SCALE: where Q8_0 has its scale. */
static float load_kv(const uint8_t *p, uint32_t type, size_t i, const uint8_t *scale) {
    uint16_t h;
    if (type != QT_Q8_0)
        return load_weight(type, p, (int)i);
    memcpy(&h, scale, 2);
    return f16_to_f32(h) * (float)(int8_t)p[i];
}

static float load_key(const struct kern_att *a, int i, int d) {
    const uint8_t *panel = (const uint8_t *)a->k + (size_t)(i / 16) * 16 * kern_kv_bytes(a->k_type, a->head);
    return load_kv(panel, a->k_type, (size_t)(d * 16 + i % 16), panel + 16 * a->head + 2 * (d / 32 * 16 + i % 16));
}

static float load_value(const struct kern_att *a, int i, int d) {
    const uint8_t *row = (const uint8_t *)a->v + (size_t)i * a->v_stride;
    return load_kv(row, a->v_type, (size_t)d, row + a->head + 2 * (d / 32));
}

static void att_one(const struct kern_att *a, int j) {
    const float *q = a->q + (size_t)j * a->q_stride;
    float *o = a->o + (size_t)j * (size_t)a->head;
    float p[ATT_CHUNK] = {0}, m = -INFINITY, s[8] = {0};
    int n = a->n_keys[j];
    memset(o, 0, (size_t)a->head * sizeof *o);
    for (int i = 0; i < n; i++) {
        for (int d = 0; d < a->head; d++)
            p[i] = p[i] + q[d] * load_key(a, i, d);
        m = p[i] > m ? p[i] : m;
    }
    for (int i = 0; i < n; i++) {
        p[i] = kern_expf(p[i] - m);
        s[i % 8] = s[i % 8] + p[i];
        for (int d = 0; d < a->head; d++)
            o[d] = o[d] + p[i] * load_value(a, i, d);
    }
    a->m[j] = m;
    a->l[j] = sum8(s);
}

void kern_ref_att(const struct kern_att *a) {
    for (int j = 0; j < a->n_q; j++)
        att_one(a, j);
}

/* Folds the chunk (m2, l2, o2) into what came before it. A chunk without keys (m2 = -inf) changes nothing. */
void kern_ref_att_merge(float *m, float *l, float *o, const struct kern_chunk *c, int head) {
    if (c->m == -INFINITY)
        return;
    float top = c->m > *m ? c->m : *m;
    float scale = kern_expf(*m - top), scale2 = kern_expf(c->m - top);
    *l = *l * scale + c->l * scale2;
    for (int d = 0; d < head; d++)
        o[d] = o[d] * scale + c->o[d] * scale2;
    *m = top;
}

void kern_ref_rmsnorm(float *y, const float *x, const float *w, int n, float eps) {
    float s[8] = {0};
    for (int i = 0; i < n; i++)
        s[i % 8] = s[i % 8] + x[i] * x[i];
    float r = 1.0f / sqrtf(sum8(s) / (float)n + eps);
    for (int i = 0; i < n; i++)
        y[i] = x[i] * r * w[i];
}

void kern_ref_swiglu(float *y, const float *gate, const float *up, int n) {
    for (int i = 0; i < n; i++)
        y[i] = gate[i] / (1.0f + kern_expf(-gate[i])) * up[i];
}

#define REF_MUL(type, rows)                           \
    static void mul_##type(const struct kern_mul *a)  \
    {                                                 \
        rows(QT_##type, a, 0);                        \
    }
KERN_FLOAT_TYPES(REF_MUL, kern_ref_float_rows)
KERN_QUANT_TYPES(REF_MUL, kern_ref_rows)

void kern_ref_install(struct kernels *k) {
#define REF_ENTRY(type, unused) k->mul[QT_##type] = mul_##type;
    KERN_FLOAT_TYPES(REF_ENTRY, 0)
    KERN_QUANT_TYPES(REF_ENTRY, 0)
    k->quantize = kern_ref_quantize;
    k->att = kern_ref_att;
    k->att_merge = kern_ref_att_merge;
    k->rmsnorm = kern_ref_rmsnorm;
    k->swiglu = kern_ref_swiglu;
}
