/* Checks what people write for a schema and what a model is shown of one: shorthands and what they are short for, refusals with their
 * places, shapes of schemas. Returns 0 when all pass.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "json/shape.h"
#include "json/shorthand.h"

static int n_passed, n_failed;

static void check(int ok, const char *of, const char *want, const char *got) {
    n_passed += ok != 0;
    n_failed += ok == 0;
    if (!ok)
        printf("FAILED: %s\n  want %s\n  got  %s\n  (run check_shorthand)\n", of, want, got);
}

static void open_text(struct json *j, const char *text) {
    struct err e;
    if (json_open(j, "-j", ERR_SCHEMA, text, strlen(text), &e) == 0)
        return;
    printf("%s: %s\n", text, e.text);
    exit(2);
}

/* ---- shorthands ---- */

static const char *came(int rc, const struct text_out *out, const struct err *e) {
    return rc == 0 ? out->s : rc == -2 ? "a schema" : e->text;
}

static void expands(const char *text, const char *want) {
    struct json j;
    struct err e = {0};
    struct text_out out = {0};
    open_text(&j, text);
    int rc = shorthand_is(j.root) ? shorthand_expand(&j, &out, &e) : -2;
    check(rc == 0 && strcmp(out.s, want) == 0, text, want, came(rc, &out, &e));
    text_free(&out);
    json_close(&j);
}

static void refuses(const char *text, const char *want) {
    struct json j;
    struct err e = {0};
    struct text_out out = {0};
    open_text(&j, text);
    int rc = shorthand_is(j.root) ? shorthand_expand(&j, &out, &e) : -2;
    check(rc == -1 && e.code == ERR_SCHEMA && strstr(e.text, want) != NULL, text, want, came(rc, &out, &e));
    text_free(&out);
    json_close(&j);
}

static void is_schema(const char *text, int want) {
    struct json j;
    open_text(&j, text);
    check(shorthand_is(j.root) != want, text, want ? "a schema" : "a shorthand", want ? "a shorthand" : "a schema");
    json_close(&j);
}

#define OBJECT(properties, required) "{\"type\": \"object\", \"properties\": {" properties "}" required ", \"additionalProperties\": false}"

static void shorthands(void) {
    expands("\"number\"", "{\"type\": \"number\"}");
    expands("\"any\"", "{}");
    expands("[\"LED\", \"UART\"]", "{\"enum\": [\"LED\", \"UART\"]}");
    expands("[\"auto\", 1, 2.50, null, true]", "{\"enum\": [\"auto\", 1, 2.50, null, true]}");
    expands("[\"string\", \"null\"]", "{\"enum\": [\"string\", \"null\"]}"); /* two are an enum, whatever they say */
    expands("[\"integer\"]", "{\"type\": \"array\", \"items\": {\"type\": \"integer\"}}");
    expands("[[\"LED\", \"UART\"]]", "{\"type\": \"array\", \"items\": {\"enum\": [\"LED\", \"UART\"]}}");
    expands("{\"a\": \"integer\"}", OBJECT("\"a\": {\"type\": \"integer\"}", ", \"required\": [\"a\"]"));
    expands("{\"a\": \"integer?\"}", OBJECT("\"a\": {\"type\": \"integer\"}", ""));
    expands("{\"a\": \"boolean\", \"b\\n\\\"\": \"null?\", \"\": \"any\"}",
            OBJECT("\"a\": {\"type\": \"boolean\"}, \"b\\n\\\"\": {\"type\": \"null\"}, \"\": {}", ", \"required\": [\"a\", \"\"]"));
    expands("{\"pos\": {\"x\": \"number\"}}",
            OBJECT("\"pos\": " OBJECT("\"x\": {\"type\": \"number\"}", ", \"required\": [\"x\"]"), ", \"required\": [\"pos\"]"));
    expands("{\"log\": [{\"at\": \"string\"}]}",
            OBJECT("\"log\": {\"type\": \"array\", \"items\": " OBJECT("\"at\": {\"type\": \"string\"}", ", \"required\": [\"at\"]") "}",
                   ", \"required\": [\"log\"]"));
    expands("{\"extra\": {}, \"list\": \"array\", \"map\": \"object?\"}",
            OBJECT("\"extra\": {}, \"list\": {\"type\": \"array\"}, \"map\": {\"type\": \"object\"}", ", \"required\": [\"extra\", \"list\"]"));
}

static void refusals(void) {
    refuses("{\"a\": {\"b/c~\": \"strng\"}}",
            "-j: #/a/b~1c~0: \"strng\" is no type: string, integer, number, boolean, null, any, object, array are");
    refuses("{\"when\": \"date-time\"}", "#/when: \"date-time\" is no type");
    refuses("{\"a\": [\"LED\"]}", "#/a/0: \"LED\" is no type");
    refuses("{\"a\": [\"string?\"]}", "#/a/0: \"string?\" stands in no object");
    refuses("\"string?\"", "#: \"string?\" stands in no object");
    refuses("{\"a\": []}", "#/a: an array without an element");
    refuses("{\"a\": [\"x\", {\"b\": \"string\"}]}", "#/a/1: an object stands in a list of several");
    refuses("{\"a\": 5}", "#/a: 5 is no type");
    refuses("{\"a\": {\"kind\": \"number\", \"minimum\": 0}}", "#/a/minimum: 0 is no type");
    refuses("null", "#: null is no type");
    refuses("\"schema.json\"", "#: \"schema.json\" is no type");
}

static void schemas(void) {
    static const char *const real[] = {"{}", "true", "false", "{\"type\": \"string\"}", "{\"type\": [\"string\", \"null\"]}",
        "{\"type\": \"string\", \"title\": \"string\"}", "{\"type\": \"object\", \"required\": [\"a\", \"b\"]}",
        "{\"type\": \"string\", \"x-order\": \"first\"}", "{\"type\": \"array\", \"$comment\": \"string\"}",
        "{\"$ref\": \"#\"}", "{\"$schema\": \"\", \"a\": \"string\"}", "{\"properties\": {}}", "{\"anyOf\": [true]}", "{\"oneOf\": [true]}",
        "{\"allOf\": [true]}", "{\"enum\": [\"a\"]}", "{\"const\": \"string\"}", "{\"items\": {}}", "{\"items\": [{}, true]}"};
    static const char *const shorthand[] = {
        "{\"type\": \"string\", \"severity\": [\"info\", \"error\"]}", "{\"type\": \"string\", \"note\": \"string?\"}",
        "{\"type\": \"sensor\"}", "{\"type\": [\"LED\", \"UART\"]}", "{\"type\": \"any\"}",
        "{\"type\": {\"a\": \"string\"}}", "{\"type\": \"string?\"}", "{\"items\": [\"string\"], \"total\": \"number\"}",
        "{\"properties\": \"object\"}",
        "{\"enum\": \"string\"}", "[\"a\", \"b\"]", "\"string\"", "5", "null", "{\"minimum\": 0}"};
    for (size_t i = 0; i < sizeof real / sizeof *real; i++)
        is_schema(real[i], 1);
    for (size_t i = 0; i < sizeof shorthand / sizeof *shorthand; i++)
        is_schema(shorthand[i], 0);
}

/* ---- shapes ---- */

static void has_shape(const char *text, const char *want) {
    struct json j, full;
    struct refs r;
    struct err e = {0};
    struct text_out out = {0}, shape = {0};
    open_text(&j, text);
    if (shorthand_is(j.root) ? shorthand_expand(&j, &out, &e) : (text_value(&out, j.root), text_done(&out, &e))) {
        check(0, text, want, e.text);
        return;
    }
    open_text(&full, out.s);
    int rc = refs_open(&r, &full, &e) || shape_write(&r, &shape, &e) ? -1 : 0;
    const char *got = shape.s ? shape.s : "";
    check(rc == 0 && strcmp(got, want) == 0, text, want, rc ? e.text : got);
    refs_close(&r);
    json_close(&full);
    json_close(&j);
    text_free(&out);
    text_free(&shape);
}

static void shapes(void) {
    static const char *const same[] = { /* the inverse of a shorthand */
        "{\"temperature_max\": \"integer\", \"mode\": [\"auto\", \"manual\"], \"alert\": [[\"LED\", \"UART\"]], \"note\": \"string?\"}",
        "{\"pos\": {\"x\": \"number\"}, \"log\": [{\"at\": \"string\", \"ok\": \"boolean?\"}], \"any\": \"any\", \"温度\": \"null\"}",
        "[\"LED\", \"UART\"]", "[\"string\"]", "\"number\""};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        has_shape(same[i], same[i]);
    has_shape("{}", "");
    has_shape("{\"type\": \"object\"}", "");
    has_shape("{\"type\": [\"string\", \"null\"]}", "\"string|null\"");
    has_shape("{\"type\": \"string\", \"format\": \"date\"}", "\"date\"");
    has_shape("{\"const\": 5}", "5");
    has_shape("{\"anyOf\": [{\"type\": \"integer\"}, {\"type\": \"null\"}]}", "\"integer|null\"");
    has_shape("{\"oneOf\": [{\"const\": \"a\"}, {\"enum\": [\"b\", 1]}]}", "[\"a\", \"b\", 1]");
    has_shape("{\"anyOf\": [{\"type\": \"null\"}, {\"properties\": {\"a\": {\"type\": \"string\"}}, \"required\": [\"a\"]}]}",
              "{\"a\": \"string\"}");
    has_shape("{\"$ref\": \"#/$defs/a\", \"$defs\": "
              "{\"a\": {\"properties\": {\"b\": {\"$ref\": \"#/$defs/b\"}}}, \"b\": {\"type\": \"integer\"}}}",
              "{\"b\": \"integer?\"}");
    has_shape("{\"allOf\": "
              "[{\"properties\": {\"a\": {\"type\": \"string\"}}}, {\"properties\": {\"b\": {\"type\": \"null\"}}, \"required\": [\"a\"]}]}",
              "{\"a\": \"string\", \"b\": \"null?\"}");
    has_shape("{\"properties\": {\"next\": {\"$ref\": \"#\"}, \"v\": {\"type\": \"number\"}}, \"required\": [\"next\"]}",
              "{\"next\": {\"next\": {\"next\": {\"next\": {\"next\": {\"next\": \"object\", \"v\": \"number?\"}, \"v\": \"number?\"}, "
              "\"v\": \"number?\"}, \"v\": \"number?\"}, \"v\": \"number?\"}, \"v\": \"number?\"}");
    has_shape("{\"items\": [{\"type\": \"string\"}, {\"type\": \"number\"}], \"type\": \"array\"}", "[\"string\"]");
    has_shape("{\"$ref\": \"#\"}", "");
}

/* Members that are needed stay where all are too many. */
static void long_ones(void) {
    struct text_out t = {0};
    text_str(&t, "{\"type\": \"object\", \"properties\": {\"kept\": {\"type\": \"integer\"}");
    for (int i = 0; i < 400; i++) {
        char member[64];
        snprintf(member, sizeof member, ", \"member_%d\": {\"type\": \"string\"}", i);
        text_str(&t, member);
    }
    text_str(&t, "}, \"required\": [\"kept\"]}");
    has_shape(t.s, "{\"kept\": \"integer\"}");
    text_free(&t);
}

int main(void) {
    shorthands();
    refusals();
    schemas();
    shapes();
    long_ones();
    printf("check_shorthand: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed != 0;
}
