/* What is asked of a value as it is: its type, which values it may be, numbers, strings. In: a rule, an instance. Out: a verdict. */
#include "json/decimal.h"
#include "json/valid_check.h"

#include <string.h>

static int fail(struct check *c, const struct rule *rule, const struct json_value *instance, const char *what, const char *limit) {
    return check_fail(c, rule->key->s, instance, "%s%.60s", what, limit);
}

static int check_type(struct check *c, const struct rule *rule, const struct json_value *instance) {
    struct decimal d;
    if (rule->arg.n >> instance->type & 1)
        return 1;
    if (rule->arg.n & RULE_INTEGER && instance->type == JSON_NUMBER) {
        decimal_read(&d, instance);
        return decimal_is_integer(&d) ? 1 : fail(c, rule, instance, "no integer", "");
    }
    return fail(c, rule, instance, "it is ", json_type_name(instance));
}

static int check_enum(struct check *c, const struct rule *rule, const struct json_value *instance) {
    const struct json_value *list = rule->key + 1, *at = list + 1;
    for (uint32_t i = 0; i < list->n; i++, at = json_next(at)) {
        if (valid_equal(at, instance))
            return 1;
    }
    return check_steps(c, list->n) ? -1 : fail(c, rule, instance, "none of the values listed", "");
}

static int check_number(struct check *c, const struct rule *rule, const struct json_value *instance) {
    struct decimal d, bound;
    if (instance->type != JSON_NUMBER)
        return 1;
    decimal_read(&d, instance);
    decimal_read(&bound, rule->key + 1);
    int order = decimal_compare(&d, &bound);
    const char *limit = rule->key[1].s;
    switch (rule->kind) {
    case RULE_MULTIPLE: return decimal_is_multiple(&d, &bound) == 1 ? 1 : fail(c, rule, instance, "no multiple of ", limit);
    case RULE_MINIMUM: return order >= 0 ? 1 : fail(c, rule, instance, "below ", limit);
    case RULE_MAXIMUM: return order <= 0 ? 1 : fail(c, rule, instance, "above ", limit);
    case RULE_ABOVE: return order > 0 ? 1 : fail(c, rule, instance, "not above ", limit);
    }
    return order < 0 ? 1 : fail(c, rule, instance, "not below ", limit);
}

static uint64_t count_characters(const struct json_value *string) {
    uint64_t n = 0;
    for (uint32_t i = 0; i < string->n; i++)
        n += ((unsigned char)string->s[i] & 0xc0) != 0x80;
    return n;
}

/* A pattern that is right but not supported here, or too large, is one all the same; Python's groups, (?P<n>a) or (?i), are none. */
static int is_regex(const struct json_value *string, int *memory) {
    struct arena mem = {0};
    struct err e = {0};
    struct dfa d;
    int rc = dfa_pattern(&d, string->s, string->n, &mem, &e);
    arena_free(&mem);
    *memory = rc && e.code == ERR_MEMORY;
    if (rc == 0)
        return 1;
    return !strstr(e.text, "group of this kind") && (strstr(e.text, "not supported") || strstr(e.text, "too ") || strstr(e.text, "more than"));
}

static int check_format(struct check *c, const struct rule *rule, const struct json_value *instance) {
    int memory = 0, held;
    if (rule->arg.lang->is_regex)
        held = is_regex(instance, &memory);
    else
        held = count_characters(instance) <= rule->arg.lang->max && dfa_match(&rule->arg.lang->dfa, instance->s, instance->n) != 0;
    if (memory)
        return err_set(c->why, ERR_MEMORY, "out of memory");
    return held ? 1 : fail(c, rule, instance, "not of the format ", rule->key[1].s);
}

static int check_string(struct check *c, const struct rule *rule, const struct json_value *instance) {
    if (instance->type != JSON_STRING)
        return 1;
    if (check_steps(c, instance->n / 16))
        return -1;
    const char *limit = rule->key[1].s;
    switch (rule->kind) {
    case RULE_MIN_LENGTH: return count_characters(instance) >= rule->arg.n ? 1 : fail(c, rule, instance, "shorter than ", limit);
    case RULE_MAX_LENGTH: return count_characters(instance) <= rule->arg.n ? 1 : fail(c, rule, instance, "longer than ", limit);
    case RULE_PATTERN:
        return dfa_match(&rule->arg.lang->dfa, instance->s, instance->n) ? 1 : fail(c, rule, instance, "does not match ", limit);
    }
    return check_format(c, rule, instance);
}

int check_scalar(struct check *c, const struct rule *rule, const struct json_value *instance) {
    switch (rule->kind) {
    case RULE_TYPE: return check_type(c, rule, instance);
    case RULE_ENUM: return check_enum(c, rule, instance);
    case RULE_CONST: return valid_equal(rule->key + 1, instance) ? 1 : fail(c, rule, instance, "another value", "");
    case RULE_MULTIPLE: case RULE_MINIMUM: case RULE_MAXIMUM: case RULE_ABOVE: case RULE_BELOW: return check_number(c, rule, instance);
    }
    return check_string(c, rule, instance);
}
