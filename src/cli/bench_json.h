/* quern bench --json-run: from a text to a JSON document, as quern run -j goes. In: a model, the options of a run. Out: rows for a fixed set
 * of requests. Prints nothing. */
#ifndef CLI_BENCH_JSON_H
#define CLI_BENCH_JSON_H

#include "cli/bench.h"
#include "cli/progress.h"

enum { BENCH_REQUESTS = 8 };
const char *bench_json_name(int i);

struct bench_json; /* at work on a model */
/* Threads, batch and cache are as *O has them. */
int bench_json_open(struct bench_json **j, const struct quern_model *m, const struct opts *o, struct err *e);
void bench_json_close(struct bench_json *j);

/* Request I, r->n_samples times: its document, and as many tokens without its schema. Fills in what is of the request, but for its name; the
 * document holds until the next. */
int bench_json_measure(struct bench_json *j, int i, struct bench_row *r, struct progress *bar, struct err *e);
void bench_json_add(struct bench_row *sum, const struct bench_row *r); /* counts and times */

#endif
