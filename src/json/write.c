/* Growing text, and values in it. */
#include "json/write.h"

#include <stdlib.h>
#include <string.h>

void text_free(struct text_out *o) {
    free(o->s);
    *o = (struct text_out){0};
}

void text_add(struct text_out *o, const char *s, size_t n) {
    size_t need, cap;
    if (!o->failed && (size_add(o->n, n, &need) || size_add(need, 1, &need)))
        o->failed = 1;
    if (o->failed)
        return;
    if (need > o->cap) {
        char *grown = size_mul(need, 2, &cap) ? NULL : realloc(o->s, cap);
        if (!grown) {
            o->failed = 1;
            return;
        }
        o->s = grown;
        o->cap = cap;
    }
    if (n > 0)
        memcpy(o->s + o->n, s, n);
    o->n += n;
    o->s[o->n] = 0;
}

void text_str(struct text_out *o, const char *s) {
    text_add(o, s, strlen(s));
}

int text_done(const struct text_out *o, struct err *e) {
    return o->failed ? err_set(e, ERR_MEMORY, "out of memory") : 0;
}

void text_quote(struct text_out *o, const char *s, size_t n) {
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt", hex[] = "0123456789abcdef";
    size_t done = 0;
    text_str(o, "\"");
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        const char *known = c ? strchr(from, c) : NULL;
        if (!known && c >= 0x20)
            continue;
        char escape[6] = {'\\', known ? to[known - from] : 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        text_add(o, s + done, i - done);
        text_add(o, escape, known ? 2 : 6);
        done = i + 1;
    }
    text_add(o, s + done, n - done);
    text_str(o, "\"");
}

void text_value(struct text_out *o, const struct json_value *v) {
    static const char *const words[] = {[JSON_NULL] = "null", [JSON_FALSE] = "false", [JSON_TRUE] = "true"};
    const struct json_value *at = v + 1;
    if (v->type <= JSON_TRUE)
        text_str(o, words[v->type]);
    if (v->type == JSON_NUMBER)
        text_add(o, v->s, v->n);
    if (v->type == JSON_STRING)
        text_quote(o, v->s, v->n);
    if (v->type < JSON_ARRAY)
        return;
    text_str(o, v->type == JSON_ARRAY ? "[" : "{");
    for (uint32_t i = 0; i < v->n; i++, at = json_next(at)) {
        if (i > 0)
            text_str(o, ", ");
        if (v->type == JSON_OBJECT) {
            text_quote(o, at->s, at->n);
            text_str(o, ": ");
            at++;
        }
        text_value(o, at);
    }
    text_str(o, v->type == JSON_ARRAY ? "]" : "}");
}
