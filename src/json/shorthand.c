/* A shorthand is walked once; each of its values writes what it is short for. */
#include "json/shorthand.h"

#include <stdio.h>
#include <string.h>

static const char *const types[] = {"string", "integer", "number", "boolean", "null", "object", "array", "any"};
enum { N_TYPES = 7, ANY = 7 }; /* "any" is no type of JSON Schema */

static int type_of(const char *s, size_t n) { /* -1: none */
    for (int i = 0; i <= ANY; i++) {
        if (strlen(types[i]) == n && memcmp(types[i], s, n) == 0)
            return i;
    }
    return -1;
}

/* ---- schema or shorthand ---- */

static int names_types(const struct json_value *v) { /* as "type" does */
    const struct json_value *at = v + 1;
    if (v->type == JSON_STRING) {
        int t = type_of(v->s, v->n);
        return t >= 0 && t != ANY;
    }
    if (v->type != JSON_ARRAY || v->n == 0)
        return 0;
    for (uint32_t i = 0; i < v->n; i++, at = json_next(at)) {
        if (at->type != JSON_STRING || !names_types(at))
            return 0;
    }
    return 1;
}

/* Can a keyword have V as its value? KIND: s a string, o an object, a an array, i a schema or a list of schemas, * anything. */
static int suits(const struct json_value *v, char kind) {
    const struct json_value *at = v + 1;
    int one = v->type == JSON_OBJECT || v->type == JSON_TRUE || v->type == JSON_FALSE;
    if (kind != 'i')
        return kind == '*' || v->type == (kind == 's' ? JSON_STRING : kind == 'o' ? JSON_OBJECT : JSON_ARRAY);
    if (v->type != JSON_ARRAY)
        return one;
    for (uint32_t i = 0; i < v->n; i++, at = json_next(at)) {
        if (!suits(at, 'i') || at->type == JSON_ARRAY)
            return 0;
    }
    return 1;
}

/* {"type": "string", "severity": ["info", "error"]} is an object with a member named type: the other members, and there are some, have
 * names that no keyword has and values that a shorthand may have. */
static int has_a_type_among_others(const struct json_value *v) {
    static const char *const keywords[] = {"title", "description", "default", "examples", "example", "format", "pattern", "minLength",
        "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems",
        "contains", "minContains", "maxContains", "prefixItems", "additionalItems", "unevaluatedItems", "required", "minProperties",
        "maxProperties", "patternProperties", "additionalProperties", "propertyNames", "unevaluatedProperties", "dependencies",
        "dependentRequired", "dependentSchemas", "definitions", "not", "if", "then", "else", "id", "nullable", "deprecated", "readOnly",
        "writeOnly", "contentEncoding", "contentMediaType", "contentSchema"};
    const struct json_value *at = v + 1;
    for (uint32_t i = 0; i < v->n; i++, at = json_next(at + 1)) {
        const struct json_value *value = at + 1;
        int word = value->type == JSON_STRING && value->n > 0 && type_of(value->s, value->n - (value->s[value->n - 1] == '?')) >= 0;
        if (at->s[0] == '$' || !(word || ((value->type == JSON_ARRAY || value->type == JSON_OBJECT) && value->n > 0)))
            return 0;
        for (size_t k = 0; k < sizeof keywords / sizeof *keywords; k++)
            if (at->n == strlen(keywords[k]) && memcmp(at->s, keywords[k], at->n) == 0)
                return 0;
    }
    return v->n > 1;
}

int shorthand_is(const struct json_value *v) {
    static const char *const words[] = {"s$ref", "s$schema", "oproperties", "aanyOf", "aoneOf", "aallOf", "aenum", "*const", "iitems"};
    if (v->type == JSON_TRUE || v->type == JSON_FALSE || (v->type == JSON_OBJECT && v->n == 0))
        return 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const struct json_value *found = json_find(v, words[i] + 1);
        if (found && suits(found, words[i][0]))
            return 0;
    }
    const struct json_value *type = json_find(v, "type");
    return !type || !names_types(type) || has_a_type_among_others(v);
}

/* ---- what it is short for ---- */

struct place { /* in the document: the way to the root */
    const struct place *up;
    const struct json_value *key; /* of a member, or NULL: element `at` of a list */
    uint32_t at;
};

struct writer {
    const struct json *json;
    struct text_out *out;
    struct err *e;
};

static void add_pointer(struct text_out *o, const struct place *p) {
    char index[16];
    if (!p)
        return;
    add_pointer(o, p->up);
    text_str(o, "/");
    if (!p->key) {
        snprintf(index, sizeof index, "%u", (unsigned)p->at);
        text_str(o, index);
        return;
    }
    for (uint32_t i = 0; i < p->key->n; i++) {
        char c = p->key->s[i];
        text_add(o, c == '~' ? "~0" : c == '/' ? "~1" : p->key->s + i, c == '~' || c == '/' ? 2 : 1);
    }
}

/* REASON follows what stands there. */
static int fault(struct writer *w, const struct place *p, const struct json_value *v, const char *reason) {
    struct text_out pointer = {0};
    char shown[40];
    text_str(&pointer, "#");
    add_pointer(&pointer, p);
    const char *what = v->type == JSON_STRING || v->type == JSON_NUMBER ? err_quote(shown, sizeof shown, v->s, v->n) : json_type_name(v);
    const char *quote = v->type == JSON_STRING ? "\"" : "";
    int r = text_done(&pointer, w->e);
    if (r == 0)
        r = err_set(w->e, w->json->code, "%s: %.160s: %s%s%s %s", w->json->name, pointer.s, quote, what, quote, reason);
    text_free(&pointer);
    return r;
}

#define TYPES "string, integer, number, boolean, null, any, object, array"

static int word(struct writer *w, const struct place *p, const struct json_value *v) {
    int member = p && p->key, optional = v->n > 0 && v->s[v->n - 1] == '?';
    int type = type_of(v->s, v->n - (uint32_t)optional);
    if (type < 0 && p && !p->key)
        return fault(w, p, v, "is no type (" TYPES "): a list of one is an array of that type, an enum lists two or more");
    if (type < 0)
        return fault(w, p, v, "is no type: " TYPES " are; with ? behind it a member may be left out");
    if (optional && !member)
        return fault(w, p, v, "stands in no object: only a member may be left out");
    text_str(w->out, type == ANY ? "{" : "{\"type\": \"");
    if (type != ANY) {
        text_str(w->out, types[type]);
        text_str(w->out, "\"");
    }
    text_str(w->out, "}");
    return 0;
}

static int value(struct writer *w, const struct place *p, const struct json_value *v);

static int list(struct writer *w, const struct place *p, const struct json_value *v) {
    const struct json_value *at = v + 1;
    if (v->n == 0)
        return fault(w, p, v, "without an element does not say what it lists: \"array\" is any, [\"any\"] too");
    if (v->n == 1) {
        text_str(w->out, "{\"type\": \"array\", \"items\": ");
        if (value(w, &(struct place){p, NULL, 0}, at))
            return -1;
        text_str(w->out, "}");
        return 0;
    }
    for (uint32_t i = 0; i < v->n; i++, at = json_next(at)) {
        if (at->type >= JSON_ARRAY)
            return fault(w, &(struct place){p, NULL, i}, at, "stands in a list of several, which is an enum: of scalars");
    }
    text_str(w->out, "{\"enum\": ");
    text_value(w->out, v);
    text_str(w->out, "}");
    return 0;
}

static int is_optional(const struct json_value *v) {
    return v->type == JSON_STRING && v->n > 0 && v->s[v->n - 1] == '?';
}

static int object(struct writer *w, const struct place *p, const struct json_value *v) {
    const struct json_value *at = v + 1;
    const char *between = ", \"required\": [";
    if (v->n == 0) {
        text_str(w->out, "{}");
        return 0;
    }
    text_str(w->out, "{\"type\": \"object\", \"properties\": {");
    for (uint32_t i = 0; i < v->n; i++, at = json_next(at + 1)) {
        text_str(w->out, i ? ", " : "");
        text_quote(w->out, at->s, at->n);
        text_str(w->out, ": ");
        if (value(w, &(struct place){p, at, 0}, at + 1))
            return -1;
    }
    text_str(w->out, "}");
    at = v + 1;
    for (uint32_t i = 0; i < v->n; i++, at = json_next(at + 1)) {
        if (is_optional(at + 1))
            continue;
        text_str(w->out, between);
        text_quote(w->out, at->s, at->n);
        between = ", ";
    }
    text_str(w->out, !between[2] ? "], \"additionalProperties\": false}" : ", \"additionalProperties\": false}");
    return 0;
}

static int value(struct writer *w, const struct place *p, const struct json_value *v) {
    switch (v->type) {
    case JSON_STRING: return word(w, p, v);
    case JSON_ARRAY: return list(w, p, v);
    case JSON_OBJECT: return object(w, p, v);
    default: return fault(w, p, v, "is no type, nor a list of them: what is not short for a schema is written as one, with \"type\"");
    }
}

int shorthand_expand(const struct json *j, struct text_out *out, struct err *e) {
    struct writer w = {j, out, e};
    return value(&w, NULL, j->root) ? -1 : text_done(out, e);
}
