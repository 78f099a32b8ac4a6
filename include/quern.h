/* quern: run Qwen2.5 GGUF files. The whole public interface.
 *
 * A model is a mapped file: immutable, shared by any number of sessions. A session is one timeline: a KV cache and a
 * position in it. Everything that can fail takes a struct err last, returns 0 or -1, and prints nothing.
 * One session is used by one thread at a time; the session itself computes on n_threads threads.
 */
#ifndef QUERN_H
#define QUERN_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define QUERN_VERSION "0.1.0"

/* What went wrong, as the exit code of the command line and one line of text (no "quern: ", no newline). */
enum {
    ERR_RUNTIME = 1,   /* I/O, disk full, a thread that cannot start */
    ERR_USAGE = 2,     /* a flag or an argument */
    ERR_MODEL = 3,     /* a model file refused */
    ERR_MEMORY = 4,    /* what was asked for does not fit this machine */
    ERR_CONTEXT = 5,   /* the prompt does not fit the context */
    ERR_SCHEMA = 6,    /* a JSON schema refused */
    ERR_BUDGET = 7,    /* -n is below what the schema needs */
    ERR_STOPPED = 130  /* the caller's stop flag was raised */
};
struct err {
    int code;
    char text[512];
};

/* ---- model ---------------------------------------------------------------------------------------------------- */

struct quern_model;

/* Maps PATH and checks all of it but the weights' values. A vocabulary-only file opens too (has_weights = 0). */
int quern_model_open(struct quern_model **m, const char *path, struct err *e);
void quern_model_close(struct quern_model *m);
/* From here on, reading a page that another program has cut off a model's file calls LOST, on the thread that reads. LOST does what a
 * signal handler may do, and ends the process: there is nothing to go back to. SIGBUS is quern's from then on. */
void quern_model_watch(void (*lost)(void));

struct quern_model_info {
    const char *name;          /* general.name, or "" */
    const char *rung;          /* the instruction set in use, e.g. "avx2" */
    int has_weights;
    int n_vocab;               /* rows of the output matrix; = tokens of the vocabulary where there are no weights */
    int n_ctx_train;           /* tokens */
    int n_layers, width, n_heads, n_kv_heads, head_size, ff;
    uint64_t file_bytes;
    int known_template;        /* 0: the file's chat template is not one we know, and ChatML stands in */
    int has_sampling;          /* general.sampling.* keys are present and are in *sampling */
    int file_type;             /* general.file_type, or -1 */
    uint64_t n_params, weight_bytes; /* of all tensors: the numbers in them, and their bytes */
};
void quern_model_describe(const struct quern_model *m, struct quern_model_info *out);

/* ---- text ----------------------------------------------------------------------------------------------------- */

/* A growing list of token ids. Start it as {0}; free it with quern_tokens_free. */
struct quern_tokens {
    int32_t *id;
    size_t n, cap;
};
void quern_tokens_free(struct quern_tokens *t);

/* Appends the tokens of TEXT (N bytes, any bytes). SPECIAL: "<|im_end|>" and its like become control tokens. */
int quern_tokenize(const struct quern_model *m, const char *text, size_t n, int special, struct quern_tokens *out,
                   struct err *e);

/* Bytes of one token, not terminated; control tokens give their name when SPECIAL, else nothing. */
const char *quern_token_bytes(const struct quern_model *m, int32_t id, int special, size_t *n);
int quern_token_ends(const struct quern_model *m, int32_t id); /* 1: an end-of-generation token */

/* Holds back the bytes of an unfinished UTF-8 character. Start it as {0}. */
struct quern_utf8 {
    unsigned char held[4];
    int n;
};
/* Takes N bytes; writes whole characters to OUT (room for 3 * (n + 1) bytes), returns how many bytes. Bytes that can never become
 * a character come out as U+FFFD. quern_utf8_end flushes what is held (at most 3 bytes of output). */
size_t quern_utf8_push(struct quern_utf8 *u, const char *bytes, size_t n, char *out);
size_t quern_utf8_end(struct quern_utf8 *u, char *out);

enum quern_role { QUERN_SYSTEM, QUERN_USER, QUERN_ASSISTANT };
struct quern_message {
    enum quern_role role;
    const char *text;
    size_t n;
};
/* Appends the tokens of a conversation under the model's template. FIRST: the conversation starts here, so the template's own
 * system message is added where none is given. The assistant's turn is opened at the end. */
int quern_chat(const struct quern_model *m, const struct quern_message *msg, int n, int first, struct quern_tokens *out,
               struct err *e);
/* Appends what ends an assistant's turn that stopped at END (the end token it produced, or -1), so that a new turn can follow. */
int quern_chat_close(const struct quern_model *m, int32_t end, struct quern_tokens *out, struct err *e);

/* ---- session -------------------------------------------------------------------------------------------------- */

enum quern_kv { QUERN_KV_F16, QUERN_KV_F32, QUERN_KV_Q8_0 };
struct quern_session_params {
    int n_ctx;                     /* tokens; 0: the model's context */
    int n_threads;                 /* 0: the physical, fast cores this process may use */
    int n_batch;                   /* tokens in one pass of prefill; 0: the default. Changes speed and memory, never results */
    enum quern_kv kv_k, kv_v;
    int force;                     /* 1: open even if the plan does not fit the memory that is available */
    int full_head;                 /* 1: quern_eval_wanted always computes all logits */
};
struct quern_plan {
    uint64_t file, kv, buffers;    /* bytes; kv is for the whole context, touched only as used */
    uint64_t available;            /* bytes, after cgroup limits */
    int n_ctx, n_threads, n_batch; /* as they will be used */
    int n_ctx_fits;                /* the largest context that fits, 0 if none */
};
int quern_plan(const struct quern_model *m, const struct quern_session_params *p, struct quern_plan *out, struct err *e);

struct quern_session;
int quern_session_open(struct quern_session **s, const struct quern_model *m, const struct quern_session_params *p,
                       struct err *e);
void quern_session_close(struct quern_session *s);

/* While *STOP is not 0, quern_eval gives up within milliseconds with ERR_STOPPED: an atomic, as a signal handler raises it and all
 * threads read it. PROGRESS is called as prefill goes on. */
void quern_session_watch(struct quern_session *s, const atomic_int *stop,
                         void (*progress)(void *ctx, int done, int total), void *ctx);

int quern_session_n_past(const struct quern_session *s);          /* tokens in the cache */
void quern_session_rewind(struct quern_session *s, int n_past);   /* forget the tokens from n_past on */

/* Appends N tokens to the timeline. LOGITS gets the float32 logits of the last ROWS of them, [rows][n_vocab]. rows may be 0.
 * Fails with ERR_CONTEXT before any work where they do not fit. After ERR_STOPPED the timeline is as it was before the call. */
int quern_eval(struct quern_session *s, const int32_t *tokens, int n, float *logits, int rows, struct err *e);

/* The logits of interest: those of the N tokens listed, and of all others the TOP largest. TOP 0: all; -1: only those listed. */
struct quern_wanted {
    int top;
    const int32_t *id; /* [n] tokens of the vocabulary, in any order; one may stand there twice */
    int n;
};
/* The same for one row: LOGITS gets those that are wanted or may be, to the bit as quern_eval would, and -INFINITY for the others. Faster
 * once some tokens are decoded, where there is memory for a second, smaller form of the output matrix, and the matrix is of a type that
 * gains by it: Q8_0 or Q6_K. */
int quern_eval_wanted(struct quern_session *s, const int32_t *tokens, int n, float *logits, const struct quern_wanted *w, struct err *e);

/* Tokens that are likely to come behind those of the next quern_eval_wanted, which computes them along with its own; where it is these that
 * later calls append, these cost no pass over the weights but the output matrix's. Changes speed, never results. */
#define QUERN_AHEAD 16 /* of them, at most */
void quern_session_expect(struct quern_session *s, const int32_t *tokens, int n);

struct quern_head_use {
    uint64_t tokens;           /* for which not all logits were computed */
    uint64_t rows;             /* logits computed for them, together */
    uint64_t bytes_spared;     /* of weights, by that: a second form's bytes are taken off */
};
void quern_session_head_use(const struct quern_session *s, struct quern_head_use *out);

/* The N tokens on the timeline, all of it, and what the session keeps of them, to a file that is there whole or not at all. */
int quern_session_save(struct quern_session *s, const char *path, const int32_t *tokens, int n, struct err *e);
/* Takes from such a file what it shares with TOKENS (N of 1 or more): the timeline is then the longest common run from the start, but for
 * the last of TOKENS, whose logits are still wanted; quern_session_n_past tells how long. *SAME: the tokens in common, the last counted.
 * What follows is the same, bit for bit, as without the file. No file at PATH: 0 tokens. -1, and 0 tokens too: the file is of no use,
 * another model, version, -ctk or -ctv wrote it, or it is damaged. */
int quern_session_load(struct quern_session *s, const char *path, const int32_t *tokens, int n, int *same, struct err *e);

/* ---- sampling ------------------------------------------------------------------------------------------------- */

struct quern_bias {
    int32_t id;
    float add; /* to the logit; -INFINITY forbids the token */
};
struct quern_sampling {
    float temp;               /* 0: greedy */
    int top_k;                /* 0: all */
    float top_p, min_p;       /* 1 and 0: off */
    float repeat_penalty;     /* 1: off. Over the last repeat_last_n tokens, prompt included; -1: the whole context */
    int repeat_last_n;
    float presence_penalty, frequency_penalty;
    uint64_t seed;
    int ignore_eos;
    const struct quern_bias *bias;
    int n_bias;
};
/* Qwen's own values, under what the file's general.sampling.* keys say. */
void quern_sampling_defaults(const struct quern_model *m, struct quern_sampling *out);

struct quern_sampler; /* the settings, the generator's state, the window of recent tokens */
int quern_sampler_open(struct quern_sampler **s, const struct quern_model *m, const struct quern_sampling *p, struct err *e);
void quern_sampler_close(struct quern_sampler *s);
void quern_sampler_saw(struct quern_sampler *s, const int32_t *tokens, size_t n); /* the prompt, for the penalties */
/* The logits that the next pick can depend on. The list is the sampler's, and holds until it picks or sees tokens. */
void quern_sampler_wants(struct quern_sampler *s, struct quern_wanted *out);
/* Picks a token and remembers it. LOGITS [n_vocab] is overwritten. Fails (ERR_RUNTIME) where no logit is finite. */
int quern_sample(struct quern_sampler *s, float *logits, int32_t *id, struct err *e);

/* ---- answers held to a JSON schema -------------------------------------------------------------------------------- */

struct quern_schema; /* compiled; needs no model, is immutable */
struct quern_schema_caps {     /* where the schema sets no bound; 0: the default */
    int string;                /* characters of a string, 1024 */
    int items;                 /* elements of an array, 64 */
    int depth;                 /* of a value of which nothing is said, 8 */
    int digits;                /* of a number, 17, which is the most */
};
/* TEXT: a JSON schema, or a shorthand for one: {"temperature": "number", "alert": ["LED", "UART"], "note": "string?"}. Refuses with
 * ERR_SCHEMA, "NAME: POINTER: KEYWORD: reason". */
int quern_schema_open(struct quern_schema **s, const char *name, const char *text, size_t n, const struct quern_schema_caps *caps,
                      struct err *e);
void quern_schema_close(struct quern_schema *s);
const char *quern_schema_text(const struct quern_schema *s, size_t *n);  /* the full schema, on one line */
const char *quern_schema_shape(const struct quern_schema *s, size_t *n); /* its short shape, for the model; n = 0: it has none */
const char *quern_schema_notes(const struct quern_schema *s);            /* what is not asserted, one line; "": all is */
/* Is the document of N bytes an instance? ERR_RUNTIME and why where it is not. */
int quern_schema_check(const struct quern_schema *s, const char *doc, size_t n, struct err *e);
/* The bytes of the shortest document: at most so many tokens. -1: out of memory. */
int quern_schema_minimum(const struct quern_schema *s);
/* The document of N bytes as quern would write it: members in the schema's order, numbers plainly. 1: *out has *n_out bytes, to be freed;
 * 0: quern would not write it; -1: *e. */
int quern_schema_restyle(const struct quern_schema *s, const char *doc, size_t n, char **out, size_t *n_out, struct err *e);

/* A schema over a model's vocabulary, and a place in a document. What is picked is always such that it can be completed, within the
 * budget. A vocabulary without weights does. The schema and the model stay open. */
struct quern_constraint;
int quern_constraint_open(struct quern_constraint **c, const struct quern_schema *s, const struct quern_model *m, struct err *e);
void quern_constraint_close(struct quern_constraint *c);
int quern_constraint_minimum(const struct quern_constraint *c); /* the tokens that the shortest document takes at most */
/* Before a document of at most BUDGET tokens. ERR_BUDGET where it may not fit. */
int quern_constraint_start(struct quern_constraint *c, int budget, struct err *e);
int quern_constraint_ended(const struct quern_constraint *c); /* the document is complete, and nothing can follow */

/* Appends the tokens that can be written without asking the model, for there is one way to go on; the place moves behind them. */
int quern_constraint_forced(struct quern_constraint *c, struct quern_tokens *out, struct err *e);
/* Behind it: the tokens that spell on what must come, at most QUERN_AHEAD, where a longer one may stand in their place. For
 * quern_session_expect. They hold until the place moves. */
const int32_t *quern_constraint_likely(const struct quern_constraint *c, int *n);
/* The logits that the next pick can depend on: for quern_eval_wanted. The list holds until the place moves. */
int quern_constraint_wants(struct quern_constraint *c, struct quern_sampler *s, struct quern_wanted *out, struct err *e);
/* Picks among the tokens that are allowed; the place moves behind it. An end token is picked only where the document is complete, and
 * ends it. Penalties hold inside strings only. LOGITS is overwritten. */
int quern_constraint_pick(struct quern_constraint *c, struct quern_sampler *s, float *logits, int32_t *id, struct err *e);

struct quern_constraint_use {
    uint64_t tokens, forced, likely, sparse; /* picked or forced; forced; picked as was likely; picked where few logits were computed */
    uint64_t masks;                     /* that were needed */
    double mask_s, mask_longest_s;      /* seconds on them, all and the longest */
};
void quern_constraint_use(const struct quern_constraint *c, struct quern_constraint_use *out);

/* ---- figures to hold a measurement against ----------------------------------------------------------------------- */

struct quern_machine {
    const char *rung;          /* the instruction set a model opened now would use */
    int n_cores, n_cpus;       /* of those this process may use: physical and fast; all */
    uint64_t available;        /* bytes of memory, after cgroup limits; UINT64_MAX: unknown */
    uint64_t granted;          /* what cgroup limits alone leave; UINT64_MAX: there are none */
};
int quern_machine(struct quern_machine *out, struct err *e);
/* How fast N_THREADS (0: n_cores) read memory, bytes a second, measured on a buffer larger than the caches. Takes some 0.1 seconds. */
int quern_read_bandwidth(int n_threads, double *out, struct err *e);

struct quern_cost {
    uint64_t token_bytes;      /* of weights, read to decode one token */
    uint64_t cache_bytes;      /* of keys and values, read besides for each token that is in the cache */
    uint64_t prompt_macs;      /* products with weights to evaluate N_PROMPT tokens for the logits of the last */
};
/* What a session of *P would at least read and compute. */
int quern_cost(const struct quern_model *m, const struct quern_session_params *p, int n_prompt, struct quern_cost *out, struct err *e);

/* ---- a file, listed -------------------------------------------------------------------------------------------- */

/* What `quern info` shows: writes text (JSON = 0) or one JSON object to a callback. Refuses container errors only. */
int quern_info(const char *path, const struct quern_session_params *p, int json,
               int (*write)(void *ctx, const char *bytes, size_t n), void *ctx, struct err *e);

#endif
