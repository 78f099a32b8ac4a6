/* A JSON schema, compiled for the machine: nodes, each of which says what a value may be, as alternatives without conditions.
 * In: the text of a schema. Out: nodes, or a refusal by JSON pointer and keyword. Must not know bytes of documents nor tokens.
 *
 * A node stands for a conjunction of subschemas, some of them negated, and is made once for each set of them, so recursion ends. What the
 * nodes describe is a subset of what the schema allows: where it cannot be described exactly the alternative is left out, and a schema of
 * which nothing would be left, or that has a keyword that is not supported, is refused.
 */
#ifndef JSON_SCHEMA_H
#define JSON_SCHEMA_H

#include "json/lang.h"
#include "json/number.h"
#include "json/valid.h"

#define SCHEMA_DEPTH 200 /* containers in containers in what is generated */

struct schema_caps { /* where the schema sets no bound */
    int string;          /* characters */
    int items;           /* of an array */
    int depth;           /* of a value of which nothing is said */
    int digits;          /* of a number, at most 17 */
};

struct text {            /* a fixed spelling */
    const char *s;
    uint32_t n;
    uint32_t id;         /* of all texts of the schema: 0 .. n_texts - 1 */
};
struct texts {           /* some of them, in the order of their bytes, no two alike */
    uint32_t n;
    const struct text **text;
};

struct strings {         /* without a pattern: lang.dfa is NULL, and only lang.min and lang.max hold */
    struct lang lang;
};

struct array {
    uint32_t min, max;
    uint32_t n_prefix;
    const struct node **prefix; /* [n_prefix] */
    const struct node *rest;    /* NULL: none */
    int unique;                 /* all elements are scalars then */
};

struct member {
    const struct node *node;
    const struct text *text;    /* its name behind the opening quote, as it is spelt: name": with colon and blank */
    const struct json_value *name;
    uint32_t needed;            /* 1: must be there */
};
struct object {
    uint32_t min, max;          /* members */
    uint32_t n_members;
    struct member *member;      /* [n_members] in the order in which they are written */
    uint32_t *by_text;          /* [n_members] their indices in the order of their texts */
    struct texts refused;       /* name": what members of other names may not be called: the declared ones, and those that are forbidden */
    uint32_t *needed_from;      /* [n_members + 1] how many are needed among i, i + 1 ... */
    uint32_t id;                /* of all objects of the schema: 0 .. n_objects - 1 */
    uint32_t n_open;
    const struct node **open;   /* [n_open] what members of other names may be; 0: there are none */
    struct strings name;        /* their names; label: which of open */
};

struct way {                    /* one alternative; every part may be absent */
    struct texts values;        /* null, true, false, and what an enum lists */
    struct numbers *number;
    struct strings *string;
    struct array *array;
    struct object *object;
};
struct node {
    uint32_t id;                /* 0 .. n_nodes - 1 */
    uint32_t n_ways;
    struct way *way;            /* [n_ways] */
};

struct schema {
    struct json json;
    struct refs refs;
    struct valid *valid;
    struct schema_caps caps;
    const struct node *root;
    struct node **node;         /* [n_nodes] */
    uint32_t n_nodes, n_texts, n_objects;
    struct text **text;         /* [n_texts] */
    const struct text *comma, *colon; /* ", " and ": " */
    struct arena mem;
};
/* TEXT: the N bytes of a schema. ERR_SCHEMA "NAME: POINTER: KEYWORD: reason". */
int schema_open(struct schema *s, const char *name, const char *text, size_t n, const struct schema_caps *caps, struct err *e);
void schema_close(struct schema *s);

#endif
