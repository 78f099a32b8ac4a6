/* JSON schemas: quern.h's part of them over json's reader, compiler and validator. Knows no model. */
#include "engine.h"

#include <stdio.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "json/restyle.h"
#include "json/shape.h"
#include "json/shorthand.h"

static const struct schema_caps defaults = {1024, 64, 8, 17};

static void set_caps(struct schema_caps *out, const struct quern_schema_caps *given) {
    *out = defaults;
    if (!given)
        return;
    out->string = given->string > 0 ? given->string : out->string;
    out->items = given->items > 0 ? given->items : out->items;
    out->depth = given->depth > 0 ? given->depth : out->depth;
    out->digits = given->digits > 0 ? given->digits : out->digits;
}

/* The text as a full schema on one line. */
static int expand(struct quern_schema *s, const char *name, const char *text, size_t n, struct err *e) {
    struct json j;
    if (json_open(&j, name, ERR_SCHEMA, text, n, e))
        return -1;
    int rc = 0;
    if (shorthand_is(j.root))
        rc = shorthand_expand(&j, &s->text, e);
    else
        text_value(&s->text, j.root);
    if (!rc)
        rc = text_done(&s->text, e);
    json_close(&j);
    return rc;
}

/* The formats that are not asserted, each once, as far as there is room. */
static void find_notes(struct quern_schema *s) {
    char quoted[64], note[128];
    for (size_t i = 0; i < s->s.refs.n_schemas; i++) {
        const struct json_value *format = json_find(s->s.refs.schema[i], "format");
        if (!format || format->type != JSON_STRING || valid_format(s->s.valid, format))
            continue;
        snprintf(note, sizeof note, "format: \"%s\" is not asserted", err_quote(quoted, sizeof quoted, format->s, format->n));
        const size_t used = strlen(s->notes);
        if (!strstr(s->notes, note) && used + strlen(note) + 3 < sizeof s->notes)
            snprintf(s->notes + used, sizeof s->notes - used, "%s%s", used ? "; " : "", note);
    }
}

int quern_schema_open(struct quern_schema **out, const char *name, const char *text, size_t n, const struct quern_schema_caps *given,
                      struct err *e) {
    struct schema_caps caps;
    struct quern_schema *s = calloc(1, sizeof *s);
    *out = NULL;
    if (!s)
        return err_set(e, ERR_MEMORY, "out of memory");
    set_caps(&caps, given);
    if (expand(s, name, text, n, e) || schema_open(&s->s, name, s->text.s, s->text.n, &caps, e)) {
        text_free(&s->text);
        free(s);
        return -1;
    }
    if (shape_write(&s->s.refs, &s->shape, e) || text_done(&s->shape, e)) {
        quern_schema_close(s);
        return -1;
    }
    find_notes(s);
    *out = s;
    return 0;
}

void quern_schema_close(struct quern_schema *s) {
    if (!s)
        return;
    schema_close(&s->s);
    text_free(&s->text);
    text_free(&s->shape);
    free(s);
}

const char *quern_schema_text(const struct quern_schema *s, size_t *n) {
    *n = s->text.n;
    return s->text.s;
}

const char *quern_schema_shape(const struct quern_schema *s, size_t *n) {
    *n = s->shape.n;
    return s->shape.s ? s->shape.s : "";
}

const char *quern_schema_notes(const struct quern_schema *s) {
    return s->notes;
}

int quern_schema_check(const struct quern_schema *s, const char *doc, size_t n, struct err *e) {
    struct json j;
    struct err why = {0};
    if (json_open(&j, "the document", ERR_RUNTIME, doc, n, e))
        return -1;
    const int valid = valid_check(s->s.valid, s->s.json.root, j.root, &why);
    json_close(&j);
    if (valid > 0)
        return 0;
    return valid < 0 ? err_set(e, ERR_MEMORY, "the document cannot be checked: out of memory, or it is nested too deeply")
                     : err_set(e, ERR_RUNTIME, "%s", why.text);
}

/* ---- without a vocabulary ---- */

int quern_schema_minimum(const struct quern_schema *s) {
    struct machine *m;
    struct state start;
    if (machine_open(&m, &s->s, NULL, NULL, NULL))
        return -1;
    machine_start(m, &start);
    uint32_t least = machine_left(&start);
    machine_close(m);
    return least < INT_MAX ? (int)least : INT_MAX;
}

int quern_schema_restyle(const struct quern_schema *s, const char *doc, size_t n, char **out, size_t *n_out, struct err *e) {
    struct json j;
    struct machine *m = NULL;
    struct text_out text = {0};
    *out = NULL;
    if (json_open(&j, "document", ERR_RUNTIME, doc, n, e))
        return -1;
    int r = machine_open(&m, &s->s, NULL, NULL, e) ? -1 : restyle(m, &s->s, j.root, &text, e);
    machine_close(m);
    json_close(&j);
    if (r != 1) {
        text_free(&text);
        return r;
    }
    *out = text.s;
    *n_out = text.n;
    return 1;
}
