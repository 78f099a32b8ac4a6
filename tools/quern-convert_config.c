/* config.json and generation_config.json. In: documents. Out: the numbers of a Qwen2 model and the values it is to be sampled with, each of
 * them sound. Must not look at tensors.
 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "quern-convert.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

static int missing(const struct json *j, const char *key, struct err *e) {
    return json_fault(j, 0, e, "no %s", key);
}

/* A count of at least 1. One that is absent is FALLBACK; 0: it must be there. */
static int read_count(const struct json *j, const char *key, int32_t fallback, int32_t *out, struct err *e) {
    int found = field_int(j, j->root, key, out, e);
    if (found < 0)
        return -1;
    if (found == 0) {
        *out = fallback;
        return fallback ? 0 : missing(j, key, e);
    }
    return *out > 0 ? 0 : field_fault(j, key, field_find(j->root, key), e, "at least 1");
}

/* ---- what is refused ---------------------------------------------------------------------------------------------- */

/* The string KEY, where it is there, must be WANTED. */
static int check_string(const struct json *j, const struct json_value *object, const char *key, const char *wanted, struct err *e) {
    const char *s = wanted;
    if (field_string(j, object, key, &s, e) < 0)
        return -1;
    return strcmp(s, wanted) == 0 ? 0 : field_fault(j, key, field_find(object, key), e, wanted);
}

static int check_architecture(const struct json *j, struct err *e) {
    static const char wanted[] = "Qwen2ForCausalLM";
    const struct json_value *list = field_find(j->root, "architectures");
    if (!list && !field_find(j->root, "model_type"))
        return missing(j, "architectures", e);
    if (list && list->type != JSON_ARRAY)
        return field_fault(j, "architectures", list, e, "an array");
    if (list && (list->n != 1 || !json_is(list + 1, wanted)))
        return list->n ? field_fault(j, "architectures", list + 1, e, wanted) : json_fault(j, list->offset, e, "architectures: none");
    return check_string(j, j->root, "model_type", "qwen2", e);
}

/* Positions as they are: the newer rope_parameters may hold the base, and neither it nor rope_scaling anything else. */
static int check_rope(const struct json *j, struct err *e) {
    static const char *const key[] = {"rope_scaling", "rope_parameters"};
    for (int i = 0; i < 2; i++) {
        const struct json_value *v = field_find(j->root, key[i]);
        if (v && v->type != JSON_OBJECT)
            return field_fault(j, key[i], v, e, "an object");
        if (v && i == 0 && !field_find(v, "type") && !field_find(v, "rope_type"))
            return json_fault(j, v->offset, e, "rope_scaling: of a kind that is not said");
        if (check_string(j, v, "type", "default", e) || check_string(j, v, "rope_type", "default", e))
            return -1;
    }
    return 0;
}

static int check_window(const struct json *j, struct err *e) {
    const struct json_value *list = field_find(j->root, "layer_types");
    int window = 0;
    if (field_bool(j, j->root, "use_sliding_window", &window, e) < 0)
        return -1;
    if (window)
        return field_fault(j, "use_sliding_window", field_find(j->root, "use_sliding_window"), e, "false: there are no sliding windows here");
    if (!list)
        return 0;
    if (list->type != JSON_ARRAY)
        return field_fault(j, "layer_types", list, e, "an array");
    for (const struct json_value *v = list + 1; v != json_next(list); v = json_next(v)) {
        if (!json_is(v, "full_attention"))
            return field_fault(j, "layer_types", v, e, "full_attention");
    }
    return 0;
}

static int check_kind(const struct json *j, struct err *e) {
    const struct json_value *quantized = field_find(j->root, "quantization_config");
    if (check_architecture(j, e) || check_rope(j, e) || check_window(j, e) || check_string(j, j->root, "hidden_act", "silu", e))
        return -1;
    return quantized ? json_fault(j, quantized->offset, e, "quantization_config: already quantized, F32, F16 or BF16 expected") : 0;
}

/* ---- what is read ------------------------------------------------------------------------------------------------- */

static int read_heads(struct qwen2_shape *s, const struct json *j, struct err *e) {
    static const char heads[] = "num_attention_heads", kv_heads[] = "num_key_value_heads";
    if (read_count(j, heads, 0, &s->n_heads, e) || read_count(j, kv_heads, s->n_heads, &s->n_kv_heads, e))
        return -1;
    if (s->width % s->n_heads)
        return field_fault(j, heads, field_find(j->root, heads), e, "a divisor of hidden_size");
    if (s->n_heads % s->n_kv_heads)
        return field_fault(j, kv_heads, field_find(j->root, kv_heads), e, "a divisor of num_attention_heads");
    int32_t head = s->width / s->n_heads;
    if (field_int(j, j->root, "head_dim", &head, e) < 0)
        return -1;
    if (head != s->width / s->n_heads)
        return field_fault(j, "head_dim", field_find(j->root, "head_dim"), e, "hidden_size / num_attention_heads");
    return 0;
}

static int read_positive(const struct json *j, const struct json_value *object, const char *key, float *out, struct err *e) {
    double d;
    int found = field_double(j, object, key, &d, e);
    if (found <= 0)
        return found;
    if (!(d >= FLT_MIN && d <= FLT_MAX))
        return field_fault(j, key, field_find(object, key), e, "a number above 0");
    *out = (float)d;
    return 1;
}

static int read_floats(struct qwen2_shape *s, const struct json *j, struct err *e) {
    int eps = read_positive(j, j->root, "rms_norm_eps", &s->eps, e);
    if (eps <= 0)
        return eps < 0 ? -1 : missing(j, "rms_norm_eps", e);
    int base = read_positive(j, j->root, "rope_theta", &s->rope_base, e);
    if (base == 0)
        base = read_positive(j, field_find(j->root, "rope_parameters"), "rope_theta", &s->rope_base, e);
    if (base == 0)
        s->rope_base = 10000; /* what Qwen2 has where nothing is said */
    return base < 0 ? -1 : 0;
}

/* The last part of the path that the model was loaded from where it is said, else of the folder's own. */
static int read_name(struct qwen2_shape *s, struct folder *f, struct err *e) {
    enum { SHOWN = 128 };
    const char *path = "";
    char *full = NULL;
    if (field_string(&f->config, f->config.root, "_name_or_path", &path, e) < 0)
        return -1;
    if (!*path)
        path = full = realpath(f->path, NULL);
    const char *slash = path ? strrchr(path, '/') : NULL, *last = slash ? slash + 1 : path ? path : "";
    char *name = arena_alloc(&f->mem, SHOWN, 1, e);
    if (name)
        s->name = err_quote(name, SHOWN, last, strlen(last));
    free(full);
    return name ? 0 : -1;
}

int config_read(struct config *c, struct folder *f, struct err *e) {
    const struct json *j = &f->config;
    struct qwen2_shape *s = &c->shape;
    if (check_kind(j, e) || read_count(j, "num_hidden_layers", 0, &s->n_layers, e) || read_count(j, "hidden_size", 0, &s->width, e) ||
        read_count(j, "intermediate_size", 0, &s->ff, e) || read_count(j, "max_position_embeddings", 0, &s->n_ctx, e) ||
        read_count(j, "vocab_size", 0, &s->n_vocab, e) || read_heads(s, j, e) || read_floats(s, j, e))
        return -1;
    c->tied = -1;
    if (field_bool(j, j->root, "tie_word_embeddings", &c->tied, e) < 0)
        return -1;
    return read_name(s, f, e);
}

/* ---- sampling ----------------------------------------------------------------------------------------------------- */

const struct sampling_key sampling_keys[SAMPLING_FLOATS] = {
    {"temperature", "general.sampling.temp", 0, FLT_MAX},
    {"top_p", "general.sampling.top_p", 0, 1},
    {"min_p", "general.sampling.min_p", 0, 1},
    {"repetition_penalty", "general.sampling.penalty_repeat", FLT_MIN, FLT_MAX},
};

int sampling_read(struct sampling *s, const struct folder *f, struct err *e) {
    const struct json *j = &f->generation_config;
    int sample = 1;
    memset(s, 0, sizeof *s);
    for (int i = 0; i < SAMPLING_FLOATS; i++) {
        const struct sampling_key *k = &sampling_keys[i];
        double d;
        s->has[i] = field_double(j, j->root, k->hf, &d, e);
        if (s->has[i] < 0)
            return -1;
        if (s->has[i] && !(d >= k->least && d <= k->most))
            return field_fault(j, k->hf, field_find(j->root, k->hf), e, k->most == 1 ? "0 to 1" : "a number not below 0");
        s->value[i] = s->has[i] ? (float)d : 0;
    }
    s->has_top_k = field_int(j, j->root, "top_k", &s->top_k, e);
    if (s->has_top_k < 0 || field_bool(j, j->root, "do_sample", &sample, e) < 0)
        return -1;
    if (!sample) { /* the likeliest token, always: a temperature of 0 */
        s->has[0] = 1;
        s->value[0] = 0;
    }
    return 0;
}
