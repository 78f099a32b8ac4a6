/* quern run: one prompt, one answer. In: options and stdin. Out: the answer on stdout. */
#define _GNU_SOURCE
#include "cli/cli.h"

#include <unistd.h>
#include "cli/gen.h"
#include "cli/hold.h"
#include "cli/progress.h"
#include "cli/prompt.h"
#include "cli/report.h"
#include "cli/signals.h"

struct job {
    const struct opts *o;
    struct bytes prompt, system;
    struct quern_model *model;
    struct quern_tokens turn;
    struct hold hold;
    struct gen gen;
    struct out out;
    double start, loaded;
};

static int read_texts(struct job *j, struct err *e) {
    int given = prompt_read(j->o, &j->prompt, e);
    if (given < 0 || prompt_system(j->o, &j->system, e) < 0) return -1;
    if (!given) return fail(e, ERR_USAGE, "no prompt: -p TEXT, -f FILE or text on stdin; or quern chat (quern -h tells more)");
    return 0;
}

static int make_turn(struct job *j, struct err *e) {
    struct quern_message msg[2];
    int n = 0;
    if (j->o->raw) {
        if (quern_tokenize(j->model, j->prompt.p, j->prompt.n, j->o->special, &j->turn, e)) return -1;
        return j->turn.n > 0 ? 0 : fail(e, ERR_USAGE, "the prompt is empty: --raw completes a text");
    }
    if (hold_system(&j->hold, j->o, &j->system, e)) return -1;
    if (j->o->system || j->o->system_file || j->system.n > 0) msg[n++] = (struct quern_message){QUERN_SYSTEM, j->system.p, j->system.n};
    msg[n++] = (struct quern_message){QUERN_USER, j->prompt.p, j->prompt.n};
    return quern_chat(j->model, msg, n, 1, &j->turn, e);
}

/* A document is printed once it is complete, unless --stream asks to see it grow. */
static int document(struct job *j, struct answer *a, struct err *e) {
    struct bytes doc = {0}, text = {0};
    int r = gen_answer(&j->gen, &j->turn, j->o->stream ? &j->out : NULL, &doc, a, e) || hold_answer(&j->hold, j->o, &doc, &text, e);
    if (r == 0 && !j->o->stream) r = out_text(&j->out, text.p, text.n, e);
    if (r == 0) r = out_text(&j->out, "\n", 1, e) || out_flush(&j->out, e);
    bytes_free(&doc);
    bytes_free(&text);
    return r ? -1 : 0;
}

static int answer(struct job *j, struct answer *a, struct err *e) {
    if (j->hold.schema) return document(j, a, e);
    int r = gen_answer(&j->gen, &j->turn, &j->out, NULL, a, e);
    if (r && (e->code == ERR_PIPE || signal_stop == 0)) return -1;
    struct err ignored;
    return out_end_line(&j->out, r ? &ignored : e) || r ? -1 : 0;
}

static int execute(struct job *j, struct answer *a, struct err *e) {
    if (gen_model(&j->model, j->o, e) || hold_model(&j->hold, j->o, j->model, e) || make_turn(j, e)) return -1;
    if (gen_open(&j->gen, j->model, j->o, j->hold.constraint, j->turn.n, e)) return -1;
    j->loaded = clock_seconds();
    gen_tell(&j->gen);
    if (answer(j, a, e) || out_close(&j->out, e)) return -1;
    if (a->end == GEN_CONTEXT && j->o->n_predict != -2)
        report("the answer was cut: the context of %d tokens is full", j->gen.plan.n_ctx);
    if (j->o->verbose) gen_report(&j->gen, a, clock_seconds() - j->start, j->loaded - j->start);
    if (j->o->verbose) hold_report(&j->hold);
    if (a->end == GEN_INTERRUPTED) return fail(e, 128 + (int)signal_stop, "stopped");
    *e = j->gen.unkept;
    return e->code ? -1 : 0;
}

int cmd_run(const struct opts *o) {
    struct job j = {.o = o, .start = clock_seconds()};
    struct answer a;
    struct err e;
    out_open(&j.out, STDOUT_FILENO);
    int r = hold_schema(&j.hold, o, &e) || read_texts(&j, &e) || execute(&j, &a, &e);
    if (r && e.code == ERR_STOPPED && signal_stop) e.code = 128 + (int)signal_stop; /* the engine knows a flag, not which signal raised it */
    gen_close(&j.gen);
    hold_close(&j.hold);
    quern_tokens_free(&j.turn);
    quern_model_close(j.model);
    bytes_free(&j.prompt);
    bytes_free(&j.system);
    return r ? report_err(&e) : 0;
}
