/* The keywords of a subschema. In: its members. Out: the rules they make, or a refusal of what no specification gives a meaning.
 * Keywords that "$schema" puts after its dialect are annotations, as are unknown ones.
 */
#include <assert.h>
#include <string.h>

#include "json/decimal.h"
#include "json/valid_rules.h"

#define FAULT(g, key, ...) refs_fault((g)->v->refs, (g)->now->schema, (key)->s, (g)->e, __VA_ARGS__)

static int expected(struct rules_reader *g, const struct json_value *key, const char *what) {
    return FAULT(g, key, "expected %s, found %s", what, json_type_name(key + 1));
}

/* Where keywords that stand together in the table make a rule of that kind together, there is one. */
static struct rule *add(struct rules_reader *g, enum rule_kind kind, const struct json_value *key) {
    struct rules *r = g->now;
    if (r->n > 0 && r->rule[r->n - 1].kind == kind && (kind == RULE_MEMBERS || kind == RULE_ELEMENTS))
        return &r->rule[r->n - 1];
    r->rule[r->n].kind = (uint8_t)kind;
    r->rule[r->n].key = key;
    return &r->rule[r->n++];
}

/* ---- arguments ---- */

static int is_schema(const struct json_value *v) {
    return v->type == JSON_OBJECT || v->type == JSON_TRUE || v->type == JSON_FALSE;
}

static int need_each(struct rules_reader *g, const struct json_value *key, int same) {
    const struct json_value *list = key + 1, *at = list + 1;
    for (uint32_t i = 0; i < list->n; i++, at = json_next(at)) {
        at += list->type == JSON_OBJECT;
        if (rules_need(g, key, at, same))
            return -1;
    }
    return 0;
}

static int are_strings(const struct json_value *list) {
    const struct json_value *at = list + 1;
    if (list->type != JSON_ARRAY)
        return 0;
    for (uint32_t i = 0; i < list->n; i++, at = json_next(at)) {
        if (at->type != JSON_STRING)
            return 0;
    }
    return 1;
}

static int read_any(struct rules_reader *g, enum rule_kind kind, const struct json_value *key) {
    add(g, kind, key);
    return 0;
}

static int read_count(struct rules_reader *g, enum rule_kind kind, const struct json_value *key) {
    struct decimal d;
    if (key[1].type != JSON_NUMBER)
        return expected(g, key, "a count");
    decimal_read(&d, key + 1);
    if (d.sign < 0 || !decimal_is_integer(&d))
        return FAULT(g, key, "expected a count, found %.40s", key[1].s);
    uint64_t n = (uint64_t)decimal_floor(&d, 0);
    if (kind == RULE_CONTAINS && key->s[1] == 'i')
        g->now->contains_min = n;
    else if (kind == RULE_CONTAINS)
        g->now->contains_max = n;
    else
        add(g, kind, key)->arg.n = n;
    return 0;
}

static int read_number(struct rules_reader *g, enum rule_kind kind, const struct json_value *key) {
    if (key[1].type != JSON_NUMBER)
        return expected(g, key, "a number");
    struct decimal d;
    decimal_read(&d, key + 1);
    if (kind == RULE_MULTIPLE && d.sign <= 0)
        return FAULT(g, key, "expected a number above 0, found %.40s", key[1].s);
    if (kind == RULE_MULTIPLE && d.n > 18)
        return FAULT(g, key, "a number of more than 18 digits is not supported");
    add(g, kind, key);
    return 0;
}

/* A limit of its own, or as in draft 4 true or false for the one before: the table has "minimum" in front of "exclusiveMinimum". */
static int read_exclusive(struct rules_reader *g, enum rule_kind kind, const struct json_value *key) {
    struct rules *r = g->now;
    int inclusive = kind == RULE_ABOVE ? RULE_MINIMUM : RULE_MAXIMUM;
    if (key[1].type == JSON_TRUE && r->n > 0 && r->rule[r->n - 1].kind == inclusive)
        r->rule[r->n - 1].kind = (uint8_t)kind;
    if (key[1].type == JSON_TRUE || key[1].type == JSON_FALSE)
        return 0;
    return read_number(g, kind, key);
}

static int read_flag(struct rules_reader *g, enum rule_kind kind, const struct json_value *key) {
    if (key[1].type != JSON_TRUE && key[1].type != JSON_FALSE)
        return expected(g, key, "true or false");
    if (key[1].type == JSON_TRUE)
        add(g, kind, key);
    return 0;
}

static int read_lang(struct rules_reader *g, enum rule_kind kind, const struct json_value *key) {
    if (key[1].type != JSON_STRING)
        return expected(g, key, "a string");
    if (rules_need_lang(g, key, key + 1, kind == RULE_FORMAT))
        return -1;
    const struct valid_lang *lang = g->v->lang[key + 1 - g->v->refs->doc->root];
    if (lang->is_known)
        add(g, kind, key)->arg.lang = lang;
    return 0;
}

static unsigned type_bit(const struct json_value *name) {
    static const struct {
        const char *name;
        unsigned bits;
    } table[] = {
        {"null", 1u << JSON_NULL}, {"boolean", 1u << JSON_FALSE | 1u << JSON_TRUE}, {"number", 1u << JSON_NUMBER},
        {"integer", RULE_INTEGER}, {"string", 1u << JSON_STRING}, {"array", 1u << JSON_ARRAY}, {"object", 1u << JSON_OBJECT},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (json_is(name, table[i].name))
            return table[i].bits;
    }
    return 0;
}

static int read_type(struct rules_reader *g, enum rule_kind kind, const struct json_value *key) {
    const struct json_value *at = key + 1;
    uint32_t n = at->type == JSON_ARRAY ? at->n : 1;
    struct rule *rule = add(g, kind, key);
    if (at->type != JSON_STRING && !are_strings(at))
        return expected(g, key, "the name of a type, or a list of them");
    at += at->type == JSON_ARRAY;
    for (uint32_t i = 0; i < n; i++, at = json_next(at)) {
        if (!type_bit(at))
            return FAULT(g, key, "'%.40s' is no type", at->s);
        rule->arg.n |= type_bit(at);
    }
    return 0;
}

static int read_enum(struct rules_reader *g, enum rule_kind kind, const struct json_value *key) {
    if (key[1].type != JSON_ARRAY)
        return expected(g, key, "an array");
    add(g, kind, key);
    return 0;
}

/* Draft 3 put true or false into the properties themselves; schemas that still do so are read as the later drafts do. */
static int read_required(struct rules_reader *g, enum rule_kind kind, const struct json_value *key) {
    if (key[1].type == JSON_TRUE || key[1].type == JSON_FALSE)
        return 0;
    if (!are_strings(key + 1))
        return expected(g, key, "an array of strings");
    add(g, kind, key);
    return 0;
}

static int read_dependencies(struct rules_reader *g, enum rule_kind kind, const struct json_value *key) {
    const struct json_value *map = key + 1, *at = map + 1;
    int lists = strcmp(key->s, "dependentSchemas") != 0, schemas = strcmp(key->s, "dependentRequired") != 0;
    if (map->type != JSON_OBJECT)
        return expected(g, key, "an object");
    for (uint32_t i = 0; i < map->n; i++, at = json_next(at + 1)) {
        if (lists && are_strings(at + 1))
            continue;
        if (!schemas)
            return FAULT(g, key, "'%.40s': expected an array of strings", at->s);
        if (rules_need(g, key, at + 1, 1))
            return -1;
    }
    add(g, kind, key);
    return 0;
}

/* ---- subschemas ---- */

static int read_ref(struct rules_reader *g, enum rule_kind kind, const struct json_value *key) {
    const struct json_value *schema = g->now->schema;
    const struct json_value *to = strcmp(key->s, "$ref") == 0 ? refs_target(g->v->refs, schema, g->e)
                                                               : refs_follow(g->v->refs, schema, key->s, g->e);
    if (!to)
        return -1;
    add(g, kind, key)->arg.to = to;
    return rules_need(g, key, to, 1);
}

static int read_list(struct rules_reader *g, enum rule_kind kind, const struct json_value *key) {
    if (key[1].type != JSON_ARRAY)
        return expected(g, key, "an array");
    if (key[1].n == 0)
        return FAULT(g, key, "expected a schema at least");
    add(g, kind, key);
    return need_each(g, key, 1);
}

static int read_schema(struct rules_reader *g, enum rule_kind kind, const struct json_value *key) {
    struct rules *r = g->now;
    int same = kind == RULE_NOT || kind == RULE_IF;
    if (kind == RULE_MEMBERS)
        r->additional = key + 1;
    r->has_rests |= kind == RULE_REST_ITEMS || kind == RULE_REST_MEMBERS;
    add(g, kind, key);
    return rules_need(g, key, key + 1, same);
}

/* "then" and "else", which stand behind "if" in the table. */
static int read_branch(struct rules_reader *g, enum rule_kind kind, const struct json_value *key) {
    struct rules *r = g->now;
    int has_if = 0;
    for (uint32_t i = 0; i < r->n; i++)
        has_if |= r->rule[i].kind == kind;
    if (!has_if)
        return 0;
    if (key->s[0] == 't')
        r->then_do = key + 1;
    else
        r->else_do = key + 1;
    return rules_need(g, key, key + 1, 1);
}

static int read_map(struct rules_reader *g, enum rule_kind kind, const struct json_value *key) {
    const struct json_value *map = key + 1, *at = map + 1;
    if (map->type != JSON_OBJECT)
        return expected(g, key, "an object");
    add(g, kind, key);
    if (key->s[1] == 'r') {
        g->now->properties = map;
    } else {
        g->now->patterns = map;
        for (uint32_t i = 0; i < map->n; i++, at = json_next(at + 1)) {
            if (rules_need_lang(g, key, at, 0))
                return -1;
        }
    }
    return need_each(g, key, 0);
}

/* "prefixItems", the older "items" with an array and "additionalItems" behind it, and "items" for all that follows. */
static int read_items(struct rules_reader *g, enum rule_kind kind, const struct json_value *key) {
    struct rules *r = g->now;
    const struct json_value *items = json_find(r->schema, "items");
    int is_list = key[1].type == JSON_ARRAY;
    if (key->s[0] == 'a' && (!items || items->type != JSON_ARRAY))
        return 0;
    if (is_list && (r->prefix || key->s[0] == 'a'))
        return FAULT(g, key, "expected a schema, found an array");
    if (!is_list && key->s[0] == 'p')
        return expected(g, key, "an array");
    add(g, kind, key);
    if (is_list)
        r->prefix = key + 1;
    else
        r->rest = key + 1;
    return is_list ? need_each(g, key, 0) : rules_need(g, key, key + 1, 0);
}

/* ---- the table ---- */

static const struct keyword {
    const char *name;
    enum draft since, until;
    enum rule_kind kind;
    int (*read)(struct rules_reader *g, enum rule_kind kind, const struct json_value *key);
} table[] = {
    {"$ref", DRAFT_4, DRAFT_2020, RULE_REF, read_ref},
    {"$recursiveRef", DRAFT_2019, DRAFT_2019, RULE_REF, read_ref},
    {"$dynamicRef", DRAFT_2020, DRAFT_2020, RULE_REF, read_ref},
    {"type", DRAFT_4, DRAFT_2020, RULE_TYPE, read_type},
    {"enum", DRAFT_4, DRAFT_2020, RULE_ENUM, read_enum},
    {"const", DRAFT_6, DRAFT_2020, RULE_CONST, read_any},
    {"multipleOf", DRAFT_4, DRAFT_2020, RULE_MULTIPLE, read_number},
    {"minimum", DRAFT_4, DRAFT_2020, RULE_MINIMUM, read_number},
    {"exclusiveMinimum", DRAFT_4, DRAFT_2020, RULE_ABOVE, read_exclusive},
    {"maximum", DRAFT_4, DRAFT_2020, RULE_MAXIMUM, read_number},
    {"exclusiveMaximum", DRAFT_4, DRAFT_2020, RULE_BELOW, read_exclusive},
    {"minLength", DRAFT_4, DRAFT_2020, RULE_MIN_LENGTH, read_count},
    {"maxLength", DRAFT_4, DRAFT_2020, RULE_MAX_LENGTH, read_count},
    {"pattern", DRAFT_4, DRAFT_2020, RULE_PATTERN, read_lang},
    {"format", DRAFT_4, DRAFT_2020, RULE_FORMAT, read_lang},
    {"minItems", DRAFT_4, DRAFT_2020, RULE_MIN_ITEMS, read_count},
    {"maxItems", DRAFT_4, DRAFT_2020, RULE_MAX_ITEMS, read_count},
    {"uniqueItems", DRAFT_4, DRAFT_2020, RULE_UNIQUE, read_flag},
    {"prefixItems", DRAFT_2020, DRAFT_2020, RULE_ELEMENTS, read_items},
    {"items", DRAFT_4, DRAFT_2020, RULE_ELEMENTS, read_items},
    {"additionalItems", DRAFT_4, DRAFT_2020, RULE_ELEMENTS, read_items},
    {"minContains", DRAFT_2019, DRAFT_2020, RULE_CONTAINS, read_count},
    {"maxContains", DRAFT_2019, DRAFT_2020, RULE_CONTAINS, read_count},
    {"contains", DRAFT_6, DRAFT_2020, RULE_CONTAINS, read_schema},
    {"minProperties", DRAFT_4, DRAFT_2020, RULE_MIN_MEMBERS, read_count},
    {"maxProperties", DRAFT_4, DRAFT_2020, RULE_MAX_MEMBERS, read_count},
    {"required", DRAFT_4, DRAFT_2020, RULE_REQUIRED, read_required},
    {"properties", DRAFT_4, DRAFT_2020, RULE_MEMBERS, read_map},
    {"patternProperties", DRAFT_4, DRAFT_2020, RULE_MEMBERS, read_map},
    {"additionalProperties", DRAFT_4, DRAFT_2020, RULE_MEMBERS, read_schema},
    {"propertyNames", DRAFT_6, DRAFT_2020, RULE_NAMES, read_schema},
    {"dependencies", DRAFT_4, DRAFT_2020, RULE_DEPENDENCIES, read_dependencies},
    {"dependentRequired", DRAFT_2019, DRAFT_2020, RULE_DEPENDENCIES, read_dependencies},
    {"dependentSchemas", DRAFT_2019, DRAFT_2020, RULE_DEPENDENCIES, read_dependencies},
    {"allOf", DRAFT_4, DRAFT_2020, RULE_ALL, read_list},
    {"anyOf", DRAFT_4, DRAFT_2020, RULE_ANY, read_list},
    {"oneOf", DRAFT_4, DRAFT_2020, RULE_ONE, read_list},
    {"not", DRAFT_4, DRAFT_2020, RULE_NOT, read_schema},
    {"if", DRAFT_7, DRAFT_2020, RULE_IF, read_schema},
    {"then", DRAFT_7, DRAFT_2020, RULE_IF, read_branch},
    {"else", DRAFT_7, DRAFT_2020, RULE_IF, read_branch},
    {"unevaluatedItems", DRAFT_2019, DRAFT_2020, RULE_REST_ITEMS, read_schema},
    {"unevaluatedProperties", DRAFT_2019, DRAFT_2020, RULE_REST_MEMBERS, read_schema},
};
#define N_KEYWORDS (sizeof table / sizeof *table)

static size_t find_keyword(const struct json_value *key) {
    size_t i = 0;
    while (i < N_KEYWORDS && (table[i].name[0] != key->s[0] || strcmp(table[i].name, key->s) != 0 || key->n != strlen(table[i].name)))
        i++;
    return i;
}

static int is_read(size_t keyword, enum draft draft) {
    return keyword < N_KEYWORDS && draft >= table[keyword].since && draft <= table[keyword].until;
}

int valid_ignores(const struct refs *refs, const struct json_value *key) {
    size_t i = find_keyword(key);
    return i < N_KEYWORDS && !is_read(i, refs->draft);
}

int rules_read_schema(struct rules_reader *g) {
    struct rules *r = g->now;
    const struct json_value *key = r->schema + 1, *at[N_KEYWORDS] = {NULL}; /* of several alike the last */
    int alone = refs_ref_is_alone(g->v->refs, r->schema);
    size_t n = 0;
    for (uint32_t i = 0; i < r->schema->n; i++, key = json_next(key + 1)) {
        size_t k = find_keyword(key);
        if (is_read(k, g->v->refs->draft) && (!alone || k == 0)) {
            n += !at[k];
            at[k] = key;
        }
    }
    r->contains_min = 1;
    r->contains_max = UINT64_MAX;
    r->rule = arena_alloc(&g->v->mem, n, sizeof *r->rule, g->e);
    if (!r->rule)
        return -1;
    for (size_t k = 0; k < N_KEYWORDS; k++) {
        if (at[k] && table[k].read(g, table[k].kind, at[k]))
            return -1;
    }
    assert(r->n <= n);
    return 0;
}

static int push(struct rules_reader *g, const struct json_value *schema) {
    struct valid *v = g->v;
    uint32_t *index = &v->index[schema - v->refs->doc->root];
    if (*index == 0) {
        v->rules[v->n_rules].schema = schema;
        *index = ++v->n_rules;
    }
    return (int)*index - 1;
}

int rules_need(struct rules_reader *g, const struct json_value *key, const struct json_value *schema, int same) {
    if (!is_schema(schema))
        return FAULT(g, key, "expected a schema, found %s", json_type_name(schema));
    if (schema->type != JSON_OBJECT)
        return 0;
    int index = push(g, schema);
    if (same)
        g->edge[g->n_edges++] = (uint32_t)index;
    return 0;
}
