/* A file to an open model: mapping, directory, weights, vocabulary, sampling defaults. Engine's part that reads keys; weights.c reads the
 * architecture's. Reads no weights, so that opening takes no longer for a larger file.
 */
#include "engine.h"

#include <float.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static int key_fault(const struct gguf *g, const char *key, struct err *e, const char *why) {
    const struct gguf_kv *kv = gguf_find(g, key);
    return gguf_fault(g, kv ? kv->offset : 0, key, strlen(key), e, "%s", why);
}

/* ---- vocabulary ------------------------------------------------------------------------------------------------- */

static const char tokens_key[] = "tokenizer.ggml.tokens", types_key[] = "tokenizer.ggml.token_type";
static const char merges_key[] = "tokenizer.ggml.merges";

/* KEY must be the string WANTED; it may be absent where OPTIONAL. */
static int check_name(const struct gguf *g, const char *key, const char *wanted, int optional, struct err *e) {
    struct gguf_str s;
    char quoted[80];
    int found = gguf_string(g, key, &s, e);
    if (found < 0)
        return -1;
    if (!found)
        return optional ? 0 : key_fault(g, key, e, "missing");
    if (s.n == strlen(wanted) && memcmp(s.s, wanted, s.n) == 0)
        return 0;
    return gguf_fault(g, gguf_find(g, key)->offset, key, strlen(key), e, "\"%s\" is not supported, expected \"%s\"",
                      err_quote(quoted, sizeof quoted, s.s, s.n), wanted);
}

/* The string array KEY, as tok_source takes it; NULL: *e. */
static const struct gguf_kv *find_strings(const struct gguf *g, const char *key, struct err *e) {
    const struct gguf_kv *kv;
    int found = gguf_array(g, key, GGUF_STR, &kv, e);
    if (found == 1 && kv->n <= INT32_MAX && kv->bytes <= UINT32_MAX)
        return kv;
    if (found >= 0)
        key_fault(g, key, e, !found ? "missing" : kv->n > INT32_MAX ? "more strings than token ids can name" : "strings of 4 GiB or more");
    return NULL;
}

/* The optional array KEY, with as many numbers as there are tokens. */
static int read_per_token(const struct gguf *g, const char *key, uint32_t elem, uint32_t n, const struct gguf_kv **kv,
                          struct err *e) {
    *kv = gguf_find(g, key);
    if (!*kv)
        return 0;
    if ((*kv)->type == GGUF_ARR && (*kv)->elem == GGUF_U32 && elem == GGUF_I32)
        elem = GGUF_U32; /* some writers; the values are small */
    if (gguf_array(g, key, elem, kv, e) < 0)
        return -1;
    if ((*kv)->n != n)
        return gguf_fault(g, (*kv)->offset, key, strlen(key), e, "%llu values, expected %lu, one a token",
                          (unsigned long long)(*kv)->n, (unsigned long)n);
    return 0;
}

/* A token's id, or -1. */
static int read_id(const struct gguf *g, const char *key, uint32_t n_tokens, int32_t *id, struct err *e) {
    uint32_t v;
    int found = gguf_u32(g, key, &v, e);
    *id = -1;
    if (found <= 0)
        return found;
    if (v >= n_tokens)
        return gguf_fault(g, gguf_find(g, key)->offset, key, strlen(key), e, "%lu, but there are %lu tokens", (unsigned long)v,
                          (unsigned long)n_tokens);
    *id = (int32_t)v;
    return 0;
}

/* A fault inside the vocabulary, with the string's own place in the file. */
static int string_fault(const struct gguf *g, const struct gguf_kv *strings, uint32_t index, struct err *e) {
    const uint8_t *at = strings->data;
    struct err why = e ? *e : (struct err){0};
    struct gguf_str s = gguf_next_string(&at);
    while (index-- > 0)
        s = gguf_next_string(&at);
    return gguf_fault(g, (size_t)((const uint8_t *)s.s - g->base), strings->key.s, strings->key.n, e, "%s", why.text);
}

static int read_vocabulary(struct quern_model *m, struct err *e) {
    const struct gguf *g = &m->g;
    const struct gguf_kv *tokens, *merges, *types, *scores;
    struct tok_source src = {0};
    struct tok_fault at = {0, 0};
    if (check_name(g, "tokenizer.ggml.model", "gpt2", 0, e) || check_name(g, "tokenizer.ggml.pre", "qwen2", 1, e) ||
        !(tokens = find_strings(g, tokens_key, e)) || !(merges = find_strings(g, merges_key, e)))
        return -1;
    src.n_tokens = (uint32_t)tokens->n;
    if (src.n_tokens == 0)
        return key_fault(g, tokens_key, e, "no tokens");
    if (read_per_token(g, types_key, GGUF_I32, src.n_tokens, &types, e) ||
        read_per_token(g, "tokenizer.ggml.scores", GGUF_F32, src.n_tokens, &scores, e) ||
        read_id(g, "tokenizer.ggml.eos_token_id", src.n_tokens, &src.eos, e) ||
        read_id(g, "tokenizer.ggml.eot_token_id", src.n_tokens, &src.eot, e) ||
        read_id(g, "tokenizer.ggml.bos_token_id", src.n_tokens, &src.bos, e) ||
        read_id(g, "tokenizer.ggml.padding_token_id", src.n_tokens, &src.pad, e))
        return -1;
    src.tokens = tokens->data;
    src.tokens_bytes = tokens->bytes;
    src.type = types ? (const int32_t *)(const void *)types->data : NULL;
    src.merges = merges->data;
    src.n_merges = (uint32_t)merges->n;
    m->n_tokens = (int)src.n_tokens;
    if (tok_open(&m->tok, &src, &at, e))
        return at.kind ? string_fault(g, at.kind == 't' ? tokens : merges, at.index, e) : -1;
    return 0;
}

static const char *token_bytes(const void *tok, int32_t id, size_t *n) {
    return tok_bytes(tok, id, 0, n);
}

static int init_order(struct quern_model *m, struct err *e) {
    struct order_source src = {.n_tokens = m->n_tokens, .n_rows = engine_n_vocab(m), .ctx = m->tok, .bytes = token_bytes};
    struct order *o = arena_alloc(&m->mem, 1, sizeof *o, e);
    src.n_ends = tok_list_ends(m->tok, src.ends);
    if (!o || order_init(o, &src, e))
        return -1;
    m->order = o;
    return 0;
}

static int read_template(struct quern_model *m, struct err *e) {
    struct gguf_str jinja = {"", 0};
    if (gguf_string(&m->g, "tokenizer.chat_template", &jinja, e) < 0)
        return -1;
    m->chat = chat_template_find(jinja.s, jinja.n, &m->known_template);
    return 0;
}

/* ---- sampling defaults ------------------------------------------------------------------------------------------ */

static int read_setting(struct quern_model *m, const char *key, float lo, float hi, float *out, struct err *e) {
    int found = gguf_f32(&m->g, key, out, e);
    if (found == 1 && !(*out >= lo && *out <= hi))
        return gguf_fault(&m->g, gguf_find(&m->g, key)->offset, key, strlen(key), e, "%g is out of range", (double)*out);
    m->has_sampling |= found == 1;
    return found < 0 ? -1 : 0;
}

/* An integer of any type; -1 is allowed where LO is -1. */
static int read_setting_int(struct quern_model *m, const char *key, int lo, int *out, struct err *e) {
    const struct gguf_kv *kv = gguf_find(&m->g, key);
    uint32_t v;
    if (kv && kv->type == GGUF_I32 && lo == -1) {
        int32_t given;
        memcpy(&given, kv->data, sizeof given);
        if (given == -1) {
            m->has_sampling = 1;
            *out = -1;
            return 0;
        }
    }
    int found = gguf_u32(&m->g, key, &v, e);
    if (found == 1 && v > INT_MAX)
        return key_fault(&m->g, key, e, "out of range");
    if (found == 1)
        *out = (int)v;
    m->has_sampling |= found == 1;
    return found < 0 ? -1 : 0;
}

static int read_sampling(struct quern_model *m, struct err *e) {
    struct quern_sampling qwen = {.temp = 0.7f, .top_k = 20, .top_p = 0.8f, .repeat_penalty = 1.1f, .repeat_last_n = 64};
    struct quern_sampling *s = &m->sampling;
    *s = qwen;
    if (read_setting(m, "general.sampling.temp", 0, FLT_MAX, &s->temp, e) ||
        read_setting(m, "general.sampling.top_p", 0, 1, &s->top_p, e) ||
        read_setting(m, "general.sampling.min_p", 0, 1, &s->min_p, e) ||
        read_setting(m, "general.sampling.penalty_repeat", FLT_MIN, FLT_MAX, &s->repeat_penalty, e) ||
        read_setting(m, "general.sampling.penalty_present", -FLT_MAX, FLT_MAX, &s->presence_penalty, e) ||
        read_setting(m, "general.sampling.penalty_freq", -FLT_MAX, FLT_MAX, &s->frequency_penalty, e) ||
        read_setting_int(m, "general.sampling.top_k", 0, &s->top_k, e) ||
        read_setting_int(m, "general.sampling.penalty_last_n", -1, &s->repeat_last_n, e))
        return -1;
    return 0;
}

/* ---- the model -------------------------------------------------------------------------------------------------- */

static int read_name(struct quern_model *m, struct err *e) {
    enum { SHOWN = 128 };
    struct gguf_str s = {"", 0};
    if (gguf_string(&m->g, "general.name", &s, e) < 0)
        return -1;
    char *name = arena_alloc(&m->mem, SHOWN, 1, e);
    m->name = name ? err_quote(name, SHOWN, s.s, s.n) : NULL;
    return name ? 0 : -1;
}

int engine_kernels(struct kernels *k, struct err *e) {
    const char *stop = getenv("QUERN_CPU");
    char quoted[80];
    if (kern_init(k, stop && *stop ? stop : NULL) == 0)
        return 0;
    return err_set(e, ERR_USAGE, "QUERN_CPU: no instruction set \"%s\" here", err_quote(quoted, sizeof quoted, stop, strlen(stop)));
}

static int open_parts(struct quern_model *m, const char *path, struct err *e) {
    if (engine_kernels(&m->kernels, e) || os_map_open(&m->map, path, e) ||
        gguf_open(&m->g, path, m->map.base, m->map.size, e))
        return -1;
    m->has_weights = m->g.n_tensors > 0;
    if (m->has_weights && weights_open(&m->weights, &m->g, e))
        return -1;
    return read_vocabulary(m, e) || init_order(m, e) || read_template(m, e) || read_sampling(m, e) || read_name(m, e) ? -1 : 0;
}

int quern_model_open(struct quern_model **out, const char *path, struct err *e) {
    struct quern_model *m = calloc(1, sizeof *m);
    *out = NULL;
    if (!m)
        return err_set(e, ERR_MEMORY, "out of memory");
    if (open_parts(m, path, e)) {
        quern_model_close(m);
        return -1;
    }
    *out = m;
    return 0;
}

void quern_model_close(struct quern_model *m) {
    if (!m)
        return;
    if (m->order)
        order_free(m->order);
    if (m->tok)
        tok_close(m->tok);
    weights_close(&m->weights);
    gguf_close(&m->g);
    os_map_close(&m->map);
    arena_free(&m->mem);
    free(m);
}

void quern_model_watch(void (*lost)(void)) {
    os_map_watch(lost);
}

int engine_n_vocab(const struct quern_model *m) {
    return m->has_weights ? m->weights.n_vocab : m->n_tokens;
}

/* general.file_type; -1: none, or one of another type, which nothing depends on. */
static int file_type(const struct gguf *g) {
    uint32_t v;
    struct err ignored;
    return gguf_u32(g, "general.file_type", &v, &ignored) == 1 && v <= INT_MAX ? (int)v : -1;
}

/* Totals over the tensors. No overflow: none overlap, and all lie in a file of at most 2^63 bytes, of two bits a number or more. */
static void count_tensors(const struct gguf *g, uint64_t *numbers, uint64_t *bytes) {
    *numbers = *bytes = 0;
    for (size_t i = 0; i < g->n_tensors; i++) {
        const struct gguf_tensor *t = &g->tensor[i];
        *numbers += t->dims[0] * t->dims[1] * t->dims[2] * t->dims[3];
        *bytes += t->bytes;
    }
}

void quern_model_describe(const struct quern_model *m, struct quern_model_info *out) {
    const struct model *w = &m->weights;
    struct quern_model_info info = {
        .name = m->name,
        .rung = m->kernels.name,
        .has_weights = m->has_weights,
        .n_vocab = engine_n_vocab(m),
        .n_ctx_train = w->n_ctx_train,
        .n_layers = w->n_layers,
        .width = w->width,
        .n_heads = w->n_heads,
        .n_kv_heads = w->n_kv_heads,
        .head_size = w->head,
        .ff = w->ff,
        .file_bytes = m->map.size,
        .known_template = m->known_template,
        .has_sampling = m->has_sampling,
        .file_type = file_type(&m->g),
    };
    count_tensors(&m->g, &info.n_params, &info.weight_bytes);
    *out = info;
}

void quern_sampling_defaults(const struct quern_model *m, struct quern_sampling *out) {
    *out = m->sampling;
}
