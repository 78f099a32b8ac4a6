/* A JSON text (RFC 8259) as a tree that keeps all of it: the order of members, members named alike, the text of numbers. In: bytes.
 * Out: values, each with its place in the text. Strict: no comments, no trailing commas, UTF-8 without faults, whole surrogate pairs.
 */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* The values of a document lie in one array, in the order of the text: a container before what is in it, the key of a member, a
 * string, before its value. So `v + 1` is the first thing in a container that is not empty, and json_next(v) what comes after v. */
struct json_value {
    const char *s;   /* strings: decoded; numbers: as written. Terminated, though a string may have NULs inside */
    uint32_t n;      /* bytes at s; elements of an array; members of an object */
    uint32_t span;   /* values from this one to the first that is not in it: 1 where nothing is */
    uint32_t offset; /* in the text */
    uint8_t type;    /* enum json_type */
};
struct json {
    const char *name;              /* of the text, printable, for messages */
    int code;                      /* of errors: ERR_MODEL, or what a fault in this text means */
    struct json_value *root;       /* whoever opened it may change it */
    struct arena mem;
};

#define JSON_MAX_DEPTH 256 /* containers in containers: those who walk a document may recurse */

/* Reads N bytes, which may go once this returns. Memory is in proportion to N: about as many bytes, and one json_value for each value.
 * "NAME: byte N: reason" and CODE where the text is no JSON, is deeper than JSON_MAX_DEPTH, or has 4 GiB. */
int json_open(struct json *j, const char *name, int code, const char *text, size_t n, struct err *e);
void json_close(struct json *j);

static inline const struct json_value *json_next(const struct json_value *v) {
    return v + v->span;
}

/* The value of a member of OBJECT; of several named alike the last, as everybody reads them. NULL: none, or OBJECT is no object. */
const struct json_value *json_find(const struct json_value *object, const char *key);

int json_is(const struct json_value *v, const char *text); /* is it the string TEXT? */

/* 1 and *out where V is a number that fits: one written without fraction and exponent; any that is finite. Else 0. */
int json_int(const struct json_value *v, int64_t *out);
int json_double(const struct json_value *v, double *out);

const char *json_type_name(const struct json_value *v); /* "an object", "a string" ... */

/* "NAME: byte N: reason" with the code of the document, for faults found by those who know what it should say. Returns -1. */
int json_fault(const struct json *j, size_t offset, struct err *e, const char *fmt, ...) PRINTF_LIKE(4, 5);

#endif
