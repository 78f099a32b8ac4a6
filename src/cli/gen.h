/* Answers, one after another, on one session. In: the tokens of a turn. Out: text to a struct out, and what stands in the cache.
 * run has one turn, chat has many; neither a terminal nor a conversation is known here. */
#ifndef CLI_GEN_H
#define CLI_GEN_H

#include "cli/args.h"
#include "cli/bytes.h"
#include "cli/out.h"

struct gen {
    const struct quern_model *model;
    const struct opts *opts;
    struct quern_session *session;
    struct quern_plan plan;
    struct quern_model_info info;
    float *logits;              /* [n_vocab] */
    struct quern_tokens line;   /* the tokens in the cache, in order */
    uint64_t seed;              /* of the next answer */
    struct quern_constraint *held; /* answers are documents under it; NULL: they are free. May be changed between answers */
    struct quern_tokens pending; /* of a document: its last tokens, which are not in the cache */
    int n_cached;               /* tokens of the turn that came from the prompt cache */
    struct err unkept;          /* why the prompt cache could not be written; code 0: it could, or need not */
};
enum gen_end {
    GEN_END,         /* the model ended its answer */
    GEN_LIMIT,       /* -n tokens */
    GEN_CONTEXT,     /* the context is full */
    GEN_STOP,        /* a stop string */
    GEN_DOCUMENT,    /* the document is complete */
    GEN_INTERRUPTED  /* signal_stop was raised */
};
struct answer {
    enum gen_end end;
    int32_t last;               /* the token that is picked but not in the cache, or -1 */
    int n_prompt, n_tokens;     /* evaluated; picked */
    double prompt_s, eval_s;    /* seconds */
};
/* Opens the model of -m. ERR_MODEL where it is a vocabulary only. */
int gen_model(struct quern_model **m, const struct opts *o, struct err *e);

/* Plans and opens a session for a first turn of N_PROMPT tokens (0: not known, as in chat). HELD: what answers are held to, or NULL. */
int gen_open(struct gen *g, const struct quern_model *m, const struct opts *o, struct quern_constraint *held, size_t n_prompt,
             struct err *e);
void gen_close(struct gen *g);
void gen_tell(const struct gen *g); /* one line on stderr where ChatML stands in for the model's own template */

/* Evaluates TURN (at least one token) behind the cache and writes the answer to OUT, as it comes; NULL: nowhere. COPY gets its text; or
 * NULL. On -1 during the turn the cache is as it was; a document is complete, or it is -1. With --prompt-cache the first turn takes from
 * that file what it can, and is kept in it. */
int gen_answer(struct gen *g, const struct quern_tokens *turn, struct out *out, struct bytes *copy, struct answer *a, struct err *e);
void gen_rewind(struct gen *g, size_t n); /* forget all but the first N tokens */

int gen_add_tokens(struct quern_tokens *t, const int32_t *id, size_t n, struct err *e);
uint64_t gen_random_seed(void);

/* ollama's statistics, on stderr. */
void gen_report(const struct gen *g, const struct answer *a, double total_s, double load_s);

#endif
