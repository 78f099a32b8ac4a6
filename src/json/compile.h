/* The schema compiler's workshop: nodes made once for each set of subschemas, texts made once, and what its files share.
 * In: cases of facts (conj.h). Out: nodes (schema.h). Must not know states.
 */
#ifndef JSON_COMPILE_H
#define JSON_COMPILE_H

#include "json/conj.h"
#include "json/schema.h"
#include "json/write.h"

#define LANG_SHORT 16 /* a language of shorter strings is counted; of others without an automaton there are always more */

struct compiler {
    struct schema *s;
    struct arena scratch;              /* gone when the schema is compiled */
    struct arena cases;                /* gone when a node is made */
    struct node_key **key;             /* [cap_nodes] what each node is made of */
    uint32_t cap_nodes, *slot;         /* [n_slots] 1 + a node, by the hash of its key */
    uint32_t n_slots;
    struct text **text_slot;           /* [n_text_slots] by the hash of the text */
    uint32_t n_text_slots, cap_texts;
    struct own_dfa *own;               /* automata of the compiler's own patterns */
    const struct json_value *narrowed; /* a keyword of which alternatives were left out */
    struct err *e;
};
enum { NODES_MOST = 20000, TEXTS_MOST = 200000 };

/* The node of N items that hold together. UP: how deep values may still nest where nothing is said of them. NULL: *c->e. */
struct node *compile_node(struct compiler *c, const struct item *item, int n, int up);
struct text *compile_text(struct compiler *c, const char *s, size_t n);      /* NULL: *c->e */
int compile_texts(struct compiler *c, struct texts *t, struct text **text, uint32_t n); /* sorts them, without twins; keeps a copy */
void *compile_alloc(struct compiler *c, size_t n, size_t size);              /* of the schema's memory; NULL: *c->e */
int compile_fault(struct compiler *c, const struct json_value *schema, const char *keyword, const char *why); /* returns -1 */

/* A list of items that grows; start it as {0}. */
struct items {
    struct item *item;
    int n, cap;
};
int items_add(struct compiler *c, struct items *l, const struct json_value *schema, int not);

/* One way of a node. UP is for what is in it. -1: *c->e. */
struct case_at {
    const struct case_of *c;
    int up;
};
int way_values(struct compiler *c, const struct case_at *k, struct way *w);
int way_number(struct compiler *c, const struct case_at *k, struct way *w);
int way_string(struct compiler *c, const struct case_at *k, struct way *w);
int way_array(struct compiler *c, const struct case_at *k, struct way *w);
int way_object(struct compiler *c, const struct case_at *k, struct way *w);

/* Walks the subschemas of which all keywords hold: for (i = -1; (s = way_next(k, &i));). */
const struct json_value *way_next(const struct case_at *k, int *i);

/* Strings of MIN to MAX characters. NULL: *c->e. */
const struct dfa *way_lengths(struct compiler *c, uint32_t min, uint32_t max);

/* L's language so that its completions can be counted: bounds become part of the automaton. */
int way_countable(struct compiler *c, struct lang *l);

#endif
