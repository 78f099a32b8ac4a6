/* quern schema: a schema without an answer. expand shows the full form of one, test and fuzz hold the constraint against documents. */
#define _GNU_SOURCE
#include "cli/schema.h"

#include <string.h>
#include <unistd.h>
#include "cli/bundled.h"
#include "cli/cli.h"
#include "cli/hold.h"
#include "cli/jsonline.h"
#include "cli/report.h"

static int expand(const struct opts *o, const struct quern_model *m, struct out *out, struct err *e) {
    struct hold h = {0};
    struct bytes text = {0};
    size_t n = 0;
    int r = hold_schema(&h, o, e);
    const char *full = r ? "" : quern_schema_text(h.schema, &n);
    if (r == 0) r = jsonline_pretty(&text, (struct jsonline_part){full, n}, e) || bytes_add_str(&text, "\n", e);
    if (r == 0 && m) r = hold_model(&h, o, m, e);
    if (r == 0) r = out_text(out, text.p, text.n, e) || out_flush(out, e);
    if (r == 0 && m) note("%-22s%d token(s), with %s\n", "minimum:", quern_constraint_minimum(h.constraint), o->model);
    else if (r == 0) note("%-22s%d byte(s); -m FILE tells of how many tokens\n", "minimum:", quern_schema_minimum(h.schema));
    bytes_free(&text);
    hold_close(&h);
    return r ? -1 : 0;
}

static int execute(const struct opts *o, struct quern_model **m, struct out *out, struct err *e) {
    const char *action = o->action ? o->action : "";
    int is_expand = !strcmp(action, "expand"), is_test = !strcmp(action, "test"), is_fuzz = !strcmp(action, "fuzz");
    if (!is_expand && !is_test && !is_fuzz) return fail(e, ERR_USAGE, "\"%s\": expand, test or fuzz is wanted (quern schema -h)", action);
    if (is_test && opts_held(o)) return fail(e, ERR_USAGE, "schema test takes its schemas from stdin");
    if (!is_test && !opts_held(o)) return fail(e, ERR_USAGE, "schema %s: which? a text in quotes, @FILE, - or -jf FILE", action);
    if (!is_expand && !o->model) return bundled_model(e) ? 0 : -1; /* says why there is none */
    if (o->model && quern_model_open(m, o->model, e)) return -1;
    return (is_expand ? expand : is_test ? schema_test : schema_fuzz)(o, *m, out, e);
}

int cmd_schema(const struct opts *o) {
    struct quern_model *m = NULL;
    struct out out;
    struct err e;
    out_open(&out, STDOUT_FILENO);
    int r = execute(o, &m, &out, &e) || out_close(&out, &e);
    quern_model_close(m);
    return r ? report_err(&e) : 0;
}
