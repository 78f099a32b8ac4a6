/* The requests of quern bench --json-run, and one run of each: schema, prompt, document, as a user waits for them. Greedy and of a fixed
 * length at most, so that a model writes the same documents on every board. */
#define _GNU_SOURCE
#include "cli/bench_json.h"

#include <stdlib.h>
#include <string.h>
#include "cli/gen.h"
#include "cli/hold.h"
#include "cli/report.h"
#include "cli/signals.h"

enum { BUDGET = 128 }; /* tokens of a document at most, or the schema's minimum if that is more */

/* From nearly all forced to mostly free. Where these, what is below or the length is changed, results of two versions do not compare. */
#define TEXT(...) #__VA_ARGS__
static const struct request {
    const char *name, *prompt, *schema;
} requests[BENCH_REQUESTS] = {
    {"switch", "Please turn off the light in the kitchen.", TEXT({"light_on": "boolean"})},
    {"label", "eth0: link is down, no carrier for 12 seconds",
     TEXT({"label": ["network", "storage", "power", "thermal", "memory"], "severity": ["info", "warning", "error", "critical"]})},
    {"settings", "Temperature threshold 35 C, humidity threshold 60 %, alert by LED and serial log, sample every 5 seconds.",
     TEXT({"temperature_threshold": "number", "humidity_threshold": "number", "alert_method": [["LED", "UART", "SMS", "EMAIL"]],
           "sampling_interval_sec": "integer"})},
    {"list", "Open valve 1 for 30 minutes, then valve 3 for 10 minutes.",
     TEXT({"type": "array", "minItems": 2, "maxItems": 3, "items": {
           "type": "object", "required": ["valve", "action", "minutes"], "additionalProperties": false, "properties": {
               "valve": {"type": "integer", "minimum": 1, "maximum": 8}, "action": {"enum": ["open", "close"]},
               "minutes": {"type": "integer", "minimum": 0}}}})},
    {"pattern", "The pump of type ABC, number 4711, has the address 192.168.1.20.",
     TEXT({"type": "object", "required": ["part", "address"], "additionalProperties": false, "properties": {
           "part": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"}, "address": {"type": "string", "format": "ipv4"}}})},
    {"time", "Water the garden on the 3rd of May 2026 at half past six in the morning, UTC.",
     TEXT({"type": "object", "required": ["task", "at"], "additionalProperties": false, "properties": {
           "task": {"type": "string", "maxLength": 24}, "at": {"type": "string", "format": "date-time", "maxLength": 20}}})},
    {"numbers", "The four readings of this morning were 21.5, 22, 19.8 and 23.1 degrees.",
     TEXT({"type": "object", "required": ["readings"], "additionalProperties": false, "properties": {
           "readings": {"type": "array", "minItems": 4, "maxItems": 4, "items": {"type": "number", "minimum": -40, "maximum": 85}}}})},
    {"nested", "Tell Anna in the workshop on floor 2 that the new filter has arrived and that she can fetch it at the gate.",
     TEXT({"to": {"name": "string", "place": {"room": "string", "floor": "integer"}}, "message": "string"})},
};

struct bench_json {
    const struct quern_model *model;
    struct opts o;              /* of a quern run that would do this */
    const struct request *q;
    struct hold hold;
    struct bytes system, answer, document;
    struct quern_tokens turn;
    double began;               /* when the session was open and the model's work began */
};

const char *bench_json_name(int i) {
    return requests[i].name;
}

int bench_json_open(struct bench_json **out, const struct quern_model *m, const struct opts *o, struct err *e) {
    struct bench_json *j = *out = calloc(1, sizeof *j);
    if (!j) return fail(e, ERR_MEMORY, "out of memory");
    j->model = m;
    j->o = *o;
    j->o.temp = 0;
    j->o.caps = (struct quern_schema_caps){.string = 64, .items = 4, .digits = 6}; /* also of a model that never comes to an end */
    return 0;
}

void bench_json_close(struct bench_json *j) {
    if (!j) return;
    hold_close(&j->hold);
    bytes_free(&j->system);
    bytes_free(&j->answer);
    bytes_free(&j->document);
    quern_tokens_free(&j->turn);
    free(j);
}

/* ---- one answer ---------------------------------------------------------------------------------------------------- */

static int make_turn(struct bench_json *j, struct err *e) {
    const struct quern_message msg[] = {{QUERN_SYSTEM, j->system.p, j->system.n}, {QUERN_USER, j->q->prompt, strlen(j->q->prompt)}};
    int bare = j->system.n == 0;
    j->turn.n = 0;
    return quern_chat(j->model, msg + bare, 2 - bare, 1, &j->turn, e);
}

/* In a session of its own, as nothing of the answers before may help. Of N tokens at most; of exactly so many where no schema holds it. */
static int answer(struct bench_json *j, int n, struct answer *a, struct err *e) {
    struct gen g;
    j->o.n_predict = n;
    j->o.ignore_eos = !j->hold.constraint;
    j->answer.n = 0;
    int bad = gen_open(&g, j->model, &j->o, j->hold.constraint, j->turn.n, e);
    j->began = clock_seconds();
    bad = bad || gen_answer(&g, &j->turn, NULL, &j->answer, a, e);
    gen_close(&g);
    if (!bad && a->end == GEN_INTERRUPTED) bad = fail(e, 128 + (int)signal_stop, "stopped");
    return bad ? -1 : 0;
}

/* A document, checked; *took: seconds from the text of the schema and of the prompt on. */
static int held_answer(struct bench_json *j, struct bench_row *r, double *took, struct err *e) {
    struct quern_constraint_use use;
    struct answer a;
    double start = clock_seconds();
    j->system.n = j->document.n = 0;
    j->o.n_predict = -1;
    if (hold_text(&j->hold, &j->o, j->q->name, j->q->schema, strlen(j->q->schema), e) || hold_model(&j->hold, &j->o, j->model, e)) return -1;
    r->json.compile_s += clock_seconds() - start;
    if (hold_system(&j->hold, &j->o, &j->system, e) || make_turn(j, e)) return -1;
    int least = quern_constraint_minimum(j->hold.constraint);
    if (answer(j, least > BUDGET ? least : BUDGET, &a, e) || hold_answer(&j->hold, &j->o, &j->answer, &j->document, e)) return -1;
    *took = clock_seconds() - start;
    r->json.first_s += j->began - start + a.prompt_s;
    quern_constraint_use(j->hold.constraint, &use);
    r->n_prompt = a.n_prompt;
    r->n_gen = (int)use.tokens;
    r->json.n_forced = (int)(use.forced + use.likely);
    r->json.n_masks += use.masks;
    r->json.mask_s += use.mask_s;
    if (use.mask_longest_s > r->json.mask_longest_s) r->json.mask_longest_s = use.mask_longest_s;
    return 0;
}

/* As many tokens of whatever the model says to the same prompt. */
static int free_answer(struct bench_json *j, struct bench_row *r, struct err *e) {
    struct answer a;
    hold_close(&j->hold);
    double start = clock_seconds();
    if (make_turn(j, e) || answer(j, r->n_gen, &a, e)) return -1;
    r->json.free_s += clock_seconds() - start;
    r->json.free_first_s += j->began - start + a.prompt_s;
    return 0;
}

/* Touches the weights, wakes threads and clock: a short prompt and a token. */
static int warm_up(struct bench_json *j, struct err *e) {
    struct answer a;
    if (j->o.bench.no_warmup) return 0;
    j->system.n = 0;
    return make_turn(j, e) || answer(j, 1, &a, e) ? -1 : 0;
}

/* ---- a row --------------------------------------------------------------------------------------------------------- */

int bench_json_measure(struct bench_json *j, int i, struct bench_row *r, struct progress *bar, struct err *e) {
    j->q = &requests[i];
    if (warm_up(j, e)) return -1;
    board_look(&r->before, "");
    r->started = time(NULL);
    for (int k = 0; k < r->n_samples; k++) {
        if (held_answer(j, r, &r->seconds[k], e)) return -1;
        int both = 2 * (r->n_prompt + r->n_gen);
        progress_step(bar, both * k + both / 2, both * r->n_samples);
        if (free_answer(j, r, e)) return -1;
        progress_step(bar, both * (k + 1), both * r->n_samples);
    }
    board_look(&r->after, "");
    r->json.document = j->document.p;
    return 0;
}

void bench_json_add(struct bench_row *sum, const struct bench_row *r) {
    struct bench_request *to = &sum->json;
    const struct bench_request *from = &r->json;
    if (sum->n_gen == 0) sum->started = r->started, sum->before = r->before;
    sum->after = r->after;
    if (r->peak_rss > sum->peak_rss) sum->peak_rss = r->peak_rss;
    sum->n_prompt += r->n_prompt;
    sum->n_gen += r->n_gen;
    for (int i = 0; i < r->n_samples; i++) sum->seconds[i] += r->seconds[i];
    to->n_forced += from->n_forced;
    to->n_masks += from->n_masks;
    to->compile_s += from->compile_s;
    to->first_s += from->first_s;
    to->free_s += from->free_s;
    to->free_first_s += from->free_first_s;
    to->mask_s += from->mask_s;
    if (from->mask_longest_s > to->mask_longest_s) to->mask_longest_s = from->mask_longest_s;
}
