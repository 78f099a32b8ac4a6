/* A schema as the validator reads it: for each subschema the rules it makes, their arguments read and checked. In: a document.
 * Out: struct valid. For the files of the validator only.
 */
#ifndef JSON_VALID_RULES_H
#define JSON_VALID_RULES_H

#include "json/valid.h"

/* What one keyword, or several that belong together, ask of an instance. */
enum rule_kind {
    RULE_TYPE, RULE_ENUM, RULE_CONST,
    RULE_MULTIPLE, RULE_MINIMUM, RULE_MAXIMUM, RULE_ABOVE, RULE_BELOW, /* ABOVE and BELOW exclude the limit */
    RULE_MIN_LENGTH, RULE_MAX_LENGTH, RULE_PATTERN, RULE_FORMAT,
    RULE_MIN_ITEMS, RULE_MAX_ITEMS, RULE_UNIQUE, RULE_ELEMENTS, RULE_CONTAINS,
    RULE_MIN_MEMBERS, RULE_MAX_MEMBERS, RULE_REQUIRED, RULE_MEMBERS, RULE_NAMES, RULE_DEPENDENCIES,
    RULE_REF, RULE_ALL, RULE_ANY, RULE_ONE, RULE_NOT, RULE_IF,
    RULE_REST_ITEMS, RULE_REST_MEMBERS /* unevaluated ones: behind all others */
};

/* An automaton, one for each different text of a pattern or format. */
struct valid_lang {
    const struct json_value *text;
    int is_format;
    int is_known;            /* 0: a format that is an annotation only */
    int is_regex;            /* format "regex", which has no automaton */
    size_t max;              /* characters */
    struct dfa dfa;
    struct valid_lang *next; /* of the same hash */
};

struct rule {
    uint8_t kind;                      /* enum rule_kind */
    const struct json_value *key;      /* the keyword, its value behind it */
    union {
        uint64_t n;                    /* MIN_, MAX_: a count; TYPE: bits */
        const struct json_value *to;   /* REF: the schema it names */
        const struct valid_lang *lang; /* PATTERN, FORMAT */
    } arg;
};
/* Types are bits, 1 << enum json_type, and one for numbers without a fraction. */
#define RULE_INTEGER (1u << 7)

/* A subschema that is an object. Values are NULL where the keyword is absent or means nothing. */
struct rules {
    const struct json_value *schema;
    struct rule *rule; /* [n] */
    uint32_t n;
    int has_rests;     /* it asks for unevaluated items or members */
    const struct json_value *properties, *patterns, *additional; /* MEMBERS */
    const struct json_value *prefix, *rest;                      /* ELEMENTS: an array for the first ones, a schema for others */
    const struct json_value *then_do, *else_do;                  /* IF */
    uint64_t contains_min, contains_max;
};

struct valid {
    const struct refs *refs;
    struct rules *rules;            /* [n_rules] */
    uint32_t n_rules;
    uint32_t *index;                /* [root->span] of values: 0, or 1 + its place in rules */
    const struct valid_lang **lang; /* [root->span] of patterns, names in patternProperties, and formats */
    struct arena mem;
};

#define LANG_HASHES 1024

struct rules_reader {
    struct valid *v;
    struct err *e;
    struct rules *now;                   /* the subschema that is read */
    uint32_t *edge;                      /* [n_edges] rules that look at the same instance, of one subschema after another */
    uint32_t *first_edge;                /* [n_rules] */
    uint32_t n_edges;
    struct valid_lang *hash[LANG_HASHES];
    size_t entries;                      /* of all automata */
    struct arena mem;                    /* gone when the schema is read */
};

/* Fills in V for all subschemas that the root can lead to. */
int rules_read(struct valid *v, struct err *e);

/* Reads the keywords of g->now. */
int rules_read_schema(struct rules_reader *g);
/* SCHEMA, which KEY holds, will be read too. SAME: it looks at the same instance. */
int rules_need(struct rules_reader *g, const struct json_value *key, const struct json_value *schema, int same);
/* The automaton of TEXT, a string of the document that KEY holds; in v->lang from then on. */
int rules_need_lang(struct rules_reader *g, const struct json_value *key, const struct json_value *text, int is_format);

#endif
