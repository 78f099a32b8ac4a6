/* A small reader of JSON, by recursion of bounded depth, and the writing of a string. */
#include "cli/jsonline.h"

#include <stdio.h>
#include <string.h>
#include "cli/term.h"

struct cursor {
    const char *p, *end;
    const char *why; /* the first fault */
    int depth;
};
enum { MAX_DEPTH = 64 };

static int fault(struct cursor *c, const char *why) {
    if (!c->why) c->why = why;
    return -1;
}

static void blanks(struct cursor *c) {
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\n' || *c->p == '\r')) c->p++;
}

static int take(struct cursor *c, char wanted) { /* 1: it was there */
    blanks(c);
    return c->p < c->end && *c->p == wanted ? c->p++, 1 : 0;
}

static int word(struct cursor *c, const char *w) {
    size_t n = strlen(w);
    if ((size_t)(c->end - c->p) < n || memcmp(c->p, w, n)) return fault(c, "a value was expected");
    c->p += n;
    return 0;
}

static size_t digits(struct cursor *c) {
    const char *from = c->p;
    while (c->p < c->end && *c->p >= '0' && *c->p <= '9') c->p++;
    return (size_t)(c->p - from);
}

static int number(struct cursor *c) {
    if (*c->p == '-') c->p++;
    int zero = c->p < c->end && *c->p == '0';
    size_t n = digits(c);
    if (n == 0 || (zero && n > 1)) return fault(c, "not a number of JSON");
    if (c->p < c->end && *c->p == '.') {
        c->p++;
        if (digits(c) == 0) return fault(c, "not a number of JSON");
    }
    if (c->p < c->end && (*c->p == 'e' || *c->p == 'E')) {
        c->p++;
        if (c->p < c->end && (*c->p == '+' || *c->p == '-')) c->p++;
        if (digits(c) == 0) return fault(c, "not a number of JSON");
    }
    return 0;
}

static int hex4(struct cursor *c, uint32_t *out) {
    *out = 0;
    if (c->end - c->p < 4) return fault(c, "\\u needs four hexadecimal digits");
    for (int i = 0; i < 4; i++, c->p++) {
        char d = *c->p;
        int v = d >= '0' && d <= '9' ? d - '0' : d >= 'a' && d <= 'f' ? d - 'a' + 10 : d >= 'A' && d <= 'F' ? d - 'A' + 10 : -1;
        if (v < 0) return fault(c, "\\u needs four hexadecimal digits");
        *out = *out << 4 | (uint32_t)v;
    }
    return 0;
}

static int encode(uint32_t v, struct bytes *out, struct cursor *c) {
    char s[4];
    struct err e;
    size_t n = v < 0x80 ? 1 : v < 0x800 ? 2 : v < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i-- > 1; v >>= 6) s[i] = (char)(0x80 | (v & 0x3f));
    s[0] = (char)(lead[n] | v);
    return out && bytes_add(out, s, n, &e) ? fault(c, "out of memory") : 0;
}

static int escape(struct cursor *c, struct bytes *out) {
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char k = c->p < c->end ? *c->p++ : '\0';
    const char *at = k ? strchr(from, k) : NULL;
    uint32_t v, low;
    if (at) return encode((unsigned char)to[at - from], out, c);
    if (k != 'u') return fault(c, "an escape JSON does not have");
    if (hex4(c, &v)) return -1;
    if (v >= 0xd800 && v < 0xe000) {
        if (v >= 0xdc00 || c->end - c->p < 2 || c->p[0] != '\\' || c->p[1] != 'u') return fault(c, "half of a surrogate pair");
        c->p += 2;
        if (hex4(c, &low)) return -1;
        if (low < 0xdc00 || low >= 0xe000) return fault(c, "half of a surrogate pair");
        v = 0x10000 + ((v - 0xd800) << 10) + (low - 0xdc00);
    }
    return encode(v, out, c);
}

/* The string behind its opening quote; OUT may be NULL. */
static int string(struct cursor *c, struct bytes *out) {
    struct err e;
    while (c->p < c->end && *c->p != '"') {
        uint32_t v;
        size_t n = term_decode(c->p, (size_t)(c->end - c->p), &v);
        if ((unsigned char)*c->p < 0x20) return fault(c, "a control character in a string");
        if (v == 0xfffd && n == 1) return fault(c, "not UTF-8");
        if (*c->p == '\\') {
            c->p++;
            if (escape(c, out)) return -1;
            continue;
        }
        if (out && bytes_add(out, c->p, n, &e)) return fault(c, "out of memory");
        c->p += n;
    }
    if (c->p == c->end) return fault(c, "a string does not end");
    c->p++;
    return 0;
}

static int value(struct cursor *c);

static int array(struct cursor *c) {
    if (take(c, ']')) return 0;
    do {
        if (value(c)) return -1;
    } while (take(c, ','));
    return take(c, ']') ? 0 : fault(c, "an array does not end");
}

/* The object behind its brace. KEY's string goes to OUT and sets *found; KEY may be NULL. */
static int object(struct cursor *c, const char *key, struct bytes *out, int *found) {
    if (take(c, '}')) return 0;
    do {
        struct bytes name = {0};
        blanks(c);
        int r = take(c, '"') ? string(c, key ? &name : NULL) : fault(c, "a member's name was expected");
        int wanted = !r && key && name.n == strlen(key) && (name.n == 0 || !memcmp(name.p, key, name.n));
        bytes_free(&name);
        if (r) return -1;
        if (!take(c, ':')) return fault(c, "a colon was expected");
        if (wanted && *found) return fault(c, "a member stands there twice");
        if (wanted && take(c, '"')) {
            *found = 1;
            if (string(c, out)) return -1;
        } else if (value(c)) {
            return -1;
        }
    } while (take(c, ','));
    return take(c, '}') ? 0 : fault(c, "an object does not end");
}

static int value(struct cursor *c) {
    int r;
    blanks(c);
    if (c->p == c->end) return fault(c, "a value was expected");
    if (++c->depth > MAX_DEPTH) return fault(c, "nested too deep");
    switch (*c->p) {
    case '{': c->p++, r = object(c, NULL, NULL, NULL); break;
    case '[': c->p++, r = array(c); break;
    case '"': c->p++, r = string(c, NULL); break;
    case 't': r = word(c, "true"); break;
    case 'f': r = word(c, "false"); break;
    case 'n': r = word(c, "null"); break;
    case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9': r = number(c); break;
    default: r = fault(c, "a value was expected");
    }
    c->depth--;
    return r;
}

int jsonline_string(const char *line, size_t n, const char *key, struct bytes *out, const char **why) {
    struct cursor c = {.p = line, .end = line + n};
    int found = 0, r = take(&c, '{') ? object(&c, key, out, &found) : fault(&c, "not a JSON object");
    blanks(&c);
    if (!r && c.p < c.end) r = fault(&c, "more than one value on the line");
    if (!r && !found) r = fault(&c, "the string that is wanted is not there");
    *why = c.why;
    return r;
}

int jsonline_quote(struct bytes *out, const char *p, size_t n, struct err *e) {
    if (bytes_add(out, "\"", 1, e)) return -1;
    for (size_t i = 0; i < n;) {
        uint32_t c;
        char s[8];
        size_t len = term_decode(p + i, n - i, &c);
        int r;
        if (c == '"' || c == '\\') r = snprintf(s, sizeof s, "\\%c", (char)c), bytes_add(out, s, (size_t)r, e);
        else if (c == '\n') r = bytes_add(out, "\\n", 2, e);
        else if (c < 0x20 || c == 0x7f) r = snprintf(s, sizeof s, "\\u%04x", (unsigned)c), r = bytes_add(out, s, 6, e);
        else if (c == 0xfffd) r = bytes_add(out, "\xef\xbf\xbd", 3, e);
        else r = bytes_add(out, p + i, len, e);
        if (r < 0) return -1;
        i += len;
    }
    return bytes_add(out, "\"", 1, e);
}
