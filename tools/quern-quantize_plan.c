/* Which type each tensor gets. In: a GGUF file of floats, a mix, exceptions to it. Out: a list of tensors, each with a type and a place.
 * Must not look at the tensors' values.
 */
#define _POSIX_C_SOURCE 200809L
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "quant/quant.h"
#include "quern-quantize.h"

static int matches(const char *pattern, const char *name) {
    return strpbrk(pattern, "*?[") ? fnmatch(pattern, name, 0) == 0 : strstr(name, pattern) != NULL;
}

/* A key of at least 1 that fits an int. FOUND 0: it may be absent, and *out stays. */
static int read_count(const struct gguf *g, const char *key, int needed, int *out, struct err *e) {
    uint32_t v;
    int found = gguf_u32(g, key, &v, e);
    if (found < 0)
        return -1;
    if (found == 0)
        return needed ? err_set(e, ERR_MODEL, "%s: no %s", g->path, key) : 0;
    if (v < 1 || v > INT_MAX)
        return gguf_fault(g, gguf_find(g, key)->offset, key, strlen(key), e, "expected 1 to %d, found %u", INT_MAX, (unsigned)v);
    *out = (int)v;
    return 0;
}

static int read_model(const struct gguf *g, struct mix_model *m, struct err *e) {
    struct gguf_str arch;
    int found = gguf_string(g, "general.architecture", &arch, e);
    if (found < 0)
        return -1;
    if (found == 0)
        return err_set(e, ERR_MODEL, "%s: no general.architecture", g->path);
    if (arch.n != 5 || memcmp(arch.s, "qwen2", 5) != 0)
        return gguf_fault(g, gguf_find(g, "general.architecture")->offset, "general.architecture", 20, e, "expected qwen2, found %.*s",
                          (int)(arch.n < 40 ? arch.n : 40), arch.s);
    if (g->n_tensors == 0)
        return err_set(e, ERR_MODEL, "%s: no tensors: a vocabulary only", g->path);
    if (read_count(g, "qwen2.block_count", 1, &m->n_layers, e) || read_count(g, "qwen2.attention.head_count", 1, &m->n_heads, e))
        return -1;
    m->n_kv_heads = m->n_heads;
    m->tied = !gguf_tensor_find(g, "output.weight");
    return read_count(g, "qwen2.attention.head_count_kv", 0, &m->n_kv_heads, e);
}

/* "blk.7.attn_q.weight" -> 7, and *rest at "attn_q.weight". -1 and the whole name outside layers. */
static int layer_of(const char *name, const char **rest) {
    char *end;
    *rest = name;
    if (strncmp(name, "blk.", 4) != 0 || name[4] < '0' || name[4] > '9')
        return -1;
    unsigned long layer = strtoul(name + 4, &end, 10);
    if (*end != '.' || layer > INT_MAX)
        return -1;
    *rest = end + 1;
    return (int)layer;
}

/* The last rule that names a matrix counts. */
static uint32_t choose(struct options *o, const struct mix_model *m, const struct tensor *t) {
    const char *rest;
    int layer = layer_of(t->name, &rest);
    size_t cols = (size_t)t->from->dims[0];
    uint32_t type = mix_type(o->mix, m, rest, layer, cols);
    if (strcmp(t->name, "token_embd.weight") == 0 && o->embedding != QT_N)
        type = o->embedding;
    else if ((strcmp(t->name, "output.weight") == 0 || (m->tied && strcmp(t->name, "token_embd.weight") == 0)) && o->output != QT_N)
        type = o->output;
    for (int i = 0; i < o->n_rules; i++) {
        if (matches(o->rule[i].pattern, t->name)) {
            type = o->rule[i].type;
            o->rule[i].used = 1;
        }
    }
    return mix_fallback(type, cols);
}

static int add_tensor(struct plan *p, size_t i, struct options *o, const struct mix_model *m, struct err *e) {
    const struct gguf_tensor *from = &p->g.tensor[i];
    struct tensor *t = &p->tensor[i];
    uint64_t pad = p->g.alignment - 1;
    t->from = from;
    memcpy(t->name, from->name.s, from->name.n); /* calloc ended it */
    if (!qtype_is_float(from->type))
        return gguf_fault(&p->g, from->offset, from->name.s, from->name.n, e, "already %s: F32, F16 or BF16 expected",
                          qtype_info(from->type)->name);
    if (from->n_dims > 2)
        return gguf_fault(&p->g, from->offset, from->name.s, from->name.n, e, "a vector or a matrix expected, found %u dimensions",
                          (unsigned)from->n_dims);
    t->n = from->bytes / qtype_info(from->type)->bytes;
    t->type = from->n_dims == 1 ? (uint32_t)QT_F32 : choose(o, m, t);
    t->bytes = t->n / qtype_info(t->type)->block * qtype_info(t->type)->bytes;
    t->offset = p->bytes;
    p->bytes += (t->bytes + pad) & ~pad; /* at most twice the size of the input */
    return 0;
}

static int make_plan(struct plan *p, struct options *o, struct err *e) {
    struct mix_model m = {0};
    if (read_model(&p->g, &m, e))
        return -1;
    p->tensor = calloc(p->g.n_tensors, sizeof *p->tensor);
    if (!p->tensor)
        return err_set(e, ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < p->g.n_tensors; i++) {
        if (add_tensor(p, i, o, &m, e))
            return -1;
    }
    for (int i = 0; i < o->n_rules; i++) {
        if (!o->rule[i].used)
            return err_set(e, ERR_USAGE, "--tensor-type: no matrix of %s is named '%s'", p->g.path, o->rule[i].pattern);
    }
    return 0;
}

int plan_open(struct plan *p, struct options *o, struct err *e) {
    memset(p, 0, sizeof *p);
    if (os_map_open(&p->map, o->in, e))
        return -1;
    if (gguf_open(&p->g, o->in, p->map.base, p->map.size, e) == 0 && make_plan(p, o, e) == 0)
        return 0;
    plan_close(p);
    return -1;
}

void plan_close(struct plan *p) {
    free(p->tensor);
    gguf_close(&p->g);
    os_map_close(&p->map);
    memset(p, 0, sizeof *p);
}
