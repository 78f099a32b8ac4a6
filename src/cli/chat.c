/* quern chat: turns on one session. Only new tokens are evaluated; the cache holds the rest of the conversation. */
#define _GNU_SOURCE
#include "cli/chat.h"

#include <unistd.h>
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/prompt.h"
#include "cli/report.h"
#include "cli/signals.h"

void chat_restart(struct chat *c) {
    gen_rewind(&c->gen, 0);
    c->turn.n = c->open.n = 0;
    c->turn_at = 0;
}

int chat_system(struct chat *c, struct bytes *system, struct err *e) {
    return hold_system(&c->hold, c->o, system, e) || convo_system(&c->convo, system->n ? system->p : "", system->n, e) ? -1 : 0;
}

/* The tokens of the last message, which is the user's; of all messages where the cache is empty. */
static int make_turn(struct chat *c, struct err *e) {
    const struct convo *v = &c->convo;
    c->turn.n = 0;
    if (c->gen.line.n == 0) return quern_chat(c->model, v->msg, v->n, 1, &c->turn, e);
    if (gen_add_tokens(&c->turn, c->open.id, c->open.n, e)) return -1;
    return quern_chat(c->model, v->msg + v->n - 1, 1, 0, &c->turn, e);
}

/* What must be evaluated before another turn can follow this answer. The token that ended it never enters the cache, so the template
 * closes the turn as if none had come; what a stop string cut off is dropped. */
static int leave_open(struct chat *c, const struct answer *a, struct err *e) {
    c->open.n = 0;
    if (a->end == GEN_DOCUMENT && gen_add_tokens(&c->open, c->gen.pending.id, c->gen.pending.n, e)) return -1;
    int cut = a->end == GEN_LIMIT || a->end == GEN_CONTEXT || a->end == GEN_INTERRUPTED;
    if (cut && a->last >= 0 && gen_add_tokens(&c->open, &a->last, 1, e)) return -1;
    return quern_chat_close(c->model, -1, &c->open, e);
}

/* Checks a document, and writes what was not streamed. */
static int print_document(struct chat *c, const struct bytes *doc, struct err *e) {
    struct bytes text = {0};
    int r = hold_answer(&c->hold, c->o, doc, &text, e);
    if (r == 0 && !c->o->stream) r = out_text(&c->out, text.p, text.n, e);
    bytes_free(&text);
    return r;
}

/* Evaluates c->turn and writes the answer; it becomes the conversation's last message. */
static int answer_turn(struct chat *c, struct err *e) {
    struct answer a;
    struct bytes text = {0};
    double start = clock_seconds();
    int r = gen_answer(&c->gen, &c->turn, c->hold.schema && !c->o->stream ? NULL : &c->out, &text, &a, e);
    if (r == 0 && c->hold.schema) r = print_document(c, &text, e);
    if (r == 0) r = out_end_line(&c->out, e);
    if (r == 0) r = leave_open(c, &a, e) || convo_add(&c->convo, QUERN_ASSISTANT, text.p, text.n, e) ? -1 : 0;
    bytes_free(&text);
    if (r) return -1;
    c->out.wrote = 0; /* the next answer ends its own line */
    if (a.end == GEN_CONTEXT) report("the answer was cut: the context of %d tokens is full; /clear starts over", c->gen.plan.n_ctx);
    if (c->o->verbose) gen_report(&c->gen, &a, clock_seconds() - start + c->load_s, c->load_s);
    if (c->o->verbose) hold_report(&c->hold);
    c->load_s = 0;
    return 0;
}

/* A turn that fails leaves the conversation as it was before the user's message. */
static int try_turn(struct chat *c, struct err *e) {
    size_t room = (size_t)c->gen.plan.n_ctx - c->gen.line.n;
    c->turn_at = c->gen.line.n;
    int r = c->turn.n > room ? fail(e, ERR_CONTEXT, "the message needs %zu tokens, %zu of the context's %d are left: /clear starts over",
                                    c->turn.n, room, c->gen.plan.n_ctx)
                             : answer_turn(c, e);
    if (r == 0) return 0;
    gen_rewind(&c->gen, c->turn_at);
    convo_pop(&c->convo);
    c->turn.n = 0;
    return -1;
}

int chat_say(struct chat *c, const char *text, size_t n, struct err *e) {
    if (convo_add(&c->convo, QUERN_USER, text, n, e)) return -1;
    return make_turn(c, e) ? convo_pop(&c->convo), -1 : try_turn(c, e);
}

int chat_again(struct chat *c, struct err *e) {
    struct convo *v = &c->convo;
    if (v->n < 2 || v->msg[v->n - 1].role != QUERN_ASSISTANT) return fail(e, ERR_USAGE, "/regen: there is no answer yet");
    convo_pop(v);
    if (c->turn.n > 0) {
        gen_rewind(&c->gen, c->turn_at);
    } else { /* the cache's last turn is another */
        chat_restart(c);
        if (make_turn(c, e)) return convo_pop(v), -1;
    }
    if (try_turn(c, e) == 0) return 0;
    chat_restart(c); /* c->open belongs to the answer that is gone */
    return -1;
}

/* ---- the loop ------------------------------------------------------------------------------------------------------ */

/* Whether the chat goes on after an error: it does unless writing failed, memory ran out or a signal says to leave. */
static int survives(struct chat *c, struct err *e) {
    if (e->code == ERR_STOPPED && c->ask.interactive && signal_stop == SIGINT) {
        signal_stop = 0;
        return 1;
    }
    if (e->code != ERR_USAGE && e->code != ERR_CONTEXT && e->code != ERR_BUDGET && e->code != ERR_RUNTIME) return 0;
    if (e->code == ERR_RUNTIME && c->out.failed) return 0;
    report_err(e);
    if (!c->ask.interactive) c->code = e->code;
    return 1;
}

static int leave_by_signal(struct err *e) {
    return fail(e, 128 + (int)signal_stop, "stopped");
}

static int handle(struct chat *c, struct bytes *message, int one_line, struct err *e) {
    int r = 0;
    if (one_line && message->p[0] == '/') r = chat_command(c, message->p, e);
    else if (message->n > 0) r = chat_say(c, message->p, message->n, e);
    if (r && !survives(c, e)) return -1;
    if (signal_stop && !(c->ask.interactive && signal_stop == SIGINT)) return leave_by_signal(e);
    signal_stop = 0; /* the first Ctrl-C stopped the answer */
    return 0;
}

static int converse(struct chat *c, struct err *e) {
    struct bytes message = {0};
    int r = prompt_given(c->o, &message, e), one_line = 0;
    if (r > 0) r = handle(c, &message, 0, e);
    while (r == 0 && !c->leave) {
        r = ask_message(&c->ask, &message, &one_line, e);
        if (signal_stop) r = leave_by_signal(e);
        else if (r == 2) r = fail(e, 128 + SIGINT, "left");
        if (r <= 0) break;
        r = handle(c, &message, one_line, e);
    }
    bytes_free(&message);
    return r < 0 ? -1 : 0;
}

static int start(struct chat *c, struct err *e) {
    struct bytes system = {0};
    double begun = clock_seconds();
    int r = hold_schema(&c->hold, c->o, e) ? -1 : prompt_system(c->o, &system, e);
    if (r > 0 || (r == 0 && hold_tells(&c->hold, c->o))) r = chat_system(c, &system, e);
    bytes_free(&system);
    if (r || gen_model(&c->model, c->o, e) || hold_model(&c->hold, c->o, c->model, e)) return -1;
    if (gen_open(&c->gen, c->model, c->o, c->hold.constraint, 0, e)) return -1;
    c->load_s = clock_seconds() - begun;
    gen_tell(&c->gen);
    ask_open(&c->ask, c->o->color);
    if (c->ask.interactive)
        note("%s%scontext %d tokens; /help lists commands, Ctrl-D leaves\n", c->gen.info.name, *c->gen.info.name ? ": " : "",
             c->gen.plan.n_ctx);
    return 0;
}

int cmd_chat(struct opts *o) {
    struct chat c = {.o = o};
    struct err e;
    out_open(&c.out, STDOUT_FILENO);
    int r = start(&c, &e) || converse(&c, &e);
    if (r && e.code == ERR_STOPPED && signal_stop) e.code = 128 + (int)signal_stop;
    ask_close(&c.ask);
    struct err last;
    if (out_close(&c.out, &last) && !r) {
        e = last;
        r = -1;
    }
    gen_close(&c.gen);
    hold_close(&c.hold);
    quern_model_close(c.model);
    convo_free(&c.convo);
    quern_tokens_free(&c.turn);
    quern_tokens_free(&c.open);
    return r ? report_err(&e) : c.code;
}
