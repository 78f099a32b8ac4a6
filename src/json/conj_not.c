/* What follows where a subschema does not hold: one keyword of it at least is not met. In: a subschema. Out: a choice between these, added
 * to a case in the making. Keywords whose negation is not known are left out.
 */
#include "json/conj_make.h"
#include "json/decimal.h"

static int not_count(struct expansion *x, struct choice *c, const struct json_value *v, unsigned types, enum fact_kind kind, int below) {
    int64_t n;
    if (!v || !conj_count(v, &n) || (below && n == 0))
        return CONJ_FINE;
    struct fact f = {.kind = kind, .n = below ? n - 1 : n + 1};
    return conj_offer_facts(x, c, types, &f, NULL);
}

static int not_bound(struct expansion *x, struct choice *c, const struct json_value *s, const char *name, const char *exclusive) {
    const struct json_value *v = json_find(s, name), *ex = json_find(s, exclusive);
    int low = name[1] == 'i', numbers = T_INT | T_PART; /* minimum */
    if (v && v->type == JSON_NUMBER) {
        struct fact f = {.kind = low ? FACT_MOST : FACT_LEAST, .value = v, .n = !(ex && ex->type == JSON_TRUE)};
        if (conj_offer_facts(x, c, (unsigned)numbers, &f, NULL))
            return CONJ_FAILED;
    }
    if (ex && ex->type == JSON_NUMBER) {
        struct fact f = {.kind = low ? FACT_MOST : FACT_LEAST, .value = ex};
        if (conj_offer_facts(x, c, (unsigned)numbers, &f, NULL))
            return CONJ_FAILED;
    }
    return CONJ_FINE;
}

/* Not V (or none of the array V): for numbers, each gap between those listed. */
static int other_than(struct expansion *x, struct choice *c, const struct json_value *v, int is_list) {
    const struct json_value *number[CASES_MOST], *at = is_list ? v + 1 : v;
    int n = 0;
    for (uint32_t i = 0, all = is_list ? v->n : 1; i < all; i++, at = json_next(at)) {
        if (at->type != JSON_NUMBER)
            continue;
        struct decimal d, e;
        int j = n;
        if (n == CASES_MOST - 1) {
            conj_narrow(x, v);
            return CONJ_FINE;
        }
        decimal_read(&d, at);
        for (; j > 0; j--) {
            decimal_read(&e, number[j - 1]);
            if (decimal_compare(&e, &d) < 0)
                break;
            number[j] = number[j - 1];
        }
        number[j] = at;
        n++;
    }
    struct fact f = {.kind = FACT_OTHER_THAN, .value = v, .n = !is_list};
    if (conj_offer_facts(x, c, n ? T_ALL & ~(T_INT | T_PART) : 0, &f, NULL))
        return CONJ_FAILED;
    for (int i = 0; n > 0 && i <= n; i++) {
        struct fact above = {.kind = FACT_LEAST, .value = i > 0 ? number[i - 1] : NULL, .n = 1};
        struct fact under = {.kind = FACT_MOST, .value = i < n ? number[i] : NULL, .n = 1};
        if (conj_offer_facts(x, c, T_INT | T_PART, i > 0 ? &above : NULL, i < n ? &under : NULL))
            return CONJ_FAILED;
    }
    return CONJ_FINE;
}

static int not_multiple(struct expansion *x, struct choice *c, const struct json_value *of) {
    struct fact f = {.kind = FACT_NO_MULTIPLE, .value = of};
    struct decimal d;
    if (!of || of->type != JSON_NUMBER)
        return CONJ_FINE;
    decimal_read(&d, of);
    if (d.sign > 0 && decimal_is_integer(&d))
        return conj_offer_facts(x, c, T_INT | T_PART, &f, NULL);
    conj_narrow(x, of); /* floats do not agree on what is no multiple of 0.01 */
    return CONJ_FINE;
}

static int not_objects(struct expansion *x, struct choice *c, const struct json_value *s) {
    const struct json_value *needed = json_find(s, "required"), *map = json_find(s, "properties"), *at = conj_first(needed);
    for (uint32_t i = 0; needed && needed->type == JSON_ARRAY && i < needed->n; i++, at = json_next(at)) {
        struct fact lacks = {.kind = FACT_LACKS, .value = at};
        if (conj_offer_facts(x, c, T_OBJECT, &lacks, NULL))
            return CONJ_FAILED;
    }
    at = conj_first(map);
    for (uint32_t i = 0; map && map->type == JSON_OBJECT && i < map->n; i++, at = json_next(at + 1)) {
        struct fact has = {.kind = FACT_HAS, .value = at}, member = {.kind = FACT_MEMBER, .value = at, .item = conj_item(at + 1, 1)};
        if (!conj_says_nothing(at + 1) && conj_offer_facts(x, c, T_OBJECT, &has, &member))
            return CONJ_FAILED;
    }
    return not_count(x, c, json_find(s, "minProperties"), T_OBJECT, FACT_MEMBERS_MAX, 1) ||
           not_count(x, c, json_find(s, "maxProperties"), T_OBJECT, FACT_MEMBERS_MIN, 0);
}

static int not_scalars(struct expansion *x, struct choice *c, const struct json_value *s) {
    const struct json_value *type = json_find(s, "type"), *pattern = json_find(s, "pattern"), *v;
    if (type) {
        unsigned others = T_ALL & ~conj_types(type);
        if (others && conj_offer_facts(x, c, others, NULL, NULL))
            return CONJ_FAILED;
    }
    if (((v = json_find(s, "const")) && other_than(x, c, v, 0)) || ((v = json_find(s, "enum")) && other_than(x, c, v, 1)))
        return CONJ_FAILED;
    if (pattern) {
        struct fact f = {.kind = FACT_NO_MATCH, .value = pattern};
        if (conj_offer_facts(x, c, T_STRING, &f, NULL))
            return CONJ_FAILED;
    }
    return not_count(x, c, json_find(s, "minLength"), T_STRING, FACT_LENGTH_MAX, 1) ||
           not_count(x, c, json_find(s, "maxLength"), T_STRING, FACT_LENGTH_MIN, 0) ||
           not_bound(x, c, s, "minimum", "exclusiveMinimum") ||
           not_bound(x, c, s, "maximum", "exclusiveMaximum") || not_multiple(x, c, json_find(s, "multipleOf"));
}

static int not_arrays(struct expansion *x, struct choice *c, const struct json_value *s) {
    const struct json_value *items = json_find(s, "items"), *in = json_find(s, "contains");
    struct fact some = {.kind = FACT_ITEMS_MIN, .n = 1}, first = {.kind = FACT_ELEMENT, .item = {items, 1, -1}};
    struct fact all = {.kind = FACT_ELEMENT, .n = -1, .item = {in, 1, -1}};
    if (items && (items->type == JSON_ARRAY || json_find(s, "prefixItems")))
        conj_narrow(x, items);
    else if (items && items->type != JSON_TRUE && conj_offer_facts(x, c, T_ARRAY, &some, &first))
        return CONJ_FAILED;
    if (in && (json_find(s, "minContains") || json_find(s, "maxContains")))
        conj_narrow(x, in);
    else if (in && conj_offer_facts(x, c, T_ARRAY, &all, NULL))
        return CONJ_FAILED;
    return not_count(x, c, json_find(s, "minItems"), T_ARRAY, FACT_ITEMS_MAX, 1) ||
           not_count(x, c, json_find(s, "maxItems"), T_ARRAY, FACT_ITEMS_MIN, 0);
}

/* All of LIST, negated, as one option. */
static int none_of(struct expansion *x, struct choice *c, const struct json_value *list) {
    struct option *o = conj_option(x, c);
    struct item *all = arena_alloc(x->mem, list->n + 1, sizeof *all, x->e);
    const struct json_value *at = conj_first(list);
    if (!o || !all)
        return CONJ_FAILED;
    for (uint32_t i = 0; i < list->n; i++, at = json_next(at))
        all[o->n_all++] = conj_item(at, 1);
    o->all = all;
    return CONJ_FINE;
}

static int not_applied(struct expansion *x, struct choice *c, const struct json_value *s) {
    const struct json_value *all = json_find(s, "allOf"), *any = json_find(s, "anyOf"), *xor = json_find(s, "oneOf");
    const struct json_value *not = json_find(s, "not");
    const struct json_value *cond = json_find(s, "if"), *then = json_find(s, "then"), *other = json_find(s, "else"), *at = conj_first(all);
    for (uint32_t i = 0; all && i < all->n; i++, at = json_next(at))
        if (conj_offer_item(x, c, at, 1))
            return CONJ_FAILED;
    if ((any && none_of(x, c, any)) || (xor && none_of(x, c, xor)) || (not && conj_offer_item(x, c, not, 0)))
        return CONJ_FAILED;
    at = conj_first(xor);
    for (uint32_t i = 0; xor && i < xor->n; i++, at = json_next(at)) {
        const struct json_value *two = json_next(at);
        for (uint32_t j = i + 1; j < xor->n; j++, two = json_next(two))
            if (!conj_apart(x->refs, x->valid, at, two, xor->n) && conj_offer_two(x, c, conj_item(at, 0), conj_item(two, 0)))
                return CONJ_FAILED;
    }
    if ((cond && then && conj_offer_two(x, c, conj_item(cond, 0), conj_item(then, 1))) ||
        (cond && other && conj_offer_two(x, c, conj_item(cond, 1), conj_item(other, 1))))
        return CONJ_FAILED;
    return CONJ_FINE;
}

int conj_not_holds(struct expansion *x, struct making *m, const struct json_value *s) {
    static const char *const left_out[] = {"additionalProperties", "patternProperties", "propertyNames", "prefixItems",
        "additionalItems", "uniqueItems", "format", "dependencies", "dependentRequired", "dependentSchemas",
        "unevaluatedProperties", "unevaluatedItems"};
    struct choice c = {0};
    for (int i = 0; i < 3; i++) {
        const struct json_value *v = json_find(s, conj_references[i]), *to;
        if (!v || v->type != JSON_STRING)
            continue;
        to = conj_target(x, s, i);
        if (!to || conj_offer_item(x, &c, to, 1))
            return CONJ_FAILED;
    }
    if (!(json_find(s, "$ref") && refs_ref_is_alone(x->refs, s))) {
        if (not_scalars(x, &c, s) || not_arrays(x, &c, s) || not_objects(x, &c, s) || not_applied(x, &c, s))
            return CONJ_FAILED;
        for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
            if (json_find(s, left_out[i]))
                conj_narrow(x, json_find(s, left_out[i]));
    }
    return conj_choose(x, m, &c);
}

