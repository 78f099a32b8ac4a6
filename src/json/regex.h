/* A pattern as a tree. In: the text of an ECMAScript pattern. Out: nodes, and the sets of code points they name. Must not know automata.
 */
#ifndef JSON_REGEX_H
#define JSON_REGEX_H

#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"
#include "json/ranges.h"

#define REGEX_MAX_BYTES 65536
#define REGEX_MAX_DEPTH 200  /* groups in groups */
#define REGEX_MAX_SETS 2048  /* different ones */
#define REGEX_MAX_SIZE 20000 /* states of the automaton that is not deterministic yet */
#define REGEX_MAX_LOOKS 8
#define REGEX_ENDLESS UINT32_MAX

enum regex_op { REGEX_SET, REGEX_START, REGEX_END, REGEX_ALL, REGEX_ANY, REGEX_REPEAT };

/* A node's parts are a list from the last to the first. */
struct regex_node {
    uint8_t op;        /* ALL: one part behind the other, maybe none. ANY: one of the parts, at least one. */
    uint32_t set;      /* SET: one character out of it */
    uint32_t min, max; /* REPEAT: so often; max may be REGEX_ENDLESS */
    uint32_t last;     /* ALL, ANY, REPEAT: 1 + the last part, 0: none; the only one of a REPEAT */
    uint32_t before;   /* 1 + the part before this one, 0: this is the first */
    uint32_t size;     /* states it takes, at most REGEX_MAX_SIZE + 1 */
};

struct regex_set {
    uint32_t first, n, hash; /* of the ranges */
};

/* What must, or must not, match at the start of the string as well. */
struct regex_look {
    uint32_t root;
    int negated;
};

struct regex {
    const struct regex_node *node;
    uint32_t root;
    struct regex_look look[REGEX_MAX_LOOKS];
    uint32_t n_looks;
    struct ranges ranges;  /* of all sets, one after another */
    struct regex_set *set; /* [n_sets], all different */
    uint32_t n_sets;
};

/* All of *r is in MEM. ERR_SCHEMA with a reason that names the construct. */
int regex_parse(struct regex *r, const char *pattern, size_t n, struct arena *mem, struct err *e);

#endif
