/* Shorthand schemas: {"temperature": "number", "alert": [["LED", "UART"]], "note": "string?"}. In: a JSON document. Out: the schema that
 * it is short for, as text. A name of a type is that type, a list of two or more scalars an enum, a list of one element an array of it,
 * an object an object with those members and no others, all needed but those whose type ends in "?".
 */
#ifndef JSON_SHORTHAND_H
#define JSON_SHORTHAND_H

#include "json/write.h"

/* 1: V, the root of a document, is short for a schema, not one. A schema is true, false, {} or an object that has type (which names a
 * type, or several), $ref, $schema, properties, anyOf, oneOf, allOf, enum, const or items, with a value that these can have. An object that
 * has type and otherwise only members that no schema has and a shorthand may is a shorthand with a member of that name. */
int shorthand_is(const struct json_value *v);

/* Appends the schema that the document, a shorthand, is short for, on one line. ERR_SCHEMA "NAME: POINTER: reason" where it is none. */
int shorthand_expand(const struct json *j, struct text_out *out, struct err *e);

#endif
