/* The products of quantized weights and activations, written once over a handful of primitives.
 *
 * A file of an instruction set defines the primitives, then includes this template, which defines lanes_install(). Lanes are rows:
 * a vector of ints or floats holds one value for each of LANES rows. Code bytes travel in quads: four vectors that hold 16 columns of
 * LANES rows, in whatever order the instruction set's quad_dot likes best.
 *
 *   LANES                              rows in a vector: 4, 8 or 16
 *   TILE_V, TILE_T                     vectors of rows and tokens in one tile of prefill, as many as the registers hold
 *   QUAD_SIGNED                        1: codes may be signed, and in panels their offset is taken off; 0: they are not, and it is taken
 *                                      off the sum, as it is everywhere for codes that are loaded with an offset
 *   WIDE_BIAS                          what quad_wide adds to a signed byte: 0 or 128
 *   vi, vf                             the vectors: ints (also seen as bytes), floats
 *   struct rows                        where LANES rows have a block, in rows.h or the instruction set's own; rows_on(p, n): N bytes on
 *   quad_load(q, p, at)                16 bytes of every row, AT bytes behind p
 *   rows_load16(t, p, at)              the same bytes as dwords: lane r of t[j] is dword j of row r. All within the rows' blocks.
 *   quad_dot(acc, w, a, max)           acc + sum over 16 columns of w * a, a: int8[16]. MAX is a constant: codes lie in [0, MAX], or where
 *                                      signed in [-MAX, MAX], and are what quad_wide made for WIDE
 *   quad_bits(w, qh, half)             ors bit (column + 16 * half) of lane r of qh into bit 4 of each code of row r
 *   quad_wide(x)                       signed bytes as quad_dot wants them
 *   b_and b_or b_shr(x, n) b_set1 b_sub b_lut(table, x)   on bytes; b_shr moves bits across bytes: mask after it
 *   d_and d_or d_shr d_sar d_shl d_set1 d_sub d_float    on dwords
 *   f_mul f_add f_set1 f_zero f_load f_store f_neg f_half(x)   floats; f_half converts the low 16 bits of each dword
 *   f_half_tiny(x)                     f_half for scales of K-quants, which are often subnormal; only where f_half is slow for these
 *   vi_load vi_store                   aligned
 *
 * An instruction set may also define, where its own way is better:
 *   group_dot(acc, w, a, n, max)       quad_dot over all N quads of a scale group, 1 or 2; acc is 0 for panels with QUAD_SIGNED
 *   VEC_V                              vectors of rows that decode takes together, in turn at each block of 32 columns; 1 where it is not
 *                                      defined
 *   PARTS_UNROLL                       UNROLL: decode takes the halves of a block of 256 columns one after the other; otherwise in a loop,
 *                                      which is half the code
 *   TILE_WHOLE                         1: prefill takes groups by group_dot, not quad by quad
 *   tokens_dot(sum, w, a, nt, n, max)  group_dot of the same quads with several tokens, a[NT]; with TILE_WHOLE
 *   own_pointer(p)                     hides from the compiler what P is made of, so that it stays in a register and a load moves it on
 *   f_mul_d(v, x) f_mul_ds(v, x)       v * x->d, v * x->ds
 *   quad_turn(w), loaded_dot           prefill's quads are turned ones, and loaded_dot is group_dot for quads as they were loaded; it may
 *                                      keep something from call to call in a struct chain, which is 0 at first
 *   QUAD_AGAIN                         1: a quad is loaded again rather than kept for long
 *   load32(q, p, at)                   two quads
 *   rows_load8 rows_load4 rows_half    the first two dwords of the rows' blocks, t[2]; the first one, as a value; its low half as a float
 *   quad_fives(w, t, p, at)            32 columns of five bits: t's nibbles and the bits AT (2 or 4) bytes behind p; with FIVES_BIAS, the
 *                                      offset of these codes
 *   quad_sixes(w, low, high, g)        32 columns of six bits: nibbles of low, the high ones where g >= 2, and bits 2 g and 2 g + 1 of
 *                                      high, bytes that sixes_high(x) made of those loaded; with SIXES_BIAS
 *   d_start(x)                         d_set1 of a value that was just worked out
 *   b_high(x)                          the high nibble of each byte
 *   b_insert(w, x, mask)               the bits of x under MASK, where those of w are 0
 */

#include <assert.h>
#include <stddef.h>
#include <string.h>
#include "kernels/ref.h"

enum { WIDE = 255 };

#ifndef TILE_WHOLE
#define TILE_WHOLE 0
#endif
#ifndef QUAD_AGAIN
#define QUAD_AGAIN 0
#endif
#ifndef VEC_V
#define VEC_V 1
#endif
#ifdef PARTS_UNROLL
#define PARTS_LOOP 0
#else
#define PARTS_UNROLL
#define PARTS_LOOP 1
#endif
#ifndef quad_turn
#define quad_turn(w) (void)(w)
#endif
#ifndef b_high
#define b_high(x) b_and(b_shr(x, 4), b_set1(15))
#endif

#ifndef rows_load8
INLINE void rows_load8(vi t[2], struct rows p) {
    vi all[4];
    rows_load16(all, p, 0);
    t[0] = all[0];
    t[1] = all[1];
}

INLINE vi rows_load4(struct rows p) {
    vi t[4];
    rows_load16(t, p, 0);
    return t[0];
}
#endif
#ifndef rows_half
#define rows_half(p) f_half(rows_load4(p))
#endif
#ifndef f_half_tiny
#define f_half_tiny f_half
#endif
#ifndef own_pointer
#define own_pointer(p) (void)(p)
#endif
#ifndef f_mul_d
#define f_mul_d(v, x) f_mul(v, f_set1((x)->d))
#define f_mul_ds(v, x) f_mul(v, f_set1((x)->ds))
#endif
#ifndef d_start
#define d_start d_set1
#endif
#ifndef b_insert
#define b_insert(w, x, mask) b_or(w, b_and(x, mask))
#endif

#include "kernels/formats.h"

/* ---- one block of 32 columns times one token --------------------------------------------------------------------------------------- */

struct shape {      /* constants of a type; folded away by inlining */
    int groups;     /* scale groups in 32 columns */
    int min;
    int max;        /* of the codes, or WIDE */
    int bias;       /* what the codes are too large by */
};

/* Codes whose offset is off, and that have no minimum, lie on both sides of 0. */
INLINE int code_max(struct shape s) {
    return QUAD_SIGNED && s.bias == 0 && !s.min && s.max != WIDE ? (s.max + 1) / 2 : s.max;
}

#if !defined(group_dot) && !defined(tokens_dot)
INLINE vi group_dot(vi acc, const vi *w, const int8_t *a, int n, int max) {
    acc = quad_dot(acc, w, a, max);
    return n == 1 ? acc : quad_dot(acc, w + 4, a + 16, max);
}
#endif
#ifndef loaded_dot
struct chain {
    char none;
};

INLINE vi loaded_dot(struct chain *c, vi acc, const vi *w, const int8_t *a, int n, int max) {
    (void)c;
    return group_dot(acc, w, a, n, max);
}
#endif

/* The activations' own sum over scale group g. */
INLINE int32_t group_sum(const struct qact *x, struct shape s, int g) {
    return s.groups == 1 ? x->sum : g == 0 ? x->sum16 : x->sum - x->sum16;
}

/* What the codes' sum starts with. */
INLINE vi start_sum(const struct qact *x, struct shape s, int g) {
    return s.bias ? d_start(-s.bias * group_sum(x, s, g)) : d_set1(0);
}

/* Rule 2 of the contract. */
INLINE vf add_group(vf acc, vi sum, vf scale, const struct qact *x) {
    return f_add(acc, f_mul(d_float(sum), f_mul_d(scale, x)));
}

INLINE vf add_min(vf acc, vf min, const struct qact *x, struct shape s, int g) {
    return f_add(acc, s.groups == 1 ? f_mul_ds(min, x) : f_mul(min, f_set1(x->d * (float)group_sum(x, s, g))));
}

INLINE vf add_block(struct chain *c, vf acc, const vi w[8], const vf *scale, const vf *min, const struct qact *x, struct shape s) {
    if (s.groups == 1) {
        vi sum = loaded_dot(c, start_sum(x, s, 0), w, x->q, 2, code_max(s));
        acc = add_group(acc, sum, scale[0], x);
        return s.min ? add_min(acc, min[0], x, s, 0) : acc;
    }
    UNROLL
    for (int g = 0; g < 2; g++) {
        vi sum = loaded_dot(c, start_sum(x, s, g), w + 4 * g, x->q + 16 * g, 1, code_max(s));
        acc = add_group(acc, sum, scale[g], x);
        if (s.min)
            acc = add_min(acc, min[g], x, s, g);
    }
    return acc;
}

/* ---- prefill: panels of unpacked rows, tiles of rows x tokens ---------------------------------------------------------------------- */

/* A panel holds LANES rows unpacked: for every 32 columns eight vectors of codes, then scale (and minimum) of every scale group. */
INLINE size_t panel_step(struct shape s) {
    return (size_t)LANES * 4 * (size_t)(8 + s.groups * (1 + s.min));
}
_Static_assert(12 * 4 <= 48, "KERN_SCRATCH counts 48 bytes for 32 columns");

INLINE const float *panel_scale(const uint8_t *p, struct shape s, int g) {
    return (const float *)(const void *)p + LANES * (8 + g * (1 + s.min));
}

/* A tile has a pointer to d of each token's block, as that is what the work on a block reads last: the load can move the pointer on. */
INLINE const struct qact *token_block(const float *x) {
    return (const struct qact *)(const void *)((const uint8_t *)x - offsetof(struct qact, d));
}

#ifndef tokens_dot
/* N quads of one vector of rows, as panels hold them, times NT tokens. */
INLINE void tokens_dot(vi *sum, const vi *w, const int8_t *const *a, int nt, int n, int max) {
    UNROLL
    for (int j = 0; j < nt; j++)
        sum[j] = TILE_WHOLE ? group_dot(sum[j], w, a[j], n, max) : quad_dot(sum[j], w, a[j], max);
}
#endif

/* One tile: the NV panels from P on, PANEL bytes apart, times the NT tokens from T on. */
INLINE void tile(const struct kern_mul *a, const uint8_t *p, int r, int t, int nv, int nt, struct shape s) {
    const size_t panel = panel_step(s) * (size_t)(a->cols / 32);
    const int step = TILE_WHOLE ? 2 / s.groups : 1; /* quads at once */
    const struct qact *first = (const struct qact *)a->x + (size_t)t * a->x_stride;
    const float *x[TILE_T];
    float *y = a->y + (size_t)t * a->y_stride + r; /* copies, as stores might have changed *a */
    const size_t y_stride = a->y_stride;
    vf acc[TILE_V][TILE_T];
    UNROLL
    for (int j = 0; j < nt; j++, first += a->x_stride)
        x[j] = &first->d;
    UNROLL
    for (int i = 0; i < nv * nt; i++)
        acc[i / nt][i % nt] = f_zero();
    for (const uint8_t *end = p + panel; p < end; p += panel_step(s)) {
        vi sum[TILE_V][TILE_T];
        UNROLL
        for (int h = 0; h < 2; h += step) { /* halves of the block: a group each, or one group together */
            const int g = s.groups == 1 ? 0 : h;
            const int8_t *q[TILE_T];
            UNROLL
            for (int j = 0; j < nt; j++)
                q[j] = token_block(x[j])->q + 16 * h;
            if (h == 0 || s.groups == 2) {
                UNROLL
                for (int i = 0; i < nv * nt; i++)
                    sum[i % nv][i / nv] = i % nv ? sum[0][i / nv] : start_sum(token_block(x[i / nv]), s, g);
            }
            UNROLL
            for (int v = 0; v < nv; v++) {
                vi w[8];
                UNROLL
                for (int i = 0; i < 4 * step; i++)
                    w[i] = vi_load(p + (size_t)v * panel + (size_t)(4 * h + i) * LANES * 4);
                tokens_dot(sum[v], w, q, nt, step, code_max(s));
            }
            if (h + step == 2 || s.groups == 2) {
                UNROLL
                for (int i = 0; i < nv * nt; i++) {
                    const struct qact *xj = token_block(x[i % nt]);
                    const float *scale = panel_scale(p + (size_t)(i / nt) * panel, s, g);
                    vf *to = &acc[i / nt][i % nt];
                    *to = add_group(*to, sum[i / nt][i % nt], f_load(scale), xj);
                    *to = s.min ? add_min(*to, f_load(scale + LANES), xj, s, g) : *to;
                }
            }
        }
        UNROLL
        for (int j = 0; j < nt; j++) {
            x[j] += sizeof(struct qact) / sizeof *x[j];
            if (s.groups == 1) /* of two groups, the first reads d already */
                own_pointer(x[j]);
        }
    }
    UNROLL
    for (int j = 0; j < nt; j++, y += y_stride) {
        UNROLL
        for (int v = 0; v < nv; v++)
            f_store(y + v * LANES, acc[v][j]);
    }
}

/* All tokens against the TILE_V panels in scratch. */
INLINE void tiles(const struct kern_mul *a, int r, struct shape s) {
    int t = 0;
    for (; t + TILE_T <= a->n; t += TILE_T)
        tile(a, a->scratch, r, t, TILE_V, TILE_T, s);
    for (; t + 2 <= a->n; t += 2)
        tile(a, a->scratch, r, t, TILE_V, 2, s);
    if (t < a->n)
        tile(a, a->scratch, r, t, TILE_V, 1, s);
}

/* The same tiles serve all types of one shape. */
#define TILES(name, groups, min, max)                                                        \
    static void tiles_##name(const struct kern_mul *a, int r, int bias)                      \
    {                                                                                        \
        tiles(a, r, (struct shape){groups, min, max, QUAD_SIGNED ? 0 : bias});               \
    }
TILES(1_0_15, 1, 0, 15)
TILES(1_0_31, 1, 0, 31)
TILES(1_0_WIDE, 1, 0, WIDE)
TILES(1_1_15, 1, 1, 15)
TILES(1_1_31, 1, 1, 31)
TILES(2_1_15, 2, 1, 15)
TILES(2_0_15, 2, 0, 15)
TILES(2_0_63, 2, 0, 63)

/* ---- a type: rows straight from the file for one token, through panels for more ---------------------------------------------------- */

/* Vectors of rows that decode takes together. */
#define VEC(block) ((block) == 32 ? VEC_V : 1)

/* Of 256 columns one half is taken and then the other, by the same code. */
#define PARTS(block) ((block) == 32 ? 1 : 2)
#define GROUPS(block) ((block) == 32 ? 1 : 4)

/* The bytes that take this block's place two panels on, to the second level of cache: LANES streams are more than hardware follows, one
 * panel is too short a time at 896 columns, and two of 4,864 columns are more than the first level holds. */
#define PANELS_AHEAD 2

/* Part G of N of BYTES at P. */
INLINE void fetch_part(const uint8_t *p, size_t bytes, size_t g, size_t n) {
    UNROLL
    for (size_t i = (bytes * g / n + 63) / 64 * 64; i < bytes * (g + 1) / n; i += 64)
        __builtin_prefetch(p + i, 0, 2);
}

/* So that what is fetched with one half of a block goes on where the other ended, at a distance that instructions can hold. */
INLINE size_t whole_lines(size_t bytes) {
    return (bytes + 63) / 64 * 64;
}

#define TYPE(T, t, block, bytes, ng, hasmin, top, off)                                                               \
    INLINE void vec_##t(const struct kern_mul *a, int r, int token, int nv)                                          \
    {                                                                                                                \
        const struct shape s = {ng, hasmin, top, off};                                                               \
        const uint8_t *p = (const uint8_t *)a->w + (size_t)r * a->w_stride;                                          \
        const uint8_t *ahead = p + PANELS_AHEAD * LANES * a->w_stride;                                               \
        const size_t step = (bytes)*LANES * (size_t)nv, lines = whole_lines(step / PARTS(block));                    \
        const struct qact *x = (const struct qact *)a->x + (size_t)token * a->x_stride, *end = x + a->cols / 32;     \
        struct rows from[VEC_V];                                                                                     \
        struct chain chain = {0};                                                                                    \
        vf acc[VEC_V];                                                                                               \
        UNROLL                                                                                                       \
        for (int v = 0; v < nv; v++) {                                                                               \
            from[v] = rows_from(p + (size_t)v * LANES * a->w_stride, a->w_stride);                                   \
            acc[v] = f_zero();                                                                                       \
        }                                                                                                            \
        for (; x < end; x += (block) / 32, ahead += step) {                                                          \
            UNROLL                                                                                                   \
            for (int v = 0; v < nv; v++) {                                                                           \
                struct kept b;                                                                                       \
                b.loop = PARTS_LOOP;                                                                                 \
                t##_head(&b, from[v]);                                                                               \
                PARTS_UNROLL                                                                                         \
                for (b.part = 0; b.part < PARTS(block); b.part++) {                                                  \
                    UNROLL                                                                                           \
                    for (int g = 0; g < GROUPS(block); g++) {                                                        \
                        vi w[8];                                                                                     \
                        vf scale[2], min[2];                                                                         \
                        if (v == 0)                                                                                  \
                            fetch_part(ahead + (size_t)b.part * lines, lines, (size_t)g, GROUPS(block));             \
                        t##_codes(w, &b, from[v], g);                                                                \
                        t##_scales(scale, min, &b, g);                                                               \
                        acc[v] = add_block(&chain, acc[v], w, scale, min, x + GROUPS(block) * b.part + g, s);        \
                    }                                                                                                \
                }                                                                                                    \
                rows_step(&from[v], bytes);                                                                          \
            }                                                                                                        \
        }                                                                                                            \
        UNROLL                                                                                                       \
        for (int v = 0; v < nv; v++)                                                                                 \
            f_store(a->y + (size_t)token * a->y_stride + r + v * LANES, acc[v]);                                     \
    }                                                                                                                \
    static void unpack_##t(const struct kern_mul *a, int r)                                                          \
    {                                                                                                                \
        const struct shape s = {ng, hasmin, top, off};                                                               \
        uint8_t *out = a->scratch;                                                                                   \
        for (int v = 0; v < TILE_V; v++, r += LANES) {                                                               \
            const uint8_t *p = (const uint8_t *)a->w + (size_t)r * a->w_stride;                                      \
            const uint8_t *ahead = p + PANELS_AHEAD * LANES * a->w_stride;                                           \
            const size_t step = (bytes)*LANES, lines = whole_lines(step / PARTS(block));                             \
            struct rows from = rows_from(p, a->w_stride);                                                            \
            for (int c = 0; c < a->cols; c += (block), ahead += step, rows_step(&from, bytes)) {                     \
                struct kept b;                                                                                       \
                b.loop = 1;                                                                                          \
                t##_head(&b, from);                                                                                  \
                for (b.part = 0; b.part < PARTS(block); b.part++) {                                                  \
                    UNROLL                                                                                           \
                    for (int g = 0; g < GROUPS(block); g++, out += panel_step(s)) {                                  \
                        vi w[8];                                                                                     \
                        vf scale[2], min[2];                                                                         \
                        fetch_part(ahead + (size_t)b.part * lines, lines, (size_t)g, GROUPS(block));                 \
                        t##_codes(w, &b, from, g);                                                                   \
                        t##_scales(scale, min, &b, g);                                                               \
                        pack(out, w, scale, min, s);                                                                 \
                    }                                                                                                \
                }                                                                                                    \
            }                                                                                                        \
        }                                                                                                            \
    }                                                                                                                \
    static void mul_##t(const struct kern_mul *a)                                                                    \
    {                                                                                                                \
        int r = 0;                                                                                                   \
        if (a->n > 1)                                                                                                \
            for (; r + TILE_V * LANES <= a->rows; r += TILE_V * LANES) {                                             \
                unpack_##t(a, r);                                                                                    \
                tiles_##ng##_##hasmin##_##top(a, r, off);                                                            \
            }                                                                                                        \
        for (; VEC(block) > 1 && r + VEC(block) * LANES <= a->rows; r += VEC(block) * LANES)                         \
            for (int token = 0; token < a->n; token++)                                                               \
                vec_##t(a, r, token, VEC(block));                                                                    \
        for (; r + LANES <= a->rows; r += LANES)                                                                     \
            for (int token = 0; token < a->n; token++)                                                               \
                vec_##t(a, r, token, 1);                                                                             \
        kern_ref_rows(QT_##T, a, r);                                                                                 \
    }

INLINE void pack(uint8_t *out, vi w[8], const vf *scale, const vf *min, struct shape s) {
    UNROLL
    for (int i = 0; i < 8 && QUAD_SIGNED; i++)
        w[i] = b_sub(w[i], b_set1(s.bias));
    quad_turn(w);
    quad_turn(w + 4);
    UNROLL
    for (int i = 0; i < 8; i++)
        vi_store(out + (size_t)i * LANES * 4, w[i]);
    float *f = (float *)(void *)out + 8 * LANES;
    UNROLL
    for (int g = 0; g < s.groups; g++, f += LANES * (1 + s.min)) {
        f_store(f, scale[g]);
        if (s.min)
            f_store(f + LANES, min[g]);
    }
}

LANES_TYPES(TYPE)

static void lanes_install(struct kernels *k) {
#define ENTRY(T, t, block, bytes, groups, min, max, bias) k->mul[QT_##T] = mul_##t;
    LANES_TYPES(ENTRY)
}
