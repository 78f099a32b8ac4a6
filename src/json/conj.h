/* Conjunctions of subschemas, some negated, turned into alternatives without conditions: anyOf, oneOf, not, if, dependencies and $ref are
 * gone, and what is left of each alternative are facts about one value.
 * In: a set of subschemas. Out: cases; any value of a case satisfies the set. Where a negation is not among those known, the alternative
 * is left out, and `narrowed` says where. Must not know what is made of the facts.
 */
#ifndef JSON_CONJ_H
#define JSON_CONJ_H

#include "json/valid.h"

/* Types of values; an integer is a number without a part. */
enum { T_NULL = 1, T_BOOL = 2, T_INT = 4, T_PART = 8, T_STRING = 16, T_ARRAY = 32, T_OBJECT = 64, T_ALL = 127 };

struct item { /* a subschema that holds, or does not */
    const struct json_value *schema;
    int not;
    int from; /* in a case: the item that led to it; -1: none */
};
static inline struct item conj_item(const struct json_value *schema, int not) {
    struct item it = {schema, not, -1};
    return it;
}

enum fact_kind {
    FACT_PLAIN,      /* the keywords of value, a subschema, that say something of a value at once or of its parts; item n of the case */
    FACT_TYPES,      /* n: the only types */
    FACT_LACKS,      /* an object has no member named value */
    FACT_HAS,        /* an object has one */
    FACT_MEMBER,     /* the item holds for the member named value, if there is one */
    FACT_ELEMENT,    /* the item holds for element n of an array, or for all where n is -1 */
    FACT_OTHER_THAN, /* it is none of value, an array, or not value where n is 1; numbers among these are seen to by bounds */
    FACT_NO_MATCH,   /* a string does not match value, a pattern */
    FACT_LENGTH_MIN, FACT_LENGTH_MAX, FACT_ITEMS_MIN, FACT_ITEMS_MAX, FACT_MEMBERS_MIN, FACT_MEMBERS_MAX, /* n */
    FACT_LEAST, FACT_MOST, /* a number is at least, at most value; more or less than it where n is 1 */
    FACT_NO_MULTIPLE /* of value, an integer above 0 */
};
struct fact {
    enum fact_kind kind;
    const struct json_value *value;
    int64_t n;
    struct item item;
};
struct case_of {
    struct item *item;   /* [n_items] all that hold, those of the set and those they led to */
    struct fact *fact;   /* [n_facts] */
    int n_items, n_facts;
    unsigned types;
};
struct cases {
    struct case_of **one; /* [n] */
    int n;
    const struct json_value *narrowed; /* a keyword whose alternatives were left out, the last; NULL: none were */
};
#define CASES_MOST 128

/* Item I of the case holds for what item OF says, at the same place: what I evaluates is evaluated for OF. */
int conj_within(const struct case_of *c, int64_t i, int64_t of);

/* Memory from MEM. ERR_SCHEMA: a keyword that cannot be generated. */
int conj_cases(struct cases *out, const struct refs *refs, const struct valid *valid, const struct item *item, int n, struct arena *mem,
               struct err *e);

unsigned conj_types(const struct json_value *type);         /* of the keyword's value */
unsigned conj_type_of(const struct json_value *v);          /* of a value */
int conj_says_nothing(const struct json_value *schema);     /* true, or an object without a keyword that says something of values */
const struct json_value *conj_meant(const struct refs *refs, const struct json_value *schema); /* behind $refs that stand alone */
int conj_lists_only(const struct json_value *schema);       /* nothing but its types, and the values it lists */
/* 1: no value is valid for both A and B, two of a list of N subschemas, as far as can be told. */
int conj_apart(const struct refs *refs, const struct valid *valid, const struct json_value *a, const struct json_value *b, uint32_t n);
/* V as a count: 3, 3.0. 0: it is none. Held to +-DECIMAL_LARGE. */
int conj_count(const struct json_value *v, int64_t *out);

/* The first thing in LIST, an array or an object; NULL where there is none, or no LIST. */
static inline const struct json_value *conj_first(const struct json_value *list) {
    return list && list->type >= JSON_ARRAY && list->n > 0 ? list + 1 : NULL;
}

#endif
