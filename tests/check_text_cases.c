/* Holds the tokenizer against the official one: the real vocabulary, 600 texts with and without control tokens, and a rendered chat.
 * check_text_cases; reads ../shared/conformance/tokenizer and skips where it is missing. Returns 0 when all pass. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "gguf/gguf.h"
#include "text/chat.h"
#include "text/nfc.h"
#include "text/utf8.h"

#define FOLDER "../shared/conformance/tokenizer/"
#define REPRODUCE "(build/check_text_cases)"

static int n_passed, n_failed;

static void check(int ok, const char *what, int line) {
    n_passed += ok != 0;
    n_failed += ok == 0;
    if (!ok)
        printf("FAILED %s: case %d %s\n", what, line, REPRODUCE);
}

/* ---- the vocabulary ---- */

static struct tok *open_vocabulary(const struct gguf *g) {
    struct tok_source src = {.eos = -1, .eot = -1, .bos = -1, .pad = -1};
    struct tok_fault where;
    struct err e;
    struct tok *t = NULL;
    const struct gguf_kv *tokens, *merges, *types;
    if (gguf_array(g, "tokenizer.ggml.tokens", GGUF_STR, &tokens, &e) <= 0 ||
        gguf_array(g, "tokenizer.ggml.merges", GGUF_STR, &merges, &e) <= 0)
        return NULL;
    src.n_tokens = (uint32_t)tokens->n;
    src.tokens = tokens->data;
    src.tokens_bytes = tokens->bytes;
    src.n_merges = (uint32_t)merges->n;
    src.merges = merges->data;
    if (gguf_array(g, "tokenizer.ggml.token_type", GGUF_I32, &types, &e) > 0)
        src.type = (const int32_t *)(const void *)types->data;
    if (tok_open(&t, &src, &where, &e))
        printf("%s\n", e.text);
    return t;
}

/* ---- a line of cases.jsonl: {"text": "...", "ids": [...], "ids_special": [...]} ---- */

static unsigned hex4(const char *s) {
    char digits[5] = {s[0], s[1], s[2], s[3], 0};
    return (unsigned)strtoul(digits, NULL, 16);
}

/* The string whose first byte is at S, unescaped to OUT. Returns its bytes. */
static size_t unescape(const char *s, char *out) {
    static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
    size_t w = 0;
    for (; *s && *s != '"'; s++) {
        if (*s != '\\') {
            out[w++] = *s;
            continue;
        }
        const char *known = strchr(from, *++s);
        if (*s == 'u') {
            uint32_t c = hex4(s + 1);
            s += 4;
            if (c >= 0xD800 && c < 0xDC00 && s[1] == '\\' && s[2] == 'u') {
                c = 0x10000 + ((c - 0xD800) << 10) + (hex4(s + 3) - 0xDC00);
                s += 6;
            }
            w += (size_t)utf8_put(c, (unsigned char *)out + w);
        } else {
            out[w++] = known ? to[known - from] : *s;
        }
    }
    return w;
}

static size_t numbers(const char *s, int32_t *out) {
    size_t n = 0;
    for (char *end; *s && *s != ']'; s = end) {
        s += strspn(s, "[, ");
        if (*s == ']')
            break;
        out[n++] = (int32_t)strtol(s, &end, 10);
    }
    return n;
}

struct text {
    const char *s;
    size_t n;
};

/* TEXT's tokens, in *out, are the numbers of the list at LIST. */
static int same_ids(const struct tok *t, struct text text, int special, const char *list, struct quern_tokens *out) {
    static int32_t ids[1 << 18];
    size_t n = numbers(list, ids);
    out->n = 0;
    return tok_encode(t, text.s, text.n, special, out, NULL) == 0 && out->n == n && (n == 0 || memcmp(out->id, ids, n * sizeof *ids) == 0);
}

/* OUT's tokens spell TEXT in form C. */
static int spells(const struct tok *t, const struct quern_tokens *out, const char *text, size_t n) {
    char *normal;
    size_t normal_n, at = 0;
    if (nfc_apply(text, n, &normal, &normal_n, NULL))
        return 0;
    const char *s = normal ? normal : text;
    size_t s_n = normal ? normal_n : n;
    int ok = 1;
    for (size_t i = 0; ok && i < out->n; i++) {
        size_t k;
        const char *bytes = tok_bytes(t, out->id[i], 1, &k);
        ok = at + k <= s_n && memcmp(s + at, bytes, k) == 0;
        at += k;
    }
    free(normal);
    return ok && at == s_n;
}

static void check_cases(const struct tok *t, FILE *f) {
    static char line[1 << 20], buffer[1 << 20];
    struct quern_tokens out = {0};
    for (int k = 1; fgets(line, sizeof line, f); k++) {
        const char *plain = strstr(line, "\"ids\": ["), *special = strstr(line, "\"ids_special\": [");
        if (strncmp(line, "{\"text\": \"", 10) != 0 || !plain || !special) {
            check(0, "a line of cases.jsonl", k);
            continue;
        }
        struct text text = {buffer, unescape(line + 10, buffer)};
        check(same_ids(t, text, 0, plain + 7, &out), "ids", k);
        check(spells(t, &out, text.s, text.n), "the text again", k);
        check(same_ids(t, text, 1, special + 15, &out), "ids_special", k);
        check(spells(t, &out, text.s, text.n), "the text again", k);
    }
    quern_tokens_free(&out);
}

/* A system message of the template's own, a user's "Hi", and the assistant's turn. */
static void check_chat(const struct tok *t, const struct gguf *g) {
    static const int32_t expected[] = {151644, 8948, 198, 2610, 525, 1207, 16948, 11, 3465, 553, 54364, 14817, 13, 1446, 525, 264, 10950,
        17847, 13, 151645, 198, 151644, 872, 198, 13048, 151645, 198, 151644, 77091, 198};
    struct quern_message user = {QUERN_USER, "Hi", 2};
    struct quern_tokens out = {0};
    struct gguf_str jinja = {"", 0};
    int known;
    check(gguf_string(g, "tokenizer.chat_template", &jinja, NULL) == 1, "chat_template", 0);
    const struct chat_template *c = chat_template_find(jinja.s, jinja.n, &known);
    check(known, "Qwen2.5's own template is known", 0);
    check(chat_render(c, t, &user, 1, 1, &out, NULL) == 0 && out.n * sizeof *out.id == sizeof expected &&
          memcmp(out.id, expected, sizeof expected) == 0, "chat", 0);
    check(tok_ends(t, 151645) && tok_ends(t, 151643) && !tok_ends(t, 151644), "ends", 0);
    quern_tokens_free(&out);
}

int main(void) {
    struct os_map map;
    struct gguf g;
    struct err e;
    FILE *f = fopen(FOLDER "cases.jsonl", "rb");
    if (!f) {
        printf("no " FOLDER ": skipped\ncheck_text_cases: 0 passed, 0 failed\n");
        return 0;
    }
    if (os_map_open(&map, FOLDER "qwen2.5-vocab.gguf", &e) || gguf_open(&g, FOLDER "qwen2.5-vocab.gguf", map.base, map.size, &e)) {
        printf("%s\ncheck_text_cases: 0 passed, 1 failed\n", e.text);
        return 1;
    }
    struct tok *t = open_vocabulary(&g);
    check(t != NULL, "the vocabulary", 0);
    if (t) {
        check_cases(t, f);
        check_chat(t, &g);
    }
    fclose(f);
    tok_close(t);
    gguf_close(&g);
    os_map_close(&map);
    printf("check_text_cases: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed != 0;
}
