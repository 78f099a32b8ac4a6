/* Subschemas that hold together (allOf, $ref and what stands beside them) are read as one; of alternatives the first that says something.
 * What does not fit is written again with less depth. */
#include "json/shape.h"

#include <string.h>

#define SHAPE_DEPTH 6     /* containers in containers */
#define SHAPE_TOGETHER 16 /* subschemas that hold together */
#define SHAPE_REFS 64     /* depth of references and allOf: one may lead to itself */

struct writer {
    const struct refs *refs;
    struct text_out out;
    int needed_only; /* leave out members that may be left out */
};

struct together {
    const struct json_value *of[SHAPE_TOGETHER];
    int n;
};

static void gather(const struct writer *w, const struct json_value *schema, struct together *t, int depth) {
    struct err ignored;
    if (schema->type != JSON_OBJECT || t->n == SHAPE_TOGETHER || depth > SHAPE_REFS)
        return;
    for (int i = 0; i < t->n; i++) {
        if (t->of[i] == schema)
            return;
    }
    t->of[t->n++] = schema;
    const struct json_value *ref = json_find(schema, "$ref"), *all = json_find(schema, "allOf");
    const struct json_value *target = ref && ref->type == JSON_STRING ? refs_target(w->refs, schema, &ignored) : NULL;
    if (target)
        gather(w, target, t, depth + 1);
    if (all && all->type == JSON_ARRAY) {
        const struct json_value *at = all + 1;
        for (uint32_t i = 0; i < all->n; i++, at = json_next(at))
            gather(w, at, t, depth + 1);
    }
}

static const struct json_value *find(const struct together *t, const char *keyword, enum json_type type) {
    for (int i = 0; i < t->n; i++) {
        const struct json_value *v = json_find(t->of[i], keyword);
        if (v && v->type == (uint8_t)type && v->n > 0)
            return v;
    }
    return NULL;
}

/* "string", or of several types "string|null". */
static void write_types(struct writer *w, const struct json_value *type, int optional) {
    const struct json_value *at = type->type == JSON_ARRAY ? type + 1 : type;
    uint32_t n = type->type == JSON_ARRAY ? type->n : 1;
    text_str(&w->out, "\"");
    for (uint32_t i = 0; i < n; i++, at = json_next(at)) {
        if (i > 0)
            text_str(&w->out, "|");
        if (at->type == JSON_STRING && at->n < 8)
            text_add(&w->out, at->s, at->n);
    }
    text_str(&w->out, optional ? "?\"" : "\"");
}

static void write_word(struct writer *w, const char *word, int optional) {
    text_str(&w->out, "\"");
    text_str(&w->out, word);
    text_str(&w->out, optional ? "?\"" : "\"");
}

static void write_schema(struct writer *w, const struct json_value *schema, int depth, int optional);

/* ---- alternatives ---- */

static int is_null(const struct json_value *schema) {
    const struct json_value *type = json_find(schema, "type"), *fixed = json_find(schema, "const");
    return (type && json_is(type, "null")) || (fixed && fixed->type == JSON_NULL);
}

/* Every alternative names values: an enum of all of them. */
static int write_values(struct writer *w, const struct json_value *list) {
    const struct json_value *at = list + 1;
    const char *between = "[";
    for (uint32_t i = 0; i < list->n; i++, at = json_next(at)) {
        const struct json_value *fixed = json_find(at, "const"), *values = json_find(at, "enum");
        if (!fixed && (!values || values->type != JSON_ARRAY))
            return 0;
    }
    at = list + 1;
    for (uint32_t i = 0; i < list->n; i++, at = json_next(at)) {
        const struct json_value *fixed = json_find(at, "const"), *values = json_find(at, "enum"), *v = fixed ? fixed : values + 1;
        for (uint32_t k = 0; k < (fixed ? 1 : values->n); k++, v = json_next(v)) {
            text_str(&w->out, between);
            text_value(&w->out, v);
            between = ", ";
        }
    }
    text_str(&w->out, *between == ',' ? "]" : "[]");
    return 1;
}

/* Every alternative is no more than a type: "integer|string". */
static int write_either(struct writer *w, const struct json_value *list, int optional) {
    const struct json_value *at = list + 1;
    for (uint32_t i = 0; i < list->n; i++, at = json_next(at)) {
        const struct json_value *type = json_find(at, "type");
        if (!type || type->type != JSON_STRING || json_is(type, "object") || json_is(type, "array") || json_find(at, "enum"))
            return 0;
    }
    at = list + 1;
    text_str(&w->out, "\"");
    for (uint32_t i = 0; i < list->n; i++, at = json_next(at)) {
        const struct json_value *type = json_find(at, "type");
        text_str(&w->out, i ? "|" : "");
        text_add(&w->out, type->s, type->n < 8 ? type->n : 0);
    }
    text_str(&w->out, optional ? "?\"" : "\"");
    return 1;
}

static void write_one_of(struct writer *w, const struct json_value *list, int depth, int optional) {
    const struct json_value *at = list + 1, *first = at;
    if (write_values(w, list) || write_either(w, list, optional))
        return;
    for (uint32_t i = 0; i < list->n; i++, at = json_next(at)) {
        if (!is_null(at)) {
            first = at;
            break;
        }
    }
    write_schema(w, first, depth, optional);
}

/* ---- containers ---- */

static int is_needed(const struct together *t, const struct json_value *key) {
    for (int i = 0; i < t->n; i++) {
        const struct json_value *list = json_find(t->of[i], "required");
        const struct json_value *at = list ? list + 1 : NULL;
        for (uint32_t k = 0; list && list->type == JSON_ARRAY && k < list->n; k++, at = json_next(at)) {
            if (at->type == JSON_STRING && at->n == key->n && memcmp(at->s, key->s, key->n) == 0)
                return 1;
        }
    }
    return 0;
}

static void write_object(struct writer *w, const struct together *t, int depth, int optional) {
    const char *between = "{";
    if (depth == 0 || !find(t, "properties", JSON_OBJECT)) {
        write_word(w, "object", optional);
        return;
    }
    for (int i = 0; i < t->n; i++) {
        const struct json_value *properties = json_find(t->of[i], "properties");
        const struct json_value *at = properties ? properties + 1 : NULL;
        if (!properties || properties->type != JSON_OBJECT)
            continue;
        for (uint32_t k = 0; k < properties->n && k < 1000 && w->out.n <= SHAPE_MOST; k++, at = json_next(at + 1)) {
            int needed = is_needed(t, at);
            if (at[1].type == JSON_FALSE || (w->needed_only && !needed))
                continue;
            text_str(&w->out, between);
            text_quote(&w->out, at->s, at->n);
            text_str(&w->out, ": ");
            write_schema(w, at + 1, depth - 1, !needed);
            between = ", ";
        }
    }
    text_str(&w->out, *between == ',' ? "}" : "{}");
}

static void write_array(struct writer *w, const struct together *t, int depth, int optional) {
    const struct json_value *items = find(t, "prefixItems", JSON_ARRAY);
    if (!items)
        items = find(t, "items", JSON_ARRAY);
    if (items)
        items++;
    else
        items = find(t, "items", JSON_OBJECT);
    if (depth == 0 || !items) {
        write_word(w, "array", optional);
        return;
    }
    text_str(&w->out, "[");
    write_schema(w, items, depth - 1, 0);
    text_str(&w->out, "]");
}

/* ---- a schema ---- */

static const struct json_value *fixed_value(const struct together *t) {
    for (int i = 0; i < t->n; i++) {
        const struct json_value *v = json_find(t->of[i], "const"), *values = json_find(t->of[i], "enum");
        if (!v && values && values->type == JSON_ARRAY && values->n == 1)
            v = values + 1;
        if (v)
            return v;
    }
    return NULL;
}

/* Formats that a word tells more of than "string" does. */
static const char *format_word(const struct together *t) {
    static const char *const words[] = {"date", "time", "date-time", "duration", "uuid", "email", "uri", "hostname", "ipv4", "ipv6"};
    const struct json_value *format = find(t, "format", JSON_STRING);
    for (size_t i = 0; format && i < sizeof words / sizeof *words; i++) {
        if (json_is(format, words[i]))
            return words[i];
    }
    return NULL;
}

static const struct json_value *alternatives(const struct together *t) {
    const struct json_value *list = find(t, "anyOf", JSON_ARRAY);
    return list ? list : find(t, "oneOf", JSON_ARRAY);
}

static void write_schema(struct writer *w, const struct json_value *schema, int depth, int optional) {
    struct together t = {.n = 0};
    if (w->out.n > SHAPE_MOST || w->out.failed)
        return;
    gather(w, schema, &t, 0);
    const struct json_value *fixed = fixed_value(&t), *values = find(&t, "enum", JSON_ARRAY), *either = alternatives(&t);
    const struct json_value *type = find(&t, "type", JSON_STRING), *types = find(&t, "type", JSON_ARRAY);
    if (types && types->n == 1)
        type = types + 1;
    const char *format = format_word(&t);
    if (fixed)
        text_value(&w->out, fixed);
    else if (values)
        text_value(&w->out, values);
    else if (find(&t, "properties", JSON_OBJECT))
        write_object(w, &t, depth, optional);
    else if (either && depth > 0 && !(type && !json_is(type, "object") && !json_is(type, "array")))
        write_one_of(w, either, depth - 1, optional);
    else if (type && json_is(type, "object"))
        write_object(w, &t, depth, optional);
    else if ((type && json_is(type, "array")) || (!type && !types && find(&t, "items", JSON_OBJECT)))
        write_array(w, &t, depth, optional);
    else if (type && format && json_is(type, "string"))
        write_word(w, format, optional);
    else if (type || types)
        write_types(w, type ? type : types, optional);
    else
        write_word(w, format ? format : "any", optional);
}

static int says_nothing(const struct text_out *o) {
    static const char *const words[] = {"\"any\"", "\"object\"", "{}"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (o->n == strlen(words[i]) && memcmp(o->s, words[i], o->n) == 0)
            return 1;
    }
    return 0;
}

int shape_write(const struct refs *r, struct text_out *out, struct err *e) {
    struct writer w = {.refs = r};
    for (int depth = 2 * SHAPE_DEPTH; depth >= 0; depth--) { /* all members with less and less depth, then those that are needed */
        int left = depth > SHAPE_DEPTH ? depth - SHAPE_DEPTH : depth;
        text_free(&w.out);
        w.needed_only = depth <= SHAPE_DEPTH;
        write_schema(&w, r->doc->root, left, 0);
        if (w.out.n <= SHAPE_MOST)
            break;
    }
    if (!says_nothing(&w.out))
        text_add(out, w.out.s, w.out.n);
    int rc = text_done(&w.out, e) || text_done(out, e) ? -1 : 0;
    text_free(&w.out);
    return rc;
}
