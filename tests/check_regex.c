/* Tests of patterns: what they match and what is refused; at random against a matcher that follows the definition; products, and the
 * smallest automaton. check_regex [SEED]
 */
#define _POSIX_C_SOURCE 200809L

#include <string.h>
#include <time.h>
#include "json/dfa.h"
#define PROGRAM "check_regex"
#define SEED 20261126
#include "report.h"

static struct err err;

/* Are no two states the same? Tells apart all pairs it can, one more character at a time. */
static int is_smallest(const struct dfa *d) {
    uint32_t n = d->n_states, group[64], before = 0, count = 0;
    if (n > 64)
        return 1;
    for (uint32_t s = 0; s < n; s++)
        group[s] = d->matched[s];
    for (uint32_t round = 0; round <= n + 1; round++) {
        uint32_t now[64];
        count = 0;
        for (uint32_t s = 0; s < n; s++) {
            uint32_t t = 0;
            for (; t < s; t++) {
                int same = group[s] == group[t];
                for (uint32_t c = 0; c < d->n_classes; c++)
                    same &= group[d->next[s * d->n_classes + c]] == group[d->next[t * d->n_classes + c]];
                if (same)
                    break;
            }
            now[s] = t < s ? now[t] : count++;
        }
        memcpy(group, now, n * sizeof *now);
        if (count == before && round)
            break;
        before = count;
    }
    return count == n;
}

static int is_sound(const struct dfa *d) {
    int fine = d->start == 0 && d->n_states <= DFA_MAX_STATES && d->first[0] == 0;
    for (uint32_t i = 0; i < d->n_states * d->n_classes; i++)
        fine &= d->next[i] < d->n_states;
    for (uint32_t i = 0; i < d->n_ranges; i++) {
        fine &= (d->first[i] < 0xd800 || d->first[i] > 0xdfff) && d->cls[i] < d->n_classes;
        fine &= i == 0 || (d->first[i] > d->first[i - 1] && d->cls[i] != d->cls[i - 1]);
    }
    for (uint32_t i = 0; i < d->n_states; i++)
        fine &= d->matched[i] <= 1;
    return fine && is_smallest(d);
}

/* ---- tables -------------------------------------------------------------------------------------------------------------------- */

/* Strings that are matched, strings that are not. */
static const struct match_case {
    const char *pattern, *yes[8], *no[8];
} matches[] = {
    {"", {"", "a"}, {0}},
    {"a", {"a", "xa", "ax", "xax"}, {"", "b"}},
    {"^a", {"a", "ab"}, {"", "ba"}},
    {"a$", {"a", "ba"}, {"", "ab", "a\n"}},
    {"^a$", {"a"}, {"", "aa", "a\n", "\na"}},
    {"^a|b$", {"a", "ax", "b", "xb", "ab"}, {"", "xa", "bx"}},
    {"^$|^x", {"", "x", "xy"}, {"a", "yx"}},
    {"(^a)", {"ab"}, {"ba"}},
    {"(a$|b)c?", {"a", "b", "bx", "xa"}, {"ac", ""}},
    {"x^a", {0}, {"xa", "a", ""}},
    {"a$b", {0}, {"ab", "a", ""}},
    {"$^", {""}, {"a"}},
    {"^^a$$", {"a"}, {"aa"}},
    {"(^|x)a", {"a", "xa", "bxa"}, {"ba"}},
    {"(?:^a|b)*c$", {"c", "abbc", "xc", "ac"}, {"", "ca"}},
    {"^(?:(?:^a)|b)+$", {"a", "ab", "bb"}, {"ba", "aa"}},
    {"^(?:a|b$)*$", {"", "aab", "aa"}, {"ba", "bb"}},
    {"^(?:)$", {""}, {"a"}},
    {"^(?:|a)+$", {"", "aa"}, {"b"}},
    {"^(|a)(|b)$", {"", "a", "b", "ab"}, {"ba"}},
    {"^a*$", {"", "aaa"}, {"aab"}},
    {"^a+?$", {"a", "aaa"}, {""}},
    {"^a??b$", {"b", "ab"}, {"aab"}},
    {"^a{3}$", {"aaa"}, {"aa", "aaaa"}},
    {"^a{2,}$", {"aa", "aaaaa"}, {"", "a"}},
    {"^a{1,3}?$", {"a", "aaa"}, {"", "aaaa"}},
    {"^a{0}b{0,0}$", {""}, {"a", "b"}},
    {"^(?:ab){2}$", {"abab"}, {"ab", "aabb"}},
    {"^(a{2}){2,3}$", {"aaaa", "aaaaaa"}, {"aaaaa", "aa"}},
    {"^(?:a*){3}$", {"", "aaaa"}, {"b"}},
    {"^(?:(?:){1000000}){1000000}a$", {"a"}, {""}},
    {"^[a-c]$", {"a", "b", "c"}, {"d", "-", ""}},
    {"^[^a-c]$", {"d", "-", "\xc3\xa9", "\xf0\x9f\x98\x80", "\n"}, {"a", ""}},
    {"^[a-]$", {"a", "-"}, {"b"}},
    {"^[-a]$", {"a", "-"}, {"b"}},
    {"^[a\\-z]$", {"a", "-", "z"}, {"b"}},
    {"^[\\w-.]$", {"a", "-", ".", "_"}, {"+", ","}},
    {"^[+-\\d]$", {"+", "-", "5"}, {",", "."}},
    {"^[\\d-a]$", {"5", "-", "a"}, {"b", ":"}},
    {"^[]$", {0}, {"", "a"}},
    {"^[^]$", {"a", "\n", "\xe2\x80\xa8"}, {"", "aa"}},
    {"^[[]$", {"["}, {"]"}},
    {"^[\\]]$", {"]"}, {"["}},
    {"^[\\^^]$", {"^"}, {"a"}},
    {"^[.$*]+$", {".$*"}, {"a"}},
    {"^[\\b]$", {"\b"}, {"b"}},
    {"^[\\s\\S]$", {"a", "\n"}, {""}},
    {"^[^\\s\\S]$", {0}, {"a", "\n", " "}},
    {"^[^\\W_]+$", {"aZ09"}, {"_", "-"}},
    {"^.$", {"a", "\xc3\xa9", "\xf0\x9f\x98\x80", "\t", "\xc2\x85"}, {"", "\n", "\r", "\xe2\x80\xa8", "\xe2\x80\xa9", "ab"}},
    {"^\\d+$", {"0123456789"}, {"", "a", "\xd9\xa1"}},
    {"^\\D$", {"a", "\xd9\xa1"}, {"0"}},
    {"^\\w+$", {"azAZ09_"}, {"-", "\xc3\xa9", "\xe2\x84\xaa"}},
    {"^\\W$", {"-", "\xc3\xa9", "\xc5\xbf"}, {"a", "_"}},
    {"^\\s+$", {" \t\n\v\f\r", "\xc2\xa0", "\xef\xbb\xbf", "\xe2\x80\xa8", "\xe3\x80\x80", "\xe1\x9a\x80", "\xe2\x80\x8a"},
     {"", "a", "\xc2\x85", "\x1c", "\xe2\x80\x8b", "\xe1\xa0\x8e"}},
    {"^\\S$", {"a", "\xc2\x85"}, {" ", "\n"}},
    {"^\\t\\n\\r\\v\\f$", {"\t\n\r\v\f"}, {"tnrvf"}},
    {"^\\cA\\cz$", {"\x01\x1a"}, {"cAcz"}},
    {"^\\x41\\xe9\\xFf$", {"A\xc3\xa9\xc3\xbf"}, {"A"}},
    {"^\\u0041\\u{42}\\u{00043}\\u{1F600}$", {"ABC\xf0\x9f\x98\x80"}, {"ABC"}},
    {"^\\uD83D\\uDE00$", {"\xf0\x9f\x98\x80"}, {""}},
    {"^[\\uD83D\\uDE00-\\u{1F602}]$", {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x81"}, {"\xf0\x9f\x98\x83"}},
    {"^\\uD83D$", {0}, {"", "\xf0\x9f\x98\x80", "\xed\x9f\xbf", "\xee\x80\x80"}},
    {"^[\\uD83D\\u0041\\uD83D\\u{42}\\uD83D\\n]$", {"A", "B", "\n"}, {"u", "n", "D", "4"}},
    {"^[\\uD000-\\uDFFF]$", {"\xed\x80\x80", "\xed\x9f\xbf"}, {"\xee\x80\x80", "\xec\xbf\xbf"}},
    {"^[\\uD000-\\uD900]$", {"\xed\x9f\xbf"}, {"\xee\x80\x80"}},
    {"^[^\\uD800-\\uDFFF]$", {"\xed\x9f\xbf", "\xee\x80\x80", "a"}, {""}},
    {"^[\\uD900-\\uE000]$", {"\xee\x80\x80"}, {"\xed\x9f\xbf", "\xee\x80\x81"}},
    {"^\xc3\xa9+$", {"\xc3\xa9\xc3\xa9"}, {"e"}},
    {"^\xf0\x9f\x98\x80{2}$", {"\xf0\x9f\x98\x80\xf0\x9f\x98\x80"}, {"\xf0\x9f\x98\x80"}},
    {"^\\-\\_\\/\\@\\:\\,\\#\\'\\ \\%\\&\\;\\~$", {"-_/@:,#' %&;~"}, {"\\-"}},
    {"^\\^\\$\\\\\\.\\*\\+\\?\\(\\)\\[\\]\\{\\}\\|$", {"^$\\.*+?()[]{}|"}, {""}},
    {"^{$", {"{"}, {""}},
    {"^a{$", {"a{"}, {"a"}},
    {"^a{,5}$", {"a{,5}"}, {"a", ""}},
    {"^a{b}]$", {"a{b}]"}, {"a"}},
    {"^{a}$", {"{a}"}, {"a"}},
    {"^}$", {"}"}, {""}},
    {"^(?<name>a)(?<_b$2>b)$", {"ab"}, {"a"}},
    {"^(?:a|(b|c)d)+$", {"abdcd"}, {"b"}},
    {"a|b|", {"", "x"}, {0}},
    {"^(?!a)", {"", "ba"}, {"a", "ab"}},
    {"^(?!.*x)(?=..$|...$).*$", {"ab", "abc"}, {"a", "abcd", "ax", "axb"}},
    {"^(?!b$)[ab]*$", {"", "a", "bb", "ba"}, {"b", "c"}},
    {"^(?!^a|b)", {"", "ca"}, {"a", "ba"}},
    {"^(?=a)b", {0}, {"a", "b", "ab"}},
    {"a(?=b|c$)", {"ab", "xac", "abz"}, {"a", "acd", "ba"}},
    {"^x(?=y)|z", {"xy", "z", "xz"}, {"x", "y"}},
};

static const struct {
    const char *pattern, *why;
} refusals[] = {
    {"a(?=b)c", "look-around"}, {"(?!a)b", "look-around"}, {"(?<=a)b", "look-around"}, {"(?<!a)b", "look-around"},
    {"^(?!a)b|c", "look-around"}, {"(^(?!a)b)", "look-around"}, {"a(?!b)", "look-around"}, {"^(?!(?!a)b)c", "look-around"},
    {"(a)\\1", "back-references"}, {"\\k<a>", "back-references"}, {"\\bword\\b", "\\b is"}, {"a\\Bb", "\\B is"},
    {"(a", "does not end"}, {"a)", "parenthesis"}, {"(a))", "parenthesis"}, {"(", "does not end"}, {")", "parenthesis"},
    {"^(?=a", "does not end"}, {"[a", "does not end"}, {"[", "does not end"}, {"[^", "does not end"}, {"[a-", "does not end"},
    {"*a", "nothing to repeat"}, {"+", "nothing to repeat"}, {"?", "nothing to repeat"}, {"a**", "nothing to repeat"},
    {"a|*", "nothing to repeat"}, {"(*)", "nothing to repeat"}, {"^*", "nothing to repeat"}, {"$+", "nothing to repeat"},
    {"{2}", "nothing to repeat"}, {"a{2}{3}", "nothing to repeat"}, {"a+++", "nothing to repeat"}, {"^(?=a)*", "nothing to repeat"},
    {"a{3,2}", "out of order"}, {"[z-a]", "out of order"}, {"\\", "backslash"}, {"[\\", "backslash"},
    {"\\Z", "\\Z is not"}, {"\\A", "\\A is not"}, {"\\e", "\\e is not"}, {"[\\B]", "\\B is not"}, {"\\p{L}", "\\p{"}, {"\\P{L}", "\\p{"},
    {"\\x1", "hexadecimal"}, {"\\u12", "hexadecimal"}, {"\\u{}", "hexadecimal"}, {"\\u{110000}", "10FFFF"}, {"\\u{12", "hexadecimal"},
    {"\\c1", "letter"}, {"\\01", "octal"}, {"(?i)a", "this kind"}, {"(?P<a>b)", "this kind"}, {"(?<>a)", "name"}, {"(?<a", "name"},
    {"(?", "this kind"}, {"a\xff", "UTF-8"}, {"[\xc3]", "UTF-8"}, {"\\\xe2\x80", "UTF-8"},
    {"a{20001}", "too large"}, {"(a{1,1000}){1,1000}", "too large"}, {"^[ab]*a[ab]{20}$", "too large"}, {"(x{300}){300}", "too large"},
    {"a{99999999999999999999}", "too large"}, {"((((a{10}){10}){10}){10}){10}", "too large"},
};

/* Served or refused, but soon. */
static const char *const bombs[] = {
    "(x+x+)+y", "^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^(.*a){25}$", "(((((a*)*)*)*)*)*", "[ab]*a[ab]{20}", "^[ab]*a[ab]{12}$", "^(a?){5000}$",
    "^(a?){60}a{60}$", "^.{0,8000}$", "(.{1,63}\\.){1,127}", "^((.{1,63}\\.){1,127})$", "^(([a-z]{1,20}[0-9]{1,20}){1,20}){1,20}$",
    "^(?:a|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p|q|r|s|t|u|v|w|x|y|z){700}$", "(a*b*c*d*e*f*g*h*){200}$", "^(\\w*\\W*\\s*){99}.{99}$",
    "^(?!.*a.{12})(?=.*b.{12})(?!.*c.{12}).*$", "(?:a?b?c?d?e?f?g?h?i?j?k?l?m?n?o?p?){300}x$", "^.*(.*(.*(.*a.{9}).{9}).{9})$",
};

static int compile(struct dfa *d, const char *pattern, struct arena *mem) {
    size_t n = strlen(pattern);
    char *copy = malloc(n ? n : 1); /* ends where the pattern does, for the address sanitizer */
    if (!copy)
        exit(1);
    memcpy(copy, pattern, n);
    int rc = dfa_pattern(d, copy, n, mem, &err);
    free(copy);
    return rc;
}

static void check_matches(void) {
    for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
        const struct match_case *m = &matches[i];
        struct arena mem = {0};
        struct dfa d;
        int rc = compile(&d, m->pattern, &mem);
        check(rc == 0, "/%s/ is refused: %s", m->pattern, err.text);
        check(rc || is_sound(&d), "/%s/: not an automaton as it should be", m->pattern);
        for (int k = 0; rc == 0 && k < 8 && m->yes[k]; k++)
            check(dfa_match(&d, m->yes[k], strlen(m->yes[k])) == 1, "/%s/ does not match \"%s\"", m->pattern, m->yes[k]);
        for (int k = 0; rc == 0 && k < 8 && m->no[k]; k++)
            check(dfa_match(&d, m->no[k], strlen(m->no[k])) == 0, "/%s/ matches \"%s\"", m->pattern, m->no[k]);
        arena_free(&mem);
    }
}

static void check_refusals(void) {
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct arena mem = {0};
        struct dfa d;
        int rc = compile(&d, refusals[i].pattern, &mem);
        check(rc && err.code == ERR_SCHEMA && strstr(err.text, refusals[i].why), "/%s/: expected '%s', got %s", refusals[i].pattern,
              refusals[i].why, rc ? err.text : "an automaton");
        arena_free(&mem);
    }
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A generous limit: sanitizers and small boards take ten times as long as the 50 ms that are meant. */
static void check_bomb(const char *pattern) {
    struct arena mem = {0};
    struct dfa d;
    double start = seconds();
    int rc = compile(&d, pattern, &mem);
    double took = seconds() - start;
    check(rc == 0 || strstr(err.text, "too "), "/%.60s/: %s", pattern, err.text);
    check(took < 1, "/%.60s/ took %.3f s", pattern, took);
    arena_free(&mem);
}

static char *fill(char *at, const char *text, int times) {
    while (times--) {
        size_t n = strlen(text);
        memcpy(at, text, n);
        at += n;
    }
    *at = 0;
    return at;
}

static void check_bombs(void) {
    static char big[300000];
    for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++)
        check_bomb(bombs[i]);
    fill(fill(fill(big, "(", 200), "a", 1), ")*", 200);
    check_bomb(big);
    fill(fill(fill(big, "(", 100000), "a", 1), ")", 100000);
    check_bomb(big);
    fill(big, "(", 60000);
    check_bomb(big);
    fill(big, "[a-z]|", 10000);
    check_bomb(big);
    fill(big, "\\W", 30000);
    check_bomb(big);
    fill(fill(fill(big, "[", 1), "\\W", 30000), "]", 1);
    check_bomb(big);
    char *at = big;
    for (int i = 0; i < 2000; i++) /* as many sets as there may be, each of half of all code points */
        at += sprintf(at, "[\\u{%x}-\\u{%x}]", 0x4e00 + i * 3, 0x14e00 + i * 3);
    check_bomb(big);
    at = big;
    for (int i = 0; i < 6000; i++)
        at += sprintf(at, "\\u%04x", 0x4e00 + i);
    check_bomb(big);
}

/* ---- at random against the definition ------------------------------------------------------------------------------------------ */

enum op { CHAR, ANY_OF, START, END, THEN, OR, TIMES };

struct node {
    enum op op;
    int a, b;          /* parts */
    int min, max;      /* max < 0: no limit */
    const char *chars; /* CHAR, ANY_OF: those it is */
};

static struct node tree[200];
static int n_tree;
static char text[4096];

static int draw(int depth) {
    static const char *const sets[] = {"a", "b", "c", "ab", "bc"};
    int at = n_tree++, what = (int)(rnd() % (depth ? 10 : 4));
    struct node n = {0};
    n.chars = sets[rnd() % 3];
    if (what == 2) {
        n.op = ANY_OF;
        n.chars = sets[3 + rnd() % 2];
    } else if (what == 3 && rnd() % 2) {
        n.op = rnd() % 2 ? START : END;
    } else if (what >= 4) {
        n.op = what < 7 ? THEN : what == 7 ? OR : TIMES;
        n.a = draw(depth - 1);
        n.b = n.op == TIMES ? 0 : draw(depth - 1);
        n.min = (int)(rnd() % 3);
        n.max = rnd() % 2 ? -1 : n.min + (int)(rnd() % 3);
    }
    tree[at] = n;
    return at;
}

static char *print(char *at, int i) {
    const struct node *n = &tree[i];
    switch (n->op) {
    case CHAR: return at + sprintf(at, "%s", n->chars);
    case ANY_OF: return at + sprintf(at, "[%s]", n->chars);
    case START: return at + sprintf(at, "^");
    case END: return at + sprintf(at, "$");
    case THEN: return print(print(at, n->a), n->b);
    case OR:
        at = print(at + sprintf(at, "(?:"), n->a);
        at = print(at + sprintf(at, "|"), n->b);
        return at + sprintf(at, ")");
    case TIMES:
        at = print(at + sprintf(at, "("), n->a);
        at += sprintf(at, ")");
        if (n->max < 0 && n->min < 2)
            return at + sprintf(at, "%s", n->min ? "+" : "*");
        return n->max < 0 ? at + sprintf(at, "{%d,}", n->min) : at + sprintf(at, "{%d,%d}", n->min, n->max);
    }
    return at;
}

/* Where a match of node I can end that begins at one of the places FROM (bit p: before character p) of the N characters S. */
static uint32_t ends(int i, uint32_t from, const char *s, int n) {
    const struct node *t = &tree[i];
    uint32_t to = 0;
    switch (t->op) {
    case CHAR: case ANY_OF:
        for (int p = 0; p < n; p++)
            to |= (from >> p & 1) && strchr(t->chars, s[p]) ? 2u << p : 0;
        return to;
    case START: return from & 1;
    case END: return from & 1u << n;
    case THEN: return ends(t->b, ends(t->a, from, s, n), s, n);
    case OR: return ends(t->a, from, s, n) | ends(t->b, from, s, n);
    case TIMES:
        for (int k = 0; k < t->min; k++)
            from = ends(t->a, from, s, n);
        to = from;
        for (int k = t->min; t->max < 0 ? k < t->min + n + 1 : k < t->max; k++)
            to |= from = ends(t->a, from, s, n);
        return to;
    }
    return to;
}

static void random_string(char *s, int n) {
    for (int i = 0; i < n; i++)
        s[i] = "abc"[rnd() % 3];
    s[n] = 0;
}

enum { PARTS = 6 };

/* A few patterns alone and all at once. */
static void check_random(void) {
    struct arena mem = {0};
    struct dfa d[PARTS], all;
    const struct dfa *list[PARTS];
    static struct node kept[PARTS][200];
    static char shown[PARTS][4096];
    int root[PARTS], n = 1 + (int)(rnd() % PARTS), ok = 1;
    for (int i = 0; i < n; i++) {
        n_tree = 0;
        root[i] = draw((int)(rnd() % 5));
        print(text, root[i]);
        memcpy(kept[i], tree, sizeof tree);
        strcpy(shown[i], text);
        int rc = compile(&d[i], text, &mem);
        check(rc == 0, "/%s/ is refused: %s", text, err.text);
        ok &= rc == 0;
        check(rc || is_sound(&d[i]), "/%s/: not an automaton as it should be", text);
        list[i] = &d[i];
    }
    if (ok)
        need(dfa_product(&all, list, n, &mem, &err), &err, "a product");
    for (int k = 0; ok && k < 60; k++) {
        char s[16];
        uint32_t want = 0;
        int len = (int)(rnd() % 9);
        random_string(s, len);
        for (int i = 0; i < n; i++) {
            memcpy(tree, kept[i], sizeof tree);
            uint32_t matched = ends(root[i], (2u << len) - 1, s, len) != 0;
            check(dfa_match(&d[i], s, (size_t)len) == matched, "/%s/ and \"%s\": %s a match", shown[i], s, matched ? "not" : "");
            want |= matched << i;
        }
        check(dfa_match(&all, s, (size_t)len) == want, "a product of %d, /%s/ first, and \"%s\": not %x", n, shown[0], s, want);
    }
    check(!ok || is_smallest(&all), "a product of %d, /%s/ first: states that are the same", n, shown[0]);
    arena_free(&mem);
}

/* Nothing but what patterns are made of, in no order. */
static void check_garbage(void) {
    static const char *const bits[] = {"a", "b", "-", "^", "$", "(", ")", "[", "]", "{", "}", "?", "*", "+", "|", "\\", ",", "1", "2", ".",
                                       "(?:", "(?=", "^(?!", "(?<n>", "\\d", "\\W", "\\u", "D83D", "DE00", "\\u{", "\xc3\xa9",
                                       "[^", "\xff", "\\x4"};
    struct arena mem = {0};
    struct dfa d;
    char *at = text;
    for (uint32_t n = rnd() % 14; n; n--)
        at = fill(at, bits[rnd() % (sizeof bits / sizeof *bits)], 1);
    *at = 0;
    int rc = compile(&d, text, &mem);
    check(rc == 0 || (rc == -1 && err.code == ERR_SCHEMA && err.text[0]), "/%s/: %d", text, rc);
    check(rc || is_sound(&d), "/%s/: not an automaton as it should be", text);
    arena_free(&mem);
}

int main(int argc, char **argv) {
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 10);
    random_state = seed;
    check_matches();
    check_refusals();
    check_bombs();
    for (int i = 0; i < 1500; i++) {
        check_random();
        check_garbage();
        check_garbage();
    }
    printf("check_regex: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed > 0;
}
