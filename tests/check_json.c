/* Checks src/json: what is JSON and what is not, the tree, where faults are said to be. Without arguments returns 0 when all pass.
 * check_json FILE: 0 where FILE holds JSON, 1 and one line where it does not; what tests/conformance/json.sh runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/os.h"
#include "json/json.h"

static int n_passed, n_failed;

static void check(int ok, int line, const char *what) {
    n_passed += ok != 0;
    n_failed += ok == 0;
    if (!ok)
        printf("FAILED %s:%d: %s (run check_json)\n", __FILE__, line, what);
}
#define CHECK(x) check(x, __LINE__, #x)

/* From memory that ends where the text does, for the address sanitizer. */
static int open_text(struct json *j, const char *text, size_t n, struct err *e) {
    char *copy = malloc(n ? n : 1);
    if (!copy)
        exit(2);
    memcpy(copy, text, n);
    int rc = json_open(j, "doc", ERR_SCHEMA, n ? copy : copy + 1, n, e);
    free(copy);
    return rc;
}

/* ---- the tree, printed again ---- */

static char printed[4096];
static size_t n_printed;

static void print(const char *s, size_t n) {
    if (n > sizeof printed - 1 - n_printed)
        exit(2);
    memcpy(printed + n_printed, s, n);
    printed[n_printed += n] = 0;
}

/* Strings as they are but for NUL, `0`; returns what comes after V, found by walking, not by its span. */
static const struct json_value *print_value(const struct json_value *v) {
    static const char *const words[] = {"null", "false", "true"};
    const struct json_value *at = v + 1;
    if (v->type <= JSON_TRUE)
        print(words[v->type], strlen(words[v->type]));
    if (v->type == JSON_NUMBER)
        print(v->s, v->n);
    if (v->type == JSON_STRING) {
        print("`", 1);
        for (uint32_t i = 0; i < v->n; i++)
            print(v->s[i] ? &v->s[i] : "0", 1);
        print("`", 1);
    }
    if (v->type < JSON_ARRAY) {
        check(v->type <= JSON_TRUE || v->s[v->n] == 0, __LINE__, "texts are terminated");
    } else {
        print(v->type == JSON_ARRAY ? "[" : "{", 1);
        for (uint32_t i = 0; i < v->n; i++) {
            if (i)
                print(",", 1);
            if (v->type == JSON_OBJECT) {
                at = print_value(at);
                print(":", 1);
            }
            at = print_value(at);
        }
        print(v->type == JSON_ARRAY ? "]" : "}", 1);
    }
    check(json_next(v) == at, __LINE__, "a span reaches to the next value");
    return at;
}

static void reads(const char *text, size_t n, const char *expected, int line) {
    struct json j;
    struct err e = {0};
    if (open_text(&j, text, n, &e)) {
        check(0, line, e.text);
        return;
    }
    n_printed = 0;
    print_value(j.root);
    if (strcmp(printed, expected) != 0)
        printf("found %s\n", printed);
    check(strcmp(printed, expected) == 0, line, expected);
    json_close(&j);
}
#define READS(text, expected) reads(text, sizeof(text) - 1, expected, __LINE__)

static void test_trees(void) {
    READS("0", "0");
    READS(" \t\r\n-12.50e+07 \n", "-12.50e+07");
    READS("null", "null");
    READS("[]", "[]");
    READS("{}", "{}");
    READS("[[],{},[[]],true , false]", "[[],{},[[]],true,false]");
    READS("{\"b\": 1, \"a\" :[2,{\"c\":null}], \"b\":\"\"}", "{`b`:1,`a`:[2,{`c`:null}],`b`:``}");
    READS("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "`\"\\/\b\f\n\r\t`");
    READS("\"\\u0041\\u00e9\\u20AC\\ud83d\\uDE00\\u0000x\"", "`A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" "0x`");
    READS("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f\"", "`\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f`");
    READS("[1,-0,0.0,1E400,123456789012345678901234567890]", "[1,-0,0.0,1E400,123456789012345678901234567890]");
}

/* ---- refusals ---- */

static void refuses(const char *text, size_t n, const char *expected, int line) {
    struct json j;
    struct err e = {0};
    int rc = open_text(&j, text, n, &e);
    int ok = rc == -1 && e.code == ERR_SCHEMA && strcmp(e.text, expected) == 0 && !j.root;
    check(ok, line, expected);
    if (!ok)
        printf("found %s\n", rc ? e.text : "no fault");
    if (rc == 0)
        json_close(&j);
}
#define REFUSES(text, why) refuses(text, sizeof(text) - 1, "doc: byte " why, __LINE__)

static void test_refusals(void) {
    REFUSES("", "0: expected a value, found the end of the text");
    REFUSES("  ", "2: expected a value, found the end of the text");
    REFUSES("[1,]", "3: expected a value, found ']'");
    REFUSES("[1 2]", "3: expected ',' or ']', found '2'");
    REFUSES("[1}", "2: expected ',' or ']', found '}'");
    REFUSES("{\"a\":1]", "6: expected ',' or '}', found ']'");
    REFUSES("{\"a\":1,}", "7: expected a member's name, found '}'");
    REFUSES("{a:1}", "1: expected a member's name, found 'a'");
    REFUSES("{\"a\" 1}", "5: expected ':', found '1'");
    REFUSES("{\"a\":}", "5: expected a value, found '}'");
    REFUSES("[0] \xc3\xa9", "4: expected nothing more, found '\xc3\xa9'");
    REFUSES("1 \xff", "2: expected nothing more, found '\\xff'");
    REFUSES("01", "1: expected nothing more, found '1'");
    REFUSES("-", "1: expected a digit, found the end of the text");
    REFUSES("[+1]", "1: expected a value, found '+'");
    REFUSES("[1.]", "3: expected a digit, found ']'");
    REFUSES("[.5]", "1: expected a value, found '.'");
    REFUSES("[1e]", "3: expected a digit, found ']'");
    REFUSES("nul", "0: expected a value, found 'n'");
    REFUSES("[True]", "1: expected a value, found 'T'");
    REFUSES("[NaN]", "1: expected a value, found 'N'");
    REFUSES("['a']", "1: expected a value, found '''");
    REFUSES("[\"ab", "1: the string that begins here does not end");
    REFUSES("[\"ab\\\"", "1: the string that begins here does not end");
    REFUSES("[\"a\nb\"]", "3: a control character in a string");
    REFUSES("[\"a\0b\"]", "3: a control character in a string");
    REFUSES("[\"\\x\"]", "3: expected one of \"\\/bfnrtu after a backslash, found 'x'");
    REFUSES("[\"\\u12g4\"]", "6: expected a hexadecimal digit, found 'g'");
    REFUSES("[\"\\ud800\"]", "2: half of a surrogate pair");
    REFUSES("[\"\\udc00\\ud800\"]", "2: half of a surrogate pair");
    REFUSES("[\"\\ud800\\u0041\"]", "2: half of a surrogate pair");
    REFUSES("[\"\xff\"]", "2: not UTF-8");
    REFUSES("[\"\xc0\x80\"]", "2: not UTF-8");
    REFUSES("[\"\xed\xa0\x80\"]", "2: not UTF-8");
    REFUSES("[\"\xf4\x90\x80\x80\"]", "2: not UTF-8");
    REFUSES("[\"\xe2\x82\"]", "2: not UTF-8");
    REFUSES("\xef\xbb\xbf{}", "0: expected a value, found '\\xef\\xbb\\xbf'");
    REFUSES("[1]//", "3: expected nothing more, found '/'");
}

static void test_depth(void) {
    char text[4 * JSON_MAX_DEPTH + 64];
    for (int depth = JSON_MAX_DEPTH; depth <= JSON_MAX_DEPTH + 1; depth++) {
        struct json j;
        struct err e = {0};
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        int rc = open_text(&j, text, 2 * (size_t)depth, &e);
        CHECK(rc == (depth > JSON_MAX_DEPTH ? -1 : 0));
        if (rc == 0) {
            CHECK(j.root->span == JSON_MAX_DEPTH && (j.root + JSON_MAX_DEPTH - 1)->n == 0);
            json_close(&j);
        } else {
            CHECK(strcmp(e.text, "doc: byte 256: nested more than 256 deep") == 0);
        }
    }
}

/* ---- questions ---- */

static void test_find(void) {
    static const char text[] = "{\"a\":1,\"b\":{\"a\":2,\"c\":[3,4]},\"a\\u0000\":5,\"a\":\"six\"}";
    struct json j;
    struct err e = {0};
    CHECK(open_text(&j, text, sizeof text - 1, &e) == 0);
    const struct json_value *a = json_find(j.root, "a"), *b = json_find(j.root, "b"), *c = b ? json_find(b, "c") : NULL;
    CHECK(a && json_is(a, "six") && !json_is(a, "si") && !json_is(a, "sixx") && strcmp(json_type_name(a), "a string") == 0);
    CHECK(b && b->n == 2 && b->offset == 11 && strcmp(json_type_name(b), "an object") == 0);
    CHECK(c && c->n == 2 && c->offset == 22 && !json_is(c, "c") && json_is(c - 1, "c"));
    CHECK(!json_find(j.root, "d") && !json_find(j.root, "") && c && !json_find(c, "a") && a && !json_find(a, "a"));
    CHECK(json_fault(&j, b ? b->offset : 0, &e, "too %s", "small") == -1 && e.code == ERR_SCHEMA &&
          strcmp(e.text, "doc: byte 11: too small") == 0);
    json_close(&j);
}

static void test_numbers(void) {
    static const struct {
        const char *text;
        int is_int, is_finite;
        int64_t i;
        double d;
    } cases[] = {
        {"0", 1, 1, 0, 0}, {"-0", 1, 1, 0, 0}, {"42", 1, 1, 42, 42}, {"-42", 1, 1, -42, -42},
        {"9223372036854775807", 1, 1, INT64_MAX, 9223372036854775808.0}, {"9223372036854775808", 0, 1, 0, 9223372036854775808.0},
        {"-9223372036854775808", 1, 1, INT64_MIN, -9223372036854775808.0}, {"-9223372036854775809", 0, 1, 0, -9223372036854775808.0},
        {"99999999999999999999", 0, 1, 0, 1e20}, {"1.0", 0, 1, 0, 1}, {"1e3", 0, 1, 0, 1000}, {"1e-06", 0, 1, 0, 1e-6},
        {"0.1", 0, 1, 0, 0.1}, {"1e400", 0, 0, 0, 0}, {"-1e400", 0, 0, 0, 0}, {"\"1\"", 0, 0, 0, 0}, {"null", 0, 0, 0, 0},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct json j;
        struct err e = {0};
        int64_t i = 7;
        double d = 7;
        CHECK(open_text(&j, cases[k].text, strlen(cases[k].text), &e) == 0);
        check(json_int(j.root, &i) == cases[k].is_int && i == (cases[k].is_int ? cases[k].i : 7), __LINE__, cases[k].text);
        check(json_double(j.root, &d) == cases[k].is_finite && d == (cases[k].is_finite ? cases[k].d : 7), __LINE__, cases[k].text);
        json_close(&j);
    }
}

/* ---- texts cut short, texts with another byte ---- */

static const char sample[] = "{\"a\": [1, -2.5e+3, true, null, {\"\\ud83d\\ude00\": \"\xe2\x82\xac\\n\"}], \"b\": {\"c\": [[], {}, false]}}";

static void test_prefixes(void) {
    struct json j;
    struct err e;
    for (size_t n = 0; n < sizeof sample - 1; n++)
        CHECK(open_text(&j, sample, n, &e) == -1 && !strchr(e.text, '\n'));
}

static void test_changes(void) {
    int accepted = 0, refused = 0;
    for (size_t i = 0; i < sizeof sample - 1; i++) {
        for (int byte = 0; byte < 256; byte++) {
            char text[sizeof sample];
            struct json j;
            struct err e;
            memcpy(text, sample, sizeof text);
            text[i] = (char)byte;
            if (open_text(&j, text, sizeof text - 1, &e)) {
                refused++;
                continue;
            }
            accepted++;
            n_printed = 0;
            print_value(j.root);
            json_close(&j);
        }
    }
    CHECK(accepted > 100 && refused > 100);
}

static int judge(const char *path) {
    struct os_map m;
    struct json j;
    struct err e;
    if (os_map_open(&m, path, &e)) {
        fprintf(stderr, "check_json: %s\n", e.text);
        return 2;
    }
    int rc = json_open(&j, path, ERR_MODEL, (const char *)m.base, m.size, &e);
    if (rc)
        fprintf(stderr, "check_json: %s\n", e.text);
    else
        json_close(&j);
    os_map_close(&m);
    return rc ? 1 : 0;
}

int main(int argc, char **argv) {
    if (argc == 2)
        return judge(argv[1]);
    test_trees();
    test_refusals();
    test_depth();
    test_find();
    test_numbers();
    test_prefixes();
    test_changes();
    printf("check_json: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed > 0;
}
