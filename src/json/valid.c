/* Is an instance valid? In: struct valid, values. Out: a verdict and a reason. Here are the ways schemas hold other schemas for the same
 * instance; what is asked of scalars, arrays and objects is in files of their own.
 */
#include "json/valid_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what goes wrong ---- */

int check_fail(struct check *c, const char *keyword, const struct json_value *instance, const char *fmt, ...) {
    char pointer[160], reason[256];
    va_list ap;
    if (c->quiet > 0 || !c->why)
        return 0;
    va_start(ap, fmt);
    vsnprintf(reason, sizeof reason, fmt, ap);
    va_end(ap);
    refs_pointer_in(c->root, instance, pointer, sizeof pointer);
    err_set(c->why, ERR_SCHEMA, "%s: %s%s%s", pointer, keyword, *keyword ? ": " : "", reason);
    return 0;
}

int check_steps(struct check *c, uint64_t n) {
    c->steps += n;
    return c->steps <= CHECK_STEPS ? 0 : err_set(c->why, ERR_SCHEMA, "validation takes more than %d steps", CHECK_STEPS);
}

/* ---- one schema in another ---- */

int check_try(struct check *c, const struct json_value *schema, const struct json_value *instance, unsigned char *seen) {
    if (!seen)
        return check_schema(c, schema, instance, NULL);
    unsigned char *mine = calloc(instance->n + 1, 1);
    if (!mine)
        return err_set(c->why, ERR_MEMORY, "out of memory");
    int verdict = check_schema(c, schema, instance, mine);
    for (uint32_t i = 0; verdict == 1 && i < instance->n; i++)
        seen[i] |= mine[i];
    free(mine);
    return verdict;
}

static int check_all(struct check *c, const struct rule *rule, const struct json_value *instance, unsigned char *seen) {
    const struct json_value *list = rule->key + 1, *at = list + 1;
    int verdict = 1;
    for (uint32_t i = 0; verdict == 1 && i < list->n; i++, at = json_next(at))
        verdict = check_schema(c, at, instance, seen);
    return verdict;
}

/* Of the schemas in the list, at least one; at most MOST. All are asked where somebody wants to know what they looked at. */
static int check_some(struct check *c, const struct rule *rule, uint32_t most, const struct json_value *instance, unsigned char *seen) {
    const struct json_value *list = rule->key + 1, *at = list + 1;
    uint32_t held = 0;
    int enough = 0;
    c->quiet++;
    for (uint32_t i = 0; !enough && i < list->n; i++, at = json_next(at)) {
        int verdict = check_try(c, at, instance, seen);
        if (verdict < 0)
            return -1;
        held += (uint32_t)verdict;
        enough = held > most || (held == 1 && most == UINT32_MAX && !seen);
    }
    c->quiet--;
    if (held == 0)
        return check_fail(c, rule->key->s, instance, "none of the %u schemas holds", (unsigned)list->n);
    return held <= most ? 1 : check_fail(c, rule->key->s, instance, "more than one of the %u schemas holds", (unsigned)list->n);
}

static int check_not(struct check *c, const struct rule *rule, const struct json_value *instance) {
    c->quiet++;
    int verdict = check_schema(c, rule->key + 1, instance, NULL);
    c->quiet--;
    return verdict < 0 ? -1 : verdict == 0 ? 1 : check_fail(c, "not", instance, "the schema holds");
}

static int check_if(struct check *c, const struct rules *r, const struct rule *rule, const struct json_value *instance,
                    unsigned char *seen) {
    if (!r->then_do && !r->else_do && !seen)
        return 1;
    c->quiet++;
    int verdict = check_try(c, rule->key + 1, instance, seen);
    c->quiet--;
    const struct json_value *next = verdict == 1 ? r->then_do : r->else_do;
    return verdict < 0 ? -1 : next ? check_schema(c, next, instance, seen) : 1;
}

/* Schemas may share others by $ref so that the paths through them double at every step. A known failure is worked out once more where
 * its reason is wanted; that ends at the first failure inside, so that it does not double. */
static int check_ref(struct check *c, const struct rule *rule, const struct json_value *instance, unsigned char *seen) {
    if (seen)
        return check_schema(c, rule->arg.to, instance, seen);
    if (!c->remembers)
        memset(c->memo, 0, sizeof c->memo);
    c->remembers = 1;
    size_t hash = ((uintptr_t)rule->arg.to * 31u + (uintptr_t)instance) / sizeof(struct json_value) % CHECK_MEMO;
    if (c->memo[hash].schema == rule->arg.to && c->memo[hash].instance == instance && (c->memo[hash].verdict || c->quiet > 0))
        return c->memo[hash].verdict;
    int verdict = check_schema(c, rule->arg.to, instance, NULL);
    if (verdict >= 0) {
        c->memo[hash].schema = rule->arg.to;
        c->memo[hash].instance = instance;
        c->memo[hash].verdict = verdict;
    }
    return verdict;
}

/* ---- one schema ---- */

static int check_rule(struct check *c, const struct rules *r, const struct rule *rule, const struct json_value *instance,
                      unsigned char *seen) {
    switch (rule->kind) {
    case RULE_REF: return check_ref(c, rule, instance, seen);
    case RULE_ALL: return check_all(c, rule, instance, seen);
    case RULE_ANY: return check_some(c, rule, UINT32_MAX, instance, seen);
    case RULE_ONE: return check_some(c, rule, 1, instance, seen);
    case RULE_NOT: return check_not(c, rule, instance);
    case RULE_IF: return check_if(c, r, rule, instance, seen);
    case RULE_MIN_ITEMS: case RULE_MAX_ITEMS: case RULE_UNIQUE: case RULE_ELEMENTS: case RULE_CONTAINS: case RULE_REST_ITEMS:
        return instance->type == JSON_ARRAY ? check_array(c, r, rule, instance, seen) : 1;
    case RULE_MIN_MEMBERS: case RULE_MAX_MEMBERS: case RULE_REQUIRED: case RULE_MEMBERS: case RULE_NAMES: case RULE_DEPENDENCIES:
    case RULE_REST_MEMBERS:
        return instance->type == JSON_OBJECT ? check_object(c, r, rule, instance, seen) : 1;
    }
    return check_scalar(c, rule, instance);
}

static int check_rules(struct check *c, const struct rules *r, const struct json_value *instance, unsigned char *seen) {
    int verdict = check_steps(c, 1) ? -1 : 1;
    for (uint32_t i = 0; verdict == 1 && i < r->n; i++)
        verdict = check_steps(c, 1) ? -1 : check_rule(c, r, &r->rule[i], instance, seen);
    return verdict;
}

int check_schema(struct check *c, const struct json_value *schema, const struct json_value *instance, unsigned char *seen) {
    if (schema->type == JSON_TRUE)
        return 1;
    if (schema->type == JSON_FALSE)
        return check_fail(c, "", instance, "the schema is false here");
    uint32_t index = c->v->index[schema - c->v->refs->doc->root];
    if (index == 0)
        return err_set(c->why, ERR_SCHEMA, "the root does not lead to this subschema");
    const struct rules *r = &c->v->rules[index - 1];
    if (c->depth == CHECK_DEPTH)
        return err_set(c->why, ERR_SCHEMA, "schemas in schemas, more than %d deep", CHECK_DEPTH);
    c->depth++;
    int verdict;
    if (r->has_rests && instance->type >= JSON_ARRAY) {
        /* What those around have looked at does not count here; what is looked at here counts there. */
        unsigned char *mine = calloc(instance->n + 1, 1);
        verdict = mine ? check_rules(c, r, instance, mine) : err_set(c->why, ERR_MEMORY, "out of memory");
        for (uint32_t i = 0; verdict == 1 && seen && i < instance->n; i++)
            seen[i] |= mine[i];
        free(mine);
    } else {
        verdict = check_rules(c, r, instance, seen);
    }
    c->depth--;
    return verdict;
}

/* ---- the whole ---- */

static int compare_keys(const void *a, const void *b) {
    const struct json_value *x = *(const struct json_value *const *)a, *y = *(const struct json_value *const *)b;
    uint32_t n = x->n < y->n ? x->n : y->n;
    int order = memcmp(x->s, y->s, n);
    return order ? order : x->n < y->n ? -1 : x->n > y->n;
}

/* Does OBJECT have members named alike? NAMES has room for its keys. */
static int has_twins(const struct json_value *object, const struct json_value **names) {
    const struct json_value *key = object + 1;
    for (uint32_t i = 0; i < object->n; i++, key = json_next(key + 1))
        names[i] = key;
    qsort(names, object->n, sizeof *names, compare_keys);
    for (uint32_t i = 1; i < object->n; i++) {
        if (compare_keys(&names[i - 1], &names[i]) == 0)
            return 1;
    }
    return 0;
}

static int find_twins(struct check *c) {
    const struct json_value *at = c->root;
    uint32_t most = 0;
    for (uint32_t i = 0; i < c->root->span; i++)
        most = at[i].type == JSON_OBJECT && at[i].n > most ? at[i].n : most;
    if (most < 2)
        return 0;
    const struct json_value **names = calloc(most, sizeof(struct json_value *));
    if (!names)
        return err_set(c->why, ERR_MEMORY, "out of memory");
    for (uint32_t i = 0; !c->has_twins && i < c->root->span; i++)
        c->has_twins = at[i].type == JSON_OBJECT && at[i].n > 1 && has_twins(&at[i], names);
    free(names);
    return 0;
}

int valid_check(const struct valid *v, const struct json_value *schema, const struct json_value *instance, struct err *why) {
    struct check c;
    memset(&c, 0, offsetof(struct check, memo));
    c.v = v, c.root = instance, c.why = why;
    return find_twins(&c) ? -1 : check_schema(&c, schema, instance, NULL);
}

int valid_open(struct valid **out, const struct refs *refs, struct err *e) {
    struct valid *v = calloc(1, sizeof *v);
    *out = NULL;
    if (!v)
        return err_set(e, ERR_MEMORY, "out of memory");
    v->refs = refs;
    if (rules_read(v, e)) {
        valid_close(v);
        return -1;
    }
    *out = v;
    return 0;
}

void valid_close(struct valid *v) {
    if (!v)
        return;
    arena_free(&v->mem);
    free(v);
}
