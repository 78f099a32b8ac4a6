/* CSV and JSON out of the same calls. */
#include "cli/fields.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "cli/jsonline.h"

static int is_json(const struct fields *f) {
    return f->form == FIELDS_LINE || f->form == FIELDS_LINES;
}

static void put(struct fields *f, const char *text, size_t n) {
    if (!f->failed) f->failed = bytes_add(&f->text, text, n, &f->e) != 0;
}

static void put_str(struct fields *f, const char *text) {
    put(f, text, strlen(text));
}

static void put_blanks(struct fields *f, int n) {
    while (n-- > 0) put(f, " ", 1);
}

static void put_quoted(struct fields *f, const char *text) {
    if (is_json(f)) {
        if (!f->failed) f->failed = jsonline_quote(&f->text, text, strlen(text), &f->e) != 0;
        return;
    }
    put(f, "\"", 1);
    for (; *text; text++) {
        if (*text == '"') put(f, text, 1);
        put(f, text, 1);
    }
    put(f, "\"", 1);
}

/* What stands before a value. 1: the value is to follow. */
static int begin(struct fields *f, const char *name) {
    if (f->n++ > 0) put_str(f, f->form == FIELDS_LINES ? ",\n" : f->form == FIELDS_LINE ? ", " : ",");
    if (f->form == FIELDS_LINES) put_blanks(f, f->indent + 2);
    if (f->form == FIELDS_CSV) return 1;
    if (is_json(f)) put(f, "\"", 1);
    put_str(f, name);
    if (is_json(f)) put_str(f, "\": ");
    return is_json(f);
}

void fields_open(struct fields *f, enum fields_form form, int indent) {
    *f = (struct fields){.form = form, .indent = indent};
    if (form == FIELDS_LINES) put_blanks(f, indent);
    if (is_json(f)) put_str(f, form == FIELDS_LINES ? "{\n" : "{");
}

void fields_text(struct fields *f, const char *name, const char *value) {
    if (!begin(f, name)) return;
    if (value || !is_json(f)) put_quoted(f, value ? value : "");
    else put_str(f, "null");
}

void fields_raw(struct fields *f, const char *name, const char *value) {
    if (!begin(f, name)) return;
    if (is_json(f)) put_str(f, value ? value : "null");
    else put_quoted(f, value ? value : "");
}

void fields_value(struct fields *f, const char *name, const char *fmt, ...) {
    char text[64];
    va_list a;
    va_start(a, fmt);
    vsnprintf(text, sizeof text, fmt, a);
    va_end(a);
    fields_raw(f, name, text);
}

void fields_bool(struct fields *f, const char *name, int value) {
    fields_raw(f, name, is_json(f) ? (value ? "true" : "false") : value ? "1" : "0");
}

void fields_real(struct fields *f, const char *name, double value, int digits) {
    if (isfinite(value)) fields_value(f, name, "%.*f", digits, value);
    else fields_raw(f, name, NULL);
}

int fields_close(struct fields *f, struct err *e) {
    if (f->form == FIELDS_LINES) {
        put(f, "\n", 1);
        put_blanks(f, f->indent);
    }
    put_str(f, is_json(f) ? "}" : "\n");
    if (f->failed) *e = f->e;
    return f->failed ? -1 : 0;
}

void fields_free(struct fields *f) {
    bytes_free(&f->text);
}
