/* The values of "format" that are asserted, each as a pattern: date, time, date-time (leap years known), duration, uuid, email, hostname,
 * ipv4, ipv6, uri, uri-reference, json-pointer and so on. In: a name. Out: an ECMAScript pattern, or none.
 */
#ifndef JSON_FORMAT_H
#define JSON_FORMAT_H

#include <stddef.h>

/* NULL: not asserted. The pattern is anchored. A string of the format may have at most *max characters (hostname: 253; else SIZE_MAX). */
const char *format_pattern(const char *name, size_t n, size_t *max);

/* The same for a validator: of strings that are valid, more than it is wise to generate (leap seconds, quoted mailboxes). */
const char *format_valid(const char *name, size_t n, size_t *max);

#endif
