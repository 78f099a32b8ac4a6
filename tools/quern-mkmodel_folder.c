/* A random model as a Hugging Face folder: config.json, tokenizer.json, tokenizer_config.json, model.safetensors. In: a model, all its
 * tensors of one float type. Out: a new folder with these files, or none.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/whole.h"
#include "quant/quant.h"
#include "quern-mkmodel.h"

/* ---- text --------------------------------------------------------------------------------------------------------- */

static void put_text(struct gguf_put *p, const char *s) {
    gguf_put_bytes(p, s, strlen(s));
}

PRINTF_LIKE(2, 3)
static void put_line(struct gguf_put *p, const char *fmt, ...) {
    char line[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    put_text(p, line);
}

/* A JSON string. S is UTF-8, as GGUF's strings are. */
static void put_string(struct gguf_put *p, struct gguf_str s) {
    put_text(p, "\"");
    for (size_t i = 0; i < s.n; i++) {
        if (s.s[i] == '"' || s.s[i] == '\\')
            put_line(p, "\\%c", s.s[i]);
        else if ((unsigned char)s.s[i] < 0x20)
            put_line(p, "\\u%04x", s.s[i]);
        else
            gguf_put_bytes(p, s.s + i, 1);
    }
    put_text(p, "\"");
}

/* ---- the files ---------------------------------------------------------------------------------------------------- */

static int put_config(struct gguf_put *p, const struct options *o, const struct plan *plan, const struct tokens *t, struct err *e) {
    const struct qwen2_shape *s = &o->shape;
    (void)plan, (void)e;
    put_line(p, "{\n  \"_name_or_path\": \"%s (random weights)\",\n  \"architectures\": [\n    \"Qwen2ForCausalLM\"\n  ],\n", s->name);
    put_line(p, "  \"bos_token_id\": %" PRIu32 ",\n  \"eos_token_id\": %" PRIu32 ",\n  \"hidden_act\": \"silu\",\n", t->bos, t->eos);
    put_line(p, "  \"hidden_size\": %d,\n  \"intermediate_size\": %d,\n  \"max_position_embeddings\": %d,\n", s->width, s->ff, s->n_ctx);
    put_line(p, "  \"model_type\": \"qwen2\",\n  \"num_attention_heads\": %d,\n  \"num_hidden_layers\": %d,\n", s->n_heads, s->n_layers);
    put_line(p, "  \"num_key_value_heads\": %d,\n  \"rms_norm_eps\": %g,\n", s->n_kv_heads, (double)s->eps);
    put_line(p, "  \"rope_theta\": %.1f,\n  \"sliding_window\": %d,\n", (double)s->rope_base, s->n_ctx);
    put_line(p, "  \"tie_word_embeddings\": %s,\n  \"use_sliding_window\": false,\n", o->tied ? "true" : "false");
    put_line(p, "  \"vocab_size\": %d\n}\n", s->n_vocab);
    return 0;
}

/* A token a line. Tokens of no use have no place here. */
static int put_tokenizer(struct gguf_put *p, const struct options *o, const struct plan *plan, const struct tokens *t, struct err *e) {
    const char *comma = "";
    (void)o, (void)plan, (void)e;
    put_text(p, "{\n  \"version\": \"1.0\",\n  \"added_tokens\": [");
    for (size_t i = 0; i < t->n; i++) {
        if (t->type[i] != TOKEN_CONTROL && t->type[i] != TOKEN_USER)
            continue;
        put_line(p, "%s\n    {\"id\": %zu, \"special\": %s, \"content\": ", comma, i, t->type[i] == TOKEN_CONTROL ? "true" : "false");
        put_string(p, t->text[i]);
        put_text(p, "}");
        comma = ",";
    }
    put_text(p, "\n  ],\n  \"model\": {\n    \"type\": \"BPE\",\n    \"vocab\": {");
    comma = "";
    for (size_t i = 0; i < t->n; i++) {
        if (t->type[i] != TOKEN_NORMAL)
            continue;
        put_line(p, "%s\n      ", comma);
        put_string(p, t->text[i]);
        put_line(p, ": %zu", i);
        comma = ",";
    }
    put_text(p, "\n    },\n    \"merges\": [");
    for (size_t i = 0; i < t->n_merges; i++) {
        put_line(p, "%s\n      ", i ? "," : "");
        put_string(p, t->merge[i]);
    }
    put_text(p, "\n    ]\n  }\n}\n");
    return 0;
}

static int put_tokenizer_config(struct gguf_put *p, const struct options *o, const struct plan *plan, const struct tokens *t,
                                struct err *e) {
    (void)o, (void)plan, (void)e;
    put_text(p, "{\n  \"add_bos_token\": false,\n  \"bos_token\": null,\n  \"eos_token\": ");
    put_string(p, t->text[t->eos]);
    put_text(p, ",\n  \"pad_token\": ");
    put_string(p, t->text[t->pad]);
    put_text(p, ",\n  \"chat_template\": ");
    put_string(p, t->chat_template);
    put_text(p, "\n}\n");
    return 0;
}

/* "blk.7.attn_q.weight" as Hugging Face has it. */
static void hf_name_of(char out[QWEN2_NAME], const char *name) {
    int layer = -1, skip = 0;
    if (sscanf(name, "blk.%d.%n", &layer, &skip) != 1)
        layer = -1;
    const struct qwen2_tensor *q = layer < 0 ? qwen2_outer : qwen2_layer;
    while (strcmp(q->name, name + skip) != 0)
        q++; /* it is one of them: the plan has no others */
    qwen2_hf_name(out, q->hf, layer);
}

/* A line a tensor, and blanks up to a multiple of 8 bytes. */
static char *make_header(const struct plan *plan, uint32_t type, size_t *n) {
    enum { MOST = 256 }; /* bytes a tensor */
    size_t room = ((size_t)plan->n + 1) * MOST;
    char *text = malloc(room), name[QWEN2_NAME];
    *n = text ? (size_t)snprintf(text, room, "{\"__metadata__\":{\"format\":\"pt\"}") : 0;
    for (int i = 0; text && i < plan->n; i++) {
        const struct tensor *t = &plan->tensor[i];
        char rows[16] = "";
        hf_name_of(name, t->name);
        if (t->rows)
            snprintf(rows, sizeof rows, "%" PRIu32 ",", t->rows);
        *n += (size_t)snprintf(text + *n, room - *n, ",\n\"%s\":{\"dtype\":\"%s\",\"shape\":[%s%" PRIu32 "],\"data_offsets\":[%llu,%llu]}",
                               name, qtype_info(type)->name, rows, t->cols, (unsigned long long)t->offset,
                               (unsigned long long)(t->offset + t->bytes));
    }
    for (text && (text[(*n)++] = '}'); text && *n % 8; (*n)++)
        text[*n] = ' ';
    return text;
}

static int put_safetensors(struct gguf_put *p, const struct options *o, const struct plan *plan, const struct tokens *t, struct err *e) {
    size_t n;
    char *header = make_header(plan, plan->tensor[0].type, &n);
    (void)t;
    if (!header)
        return err_set(e, ERR_MEMORY, "out of memory");
    uint64_t length = n;
    gguf_put_bytes(p, &length, sizeof length);
    gguf_put_bytes(p, header, n);
    free(header);
    return put_data(p, o, plan, e);
}

/* ---- the folder --------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int (*put)(struct gguf_put *p, const struct options *o, const struct plan *plan, const struct tokens *t, struct err *e);
} files[] = {
    {"config.json", put_config},
    {"tokenizer.json", put_tokenizer},
    {"tokenizer_config.json", put_tokenizer_config},
    {"model.safetensors", put_safetensors},
};
#define N_FILES (sizeof files / sizeof *files)

/* Vectors get the matrices' type, and nothing is between the tensors. */
static void lay_out(struct plan *plan, uint32_t type) {
    plan->bytes = 0;
    for (int i = 0; i < plan->n; i++) {
        struct tensor *t = &plan->tensor[i];
        t->type = type;
        t->bytes = (uint64_t)qtype_row_bytes(type, t->cols) * (t->rows ? t->rows : 1);
        t->offset = plan->bytes;
        plan->bytes += t->bytes;
    }
}

int folder_write(const struct options *o, struct plan *plan, const struct tokens *t, struct err *e) {
    char path[4096];
    size_t done = 0;
    int rc = 0;
    if (strlen(o->out) + 32 > sizeof path)
        return err_set(e, ERR_RUNTIME, "%s: %s", o->out, strerror(ENAMETOOLONG));
    if (mkdir(o->out, 0777) != 0)
        return err_set(e, ERR_RUNTIME, "%s: %s", o->out, strerror(errno));
    lay_out(plan, qtype_find(o->type));
    for (; done < N_FILES && rc == 0; done++) {
        snprintf(path, sizeof path, "%s/%s", o->out, files[done].name);
        struct gguf_put p = {.f = whole_open(path, e), .alignment = 1};
        rc = p.f ? files[done].put(&p, o, plan, t, e) : -1;
        if (p.f)
            rc = whole_close(p.f, path, rc, p.error, e);
    }
    for (size_t i = 0; rc && i < done; i++) {
        snprintf(path, sizeof path, "%s/%s", o->out, files[i].name);
        unlink(path);
    }
    if (rc)
        rmdir(o->out);
    return rc;
}
