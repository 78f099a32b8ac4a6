/* A Hugging Face folder on its way to a GGUF file: its documents, its configuration, its vocabulary, its tensors. */
#ifndef TOOLS_QUERN_CONVERT_H
#define TOOLS_QUERN_CONVERT_H

#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/os.h"
#include "gguf/names.h"
#include "gguf/put.h"
#include "json/json.h"
#include "shared_args.h"
#include "shared_qwen2.h"
#include "shared_tensors.h"

/* ---- documents (quern-convert_folder.c) --------------------------------------------------------------------------- */

struct folder {
    const char *path;
    /* Objects, or root NULL where there is no such file: config.json is always there. */
    struct json config, generation_config, tokenizer_config, tokenizer;
    struct arena mem; /* of paths */
};
int folder_open(struct folder *f, const char *path, struct err *e);
void folder_close(struct folder *f);

const char *folder_file(struct folder *f, const char *name, struct err *e); /* its path; NULL: no memory */
int folder_has(struct folder *f, const char *name);
/* NAME as an object. It may be absent where OPTIONAL, and then *j is all 0. */
int folder_json(struct folder *f, const char *name, int optional, struct json *j, struct err *e);

/* The member KEY of OBJECT. 1: it is there and in *out; 0: it is not, or null, or OBJECT is NULL; -1: it is not of this kind. Whole numbers
 * are 0 to INT32_MAX; strings have no NUL inside. */
int field_int(const struct json *j, const struct json_value *object, const char *key, int32_t *out, struct err *e);
int field_double(const struct json *j, const struct json_value *object, const char *key, double *out, struct err *e);
int field_bool(const struct json *j, const struct json_value *object, const char *key, int *out, struct err *e);
int field_string(const struct json *j, const struct json_value *object, const char *key, const char **out, struct err *e);
const struct json_value *field_find(const struct json_value *object, const char *key); /* NULL: absent or null */
int field_fault(const struct json *j, const char *key, const struct json_value *v, struct err *e, const char *expected); /* V: what was found */

/* ---- configuration (quern-convert_config.c) ----------------------------------------------------------------------- */

struct config {
    struct qwen2_shape shape;
    int tied; /* -1: not said */
};
/* Refuses what no Qwen2 of this program's kind has: other architectures, stretched positions, a sliding window. */
int config_read(struct config *c, struct folder *f, struct err *e);

#define SAMPLING_FLOATS 4
extern const struct sampling_key {
    const char *hf, *key; /* in generation_config.json; in our file */
    double least, most;
} sampling_keys[SAMPLING_FLOATS];
struct sampling {
    int has[SAMPLING_FLOATS], has_top_k;
    float value[SAMPLING_FLOATS];
    int32_t top_k;
};
int sampling_read(struct sampling *s, const struct folder *f, struct err *e);

/* ---- vocabulary (quern-convert_vocab.c, quern-convert_merges.c) --------------------------------------------------- */

struct vocab {
    uint32_t n;               /* tokens, as many as the embedding has rows */
    struct gguf_str *token;   /* [n] terminated */
    int32_t *type;            /* [n] */
    struct gguf_name *sorted; /* [n] */
    char *merges;             /* n_merges of them, terminated, one behind another */
    size_t n_merges;
    int32_t eos, pad, bos;    /* ids, or -1 */
    int add_bos;
    const char *chat_template; /* NULL: none */
    struct json vocab_file, added_file; /* where they were read */
    struct arena mem;
};
int hf_vocab_open(struct vocab *v, struct folder *f, uint32_t n, struct err *e); /* the folder stays open */
void hf_vocab_close(struct vocab *v);
int hf_vocab_is_normal(const struct vocab *v, const char *token); /* is there such a token, and may merges make it? */
int merges_read(struct vocab *v, struct folder *f, struct err *e);

/* ---- tensors (quern-convert_safetensors.c, quern-convert_plan.c) -------------------------------------------------- */

struct shard {
    struct os_file file;
    struct json header;
    uint64_t data; /* where the tensors' bytes begin, in the file */
};
struct source {
    struct gguf_str name; /* first: sorted points at it. Terminated */
    const struct shard *shard;
    size_t offset;        /* of its record, in the file */
    uint32_t type;        /* F32, F16 or BF16 */
    uint32_t n_dims;      /* 1 or 2 */
    uint64_t dims[2];     /* as in the header: rows first; dims[1] is 1 in a vector */
    uint64_t start, end;  /* of its bytes, from the shard's data on */
    int used;
};
struct safetensors {
    struct shard *shard;
    size_t n_shards;
    struct source *source;
    size_t n;
    struct gguf_name *sorted; /* [n] */
    struct arena mem;
};
/* All model*.safetensors of the folder: headers that hold together, no name twice. */
int safetensors_open(struct safetensors *s, struct folder *f, struct err *e);
void safetensors_close(struct safetensors *s);
struct source *safetensors_find(const struct safetensors *s, const char *name); /* NULL: absent */
int safetensors_fault(const struct source *s, struct err *e, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Every tensor that the configuration asks for, in the order of our files, with its type. Settles A->mix and C->tied. */
int plan_make(struct tensors *t, struct config *c, struct safetensors *s, struct args *a, struct err *e);

#endif
