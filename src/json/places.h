/* Steps into a JSON document by name or number, quick where there are many to choose from. In: a document. Out: values in it. */
#ifndef JSON_PLACES_H
#define JSON_PLACES_H

#include "json/json.h"

struct places_slot {
    uint32_t around, at; /* 1 + the index of the container; that of the key or the element */
    uint32_t order;      /* among the elements of an array */
};
struct places {
    const struct json_value *root;
    struct places_slot *slot; /* [n_slots] what is in large containers, by hash */
    size_t n_slots;           /* a power of 2, or 0: there are none */
};

/* Memory comes from MEM. */
int places_open(struct places *p, const struct json_value *root, struct arena *mem, struct err *e);

/* The member NAME [n] of V, of several the last, or the element where V is an array and NAME its number; NULL: there is none. */
const struct json_value *places_step(const struct places *p, const struct json_value *v, const char *name, size_t n);

#endif
