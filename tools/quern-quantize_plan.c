/* Which type each tensor gets, and the file they go to. In: a GGUF file of floats, the types wanted. Out: a GGUF file with the same metadata.
 * Must not look at the tensors' values.
 */
#include "quern-quantize.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/whole.h"
#include "quant/quant.h"

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

static int add_tensor(struct plan *p, size_t i, struct args *a, const struct mix_model *m, struct err *e) {
    const struct gguf_tensor *from = &p->g.tensor[i];
    struct tensor *t = &p->out.tensor[i];
    memcpy(t->name, from->name.s, from->name.n); /* calloc ended it */
    if (!qtype_is_float(from->type))
        return gguf_fault(&p->g, from->offset, from->name.s, from->name.n, e, "already %s: F32, F16 or BF16 expected",
                          qtype_info(from->type)->name);
    if (from->n_dims > 2)
        return gguf_fault(&p->g, from->offset, from->name.s, from->name.n, e, "a vector or a matrix expected, found %u dimensions",
                          (unsigned)from->n_dims);
    t->from_name = t->name;
    t->file = &p->file;
    t->start = from->start;
    t->from = from->type;
    t->cols = from->dims[0];
    t->rows = from->n_dims == 1 ? 0 : from->dims[1];
    t->type = from->n_dims == 1 ? (uint32_t)QT_F32 : args_type(a, m, t->name, (size_t)t->cols);
    tensors_place(&p->out);
    return 0;
}

static int make_plan(struct plan *p, struct args *a, struct err *e) {
    struct mix_model m = {0};
    if (read_model(&p->g, &m, e))
        return -1;
    p->out.alignment = p->g.alignment;
    p->out.tensor = calloc(p->g.n_tensors, sizeof *p->out.tensor);
    if (!p->out.tensor)
        return err_set(e, ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < p->g.n_tensors; i++) {
        if (add_tensor(p, i, a, &m, e))
            return -1;
    }
    return args_check_rules(a, e);
}

int plan_open(struct plan *p, struct args *a, struct err *e) {
    memset(p, 0, sizeof *p);
    if (os_file_open(&p->file, a->in, e))
        return -1;
    if (os_map_open(&p->map, a->in, e) == 0 && gguf_open(&p->g, a->in, p->map.base, p->map.size, e) == 0 && make_plan(p, a, e) == 0)
        return 0;
    plan_close(p);
    return -1;
}

void plan_close(struct plan *p) {
    free(p->out.tensor);
    gguf_close(&p->g);
    os_map_close(&p->map);
    os_file_close(&p->file);
    memset(p, 0, sizeof *p);
}

/* ---- the file ----------------------------------------------------------------------------------------------------- */

static int is_key(const struct gguf_kv *kv, const char *key) {
    return kv->key.n == strlen(key) && memcmp(kv->key.s, key, kv->key.n) == 0;
}

static void put_header(struct gguf_put *put, const struct plan *p, const struct mix *mix) {
    static const char *const key[] = {"general.file_type", "general.quantization_version"};
    const uint32_t value[] = {mix_file_type(mix), 2};
    uint64_t n = p->g.n_kv;
    for (int k = 0; k < 2; k++)
        n += !gguf_find(&p->g, key[k]);
    gguf_put_start(put, p->out.n, n);
    for (size_t i = 0; i < p->g.n_kv; i++) {
        const struct gguf_kv *kv = &p->g.kv[i];
        int k = is_key(kv, key[0]) ? 0 : is_key(kv, key[1]) ? 1 : -1;
        if (k < 0)
            gguf_put_copy(put, kv);
        else
            gguf_put_u32(put, key[k], value[k]);
    }
    for (int k = 0; k < 2; k++) {
        if (!gguf_find(&p->g, key[k]))
            gguf_put_u32(put, key[k], value[k]);
    }
    tensors_put_records(put, &p->out);
}

int plan_write(struct plan *p, const struct args *a, struct err *e) {
    struct gguf_put put = {.f = whole_open(a->out, e), .alignment = p->out.alignment};
    if (!put.f)
        return -1;
    put_header(&put, p, a->mix);
    int rc = tensors_put_data(&put, &p->out, a->n_threads, e);
    p->file_bytes = put.at;
    return whole_close(put.f, a->out, rc, put.error, e);
}
