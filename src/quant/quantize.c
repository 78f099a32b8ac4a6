/* Floats to a row as on disk, plain rounding: the float types, the types in blocks of 32, and the way to the others (quantize_k.c).
 * In: finite floats. Out: blocks. Knows no importance weights, no files.
 */
#include <string.h>
#include "quant/round.h"

/* Low four bits: codes i and i + 16 are the nibbles of qs[i]. Bit 4 of code i, where QH is not NULL: bit i of qh. */
static void put_codes(const int *q, uint8_t *qs, uint8_t *qh) {
    for (int i = 0; i < 16; i++)
        qs[i] = (uint8_t)((q[i] & 15) | (q[i + 16] & 15) << 4);
    if (!qh)
        return;
    memset(qh, 0, 4);
    for (int i = 0; i < 32; i++)
        qh[i / 8] = (uint8_t)(qh[i / 8] | (q[i] >> 4 & 1) << i % 8);
}

/* Symmetric codes 0 to 2 * zero - 1 around ZERO. The largest magnitude becomes code 0, the end that reaches one further. */
static void quantize_symmetric(const float *x, int zero, uint16_t *d, uint8_t *qs, uint8_t *qh) {
    float inv = inverse(round_scale(signed_max(x, 32) / (float)-zero, d));
    int q[32];
    for (int i = 0; i < 32; i++)
        q[i] = round_code(x[i] * inv, -zero, zero - 1) + zero;
    put_codes(q, qs, qh);
}

/* Codes 0 to TOP from the smallest to the largest value. */
static void quantize_range(const float *x, int top, uint16_t *d, uint16_t *m, uint8_t *qs, uint8_t *qh) {
    float lo = x[0], hi = x[0];
    for (int i = 1; i < 32; i++) {
        if (x[i] < lo)
            lo = x[i];
        if (x[i] > hi)
            hi = x[i];
    }
    lo = round_scale(lo, m);
    float inv = inverse(round_scale((hi - lo) / (float)top, d));
    int q[32];
    for (int i = 0; i < 32; i++)
        q[i] = round_code((x[i] - lo) * inv, 0, top);
    put_codes(q, qs, qh);
}

static void quantize_q8_0(const float *x, struct block_q8_0 *b) {
    float max = signed_max(x, 32);
    float inv = inverse(round_scale((max < 0 ? -max : max) / 127, &b->d));
    for (int i = 0; i < 32; i++)
        b->qs[i] = (int8_t)round_code(x[i] * inv, -127, 127);
}

static void quantize_iq4_nl(const float *x, struct block_iq4_nl *b) {
    float inv = inverse(round_scale(iq4_best_scale(x, 32), &b->d));
    int q[32];
    for (int i = 0; i < 32; i++)
        q[i] = iq4_nearest(x[i] * inv);
    put_codes(q, b->qs, NULL);
}

static void quantize_32(uint32_t type, const float *x, void *block) {
    struct block_q4_0 *q4_0 = block;
    struct block_q4_1 *q4_1 = block;
    struct block_q5_0 *q5_0 = block;
    struct block_q5_1 *q5_1 = block;
    switch (type) {
    case QT_Q4_0: quantize_symmetric(x, 8, &q4_0->d, q4_0->qs, NULL); break;
    case QT_Q4_1: quantize_range(x, 15, &q4_1->d, &q4_1->m, q4_1->qs, NULL); break;
    case QT_Q5_0: quantize_symmetric(x, 16, &q5_0->d, q5_0->qs, q5_0->qh); break;
    case QT_Q5_1: quantize_range(x, 31, &q5_1->d, &q5_1->m, q5_1->qs, q5_1->qh); break;
    case QT_Q8_0: quantize_q8_0(x, block); break;
    case QT_IQ4_NL: quantize_iq4_nl(x, block); break;
    }
}

void quant_quantize(uint32_t type, const float *x, void *row, size_t cols) {
    const struct qtype_info *info = qtype_info(type);
    uint16_t *half = row;
    uint8_t *block = row;
    switch (type) {
    case QT_F32:
        memcpy(row, x, cols * sizeof *x);
        return;
    case QT_F16:
        for (size_t i = 0; i < cols; i++)
            half[i] = f32_to_f16(x[i]);
        return;
    case QT_BF16:
        for (size_t i = 0; i < cols; i++)
            half[i] = f32_to_bf16(x[i]);
        return;
    }
    for (size_t i = 0; i < cols; i += info->block, block += info->bytes) {
        if (info->block == 32)
            quantize_32(type, x + i, block);
        else
            quantize_k(type, x + i, block);
    }
}
