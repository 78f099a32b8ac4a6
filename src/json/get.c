/* Asking a JSON document. In: values. Out: members, numbers, words for messages. Must not know what a document is about. */
#include "json/json.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_text(const struct json_value *v, const char *text, size_t n) {
    return v->n == n && memcmp(v->s, text, n) == 0;
}

const struct json_value *json_find(const struct json_value *object, const char *key) {
    const struct json_value *found = NULL, *at = object + 1;
    size_t n = strlen(key);
    if (object->type != JSON_OBJECT)
        return NULL;
    for (uint32_t i = 0; i < object->n; i++, at = json_next(at + 1)) {
        if (is_text(at, key, n))
            found = at + 1;
    }
    return found;
}

int json_is(const struct json_value *v, const char *text) {
    return v->type == JSON_STRING && is_text(v, text, strlen(text));
}

int json_int(const struct json_value *v, int64_t *out) {
    if (v->type != JSON_NUMBER)
        return 0;
    int negative = v->s[0] == '-';
    uint64_t sum = 0, most = (uint64_t)INT64_MAX + (uint64_t)negative;
    for (const char *s = v->s + negative; *s; s++) {
        if (*s < '0' || *s > '9')
            return 0;
        uint64_t digit = (uint64_t)(*s - '0');
        if (sum > (most - digit) / 10)
            return 0;
        sum = sum * 10 + digit;
    }
    *out = !negative ? (int64_t)sum : sum == 0 ? 0 : -(int64_t)(sum - 1) - 1;
    return 1;
}

int json_double(const struct json_value *v, double *out) {
    if (v->type != JSON_NUMBER)
        return 0;
    double d = strtod(v->s, NULL); /* terminated, and of a form that strtod reads to its end */
    if (!isfinite(d))
        return 0;
    *out = d;
    return 1;
}

const char *json_type_name(const struct json_value *v) {
    static const char *const name[] = {"null", "false", "true", "a number", "a string", "an array", "an object"};
    return name[v->type];
}

int json_fault(const struct json *j, size_t offset, struct err *e, const char *fmt, ...) {
    char reason[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(reason, sizeof reason, fmt, ap);
    va_end(ap);
    return err_set(e, j->code, "%s: byte %zu: %s", j->name, offset, reason);
}
