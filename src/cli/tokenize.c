/* quern tokenize: text to token ids, a JSON array a line. Serves a vocabulary without weights too. */
#define _GNU_SOURCE
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cli/bytes.h"
#include "cli/jsonline.h"
#include "cli/out.h"
#include "cli/prompt.h"
#include "cli/report.h"

static int write_ids(const struct quern_tokens *t, struct out *out, struct err *e) {
    char s[16];
    if (out_text(out, "[", 1, e)) return -1;
    for (size_t i = 0; i < t->n; i++) {
        int n = snprintf(s, sizeof s, i ? ", %ld" : "%ld", (long)t->id[i]);
        if (out_text(out, s, (size_t)n, e)) return -1;
    }
    return out_text(out, "]\n", 2, e);
}

static int one(const struct quern_model *m, const struct bytes *text, int special, struct out *out, struct err *e) {
    struct quern_tokens t = {0};
    int r = quern_tokenize(m, text->n ? text->p : "", text->n, special, &t, e) || write_ids(&t, out, e) ? -1 : 0;
    quern_tokens_free(&t);
    return r;
}

static int write_error(const char *why, struct out *out, struct err *e) {
    struct bytes line = {0};
    int r = bytes_add_str(&line, "{\"error\": ", e) || jsonline_quote(&line, why, strlen(why), e) || bytes_add_str(&line, "}\n", e) ||
            out_text(out, line.p, line.n, e);
    bytes_free(&line);
    return r ? -1 : 0;
}

/* {"text": ...} lines; *bad counts those that are not. */
static int lines(const struct quern_model *m, int special, struct out *out, size_t *bad, struct err *e) {
    struct line_source in = {.fd = STDIN_FILENO, .name = "stdin"};
    struct bytes line = {0}, text = {0};
    const char *why;
    int r;
    while ((r = line_source_next(&in, &line, e)) > 0) {
        text.n = 0;
        if (jsonline_string(line.p, line.n, "text", &text, &why)) {
            ++*bad;
            r = write_error(why, out, e);
        } else {
            r = one(m, &text, special, out, e);
        }
        if (r || out_flush(out, e)) {
            r = -1;
            break;
        }
    }
    bytes_free(&line);
    bytes_free(&text);
    return r;
}

static int read_text(const struct opts *o, struct bytes *text, struct err *e) {
    if (o->text) return bytes_add_str(text, o->text, e);
    if (o->prompt) return bytes_add_str(text, o->prompt, e);
    if (o->file) return bytes_read_file(text, o->file, e);
    return bytes_read_fd(text, STDIN_FILENO, "stdin", e);
}

int cmd_tokenize(const struct opts *o) {
    struct quern_model *m = NULL;
    struct bytes text = {0};
    struct out out;
    struct err e;
    size_t bad = 0;
    out_open(&out, STDOUT_FILENO);
    int r = quern_model_open(&m, o->model, &e);
    if (r == 0) r = o->jsonl ? lines(m, o->special, &out, &bad, &e) : read_text(o, &text, &e) || one(m, &text, o->special, &out, &e);
    if (r == 0) r = out_close(&out, &e);
    if (r == 0 && o->verbose) note_pair("file:", o->model);
    if (r == 0 && bad > 0) r = fail(&e, ERR_RUNTIME, "stdin: %zu line%s could not be read: see the error lines", bad, bad > 1 ? "s" : "");
    quern_model_close(m);
    bytes_free(&text);
    return r ? report_err(&e) : 0;
}
