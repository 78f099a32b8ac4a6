/* Where the subschemas of a schema document are, and what its $refs mean. In: a JSON text. Out: values in it, their JSON pointers.
 * Reads $id / id, $anchor, $ref with fragments and with names that another part of the same document carries; knows no network.
 */
#ifndef JSON_REFS_H
#define JSON_REFS_H

#include "base/arena.h"
#include "json/json.h"
#include "json/places.h"

/* The dialect that "$schema" names; without one 2020-12, in which every older spelling that does not contradict it is read too. */
enum draft { DRAFT_4, DRAFT_6, DRAFT_7, DRAFT_2019, DRAFT_2020 };

struct ref_name {
    const struct json_value *at;
    const char *uri; /* absolute, as far as the document says; of anchors with "#" and their name */
    int resource;    /* it has an $id, or is the root: pointers start here */
    int dynamic;     /* the name is of a $dynamicAnchor */
};
struct refs {
    const struct json *doc;
    enum draft draft;
    struct ref_name *name;           /* [n_names] absolute names and anchors of parts of the document; the root first */
    const struct ref_name **by_text; /* [n_sorted] */
    size_t n_names, n_sorted;
    uint32_t *base;                  /* [root->span] of values: 0 is no schema, else 1 + the name whose resource the schema is in */
    uint32_t *target;                /* [root->span] of subschemas: 1 + the place of what their $ref names, 0 where that is to be looked up */
    const struct json_value **schema; /* [n_schemas] the subschemas that are objects, those in other keywords that a $ref points to too */
    size_t n_schemas;
    struct places places;
    size_t text;                     /* bytes of all names */
    struct arena mem;
};
int refs_open(struct refs *r, const struct json *doc, struct err *e);
void refs_close(struct refs *r);

/* What the "$ref" of SCHEMA, an object of the document that has one, names; NULL: *e says what could not be found ("POINTER: $ref: ..."). */
const struct json_value *refs_target(const struct refs *r, const struct json_value *schema, struct err *e);
/* The same for KEYWORD "$dynamicRef" or "$recursiveRef", where it can only mean one place; else NULL and a refusal. */
const struct json_value *refs_follow(const struct refs *r, const struct json_value *schema, const char *keyword, struct err *e);

/* SCHEMA has a $ref, and its other keywords are to be ignored: so say draft 7 and older where "$schema" names them. */
int refs_ref_is_alone(const struct refs *r, const struct json_value *schema);

/* How a keyword holds subschemas. A value of another shape holds none. */
enum refs_holds { REFS_NONE, REFS_SCHEMA, REFS_LIST, REFS_EITHER, REFS_MAP };
enum refs_holds refs_holds(const struct json_value *keyword);

/* The JSON pointer of V, a value of the document, as a fragment for messages: "#/properties/a"; cut to CAP. Returns OUT. */
char *refs_pointer(const struct refs *r, const struct json_value *v, char *out, size_t cap);

/* The same for V in any value ROOT. */
char *refs_pointer_in(const struct json_value *root, const struct json_value *v, char *out, size_t cap);

/* ERR_SCHEMA, "NAME: POINTER: KEYWORD: reason". KEYWORD "": left out. Returns -1. */
int refs_fault(const struct refs *r, const struct json_value *schema, const char *keyword, struct err *e, const char *fmt, ...)
    PRINTF_LIKE(5, 6);

#endif
