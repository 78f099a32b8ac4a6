/* A conjunction in the making: what conj.c, which makes cases, shares with the files that read keywords.
 * A case in the making has items still to be looked at, facts, and choices that were met; when the items are done, the first choice makes
 * as many cases of it as it has options.
 */
#ifndef JSON_CONJ_MAKE_H
#define JSON_CONJ_MAKE_H

#include "json/conj.h"

struct option {
    struct item item[2];
    struct fact fact[3];
    int n_items, n_facts;
    int from;                  /* the item that led to it */
    const struct option *more; /* the next option of the choice */
    const struct item *all;    /* [n_all] items besides */
    int n_all;
};
struct choice {
    struct option *first;       /* the one offered last */
    int n;
    const struct choice *more;
};
struct making {
    struct case_of c;
    int cap_items, cap_facts, done; /* items looked at */
    const struct choice *choice;    /* the one met last first */
};
struct expansion {
    struct cases *out;
    const struct refs *refs;
    const struct valid *valid;
    struct arena *mem;
    struct err *e;
    int depth;     /* choices in choices */
    int copied;    /* items and facts, for all branches; with what their options take */
    int from;      /* the item that is looked at */
};

enum { CONJ_FINE, CONJ_IMPOSSIBLE = 1, CONJ_FAILED = -1 }; /* what most of these return */

int conj_holds(struct expansion *x, struct making *m, const struct json_value *s);     /* conj_holds.c */
int conj_not_holds(struct expansion *x, struct making *m, const struct json_value *s); /* conj_not.c */

int conj_add_fact(struct expansion *x, struct making *m, struct fact f);
int conj_add_item(struct expansion *x, struct making *m, const struct json_value *schema, int not);
void conj_narrow(struct expansion *x, const struct json_value *keyword); /* alternatives of it are left out */
extern const char *const conj_references[3];
const struct json_value *conj_target(struct expansion *x, const struct json_value *s, int i); /* of the reference of that name; NULL: *x->e */

/* Options are gathered in a choice, and the choice is made: of one alone at once. NULL, CONJ_FAILED: *x->e. */
struct option *conj_option(struct expansion *x, struct choice *c);
int conj_offer_item(struct expansion *x, struct choice *c, const struct json_value *schema, int not);
int conj_offer_two(struct expansion *x, struct choice *c, struct item a, struct item b); /* b.schema may be NULL */
int conj_offer_facts(struct expansion *x, struct choice *c, unsigned types, const struct fact *a, const struct fact *b); /* 0, NULL: none */
int conj_choose(struct expansion *x, struct making *m, const struct choice *c);

#endif
