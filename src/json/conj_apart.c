/* Proofs that no value is valid for two schemas: of types, of listed values, of a member that both objects must have, of bounds.
 * In: two subschemas. Out: 1 where a proof was found. What is not understood proves nothing.
 */
#include "json/conj.h"
#include "json/decimal.h"

#include <string.h>

enum {
    CHAIN_MOST = 16,
    DEPTH_MOST = 4,
    PATTERNS_MOST = 24 /* subschemas of which all pairs have an automaton made: tens of microseconds for each */
};
struct chain { /* subschemas that hold where one does: it, what its $ref names, its allOf */
    const struct json_value *schema[CHAIN_MOST];
    int n;
};
struct proof {
    const struct refs *refs;
    const struct valid *valid;
    int depth;
    int patterns; /* they are compared */
};

static void follow(const struct refs *refs, const struct json_value *s, struct chain *c) {
    for (int i = 0; i < c->n; i++)
        if (c->schema[i] == s)
            return;
    if (s->type != JSON_OBJECT || c->n == CHAIN_MOST)
        return;
    const struct json_value *all = json_find(s, "allOf");
    int alone = json_find(s, "$ref") && refs_ref_is_alone(refs, s);
    if (!alone)
        c->schema[c->n++] = s;
    const struct json_value *to = json_find(s, "$ref") ? refs_target(refs, s, NULL) : NULL;
    if (to)
        follow(refs, to, c);
    if (alone || !all || all->type != JSON_ARRAY)
        return;
    const struct json_value *at = conj_first(all);
    for (uint32_t i = 0; i < all->n; i++, at = json_next(at))
        follow(refs, at, c);
}

static const struct json_value *listed(const struct json_value *s) {
    const struct json_value *v = json_find(s, "const");
    return v ? v : json_find(s, "enum");
}

static unsigned types_of(const struct chain *c) {
    unsigned types = T_ALL;
    for (int i = 0; i < c->n; i++) {
        const struct json_value *t = json_find(c->schema[i], "type"), *one = json_find(c->schema[i], "const");
        if (t)
            types &= conj_types(t);
        if (one)
            types &= conj_type_of(one);
    }
    return types;
}

/* All values that A lists are refused by B. */
static int lists_others(const struct proof *p, const struct chain *a, const struct json_value *b) {
    for (int i = 0; i < a->n; i++) {
        const struct json_value *v = listed(a->schema[i]), *at = v;
        uint32_t n = 1;
        if (!v)
            continue;
        if (!json_find(a->schema[i], "const")) {
            n = v->type == JSON_ARRAY ? v->n : 0;
            at = conj_first(v);
        }
        int all = n > 0;
        for (uint32_t k = 0; k < n && all; k++, at = json_next(at))
            all = valid_check(p->valid, b, at, NULL) == 0;
        if (all && n > 0)
            return 1;
    }
    return 0;
}


static const struct json_value *member_of(const struct json_value *map, const struct json_value *name) {
    const struct json_value *at = conj_first(map);
    for (uint32_t i = 0; map && map->type == JSON_OBJECT && i < map->n; i++, at = json_next(at + 1))
        if (at->n == name->n && memcmp(at->s, name->s, name->n) == 0)
            return at + 1;
    return NULL;
}

static int is_closed_to(const struct proof *p, const struct json_value *s, const struct json_value *name) {
    const struct json_value *more = json_find(s, "additionalProperties"), *patterns = json_find(s, "patternProperties");
    const struct json_value *at = conj_first(patterns);
    if (!more || more->type != JSON_FALSE || member_of(json_find(s, "properties"), name))
        return 0;
    for (uint32_t i = 0; patterns && patterns->type == JSON_OBJECT && i < patterns->n; i++, at = json_next(at + 1)) {
        const struct dfa *d = valid_pattern(p->valid, at);
        if (!d || dfa_match(d, name->s, name->n))
            return 0;
    }
    return 1;
}

static int apart(struct proof *p, const struct json_value *a, const struct json_value *b);

/* A has a member NAME, and B not, or another one. */
static int differ_at(struct proof *p, const struct chain *a, const struct chain *b, const struct json_value *name) {
    for (int j = 0; j < b->n; j++)
        if (is_closed_to(p, b->schema[j], name))
            return 1;
    for (int i = 0; i < a->n; i++)
        for (int j = 0; j < b->n; j++) {
            const struct json_value *x = member_of(json_find(a->schema[i], "properties"), name);
            const struct json_value *y = member_of(json_find(b->schema[j], "properties"), name);
            if (x && y && apart(p, x, y))
                return 1;
        }
    return 0;
}

static int objects_apart(struct proof *p, const struct chain *a, const struct chain *b) {
    for (int i = 0; i < a->n; i++) {
        const struct json_value *needed = json_find(a->schema[i], "required"), *at = conj_first(needed);
        for (uint32_t k = 0; needed && needed->type == JSON_ARRAY && k < needed->n; k++, at = json_next(at))
            if (at->type == JSON_STRING && differ_at(p, a, b, at))
                return 1;
    }
    return 0;
}

/* The largest "minNAME" of one and the least "maxNAME" of the other do not meet. */
static int counts_apart(const struct chain *a, const struct chain *b, const char *min, const char *max) {
    int64_t low = 0, high = INT64_MAX, n;
    for (int i = 0; i < a->n; i++) {
        const struct json_value *v = json_find(a->schema[i], min);
        if (v && conj_count(v, &n) && n > low)
            low = n;
    }
    for (int i = 0; i < b->n; i++) {
        const struct json_value *v = json_find(b->schema[i], max);
        if (v && conj_count(v, &n) && n < high)
            high = n;
    }
    return low > high;
}

static int patterns_apart(const struct proof *p, const struct chain *a, const struct chain *b) {
    for (int i = 0; i < a->n; i++)
        for (int j = 0; j < b->n; j++) {
            const struct json_value *x = json_find(a->schema[i], "pattern"), *y = json_find(b->schema[j], "pattern");
            const struct dfa *part[2] = {x ? valid_pattern(p->valid, x) : NULL, y ? valid_pattern(p->valid, y) : NULL};
            struct arena mem = {0};
            struct dfa both;
            int meet = !part[0] || !part[1] || dfa_product(&both, part, 2, &mem, NULL);
            for (uint32_t q = 0; !meet && q < both.n_states; q++)
                meet = both.matched[q] == 3;
            arena_free(&mem);
            if (!meet)
                return 1;
        }
    return 0;
}

static int numbers_apart(const struct chain *a, const struct chain *b) {
    for (int i = 0; i < a->n; i++)
        for (int j = 0; j < b->n; j++) {
            const struct json_value *low = json_find(a->schema[i], "minimum"), *high = json_find(b->schema[j], "maximum");
            struct decimal x, y;
            if (!low || !high || low->type != JSON_NUMBER || high->type != JSON_NUMBER)
                continue;
            decimal_read(&x, low);
            decimal_read(&y, high);
            if (decimal_compare(&x, &y) > 0)
                return 1;
        }
    return 0;
}

static int one_way(struct proof *p, const struct chain *x, const struct chain *y, const struct json_value *b, unsigned types) {
    return lists_others(p, x, b) || (types == T_OBJECT && (objects_apart(p, x, y) || counts_apart(x, y, "minProperties", "maxProperties"))) ||
           (types == T_ARRAY && counts_apart(x, y, "minItems", "maxItems")) ||
           (types == T_STRING && counts_apart(x, y, "minLength", "maxLength")) || (!(types & ~(T_INT | T_PART)) && numbers_apart(x, y));
}

static int apart(struct proof *p, const struct json_value *a, const struct json_value *b) {
    struct chain x = {.n = 0}, y = {.n = 0};
    if (a->type == JSON_FALSE || b->type == JSON_FALSE)
        return 1;
    if (p->depth == DEPTH_MOST)
        return 0;
    follow(p->refs, a, &x);
    follow(p->refs, b, &y);
    unsigned types = types_of(&x) & types_of(&y);
    p->depth++;
    int yes = !types || one_way(p, &x, &y, b, types) || one_way(p, &y, &x, a, types) ||
              (types == T_STRING && p->patterns && patterns_apart(p, &x, &y));
    p->depth--;
    return yes;
}

int conj_apart(const struct refs *refs, const struct valid *valid, const struct json_value *a, const struct json_value *b, uint32_t n) {
    struct proof p = {refs, valid, 0, n <= PATTERNS_MOST};
    return apart(&p, a, b);
}
