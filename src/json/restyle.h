/* A document as the machine would write it: members in the schema's order, plain numbers, one spelling a string. In: any JSON value.
 * Out: that value as text that the machine accepts, or that there is none. For tests: what people wrote is held against the machine.
 */
#ifndef JSON_RESTYLE_H
#define JSON_RESTYLE_H

#include "json/machine.h"
#include "json/write.h"

/* 1: OUT, empty before, has the text; 0: the machine accepts none of those that were tried, and OUT is of no use; -1: out of memory.
 * Starts M, which is S's, anew. */
int restyle(struct machine *m, const struct schema *s, const struct json_value *v, struct text_out *out, struct err *e);

#endif
