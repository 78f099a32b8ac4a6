/* What bench measures of one test, and how it is written. bench.c and bench_json.c fill rows in, bench_print.c prints them. */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include <time.h>
#include "cli/args.h"
#include "cli/board.h"
#include "cli/bytes.h"
#include "cli/out.h"

/* What a row of --json-run has besides; the row's seconds are from text to document. Times are sums over the samples. */
struct bench_request {
    const char *name;               /* NULL: the row is none of these */
    const char *document;           /* the last, on one line; NULL: the row is all of them together */
    int n_forced;                   /* of the tokens those that needed no forward pass of their own */
    double compile_s, first_s;      /* schema, over the vocabulary too; to the first token that the model was asked for */
    double free_s, free_first_s;    /* the same prompt and as many tokens, without the schema */
    uint64_t n_masks;
    double mask_s, mask_longest_s;
};

struct bench_row {
    const char *model;              /* the file */
    struct quern_model_info info;
    int n_batch, n_ubatch, n_threads;
    int kv_k, kv_v;                 /* enum quern_kv */
    int n_prompt, n_gen, n_depth;   /* tokens */
    struct bench_request json;
    int n_samples;
    double *seconds;                /* [n_samples] */
    time_t started;
    double bandwidth;               /* bytes a second, read with as many threads; 0: not known */
    struct quern_cost cost;         /* of the prompt behind an empty cache, and of a token */
    double spared;                  /* bytes of a token's that were not read, as not all logits are wanted */
    struct board_state before, after;
    uint64_t peak_rss;              /* bytes */
};
#define BENCH_NAME 64
const char *bench_name(char out[BENCH_NAME], const struct bench_row *r); /* "pp512", "tg128 @ d4096", "json settings" */

struct bench_printer {
    enum bench_format format;
    struct out out;
    const struct bench_opts *o;     /* which columns md has */
    const struct board *board;
    const char *rung;
    int n;                          /* rows so far */
    struct bytes notes;             /* of md: what goes below the table */
};
/* *E may be an error of writing. */
int bench_begin(struct bench_printer *p, struct err *e);
int bench_add(struct bench_printer *p, const struct bench_row *r, struct err *e);
int bench_end(struct bench_printer *p, struct err *e);
void bench_free(struct bench_printer *p);

/* A file's type as llama.cpp names it: "qwen2 0.5B Q4_K - Medium". */
const char *bench_model_type(char out[BENCH_NAME], const struct quern_model_info *i);

#endif
