/* What is asked of objects. In: a rule, an object. Out: a verdict, and which members were looked at. Of members named alike the last one
 * counts, as json_find has it.
 */
#include "json/valid_check.h"

static int counts(const struct check *c, const struct json_value *object, const struct json_value *key) {
    return !c->has_twins || member_counts(object, key);
}

/* Of one member, what "properties" and the two beside it say. *seen: they looked at it. */
static int check_member(struct check *c, const struct rules *r, const struct json_value *key, int *seen) {
    const struct json_value *schema = r->properties ? places_step(&c->v->refs->places, r->properties, key->s, key->n) : NULL;
    const struct json_value *at = r->patterns ? r->patterns + 1 : NULL;
    int verdict = schema ? check_schema(c, schema, key + 1, NULL) : 1;
    *seen = schema != NULL;
    for (uint32_t i = 0; verdict == 1 && at && i < r->patterns->n; i++, at = json_next(at + 1)) {
        if (!dfa_match(valid_pattern(c->v, at), key->s, key->n))
            continue;
        *seen = 1;
        verdict = check_schema(c, at + 1, key + 1, NULL);
    }
    if (*seen || !r->additional || verdict != 1)
        return verdict;
    *seen = 1;
    if (r->additional->type == JSON_FALSE)
        return check_fail(c, "additionalProperties", key + 1, "no such member is allowed");
    return check_schema(c, r->additional, key + 1, NULL);
}

static int check_members(struct check *c, const struct rules *r, const struct json_value *object, unsigned char *seen) {
    const struct json_value *key = object + 1;
    uint64_t cost = 1 + (r->patterns ? r->patterns->n : 0);
    for (uint32_t i = 0; i < object->n; i++, key = json_next(key + 1)) {
        int looked = 1;
        if (check_steps(c, cost))
            return -1;
        int verdict = counts(c, object, key) ? check_member(c, r, key, &looked) : 1;
        if (verdict != 1)
            return verdict;
        if (seen)
            seen[i] |= (unsigned char)looked;
    }
    return 1;
}

static int check_names(struct check *c, const struct rule *rule, const struct json_value *object) {
    const struct json_value *key = object + 1;
    int verdict = 1;
    for (uint32_t i = 0; verdict == 1 && i < object->n; i++, key = json_next(key + 1))
        verdict = check_schema(c, rule->key + 1, key, NULL);
    return verdict;
}

/* NAMES, strings of the schema, are members. */
static int check_required(struct check *c, const struct rule *rule, const struct json_value *names, const struct json_value *object) {
    const struct json_value *at = names + 1;
    if (check_steps(c, (uint64_t)names->n * (1 + object->n / 16)))
        return -1;
    for (uint32_t i = 0; i < names->n; i++, at++) {
        if (!member_find(object, at))
            return check_fail(c, rule->key->s, object, "'%.60s' is missing", at->s);
    }
    return 1;
}

static int check_dependencies(struct check *c, const struct rule *rule, const struct json_value *object, unsigned char *seen) {
    const struct json_value *map = rule->key + 1, *key = map + 1;
    int verdict = check_steps(c, (uint64_t)map->n * (1 + object->n / 16)) ? -1 : 1;
    for (uint32_t i = 0; verdict == 1 && i < map->n; i++, key = json_next(key + 1)) {
        if (member_find(object, key))
            verdict = key[1].type == JSON_ARRAY ? check_required(c, rule, key + 1, object) : check_schema(c, key + 1, object, seen);
    }
    return verdict;
}

static int check_rest(struct check *c, const struct rule *rule, const struct json_value *object, unsigned char *seen) {
    const struct json_value *key = object + 1;
    for (uint32_t i = 0; i < object->n; i++, key = json_next(key + 1)) {
        int verdict = seen[i] || !counts(c, object, key) ? 1 : check_schema(c, rule->key + 1, key + 1, NULL);
        if (verdict != 1)
            return verdict;
        seen[i] = 1;
    }
    return 1;
}

static uint32_t count_members(const struct check *c, const struct json_value *object) {
    const struct json_value *key = object + 1;
    uint32_t n = 0;
    for (uint32_t i = 0; i < object->n; i++, key = json_next(key + 1))
        n += (uint32_t)counts(c, object, key);
    return n;
}

int check_object(struct check *c, const struct rules *r, const struct rule *rule, const struct json_value *object, unsigned char *seen) {
    uint32_t n;
    switch (rule->kind) {
    case RULE_MIN_MEMBERS:
        n = count_members(c, object);
        return n >= rule->arg.n ? 1 : check_fail(c, "minProperties", object, "%u members", (unsigned)n);
    case RULE_MAX_MEMBERS:
        n = count_members(c, object);
        return n <= rule->arg.n ? 1 : check_fail(c, "maxProperties", object, "%u members", (unsigned)n);
    case RULE_REQUIRED:
        return check_required(c, rule, rule->key + 1, object);
    case RULE_MEMBERS:
        return check_members(c, r, object, seen);
    case RULE_NAMES:
        return check_names(c, rule, object);
    case RULE_DEPENDENCIES:
        return check_dependencies(c, rule, object, seen);
    }
    return check_rest(c, rule, object, seen);
}
