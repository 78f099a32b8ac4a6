/* Checks the validator of src/json and what it stands on: decimals, references, equality. Without arguments returns 0 when all pass.
 * check_valid --lines: for each {"schema", "tests": [{"data"}]} of stdin, a line, what its tests come to, 0 or 1 or ? each, or why the schema
 * is refused; what tests/conformance/schema_suite.py reads.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check_valid_cases.h"
#include "json/decimal.h"
#include "json/valid.h"

static int n_passed, n_failed;

static void check(int ok, int line, const char *what) {
    n_passed += ok != 0;
    n_failed += ok == 0;
    if (!ok)
        printf("FAILED %s:%d: %s (run check_valid)\n", __FILE__, line, what);
}
#define CHECK(x) check(x, __LINE__, #x)

/* Reads TEXT, in which ' stands for ". */
static void open_text(struct json *j, const char *name, const char *text) {
    size_t n = strlen(text);
    char *copy = malloc(n + 1);
    struct err e = {0};
    if (!copy)
        exit(2);
    memcpy(copy, text, n + 1);
    for (char *at = copy; (at = strchr(at, '\'')) != NULL;)
        *at = '"';
    if (json_open(j, name, ERR_SCHEMA, copy, n, &e)) {
        printf("FAILED: not JSON, %s: %s\n", e.text, text);
        exit(1);
    }
    free(copy);
}

/* ---- decimals ---- */

static void number(struct json *j, struct decimal *d, const char *text) {
    open_text(j, "number", text);
    decimal_read(d, j->root);
}

/* I * 10^K in one of several spellings. */
static void spell(char *out, size_t cap, int i, int k, int form) {
    const char *sign = i < 0 ? "-" : "";
    int u = abs(i), point = u >= 1000 ? 4 : u >= 100 ? 3 : u >= 10 ? 2 : 1;
    switch (form) {
    case 0: snprintf(out, cap, "%s%de%d", sign, u, k); return;
    case 1: snprintf(out, cap, "%s%d%sE%+03d", sign, u, u ? "00" : "", k - 2); return;
    case 2: snprintf(out, cap, "%s0.00%de%d", sign, u, k + 2 + point); return;
    case 3: snprintf(out, cap, "%s%d.%02d000e%d", sign, u / 100, u % 100, k + 2); return;
    }
    if (k >= 0)
        snprintf(out, cap, "%s%d%.*s%s", sign, u, u ? k : 0, "000", form == 5 ? ".0" : "");
    else if (k == -1)
        snprintf(out, cap, "%s%d.%d", sign, u / 10, u % 10);
    else
        snprintf(out, cap, "%s%d.%02d", sign, u / 100, u % 100);
}

#define FORMS 6
static const int wholes[] = {0, 1, -1, 2, 3, -5, 7, 10, 12, -25, 100, 125, -1001, 9999};
#define N_WHOLES (int)(sizeof wholes / sizeof *wholes)

static int64_t hundredths(int i, int k) { /* of i * 10^k, k from -2 on */
    int64_t v = i;
    for (k += 2; k > 0; k--)
        v *= 10;
    return v;
}

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b != 0 && a < 0);
}

static void check_decimal(const char *text, const struct decimal *d, int64_t v) {
    char plain[32] = {0}, wanted[32];
    int64_t u = v < 0 ? -v : v;
    snprintf(wanted, sizeof wanted, "%s%lld", v < 0 ? "-" : "", (long long)(u / 100));
    if (u % 100)
        snprintf(wanted + strlen(wanted), 8, u % 10 ? ".%02d" : ".%d", (int)(u % 10 ? u % 100 : u % 100 / 10));
    size_t n = decimal_plain(d, plain, sizeof plain - 1);
    check(n == strlen(wanted) && strcmp(plain, wanted) == 0, __LINE__, text);
    check(decimal_plain(d, plain, n - 1) == 0 && decimal_plain(d, plain, n) == n, __LINE__, text);
    check(decimal_is_integer(d) == (v % 100 == 0) && d->sign == (v > 0) - (v < 0), __LINE__, text);
    check(decimal_floor(d, 2) == v && decimal_ceil(d, 2) == v && decimal_floor(d, 4) == v * 100, __LINE__, text);
    for (int scale = -1, by = 1000; scale < 2; scale++, by /= 10)
        check(decimal_floor(d, scale) == floor_div(v, by) && decimal_ceil(d, scale) == -floor_div(-v, by), __LINE__, text);
}

static void check_pair(const struct decimal *a, int64_t v, const char *text) {
    for (int i = 0; i < N_WHOLES * 5 * FORMS; i += 7) { /* 7 and the sizes have no divisor in common: all kinds are met */
        char other[64];
        int whole = wholes[i % N_WHOLES], k = i / N_WHOLES % 5 - 2;
        int64_t w = hundredths(whole, k);
        struct json j;
        struct decimal b;
        spell(other, sizeof other, whole, k, i / N_WHOLES / 5);
        number(&j, &b, other);
        check(decimal_compare(a, &b) == (v > w) - (v < w), __LINE__, text);
        check(decimal_is_multiple(a, &b) == (w <= 0 ? -1 : v % w == 0), __LINE__, text);
        json_close(&j);
    }
}

static void test_decimals(void) {
    for (int i = 0; i < N_WHOLES * 5 * FORMS; i++) {
        char text[64];
        int whole = wholes[i % N_WHOLES], k = i / N_WHOLES % 5 - 2;
        int64_t v = hundredths(whole, k);
        struct json j;
        struct decimal d;
        spell(text, sizeof text, whole, k, i / N_WHOLES / 5);
        number(&j, &d, text);
        check_decimal(text, &d, v);
        check_pair(&d, v, text);
        json_close(&j);
    }
}

static void test_far_decimals(void) {
    static const struct {
        const char *text;
        int64_t floor, ceil;
        int multiple_of_6;
    } cases[] = {
        {"3999999999999999999", 3999999999999999999, 3999999999999999999, 0}, {"4000000000000000001", DECIMAL_LARGE, DECIMAL_LARGE, 0},
        {"-4e18", -DECIMAL_LARGE, -DECIMAL_LARGE, 0}, {"1e99999999999999999999", DECIMAL_LARGE, DECIMAL_LARGE, 0},
        {"-6e400", -DECIMAL_LARGE, -DECIMAL_LARGE, 1}, {"1e-99999999999999999999", 0, 1, 0}, {"-1e-400", -1, 0, 0},
        {"0e99999999999999999999", 0, 0, 1}, {"-0.000", 0, 0, 1},
        {"3000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000006", DECIMAL_LARGE,
         DECIMAL_LARGE, 1},
        {"0.0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001", 0, 1, 0},
    };
    struct json j6, j;
    struct decimal six, d;
    number(&j6, &six, "6");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        number(&j, &d, cases[i].text);
        check(decimal_floor(&d, 0) == cases[i].floor && decimal_ceil(&d, 0) == cases[i].ceil, __LINE__, cases[i].text);
        check(decimal_is_multiple(&d, &six) == cases[i].multiple_of_6, __LINE__, cases[i].text);
        json_close(&j);
    }
    json_close(&j6);
}

/* ---- references ---- */

static void test_refs(void) {
    for (size_t i = 0; i < sizeof ref_cases / sizeof *ref_cases; i++) {
        char found[256] = "", pointer[128];
        struct json j;
        struct refs r;
        struct err e = {0};
        open_text(&j, "schema", ref_cases[i].doc);
        if (refs_open(&r, &j, &e)) {
            check(0, __LINE__, e.text);
            json_close(&j);
            continue;
        }
        for (size_t k = 0; k < r.n_schemas; k++) {
            if (!json_find(r.schema[k], "$ref"))
                continue;
            const struct json_value *to = refs_target(&r, r.schema[k], &e);
            size_t n = strlen(found);
            snprintf(found + n, sizeof found - n, "%s%s", n ? " " : "", to ? refs_pointer(&r, to, pointer, sizeof pointer) : "?");
        }
        check(strcmp(found, ref_cases[i].targets) == 0, __LINE__, ref_cases[i].doc);
        if (strcmp(found, ref_cases[i].targets) != 0)
            printf("expected %s\nfound    %s\n", ref_cases[i].targets, found);
        refs_close(&r);
        json_close(&j);
    }
}

static void test_pointers(void) {
    struct json j;
    struct refs r;
    struct err e = {0};
    char out[64];
    open_text(&j, "doc", "{'a':[1,{'b~/c':[[],2]}],'':{'\xc3\xa9 ':null}}");
    CHECK(refs_open(&r, &j, &e) == 0);
    static const char *const expected[] = {"#", "#/a", "#/a", "#/a/0", "#/a/1", "#/a/1/b~0~1c", "#/a/1/b~0~1c", "#/a/1/b~0~1c/0",
                                           "#/a/1/b~0~1c/1", "#/", "#/", "#//\xc3\xa9%20", "#//\xc3\xa9%20"};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        check(strcmp(refs_pointer(&r, j.root + i, out, sizeof out), expected[i]) == 0, __LINE__, expected[i]);
    CHECK(j.root->span == sizeof expected / sizeof *expected);
    CHECK(strcmp(refs_pointer(&r, j.root + 6, out, 9), "#/a/1/b") == 0); /* no escape is cut */
    CHECK(refs_fault(&r, j.root + 3, "key", &e, "%d faults", 2) == -1 && e.code == ERR_SCHEMA);
    CHECK(strcmp(e.text, "doc: #/a/0: key: 2 faults") == 0);
    refs_close(&r);
    json_close(&j);
}

/* ---- verdicts ---- */

struct opened {
    struct json json;
    struct refs refs;
    struct valid *valid;
};

static int open_schema(struct opened *o, const char *text, struct err *e) {
    open_text(&o->json, "schema", text);
    if (refs_open(&o->refs, &o->json, e) == 0) {
        if (valid_open(&o->valid, &o->refs, e) == 0)
            return 0;
        refs_close(&o->refs);
    }
    json_close(&o->json);
    return -1;
}

static void close_schema(struct opened *o) {
    valid_close(o->valid);
    refs_close(&o->refs);
    json_close(&o->json);
}

static void check_verdicts(const struct opened *o, const char *schema, const char *instances, int wanted) {
    struct json j;
    open_text(&j, "instances", instances);
    const struct json_value *at = j.root + 1;
    for (uint32_t i = 0; i < j.root->n; i++, at = json_next(at)) {
        struct err why = {0};
        int found = valid_check(o->valid, o->json.root, at, &why), quiet = valid_check(o->valid, o->json.root, at, NULL);
        check(found == wanted && quiet == found && (found == 1 || why.text[0] == '#'), __LINE__, schema);
        if (found != wanted)
            printf("number %u of %s: found %d %s\n", (unsigned)i, instances, found, why.text);
    }
    json_close(&j);
}

static void test_verdicts(void) {
    for (size_t i = 0; i < sizeof verdict_cases / sizeof *verdict_cases; i++) {
        struct opened o;
        struct err e = {0};
        int rc = open_schema(&o, verdict_cases[i].schema, &e);
        check(rc == 0, __LINE__, verdict_cases[i].schema);
        if (rc) {
            printf("%s\n", e.text);
            continue;
        }
        check_verdicts(&o, verdict_cases[i].schema, verdict_cases[i].valid, 1);
        check_verdicts(&o, verdict_cases[i].schema, verdict_cases[i].invalid, 0);
        close_schema(&o);
    }
}

static void refuses(const char *schema, const char *why, int line) {
    struct opened o;
    struct err e = {0};
    int rc = open_schema(&o, schema, &e);
    int ok = rc == -1 && e.code == ERR_SCHEMA && strncmp(e.text, "schema: ", 8) == 0 && strncmp(e.text + 8, why, strlen(why)) == 0;
    check(ok, line, schema);
    if (!ok)
        printf("expected %s\nfound    %s\n", why, rc ? e.text : "no fault");
    if (rc == 0)
        close_schema(&o);
}

static void test_refusals(void) {
    for (size_t i = 0; i < sizeof refusal_cases / sizeof *refusal_cases; i++)
        refuses(refusal_cases[i].schema, refusal_cases[i].why, __LINE__);
    refuses("{'pattern':'(a)\\\\1'}", "#: pattern: '(a)", __LINE__);
    refuses("{'patternProperties':{'a(':{}}}", "#: patternProperties: 'a(': ", __LINE__);
}

/* The first thing that is wrong, where it is, by which keyword. */
static void test_reasons(void) {
    static const struct {
        const char *schema, *instance, *why;
    } cases[] = {
        {"{'type':'string'}", "1", "#: type: it is a number"},
        {"{'properties':{'a':{'items':{'minimum':3}}}}", "{'a':[3,2]}", "#/a/1: minimum: below 3"},
        {"{'required':['b'],'allOf':[{'required':['a']}]}", "{'b':1}", "#: required: 'a' is missing"},
        {"{'anyOf':[{'type':'string'},{'enum':[2]}]}", "1", "#: anyOf: none of the 2 schemas holds"},
        {"{'properties':{'a':{'oneOf':[{},true]}}}", "{'a':1}", "#/a: oneOf: more than one of the 2 schemas holds"},
        {"{'additionalProperties':false}", "{'a~':1}", "#/a~0: additionalProperties: no such member is allowed"},
        {"{'propertyNames':{'maxLength':1}}", "{'ab':1}", "#/ab: maxLength: longer than 1"},
        {"{'not':{'anyOf':[{'type':'string'},{'type':'number'}]}}", "1", "#: not: the schema holds"},
        {"{'allOf':[{'not':{'type':'string'}},{'$ref':'#/$defs/a'}],'$defs':{'a':{'const':2}}}", "1", "#: const: another value"},
        {"{'anyOf':[{'$ref':'#/$defs/a'},true],'allOf':[{'$ref':'#/$defs/a'}],'$defs':{'a':{'const':2}}}", "1", "#: const: another value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct opened o;
        struct json j;
        struct err why = {0};
        if (open_schema(&o, cases[i].schema, &why)) {
            check(0, __LINE__, why.text);
            continue;
        }
        open_text(&j, "instance", cases[i].instance);
        check(valid_check(o.valid, o.json.root, j.root, &why) == 0 && strcmp(why.text, cases[i].why) == 0, __LINE__, why.text);
        json_close(&j);
        close_schema(&o);
    }
}

/* Automata are found where their texts stand, and subschemas can be asked by themselves. */
static void test_parts(void) {
    struct opened o;
    struct json j;
    struct err e = {0};
    CHECK(open_schema(&o, "{'pattern':'^a','items':{'pattern':'^a','format':'date'},'not':{'format':'what','patternProperties':{'b$':{}}},"
                          "'$defs':{'x':{}}}", &e) == 0);
    const struct json_value *root = o.json.root, *items = json_find(root, "items"), *not = json_find(root, "not");
    const struct dfa *a = valid_pattern(o.valid, json_find(root, "pattern"));
    CHECK(a && a == valid_pattern(o.valid, json_find(items, "pattern")) && dfa_match(a, "ab", 2) && !dfa_match(a, "ba", 2));
    CHECK(valid_format(o.valid, json_find(items, "format")) && !valid_format(o.valid, json_find(not, "format")));
    const struct dfa *b = valid_pattern(o.valid, json_find(not, "patternProperties") + 1);
    CHECK(b && b != a && dfa_match(b, "ab", 2) && !dfa_match(b, "ba", 2));
    open_text(&j, "instance", "'a'");
    CHECK(valid_check(o.valid, items, j.root, &e) == 0 && valid_check(o.valid, not, j.root, &e) == 1);
    CHECK(valid_check(o.valid, json_find(json_find(root, "$defs"), "x"), j.root, &e) == -1); /* nothing leads there */
    json_close(&j);
    close_schema(&o);
}

/* ---- harm ---- */

static char made[4 << 20];
static size_t n_made;

static void add(const char *s) {
    size_t n = strlen(s);
    if (n_made + n >= sizeof made)
        exit(2);
    memcpy(made + n_made, s, n + 1);
    n_made += n;
}

/* $defs a0 to aN - 1, each as FORM with two numbers of the next one in it, the last one END; the root is the first. */
static void chain(const char *before, int n, const char *form, const char *end) {
    char part[256];
    n_made = 0;
    add("{");
    add(before);
    add("'$ref':'#/$defs/a0','$defs':{");
    for (int i = 0; i < n - 1; i++) {
        int k = snprintf(part, sizeof part, "'a%d':", i);
        snprintf(part + k, sizeof part - (size_t)k, form, i + 1, i + 1);
        add(part);
        add(",");
    }
    snprintf(part, sizeof part, "'a%d':", n - 1);
    add(part);
    add(end);
    add("}}");
}

static void verdict_is(const char *instance, int wanted, const char *what) {
    struct opened o;
    struct json j;
    struct err e = {0};
    if (open_schema(&o, made, &e)) {
        check(0, __LINE__, e.text);
        return;
    }
    open_text(&j, "instance", instance);
    check(valid_check(o.valid, o.json.root, j.root, &e) == wanted, __LINE__, what);
    json_close(&j);
    close_schema(&o);
}

static void test_harm(void) {
    chain("", 40, "{'allOf':[{'$ref':'#/$defs/a%d'},{'$ref':'#/$defs/a%d'}]}", "{'type':'integer'}");
    verdict_is("1", 1, "2^40 paths");
    verdict_is("'x'", 0, "2^40 paths");
    chain("", 40, "{'anyOf':[{'$ref':'#/$defs/a%d'},{'$ref':'#/$defs/a%d'}]}", "{'type':'integer'}");
    verdict_is("'x'", 0, "2^40 paths, none of which holds");
    chain("'unevaluatedProperties':false,", 40, "{'allOf':[{'$ref':'#/$defs/a%d'},{'$ref':'#/$defs/a%d'}]}", "{'type':'object'}");
    verdict_is("{'a':1}", -1, "2^40 paths on each of which something may be evaluated");
    chain("", 1000, "{'$ref':'#/$defs/a%d'}", "{'type':'integer'}");
    verdict_is("1", 1, "a long chain");
    verdict_is("null", 0, "a long chain");
    chain("", 30000, "{'$ref':'#/$defs/a%d'}", "{'type':'integer'}");
    verdict_is("1", -1, "too long a chain");
    chain("", 30000, "{'$ref':'#/$defs/a%d'}", "{'$ref':'#/$defs/a7'}");
    refuses(made, "#/$defs/a7: leads back to itself without end", __LINE__);
    n_made = 0;
    add("{'pattern':'(a|b)*a(a|b){60}'}");
    refuses(made, "#: pattern: ", __LINE__);
    n_made = 0;
    add("[");
    for (int i = 0; i < 100000; i++)
        add(i % 2 ? "[0]," : "{'a':[]},");
    add("1]");
    struct json j;
    open_text(&j, "instance", made);
    CHECK(valid_equal(j.root, j.root));
    json_close(&j);
}

static void test_deep(void) {
    n_made = 0;
    add("{'type':'array','items':{'$ref':'#'}}");
    char deep[2 * JSON_MAX_DEPTH + 1];
    memset(deep, '[', JSON_MAX_DEPTH);
    memset(deep + JSON_MAX_DEPTH, ']', JSON_MAX_DEPTH);
    deep[2 * JSON_MAX_DEPTH] = 0;
    verdict_is(deep, 1, "as deep as the reader lets it be");
    n_made = 0;
    for (int i = 0; i < JSON_MAX_DEPTH - 1; i++)
        add("{'not':");
    add("{}");
    for (int i = 0; i < JSON_MAX_DEPTH - 1; i++)
        add("}");
    verdict_is("1", (JSON_MAX_DEPTH - 1) % 2 == 0, "as deep as the reader lets it be");
}

/* ---- lines ---- */

/* Prints the verdicts on TESTS, or fails where the schema is refused. */
static int judge(const struct json *line, const struct json_value *root, const struct json_value *tests, struct err *e) {
    struct json schema = *line;
    struct refs refs;
    struct valid *v;
    const struct json_value *at = tests + 1;
    schema.name = "schema";
    schema.root = line->root + (root - line->root);
    if (refs_open(&refs, &schema, e))
        return -1;
    int rc = valid_open(&v, &refs, e);
    for (uint32_t i = 0; rc == 0 && i < tests->n; i++, at = json_next(at)) {
        const struct json_value *data = json_find(at, "data");
        int verdict = data ? valid_check(v, root, data, NULL) : -1;
        putchar(verdict < 0 ? '?' : '0' + verdict);
    }
    if (rc == 0) {
        putchar('\n');
        valid_close(v);
    }
    refs_close(&refs);
    return rc;
}

static void judge_line(const char *line, size_t n) {
    struct json j;
    struct err e = {0};
    if (json_open(&j, "line", ERR_SCHEMA, line, n, &e)) {
        printf("refused: %s\n", e.text);
        return;
    }
    const struct json_value *root = json_find(j.root, "schema"), *tests = json_find(j.root, "tests");
    if (!root || !tests || tests->type != JSON_ARRAY)
        puts("refused: no schema, or no tests");
    else if (judge(&j, root, tests, &e))
        printf("refused: %s\n", e.text);
    json_close(&j);
}

static int judge_lines(void) {
    size_t n = 0, room = 1 << 20;
    char *text = malloc(room);
    for (size_t got = 1; text && got > 0; n += got) {
        if (room - n < 65536)
            text = realloc(text, room *= 2);
        got = text ? fread(text + n, 1, room - n, stdin) : 0;
    }
    for (size_t at = 0, end; text && at < n; at = end + 1) {
        const char *stop = memchr(text + at, '\n', n - at);
        end = stop ? (size_t)(stop - text) : n;
        judge_line(text + at, end - at);
    }
    if (!text)
        return 2;
    free(text);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--lines") == 0)
        return judge_lines();
    test_decimals();
    test_far_decimals();
    test_refs();
    test_pointers();
    test_verdicts();
    test_refusals();
    test_reasons();
    test_parts();
    test_harm();
    test_deep();
    printf("check_valid: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed > 0;
}
