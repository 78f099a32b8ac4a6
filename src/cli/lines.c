/* quern run --jsonl: a request a line of stdin, an answer a line of stdout, flushed. The model is loaded once, and what a request begins
 * with as the one before did is not computed again. A bad line is answered with an error, and the next goes on.
 */
#define _GNU_SOURCE
#include "cli/cli.h"

#include <string.h>
#include <unistd.h>
#include "cli/gen.h"
#include "cli/hold.h"
#include "cli/jsonline.h"
#include "cli/progress.h"
#include "cli/prompt.h"
#include "cli/report.h"
#include "cli/signals.h"

struct lines {
    const struct opts *o;
    struct quern_model *model;
    struct gen gen;
    struct out out;
    struct hold all, own;       /* the schema of the flags; that of a line */
    struct bytes own_text;      /* of the schema of a line; the next may have it too */
    struct bytes system;        /* of the flags */
    int has_system;
    size_t n_bad;
    double load_s;
};
struct request {
    struct bytes prompt, system;
    int has_system;
    struct hold *hold;
    struct jsonline_part id;
};

/* ---- one request ---------------------------------------------------------------------------------------------------- */

static int is_given(const struct jsonline_field *f) {
    return f->value.p && !(f->value.n == 4 && !memcmp(f->value.p, "null", 4));
}

/* The schema that stands in a line: compiled, unless the last such line had the same. */
static int own_schema(struct lines *l, struct jsonline_part text, struct err *e) {
    if (l->own.constraint && l->own_text.n == text.n && !memcmp(l->own_text.p, text.p, text.n)) return 0;
    hold_close(&l->own);
    l->own_text.n = 0;
    return bytes_add(&l->own_text, text.p, text.n, e) || hold_text(&l->own, l->o, "schema", text.p, text.n, e) ||
                   hold_model(&l->own, l->o, l->model, e)
               ? -1
               : 0;
}

static int read_request(struct lines *l, const struct bytes *line, struct request *q, struct err *e) {
    enum { PROMPT, SYSTEM, SCHEMA, ID, N };
    struct jsonline_field f[N] = {{.key = "prompt"}, {.key = "system"}, {.key = "schema"}, {.key = "id"}};
    const char *why;
    q->hold = &l->all;
    if (line->p[strspn(line->p, " \t")] != '{') return bytes_add(&q->prompt, line->p, line->n, e);
    int bad = jsonline_fields(line->p, line->n, f, N, &why);
    q->id = f[ID].value;
    if (bad) return fail(e, ERR_USAGE, "%s", why);
    if (!f[PROMPT].value.p || jsonline_text(f[PROMPT].value, &q->prompt)) return fail(e, ERR_USAGE, "prompt: a string is wanted");
    q->has_system = is_given(&f[SYSTEM]);
    if (q->has_system && (l->o->raw || jsonline_text(f[SYSTEM].value, &q->system)))
        return fail(e, ERR_USAGE, l->o->raw ? "system: --raw has none" : "system: a string is wanted");
    if (!is_given(&f[SCHEMA])) return 0;
    q->hold = &l->own;
    return own_schema(l, f[SCHEMA].value, e);
}

static int make_turn(struct lines *l, struct request *q, struct quern_tokens *turn, struct err *e) {
    struct quern_message msg[2];
    int n = 0;
    if (l->o->raw) {
        if (quern_tokenize(l->model, q->prompt.p, q->prompt.n, l->o->special, turn, e)) return -1;
        return turn->n > 0 ? 0 : fail(e, ERR_USAGE, "the prompt is empty");
    }
    if (!q->has_system && l->has_system && bytes_add(&q->system, l->system.p, l->system.n, e)) return -1;
    if (hold_system(q->hold, l->o, &q->system, e)) return -1;
    if (q->has_system || l->has_system || q->system.n > 0) msg[n++] = (struct quern_message){QUERN_SYSTEM, q->system.p, q->system.n};
    msg[n++] = (struct quern_message){QUERN_USER, q->prompt.p, q->prompt.n};
    return quern_chat(l->model, msg, n, 1, turn, e);
}

/* Forgets what the cache has beyond the beginning of TURN. At least the last token is evaluated again: its logits are wanted. */
static size_t reuse(struct lines *l, const struct quern_tokens *turn) {
    size_t same = 0;
    while (same + 1 < turn->n && same < l->gen.line.n && turn->id[same] == l->gen.line.id[same]) same++;
    gen_rewind(&l->gen, same);
    return same;
}

static int generate(struct lines *l, struct request *q, struct bytes *text, struct err *e) {
    struct quern_tokens turn = {0};
    struct answer a;
    double start = clock_seconds();
    int r = make_turn(l, q, &turn, e);
    if (r == 0) {
        size_t same = reuse(l, &turn);
        l->gen.held = q->hold->constraint;
        l->gen.seed = l->o->seed; /* a request has the same answer wherever it stands */
        r = gen_answer(&l->gen, &(struct quern_tokens){.id = turn.id + same, .n = turn.n - same}, NULL, text, &a, e);
    }
    quern_tokens_free(&turn);
    if (r == 0 && a.end == GEN_INTERRUPTED) r = fail(e, 128 + (int)signal_stop, "stopped");
    if (r == 0 && l->o->verbose) {
        gen_report(&l->gen, &a, clock_seconds() - start + l->load_s, l->load_s);
        hold_report(q->hold);
        l->load_s = 0;
    }
    return r;
}

/* The answer as it is printed: the document, or the text as a JSON string. */
static int answer(struct lines *l, struct request *q, struct bytes *out, struct err *e) {
    struct bytes text = {0};
    int r = generate(l, q, &text, e);
    if (r == 0 && q->hold->schema) r = hold_answer(q->hold, l->o, &text, out, e);
    else if (r == 0) r = l->o->raw_strings && !q->id.p ? bytes_add(out, text.p, text.n, e) : jsonline_quote(out, text.p, text.n, e);
    bytes_free(&text);
    return r;
}

/* ---- lines ------------------------------------------------------------------------------------------------------------ */

/* {"id": ID, "NAME": VALUE}, without the id where the request has none; an answer without an id stands alone. */
static int write_line(struct lines *l, const struct request *q, const char *name, const struct bytes *value, struct err *e) {
    struct bytes line = {0};
    int bare = !q->id.p && !strcmp(name, "answer"), r = 0;
    if (!bare) r = bytes_add_str(&line, "{", e);
    if (r == 0 && q->id.p)
        r = bytes_add_str(&line, "\"id\":", e) || jsonline_compact(&line, q->id, e) || bytes_add_str(&line, ",", e);
    if (r == 0 && !bare) r = bytes_add_str(&line, "\"", e) || bytes_add_str(&line, name, e) || bytes_add_str(&line, "\":", e);
    if (r == 0) r = bytes_add(&line, value->p, value->n, e) || bytes_add_str(&line, bare ? "\n" : "}\n", e);
    if (r == 0) r = out_text(&l->out, line.p, line.n, e) || out_flush(&l->out, e);
    bytes_free(&line);
    return r ? -1 : 0;
}

static int goes_on(int code) {
    return code == ERR_USAGE || code == ERR_SCHEMA || code == ERR_BUDGET || code == ERR_CONTEXT || code == ERR_RUNTIME;
}

static int serve(struct lines *l, const struct bytes *line, struct err *e) {
    struct request q = {.has_system = 0};
    struct bytes value = {0};
    const char *name = "answer";
    int r = read_request(l, line, &q, e) || (bytes_add(&q.prompt, "", 0, e) || answer(l, &q, &value, e)) ? -1 : 0;
    if (r && goes_on(e->code)) {
        char why[sizeof e->text];
        memcpy(why, e->text, sizeof why);
        value.n = 0;
        name = "error";
        l->n_bad++;
        r = jsonline_quote(&value, why, strlen(why), e);
    }
    if (r == 0) r = write_line(l, &q, name, &value, e);
    bytes_free(&value);
    bytes_free(&q.prompt);
    bytes_free(&q.system);
    return r;
}

static int serve_all(struct lines *l, struct err *e) {
    struct line_source in = {.fd = STDIN_FILENO, .name = "stdin"};
    struct bytes line = {0};
    int r;
    while ((r = line_source_next(&in, &line, e)) > 0) {
        while (line.n > 0 && line.p[line.n - 1] == '\r') line.p[--line.n] = '\0';
        if (strspn(line.p, " \t\r") == line.n) continue; /* as between two lines of a serial port */
        if (serve(l, &line, e)) {
            r = -1;
            break;
        }
    }
    bytes_free(&line);
    return r;
}

static int start(struct lines *l, struct err *e) {
    double begun = clock_seconds();
    if (hold_schema(&l->all, l->o, e) || (l->has_system = prompt_system(l->o, &l->system, e)) < 0) return -1;
    if (gen_model(&l->model, l->o, e) || hold_model(&l->all, l->o, l->model, e)) return -1;
    if (gen_open(&l->gen, l->model, l->o, l->all.constraint, 0, e)) return -1;
    gen_tell(&l->gen);
    l->load_s = clock_seconds() - begun;
    return 0;
}

int cmd_lines(const struct opts *o) {
    struct lines l = {.o = o};
    struct err e;
    out_open(&l.out, STDOUT_FILENO);
    int r = start(&l, &e) || serve_all(&l, &e) || out_close(&l.out, &e);
    if (r && e.code == ERR_STOPPED && signal_stop) e.code = 128 + (int)signal_stop;
    if (!r && l.n_bad > 0) r = fail(&e, ERR_RUNTIME, "stdin: %zu line%s had no answer: see the error lines", l.n_bad, l.n_bad > 1 ? "s" : "");
    gen_close(&l.gen);
    hold_close(&l.all);
    hold_close(&l.own);
    quern_model_close(l.model);
    bytes_free(&l.own_text);
    bytes_free(&l.system);
    return r ? report_err(&e) : 0;
}
