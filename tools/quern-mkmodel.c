/* quern-mkmodel: writes a random Qwen2 model, the same bytes for the same arguments on every machine. In: a shape, a mix of types, a
 * seed, optionally another file's vocabulary. Out: a GGUF file, whole or not at all.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/os.h"
#include "base/pool.h"
#include "base/whole.h"
#include "gguf/gguf.h"
#include "gguf/put.h"
#include "quant/quant.h"
#include "quern-mkmodel.h"
#include "quern-mkmodel_vocab.h"
#include "shared_args.h"
#include "shared_bar.h"
#include "shared_lost.h"

static const struct qwen2_shape shapes[] = {
    /*                 layers width ff heads kv ctx vocab base eps */
    {"qwen2.5-0.5b", 24, 896, 4864, 14, 2, 32768, 151936, 1e6f, 1e-6f},
    {"qwen2.5-1.5b", 28, 1536, 8960, 12, 2, 32768, 151936, 1e6f, 1e-6f},
    {"tiny", 2, 192, 256, 3, 1, 2048, 0, 1e6f, 1e-6f},
};
#define N_SHAPES (sizeof shapes / sizeof *shapes)

/* ---- the vocabulary: a file's, or our own ------------------------------------------------------------------------- */

struct vocab {
    struct os_map map;
    struct gguf g;   /* open where file is not 0 */
    int file;
    struct mkvocab own;
};

static int is_vocab_key(const struct gguf_kv *kv) {
    return kv->key.n > 10 && memcmp(kv->key.s, "tokenizer.", 10) == 0;
}

static void vocab_close(struct vocab *v) {
    if (v->file)
        gguf_close(&v->g);
    if (v->map.base)
        os_map_close(&v->map);
    free(v);
}

/* Opens the vocabulary and settles how many rows the embedding has. */
static struct vocab *vocab_open(struct options *o, struct err *e) {
    struct vocab *v = calloc(1, sizeof *v);
    const struct gguf_kv *tokens;
    if (!v) {
        err_set(e, ERR_MEMORY, "out of memory");
        return NULL;
    }
    if (!o->vocab) {
        mkvocab_make(&v->own);
        if (o->shape.n_vocab == 0)
            o->shape.n_vocab = v->own.n;
        return v;
    }
    if (os_map_open(&v->map, o->vocab, e) == 0 && gguf_open(&v->g, o->vocab, v->map.base, v->map.size, e) == 0) {
        v->file = 1;
        int found = gguf_array(&v->g, "tokenizer.ggml.tokens", GGUF_STR, &tokens, e);
        if (found > 0 && tokens->n >= 1 && tokens->n <= INT_MAX) {
            o->shape.n_vocab = (int)tokens->n;
            return v;
        }
        if (found >= 0)
            err_set(e, ERR_MODEL, "%s: no tokenizer.ggml.tokens: this file has no vocabulary", o->vocab);
    }
    vocab_close(v);
    return NULL;
}

static void put_own_vocab(struct gguf_put *p, const struct mkvocab *v, int rows) {
    char pad[32];
    gguf_put_str(p, "tokenizer.ggml.model", "gpt2");
    gguf_put_str(p, "tokenizer.ggml.pre", "qwen2");
    gguf_put_array(p, "tokenizer.ggml.tokens", GGUF_STR, (uint64_t)rows);
    for (int i = 0; i < rows; i++) {
        snprintf(pad, sizeof pad, "[PAD%d]", i);
        gguf_put_elem_str(p, i < v->n ? v->token[i] : pad);
    }
    gguf_put_array(p, "tokenizer.ggml.token_type", GGUF_I32, (uint64_t)rows);
    for (int i = 0; i < rows; i++) {
        const int32_t unused = 5;
        gguf_put_bytes(p, i < v->n ? &v->type[i] : &unused, sizeof unused);
    }
    gguf_put_array(p, "tokenizer.ggml.merges", GGUF_STR, (uint64_t)v->n_merges);
    for (int i = 0; i < v->n_merges; i++)
        gguf_put_elem_str(p, v->merge[i]);
    gguf_put_u32(p, "tokenizer.ggml.eos_token_id", v->im_end);
    gguf_put_u32(p, "tokenizer.ggml.padding_token_id", v->endoftext);
    gguf_put_u32(p, "tokenizer.ggml.bos_token_id", v->endoftext);
    gguf_put_bool(p, "tokenizer.ggml.add_bos_token", 0);
    gguf_put_str(p, "tokenizer.chat_template", mkvocab_template);
}
#define N_OWN_KEYS 10 /* in put_own_vocab */

/* ---- the vocabulary for a folder ----------------------------------------------------------------------------------- */

static int own_tokens(struct tokens *t, const struct mkvocab *v, struct arena *mem, struct err *e) {
    *t = (struct tokens){.n = (size_t)v->n, .n_merges = (size_t)v->n_merges, .eos = v->im_end, .pad = v->endoftext, .bos = v->endoftext};
    t->chat_template = (struct gguf_str){mkvocab_template, strlen(mkvocab_template)};
    t->text = arena_alloc(mem, t->n, sizeof *t->text, e);
    t->merge = arena_alloc(mem, t->n_merges, sizeof *t->merge, e);
    t->type = arena_alloc(mem, t->n, sizeof *t->type, e);
    if (!t->text || !t->merge || !t->type)
        return -1;
    for (size_t i = 0; i < t->n; i++) {
        t->text[i] = (struct gguf_str){v->token[i], strlen(v->token[i])};
        t->type[i] = v->type[i];
    }
    for (size_t i = 0; i < t->n_merges; i++)
        t->merge[i] = (struct gguf_str){v->merge[i], strlen(v->merge[i])};
    return 0;
}

static struct gguf_str *read_strings(const struct gguf_kv *kv, struct arena *mem, struct err *e) {
    struct gguf_str *s = arena_alloc(mem, (size_t)kv->n, sizeof *s, e);
    const uint8_t *at = kv->data;
    for (uint64_t i = 0; s && i < kv->n; i++)
        s[i] = gguf_next_string(&at);
    return s;
}

/* All that a folder has must be there; others than us made the file, so it is said what is not. */
static int file_tokens(struct tokens *t, const struct gguf *g, struct arena *mem, struct err *e) {
    static const char why[] = "a folder needs tokens, token_type, merges, eos_token_id, padding_token_id, bos_token_id, chat_template";
    const struct gguf_kv *text, *type, *merge;
    if (gguf_array(g, "tokenizer.ggml.tokens", GGUF_STR, &text, e) <= 0 || gguf_array(g, "tokenizer.ggml.merges", GGUF_STR, &merge, e) <= 0 ||
        gguf_array(g, "tokenizer.ggml.token_type", GGUF_I32, &type, e) <= 0 || type->n != text->n ||
        gguf_u32(g, "tokenizer.ggml.eos_token_id", &t->eos, e) <= 0 || t->eos >= text->n ||
        gguf_u32(g, "tokenizer.ggml.padding_token_id", &t->pad, e) <= 0 || t->pad >= text->n ||
        gguf_u32(g, "tokenizer.ggml.bos_token_id", &t->bos, e) <= 0 || t->bos >= text->n ||
        gguf_string(g, "tokenizer.chat_template", &t->chat_template, e) <= 0)
        return err_set(e, ERR_MODEL, "%s: %s", g->path, why);
    t->n = (size_t)text->n;
    t->n_merges = (size_t)merge->n;
    t->text = read_strings(text, mem, e);
    t->merge = read_strings(merge, mem, e);
    t->type = arena_alloc(mem, t->n, sizeof *t->type, e);
    if (!t->text || !t->merge || !t->type)
        return -1;
    memcpy(t->type, type->data, t->n * sizeof *t->type);
    return 0;
}

/* ---- the file -------------------------------------------------------------------------------------------------- */

static void put_header(struct gguf_put *p, const struct options *o, const struct plan *plan, const struct vocab *v) {
    struct qwen2_shape s = o->shape;
    char name[64];
    uint64_t n_keys = N_OWN_KEYS;
    if (v->file) {
        n_keys = 0;
        for (size_t i = 0; i < v->g.n_kv; i++)
            n_keys += (uint64_t)is_vocab_key(&v->g.kv[i]);
    }
    snprintf(name, sizeof name, "%s (random weights)", o->shape.name);
    s.name = name;
    gguf_put_start(p, (uint64_t)plan->n, QWEN2_N_KEYS + n_keys);
    qwen2_put_keys(p, &s, o->mix);
    if (!v->file)
        put_own_vocab(p, &v->own, s.n_vocab);
    for (size_t i = 0; v->file && i < v->g.n_kv; i++) {
        if (is_vocab_key(&v->g.kv[i]))
            gguf_put_copy(p, &v->g.kv[i]);
    }
    for (int i = 0; i < plan->n; i++) {
        const struct tensor *t = &plan->tensor[i];
        gguf_put_tensor(p, t->name, t->type, t->cols, t->rows, t->offset);
    }
    gguf_put_padding(p);
}

/* A run of rows of one tensor, made by all threads, then written by one. */
struct batch {
    const struct tensor *t;
    uint64_t seed;
    uint32_t first, n;  /* rows */
    size_t row_bytes;
    uint8_t *out;       /* [n][row_bytes] */
    float *row;         /* [threads][row_cols] */
    size_t row_cols;
};
#define BATCH_BYTES ((size_t)4 << 20)

static void make_rows(void *arg, int thread, int n_threads) {
    const struct batch *b = arg;
    float *row = b->row + (size_t)thread * b->row_cols;
    for (uint32_t i = (uint32_t)thread; i < b->n; i += (uint32_t)n_threads) {
        plan_row(b->t, b->seed, b->first + i, row);
        quant_quantize(b->t->type, row, b->out + i * b->row_bytes, b->t->cols);
    }
}

static void put_tensor_data(struct gguf_put *p, struct batch *b, struct pool *pool) {
    uint32_t rows = b->t->rows ? b->t->rows : 1;
    b->row_bytes = qtype_row_bytes(b->t->type, b->t->cols);
    uint32_t most = (uint32_t)(BATCH_BYTES / b->row_bytes);
    for (b->first = 0; b->first < rows && !p->error; b->first += b->n) {
        b->n = rows - b->first < most ? rows - b->first : most;
        pool_run(pool, make_rows, b);
        gguf_put_bytes(p, b->out, b->n * b->row_bytes);
    }
    gguf_put_padding(p);
}

int put_data(struct gguf_put *p, const struct options *o, const struct plan *plan, struct err *e) {
    struct pool *pool;
    const struct qwen2_shape *s = &o->shape;
    struct batch b = {.seed = o->seed, .row_cols = (size_t)(s->ff > s->width ? s->ff : s->width)};
    struct bar bar;
    int rc = -1;
    if (pool_open(&pool, o->n_threads, e))
        return -1;
    b.row = malloc(b.row_cols * sizeof *b.row * (size_t)o->n_threads);
    b.out = malloc(BATCH_BYTES);
    if (!b.row || !b.out) {
        err_set(e, ERR_MEMORY, "out of memory");
        goto done;
    }
    bar_start(&bar, plan->bytes);
    for (int i = 0; i < plan->n && !p->error; i++) {
        b.t = &plan->tensor[i];
        put_tensor_data(p, &b, pool);
        bar_add(&bar, b.t->bytes);
    }
    bar_end(&bar);
    rc = 0;
done:
    free(b.row);
    free(b.out);
    pool_close(pool);
    return rc;
}

static int write_model(const struct options *o, const struct plan *plan, const struct vocab *v, struct err *e) {
    struct gguf_put p = {.f = whole_open(o->out, e), .alignment = MKMODEL_ALIGNMENT};
    if (!p.f)
        return -1;
    put_header(&p, o, plan, v);
    int rc = put_data(&p, o, plan, e);
    return whole_close(p.f, o->out, rc, p.error, e);
}

/* ---- command line ------------------------------------------------------------------------------------------------- */

static void print_help(void) {
    printf("usage: quern-mkmodel --shape SHAPE --type TYPE [options] OUT\n\n"
           "Writes a Qwen2 model with random weights: for tests and for measuring speed. It has nothing to say.\n"
           "The same arguments give the same bytes on every machine.\n\n"
           "  --shape SHAPE   ");
    for (size_t i = 0; i < N_SHAPES; i++)
        printf("%s%s", i ? ", " : "", shapes[i].name);
    putchar('\n');
    args_print_mixes("--type TYPE");
    printf("  --untied        an output matrix of its own; without it the embedding serves as both\n"
           "  --hf            OUT is a new folder with the files that a model has on Hugging Face; TYPE is f32, f16 or bf16\n"
           "  --vocab FILE    take the vocabulary and its size from a GGUF file; without it, a small one of bytes and common words\n"
           "  --seed N        1 where none is given\n"
           "  -t, --threads N as many as there are cores where none is given; the bytes do not depend on it\n"
           "  -h, --help\n");
}

static int parse_u64(const char *flag, const char *text, uint64_t max, uint64_t *out, struct err *e) {
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || v > max)
        return err_set(e, ERR_USAGE, "%s: a number from 0 to %llu expected, found '%s'", flag, (unsigned long long)max, text);
    *out = v;
    return 0;
}

/* A flag that takes a value. */
static int set_option(struct options *o, const char *flag, const char *value, struct err *e) {
    uint64_t n;
    if (strcmp(flag, "--shape") == 0) {
        for (size_t i = 0; i < N_SHAPES; i++) {
            if (strcmp(value, shapes[i].name) == 0) {
                o->shape = shapes[i];
                return 0;
            }
        }
        return err_set(e, ERR_USAGE, "--shape: no shape '%s', see quern-mkmodel -h", value);
    }
    if (strcmp(flag, "--type") == 0) {
        o->type = value;
        o->mix = mix_find(value);
        return o->mix ? 0 : err_set(e, ERR_USAGE, "--type: no type '%s', see quern-mkmodel -h", value);
    }
    if (strcmp(flag, "--seed") == 0)
        return parse_u64(flag, value, UINT64_MAX, &o->seed, e);
    if (strcmp(flag, "--vocab") == 0) {
        o->vocab = value;
        return 0;
    }
    if (parse_u64(flag, value, 256, &n, e))
        return -1;
    o->n_threads = (int)n;
    return n ? 0 : err_set(e, ERR_USAGE, "%s: at least one thread is needed", flag);
}

static int takes_value(const char *flag) {
    static const char *const flags[] = {"--shape", "--type", "--vocab", "--seed", "--threads", "-t"};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (strcmp(flag, flags[i]) == 0)
            return 1;
    }
    return 0;
}

/* 1: help was asked for. */
static int parse_options(struct options *o, int argc, char **argv, struct err *e) {
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        if (strcmp(a, "-h") == 0 || strcmp(a, "--help") == 0)
            return 1;
        if (takes_value(a)) {
            if (i + 1 == argc)
                return err_set(e, ERR_USAGE, "%s: a value is missing", a);
            if (set_option(o, a, argv[++i], e))
                return -1;
        } else if (strcmp(a, "--untied") == 0) {
            o->tied = 0;
        } else if (strcmp(a, "--hf") == 0) {
            o->hf = 1;
        } else if (a[0] == '-' && a[1]) {
            return err_set(e, ERR_USAGE, "no option '%s', see quern-mkmodel -h", a);
        } else if (o->out) {
            return err_set(e, ERR_USAGE, "one output file expected, found '%s' and '%s'", o->out, a);
        } else {
            o->out = a;
        }
    }
    if (!o->shape.name || !o->mix || !o->out)
        return err_set(e, ERR_USAGE, "--shape, --type and an output file are needed, see quern-mkmodel -h");
    if (o->hf && !(qtype_find(o->type) != QT_N && qtype_is_float(qtype_find(o->type))))
        return err_set(e, ERR_USAGE, "--hf: f32, f16 or bf16 expected, found '%s'", o->type);
    return 0;
}

static int write_folder(const struct options *o, struct plan *plan, const struct vocab *v, struct err *e) {
    struct arena mem = {0};
    struct tokens t = {0};
    int rc = v->file ? file_tokens(&t, &v->g, &mem, e) : own_tokens(&t, &v->own, &mem, e);
    if (rc == 0)
        rc = folder_write(o, plan, &t, e);
    arena_free(&mem);
    return rc;
}

static int make_model(struct options *o, struct err *e) {
    struct plan plan;
    struct vocab *v = vocab_open(o, e);
    if (!v)
        return -1;
    int rc = plan_make(&plan, &o->shape, o->mix, o->tied, e);
    if (rc == 0)
        rc = o->hf ? write_folder(o, &plan, v, e) : write_model(o, &plan, v, e);
    free(plan.tensor);
    vocab_close(v);
    return rc;
}

int main(int argc, char **argv) {
    struct err e = {0};
    struct options o = {.tied = 1, .seed = 1};
    int help = parse_options(&o, argc, argv, &e);
    if (help > 0) {
        print_help();
        return 0;
    }
    if (o.n_threads == 0)
        o.n_threads = os_cores();
    whole_signals();
    lost_watch("quern-mkmodel");
    if (help < 0 || make_model(&o, &e)) {
        fprintf(stderr, "quern-mkmodel: %s\n", e.text);
        return e.code;
    }
    return 0;
}
