/* JSON as text. In: pieces of text, values. Out: bytes that grow. A failure sticks: ask once, at the end. */
#ifndef JSON_WRITE_H
#define JSON_WRITE_H

#include "json/json.h"

struct text_out {   /* start it as {0}; free it with text_free */
    char *s;        /* terminated, once anything was added */
    size_t n, cap;
    int failed;     /* out of memory: nothing more was added */
};
void text_free(struct text_out *o);
void text_add(struct text_out *o, const char *s, size_t n);
void text_str(struct text_out *o, const char *s);
int text_done(const struct text_out *o, struct err *e); /* 0, or -1 and ERR_MEMORY where it failed */

/* A string of N decoded bytes (UTF-8, NUL may be among them) with its quotes, spelt in the one way that the machine has. */
void text_quote(struct text_out *o, const char *s, size_t n);
/* A value with ", " and ": " between its parts, numbers as they were written. */
void text_value(struct text_out *o, const struct json_value *v);

#endif
