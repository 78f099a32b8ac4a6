/* What completing the parts of a document costs, in tokens and in depth. In: a schema, what texts cost. Out: figures for its nodes and
 * members, and for objects and arrays that are written in part. Must not know states.
 */
#ifndef JSON_PARTS_H
#define JSON_PARTS_H

#include "json/schema.h"

#define PARTS_NEVER UINT32_MAX

/* What TEXT costs from each of its bytes on: least[i] = the fewest tokens that spell text + i; least[n] is not written. */
typedef void machine_cost(void *ctx, const char *text, size_t n, uint16_t *least);

struct part {          /* of a node, or of a way */
    uint32_t cost;     /* tokens of the cheapest value; PARTS_NEVER: there is none */
    uint32_t height;   /* arrays and objects in each other in it */
};
struct parts {
    const struct schema *s;
    uint16_t **least;      /* [n_texts][bytes + 1] by text, the last 0 */
    struct part *node;     /* [n_nodes] */
    struct part **way;     /* [n_nodes][n_ways] */
    uint32_t **needed;     /* [n_objects][n_members + 1] the cost of the needed members among i, i + 1 ..., each behind a comma */
    struct arena mem;
};
int parts_open(struct parts *p, const struct schema *s, machine_cost *cost, void *ctx, struct err *e);
void parts_close(struct parts *p);

uint32_t parts_sum(uint32_t a, uint32_t b); /* PARTS_NEVER stays that */

/* An element of a set costs more than a value alone: the cheapest may be taken. */
uint32_t parts_element(const struct parts *p, const struct array *a, uint32_t i);
const struct node *parts_element_node(const struct array *a, uint32_t i); /* NULL: none may stand there */

/* From behind element N on: the missing ones, each behind a comma, and the bracket. */
uint32_t parts_array_rest(const struct parts *p, const struct array *a, uint32_t n);

/* An opening quote, the name, the value. */
uint32_t parts_member(const struct parts *p, const struct member *m);
uint32_t parts_open_value(const struct parts *p, const struct object *o); /* a colon and the dearest value of a member of another name */
uint32_t parts_open_member(const struct parts *p, const struct object *o, uint32_t used); /* of another name than the USED */

struct place_in { /* an object: the next declared member that may come, the members there, those of other names among them */
    uint32_t at, n, used;
    uint32_t depth; /* open arrays and objects */
};
/* What is missing there, each behind a comma, and the brace. */
uint32_t parts_object_rest(const struct parts *p, const struct object *o, const struct place_in *in);

/* May member I be written there? */
int parts_may_member(const struct parts *p, const struct object *o, uint32_t i, const struct place_in *in);
/* May one of another name? */
int parts_may_open(const struct parts *p, const struct object *o, const struct place_in *in);

#define PARTS_OTHERS 64 /* members of other names, at most; elements of a set too */

#endif
