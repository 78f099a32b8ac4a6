/* A file, listed: metadata, tensor types, whether it runs here, the memory plan. In: a path. Out: text or JSON through a callback.
 * Refuses what is no sound GGUF; a sound file that quern does not run is listed with the reason.
 */
#include "engine.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "quant/quant.h"

enum { SHOWN_ITEMS = 4, SHOWN_BYTES = 72 }; /* of an array; of a string */

/* Where the text goes; the first failure to write sticks. */
struct listing {
    int (*write)(void *ctx, const char *bytes, size_t n);
    void *ctx;
    int failed;
    int json;
};

static void put(struct listing *l, const char *bytes, size_t n) {
    if (!l->failed && n)
        l->failed = l->write(l->ctx, bytes, n) != 0;
}

PRINTF_LIKE(2, 3)
static void put_f(struct listing *l, const char *fmt, ...) {
    char text[1024];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    put(l, text, n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

/* A string in double quotes. What err_quote leaves is printable; quotes and backslashes are escaped, the latter also where err_quote
 * wrote one, so that JSON shows \xNN as text. */
static void put_quoted(struct listing *l, const char *s, size_t n, size_t shown) {
    char text[1024];
    err_quote(text, shown + 1 < sizeof text ? shown + 1 : sizeof text, s, n);
    put(l, "\"", 1);
    for (const char *p = text; *p; p++) {
        if (*p == '"' || (l->json && *p == '\\'))
            put(l, "\\", 1);
        put(l, p, 1);
    }
    put(l, "\"", 1);
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

static size_t scalar_bytes(uint32_t type) {
    static const uint8_t bytes[GGUF_N_TYPES] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    return bytes[type];
}

static void put_real(struct listing *l, double v) {
    if (isfinite(v) || !l->json)
        put_f(l, "%.7g", v);
    else
        put_f(l, "null");
}

static void put_scalar(struct listing *l, uint32_t type, const uint8_t *p) {
    float f;
    double d;
    uint64_t u = 0;
    size_t n = scalar_bytes(type);
    memcpy(&u, p, n);
    switch (type) {
    case GGUF_F32:
        memcpy(&f, p, sizeof f);
        put_real(l, (double)f);
        break;
    case GGUF_F64:
        memcpy(&d, p, sizeof d);
        put_real(l, d);
        break;
    case GGUF_BOOL:
        put_f(l, "%s", u ? "true" : "false");
        break;
    case GGUF_I8: case GGUF_I16: case GGUF_I32: case GGUF_I64:
        if (u >> (8 * n - 1)) /* negative: its magnitude, by two's complement of n bytes */
            put_f(l, "-%" PRIu64, (~u + 1) & (UINT64_MAX >> (64 - 8 * n)));
        else
            put_f(l, "%" PRIu64, u);
        break;
    default:
        put_f(l, "%" PRIu64, u);
    }
}

static void put_array(struct listing *l, const struct gguf_kv *kv) {
    const uint8_t *at = kv->data;
    put(l, "[", 1);
    for (uint64_t i = 0; i < kv->n && i < SHOWN_ITEMS; i++) {
        if (i)
            put(l, ", ", 2);
        if (kv->elem == GGUF_STR) {
            struct gguf_str s = gguf_next_string(&at);
            put_quoted(l, s.s, s.n, SHOWN_BYTES / SHOWN_ITEMS);
        } else {
            put_scalar(l, kv->elem, at);
            at += scalar_bytes(kv->elem);
        }
    }
    if (kv->n > SHOWN_ITEMS && !l->json)
        put_f(l, ", ... %" PRIu64 " in all", kv->n);
    put(l, "]", 1);
}

static void put_value(struct listing *l, const struct gguf_kv *kv) {
    if (kv->type == GGUF_STR)
        put_quoted(l, (const char *)kv->data, kv->bytes, SHOWN_BYTES);
    else if (kv->type == GGUF_ARR)
        put_array(l, kv);
    else
        put_scalar(l, kv->type, kv->data);
}

/* ---- sections: each as text, or as a member of the JSON object --------------------------------------------------- */

static void list_metadata(struct listing *l, const struct gguf *g) {
    put_f(l, l->json ? "\"metadata\":[" : "\nmetadata\n");
    for (size_t i = 0; i < g->n_kv; i++) {
        const struct gguf_kv *kv = &g->kv[i];
        const char *type = gguf_type_name(kv->type == GGUF_ARR ? kv->elem : kv->type);
        if (l->json) {
            put_f(l, "%s{\"key\":", i ? "," : "");
            put_quoted(l, kv->key.s, kv->key.n, 256);
            put_f(l, ",\"type\":\"%s\",", type);
            if (kv->type == GGUF_ARR)
                put_f(l, "\"count\":%" PRIu64 ",\"first\":", kv->n);
            else
                put_f(l, "\"value\":");
            put_value(l, kv);
            put(l, "}", 1);
        } else {
            char key[96];
            put_f(l, "  %-40s %-4s ", err_quote(key, sizeof key, kv->key.s, kv->key.n), type);
            put_value(l, kv);
            put(l, "\n", 1);
        }
    }
    if (l->json)
        put_f(l, "],");
}

static void list_tensors(struct listing *l, const struct gguf *g) {
    uint64_t n[QT_N] = {0}, bytes[QT_N] = {0};
    int first = 1;
    for (size_t i = 0; i < g->n_tensors; i++) {
        n[g->tensor[i].type]++;
        bytes[g->tensor[i].type] += g->tensor[i].bytes;
    }
    put_f(l, l->json ? "\"tensors\":[" : "\ntensors: %zu\n", g->n_tensors);
    for (uint32_t t = 0; t < QT_N; t++) {
        if (!n[t])
            continue;
        if (l->json)
            put_f(l, "%s{\"type\":\"%s\",\"count\":%" PRIu64 ",\"bytes\":%" PRIu64 "}", first ? "" : ",", qtype_info(t)->name,
                  n[t], bytes[t]);
        else
            put_f(l, "  %-8s %5" PRIu64 " tensors %14" PRIu64 " bytes\n", qtype_info(t)->name, n[t], bytes[t]);
        first = 0;
    }
    if (l->json)
        put_f(l, "],");
}

static void list_file(struct listing *l, const struct gguf *g, const char *path) {
    if (l->json) {
        put_f(l, "{\"file\":");
        put_quoted(l, path, strlen(path), 512);
        put_f(l, ",\"bytes\":%zu,\"gguf_version\":%" PRIu32 ",", g->size, g->version);
    } else {
        char shown[512];
        put_f(l, "%s: GGUF v%" PRIu32 ", %zu bytes\n", err_quote(shown, sizeof shown, path, strlen(path)), g->version, g->size);
    }
}

static void list_model(struct listing *l, const struct quern_model *m) {
    struct quern_model_info i;
    quern_model_describe(m, &i);
    if (l->json) {
        put_f(l, "\"rung\":\"%s\",\"known_template\":%s,", i.rung, i.known_template ? "true" : "false");
        if (i.has_weights)
            put_f(l, "\"layers\":%d,\"width\":%d,\"ff\":%d,\"heads\":%d,\"kv_heads\":%d,\"head_size\":%d,\"context\":%d,"
                     "\"vocabulary\":%d,", i.n_layers, i.width, i.ff, i.n_heads, i.n_kv_heads, i.head_size, i.n_ctx_train, i.n_vocab);
        return;
    }
    put_f(l, "  instruction set: %s\n", i.rung);
    if (!i.known_template)
        put_f(l, "  chat template: not one quern knows; ChatML stands in\n");
    if (i.has_weights)
        put_f(l, "  %d layers of width %d, feed-forward %d, %d heads of %d on %d KV heads\n  context of %d tokens, vocabulary of %d\n",
              i.n_layers, i.width, i.ff, i.n_heads, i.head_size, i.n_kv_heads, i.n_ctx_train, i.n_vocab);
}

static void list_plan(struct listing *l, const struct quern_plan *p) {
    uint64_t needed = p->file + p->kv + p->buffers;
    if (l->json) {
        put_f(l, "\"plan\":{\"context\":%d,\"threads\":%d,\"batch\":%d,\"file\":%" PRIu64 ",\"kv\":%" PRIu64 ",\"buffers\":%" PRIu64
                 ",\"needed\":%" PRIu64 ",", p->n_ctx, p->n_threads, p->n_batch, p->file, p->kv, p->buffers, needed);
        if (p->available != UINT64_MAX)
            put_f(l, "\"available\":%" PRIu64 ",", p->available);
        put_f(l, "\"fits\":%s,\"context_fits\":%d},", needed <= p->available ? "true" : "false", p->n_ctx_fits);
        return;
    }
    put_f(l, "\nmemory for a context of %d (-c), %d threads, batches of %d\n", p->n_ctx, p->n_threads, p->n_batch);
    put_f(l, "  file %.1f MB + KV cache %.1f MB + buffers %.1f MB = %.1f MB", (double)p->file / 1e6, (double)p->kv / 1e6,
          (double)p->buffers / 1e6, (double)needed / 1e6);
    if (p->available != UINT64_MAX)
        put_f(l, ", %.1f MB available", (double)p->available / 1e6);
    put_f(l, "\n  %s; the largest context that fits: %d\n", needed <= p->available ? "fits" : "does not fit", p->n_ctx_fits);
}

/* Whether it runs here, and if so how; the reason if not. M is NULL where it did not open, because of *WHY. */
static void list_verdict(struct listing *l, const struct quern_model *m, const struct quern_session_params *p, struct err *why) {
    struct quern_plan plan;
    int runs = m && quern_plan(m, p, &plan, why) == 0;
    if (l->json) {
        put_f(l, "\"runs\":%s,", runs ? "true" : "false");
        if (!runs) {
            put_f(l, "\"reason\":");
            put_quoted(l, why->text, strlen(why->text), sizeof why->text);
            put(l, ",", 1);
        }
    } else if (runs) {
        put_f(l, "\nruns here\n");
    } else {
        put_f(l, "\ndoes not run: %s\n", why->text);
    }
    if (m)
        list_model(l, m);
    if (runs)
        list_plan(l, &plan);
}

static int list_all(struct listing *l, const struct gguf *g, const char *path, const struct quern_session_params *p, struct err *e) {
    struct quern_model *m;
    struct err why;
    if (quern_model_open(&m, path, &why) && why.code != ERR_MODEL) {
        *e = why;
        return -1;
    }
    list_file(l, g, path);
    list_metadata(l, g);
    list_tensors(l, g);
    list_verdict(l, m, p, &why);
    quern_model_close(m);
    if (l->json)
        put_f(l, "\"quern\":\"%s\"}\n", QUERN_VERSION);
    return l->failed ? err_set(e, ERR_RUNTIME, "%s: the listing could not be written", path) : 0;
}

int quern_info(const char *path, const struct quern_session_params *p, int json,
               int (*write)(void *ctx, const char *bytes, size_t n), void *ctx, struct err *e) {
    struct listing l = {write, ctx, 0, json};
    struct os_map map;
    struct gguf g;
    if (os_map_open(&map, path, e))
        return -1;
    int rc = gguf_open(&g, path, map.base, map.size, e);
    if (!rc) {
        rc = list_all(&l, &g, path, p, e);
        gguf_close(&g);
    }
    os_map_close(&map);
    return rc;
}
