/* Making cases. In: items. Out: for each option of each choice they lead to, a case, as far as the types still meet.
 */
#include <string.h>

#include "json/conj_make.h"
#include "json/decimal.h"

/* ---- values and keywords ---- */

unsigned conj_type_of(const struct json_value *v) {
    struct decimal d;
    switch (v->type) {
    case JSON_NULL: return T_NULL;
    case JSON_FALSE:
    case JSON_TRUE: return T_BOOL;
    case JSON_STRING: return T_STRING;
    case JSON_ARRAY: return T_ARRAY;
    case JSON_OBJECT: return T_OBJECT;
    }
    decimal_read(&d, v);
    return decimal_is_integer(&d) ? T_INT : T_PART;
}

int conj_within(const struct case_of *c, int64_t i, int64_t of) {
    while (i != of && i >= 0 && !c->item[i].not)
        i = c->item[i].from;
    return i == of;
}

int conj_count(const struct json_value *v, int64_t *out) {
    struct decimal d;
    if (v->type != JSON_NUMBER)
        return 0;
    decimal_read(&d, v);
    *out = decimal_floor(&d, 0);
    return decimal_is_integer(&d);
}

static unsigned type_named(const struct json_value *v) {
    static const struct {
        const char *name;
        unsigned types;
    } known[] = {{"null", T_NULL},     {"boolean", T_BOOL}, {"integer", T_INT},    {"number", T_INT | T_PART},
                 {"string", T_STRING}, {"array", T_ARRAY},  {"object", T_OBJECT}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (json_is(v, known[i].name))
            return known[i].types;
    return 0;
}

unsigned conj_types(const struct json_value *type) {
    if (type->type != JSON_ARRAY)
        return type_named(type);
    unsigned types = 0;
    const struct json_value *at = conj_first(type);
    for (uint32_t i = 0; i < type->n; i++, at = json_next(at))
        types |= type_named(at);
    return types;
}

/* Whether SCHEMA has none of the keywords that say something of values, the FIRST and the LAST of them left out. */
static int says_none_of(const struct json_value *schema, size_t first, size_t last) {
    static const char *const says[] = {"type", "enum", "const", "properties", "required", "additionalProperties", "patternProperties",
        "propertyNames", "minProperties", "maxProperties", "items", "prefixItems", "additionalItems", "contains", "minItems", "maxItems",
        "uniqueItems", "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
        "multipleOf", "allOf", "anyOf", "oneOf", "not", "if", "$dynamicRef", "$recursiveRef", "dependencies", "dependentRequired",
        "dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "$ref"};
    if (schema->type != JSON_OBJECT)
        return schema->type == JSON_TRUE;
    for (size_t i = first; i < sizeof says / sizeof *says - last; i++)
        if (json_find(schema, says[i]))
            return 0;
    return 1;
}

int conj_says_nothing(const struct json_value *schema) {
    return says_none_of(schema, 0, 0);
}

int conj_lists_only(const struct json_value *schema) {
    return says_none_of(schema, 3, 0) && !(json_find(schema, "enum") && json_find(schema, "const"));
}

const struct json_value *conj_meant(const struct refs *refs, const struct json_value *schema) {
    enum { HOPS_MOST = 64 };
    for (int i = 0; i < HOPS_MOST && schema->type == JSON_OBJECT && says_none_of(schema, 0, 1) && json_find(schema, "$ref"); i++) {
        const struct json_value *to = refs_target(refs, schema, NULL);
        if (!to)
            break;
        schema = to;
    }
    return schema;
}

void conj_narrow(struct expansion *x, const struct json_value *keyword) {
    x->out->narrowed = keyword;
}

int conj_add_fact(struct expansion *x, struct making *m, struct fact f) {
    if (f.kind == FACT_TYPES) {
        m->c.types &= (unsigned)f.n;
        return m->c.types ? CONJ_FINE : CONJ_IMPOSSIBLE;
    }
    struct fact *grown = arena_grow(x->mem, m->c.fact, m->c.n_facts, &m->cap_facts, sizeof *grown, x->e);
    if (!grown)
        return CONJ_FAILED;
    m->c.fact = grown;
    m->c.fact[m->c.n_facts++] = f;
    return CONJ_FINE;
}

int conj_add_item(struct expansion *x, struct making *m, const struct json_value *schema, int not) {
    const struct item it = {schema, not, x->from};
    if (it.schema->type == JSON_TRUE || it.schema->type == JSON_FALSE)
        return (it.schema->type == JSON_TRUE) != it.not ? CONJ_FINE : CONJ_IMPOSSIBLE;
    for (int i = 0; i < m->c.n_items; i++)
        if (m->c.item[i].schema == it.schema)
            return m->c.item[i].not == it.not ? CONJ_FINE : CONJ_IMPOSSIBLE;
    struct item *grown = arena_grow(x->mem, m->c.item, m->c.n_items, &m->cap_items, sizeof *grown, x->e);
    if (!grown)
        return CONJ_FAILED;
    m->c.item = grown;
    m->c.item[m->c.n_items++] = it;
    return CONJ_FINE;
}

static int take_option(struct expansion *x, struct making *m, const struct option *o) {
    int r = CONJ_FINE;
    x->from = o->from;
    for (int i = 0; i < o->n_items && r == CONJ_FINE; i++)
        r = conj_add_item(x, m, o->item[i].schema, o->item[i].not);
    for (int i = 0; i < o->n_all && r == CONJ_FINE; i++)
        r = conj_add_item(x, m, o->all[i].schema, o->all[i].not);
    for (int i = 0; i < o->n_facts && r == CONJ_FINE; i++)
        r = conj_add_fact(x, m, o->fact[i]);
    return r;
}

struct option *conj_option(struct expansion *x, struct choice *c) {
    struct option *o = arena_alloc(x->mem, 1, sizeof *o, x->e);
    if (!o)
        return NULL;
    if (x->depth > 0)
        x->copied += (int)(sizeof *o / sizeof(struct fact));
    o->from = x->from;
    o->more = c->first;
    c->first = o;
    c->n++;
    return o;
}

int conj_choose(struct expansion *x, struct making *m, const struct choice *c) {
    if (c->n == 0)
        return CONJ_IMPOSSIBLE;
    if (c->n == 1)
        return take_option(x, m, c->first);
    struct choice *kept = arena_alloc(x->mem, 1, sizeof *kept, x->e);
    if (!kept)
        return CONJ_FAILED;
    *kept = *c;
    kept->more = m->choice;
    m->choice = kept;
    return CONJ_FINE;
}

int conj_offer_item(struct expansion *x, struct choice *c, const struct json_value *schema, int not) {
    struct option *o = conj_option(x, c);
    if (!o)
        return CONJ_FAILED;
    o->item[o->n_items++] = conj_item(schema, not);
    return CONJ_FINE;
}

int conj_offer_two(struct expansion *x, struct choice *c, struct item a, struct item b) {
    struct option *o = conj_option(x, c);
    if (!o)
        return CONJ_FAILED;
    o->item[0] = a;
    o->item[1] = b;
    o->n_items = 1 + (b.schema != NULL);
    return CONJ_FINE;
}

int conj_offer_facts(struct expansion *x, struct choice *c, unsigned types, const struct fact *a, const struct fact *b) {
    struct option *o = conj_option(x, c);
    if (!o)
        return CONJ_FAILED;
    if (types)
        o->fact[o->n_facts++] = (struct fact){.kind = FACT_TYPES, .n = types};
    if (a)
        o->fact[o->n_facts++] = *a;
    if (b)
        o->fact[o->n_facts++] = *b;
    return CONJ_FINE;
}

const char *const conj_references[3] = {"$ref", "$dynamicRef", "$recursiveRef"};

const struct json_value *conj_target(struct expansion *x, const struct json_value *s, int i) {
    return i == 0 ? refs_target(x->refs, s, x->e) : refs_follow(x->refs, s, conj_references[i], x->e);
}

/* ---- cases ---- */

static int keep(struct expansion *x, const struct making *m) {
    struct case_of *c = arena_alloc(x->mem, 1, sizeof *c, x->e);
    if (!c)
        return CONJ_FAILED;
    *c = m->c;
    x->out->one[x->out->n++] = c;
    return CONJ_FINE;
}

/* A copy whose lists grow in a place of their own. */
static struct making branch(const struct making *m) {
    struct making b = *m;
    b.cap_items = b.c.n_items;
    b.cap_facts = b.c.n_facts;
    return b;
}

/* Cases that turn out to be impossible may double at every choice without one being kept: what is copied is counted, too. */
static int is_too_much(const struct expansion *x) {
    enum { COPIED_MOST = 1 << 16 };
    return x->copied > COPIED_MOST;
}

static int is_enough(const struct expansion *x) {
    enum { DEPTH_MOST = 200 };
    return x->depth == DEPTH_MOST || x->out->n == CASES_MOST || is_too_much(x);
}

static int make(struct expansion *x, struct making *m) {
    while (m->done < m->c.n_items && !is_too_much(x)) {
        struct item it = m->c.item[m->done++];
        x->from = m->done - 1;
        int r = it.not ? conj_not_holds(x, m, it.schema) : conj_holds(x, m, it.schema);
        if (r == CONJ_IMPOSSIBLE)
            return CONJ_FINE;
        if (r)
            return r;
    }
    const struct choice *c = m->choice;
    if (is_enough(x)) {
        conj_narrow(x, m->c.n_items ? m->c.item[0].schema : NULL);
        return CONJ_FINE;
    }
    if (!c)
        return keep(x, m);
    m->choice = c->more;
    x->depth++;
    int r = CONJ_FINE;
    const struct option *option[CASES_MOST];
    int n = 0;
    for (const struct option *o = c->first; o && n < CASES_MOST; o = o->more)
        option[n++] = o; /* they were put before each other */
    while (n-- > 0 && r == CONJ_FINE) {
        struct making b = branch(m);
        x->copied += m->c.n_items + m->c.n_facts;
        r = take_option(x, &b, option[n]);
        r = r == CONJ_FINE ? make(x, &b) : r == CONJ_IMPOSSIBLE ? CONJ_FINE : r;
    }
    x->depth--;
    return r;
}

int conj_cases(struct cases *out, const struct refs *refs, const struct valid *valid, const struct item *item, int n, struct arena *mem,
               struct err *e) {
    struct expansion x = {out, refs, valid, mem, e, 0, 0, -1};
    struct making m = {.c.types = T_ALL};
    int r = CONJ_FINE;
    *out = (struct cases){0};
    out->one = arena_alloc(mem, CASES_MOST, sizeof *out->one, e);
    if (!out->one)
        return CONJ_FAILED;
    for (int i = 0; i < n && r == CONJ_FINE; i++)
        r = conj_add_item(&x, &m, item[i].schema, item[i].not);
    return r == CONJ_IMPOSSIBLE ? 0 : r == CONJ_FINE ? make(&x, &m) : r;
}
