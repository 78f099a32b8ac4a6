/* Ways of arrays. In: a case. Out: what its elements may be, and how many of them. What "contains" asks for is asked of the first
 * elements: fewer documents than are allowed, and no choice between places.
 */
#include "json/compile.h"

struct array_parts {
    int64_t min, max;      /* max -1: none */
    uint32_t n_prefix;     /* the longest list of first elements */
    int64_t n_contained;   /* elements that one "contains" or another asks for, one after another */
    int unique;
};

static void at_least(int64_t n, int64_t *to) {
    if (n > *to)
        *to = n;
}

static void at_most(int64_t n, int64_t *to) {
    if (*to < 0 || n < *to)
        *to = n;
}

static const struct json_value *first_elements(const struct json_value *s) {
    const struct json_value *prefix = json_find(s, "prefixItems"), *items = json_find(s, "items");
    return prefix && prefix->type == JSON_ARRAY ? prefix : items && items->type == JSON_ARRAY ? items : NULL;
}

static const struct json_value *other_elements(const struct json_value *s) {
    const struct json_value *items = json_find(s, "items");
    return items && items->type == JSON_ARRAY ? json_find(s, "additionalItems") : items;
}

static int64_t contained(const struct json_value *s) {
    const struct json_value *n = json_find(s, "minContains");
    int64_t count = 1;
    if (!json_find(s, "contains"))
        return 0;
    if (n)
        conj_count(n, &count);
    return count;
}

static void read_counts(const struct case_at *k, struct array_parts *p) {
    const struct json_value *s, *v;
    int64_t n;
    for (int i = -1; (s = way_next(k, &i));) {
        const struct json_value *first = first_elements(s);
        if ((v = json_find(s, "minItems")) && conj_count(v, &n))
            at_least(n, &p->min);
        if ((v = json_find(s, "maxItems")) && conj_count(v, &n))
            at_most(n, &p->max);
        if (first && first->n > p->n_prefix)
            p->n_prefix = first->n;
        v = json_find(s, "uniqueItems");
        p->unique |= v && v->type == JSON_TRUE;
        p->n_contained += contained(s);
    }
    for (int i = 0; i < k->c->n_facts; i++) {
        const struct fact *f = &k->c->fact[i];
        if (f->kind == FACT_ELEMENT && f->n >= (int64_t)p->n_prefix)
            p->n_prefix = (uint32_t)f->n + 1;
        if (f->kind == FACT_ITEMS_MIN)
            at_least(f->n, &p->min);
        if (f->kind == FACT_ITEMS_MAX)
            at_most(f->n, &p->max);
        const struct json_value *at = f->kind != FACT_OTHER_THAN ? NULL : f->n ? f->value : conj_first(f->value);
        for (uint32_t j = 0, count = at ? f->n ? 1 : f->value->n : 0; j < count; j++, at = json_next(at))
            if (at->type == JSON_ARRAY) /* longer than any that it may not be */
                at_least((int64_t)at->n + 1, &p->min);
    }
    at_least(p->n_contained, &p->min);
}

/* Does what holds beside U, and U itself, say what element I must be? Where that is not known, it does not. */
static int evaluates(const struct case_at *k, int u, uint32_t i) {
    const struct json_value *s;
    for (int j = -1; (s = way_next(k, &j));) {
        const struct json_value *first = first_elements(s);
        if (conj_within(k->c, k->c->fact[j].n, k->c->fact[u].n) &&
            (other_elements(s) || (first && i < first->n) || (j != u && json_find(s, "unevaluatedItems"))))
            return 1;
    }
    return 0;
}

/* What element I must be; past all prefixes and what is contained, what every other must be. */
static struct node *element(struct compiler *c, const struct case_at *k, uint32_t i) {
    struct items l = {0};
    const struct json_value *s;
    int64_t before = 0;
    for (int j = -1; (s = way_next(k, &j));) {
        const struct json_value *first = first_elements(s), *other = other_elements(s), *in = json_find(s, "contains");
        const struct json_value *most = json_find(s, "maxContains");
        if (first && i < first->n) {
            const struct json_value *at = conj_first(first);
            for (uint32_t n = 0; n < i; n++)
                at = json_next(at);
            if (items_add(c, &l, at, 0))
                return NULL;
        } else if (other && items_add(c, &l, other, 0)) {
            return NULL;
        }
        int mine = in && i >= before && i < before + contained(s);
        before += contained(s);
        if (in && (mine || most) && items_add(c, &l, in, !mine))
            return NULL;
        const struct json_value *rest = json_find(s, "unevaluatedItems");
        if (rest && !evaluates(k, j, i) && items_add(c, &l, rest, 0))
            return NULL;
    }
    for (int j = 0; j < k->c->n_facts; j++) {
        const struct fact *f = &k->c->fact[j];
        if (f->kind == FACT_ELEMENT && (f->n < 0 || f->n == i) && items_add(c, &l, f->item.schema, f->item.not))
            return NULL;
    }
    return compile_node(c, l.item, l.n, k->up);
}

/* Fewer than "maxContains" are asked for, or as many. */
static int contains_too_much(const struct case_at *k) {
    const struct json_value *s;
    for (int i = -1; (s = way_next(k, &i));) {
        const struct json_value *most = json_find(s, "maxContains");
        int64_t n;
        if (json_find(s, "contains") && most && conj_count(most, &n) && contained(s) > n)
            return 1;
    }
    return 0;
}

int way_array(struct compiler *c, const struct case_at *k, struct way *w) {
    enum { FIRST_MOST = 256 };
    struct array_parts p = {.max = -1};
    if (!(k->c->types & T_ARRAY) || k->up == 0)
        return 0;
    read_counts(k, &p);
    if (p.n_contained > p.n_prefix)
        p.n_prefix = p.n_contained < FIRST_MOST ? (uint32_t)p.n_contained : FIRST_MOST;
    if (p.max < 0) {
        p.max = c->s->caps.items > p.min ? c->s->caps.items : p.min;
        if (p.n_prefix > p.max)
            p.max = p.n_prefix;
    }
    if (p.min > p.max || contains_too_much(k))
        return 0;
    if (p.n_prefix > FIRST_MOST || p.n_contained >= FIRST_MOST || p.min > UINT16_MAX)
        return compile_fault(c, c->s->json.root, "minItems", "more than can be generated");
    struct array *a = compile_alloc(c, 1, sizeof *a);
    const struct node **prefix = compile_alloc(c, p.n_prefix + 1, sizeof *prefix);
    if (!a || !prefix)
        return -1;
    a->min = (uint32_t)p.min;
    a->max = p.max < INT32_MAX ? (uint32_t)p.max : INT32_MAX;
    a->n_prefix = p.n_prefix;
    a->unique = p.unique && a->max > 1;
    for (uint32_t i = 0; i < p.n_prefix; i++)
        if (!(prefix[i] = element(c, k, i)))
            return -1;
    if (!(a->rest = element(c, k, UINT32_MAX)))
        return -1;
    a->prefix = prefix;
    w->array = a;
    return 0;
}
