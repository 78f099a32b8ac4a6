/* Tensor types: the table of sizes, and what the bits of every block mean. In: a type and a row as on disk. Out: codes with their
 * scales, or floats. Knows no tensors, no files, no vector instructions: kernels are measured against this file.
 */
#define _POSIX_C_SOURCE 200809L
#include <string.h>
#include <strings.h>
#include "quant/quant.h"

const int8_t iq4_values[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

static const struct qtype_info types[QT_N] = {
    [QT_F32] = {"F32", 1, 4},
    [QT_F16] = {"F16", 1, 2},
    [QT_BF16] = {"BF16", 1, 2},
    [QT_Q4_0] = {"Q4_0", 32, sizeof(struct block_q4_0)},
    [QT_Q4_1] = {"Q4_1", 32, sizeof(struct block_q4_1)},
    [QT_Q5_0] = {"Q5_0", 32, sizeof(struct block_q5_0)},
    [QT_Q5_1] = {"Q5_1", 32, sizeof(struct block_q5_1)},
    [QT_Q8_0] = {"Q8_0", 32, sizeof(struct block_q8_0)},
    [QT_Q2_K] = {"Q2_K", 256, sizeof(struct block_q2_k)},
    [QT_Q3_K] = {"Q3_K", 256, sizeof(struct block_q3_k)},
    [QT_Q4_K] = {"Q4_K", 256, sizeof(struct block_q4_k)},
    [QT_Q5_K] = {"Q5_K", 256, sizeof(struct block_q5_k)},
    [QT_Q6_K] = {"Q6_K", 256, sizeof(struct block_q6_k)},
    [QT_IQ4_NL] = {"IQ4_NL", 32, sizeof(struct block_iq4_nl)},
    [QT_IQ4_XS] = {"IQ4_XS", 256, sizeof(struct block_iq4_xs)},
};

const struct qtype_info *qtype_info(uint32_t type) {
    return type < QT_N && types[type].name ? &types[type] : NULL;
}

uint32_t qtype_find(const char *name) {
    uint32_t type = 0;
    while (type < QT_N && !(types[type].name && strcasecmp(types[type].name, name) == 0))
        type++;
    return type;
}

int qtype_is_float(uint32_t type) {
    return type == QT_F32 || type == QT_F16 || type == QT_BF16;
}

size_t qtype_row_bytes(uint32_t type, size_t cols) {
    return cols / types[type].block * types[type].bytes;
}

int qtype_groups(uint32_t type) {
    return type == QT_Q2_K || type == QT_Q3_K || type == QT_Q6_K ? 2 : 1;
}

int qtype_has_min(uint32_t type) {
    return type == QT_Q4_1 || type == QT_Q5_1 || type == QT_Q2_K || type == QT_Q4_K || type == QT_Q5_K;
}

/* ---- blocks of 32 ---------------------------------------------------------------------------------------------- */

static void set_scale(struct q32 *out, float scale, float min) {
    out->scale[0] = out->scale[1] = scale;
    out->min[0] = out->min[1] = min;
}

/* q[i] and q[i + 16] are the nibbles of qs[i], less OFFSET. */
static void nibbles(int8_t *q, const uint8_t *qs, int offset) {
    for (int i = 0; i < 16; i++) {
        q[i] = (int8_t)((qs[i] & 15) - offset);
        q[i + 16] = (int8_t)((qs[i] >> 4) - offset);
    }
}

/* Adds bit i of QH as bit 4 of q[i]. */
static void fifth_bits(int8_t *q, const uint8_t *qh) {
    for (int i = 0; i < 32; i++)
        q[i] = (int8_t)(q[i] + 16 * (qh[i / 8] >> i % 8 & 1));
}

static void iq4_codes(int8_t *q, const uint8_t *qs) {
    for (int i = 0; i < 16; i++) {
        q[i] = iq4_values[qs[i] & 15];
        q[i + 16] = iq4_values[qs[i] >> 4];
    }
}

static void unpack_q4_0(const struct block_q4_0 *b, struct q32 *out) {
    nibbles(out->q, b->qs, 8);
    set_scale(out, f16_to_f32(b->d), 0);
}

static void unpack_q4_1(const struct block_q4_1 *b, struct q32 *out) {
    nibbles(out->q, b->qs, 0);
    set_scale(out, f16_to_f32(b->d), f16_to_f32(b->m));
}

static void unpack_q5_0(const struct block_q5_0 *b, struct q32 *out) {
    nibbles(out->q, b->qs, 16);
    fifth_bits(out->q, b->qh);
    set_scale(out, f16_to_f32(b->d), 0);
}

static void unpack_q5_1(const struct block_q5_1 *b, struct q32 *out) {
    nibbles(out->q, b->qs, 0);
    fifth_bits(out->q, b->qh);
    set_scale(out, f16_to_f32(b->d), f16_to_f32(b->m));
}

static void unpack_q8_0(const struct block_q8_0 *b, struct q32 *out) {
    memcpy(out->q, b->qs, 32);
    set_scale(out, f16_to_f32(b->d), 0);
}

static void unpack_iq4_nl(const struct block_iq4_nl *b, struct q32 *out) {
    iq4_codes(out->q, b->qs);
    set_scale(out, f16_to_f32(b->d), 0);
}

/* ---- blocks of 256: PART p holds columns 32p to 32p + 31 --------------------------------------------------------- */

/* The 16 scales, 0 to 63: the low four bits are the low, then the high nibbles of bytes 0 to 7; the high two bits are pairs
 * of bits of bytes 8 to 11: bits 2k and 2k + 1 of byte 8 + i belong to scale 4k + i. */
static int q3_k_scale(const uint8_t *s, int g) {
    int low = g < 8 ? s[g] & 15 : s[g - 8] >> 4;
    return low | (s[8 + g % 4] >> 2 * (g / 4) & 3) << 4;
}

/* Scale and minimum of group g, 0 to 63. Groups 0 to 3 lie in the low six bits of bytes 0 to 3 and 4 to 7; of groups 4 to 7 the low
 * four bits are the nibbles of bytes 8 to 11, the high two bits are what the first eight bytes have left over. */
static void q4_k_scale_min(const uint8_t *s, int g, int *scale, int *min) {
    if (g < 4) {
        *scale = s[g] & 63;
        *min = s[g + 4] & 63;
    } else {
        *scale = (s[g + 4] & 15) | s[g - 4] >> 6 << 4;
        *min = s[g + 4] >> 4 | s[g] >> 6 << 4;
    }
}

static void unpack_q2_k(const struct block_q2_k *b, int p, struct q32 *out) {
    float d = f16_to_f32(b->d), dmin = f16_to_f32(b->dmin);
    for (int i = 0; i < 32; i++)
        out->q[i] = b->qs[32 * (p / 4) + i] >> 2 * (p % 4) & 3;
    for (int g = 0; g < 2; g++) {
        out->scale[g] = d * (float)(b->scales[2 * p + g] & 15);
        out->min[g] = -(dmin * (float)(b->scales[2 * p + g] >> 4));
    }
}

static void unpack_q3_k(const struct block_q3_k *b, int p, struct q32 *out) {
    float d = f16_to_f32(b->d);
    for (int i = 0; i < 32; i++) {
        int low = b->qs[32 * (p / 4) + i] >> 2 * (p % 4) & 3;
        out->q[i] = (int8_t)(low + 4 * (b->hmask[i] >> p & 1) - 4);
    }
    for (int g = 0; g < 2; g++) {
        out->scale[g] = d * (float)(q3_k_scale(b->scales, 2 * p + g) - 32);
        out->min[g] = 0;
    }
}

/* Columns of group p: the low nibbles of 32 bytes where p is even, their high ones where it is odd. */
static void k_nibbles(int8_t *q, const uint8_t *qs, int p) {
    for (int i = 0; i < 32; i++)
        q[i] = qs[32 * (p / 2) + i] >> 4 * (p % 2) & 15;
}

static void unpack_q4_k(const struct block_q4_k *b, int p, struct q32 *out) {
    int scale, min;
    q4_k_scale_min(b->scales, p, &scale, &min);
    k_nibbles(out->q, b->qs, p);
    set_scale(out, f16_to_f32(b->d) * (float)scale, -(f16_to_f32(b->dmin) * (float)min));
}

static void unpack_q5_k(const struct block_q5_k *b, int p, struct q32 *out) {
    int scale, min;
    q4_k_scale_min(b->scales, p, &scale, &min);
    k_nibbles(out->q, b->qs, p);
    for (int i = 0; i < 32; i++)
        out->q[i] = (int8_t)(out->q[i] + 16 * (b->qh[i] >> p & 1));
    set_scale(out, f16_to_f32(b->d) * (float)scale, -(f16_to_f32(b->dmin) * (float)min));
}

static void unpack_q6_k(const struct block_q6_k *b, int p, struct q32 *out) {
    float d = f16_to_f32(b->d);
    int h = p / 4, j = p % 4;
    for (int i = 0; i < 32; i++) {
        int low = b->ql[64 * h + 32 * (j % 2) + i] >> 4 * (j / 2) & 15;
        int high = b->qh[32 * h + i] >> 2 * j & 3;
        out->q[i] = (int8_t)((low | high << 4) - 32);
    }
    for (int g = 0; g < 2; g++) {
        out->scale[g] = d * (float)b->scales[2 * p + g];
        out->min[g] = 0;
    }
}

static void unpack_iq4_xs(const struct block_iq4_xs *b, int p, struct q32 *out) {
    int scale = (b->scales_l[p / 2] >> 4 * (p % 2) & 15) | (b->scales_h >> 2 * p & 3) << 4;
    iq4_codes(out->q, b->qs + 16 * p);
    set_scale(out, f16_to_f32(b->d) * (float)(scale - 32), 0);
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

void quant_unpack(uint32_t type, const void *row, size_t b, struct q32 *out) {
    int p = (int)(b % 8);
    switch (type) {
    case QT_Q4_0: unpack_q4_0((const struct block_q4_0 *)row + b, out); break;
    case QT_Q4_1: unpack_q4_1((const struct block_q4_1 *)row + b, out); break;
    case QT_Q5_0: unpack_q5_0((const struct block_q5_0 *)row + b, out); break;
    case QT_Q5_1: unpack_q5_1((const struct block_q5_1 *)row + b, out); break;
    case QT_Q8_0: unpack_q8_0((const struct block_q8_0 *)row + b, out); break;
    case QT_Q2_K: unpack_q2_k((const struct block_q2_k *)row + b / 8, p, out); break;
    case QT_Q3_K: unpack_q3_k((const struct block_q3_k *)row + b / 8, p, out); break;
    case QT_Q4_K: unpack_q4_k((const struct block_q4_k *)row + b / 8, p, out); break;
    case QT_Q5_K: unpack_q5_k((const struct block_q5_k *)row + b / 8, p, out); break;
    case QT_Q6_K: unpack_q6_k((const struct block_q6_k *)row + b / 8, p, out); break;
    case QT_IQ4_NL: unpack_iq4_nl((const struct block_iq4_nl *)row + b, out); break;
    case QT_IQ4_XS: unpack_iq4_xs((const struct block_iq4_xs *)row + b / 8, p, out); break;
    }
}

void quant_dequantize(uint32_t type, const void *row, float *out, size_t cols) {
    const uint16_t *half = row;
    struct q32 u;
    switch (type) {
    case QT_F32:
        memcpy(out, row, cols * sizeof *out);
        return;
    case QT_F16:
        for (size_t i = 0; i < cols; i++)
            out[i] = f16_to_f32(half[i]);
        return;
    case QT_BF16:
        for (size_t i = 0; i < cols; i++)
            out[i] = bf16_to_f32(half[i]);
        return;
    }
    for (size_t b = 0; b < cols / 32; b++) {
        quant_unpack(type, row, b, &u);
        for (int i = 0; i < 32; i++)
            out[32 * b + (size_t)i] = u.scale[i / 16] * (float)u.q[i] + u.min[i / 16];
    }
}
