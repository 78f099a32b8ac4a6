/* quern-convert: a Hugging Face folder of a Qwen2 model to one GGUF file. In: config.json, model*.safetensors in F32, F16 or BF16, a
 * tokenizer, and what stands beside them. Out: a GGUF file, whole or not at all; on stdout, what became of each tensor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/whole.h"
#include "quern-convert.h"

static void print_help(void) {
    printf("usage: quern-convert [options] DIR OUT.gguf [TYPE]\n"
           "       quern-convert [options] --for zero2w DIR OUT.gguf\n\n"
           "Writes a Qwen2 model as it is on Hugging Face (config.json, model*.safetensors, tokenizer.json ...) as one GGUF file.\n"
           "Prints each tensor's type, size and error: the root mean square of what changed over that of the values.\n"
           "Without a TYPE, or with AUTO, matrices stay what they are: F32, F16 or BF16.\n\n");
    args_print_types();
}

/* ---- metadata ----------------------------------------------------------------------------------------------------- */

struct header {
    const struct config *c;
    const struct sampling *s;
    const struct vocab *v;
    const struct mix *mix;
};

static uint64_t count_keys(const struct header *h) {
    uint64_t n = QWEN2_N_KEYS + 6; /* those that put_vocab always has */
    for (int i = 0; i < SAMPLING_FLOATS; i++)
        n += (uint64_t)h->s->has[i];
    n += (uint64_t)h->s->has_top_k;
    n += (uint64_t)(h->v->eos >= 0) + (uint64_t)(h->v->pad >= 0) + (uint64_t)(h->v->bos >= 0);
    return n + (h->v->chat_template != NULL);
}

static void put_model(struct gguf_put *p, const struct header *h) {
    qwen2_put_keys(p, &h->c->shape, h->mix);
    for (int i = 0; i < SAMPLING_FLOATS; i++) {
        if (h->s->has[i])
            gguf_put_f32(p, sampling_keys[i].key, h->s->value[i]);
    }
    if (h->s->has_top_k)
        gguf_put_i32(p, "general.sampling.top_k", h->s->top_k);
}

static void put_id(struct gguf_put *p, const char *key, int32_t id) {
    if (id >= 0)
        gguf_put_u32(p, key, (uint32_t)id);
}

static void put_vocab(struct gguf_put *p, const struct vocab *v) {
    const char *merge = v->merges;
    gguf_put_str(p, "tokenizer.ggml.model", "gpt2");
    gguf_put_str(p, "tokenizer.ggml.pre", "qwen2");
    gguf_put_array(p, "tokenizer.ggml.tokens", GGUF_STR, v->n);
    for (uint32_t i = 0; i < v->n; i++)
        gguf_put_elem_str(p, v->token[i].s);
    gguf_put_array(p, "tokenizer.ggml.token_type", GGUF_I32, v->n);
    gguf_put_bytes(p, v->type, v->n * sizeof *v->type);
    gguf_put_array(p, "tokenizer.ggml.merges", GGUF_STR, v->n_merges);
    for (size_t i = 0; i < v->n_merges; i++, merge += strlen(merge) + 1)
        gguf_put_elem_str(p, merge);
    put_id(p, "tokenizer.ggml.eos_token_id", v->eos);
    put_id(p, "tokenizer.ggml.padding_token_id", v->pad);
    put_id(p, "tokenizer.ggml.bos_token_id", v->bos);
    gguf_put_bool(p, "tokenizer.ggml.add_bos_token", v->add_bos);
    if (v->chat_template)
        gguf_put_str(p, "tokenizer.chat_template", v->chat_template);
}

/* ---- the way through ---------------------------------------------------------------------------------------------- */

struct conversion {
    struct folder folder;
    struct config config;
    struct sampling sampling;
    struct safetensors in;
    struct tensors out;
    struct vocab vocab;
    uint64_t file_bytes;
};

/* The tensors come before the vocabulary: once the embedding has as many rows as vocab_size says, that number is no lie. */
static int read_folder(struct conversion *c, struct args *a, struct err *e) {
    if (config_read(&c->config, &c->folder, e) || sampling_read(&c->sampling, &c->folder, e) ||
        safetensors_open(&c->in, &c->folder, e) || plan_make(&c->out, &c->config, &c->in, a, e))
        return -1;
    return hf_vocab_open(&c->vocab, &c->folder, (uint32_t)c->config.shape.n_vocab, e);
}

/* The documents and the vocabulary are not needed once they are written, and go before the data come. */
static int write_all(struct conversion *c, struct gguf_put *put, const struct args *a, struct err *e) {
    struct header h = {&c->config, &c->sampling, &c->vocab, a->mix};
    gguf_put_start(put, c->out.n, count_keys(&h));
    put_model(put, &h);
    put_vocab(put, &c->vocab);
    hf_vocab_close(&c->vocab);
    json_close(&c->folder.tokenizer);
    tensors_put_records(put, &c->out);
    int rc = tensors_put_data(put, &c->out, a->n_threads, e);
    c->file_bytes = put->at;
    return rc;
}

static uint64_t bytes_of(const struct safetensors *s) {
    uint64_t n = 0;
    for (size_t i = 0; i < s->n_shards; i++)
        n += s->shard[i].file.size;
    return n;
}

static int write_file(struct conversion *c, const struct args *a, struct err *e) {
    struct gguf_put put = {.f = whole_open(a->out, e), .alignment = c->out.alignment};
    if (!put.f)
        return -1;
    int rc = write_all(c, &put, a, e);
    rc = whole_close(put.f, a->out, rc, put.error, e);
    return rc ? rc : tensors_print(&c->out, c->file_bytes, bytes_of(&c->in), e);
}

static int convert(struct args *a, struct err *e) {
    struct conversion c = {.file_bytes = 0};
    if (folder_open(&c.folder, a->in, e))
        return -1;
    int rc = read_folder(&c, a, e);
    if (rc == 0)
        rc = write_file(&c, a, e);
    hf_vocab_close(&c.vocab);
    free(c.out.tensor);
    safetensors_close(&c.in);
    folder_close(&c.folder);
    return rc;
}

int main(int argc, char **argv) {
    struct err e = {0};
    struct args a = {.tool = "quern-convert", .may_be_auto = 1};
    int help = args_parse(&a, argc, argv, &e);
    if (help > 0) {
        print_help();
        return 0;
    }
    whole_signals();
    if (help < 0 || convert(&a, &e)) {
        fprintf(stderr, "quern-convert: %s\n", e.text);
        return e.code;
    }
    return 0;
}
