/* Codes and scales to blocks, see pack.h; the layouts are those of quant.h. In: integers that fit. Out: bits. Knows no floats. */
#include <string.h>
#include "quant/pack.h"
#include "quant/quant.h"

/* ---- blocks of 32 ---------------------------------------------------------------------------------------------- */

/* Low four bits: codes i and i + 16 are the nibbles of qs[i]. */
static void put_nibbles(uint8_t *qs, const uint8_t *code) {
    for (int i = 0; i < 16; i++)
        qs[i] = (uint8_t)((code[i] & 15) | (code[i + 16] & 15) << 4);
}

/* Bit 4 of code i: bit i of qh. */
static void put_fifth_bits(uint8_t *qh, const uint8_t *code) {
    for (int i = 0; i < 4; i++) {
        unsigned bits = 0;
        for (int k = 0; k < 8; k++)
            bits |= (code[8 * i + k] >> 4 & 1u) << k;
        qh[i] = (uint8_t)bits;
    }
}

static void pack_q4_0(const struct codes *c, int n, struct block_q4_0 *b) {
    b->d = c->d[n];
    put_nibbles(b->qs, c->code + 32 * n);
}

static void pack_q4_1(const struct codes *c, int n, struct block_q4_1 *b) {
    b->d = c->d[n];
    b->m = c->m[n];
    put_nibbles(b->qs, c->code + 32 * n);
}

static void pack_q5_0(const struct codes *c, int n, struct block_q5_0 *b) {
    b->d = c->d[n];
    put_fifth_bits(b->qh, c->code + 32 * n);
    put_nibbles(b->qs, c->code + 32 * n);
}

static void pack_q5_1(const struct codes *c, int n, struct block_q5_1 *b) {
    b->d = c->d[n];
    b->m = c->m[n];
    put_fifth_bits(b->qh, c->code + 32 * n);
    put_nibbles(b->qs, c->code + 32 * n);
}

static void pack_q8_0(const struct codes *c, int n, struct block_q8_0 *b) {
    b->d = c->d[n];
    for (int i = 0; i < 32; i++)
        b->qs[i] = (int8_t)(c->code[32 * n + i] - 127);
}

static void pack_iq4_nl(const struct codes *c, int n, struct block_iq4_nl *b) {
    b->d = c->d[n];
    put_nibbles(b->qs, c->code + 32 * n);
}

/* ---- blocks of 256 --------------------------------------------------------------------------------------------- */

/* Bits 2j and 2j + 1 of byte 32h + l are bits SHIFT and SHIFT + 1 of the code of column 128h + 32j + l. */
static void put_pairs(uint8_t *qs, const uint8_t *code, int shift) {
    for (int i = 0; i < 64; i++) {
        const uint8_t *c = code + 128 * (i / 32) + i % 32;
        qs[i] = (uint8_t)((c[0] >> shift & 3) | (c[32] >> shift & 3) << 2 | (c[64] >> shift & 3) << 4 | (c[96] >> shift & 3) << 6);
    }
}

static void put_scale_min_6(uint8_t *s, const int8_t *scale, const uint8_t *min) {
    for (int g = 0; g < 4; g++) {
        s[g] = (uint8_t)(scale[g] | scale[g + 4] >> 4 << 6);
        s[g + 4] = (uint8_t)(min[g] | min[g + 4] >> 4 << 6);
        s[g + 8] = (uint8_t)((scale[g + 4] & 15) | (min[g + 4] & 15) << 4);
    }
}

/* Low four bits of the codes: pairs of groups of 32 side by side. */
static void put_k_nibbles(uint8_t *qs, const uint8_t *code) {
    for (int i = 0; i < 128; i++) {
        const uint8_t *c = code + 64 * (i / 32) + i % 32;
        qs[i] = (uint8_t)((c[0] & 15) | (c[32] & 15) << 4);
    }
}

static void pack_q2_k(const struct codes *c, struct block_q2_k *b) {
    b->d = c->d[0];
    b->dmin = c->m[0];
    for (int g = 0; g < 16; g++)
        b->scales[g] = (uint8_t)(c->scale[g] | c->min[g] << 4);
    put_pairs(b->qs, c->code, 0);
}

static void pack_q3_k(const struct codes *c, struct block_q3_k *b) {
    b->d = c->d[0];
    memset(b->scales, 0, sizeof b->scales);
    for (int g = 0; g < 16; g++) {
        int s = c->scale[g] + 32;
        b->scales[g % 8] = (uint8_t)(b->scales[g % 8] | (s & 15) << 4 * (g / 8));
        b->scales[8 + g % 4] = (uint8_t)(b->scales[8 + g % 4] | s >> 4 << 2 * (g / 4));
    }
    put_pairs(b->qs, c->code, 0);
    memset(b->hmask, 0, sizeof b->hmask);
    for (int i = 0; i < 256; i++)
        b->hmask[i % 32] = (uint8_t)(b->hmask[i % 32] | c->code[i] >> 2 << i / 32);
}

static void pack_q4_k(const struct codes *c, struct block_q4_k *b) {
    b->d = c->d[0];
    b->dmin = c->m[0];
    put_scale_min_6(b->scales, c->scale, c->min);
    put_k_nibbles(b->qs, c->code);
}

static void pack_q5_k(const struct codes *c, struct block_q5_k *b) {
    b->d = c->d[0];
    b->dmin = c->m[0];
    put_scale_min_6(b->scales, c->scale, c->min);
    put_k_nibbles(b->qs, c->code);
    memset(b->qh, 0, sizeof b->qh);
    for (int i = 0; i < 256; i++)
        b->qh[i % 32] = (uint8_t)(b->qh[i % 32] | c->code[i] >> 4 << i / 32);
}

static void pack_q6_k(const struct codes *c, struct block_q6_k *b) {
    b->d = c->d[0];
    for (int g = 0; g < 16; g++)
        b->scales[g] = c->scale[g];
    for (int i = 0; i < 128; i++) {
        const uint8_t *q = c->code + 128 * (i / 64) + i % 64;
        b->ql[i] = (uint8_t)((q[0] & 15) | (q[64] & 15) << 4);
    }
    put_pairs(b->qh, c->code, 4);
}

static void pack_iq4_xs(const struct codes *c, struct block_iq4_xs *b) {
    b->d = c->d[0];
    b->scales_h = 0;
    memset(b->scales_l, 0, sizeof b->scales_l);
    for (int g = 0; g < 8; g++) {
        int s = c->scale[g] + 32;
        b->scales_l[g / 2] = (uint8_t)(b->scales_l[g / 2] | (s & 15) << 4 * (g % 2));
        b->scales_h = (uint16_t)(b->scales_h | s >> 4 << 2 * g);
        put_nibbles(b->qs + 16 * g, c->code + 32 * g);
    }
}

void quant_pack(uint32_t type, const struct codes *c, int b, void *block) {
    switch (type) {
    case QT_Q4_0: pack_q4_0(c, b, block); break;
    case QT_Q4_1: pack_q4_1(c, b, block); break;
    case QT_Q5_0: pack_q5_0(c, b, block); break;
    case QT_Q5_1: pack_q5_1(c, b, block); break;
    case QT_Q8_0: pack_q8_0(c, b, block); break;
    case QT_IQ4_NL: pack_iq4_nl(c, b, block); break;
    case QT_Q2_K: pack_q2_k(c, block); break;
    case QT_Q3_K: pack_q3_k(c, block); break;
    case QT_Q4_K: pack_q4_k(c, block); break;
    case QT_Q5_K: pack_q5_k(c, block); break;
    case QT_Q6_K: pack_q6_k(c, block); break;
    case QT_IQ4_XS: pack_iq4_xs(c, block); break;
    }
}
