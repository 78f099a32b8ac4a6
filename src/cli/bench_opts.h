/* What bench's flags ask for. In: the values of llama-bench's flags as they are written. Out: lists. */
#ifndef CLI_BENCH_OPTS_H
#define CLI_BENCH_OPTS_H

#include "cli/ranges.h"

enum bench_format { FORMAT_NONE, FORMAT_MD, FORMAT_CSV, FORMAT_JSON, FORMAT_JSONL };

/* Each list is what bench varies; one that is empty was not given. */
struct bench_opts {
    const char **models;        /* [n_models] */
    int n_models;
    struct ranges n_prompt, n_gen, n_depth, n_batch, n_ubatch, n_threads;
    struct ranges pairs;        /* prompt, generation, prompt ... */
    struct ranges kv_k, kv_v;   /* enum quern_kv */
    int reps, delay, no_warmup; /* delay: seconds before each test */
    int json_run;               /* requests under a schema in place of tests */
    enum bench_format format, format_err;
};

void bench_opts_init(struct bench_opts *o);
int bench_opts_complete(struct bench_opts *o, struct err *e); /* with what was not given: pp512 and tg128 */
void bench_opts_free(struct bench_opts *o);

/* Each takes the value V of the flag NAME. */
int bench_opts_pair(struct ranges *to, const char *name, const char *v, int most, struct err *e);  /* "512,128" */
int bench_opts_kv(struct ranges *to, const char *name, const char *v, struct err *e);              /* "f16,f32" */
int bench_opts_models(struct bench_opts *o, const char *name, const char *v, struct err *e);       /* files; V's commas become ends */
int bench_opts_format(enum bench_format *to, const char *name, const char *v, struct err *e);

#endif
