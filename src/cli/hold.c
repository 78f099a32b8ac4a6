/* From flags to a schema, from a document to what is printed. */
#define _GNU_SOURCE
#include "cli/hold.h"

#include <string.h>
#include <unistd.h>
#include "cli/jsonline.h"
#include "cli/report.h"

/* "S" would be a schema: S is a type's name. */
static int lacks_quotes(const char *s) {
    struct quern_schema *schema = NULL;
    struct bytes text = {0};
    struct err ignored;
    int r = bytes_add_str(&text, "\"", &ignored) || bytes_add_str(&text, s, &ignored) || bytes_add_str(&text, "\"", &ignored) ||
            quern_schema_open(&schema, "-j", text.p, text.n, NULL, &ignored);
    bytes_free(&text);
    if (r == 0) quern_schema_close(schema);
    return r == 0;
}

/* What stands in an argument instead of a schema. */
static int check_inline(const char *s, struct err *e) {
    char first = s[strspn(s, " \t\r\n")];
    if (first == '{' || first == '[' || first == '"' || !strcmp(s, "true") || !strcmp(s, "false")) return 0;
    if (lacks_quotes(s)) return fail(e, ERR_SCHEMA, "-j %s: a schema is JSON: -j '\"%s\"'", s, s);
    if (access(s, F_OK) == 0) return fail(e, ERR_SCHEMA, "-j %s: it is a file: -jf %s or -j @%s", s, s, s);
    return fail(e, ERR_SCHEMA, "-j %.200s: neither JSON nor a file (@FILE, - for stdin, or a schema in quotes)", s);
}

static int read_schema(const struct opts *o, struct bytes *text, const char **name, struct err *e) {
    const char *s = o->schema, *path = o->schema_file ? o->schema_file : s && s[0] == '@' ? s + 1 : NULL;
    *name = path ? path : "-j";
    if (path) return bytes_read_file(text, path, e);
    if (!s) return bytes_add_str(text, "{\"type\": \"object\"}", e); /* --json */
    if (!strcmp(s, "-")) {
        *name = "stdin";
        return bytes_read_fd(text, STDIN_FILENO, "stdin", e);
    }
    return check_inline(s, e) ? -1 : bytes_add_str(text, s, e);
}

int hold_text(struct hold *h, const struct opts *o, const char *name, const char *text, size_t n, struct err *e) {
    if (quern_schema_open(&h->schema, name, text, n, &o->caps, e)) return -1;
    const char *notes = quern_schema_notes(h->schema);
    if (o->verbose && *notes) report("%s: %s", name, notes);
    return 0;
}

int hold_schema(struct hold *h, const struct opts *o, struct err *e) {
    struct bytes text = {0};
    const char *name;
    if (!opts_held(o)) return 0;
    int r = read_schema(o, &text, &name, e) || hold_text(h, o, name, text.n ? text.p : "", text.n, e) ? -1 : 0;
    bytes_free(&text);
    return r;
}

int hold_model(struct hold *h, const struct opts *o, const struct quern_model *m, struct err *e) {
    if (!h->schema) return 0;
    if (quern_constraint_open(&h->constraint, h->schema, m, e)) return -1;
    return o->n_predict >= 0 ? quern_constraint_start(h->constraint, o->n_predict, e) : 0;
}

void hold_close(struct hold *h) {
    if (h->constraint) quern_constraint_close(h->constraint);
    if (h->schema) quern_schema_close(h->schema);
    *h = (struct hold){0};
}

int hold_tells(const struct hold *h, const struct opts *o) {
    size_t n = 0;
    if (h->schema && !o->no_schema_prompt && !o->raw) quern_schema_shape(h->schema, &n);
    return n > 0;
}

int hold_system(const struct hold *h, const struct opts *o, struct bytes *system, struct err *e) {
    size_t n;
    if (!hold_tells(h, o)) return 0;
    const char *shape = quern_schema_shape(h->schema, &n);
    if (system->n > 0 && bytes_add(system, "\n", 1, e)) return -1;
    return bytes_add_str(system, "Answer in JSON: ", e) || bytes_add(system, shape, n, e) ? -1 : 0;
}

int hold_answer(const struct hold *h, const struct opts *o, const struct bytes *doc, struct bytes *out, struct err *e) {
    struct jsonline_part v = {doc->p, doc->n};
    if (quern_schema_check(h->schema, doc->n ? doc->p : "", doc->n, e)) return -1;
    if (o->raw_strings && doc->p[0] == '"') return jsonline_text(v, out) ? fail(e, ERR_MEMORY, "out of memory") : 0;
    return o->pretty ? jsonline_pretty(out, v, e) : jsonline_compact(out, v, e);
}

void hold_report(struct hold *h) {
    struct quern_constraint_use now, *old = &h->reported;
    if (!h->constraint) return;
    quern_constraint_use(h->constraint, &now);
    note("%-22s%llu of %llu token(s)\n", "forced count:", (unsigned long long)(now.forced - old->forced),
         (unsigned long long)(now.tokens - old->tokens));
    note("%-22s%llu token(s)\n", "likely count:", (unsigned long long)(now.likely - old->likely));
    note("%-22s%llu token(s)\n", "sparse count:", (unsigned long long)(now.sparse - old->sparse));
    note("%-22s%llu, %.3fms\n", "mask count:", (unsigned long long)(now.masks - old->masks), (now.mask_s - old->mask_s) * 1e3);
    note("%-22s%.3fms\n", "longest mask:", now.mask_longest_s * 1e3);
    *old = now;
}
