/* The command line as a struct. In: argv and the environment. Out: options, every number checked. Opens no file. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "cli/bench_opts.h"
#include "quern.h"

enum command { CMD_RUN = 1, CMD_CHAT = 2, CMD_INFO = 4, CMD_TOKENIZE = 8, CMD_BENCH = 16, CMD_DOCTOR = 32, CMD_SCHEMA = 64 };

#define OPT_UNSET (-0x7fffffff - 1) /* an int that was not given; a float that was not given is NaN */

struct opts {
    enum command cmd;
    int help, version;          /* asked for: nothing else counts. help 2: for cmd, 1: for all */
    const char *model, *prompt, *file, *system, *system_file, *text, *prompt_cache;
    char *bundled;              /* the model where neither a flag nor the environment names one; owned */
    int n_predict;              /* -1: to the end; -2: until the context is full */
    int n_ctx, n_threads, n_batch, n_ubatch;
    int kv_k, kv_v;             /* enum quern_kv */
    float temp, top_p, min_p, repeat_penalty, presence_penalty, frequency_penalty;
    int top_k, repeat_last_n;
    uint64_t seed;
    int has_seed, keep;
    int ignore_eos, raw, conversation, escape, special, verbose, force, json, jsonl, prompt_cache_ro, full_head;
    const char *schema;         /* a text, @FILE or - */
    const char *schema_file;
    const char *action;         /* of quern schema: expand, test, fuzz */
    struct quern_schema_caps caps;
    int pretty, stream, raw_strings, no_schema_prompt, count;
    int held;                   /* while parsing: answers will be held to a schema */
    int color;                  /* 1, 0, or -1: as the terminal and NO_COLOR say */
    char **stop;                /* [n_stop] */
    int n_stop;
    struct quern_bias *bias;    /* [n_bias] */
    int n_bias;
    struct bench_opts bench;
};
/* Paths and texts stay argv's, but for the path of the bundled model. */
int opts_parse(struct opts *o, int argc, char **argv, struct err *e);
void opts_free(struct opts *o);

/* Sets one option by the name of its flag without dashes ("temp", "top_k"), as chat's /set does. An empty "stop" clears them all. */
int opts_set(struct opts *o, const char *name, const char *value, struct err *e);

int opts_held(const struct opts *o); /* answers are held to a schema: -j, -jf or --json */

/* The settings of the flags over those of the model; the temperature of answers that are HELD to a schema is 0 unless a flag says more. */
void opts_sampling(const struct opts *o, const struct quern_model *m, int held, struct quern_sampling *out);
void opts_session(const struct opts *o, struct quern_session_params *out);
const char *opts_kv_name(int kv); /* of an enum quern_kv, as -ctk takes it */
int opts_kv(const char *name, const char *v, size_t n, int *kv, struct err *e); /* the kind that the N bytes at V name; NAME is the flag */

#endif
