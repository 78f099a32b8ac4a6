/* Tests of languages: the shortest completions and their number against enumeration; formats. check_lang [SEED] */
#include <string.h>
#include "json/format.h"
#include "json/lang.h"
#define PROGRAM "check_lang"
#define SEED 20261126
#include "report.h"

static struct err err;

static int compile(struct dfa *d, const char *pattern, struct arena *mem) {
    return dfa_pattern(d, pattern, strlen(pattern), mem, &err);
}

/* ---- completions against enumeration -------------------------------------------------------------------------------------------- */

/* One character of each price. */
static const struct {
    const char *text;
    uint32_t c, bytes;
} letters[] = {{"a", 'a', 1}, {"\\n", '\n', 2}, {"\"", '"', 2}, {"\\x01", 1, 6}, {"\xc3\xa9", 0xe9, 2}, {"\xe2\x82\xac", 0x20ac, 3},
               {"\xf0\x9f\x98\x80", 0x1f600, 4}};
enum { LETTERS = sizeof letters / sizeof *letters, DEEP = 5 };

static struct found {
    uint32_t chars, bytes;       /* the least with at least so many characters, chars > DEEP: none was found */
    uint32_t count;              /* with at most so many */
} found[DEEP + 1];

static void note(uint32_t len, uint32_t bytes) {
    for (uint32_t l = 0; l <= DEEP; l++) {
        struct found *f = &found[l];
        if (l <= len && (len < f->chars || (len == f->chars && bytes < f->bytes)))
            f->chars = len, f->bytes = bytes;
        f->count += len <= l;
    }
}

static void enumerate(const struct lang *l, uint32_t state, uint32_t len, uint32_t bytes) {
    if (l->label[state] >= 0)
        note(len, bytes);
    for (int i = 0; len < DEEP && i < LETTERS; i++)
        enumerate(l, dfa_step(l->dfa, state, letters[i].c), len + 1, bytes + letters[i].bytes);
}

static void draw_letters(char *at) {
    for (int n = 1 + (int)(rnd() % 7); n; n--) {
        int k = (int)(rnd() % 3);
        at += k == 0 ? sprintf(at, "(?:") : sprintf(at, "[");
        for (int i = 1 + (int)(rnd() % 2); i; i--)
            at += sprintf(at, "%s%s", letters[rnd() % LETTERS].text, k == 0 && i > 1 ? "|" : "");
        at += sprintf(at, "%s%s%s", k == 0 ? ")" : "]", rnd() % 3 ? "" : rnd() % 2 ? "*" : "?", rnd() % 6 || n == 1 ? "" : "|");
    }
}

static void check_completions(void) {
    struct arena mem = {0};
    struct dfa d;
    struct lang l = {.dfa = &d, .min = rnd() % (DEEP + 1), .max = rnd() % 8};
    int32_t *label;
    char pattern[512];
    strcpy(pattern, "^(?:");
    draw_letters(pattern + 4);
    strcat(pattern, ")$");
    need(compile(&d, pattern, &mem), &err, pattern);
    label = arena_alloc(&mem, d.n_states, sizeof *label, NULL);
    for (uint32_t i = 0; i < d.n_states; i++)
        label[i] = d.matched[i] ? (int32_t)(rnd() % 3) - (rnd() % 4 == 0) : -1 - (int32_t)(rnd() % 3);
    l.label = label;
    need(lang_measure(&l, 1, &mem, &err), &err, pattern);
    for (uint32_t s = 0; s < d.n_states && s < 5; s++) {
        for (int i = 0; i <= DEEP; i++)
            found[i] = (struct found){UINT32_MAX, 0, 0};
        enumerate(&l, s, 0, 0);
        for (uint32_t k = 0; k <= DEEP; k++) {
            struct reach to, row = k <= l.min ? l.reach[k * d.n_states + s] : (struct reach){0, 0};
            const struct found *f = &found[k];
            check(k > l.min || (f->chars <= DEEP ? row.chars == f->chars && row.bytes == f->bytes : row.chars > DEEP),
                  "/%s/, state %u, at least %u characters: %u in %u bytes, not %u in %u", pattern, s, k, row.chars, row.bytes,
                  f->chars, f->bytes);
            uint32_t count = l.count[k * d.n_states + s];
            check(count == (f->count < 255 ? f->count : 255), "/%s/, state %u, at most %u characters: %u, not %u", pattern, s, k,
                  count, f->count);
            f = &found[k < l.min ? l.min - k : 0];
            int live = f->chars <= DEEP && k <= l.max && f->chars <= l.max - k, got = lang_live(&l, s, k, &to);
            check(f->chars > DEEP || (live == got && (!got || (to.chars == f->chars && to.bytes == f->bytes))),
                  "/%s/, state %u behind %u characters of %u to %u: live %d", pattern, s, k, l.min, l.max, got);
        }
    }
    for (int i = 0; i < 20; i++) { /* a range of characters: one after another */
        uint32_t s = rnd() % d.n_states, len = rnd() % 5, lo = letters[rnd() % LETTERS].c + rnd() % 2, hi = lo + rnd() % 300;
        struct reach to, best = {LANG_NEVER, 0}, got = {LANG_NEVER, 0};
        if (rnd() % 8 == 0)
            lo = 0xd800 + rnd() % 3 - 1, hi = 0xdfff + rnd() % 3 - 1;
        for (uint32_t c = lo; c <= hi; c++) {
            if ((c < 0xd800 || c > 0xdfff) && lang_live(&l, dfa_step(&d, s, c), len + 1, &to) &&
                (to.chars < best.chars || (to.chars == best.chars && to.bytes < best.bytes)))
                best = to;
        }
        int live = lang_live_range(&l, s, len, lo, hi, &got);
        check(live == (best.chars != LANG_NEVER) && got.chars == best.chars && (!live || got.bytes == best.bytes),
              "/%s/, state %u, characters %x to %x: live %d", pattern, s, lo, hi, live);
    }
    arena_free(&mem);
}

/* What the first state's row says. */
static const struct {
    const char *pattern;
    uint32_t min, chars, bytes, row, count;
} measured[] = {
    {"^.$", 0, 1, 1, 1, 255}, {"^$", 0, 0, 0, 64, 1}, {"^[\\x00-\\x1f]$", 0, 1, 2, 1, 32}, {"^[\\x00-\\x07]$", 0, 1, 6, 1, 8},
    {"^[\"\\\\]{3}$", 0, 3, 6, 3, 8}, {"^\\x7f$", 0, 1, 1, 1, 1}, {"^[\\x80-\\u0800]$", 0, 1, 2, 1, 255},
    {"^[\\uD000-\\uDFFF]$", 0, 1, 3, 1, 255}, {"^[\\uD7F0-\\uE00F]$", 0, 1, 3, 1, 32},
    {"^[^\\x00-\\uD7F9\\uE001-\\u{10FFFF}]$", 0, 1, 3, 1, 7},
    {"^[\\uD800-\\uDFFF]$", 0, LANG_NEVER, 0, 64, 0}, {"^\\u{1F600}?$", 1, 1, 4, 1, 2}, {"^(?:ab)*$", 5, 6, 6, 5, 3},
    {"^\\d{3}$", 0, 3, 3, 2, 0},
    {"^(?:\\n\\n\\n|\\x01\\x02\\x03|ab|c\\x01)$", 0, 2, 2, 2, 2}, {"^a{0,63}$", 63, 63, 63, 64, 64}, {"^a{300,}$", 400, 400, 400, 64, 0},
    {"^[\\x00-\\u{10FFFF}]$", 1, 1, 1, 1, 255}, {"b", 7, 7, 7, 0, 0},
};

static void check_measured(void) {
    for (size_t i = 0; i < sizeof measured / sizeof *measured; i++) {
        struct arena mem = {0};
        struct dfa d;
        int32_t label[1024];
        struct lang l = {.dfa = &d, .label = label, .min = measured[i].min, .max = UINT32_MAX};
        need(compile(&d, measured[i].pattern, &mem), &err, measured[i].pattern);
        for (uint32_t s = 0; s < d.n_states; s++)
            label[s] = (int32_t)d.matched[s] - 1;
        need(lang_measure(&l, 1, &mem, &err), &err, measured[i].pattern);
        struct reach r = l.reach[l.min * d.n_states + d.start];
        uint32_t count = l.count[measured[i].row * d.n_states + d.start];
        check(r.chars == measured[i].chars && r.bytes == measured[i].bytes, "/%s/: %u characters in %u bytes", measured[i].pattern,
              r.chars, r.bytes);
        check(count == measured[i].count, "/%s/: %u of at most %u characters", measured[i].pattern, count, measured[i].row);
        l.min = 0;
        int low = lang_live_range(&l, d.start, 0, 0xd7ff, 0xdfff, &r), high = lang_live_range(&l, d.start, 0, 0xd800, 0xe000, &r);
        check(!lang_live_range(&l, d.start, 0, 0xd800, 0xdfff, &r), "/%s/: a surrogate is live", measured[i].pattern);
        check(low == lang_live_range(&l, d.start, 0, 0xd7ff, 0xd7ff, &r), "/%s/: U+D7FF", measured[i].pattern);
        check(high == lang_live_range(&l, d.start, 0, 0xe000, 0xe000, &r), "/%s/: U+E000", measured[i].pattern);
        l.min = i % 2 ? 1u << 20 : UINT32_MAX;
        check(lang_measure(&l, 0, &mem, &err) == -1 && err.code == ERR_SCHEMA && strstr(err.text, "too large together"), "minLength 1 << 20");
        arena_free(&mem);
    }
}

/* ---- formats -------------------------------------------------------------------------------------------------------------------- */

static const struct format_case {
    const char *name, *yes[9], *no[9];
} formats[] = {
    {"date", {"2024-02-29", "2000-02-29", "0004-02-29", "9999-12-31", "0001-01-01", "2023-11-30"},
     {"2023-02-29", "1900-02-29", "2024-04-31", "2024-13-01", "2024-00-10", "2024-01-00", "24-01-01", "2024-1-1", "0000-01-01"}},
    {"time", {"00:00:00Z", "23:59:59.123456+23:59", "08:30:06z", "12:00:00-00:00"},
     {"24:00:00Z", "12:60:00Z", "12:00:60Z", "12:00:00", "12:00Z", "12:00:00.Z", "12:00:00+24:00", "12:00:00+0100", "23:59:60Z"}},
    {"date-time", {"2024-02-29T12:00:00Z", "1999-12-31t23:59:59.5-08:00"},
     {"2023-02-29T12:00:00Z", "2024-02-29 12:00:00Z", "2024-02-29T12:00:00", "2024-02-29", "2024-02-29T12:00:00ZZ"}},
    {"duration", {"P1Y", "P1Y2M3DT4H5M6S", "PT0S", "P2W", "P1DT12H", "PT1M2S", "P01D"},
     {"P", "PT", "P1YT", "P1Y2D", "PT1H2S", "P1Y2W", "P2D1Y", "PT0.5S", "1D"}},
    {"uuid", {"2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2EB8AA08-AA98-11EA-B4AA-73B441D16380"},
     {"2eb8aa08-aa98-11ea-b4aa-73b441d1638", "2eb8aa08aa9811eab4aa73b441d16380", "2eb8-aa08-aa98-11ea-b4aa73b44-1d16380",
      "2eb8aa08-aa98-11ea-b4aa-73b441d1638g", "urn:uuid:2eb8aa08-aa98-11ea-b4aa-73b441d16380"}},
    {"email", {"joe.bloggs@example.com", "te~st@a-b.co", "a+b@x.y.z"},
     {"joe", "@example.com", "joe@", ".joe@example.com", "joe..b@example.com", "joe@-example.com", "joe@example", "a b@example.com",
      "\"joe b\"@example.com"}},
    {"idn-email", {"\xec\x8b\xa4\xeb\xa1\x80@\xec\x8b\xa4\xeb\xa1\x80.\xed\x85\x8c\xec\x8a\xa4\xed\x8a\xb8", "a@b.c", "\"a b\"@b.c"},
     {"a", "@b.c"}},
    {"hostname", {"www.example.com", "h0st-n4me", "1", "a--b.com", "ab-c", "abc--d", "a.b"},
     {"", ".", "-a", "a-", "a_b", "a..b", "ab--c", "xn--X", "\xe2\x84\xaa"}},
    {"ipv4", {"127.0.0.1", "255.255.255.255", "0.0.0.0"}, {"256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4/24", "1.2.3.0x4"}},
    {"ipv6", {"::", "::1", "1:2:3:4:5:6:7:8", "1::8", "1:2:3:4:5:6:7::", "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "1::2:1.2.3.4",
              "::2:3:4:5:6:7:8"},
     {"1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", ":::", "12345::", "::1%eth0", "1:2:3:4:5:6:7:1.2.3.4",
      ":1:2:3:4:5:6:7:8", "::1.2.3.256"}},
    {"uri", {"http://a.b/?q=1#f", "urn:a:b", "mailto:a@b", "ldap://[2001:db8::7]/c=GB?a?b", "http://u:p@h:80/%20", "a:/", "h://", "x://[v1.a]"},
     {"//a/b", "/a", "a", ":a", "http:// a", "http://a/%2", "http://a/\xc3\xa9", "1a:b", "http://a:b/"}},
    {"uri-reference", {"", "/a", "//a/b", "a/b:c", "?q", "#f", "../a", "http://a/b", "a:"}, {"a b", "\\a", "#a#b", "1a:b", "%", "a\"", "<a>"}},
    {"iri", {"http://\xc3\xa9.de/\xe2\x82\xac?\xee\x80\x80", "a:b"}, {"\xc3\xa9", "http://a/\xee\x80\x80", "http://a b"}},
    {"iri-reference", {"\xc3\xa9", "", "//\xc3\xa9"}, {"\xee\x80\x80", "\\"}},
    {"uri-template", {"", "a{b}c", "http://x/{term:1}/{+a,b*}", "{?x,y}", "{%41}"},
     {"{", "}", "{}", "{a,}", "{v:0}", "{v:10000}", "a b", "{a b}", "{a.b}"}},
    {"json-pointer", {"", "/", "/a/b~0c~1", "//", "/\xc3\xa9\n"}, {"a", "/~", "/~2", "#/a"}},
    {"relative-json-pointer", {"0", "1/a", "0#", "10", "120/a"}, {"", "01", "-1", "1a", "0##", "/a", "100"}},
};

static const struct format_case valid[] = { /* what is valid beside what is generated */
    {"time", {"23:59:60Z", "23:59:60.5+00:00", "12:00:00Z"}, {"22:59:60Z", "23:58:60Z", "23:59:60+01:00", "23:59:61Z"}},
    {"date-time", {"1998-12-31T23:59:60Z"}, {"1998-12-31T22:59:60Z"}},
    {"email", {"\"joe b\"@example.com", "joe@localhost", "joe@[127.0.0.1]", "joe@[IPv6:::1]", "\"a\\\"b\"@c.d"},
     {"\"joe@example.com", "joe@[127.0.0.300]", "joe b@c.d", "\"joe\"b@c.d"}},
    {"relative-json-pointer", {"100", "101/a"}, {"01"}},
    {"uri-template", {"a'b", "{a.b}"}, {"{a..b}", "{.a.}"}},
    {"hostname", {"xn--9n2bp8q.xn--9t4b11yi5a", "a"}, {"-a"}},
    {"uuid", {"2eb8aa08-aa98-11ea-b4aa-73b441d16380"}, {""}},
};

static void check_format(const struct format_case *f, const char *(*get)(const char *, size_t, size_t *)) {
    struct arena mem = {0};
    struct dfa d;
    size_t max = 0;
    const char *pattern = get(f->name, strlen(f->name), &max);
    int rc = pattern ? compile(&d, pattern, &mem) : -1;
    check(rc == 0 && max == (strcmp(f->name, "hostname") == 0 ? 253 : SIZE_MAX), "%s: %s", f->name, pattern ? err.text : "unknown");
    for (int k = 0; rc == 0 && k < 9 && f->yes[k]; k++)
        check(dfa_match(&d, f->yes[k], strlen(f->yes[k])) == 1, "\"%s\" is no %s", f->yes[k], f->name);
    for (int k = 0; rc == 0 && k < 9 && f->no[k]; k++)
        check(dfa_match(&d, f->no[k], strlen(f->no[k])) == 0, "\"%s\" is a %s", f->no[k], f->name);
    arena_free(&mem);
}

/* The calendar of the definition. */
static void check_dates(void) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct arena mem = {0};
    struct dfa d;
    size_t max;
    need(compile(&d, format_pattern("date", 4, &max), &mem), &err, "date");
    for (int i = 0; i < 20000; i++) {
        char s[40];
        int year = (int)(rnd() % (i % 2 ? 10000 : 40)) * (i % 2 ? 1 : 100), month = i % 3 ? 2 : (int)(rnd() % 14), day = (int)(rnd() % 4) + 28;
        int leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        int want = year && month >= 1 && month <= 12 && day <= days[month - 1] + leap;
        sprintf(s, "%04d-%02d-%02d", year, month, day);
        check((int)dfa_match(&d, s, strlen(s)) == want, "%s: %s a date", s, want ? "not" : "");
    }
    arena_free(&mem);
}

static void check_formats(void) {
    size_t max;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct format_case wider = {.name = formats[i].name};
        memcpy(wider.yes, formats[i].yes, sizeof wider.yes);
        check_format(&formats[i], format_pattern);
        check_format(&wider, format_valid);
    }
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++)
        check_format(&valid[i], format_valid);
    static const char *const unknown[] = {"", "regex", "Date", "dat", "dates", "idn-hostname", "color", "int32"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        check(!format_pattern(unknown[i], strlen(unknown[i]), &max) && !format_valid(unknown[i], strlen(unknown[i]), &max), "%s is asserted",
              unknown[i]);
    char label[64 + 1];
    struct format_case longest = {"hostname", {label}, {0}}, longer = {"hostname", {0}, {label}};
    for (int n = 3; n <= 64; n++) {
        memset(label, 'x', sizeof label);
        label[n] = 0;
        check_format(n < 64 ? &longest : &longer, format_pattern);
        check_format(n < 64 ? &longest : &longer, format_valid);
    }
    check_dates();
}

int main(int argc, char **argv) {
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 10);
    random_state = seed;
    check_measured();
    check_formats();
    for (int i = 0; i < 60; i++)
        check_completions();
    printf("check_lang: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed > 0;
}
