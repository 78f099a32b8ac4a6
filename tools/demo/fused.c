/* What train.py does between matrix products, each in one pass over memory: floats and bfloat16 in, the same out, one thread.
 * model.py says what is computed and fast.py calls it; nothing is checked here. With -ffast-math: training needs no exact bits. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef uint16_t bf16;
enum { HEAD = 64, GROUP = 3, WIDE = HEAD / 16 }; // GROUP heads share one of keys and values
#define SCALE 0.125f // 1 / sqrt(HEAD)
typedef float vec __attribute__((vector_size(64), aligned(64)));

static float up(bf16 h)
{
    const uint32_t u = (uint32_t)h << 16;
    float f;
    memcpy(&f, &u, 4);
    return f;
}

static bf16 down(float f)
{
    uint32_t u;
    memcpy(&u, &f, 4);
    return (bf16)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}

// ---- x += y, and its RMS norm ----

// x [n][d] + y [n][d] -> sum [n][d], h = sum * r * w with r [n] = 1 / RMS. y may be NULL.
void norm(int64_t n, int64_t d, const float *x, const bf16 *y, const float *w, float *sum, bf16 *h, float *r)
{
    for (int64_t i = 0; i < n; i++) {
        const float *xi = x + i * d;
        float *si = sum + i * d, square = 0;
        for (int64_t j = 0; j < d; j++) {
            const float s = y ? xi[j] + up(y[i * d + j]) : xi[j];
            si[j] = s;
            square += s * s;
        }
        r[i] = 1 / sqrtf(square / (float)d + 1e-6f);
        for (int64_t j = 0; j < d; j++) h[i * d + j] = down(si[j] * r[i] * w[j]);
    }
}

// dsum [n][d], what comes back to the sum from above, becomes all that comes back to it; dy the same in bfloat16; dw [d] is added to.
void norm_back(int64_t n, int64_t d, const bf16 *dh, const float *sum, const float *r, const float *w, float *dsum, bf16 *dy, float *dw)
{
    for (int64_t i = 0; i < n; i++) {
        const float *s = sum + i * d;
        const bf16 *g = dh + i * d;
        float *out = dsum + i * d, dot = 0;
        for (int64_t j = 0; j < d; j++) {
            dot += up(g[j]) * w[j] * s[j];
            dw[j] += up(g[j]) * s[j] * r[i];
        }
        const float k = dot * r[i] * r[i] * r[i] / (float)d;
        for (int64_t j = 0; j < d; j++) {
            out[j] += up(g[j]) * w[j] * r[i] - s[j] * k;
            dy[i * d + j] = down(out[j]);
        }
    }
}

// ---- silu(gate) * up ----

void swiglu(int64_t n, int64_t ff, const bf16 *gate_up, bf16 *out)
{
    for (int64_t i = 0; i < n; i++) {
        const bf16 *g = gate_up + i * 2 * ff, *u = g + ff;
        for (int64_t j = 0; j < ff; j++) out[i * ff + j] = down(up(g[j]) / (1 + expf(-up(g[j]))) * up(u[j]));
    }
}

void swiglu_back(int64_t n, int64_t ff, const bf16 *dout, const bf16 *gate_up, bf16 *dgate_up)
{
    for (int64_t i = 0; i < n; i++) {
        const bf16 *g = gate_up + i * 2 * ff, *u = g + ff;
        bf16 *dg = dgate_up + i * 2 * ff, *du = dg + ff;
        for (int64_t j = 0; j < ff; j++) {
            const float s = 1 / (1 + expf(-up(g[j]))), d = up(dout[i * ff + j]);
            dg[j] = down(d * up(u[j]) * s * (1 + up(g[j]) * (1 - s)));
            du[j] = down(d * up(g[j]) * s);
        }
    }
}

// ---- causal attention with rotary positions, a sequence and a group of heads at a time, in float ----

struct row { vec v[WIDE]; }; // of one head

// What is known of one group in one sequence; rows are [n], or [GROUP][n] where every head has its own
struct group {
    int64_t n, wide;                  // positions, and the same in whole blocks of 64
    struct row *q, *k, *v, *dout;     // q and k are turned
    float *kt, *vt;                   // [HEAD][wide]
    float *p, *dp;                    // [GROUP][n][wide]: how much of a position another takes, and the loss's gradient by it
};

static void *take(int64_t size)
{
    void *at;
    if (posix_memalign(&at, 64, (size_t)size)) abort();
    return at;
}

static struct group open_group(int64_t n)
{
    const int64_t wide = (n + 63) / 64 * 64, rows = n * (int64_t)sizeof(struct row);
    struct group g = {n, wide, take(GROUP * rows), take(rows), take(rows), take(GROUP * rows), take(4 * HEAD * wide), take(4 * HEAD * wide),
                      take(4 * GROUP * n * wide), take(4 * GROUP * n * wide)};
    memset(g.kt, 0, 4 * HEAD * wide);
    memset(g.vt, 0, 4 * HEAD * wide);
    return g;
}

static void close_group(struct group *g)
{
    free(g->q), free(g->k), free(g->v), free(g->dout), free(g->kt), free(g->vt), free(g->p), free(g->dp);
}

static struct row load(const bf16 *from)
{
    struct row r;
    for (int i = 0; i < HEAD; i++) ((float *)&r)[i] = up(from[i]);
    return r;
}

static void store(bf16 *to, struct row r)
{
    for (int i = 0; i < HEAD; i++) to[i] = down(((float *)&r)[i]);
}

// Each pair (i, i + HEAD / 2) turned by its angle, or back
static struct row turned(struct row r, const float *cos, const float *sin, float way)
{
    float *x = (float *)&r;
    for (int i = 0; i < HEAD / 2; i++) {
        const float a = x[i], b = x[i + HEAD / 2], s = sin[i] * way;
        x[i] = a * cos[i] - b * s;
        x[i + HEAD / 2] = b * cos[i] + a * s;
    }
    return r;
}

static void transpose(const struct row *from, float *to, int64_t n, int64_t wide)
{
    for (int64_t i = 0; i < n; i++) {
        for (int d = 0; d < HEAD; d++) to[d * wide + i] = ((const float *)(from + i))[d];
    }
}

// The group's part of qkv [n][all]: `heads` heads of q, then those of k, then of v
static void read_group(struct group *g, const bf16 *qkv, int64_t heads, int64_t number, const float *cos, const float *sin)
{
    const int64_t kv = heads / GROUP, all = (heads + 2 * kv) * HEAD;
    for (int64_t i = 0; i < g->n; i++, qkv += all, cos += HEAD / 2, sin += HEAD / 2) {
        for (int h = 0; h < GROUP; h++) g->q[h * g->n + i] = turned(load(qkv + (number * GROUP + h) * HEAD), cos, sin, 1);
        g->k[i] = turned(load(qkv + (heads + number) * HEAD), cos, sin, 1);
        g->v[i] = load(qkv + (heads + kv + number) * HEAD);
    }
    transpose(g->k, g->kt, g->n, g->wide);
}

// out [GROUP][n][wide] at position i, up to position i: row i of each of the group's `a` times the columns of bt
static void products(const struct group *g, const struct row *a, const float *bt, int64_t i, float *out)
{
    for (int64_t j = 0; j <= i; j += 64) {
        vec sum[GROUP][4] = {0};
        for (int d = 0; d < HEAD; d++) {
            const vec *b = (const vec *)(bt + d * g->wide + j);
            for (int h = 0; h < GROUP; h++) {
                const float x = ((const float *)(a + h * g->n + i))[d];
                for (int c = 0; c < 4; c++) sum[h][c] += x * b[c];
            }
        }
        for (int h = 0; h < GROUP; h++) {
            for (int c = 0; c < 4; c++) *(vec *)(out + (h * g->n + i) * g->wide + j + 16 * c) = sum[h][c];
        }
    }
}

// to [GROUP]: the rows of b up to position i, each as much as weight [GROUP][n][wide] says
static void weighted(const struct group *g, const float *weight, const struct row *b, int64_t i, struct row *to)
{
    struct row sum[GROUP] = {0};
    for (int64_t j = 0; j <= i; j++) {
        for (int h = 0; h < GROUP; h++) {
            for (int c = 0; c < WIDE; c++) sum[h].v[c] += weight[(h * g->n + i) * g->wide + j] * b[j].v[c];
        }
    }
    for (int h = 0; h < GROUP; h++) to[h] = sum[h];
}

// p at position i
static void shares(const struct group *g, int64_t i)
{
    products(g, g->q, g->kt, i, g->p);
    for (int h = 0; h < GROUP; h++) {
        float *p = g->p + (h * g->n + i) * g->wide, max = p[0], sum = 0;
        for (int64_t j = 1; j <= i; j++) max = fmaxf(max, p[j]);
        for (int64_t j = 0; j <= i; j++) sum += p[j] = expf((p[j] - max) * SCALE);
        for (int64_t j = 0; j <= i; j++) p[j] /= sum;
    }
}

// qkv [b][n][heads + 2 * heads / GROUP][HEAD], cos and sin [n][HEAD / 2] -> out [b][n][heads][HEAD]
void attention(int64_t b, int64_t n, int64_t heads, const bf16 *qkv, const float *cos, const float *sin, bf16 *out)
{
    const int64_t kv = heads / GROUP;
    struct group g = open_group(n);
    for (int64_t at = 0; at < b * kv; at++) {
        const int64_t s = at / kv, number = at % kv;
        read_group(&g, qkv + s * n * (heads + 2 * kv) * HEAD, heads, number, cos, sin);
        for (int64_t i = 0; i < n; i++) {
            struct row sum[GROUP];
            shares(&g, i);
            weighted(&g, g.p, g.v, i, sum);
            for (int h = 0; h < GROUP; h++) store(out + ((s * n + i) * heads + number * GROUP + h) * HEAD, sum[h]);
        }
    }
    close_group(&g);
}

// p and dp, and dq at position i [GROUP]
static void back_to_q(const struct group *g, int64_t i, struct row *dq)
{
    shares(g, i);
    products(g, g->dout, g->vt, i, g->dp);
    for (int h = 0; h < GROUP; h++) {
        const int64_t at = (h * g->n + i) * g->wide;
        float *p = g->p + at, *dp = g->dp + at, dot = 0;
        for (int64_t j = 0; j <= i; j++) dot += p[j] * dp[j];
        for (int64_t j = 0; j <= i; j++) dp[j] = p[j] * (dp[j] - dot) * SCALE;
        if (!(i & 1)) p[i + 1] = dp[i + 1] = 0; // back_to_kv reads them in pairs
    }
    weighted(g, g->dp, g->k, i, dq);
}

// dk and dv at positions j and j + 1: what is loaded serves both
static void back_to_kv(const struct group *g, int64_t j, struct row dk[2], struct row dv[2])
{
    struct row sk[2] = {0}, sv[2] = {0};
    for (int h = 0; h < GROUP; h++) {
        for (int64_t i = j; i < g->n; i++) {
            const int64_t at = h * g->n + i;
            for (int t = 0; t < 2; t++) {
                const float p = g->p[at * g->wide + j + t], dp = g->dp[at * g->wide + j + t];
                for (int c = 0; c < WIDE; c++) sk[t].v[c] += dp * g->q[at].v[c], sv[t].v[c] += p * g->dout[at].v[c];
            }
        }
    }
    for (int t = 0; t < 2; t++) dk[t] = sk[t], dv[t] = sv[t];
}

void attention_back(int64_t b, int64_t n, int64_t heads, const bf16 *dout, const bf16 *qkv, const float *cos, const float *sin, bf16 *dqkv)
{
    const int64_t kv = heads / GROUP, all = (heads + 2 * kv) * HEAD;
    struct group g = open_group(n);
    for (int64_t at = 0; at < b * kv; at++) {
        const int64_t s = at / kv, number = at % kv;
        bf16 *to = dqkv + s * n * all;
        read_group(&g, qkv + s * n * all, heads, number, cos, sin);
        transpose(g.v, g.vt, n, g.wide);
        for (int64_t i = 0; i < n; i++) {
            const float *c = cos + i * HEAD / 2, *sn = sin + i * HEAD / 2;
            struct row dq[GROUP];
            for (int h = 0; h < GROUP; h++) g.dout[h * n + i] = load(dout + ((s * n + i) * heads + number * GROUP + h) * HEAD);
            back_to_q(&g, i, dq);
            for (int h = 0; h < GROUP; h++) store(to + i * all + (number * GROUP + h) * HEAD, turned(dq[h], c, sn, -1));
        }
        for (int64_t j = 0; j < n; j += 2) {
            struct row dk[2], dv[2];
            back_to_kv(&g, j, dk, dv);
            for (int64_t t = j; t < n && t < j + 2; t++) {
                store(to + t * all + (heads + number) * HEAD, turned(dk[t - j], cos + t * HEAD / 2, sin + t * HEAD / 2, -1));
                store(to + t * all + (heads + kv + number) * HEAD, dv[t - j]);
            }
        }
    }
    close_group(&g);
}
