/* Tests of the model and the engine: against a double-precision forward pass of its own, for exactness over threads and batches, for
 * the promises of quern.h (rewind, stop, context, no allocation), and for what the weights check refuses. check_model [SEED]
 */
#define _POSIX_C_SOURCE 200809L

#include "check_model_alloc.h"
#include "check_model_file.h"
#include "check_model_ref.h"

#include <unistd.h>
#include "model/rope.h"
#include "quern.h"
#define PROGRAM "check_model"
#define SEED 20260801
#include "report.h"

static char dir[256], path[300];

/* ---- the models -------------------------------------------------------------------------------------------------- */

/* Enough tokens for a second chunk of keys, and an odd number of rows, so that nothing ends where vectors do. */
enum { N = 141, FIRST_PART = 53 };

static const uint32_t float_types[] = {QT_F32, QT_F16, QT_BF16};
static const uint32_t quant_types[] = {QT_Q8_0, QT_Q5_0, QT_Q4_K, QT_Q6_K, QT_Q4_0, QT_Q5_1, QT_IQ4_XS, QT_Q3_K, QT_Q5_K, QT_Q4_1,
                                       QT_Q8_0, QT_IQ4_NL, QT_Q2_K};
static const uint32_t mixed_types[] = {QT_Q8_0, QT_F16, QT_Q4_K, QT_BF16, QT_F32};
static const struct shape shapes[] = {
    {"floats, three queries a key", 2, 96, 160, 6, 2, 301, 10000, 1, 1, float_types, 3},
    {"floats, one query a key, no biases", 1, 64, 96, 2, 2, 259, 1e6f, 0, 0, float_types, 3},
    {"all quantized types", 2, 256, 256, 8, 2, 301, 1e6f, 0, 1, quant_types, 13},
    {"quantized and float side by side", 1, 256, 256, 4, 1, 270, 1e6f, 1, 1, mixed_types, 5},
};
/* Largest relative L2 distance from the double-precision logits. Floats: rounding only. Quantized: activations have 7 bits and a sign. */
static const double tolerance[] = {2e-6, 2e-6, 0.03, 0.03};

/* One model under test. */
struct subject {
    struct made *made;
    const struct shape *shape;
    const struct quern_model *m;
    int32_t tokens[N];
    float *expected; /* [N][vocab] the logits with an f16 cache, one thread, the default batch */
};

static void random_tokens(int32_t *t, int n, int vocab) {
    for (int i = 0; i < n; i++)
        t[i] = (int32_t)(made_random() % (uint32_t)vocab);
}

static struct quern_model *open_made(const struct made *m) {
    struct quern_model *q;
    struct err e;
    made_write(m, path);
    need(quern_model_open(&q, path, &e), &e, "a sound model");
    return q;
}

static struct quern_session *open_session(const struct quern_model *m, int threads, int batch, enum quern_kv kv) {
    struct quern_session_params p = {.n_threads = threads, .n_batch = batch, .kv_k = kv, .kv_v = kv};
    struct quern_session *s;
    struct err e;
    need(quern_session_open(&s, m, &p, &e), &e, "a session");
    return s;
}

/* The logits of all N tokens. */
static float *logits_of(const struct subject *x, const struct quern_session_params *p) {
    struct quern_session *s;
    struct err e;
    float *logits = made_alloc((size_t)N * (size_t)x->shape->vocab * sizeof *logits);
    need(quern_session_open(&s, x->m, p, &e), &e, "a session");
    need(quern_eval(s, x->tokens, N, logits, N, &e), &e, "quern_eval");
    quern_session_close(s);
    return logits;
}

/* What is expected of the last ROWS tokens. */
static int same_last(const struct subject *x, const float *got, int rows) {
    size_t vocab = (size_t)x->shape->vocab;
    return memcmp(got, x->expected + (size_t)(N - rows) * vocab, (size_t)rows * vocab * sizeof *got) == 0;
}

static double distance_ff(const float *a, const float *b, size_t n) {
    double d = 0, s = 0;
    for (size_t i = 0; i < n; i++) {
        d += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
        s += (double)b[i] * (double)b[i];
    }
    return sqrt(d / s);
}

static double distance_fd(const float *a, const double *b, size_t n) {
    double d = 0, s = 0;
    for (size_t i = 0; i < n; i++) {
        d += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        s += b[i] * b[i];
    }
    return sqrt(d / s);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static void check_values(const struct subject *x, double most) {
    size_t n = (size_t)N * (size_t)x->shape->vocab;
    const char *name = x->shape->name;
    struct quern_session_params f32 = {.n_threads = 2, .kv_k = QUERN_KV_F32, .kv_v = QUERN_KV_F32};
    struct quern_session_params mixed = {.n_threads = 2, .kv_k = QUERN_KV_F32};
    struct quern_session_params q8 = {.n_threads = 2, .kv_k = QUERN_KV_Q8_0, .kv_v = QUERN_KV_Q8_0};
    double *exact = ref_logits(x->made, x->tokens, N);
    float *a = logits_of(x, &f32), *b = logits_of(x, &mixed), *c = logits_of(x, &q8);
    double error = distance_fd(a, exact, n), cache = distance_ff(x->expected, a, n), half = distance_ff(b, a, n);
    check(error <= most, "%s: relative distance %g from double precision, at most %g expected", name, error, most);
    /* f16 keys and values have 11 bits; where activations are quantized, a rounding that falls the other way is the larger effect */
    check(cache > 0 && cache < 1e-3 + most, "%s: an f16 cache is %g from f32", name, cache);
    check(half > 0 && half < 1e-3 + most, "%s: f16 values are %g from f32", name, half);
    double eight = distance_ff(c, a, n);
    check(eight > cache && eight < 0.01 + most, "%s: a q8_0 cache is %g from f32, f16 %g", name, eight, cache);
    free(exact), free(a), free(b), free(c);
}

static void check_exactness(const struct subject *x) {
    static const struct { int threads, batch; } run[] = {{1, 1}, {2, 7}, {3, 64}, {2, 0}};
    for (size_t i = 0; i < sizeof run / sizeof *run; i++) {
        struct quern_session_params p = {.n_threads = run[i].threads, .n_batch = run[i].batch};
        float *got = logits_of(x, &p);
        check(same_last(x, got, N), "%s: other bytes with %d threads, batch %d", x->shape->name, run[i].threads, run[i].batch);
        free(got);
    }
    struct quern_session_params q8 = {.n_threads = 1, .kv_k = QUERN_KV_Q8_0}; /* keys in one type, values in another */
    float *want = logits_of(x, &q8);
    for (size_t i = 0; i < sizeof run / sizeof *run; i++) {
        struct quern_session_params p = {.n_threads = run[i].threads, .n_batch = run[i].batch, .kv_k = QUERN_KV_Q8_0};
        float *got = logits_of(x, &p);
        check(memcmp(got, want, (size_t)N * (size_t)x->shape->vocab * sizeof *got) == 0, "%s: q8_0: other bytes with %d threads, batch %d",
              x->shape->name, p.n_threads, p.n_batch);
        free(got);
    }
    free(want);
}

/* ---- the timeline ------------------------------------------------------------------------------------------------ */

static void check_rewind(const struct subject *x) {
    const char *name = x->shape->name;
    float *got = made_alloc((size_t)N * (size_t)x->shape->vocab * sizeof *got);
    struct quern_session *q = open_session(x->m, 2, 16, QUERN_KV_F16);
    int32_t other[N];
    struct err e;
    random_tokens(other, N, x->shape->vocab);

    need(quern_eval(q, x->tokens, FIRST_PART, NULL, 0, &e), &e, "quern_eval without logits");
    need(quern_eval(q, other, 40, got, 1, &e), &e, "quern_eval");
    quern_session_rewind(q, FIRST_PART);
    check(quern_session_n_past(q) == FIRST_PART, "%s: n_past %d after a rewind to %d", name, quern_session_n_past(q), FIRST_PART);
    need(quern_eval(q, x->tokens + FIRST_PART, N - FIRST_PART, got, 20, &e), &e, "quern_eval");
    check(same_last(x, got, 20), "%s: other bytes after a rewind", name);

    quern_session_rewind(q, 0);
    for (int i = 0; i < N; i++)
        need(quern_eval(q, x->tokens + i, 1, got, i + 1 == N, &e), &e, "quern_eval");
    check(same_last(x, got, 1), "%s: other bytes token by token", name);
    check(quern_session_n_past(q) == N, "%s: n_past %d after %d tokens", name, quern_session_n_past(q), N);
    quern_session_close(q);
    free(got);
}

static atomic_int stop;
static int n_progress;

/* Raises the flag once as many tokens are done as *ctx says. */
static void stop_at(void *ctx, int done, int total) {
    n_progress++;
    if (done >= *(int *)ctx || done > total)
        stop = 1;
}

static void check_stop(const struct subject *x) {
    const int32_t *rest = x->tokens + FIRST_PART;
    const char *name = x->shape->name;
    float *got = made_alloc((size_t)x->shape->vocab * sizeof *got);
    struct quern_session *q = open_session(x->m, 2, 16, QUERN_KV_F16);
    struct err e = {0};
    need(quern_eval(q, x->tokens, FIRST_PART, NULL, 0, &e), &e, "quern_eval");

    stop = 1;
    quern_session_watch(q, &stop, NULL, NULL);
    int rc = quern_eval(q, rest, 1, got, 1, &e);
    check(rc == -1 && e.code == ERR_STOPPED, "%s: a raised flag gives %d, code %d", name, rc, e.code);
    for (int i = 0; i < 2; i++) { /* half-way, and before the last product */
        int left = N - FIRST_PART, at = i == 0 ? left / 2 : left;
        stop = 0;
        e.code = n_progress = 0;
        quern_session_watch(q, &stop, stop_at, &at);
        rc = quern_eval(q, rest, left, got, 1, &e);
        check(rc == -1 && e.code == ERR_STOPPED && n_progress > 0, "%s: a flag raised after %d tokens gives %d, code %d, %d reports", name,
              at, rc, e.code, n_progress);
        check(quern_session_n_past(q) == FIRST_PART, "%s: n_past %d after a stop at %d", name, quern_session_n_past(q), FIRST_PART);
    }
    stop = 0;
    quern_session_watch(q, &stop, NULL, NULL);
    need(quern_eval(q, rest, N - FIRST_PART, got, 1, &e), &e, "quern_eval after a stop");
    check(same_last(x, got, 1), "%s: other bytes after a stop", name);
    quern_session_close(q);
    free(got);
}

static void check_limits(const struct subject *x) {
    struct quern_session_params p = {.n_threads = 1, .n_ctx = 100}, bad = {.n_threads = 1000};
    struct quern_session *q;
    struct err e = {0};
    int32_t beyond[2] = {0, x->shape->vocab};
    need(quern_session_open(&q, x->m, &p, &e), &e, "a session of 100 tokens");
    int rc = quern_eval(q, x->tokens, 101, NULL, 0, &e);
    check(rc == -1 && e.code == ERR_CONTEXT && quern_session_n_past(q) == 0, "101 tokens in a context of 100: %d, code %d", rc, e.code);
    need(quern_eval(q, x->tokens, 100, NULL, 0, &e), &e, "100 tokens in a context of 100");
    rc = quern_eval(q, x->tokens, 1, NULL, 0, &e);
    check(rc == -1 && e.code == ERR_CONTEXT && quern_session_n_past(q) == 100, "a full context: %d, code %d", rc, e.code);
    quern_session_rewind(q, 0);
    rc = quern_eval(q, beyond, 2, NULL, 0, &e);
    check(rc == -1 && e.code == ERR_USAGE && quern_session_n_past(q) == 0, "a token id of n_vocab: %d, code %d", rc, e.code);
    beyond[1] = -1;
    rc = quern_eval(q, beyond, 2, NULL, 0, &e);
    check(rc == -1 && e.code == ERR_USAGE, "a token id of -1: %d, code %d", rc, e.code);
    quern_session_close(q);
    rc = quern_session_open(&q, x->m, &bad, &e);
    check(rc == -1 && e.code == ERR_USAGE && !q, "1000 threads: %d, code %d", rc, e.code);
}

static void check_plan(const struct quern_model *m) {
    struct quern_session_params p = {.n_threads = 2};
    struct quern_plan half, whole;
    struct err e;
    need(quern_plan(m, &p, &whole, &e), &e, "quern_plan");
    check(whole.n_ctx == 512 && whole.n_threads == 2 && whole.n_ctx_fits == 512, "plan: context %d, threads %d, fits %d", whole.n_ctx,
          whole.n_threads, whole.n_ctx_fits);
    p.n_ctx = 256;
    need(quern_plan(m, &p, &half, &e), &e, "quern_plan");
    check(half.kv * 2 == whole.kv, "plan: KV cache of half the context %llu of %llu", (unsigned long long)half.kv,
          (unsigned long long)whole.kv);
    p.kv_k = p.kv_v = QUERN_KV_F32;
    need(quern_plan(m, &p, &half, &e), &e, "quern_plan");
    check(half.kv == whole.kv, "plan: half the context in f32 %llu of %llu", (unsigned long long)half.kv, (unsigned long long)whole.kv);
    p.n_ctx = 0;
    p.kv_v = QUERN_KV_Q8_0; /* heads of 16: 18 bytes in place of 32 */
    need(quern_plan(m, &p, &half, &e), &e, "quern_plan");
    check(half.kv * 32 == whole.kv * (32 + 9), "plan: f32 and q8_0 %llu of %llu", (unsigned long long)half.kv, (unsigned long long)whole.kv);
}

static void check_allocations(const struct subject *x) {
#ifdef UNCOUNTED
    (void)x;
#else
    struct quern_session *q = open_session(x->m, 3, 16, QUERN_KV_F16);
    float *logits = made_alloc((size_t)x->shape->vocab * sizeof *logits);
    struct err e;
    size_t before = atomic_load(&n_allocations);
    if (before == 0)
        printf("skip: allocations cannot be counted in a static program\n");
    need(quern_eval(q, x->tokens, FIRST_PART, logits, 1, &e), &e, "quern_eval");
    for (int i = FIRST_PART; i < FIRST_PART + 8; i++)
        need(quern_eval(q, x->tokens + i, 1, logits, 1, &e), &e, "quern_eval");
    size_t after = atomic_load(&n_allocations);
    check(after == before, "%s: %lu allocations during evaluation", x->shape->name, (unsigned long)(after - before));
    quern_session_close(q);
    free(logits);
#endif
}

/* ---- rope -------------------------------------------------------------------------------------------------------- */

static void check_rope(void) {
    static const int heads[] = {16, 24, 64, 128, 256}, positions[] = {0, 1, 2, 17, 511, 4096, 32767, 131071, MODEL_MAX_CTX - 1};
    float turn[MODEL_MAX_HEAD];
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a of all bytes: they are the same on every machine */
    double worst = 0;
    for (int h = 0; h < 5; h++) {
        struct rope r;
        rope_init(&r, heads[h], h % 2 ? 10000 : 1e6);
        for (int p = 0; p < 9; p++) {
            rope_turn(&r, positions[p], turn);
            for (int i = 0; i < r.half; i++) {
                double angle = positions[p] * pow(h % 2 ? 10000 : 1e6, -2.0 * i / heads[h]);
                worst = fmax(worst, fmax(fabs(cos(angle) - (double)turn[i]), fabs(sin(angle) - (double)turn[r.half + i])));
            }
            for (size_t i = 0; i < (size_t)heads[h] * sizeof *turn; i++)
                hash = (hash ^ ((unsigned char *)turn)[i]) * UINT64_C(0x100000001b3);
        }
    }
    check(worst < 3.1e-8, "rope: %g from the C library's", worst); /* half a float's last place at 1, and libm's own error */
    check(hash == UINT64_C(0xb55853342b618a90), "rope: bytes hash to %016llx", (unsigned long long)hash);
}

/* ---- refusals ---------------------------------------------------------------------------------------------------- */

static struct made *spoiled; /* the model the next function spoils */
static struct made_tensor *tensor(const char *name) { return made_find(spoiled, name); }

static void swap_dims(const char *name) {
    uint64_t d = tensor(name)->dims[0];
    tensor(name)->dims[0] = tensor(name)->dims[1];
    tensor(name)->dims[1] = d;
}
static void rename_tensor(const char *name, const char *to) { snprintf(tensor(name)->name, sizeof tensor(name)->name, "%s", to); }

static void s_arch(void) { made_str(spoiled, "general.architecture", "nosuch"); }
static void s_version(void) { made_u32(spoiled, "general.quantization_version", 1); }
static void s_no_ctx(void) { made_drop(spoiled, "qwen2.context_length"); }
static void s_ctx(void) { made_u32(spoiled, "qwen2.context_length", 0); }
static void s_blocks(void) { made_u32(spoiled, "qwen2.block_count", 3); }
static void s_few_blocks(void) { made_u32(spoiled, "qwen2.block_count", 1); }
static void s_many_blocks(void) { made_u32(spoiled, "qwen2.block_count", 0x7fffffff); }
static void s_width(void) { made_u32(spoiled, "qwen2.embedding_length", 95); }
static void s_ff(void) { made_u32(spoiled, "qwen2.feed_forward_length", 0xffffffff); }
static void s_ff_less(void) { made_u32(spoiled, "qwen2.feed_forward_length", 128); }
static void s_heads(void) { made_u32(spoiled, "qwen2.attention.head_count", 7); }
static void s_heads_thin(void) { made_u32(spoiled, "qwen2.attention.head_count", 24); }
static void s_heads_str(void) { made_str(spoiled, "qwen2.attention.head_count", "6"); }
static void s_kv(void) { made_u32(spoiled, "qwen2.attention.head_count_kv", 4); }
static void s_kv_other(void) { made_u32(spoiled, "qwen2.attention.head_count_kv", 3); }
static void s_eps(void) { made_f32(spoiled, "qwen2.attention.layer_norm_rms_epsilon", NAN); }
static void s_no_eps(void) { made_drop(spoiled, "qwen2.attention.layer_norm_rms_epsilon"); }
static void s_base(void) { made_f32(spoiled, "qwen2.rope.freq_base", 0); }
static void s_rope_dim(void) { made_u32(spoiled, "qwen2.rope.dimension_count", 8); }
static void s_key_length(void) { made_u32(spoiled, "qwen2.attention.key_length", 32); }
static void s_yarn(void) { made_str(spoiled, "qwen2.rope.scaling.type", "yarn"); }
static void s_linear(void) {
    made_str(spoiled, "qwen2.rope.scaling.type", "linear");
    made_f32(spoiled, "qwen2.rope.scaling.factor", 2);
}
static void s_no_embd(void) { rename_tensor("token_embd.weight", "other"); }
static void s_no_norm(void) { rename_tensor("output_norm.weight", "other"); }
static void s_no_down(void) { rename_tensor("blk.1.ffn_down.weight", "other"); }
static void s_down(void) { swap_dims("blk.0.ffn_down.weight"); }
static void s_output(void) { rename_tensor("blk.1.attn_k.weight", "output.weight"); }
static void s_bias(void) { tensor("blk.0.attn_q.bias")->dims[0] = 95; }
static void s_norm_type(void) { tensor("blk.0.attn_norm.weight")->type = QT_F16; }
static void s_tokens(void) { tensor("token_embd.weight")->dims[1] = N_TOKENS - 1; }
static void s_eos(void) { made_u32(spoiled, "tokenizer.ggml.eos_token_id", N_TOKENS); }
static void s_pre(void) { made_str(spoiled, "tokenizer.ggml.pre", "nosuch"); }
static void s_temp(void) { made_f32(spoiled, "general.sampling.temp", -1); }

static const struct refusal {
    void (*spoil)(void);
    const char *field, *reason; /* both are in the message */
} refusals[] = {
    {s_arch, "general.architecture: ", "\"nosuch\" is not supported; quern runs qwen2"},
    {s_version, "general.quantization_version: ", "1, expected 2"},
    {s_no_ctx, "qwen2.context_length: ", "missing"},
    {s_ctx, "qwen2.context_length: ", "0, expected 1"},
    {s_blocks, "blk.2.attn_norm.weight: ", "missing"},
    {s_few_blocks, "qwen2.block_count: ", "block 1"},
    {s_many_blocks, "qwen2.block_count: ", "tensors"},
    {s_width, "qwen2.embedding_length: ", "multiple of 32"},
    {s_ff, "qwen2.feed_forward_length: ", "4294967295, expected"},
    {s_ff_less, "blk.0.ffn_gate.weight: ", "shape"},
    {s_heads, "qwen2.attention.head_count: ", "does not divide"},
    {s_heads_thin, "qwen2.attention.head_count: ", "multiple of 8"},
    {s_heads_str, "qwen2.attention.head_count: ", "integer"},
    {s_kv, "qwen2.attention.head_count_kv: ", "does not divide"},
    {s_kv_other, "blk.0.attn_k.bias: ", "shape"},
    {s_eps, "layer_norm_rms_epsilon: ", "nan"},
    {s_no_eps, "layer_norm_rms_epsilon: ", "missing"},
    {s_base, "qwen2.rope.freq_base: ", "above 0"},
    {s_rope_dim, "qwen2.rope.dimension_count: ", "8, expected 16"},
    {s_key_length, "qwen2.attention.key_length: ", "32, expected 16"},
    {s_yarn, "qwen2.rope.scaling.type: ", "\"yarn\" is not supported"},
    {s_linear, "qwen2.rope.scaling.factor: ", "2, expected 1"},
    {s_no_embd, "token_embd.weight: ", "missing"},
    {s_no_norm, "output_norm.weight: ", "missing"},
    {s_no_down, "blk.1.ffn_down.weight: ", "missing"},
    {s_down, "blk.0.ffn_down.weight: ", "shape [96, 160"},
    {s_output, "output.weight: ", "shape"},
    {s_bias, "blk.0.attn_q.bias: ", "shape"},
    {s_norm_type, "blk.0.attn_norm.weight: ", "F32"},
    {s_tokens, "tokenizer.ggml.tokens: ", "259 tokens"},
    {s_eos, "tokenizer.ggml.eos_token_id: ", "259"},
    {s_pre, "tokenizer.ggml.pre: ", "\"nosuch\" is not supported"},
    {s_temp, "general.sampling.temp: ", "out of range"},
};

static void check_refusals(void) {
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const struct refusal *r = &refusals[i];
        struct quern_model *m;
        struct err e = {0};
        spoiled = made_model(&shapes[0], seed);
        r->spoil();
        made_write(spoiled, path);
        int rc = quern_model_open(&m, path, &e);
        check(rc == -1 && !m && e.code == ERR_MODEL && strstr(e.text, path) == e.text && strstr(e.text, ": byte ") &&
                  strstr(e.text, r->field) && strstr(e.text, r->reason),
              "%s%s is expected, got %d, code %d: %s", r->field, r->reason, rc, e.code, e.text);
        quern_model_close(m);
        made_free(spoiled);
    }
}

static void check_vocabulary_only(void) {
    struct made *made = made_model(&shapes[0], seed);
    struct quern_session_params p = {0};
    struct quern_model_info info;
    struct quern_session *s;
    struct err e = {0};
    int n_tensors = made->n_tensors;
    made->n_tensors = 0;
    struct quern_model *m = open_made(made);
    quern_model_describe(m, &info);
    check(!info.has_weights && info.n_vocab == N_TOKENS, "vocabulary only: weights %d, %d tokens", info.has_weights, info.n_vocab);
    int rc = quern_session_open(&s, m, &p, &e);
    check(rc == -1 && !s && e.code == ERR_MODEL, "vocabulary only: a session gives %d, code %d", rc, e.code);
    quern_model_close(m);
    made->n_tensors = n_tensors;
    made_free(made);
}

static void check_shape(size_t i) {
    struct subject x = {.made = made_model(&shapes[i], seed + i), .shape = &shapes[i]};
    struct quern_session_params plain = {.n_threads = 1};
    struct quern_model *m = open_made(x.made);
    x.m = m;
    random_tokens(x.tokens, N, x.shape->vocab);
    x.expected = logits_of(&x, &plain);
    check_values(&x, tolerance[i]);
    check_exactness(&x);
    check_rewind(&x);
    check_stop(&x);
    check_limits(&x);
    check_allocations(&x);
    if (i == 0)
        check_plan(m);
    quern_model_close(m);
    made_free(x.made);
    free(x.expected);
}

int main(int argc, char **argv) {
    const char *tmp = getenv("TMPDIR");
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 0);
    snprintf(dir, sizeof dir, "%s/check_model.XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(dir)) {
        perror(dir);
        return 1;
    }
    snprintf(path, sizeof path, "%s/model.gguf", dir);
#ifdef UNCOUNTED
    printf("skip: allocations are not counted under a sanitizer\n");
#endif
    check_rope();
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_shape(i);
    check_refusals();
    check_vocabulary_only();
    unlink(path);
    rmdir(dir);
    printf("check_model: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed != 0;
}
