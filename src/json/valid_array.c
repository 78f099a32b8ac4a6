/* What is asked of arrays. In: a rule, an array. Out: a verdict, and which elements were looked at. */
#include "json/valid_check.h"

static int check_elements(struct check *c, const struct rules *r, const struct json_value *array, unsigned char *seen) {
    const struct json_value *at = array + 1, *first = r->prefix ? r->prefix + 1 : NULL;
    uint32_t n_first = r->prefix ? r->prefix->n : 0;
    for (uint32_t i = 0; i < array->n; i++, at = json_next(at)) {
        const struct json_value *schema = i < n_first ? first : r->rest;
        if (!schema)
            break;
        int verdict = check_schema(c, schema, at, NULL);
        if (verdict != 1)
            return verdict;
        if (seen)
            seen[i] = 1;
        if (i < n_first)
            first = json_next(first);
    }
    return 1;
}

/* Draft 2019-09 does not count what "contains" found as evaluated. */
static int check_contains(struct check *c, const struct rules *r, const struct rule *rule, const struct json_value *array,
                          unsigned char *seen) {
    const struct json_value *at = array + 1;
    uint64_t held = 0;
    c->quiet++;
    for (uint32_t i = 0; i < array->n; i++, at = json_next(at)) {
        int verdict = check_schema(c, rule->key + 1, at, NULL);
        if (verdict < 0)
            return -1;
        held += (uint64_t)verdict;
        if (verdict && seen && c->v->refs->draft >= DRAFT_2020)
            seen[i] = 1;
    }
    c->quiet--;
    if (held < r->contains_min)
        return check_fail(c, "contains", array, "too few elements are like that: %u", (unsigned)held);
    return held <= r->contains_max ? 1 : check_fail(c, "contains", array, "too many elements are like that: %u", (unsigned)held);
}

static int check_unique(struct check *c, const struct json_value *array) {
    if (check_steps(c, array->span / 4))
        return -1;
    int differ = valid_all_differ(array);
    if (differ < 0)
        return err_set(c->why, ERR_MEMORY, "out of memory");
    return differ ? 1 : check_fail(c, "uniqueItems", array, "two elements are equal");
}

static int check_rest(struct check *c, const struct rule *rule, const struct json_value *array, unsigned char *seen) {
    const struct json_value *at = array + 1;
    for (uint32_t i = 0; i < array->n; i++, at = json_next(at)) {
        int verdict = seen[i] ? 1 : check_schema(c, rule->key + 1, at, NULL);
        if (verdict != 1)
            return verdict;
        seen[i] = 1;
    }
    return 1;
}

int check_array(struct check *c, const struct rules *r, const struct rule *rule, const struct json_value *array, unsigned char *seen) {
    switch (rule->kind) {
    case RULE_MIN_ITEMS:
        return array->n >= rule->arg.n ? 1 : check_fail(c, "minItems", array, "%u elements", (unsigned)array->n);
    case RULE_MAX_ITEMS:
        return array->n <= rule->arg.n ? 1 : check_fail(c, "maxItems", array, "%u elements", (unsigned)array->n);
    case RULE_UNIQUE:
        return check_unique(c, array);
    case RULE_ELEMENTS:
        return check_elements(c, r, array, seen);
    case RULE_CONTAINS:
        return check_contains(c, r, rule, array, seen);
    }
    return check_rest(c, rule, array, seen);
}
