/* Checks src/text: NFC, splitter, UTF-8 filter, vocabularies made in memory, merges against a naive reference, special tokens, chat.
 * check_text [SEED]; returns 0 when all pass. check_text_cases.c holds it against the official tokenizer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_text_vocab.h"
#include "text/chat.h"
#include "text/nfc.h"
#include "text/split.h"

static int n_passed, n_failed;
static unsigned seed = 1;

static void check(int ok, int line, const char *what) {
    n_passed += ok != 0;
    n_failed += ok == 0;
    if (!ok)
        printf("FAILED %s:%d: %s (build/check_text %u)\n", __FILE__, line, what, seed);
}
#define CHECK(x) check(x, __LINE__, #x)

static void check_bytes(const char *found, size_t n, const char *expected, size_t expected_n, int line, const char *what) {
    int ok = n == expected_n && (n == 0 || memcmp(found, expected, n) == 0);
    check(ok, line, what);
    if (!ok)
        printf("  expected \"%.*s\"\n  found    \"%.*s\"\n", (int)expected_n, expected, (int)n, found);
}

/* ---- NFC ---- */

static void nfc(const char *text, size_t n, const char *expected, size_t expected_n, int line) {
    char *out;
    size_t out_n;
    struct err e;
    CHECK(nfc_apply(text, n, &out, &out_n, &e) == 0);
    check_bytes(out ? out : text, out ? out_n : n, expected, expected_n, line, text);
    free(out);
}
#define NFC(text, expected) nfc(text, sizeof(text) - 1, expected, sizeof(expected) - 1, __LINE__)
#define SAME(text) NFC(text, text)

static void check_nfc(void) {
    SAME("");
    SAME("plain \0 text");
    SAME("\u00e9 \u4e2d\u6587 \U0001f600");
    NFC("e\u0301", "\u00e9");
    NFC("cafe\u0301 e\u0301e", "caf\u00e9 \u00e9e");
    NFC("\u212b\u2126", "\u00c5\u03a9");                             /* singletons */
    NFC("\u0344", "\u0308\u0301");                                   /* never composed again */
    NFC("\u0958 \u2adc \U0001d15e", "\u0915\u093c \u2add\u0338 \U0001d157\U0001d165"); /* exclusions */
    NFC("s\u0307\u0323", "\u1e69");                                  /* reordered, then composed twice */
    NFC("q\u0307\u0323", "q\u0323\u0307");
    NFC("a\u0315\u0300", "\u00e0\u0315");
    NFC("a\u0301\u0300", "\u00e1\u0300");                            /* the same class blocks */
    SAME("\u1e9b\u0323");
    NFC("\u017f\u0307\u0323", "\u1e9b\u0323");
    NFC("u\u0308\u0304", "\u01d6");
    NFC("\u0301e", "\u0301e");                                       /* nothing to join */
    NFC("\u0323\u0301\u0316", "\u0323\u0316\u0301");
    NFC("\u1100\u1161", "\uac00");                                   /* Hangul: L V, LV T, L V T, LVT T, L L, V alone */
    NFC("\uac00\u11a8", "\uac01");
    NFC("\u1112\u1161\u11ab", "\ud55c");
    SAME("\uac01\u11a8");
    SAME("\u1100\u1100");
    SAME("\u1161\u11a7");
    NFC("\u0cc6\u0cc2\u0cd5", "\u0ccb");                             /* a letter that joins letters */
    NFC("\U00011131\U00011127", "\U0001112e");
    SAME("\U00011935\U00011930");                                    /* younger than the official normaliser */
    NFC("e\xff\u0301", "e\xff\u0301");                               /* bytes of no character part what they stand between */
    NFC("e\u0301\xcc", "\u00e9\xcc");
    NFC("\xe4\xb8" "e\u0301\xf0\x9f", "\xe4\xb8\u00e9\xf0\x9f");
    NFC("\xed\xa0\x80\u0301", "\xed\xa0\x80\u0301");
}

static void check_long_nfc(void) {
    enum { N = 100000 };
    char *text = malloc(4 * N + 1), *out;
    size_t n;
    text[0] = 'q';
    for (int i = 0; i < N; i++)
        memcpy(text + 1 + 4 * i, "\xcc\x81\xcc\xa3", 4); /* acute (230), dot below (220) */
    CHECK(nfc_apply(text, 4 * N + 1, &out, &n, NULL) == 0 && out && n == 4 * N + 1);
    int ok = out && out[0] == 'q';
    for (int i = 0; ok && i < N; i++)
        ok = memcmp(out + 1 + 2 * i, "\xcc\xa3", 2) == 0 && memcmp(out + 1 + 2 * N + 2 * i, "\xcc\x81", 2) == 0;
    CHECK(ok);
    free(out);
    free(text);
}

/* ---- splitter ---- */

/* EXPECTED has a | after every piece but the last. */
static void split(const char *expected, size_t n, int line) {
    char text[256], found[256];
    size_t t = 0, f = 0;
    for (size_t i = 0; i < n; i++)
        if (expected[i] != '|')
            text[t++] = expected[i];
    for (size_t i = 0; i < t;) {
        size_t len = split_next(text + i, t - i);
        if (i > 0)
            found[f++] = '|';
        memcpy(found + f, text + i, len);
        f += len;
        i += len;
    }
    check_bytes(found, f, expected, n, line, "split");
}
#define SPLIT(expected) split(expected, sizeof(expected) - 1, __LINE__)

static void check_split(void) {
    SPLIT("Hello| world");
    SPLIT("I|'m| sure|,| they|'ll| say| it|'s| John|'s|;| WE|'RE| DON|'T| you|'Ve|'d|'x");
    SPLIT("'\u017f|abc");               /* the long s folds to an s */
    SPLIT("'s|abc|'s|'s|x");
    SPLIT("'l|'r|'v|'re|'ll|l|'ve|'Ll|'");
    SPLIT("'\u212a");                   /* the Kelvin sign folds to a k, which is in no contraction */
    SPLIT("a|1|2|3| |4|\u00b2|\u2167|\u0663");
    SPLIT("!!!|a|!b|!!|c");
    SPLIT(" !!|a| !|\u00a0a|\u3000\u4e2d");
    SPLIT("a|  | b|  | |1|  ");
    SPLIT("a| \n|b|\n\n|c| \r\n \n|  | d");
    SPLIT("x| !\r\n\n| \n");
    SPLIT("\n|a|\r|a|\ta|\x0b" "a");
    SPLIT("\u2028a|\xc2\x85\xc2\x85|\xc2\x85" "a|\u2003\u2003|\u2003|1");
    SPLIT("\u200b\u200b\u200b|a|\ufeffa"); /* not white space */
    SPLIT("a|\u0301be|\u0301\u0301|b");  /* a mark is no letter */
    SPLIT("\u0915|\u093e\u0928");
    SPLIT("\U0001f468\u200d\U0001f469| \U0001f44d");
    SPLIT("\U00016d40\U00010d4a|\U00011bf0|\U000116d0"); /* letters and numbers of Unicode 16 */
    SPLIT("\u0378\U0001faff|a|\u0378" "b");                /* unassigned */
    SPLIT("a|\xff\xfe|a|\xff" "a|\xe4\xb8\xe4|b| \x80\r");
    SPLIT("a|\0\0|b|\0c");
}

/* ---- the UTF-8 filter ---- */

static size_t filter(const char *text, size_t n, size_t cut1, size_t cut2, char *out) {
    struct quern_utf8 u = {{0}, 0};
    size_t w = quern_utf8_push(&u, text, cut1, out);
    w += quern_utf8_push(&u, text + cut1, cut2 - cut1, out + w);
    w += quern_utf8_push(&u, text + cut2, n - cut2, out + w);
    return w + quern_utf8_end(&u, out + w);
}

static void utf8(const char *text, size_t n, const char *expected, size_t expected_n, int line) {
    char out[256];
    for (size_t a = 0; a <= n; a++)
        for (size_t b = a; b <= n; b++)
            check_bytes(out, filter(text, n, a, b, out), expected, expected_n, line, "filter");
}
#define UTF8(text, expected) utf8(text, sizeof(text) - 1, expected, sizeof(expected) - 1, __LINE__)
#define R "\xEF\xBF\xBD"

static void check_utf8(void) {
    UTF8("", "");
    UTF8("ascii \0 \x7f", "ascii \0 \x7f");
    UTF8("\xc2\x80\u07ff\u0800\uffff\U00010000\U0010ffff", "\xc2\x80\u07ff\u0800\uffff\U00010000\U0010ffff");
    UTF8("\ud7ff\ue000", "\ud7ff\ue000");
    UTF8("\x80" "a\xbf", R "a" R);
    UTF8("\xc0\xaf\xc1\xbf", R R R R);
    UTF8("\xe0\x80\x80\xe0\x9f\xbf", R R R R R R);
    UTF8("\xed\xa0\x80" "a", R R R "a");
    UTF8("\xf0\x80\x80\x41", R R R "A");
    UTF8("\xf4\x90\x80\x80\xf5\xff", R R R R R R);
    UTF8("\xe2\x82", R);
    UTF8("\xe2\x82\xe2\x82\xac", R "\u20ac");
    UTF8("\xf0\x9f\x98" "A\xf0\x9f", R "A" R);
    UTF8("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", R R R R "A");
    struct quern_utf8 u = {{0}, 0};
    char out[8];
    CHECK(quern_utf8_push(&u, "\xf0\x9f\x98", 3, out) == 0);
    CHECK(quern_utf8_push(&u, "\x80", 1, out) == 4);
    CHECK(quern_utf8_end(&u, out) == 0);
}

/* ---- tokens ---- */

static int encode(const struct tok *t, const char *text, size_t n, int special, struct quern_tokens *out) {
    struct err e = {0, ""};
    out->n = 0;
    int r = tok_encode(t, text, n, special, out, &e);
    if (r)
        printf("  %s\n", e.text);
    return r;
}

static size_t decode(const struct tok *t, const struct quern_tokens *ids, char *out) {
    size_t w = 0, n;
    for (size_t i = 0; i < ids->n; i++) {
        const char *bytes = tok_bytes(t, ids->id[i], 1, &n);
        memcpy(out + w, bytes, n);
        w += n;
    }
    return w;
}

static void check_merges(void) {
    struct quern_tokens ids = {0};
    int32_t expected[64];
    for (int round = 0; round < 60; round++) {
        struct made *m = made_random(&seed, round);
        for (int k = 0; k < 50; k++) {
            char text[64];
            size_t n = 1 + made_rand(&seed) % 63;
            int letters = 1 + (int)(made_rand(&seed) % 4);
            for (size_t i = 0; i < n; i++)
                text[i] = (char)('a' + made_rand(&seed) % (unsigned)letters);
            size_t expected_n = made_naive(m, text, n, expected);
            CHECK(encode(m->tok, text, n, 0, &ids) == 0);
            check(ids.n == expected_n && memcmp(ids.id, expected, expected_n * sizeof *expected) == 0, __LINE__, "naive merges");
        }
        made_free(m);
    }
    quern_tokens_free(&ids);
}

static void check_long_run(const struct tok *t) {
    enum { N = 1 << 18 };
    char *text = malloc(N), *back = malloc(N);
    struct quern_tokens ids = {0};
    static const char *const patterns[] = {"a", " ", "ab", "\n", "<", "\xff", "e\xcc\x81"};
    for (size_t p = 0; p < sizeof patterns / sizeof patterns[0]; p++) {
        size_t len = strlen(patterns[p]);
        for (size_t i = 0; i < N; i++)
            text[i] = patterns[p][i % len];
        CHECK(encode(t, text, N / len * len, 1, &ids) == 0);
        if (len < 3)
            check_bytes(back, decode(t, &ids, back), text, N / len * len, __LINE__, "a long run");
    }
    quern_tokens_free(&ids);
    free(back);
    free(text);
}

static void check_round_trip(const struct tok *t) {
    struct quern_tokens ids = {0};
    char text[64], back[64];
    for (int k = 0; k < 3000; k++) {
        size_t n = made_rand(&seed) % 64;
        for (size_t i = 0; i < n; i++) { /* no marks, so that NFC leaves it alone: bytes that begin or end nothing */
            unsigned r = made_rand(&seed) % 8;
            unsigned any = made_rand(&seed) % 16;
            text[i] = r < 3 ? "ab <|\0\n'"[any % 8] : (char)(r < 6 ? 0xe4 + any % 6 : 0xf0 + any);
        }
        CHECK(encode(t, text, n, (int)(made_rand(&seed) & 1), &ids) == 0);
        check_bytes(back, decode(t, &ids, back), text, n, __LINE__, "any bytes, there and back");
    }
    quern_tokens_free(&ids);
}

static void ids_are(const struct tok *t, const char *text, int special, const char *expected, int line) {
    struct quern_tokens ids = {0};
    char found[256] = "";
    CHECK(encode(t, text, strlen(text), special, &ids) == 0);
    for (size_t i = 0, w = 0; i < ids.n && w + 40 < sizeof found; i++) {
        size_t n;
        const char *bytes = tok_bytes(t, ids.id[i], 1, &n);
        const char *star = ids.id[i] >= made_first_special(t) ? "*" : "";
        w += (size_t)snprintf(found + w, sizeof found - w, "%s%.*s%s", i ? " " : "", (int)n, bytes, star);
    }
    check_bytes(found, strlen(found), expected, strlen(expected), line, text);
    quern_tokens_free(&ids);
}
#define IDS(text, special, expected) ids_are(m->tok, text, special, expected, __LINE__)

static void check_special(struct made *m) {
    IDS("a<|im_end|>b", 1, "a <|im_end|>* b");
    IDS("a<|im_end|>b", 0, "a < | i m _ e n d | > b");
    IDS("a<tool>b", 0, "a <tool>* b"); /* user-defined: always */
    IDS("a<tool>", 1, "a <tool>*");
    IDS("<tool><tool>x>", 1, "<tool>* <tool>x>*"); /* the longest, where one begins with another */
    IDS("<tool>x", 1, "<tool>* x");
    IDS("<tool>x>", 0, "<tool>* x >"); /* the longest of those that count: <tool>x> is a control token */
    IDS("<|im_en<|im_end|>", 1, "< | i m _ e n <|im_end|>*");
    IDS("[PAD]", 1, "[ P A D ]");
    size_t n;
    int32_t end = tok_find(m->tok, "<|im_end|>"), pad = end + 4;
    CHECK(end == made_first_special(m->tok) + 1 && tok_find(m->tok, "ab") == -1 && tok_find(m->tok, "<|im_end|") == -1);
    CHECK(tok_find(m->tok, "") == -1 && tok_find(m->tok, "zzz") == -1 && tok_find(m->tok, "[PAD]") == -1);
    CHECK((tok_bytes(m->tok, end, 0, &n), n == 0) && (tok_bytes(m->tok, end, 1, &n), n == 10));
    CHECK((tok_bytes(m->tok, pad, 0, &n), n == 0) && (tok_bytes(m->tok, -1, 1, &n), n == 0));
    CHECK((tok_bytes(m->tok, 1 << 30, 1, &n), n == 0));
    CHECK(tok_ends(m->tok, end) && !tok_ends(m->tok, 0) && !tok_ends(m->tok, -1));
}

/* ---- vocabularies that are refused, and odd ones that are not ---- */

static void refuse(const char *merge, const char *expected, int line) {
    struct made *m = made_new();
    struct err e = {0, ""};
    struct tok_fault where;
    made_chain(m);
    made_merge(m, merge);
    CHECK(made_open(m, &where, &e) == -1 && e.code == ERR_MODEL && where.kind == 'm' && where.index == 3);
    check_bytes(e.text, strlen(e.text), expected, strlen(expected), line, merge);
    made_free(m);
}

/* In the place of the merge that makes the next token. */
static void refuse_next(const char *merge, const char *expected, int line) {
    struct made *m = made_new();
    struct err e = {0, ""};
    struct tok_fault where;
    made_chain(m);
    m->merge[2] = merge;
    CHECK(made_open(m, &where, &e) == -1 && e.code == ERR_MODEL && where.kind == 'm' && where.index == 2);
    check_bytes(e.text, strlen(e.text), expected, strlen(expected), line, merge);
    made_free(m);
}

static void check_faults(void) {
    refuse("abc", "merge 3: not two parts with one space between them", __LINE__);
    refuse("", "merge 3: not two parts with one space between them", __LINE__);
    refuse("   ", "merge 3: not two parts with one space between them", __LINE__);
    refuse(" a", "merge 3: not two parts with one space between them", __LINE__);
    refuse("a ", "merge 3: not two parts with one space between them", __LINE__);
    refuse("a b c", "merge 3: not two parts with one space between them", __LINE__);
    refuse("qq ww", "merge 3: result is no token", __LINE__);
    refuse("a bcd", "merge 3: a part is no token", __LINE__);
    refuse("bcd a", "merge 3: result is no token", __LINE__);
    refuse("a \xff", "merge 3: result is no token", __LINE__);
    refuse_next(" abc d", "merge 2: not two parts with one space between them", __LINE__);
    refuse_next("abc d ", "merge 2: not two parts with one space between them", __LINE__);
    refuse_next("abc  d", "merge 2: not two parts with one space between them", __LINE__);
    refuse_next("abcd", "merge 2: not two parts with one space between them", __LINE__);
    refuse_next("abcd ", "merge 2: not two parts with one space between them", __LINE__);
    refuse_next(" abcd", "merge 2: not two parts with one space between them", __LINE__);
    refuse_next("abc dd", "merge 2: result is no token", __LINE__);
    refuse_next("abc \xc3", "merge 2: result is no token", __LINE__);
    refuse_next("ab cd", "merge 2: a part is no token", __LINE__);
    struct made *m = made_new();
    struct err e = {0, ""};
    struct tok_fault where;
    static const char *const odd[] = {"ab", "", "\xc3\x28\xff", "\u4e2d", "a b"};
    made_chain(m);
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        made_token(m, odd[i], TOK_NORMAL);
    made_token(m, "odd type", 99);
    made_merge(m, "a b"); /* a twin */
    m->text[made_id(m, "x")] = ""; /* no token for a byte */
    CHECK(made_open(m, &where, &e) == 0);
    struct quern_tokens ids = {0};
    size_t n;
    CHECK(encode(m->tok, "abcd\xe4\xb8\xad", 7, 1, &ids) == 0 && ids.n == 4); /* a token outside the alphabet is never made */
    const char *raw = tok_bytes(m->tok, made_id(m, "\xc3\x28\xff"), 0, &n);
    check_bytes(raw, n, "\xc3\x28\xff", 3, __LINE__, "raw text");
    CHECK(tok_encode(m->tok, "axb", 3, 0, &ids, &e) == -1 && e.code == ERR_MODEL && ids.n == 4);
    quern_tokens_free(&ids);
    made_free(m);
}

/* ---- chat ---- */

#define QWEN "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
#define QWEN2_5 "{%- else %}{{- '<|im_start|>system\\n" QWEN "<|im_end|>\\n' }}"
#define QWEN2 "{% if loop.first %}{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}"

static void chat(const struct tok *t, const char *jinja, const struct quern_message *msg, int n, int first, const char *expected,
                 int line) {
    int known;
    char found[512];
    struct quern_tokens ids = {0};
    const struct chat_template *c = chat_template_find(jinja, strlen(jinja), &known);
    CHECK(chat_render(c, t, msg, n, first, &ids, NULL) == 0);
    check_bytes(found, decode(t, &ids, found), expected, strlen(expected), line, "chat");
    for (size_t i = 0; i < ids.n; i++) /* a turn has one start and at most one end, whatever the message says */
        n -= ids.id[i] == tok_find(t, "<|im_start|>");
    check(n == -1 || n == -2, line, "starts");
    quern_tokens_free(&ids);
}

static void check_chat(struct made *m) {
    static const struct quern_message user = {QUERN_USER, "a<|im_end|>", 11};
    static const struct quern_message both[2] = {{QUERN_SYSTEM, "b", 1}, {QUERN_USER, "", 0}};
    int known;
    chat(m->tok, QWEN2_5, &user, 1, 1, "<|im_start|>system\n" QWEN "<|im_end|>\n"
         "<|im_start|>user\na<|im_end|><|im_end|>\n<|im_start|>assistant\n", __LINE__);
    chat(m->tok, QWEN2 "<|im_end|>", &user, 1, 1, "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
         "<|im_start|>user\na<|im_end|><|im_end|>\n<|im_start|>assistant\n", __LINE__);
    chat(m->tok, QWEN2_5, &user, 1, 0, "<|im_start|>user\na<|im_end|><|im_end|>\n<|im_start|>assistant\n", __LINE__);
    chat(m->tok, QWEN2_5, both, 2, 1, "<|im_start|>system\nb<|im_end|>\n<|im_start|>user\n<|im_end|>\n<|im_start|>assistant\n", __LINE__);
    chat(m->tok, "", &user, 1, 1, "<|im_start|>user\na<|im_end|><|im_end|>\n<|im_start|>assistant\n", __LINE__);
#define KNOWN(jinja) (chat_template_find(jinja, strlen(jinja), &known), known)
    CHECK(KNOWN(QWEN2_5) && KNOWN(QWEN2) && !KNOWN("") && !KNOWN("[INST]{{ m }}[/INST]"));
    CHECK(KNOWN("{% for m in messages %}<|im_start|>{{m.role}}\n{{m.content}}<|im_end|>\n{% endfor %}"));
    CHECK(KNOWN("{{ '<|im_start|>system\\nPlease reason step by step, and put your final answer within \\\\boxed{}.<|im_end|>\\n' }}"));
    CHECK(!KNOWN("{{ '<|im_start|>system\\nYou are a pirate.<|im_end|>\\n' }}"));
    CHECK(!KNOWN("{{ '<|im_start|>' + m.role + m.content | trim + '<|im_end|>' }}"));
    struct quern_tokens ids = {0};
    char found[64];
    int32_t end = tok_find(m->tok, "<|im_end|>");
    const struct chat_template *c = chat_template_find("", 0, &known);
    CHECK(chat_close(c, m->tok, end, &ids, NULL) == 0 && ids.n == 1);
    CHECK(chat_close(c, m->tok, -1, &ids, NULL) == 0 && ids.n == 3 && ids.id[1] == end);
    check_bytes(found, decode(m->tok, &ids, found), "\n<|im_end|>\n", 12, __LINE__, "close");
    quern_tokens_free(&ids);
    struct made *bare = made_new();
    struct err e = {0, ""};
    struct tok_fault where;
    CHECK(made_open(bare, &where, &e) == 0);
    CHECK(chat_render(c, bare->tok, &user, 1, 1, &ids, &e) == -1 && e.code == ERR_MODEL && ids.n == 0);
    made_free(bare);
}

int main(int argc, char **argv) {
    if (argc > 1)
        seed = (unsigned)strtoul(argv[1], NULL, 10);
    check_nfc();
    check_long_nfc();
    check_split();
    check_utf8();
    check_merges();
    check_faults();
    struct made *m = made_small();
    check_long_run(m->tok);
    check_round_trip(m->tok);
    check_special(m);
    check_chat(m);
    made_free(m);
    printf("check_text: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed != 0;
}
