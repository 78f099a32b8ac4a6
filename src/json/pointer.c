/* JSON pointers for messages. In: a value of a schema document. Out: where it stands, and faults that say so. */
#include "json/refs.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct text {
    char *out;
    size_t n, cap;
};

/* S whole or not at all, so that no escape is cut; from then on nothing more. */
static void put(struct text *t, const char *s, size_t n) {
    if (n >= t->cap - t->n) {
        t->cap = t->n + 1;
        return;
    }
    memcpy(t->out + t->n, s, n);
    t->n += n;
    t->out[t->n] = 0;
}

static void put_key(struct text *t, const struct json_value *key) {
    for (uint32_t i = 0; i < key->n; i++) {
        unsigned char c = (unsigned char)key->s[i];
        char hex[4];
        if (c == '~' || c == '/') {
            put(t, c == '~' ? "~0" : "~1", 2);
        } else if (c <= ' ' || c == '"' || c == '%' || c == 0x7f) {
            snprintf(hex, sizeof hex, "%%%02X", c);
            put(t, hex, 3);
        } else {
            put(t, &key->s[i], 1);
        }
    }
}

char *refs_pointer_in(const struct json_value *root, const struct json_value *v, char *out, size_t cap) {
    const struct json_value *at = root;
    struct text t = {out, 0, cap};
    char index[16];
    put(&t, "#", 1);
    while (at < v && v < json_next(at)) {
        const struct json_value *around = at;
        uint32_t i = 0;
        for (at++; at <= v; i++) { /* the last element or member that begins at or before V */
            const struct json_value *value = at + (around->type == JSON_OBJECT);
            if (v < json_next(value))
                break;
            at = json_next(value);
        }
        put(&t, "/", 1);
        if (around->type == JSON_OBJECT) {
            put_key(&t, at);
            if (at == v) /* the key itself */
                break;
            at++;
        } else {
            snprintf(index, sizeof index, "%u", (unsigned)i);
            put(&t, index, strlen(index));
        }
    }
    return out;
}

char *refs_pointer(const struct refs *r, const struct json_value *v, char *out, size_t cap) {
    return refs_pointer_in(r->doc->root, v, out, cap);
}

int refs_fault(const struct refs *r, const struct json_value *schema, const char *keyword, struct err *e, const char *fmt, ...) {
    char pointer[192], reason[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(reason, sizeof reason, fmt, ap);
    va_end(ap);
    refs_pointer(r, schema, pointer, sizeof pointer);
    return err_set(e, ERR_SCHEMA, "%s: %s: %s%s%s", r->doc->name, pointer, keyword, *keyword ? ": " : "", reason);
}
