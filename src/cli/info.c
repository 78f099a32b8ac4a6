/* quern info: what is in a file and whether it runs here. The engine writes it, this passes it on to stdout. */
#define _GNU_SOURCE
#include "cli/cli.h"

#include <unistd.h>
#include "cli/out.h"
#include "cli/report.h"

struct sink {
    struct out out;
    struct err e;
};

static int write_out(void *ctx, const char *bytes, size_t n) {
    struct sink *s = ctx;
    return out_text(&s->out, bytes, n, &s->e);
}

int cmd_info(const struct opts *o) {
    struct sink s = {.e = {0}};
    struct quern_session_params p;
    struct err e;
    opts_session(o, &p);
    out_open(&s.out, STDOUT_FILENO);
    if (quern_info(o->model, &p, o->json, write_out, &s, &e)) return report_err(s.e.code ? &s.e : &e);
    if (out_end_line(&s.out, &e) || out_close(&s.out, &e)) return report_err(&e);
    return 0;
}
