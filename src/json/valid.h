/* Is a JSON document an instance of a JSON schema? Exactly, by the specification, and independent of what generates documents: it filters
 * enums, checks every answer before it is printed, and is the reference of the tests.
 * In: a schema document, an instance. Out: yes or no, and why. Keywords it does not support are refused when it is opened, by pointer
 * and name. Formats listed in format.h are asserted, as draft 7 and earlier are commonly used; others are annotations.
 */
#ifndef JSON_VALID_H
#define JSON_VALID_H

#include "json/dfa.h"
#include "json/refs.h"

struct valid;
int valid_open(struct valid **v, const struct refs *refs, struct err *e); /* REFS must stay open */
void valid_close(struct valid *v);

/* 1: INSTANCE is valid against SCHEMA, the root or any subschema that it leads to; 0: it is not, and WHY (which may be NULL) says
 * "POINTER in the instance: keyword: ..."; -1: out of memory, or it takes more steps or more schemas in schemas than valid_check.h allows.
 * Any number of threads may ask at once; it takes less than 512 KB of stack. */
int valid_check(const struct valid *v, const struct json_value *schema, const struct json_value *instance, struct err *why);

int valid_equal(const struct json_value *a, const struct json_value *b); /* as JSON Schema compares: 1 is 1.0, members in any order */

/* KEY, of a member of a schema, is a keyword of another dialect than the document's: an annotation in it. */
int valid_ignores(const struct refs *refs, const struct json_value *key);

/* The automaton of a "pattern" or of a name in "patternProperties", a string value of the document, compiled when V was opened. */
const struct dfa *valid_pattern(const struct valid *v, const struct json_value *pattern);
/* The automaton of an asserted format; NULL: NAME is an annotation only. */
const struct dfa *valid_format(const struct valid *v, const struct json_value *name);

#endif
