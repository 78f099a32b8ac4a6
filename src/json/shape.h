/* The short shape of a schema, for the model to see: {"temperature": "number", "alert": [["LED", "UART"]], "note": "string?"}. The
 * inverse of a shorthand as far as that goes; beyond it says less, never what is wrong: bounds, patterns and conditions are left out.
 */
#ifndef JSON_SHAPE_H
#define JSON_SHAPE_H

#include "json/refs.h"
#include "json/write.h"

#define SHAPE_MOST 2000 /* bytes; what lies too deep to fit is "object" or "array" */

/* Appends the shape on one line; nothing where it would say nothing (any value, any object). */
int shape_write(const struct refs *r, struct text_out *out, struct err *e);

#endif
