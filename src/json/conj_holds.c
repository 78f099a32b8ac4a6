/* What follows where a subschema holds: other items, facts, choices. In: a subschema. Out: those, added to a case in the making.
 */
#include "json/conj_make.h"

static int any_of(struct expansion *x, struct making *m, const struct json_value *list) {
    struct choice c = {0};
    const struct json_value *at = conj_first(list);
    for (uint32_t i = 0; i < list->n; i++, at = json_next(at))
        if (conj_offer_item(x, &c, at, 0))
            return CONJ_FAILED;
    return conj_choose(x, m, &c);
}

/* One of them, and none of those that are not known to be apart from it. */
static int one_of(struct expansion *x, struct making *m, const struct json_value *list) {
    enum { PAIRS_MOST = 1 << 15 }; /* that are compared, each in less than a microsecond; of a longer list the last are offered */
    struct choice c = {0};
    const struct json_value *at = conj_first(list);
    struct item *others = arena_alloc(x->mem, list->n, sizeof *others, x->e);
    if (!others)
        return CONJ_FAILED;
    for (uint32_t i = 0; i < list->n; i++, at = json_next(at)) {
        if ((uint64_t)(list->n - i) * list->n > PAIRS_MOST) {
            conj_narrow(x, list);
            continue;
        }
        struct option *o = conj_option(x, &c);
        if (!o)
            return CONJ_FAILED;
        o->item[o->n_items++] = conj_item(at, 0);
        const struct json_value *other = list + 1;
        for (uint32_t j = 0; j < list->n; j++, other = json_next(other))
            if (j != i && !conj_apart(x->refs, x->valid, at, other, list->n))
                others[o->n_all++] = conj_item(other, 1);
        o->all = others;
        if (o->n_all > 0 && !(others = arena_alloc(x->mem, list->n, sizeof *others, x->e)))
            return CONJ_FAILED;
    }
    return conj_choose(x, m, &c);
}

static int if_then_else(struct expansion *x, struct making *m, const struct json_value *s) {
    const struct json_value *cond = json_find(s, "if"), *then = json_find(s, "then"), *other = json_find(s, "else");
    struct choice c = {0};
    if (!then && !other)
        return CONJ_FINE;
    if (conj_offer_two(x, &c, conj_item(cond, 0), conj_item(then, 0)) || conj_offer_two(x, &c, conj_item(cond, 1), conj_item(other, 0)))
        return CONJ_FAILED;
    return conj_choose(x, m, &c);
}

/* KEY's member is not there, or what it asks for holds. */
static int depends(struct expansion *x, struct making *m, const struct json_value *key, const struct json_value *on) {
    struct choice c = {0};
    struct fact lacks = {.kind = FACT_LACKS, .value = key}, has = {.kind = FACT_HAS, .value = key};
    if (!(m->c.types & T_OBJECT))
        return CONJ_FINE;
    if (conj_offer_facts(x, &c, 0, &lacks, NULL) || conj_offer_facts(x, &c, T_OBJECT, &has, NULL))
        return CONJ_FAILED;
    struct option *o = c.first;
    if (on->type == JSON_ARRAY || on->type == JSON_STRING) {
        struct fact all = {.kind = FACT_HAS, .value = on, .n = 1}; /* each of a list */
        o->fact[o->n_facts++] = all;
    } else {
        o->item[o->n_items++] = conj_item(on, 0);
    }
    return conj_choose(x, m, &c);
}

static int dependencies(struct expansion *x, struct making *m, const struct json_value *map) {
    const struct json_value *at = conj_first(map);
    for (uint32_t i = 0; map && map->type == JSON_OBJECT && i < map->n; i++, at = json_next(at + 1)) {
        int r = depends(x, m, at, at + 1);
        if (r)
            return r;
    }
    return CONJ_FINE;
}

static int follow_references(struct expansion *x, struct making *m, const struct json_value *s) {
    for (int i = 0; i < 3; i++) {
        const struct json_value *v = json_find(s, conj_references[i]), *to;
        if (!v || v->type != JSON_STRING)
            continue;
        to = conj_target(x, s, i);
        int r = to ? conj_add_item(x, m, to, 0) : CONJ_FAILED;
        if (r)
            return r;
    }
    return CONJ_FINE;
}

/* What stands beside a $ref holds too, even where the dialect ignores it, as not all who read schemas do: that is a subset. Where a schema
 * does not hold, what is ignored is no reason for it. */
int conj_holds(struct expansion *x, struct making *m, const struct json_value *s) {
    const struct json_value *type = json_find(s, "type"), *one = json_find(s, "const"), *list = json_find(s, "enum");
    const struct json_value *all = json_find(s, "allOf"), *any = json_find(s, "anyOf"), *xor = json_find(s, "oneOf");
    const struct json_value *not = json_find(s, "not");
    int r = follow_references(x, m, s);
    if (r)
        return r;
    if ((r = conj_add_fact(x, m, (struct fact){.kind = FACT_PLAIN, .value = s, .n = x->from})))
        return r;
    if (type)
        m->c.types &= conj_types(type);
    if (one)
        m->c.types &= conj_type_of(one);
    if (list && list->type == JSON_ARRAY) {
        unsigned types = 0;
        const struct json_value *at = conj_first(list);
        for (uint32_t i = 0; i < list->n; i++, at = json_next(at))
            types |= conj_type_of(at);
        m->c.types &= types;
    }
    if (!m->c.types)
        return CONJ_IMPOSSIBLE;
    const struct json_value *at = conj_first(all);
    for (uint32_t i = 0; all && i < all->n && r == CONJ_FINE; i++, at = json_next(at))
        r = conj_add_item(x, m, at, 0);
    if (r == CONJ_FINE && not)
        r = conj_add_item(x, m, not, 1);
    if (r == CONJ_FINE && any)
        r = any_of(x, m, any);
    if (r == CONJ_FINE && xor)
        r = one_of(x, m, xor);
    if (r == CONJ_FINE && json_find(s, "if"))
        r = if_then_else(x, m, s);
    static const char *const maps[] = {"dependencies", "dependentRequired", "dependentSchemas"};
    for (size_t i = 0; i < sizeof maps / sizeof *maps && r == CONJ_FINE; i++)
        r = dependencies(x, m, json_find(s, maps[i]));
    return r;
}

