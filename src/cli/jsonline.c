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
enum { MAX_DEPTH = 300 }; /* a schema may be deep, and stands in a member */

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

/* The object behind its brace; the wanted members' values are set. */
static int object(struct cursor *c, struct jsonline_field *wanted, int n_wanted) {
    if (take(c, '}')) return 0;
    do {
        struct bytes name = {0};
        int at = 0;
        blanks(c);
        int r = take(c, '"') ? string(c, n_wanted ? &name : NULL) : fault(c, "a member's name was expected");
        while (at < n_wanted && (name.n != strlen(wanted[at].key) || (name.n && memcmp(name.p, wanted[at].key, name.n)))) at++;
        bytes_free(&name);
        if (r) return -1;
        if (!take(c, ':')) return fault(c, "a colon was expected");
        blanks(c);
        const char *from = c->p;
        if (at < n_wanted && wanted[at].value.p) return fault(c, "a member stands there twice");
        if (value(c)) return -1;
        if (at < n_wanted) wanted[at].value = (struct jsonline_part){from, (size_t)(c->p - from)};
    } while (take(c, ','));
    return take(c, '}') ? 0 : fault(c, "an object does not end");
}

static int value(struct cursor *c) {
    int r;
    blanks(c);
    if (c->p == c->end) return fault(c, "a value was expected");
    if (++c->depth > MAX_DEPTH) return fault(c, "nested too deep");
    switch (*c->p) {
    case '{': c->p++, r = object(c, NULL, 0); break;
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

int jsonline_fields(const char *line, size_t n, struct jsonline_field *wanted, int n_wanted, const char **why) {
    struct cursor c = {.p = line, .end = line + n};
    for (int i = 0; i < n_wanted; i++) wanted[i].value = (struct jsonline_part){NULL, 0};
    int r = take(&c, '{') ? object(&c, wanted, n_wanted) : fault(&c, "not a JSON object");
    blanks(&c);
    if (!r && c.p < c.end) r = fault(&c, "more than one value on the line");
    *why = c.why;
    return r;
}

int jsonline_element(struct jsonline_part array, const char **at, struct jsonline_part *element) {
    struct cursor c = {.p = *at ? *at : array.p, .end = array.p + array.n};
    if (array.n == 0 || !take(&c, *at ? ',' : '[')) return 0;
    blanks(&c);
    element->p = c.p;
    if (c.p == c.end || *c.p == ']' || value(&c)) return 0;
    element->n = (size_t)(c.p - element->p);
    *at = c.p;
    return 1;
}

int jsonline_text(struct jsonline_part v, struct bytes *out) {
    struct cursor c = {.p = v.p, .end = v.p + v.n};
    return v.n > 0 && take(&c, '"') ? string(&c, out) : -1;
}

int jsonline_string(const char *line, size_t n, const char *key, struct bytes *out, const char **why) {
    struct jsonline_field wanted = {.key = key};
    if (jsonline_fields(line, n, &wanted, 1, why)) return -1;
    if (jsonline_text(wanted.value, out) == 0) return 0;
    *why = "the string that is wanted is not there";
    return -1;
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

/* ---- styles -------------------------------------------------------------------------------------------------------- */

/* The bytes from P that are one part: a string, or a byte outside of strings. */
static size_t part(const char *p, const char *end) {
    size_t n = 1, all = (size_t)(end - p);
    if (*p != '"') return 1;
    while (n < all && p[n] != '"') n += p[n] == '\\' ? 2 : 1;
    return n < all ? n + 1 : all;
}

static int is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

int jsonline_compact(struct bytes *out, struct jsonline_part v, struct err *e) {
    for (const char *p = v.p, *end = v.p + v.n; p < end;) {
        size_t n = part(p, end);
        if (!is_blank(*p) && bytes_add(out, p, n, e)) return -1;
        p += n;
    }
    return 0;
}

static int new_line(struct bytes *out, int depth, struct err *e) {
    int r = bytes_add(out, "\n", 1, e);
    while (r == 0 && depth-- > 0) r = bytes_add(out, "  ", 2, e);
    return r;
}

int jsonline_pretty(struct bytes *out, struct jsonline_part v, struct err *e) {
    int depth = 0, r = 0;
    char last = 0; /* the part before, where it is one byte */
    for (const char *p = v.p, *end = v.p + v.n; r == 0 && p < end;) {
        size_t n = part(p, end);
        if (!is_blank(*p)) {
            int opens = *p == '{' || *p == '[', closes = *p == '}' || *p == ']';
            if (closes) depth--;
            if (closes ? last != '{' && last != '[' : last == '{' || last == '[' || last == ',') r = new_line(out, depth, e);
            if (r == 0) r = bytes_add(out, p, n, e);
            if (r == 0 && *p == ':') r = bytes_add(out, " ", 1, e);
            depth += opens;
            last = *p;
        }
        p += n;
    }
    return r;
}
