/* URI references (RFC 3986) as text. In: a base, a reference. Out: what the reference means there. Must not know schemas. */
#ifndef JSON_URI_H
#define JSON_URI_H

#include <stddef.h>

#define URI_MAX 2048 /* bytes, the end among them */

/* REF, N bytes, seen from BASE, as text in OUT [URI_MAX] up to its fragment; *fragment, decoded, behind that; "" where there is none.
 * Returns 0, or -1: it is longer than URI_MAX, or has a NUL in it. BASE may be empty or itself relative. */
int uri_resolve(const char *base, const char *ref, size_t n, char *out, const char **fragment);

#endif
