/* Reading JSON. In: bytes that may be anything. Out: struct json, or one line that names the byte and the reason. No recursion: while a
 * container is open, its span holds the container around it, so the values themselves are the stack. Must not know what a text is about.
 */
#include "json/json.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"

/* What may stand next, blanks aside. */
enum expect { VALUE, FIRST_ELEMENT, FIRST_KEY, KEY, COLON, REST, DONE };

struct reader {
    const struct json *j;
    struct err *e;
    const unsigned char *text;
    size_t n, at;              /* at <= n, always */
    enum expect expect;
    int depth;                 /* open containers */
    uint32_t open;             /* 1 + the index of the innermost of them; 0: none */
    uint32_t n_values;
    struct json_value *value;  /* [count_most] */
    char *room;                /* the next text's place */
};

static int fault(const struct reader *r, size_t at, const char *why) {
    return json_fault(r->j, at, r->e, "%s", why);
}

static int fault_expected(const struct reader *r, const char *what) {
    char found[16];
    if (r->at == r->n)
        return json_fault(r->j, r->at, r->e, "expected %s, found the end of the text", what);
    size_t left = r->n - r->at;
    uint32_t c;
    int len = utf8_scan(r->text + r->at, left, &c);
    err_quote(found, sizeof found, (const char *)r->text + r->at, len > 0 ? (size_t)len : 1);
    return json_fault(r->j, r->at, r->e, "expected %s, found '%s'", what, found);
}

/* The next byte, or -1 at the end. */
static int peek(const struct reader *r) {
    return r->at < r->n ? r->text[r->at] : -1;
}

static void skip_blanks(struct reader *r) {
    while (r->at < r->n && (r->text[r->at] == ' ' || r->text[r->at] == '\n' || r->text[r->at] == '\r' || r->text[r->at] == '\t'))
        r->at++;
}

/* ---- values ---- */

static struct json_value *add(struct reader *r, enum json_type type) {
    struct json_value *v = &r->value[r->n_values++];
    v->type = (uint8_t)type;
    v->span = 1;
    v->offset = (uint32_t)r->at;
    return v;
}

/* A value is complete. */
static void end_value(struct reader *r) {
    r->expect = r->open ? REST : DONE;
}

static int open_container(struct reader *r, enum json_type type) {
    if (r->depth == JSON_MAX_DEPTH)
        return json_fault(r->j, r->at, r->e, "nested more than %d deep", JSON_MAX_DEPTH);
    struct json_value *v = add(r, type);
    v->span = r->open;
    r->open = r->n_values;
    r->depth++;
    r->at++;
    r->expect = type == JSON_ARRAY ? FIRST_ELEMENT : FIRST_KEY;
    return 0;
}

static int close_container(struct reader *r) {
    struct json_value *v = &r->value[r->open - 1];
    uint32_t around = v->span;
    v->span = r->n_values - (r->open - 1);
    r->open = around;
    r->depth--;
    r->at++;
    end_value(r);
    return 0;
}

static int read_literal(struct reader *r, const char *word, enum json_type type) {
    size_t n = strlen(word);
    if (r->n - r->at < n || memcmp(r->text + r->at, word, n) != 0)
        return fault_expected(r, "a value");
    add(r, type);
    r->at += n;
    end_value(r);
    return 0;
}

/* ---- numbers ---- */

static int read_digits(struct reader *r) {
    size_t from = r->at;
    while (r->at < r->n && r->text[r->at] >= '0' && r->text[r->at] <= '9')
        r->at++;
    return r->at > from ? 0 : fault_expected(r, "a digit");
}

static int read_number(struct reader *r) {
    struct json_value *v = add(r, JSON_NUMBER);
    size_t from = r->at;
    if (peek(r) == '-')
        r->at++;
    if (peek(r) == '0')
        r->at++; /* and what follows must not be a digit: it is no comma */
    else if (read_digits(r))
        return -1;
    if (peek(r) == '.') {
        r->at++;
        if (read_digits(r))
            return -1;
    }
    if (peek(r) == 'e' || peek(r) == 'E') {
        r->at++;
        if (peek(r) == '+' || peek(r) == '-')
            r->at++;
        if (read_digits(r))
            return -1;
    }
    v->s = r->room;
    v->n = (uint32_t)(r->at - from);
    memcpy(r->room, r->text + from, v->n);
    r->room += v->n + 1;
    end_value(r);
    return 0;
}

/* ---- strings ---- */

static int read_hex4(struct reader *r, uint32_t *out) {
    *out = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        int c = peek(r), low = c | 0x20;
        if (c >= '0' && c <= '9')
            *out = *out << 4 | (uint32_t)(c - '0');
        else if (c >= 0 && low >= 'a' && low <= 'f')
            *out = *out << 4 | (uint32_t)(low - 'a' + 10);
        else
            return fault_expected(r, "a hexadecimal digit");
    }
    return 0;
}

/* Behind the backslash. At most as many bytes come out as stand in the text. */
static int read_escape(struct reader *r, char **out) {
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    size_t start = r->at - 1;
    int c = peek(r);
    const char *known = c > 0 ? memchr(from, c, sizeof from - 1) : NULL;
    uint32_t code, low;
    if (known) {
        *(*out)++ = to[known - from];
        r->at++;
        return 0;
    }
    if (c != 'u')
        return fault_expected(r, "one of \"\\/bfnrtu after a backslash");
    r->at++;
    if (read_hex4(r, &code))
        return -1;
    if (code >= 0xd800 && code < 0xe000) {
        if (code >= 0xdc00 || r->n - r->at < 2 || r->text[r->at] != '\\' || r->text[r->at + 1] != 'u')
            return fault(r, start, "half of a surrogate pair");
        r->at += 2;
        if (read_hex4(r, &low))
            return -1;
        if (low < 0xdc00 || low >= 0xe000)
            return fault(r, start, "half of a surrogate pair");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    *out += utf8_write(code, (unsigned char *)*out);
    return 0;
}

/* From its opening quote on. */
static int read_string(struct reader *r) {
    struct json_value *v = add(r, JSON_STRING);
    char *out = r->room;
    r->at++;
    for (;;) {
        uint32_t code;
        int c = peek(r);
        if (c == '"')
            break;
        if (c < 0)
            return fault(r, v->offset, "the string that begins here does not end");
        if (c < 0x20)
            return fault(r, r->at, "a control character in a string");
        if (c == '\\') {
            r->at++;
            if (read_escape(r, &out))
                return -1;
            continue;
        }
        int len = utf8_scan(r->text + r->at, r->n - r->at, &code);
        if (len <= 0)
            return fault(r, r->at, "not UTF-8");
        memcpy(out, r->text + r->at, (size_t)len);
        out += len;
        r->at += (size_t)len;
    }
    r->at++;
    v->s = r->room;
    v->n = (uint32_t)(out - r->room);
    r->room = out + 1;
    return 0;
}

/* ---- the whole ---- */

static int read_value(struct reader *r, int c) {
    if (r->open && r->value[r->open - 1].type == JSON_ARRAY)
        r->value[r->open - 1].n++;
    switch (c) {
    case '{': return open_container(r, JSON_OBJECT);
    case '[': return open_container(r, JSON_ARRAY);
    case 't': return read_literal(r, "true", JSON_TRUE);
    case 'f': return read_literal(r, "false", JSON_FALSE);
    case 'n': return read_literal(r, "null", JSON_NULL);
    case '"':
        if (read_string(r))
            return -1;
        end_value(r);
        return 0;
    }
    return c == '-' || (c >= '0' && c <= '9') ? read_number(r) : fault_expected(r, "a value");
}

static int read_key(struct reader *r, int c) {
    if (c != '"')
        return fault_expected(r, "a member's name");
    r->value[r->open - 1].n++;
    r->expect = COLON;
    return read_string(r);
}

static int read_step(struct reader *r) {
    int c = peek(r);
    int in_array = r->open && r->value[r->open - 1].type == JSON_ARRAY;
    switch (r->expect) {
    case FIRST_ELEMENT:
        return c == ']' ? close_container(r) : read_value(r, c);
    case VALUE:
        return read_value(r, c);
    case FIRST_KEY:
        return c == '}' ? close_container(r) : read_key(r, c);
    case KEY:
        return read_key(r, c);
    case COLON:
        if (c != ':')
            return fault_expected(r, "':'");
        r->at++;
        r->expect = VALUE;
        return 0;
    case REST:
        if (c == (in_array ? ']' : '}'))
            return close_container(r);
        if (c != ',')
            return fault_expected(r, in_array ? "',' or ']'" : "',' or '}'");
        r->at++;
        r->expect = in_array ? VALUE : KEY;
        return 0;
    case DONE:
        break;
    }
    return fault_expected(r, "nothing more");
}

/* Every value stands at the beginning or behind one of these bytes, so there are no more values than that. */
static size_t count_most(const unsigned char *text, size_t n) {
    size_t most = 1;
    for (size_t i = 0; i < n; i++)
        most += text[i] == ',' || text[i] == ':' || text[i] == '[' || text[i] == '{';
    return most;
}

/* Room for texts: a string's text is no longer than what stands between its quotes, and one of these is the place of its end; a number
 * is followed by another byte, or by the end of the document. */
static int read_all(struct json *j, const char *text, size_t n, struct err *e) {
    struct reader r = {.j = j, .e = e, .text = (const unsigned char *)text, .n = n};
    if (n >= UINT32_MAX)
        return err_set(e, j->code, "%s: a text of 4 GiB or more", j->name);
    size_t most = count_most(r.text, n);
    char *texts = arena_alloc(&j->mem, n + 1, 1, e);
    r.room = texts;
    r.value = texts ? arena_alloc(&j->mem, most, sizeof *r.value, e) : NULL;
    if (!r.value)
        return -1;
    for (skip_blanks(&r); r.expect != DONE || r.at < n; skip_blanks(&r)) {
        if (read_step(&r))
            return -1;
        assert(r.n_values <= most && r.room <= texts + n + 1);
    }
    j->root = r.value;
    return 0;
}

int json_open(struct json *j, const char *name, int code, const char *text, size_t n, struct err *e) {
    enum { NAME_ROOM = 256 };
    memset(j, 0, sizeof *j);
    char *quoted = arena_alloc(&j->mem, NAME_ROOM, 1, e);
    if (!quoted)
        return -1;
    j->name = err_quote(quoted, NAME_ROOM, name, strlen(name));
    j->code = code;
    int rc = read_all(j, text, n, e);
    if (rc)
        json_close(j);
    return rc;
}

void json_close(struct json *j) {
    arena_free(&j->mem);
    memset(j, 0, sizeof *j);
}
