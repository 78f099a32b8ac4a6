/* Reading a pattern: ECMA-262 with the u flag, and what schemas in the wild write beside it: escapes of characters that need none, braces
 * and brackets that can be nothing but themselves, "-" beside a class. Look-ahead is taken where it says something about the string as a
 * whole: behind the ^ that the pattern begins with, and, unless negated, at the end. In: bytes that may be anything. Out: a tree.
 */
#include "json/regex.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"

enum { MAX_COUNT = 1000000, SLOTS = 2 * REGEX_MAX_SETS };

struct parser {
    struct regex *r;
    struct arena *mem;
    struct err *e;
    const unsigned char *text;
    size_t n, at;             /* at <= n, always */
    struct regex_node *node;  /* [2 * n + 3] */
    uint32_t n_nodes;
    uint16_t slot[SLOTS];     /* 1 + a set, where its hash says */
    struct ranges now;        /* the set that is being read */
};

/* Returns -1. */
static int refuse(const struct parser *p, const char *why) {
    return err_set(p->e, ERR_SCHEMA, "%s (at byte %zu)", why, p->at);
}

static int too_large(const struct parser *p) {
    return refuse(p, "too large");
}

static int refuse_look(const struct parser *p) {
    return refuse(p, "look-around is not supported here");
}

static int refuse_group(struct parser *p, size_t start) {
    p->at = start;
    return refuse(p, "the group that begins here does not end");
}

static int peek(const struct parser *p) {
    return p->at < p->n ? p->text[p->at] : -1;
}

static int peek_second(const struct parser *p) {
    return p->at + 1 < p->n ? p->text[p->at + 1] : -1;
}

static int eat(struct parser *p, int c) {
    if (peek(p) != c)
        return 0;
    p->at++;
    return 1;
}

static int eat_text(struct parser *p, const char *s) {
    size_t n = strlen(s);
    if (p->n - p->at < n || memcmp(p->text + p->at, s, n) != 0)
        return 0;
    p->at += n;
    return 1;
}

/* ---- sets of code points ---- */

static int add_range(struct parser *p, uint32_t lo, uint32_t hi) {
    return ranges_add(&p->now, lo, hi, p->mem, p->e);
}

static int add_named(struct parser *p, int letter, int negated) {
    return ranges_add_all(&p->now, ranges_named(letter), negated, p->mem, p->e);
}

/* The set that was read becomes one of the pattern's, unless it is one already. */
static int end_set(struct parser *p, uint32_t *set) {
    struct regex *r = p->r;
    struct ranges *l = &p->now;
    uint32_t hash = 2166136261u;
    ranges_join(l);
    for (uint32_t i = 0; i < l->n; i++)
        hash = ((hash ^ l->at[i].lo) * 16777619u ^ l->at[i].hi) * 16777619u;
    hash ^= hash >> 15;
    uint32_t s = hash % SLOTS;
    for (; p->slot[s]; s = (s + 1) % SLOTS) {
        const struct regex_set *old = &r->set[p->slot[s] - 1];
        if (old->hash != hash || old->n != l->n)
            continue;
        if (l->n && memcmp(r->ranges.at + old->first, l->at, l->n * sizeof *l->at) != 0)
            continue;
        *set = p->slot[s] - 1u;
        l->n = 0;
        return 0;
    }
    if (r->n_sets == REGEX_MAX_SETS)
        return too_large(p);
    r->set[r->n_sets] = (struct regex_set){r->ranges.n, l->n, hash};
    for (uint32_t i = 0; i < l->n; i++) {
        if (ranges_add(&r->ranges, l->at[i].lo, l->at[i].hi, p->mem, p->e))
            return -1;
    }
    *set = r->n_sets++;
    p->slot[s] = (uint16_t)r->n_sets;
    l->n = 0;
    return 0;
}

/* ---- characters and escapes ---- */

static int read_character(struct parser *p, uint32_t *c) {
    int len = utf8_scan(p->text + p->at, p->n - p->at, c);
    if (len <= 0)
        return refuse(p, "not UTF-8");
    p->at += (size_t)len;
    return 0;
}

static int hex_digit(int c) {
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* Exactly N digits. */
static int read_hex(struct parser *p, int n, uint32_t *c) {
    *c = 0;
    for (int i = 0; i < n; i++, p->at++) {
        int digit = hex_digit(peek(p));
        if (digit < 0)
            return refuse(p, "a hexadecimal digit is missing");
        *c = *c << 4 | (uint32_t)digit;
    }
    return 0;
}

/* Behind \u. */
static int read_unicode(struct parser *p, uint32_t *c) {
    uint32_t low;
    if (!eat(p, '{')) {
        if (read_hex(p, 4, c))
            return -1;
        size_t behind = p->at;
        if (*c < 0xd800 || *c > 0xdbff || !eat_text(p, "\\u"))
            return 0;
        if (p->n - p->at >= 4 && hex_digit(p->text[p->at]) == 0xd && read_hex(p, 4, &low) == 0 && low >= 0xdc00)
            *c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
        else
            p->at = behind;
        return 0;
    }
    *c = 0;
    do {
        int digit = hex_digit(peek(p));
        if (digit < 0)
            return refuse(p, "a hexadecimal digit is missing");
        *c = *c << 4 | (uint32_t)digit;
        if (*c > RANGES_LAST_POINT)
            return refuse(p, "a code point over 10FFFF");
        p->at++;
    } while (!eat(p, '}'));
    return 0;
}

static int refuse_letter(struct parser *p, int c) {
    char why[64] = "\\? is not an escape of ECMAScript";
    p->at--;
    why[1] = (char)c;
    return refuse(p, why);
}

/* A letter or digit behind the backslash, as one character. */
static int read_letter(struct parser *p, int in_class, uint32_t *c) {
    static const char from[] = "tnrvf", to[] = "\t\n\r\v\f";
    int letter = p->text[p->at++];
    const char *known = memchr(from, letter, sizeof from - 1);
    if (known) {
        *c = (uint32_t)to[known - from];
        return 0;
    }
    switch (letter) {
    case '0':
        *c = 0;
        return peek(p) >= '0' && peek(p) <= '9' ? refuse(p, "octal escapes are not supported") : 0;
    case 'x': return read_hex(p, 2, c);
    case 'u': return read_unicode(p, c);
    case 'c':
        if ((peek(p) | 0x20) < 'a' || (peek(p) | 0x20) > 'z')
            return refuse(p, "\\c without a letter");
        *c = p->text[p->at++] & 0x1fu;
        return 0;
    case 'b':
        *c = '\b';
        return in_class ? 0 : refuse(p, "\\b is not supported");
    case 'B': return in_class ? refuse_letter(p, letter) : refuse(p, "\\B is not supported");
    case 'p': case 'P': return refuse(p, "\\p{...} is not supported");
    case 'k': return refuse(p, "back-references are not supported");
    }
    if (letter >= '1' && letter <= '9')
        return refuse(p, "back-references are not supported");
    return refuse_letter(p, letter);
}

/* Behind a backslash: one character, *c, or a class, which joins the set that is being read; then *c is RANGES_LAST_POINT + 1. */
static int read_escape(struct parser *p, int in_class, uint32_t *c) {
    int b = peek(p), low = b | 0x20;
    if (b < 0)
        return refuse(p, "a backslash at the end");
    if (low == 'd' || low == 'w' || low == 's') {
        p->at++;
        *c = RANGES_LAST_POINT + 1;
        return add_named(p, low, b != low);
    }
    if ((b >= '0' && b <= '9') || (low >= 'a' && low <= 'z'))
        return read_letter(p, in_class, c);
    return read_character(p, c);
}

/* One end of a range of a class, or a class in it. */
static int read_member(struct parser *p, uint32_t *c) {
    return eat(p, '\\') ? read_escape(p, 1, c) : read_character(p, c);
}

/* Behind "[". */
static int read_class(struct parser *p, uint32_t *set) {
    int negated = eat(p, '^');
    size_t start = p->at;
    while (!eat(p, ']')) {
        uint32_t lo, hi;
        if (p->at == p->n) {
            p->at = start;
            return refuse(p, "the class that begins here does not end");
        }
        if (read_member(p, &lo))
            return -1;
        hi = lo;
        int range = peek(p) == '-' && peek_second(p) != ']' && peek_second(p) >= 0;
        if (range) {
            p->at++;
            if (read_member(p, &hi))
                return -1;
        }
        if (lo > RANGES_LAST_POINT || hi > RANGES_LAST_POINT) { /* [\w-.] has a "-" in it */
            if (range && add_range(p, '-', '-'))
                return -1;
            if ((lo <= RANGES_LAST_POINT && add_range(p, lo, lo)) || (hi <= RANGES_LAST_POINT && add_range(p, hi, hi)))
                return -1;
            continue;
        }
        if (lo > hi)
            return refuse(p, "a range out of order");
        if (add_range(p, lo, hi))
            return -1;
    }
    if (negated) {
        struct ranges read = p->now;
        ranges_join(&read);
        p->now = (struct ranges){0};
        if (ranges_add_all(&p->now, &read, 1, p->mem, p->e))
            return -1;
    }
    return end_set(p, set);
}

/* ---- the tree ---- */

static uint32_t node_new(struct parser *p, enum regex_op op, uint32_t size) {
    assert(p->n_nodes < 2 * p->n + 3); /* "(" makes two nodes, other bytes at most one; two more for the whole */
    p->node[p->n_nodes] = (struct regex_node){.op = (uint8_t)op, .size = size};
    return p->n_nodes++;
}

static void node_append(struct parser *p, uint32_t node, uint32_t part) {
    struct regex_node *to = &p->node[node];
    p->node[part].before = to->last;
    to->last = part + 1;
    to->size += p->node[part].size;
    if (to->size > REGEX_MAX_SIZE)
        to->size = REGEX_MAX_SIZE + 1;
}

/* Digits, or -1; saturates. */
static int64_t read_count(struct parser *p) {
    int64_t v = -1;
    for (; peek(p) >= '0' && peek(p) <= '9'; p->at++) {
        v = (v < 0 ? 0 : v * 10) + peek(p) - '0';
        v = v > MAX_COUNT ? MAX_COUNT : v;
    }
    return v;
}

/* {n} {n,} {n,m}; 0, and nothing read, where it is none of them. */
static int read_braces(struct parser *p, uint32_t *min, uint32_t *max) {
    size_t start = p->at;
    if (!eat(p, '{'))
        return 0;
    int64_t lo = read_count(p), hi = lo;
    if (lo >= 0 && eat(p, ','))
        hi = peek(p) == '}' ? REGEX_ENDLESS : read_count(p);
    if (lo < 0 || hi < 0 || !eat(p, '}')) {
        p->at = start;
        return 0;
    }
    *min = (uint32_t)lo;
    *max = (uint32_t)hi;
    return 1;
}

static int read_quantifier(struct parser *p, uint32_t *min, uint32_t *max) {
    *min = 0;
    *max = REGEX_ENDLESS;
    int c = peek(p), found = 1;
    if (c == '{')
        found = read_braces(p, min, max);
    else if (c == '*' || eat(p, '?') || eat(p, '+'))
        *min = c == '+', *max = c == '?' ? 1 : REGEX_ENDLESS, p->at += c == '*';
    else
        found = 0;
    if (found)
        eat(p, '?'); /* lazy: the same strings */
    return found;
}

/* States of X{min,max}: copies of X, and a branch before each that may be left out. */
static uint32_t repeat_size(uint32_t part, uint32_t min, uint32_t max) {
    if (part == 0)
        return 0;
    uint64_t copies = max == REGEX_ENDLESS ? (min ? min : 1) : max;
    uint64_t all = copies * part + (max == REGEX_ENDLESS ? 1 : max - min);
    return all > REGEX_MAX_SIZE ? REGEX_MAX_SIZE + 1 : (uint32_t)all;
}

static int parse_group(struct parser *p, int depth, uint32_t *node);
static int parse_any(struct parser *p, int depth, uint32_t *node);

static int parse_set(struct parser *p, uint32_t *set) {
    uint32_t c;
    if (eat(p, '.'))
        return add_named(p, '.', 1) ? -1 : end_set(p, set);
    if (eat(p, '['))
        return read_class(p, set);
    if (eat(p, '\\') ? read_escape(p, 0, &c) : read_character(p, &c))
        return -1;
    if (c <= RANGES_LAST_POINT && add_range(p, c, c))
        return -1;
    return end_set(p, set);
}

/* What a quantifier may follow, or an assertion. */
static int parse_atom(struct parser *p, int depth, uint32_t *node) {
    uint32_t set, min, max;
    int c = peek(p);
    if (c == '(') {
        p->at++;
        return parse_group(p, depth, node);
    }
    if (c == '^' || c == '$') {
        p->at++;
        *node = node_new(p, c == '^' ? REGEX_START : REGEX_END, 1);
        size_t at = p->at;
        if (!read_quantifier(p, &min, &max))
            return 0;
        p->at = at;
        return refuse(p, "nothing to repeat");
    }
    if (c == '*' || c == '+' || c == '?' || read_braces(p, &min, &max))
        return refuse(p, "nothing to repeat");
    if (parse_set(p, &set))
        return -1;
    *node = node_new(p, REGEX_SET, 1);
    p->node[*node].set = set;
    return 0;
}

static int parse_term(struct parser *p, int depth, uint32_t *node) {
    uint32_t part, min, max;
    if (parse_atom(p, depth, &part))
        return -1;
    *node = part;
    if (!read_quantifier(p, &min, &max))
        return 0;
    if (min > max)
        return refuse(p, "a count out of order");
    *node = node_new(p, REGEX_REPEAT, 0);
    node_append(p, *node, part);
    struct regex_node *r = &p->node[*node];
    r->min = min;
    r->max = max;
    r->size = repeat_size(r->size, min, max);
    return r->size > REGEX_MAX_SIZE ? too_large(p) : 0;
}

/* Look-ahead of the pattern itself. Behind the only ^ there is so far it holds for the string, as the pattern does; at the end what it
 * asks for may as well be matched. 0: there is none here. 1: it was read; where it is to be matched, *node is it. */
static int parse_look(struct parser *p, const struct regex_node *all, uint32_t *node) {
    struct regex *r = p->r;
    size_t start = p->at;
    int negated = eat_text(p, "(?!"), leading = all->last && p->node[all->last - 1].op == REGEX_START;
    if (!negated && !eat_text(p, "(?="))
        return 0;
    if (parse_any(p, 1, node))
        return -1;
    if (!eat(p, ')'))
        return refuse_group(p, start);
    if (leading && r->n_looks < REGEX_MAX_LOOKS) {
        r->look[r->n_looks++] = (struct regex_look){*node, negated};
        *node = UINT32_MAX;
    } else if (negated || (peek(p) >= 0 && peek(p) != '|')) {
        return refuse_look(p);
    }
    return 1;
}

/* Alternatives up to ")" or the end. */
static int parse_any(struct parser *p, int depth, uint32_t *node) {
    *node = node_new(p, REGEX_ANY, 0);
    do {
        uint32_t all = node_new(p, REGEX_ALL, 0), term;
        while (peek(p) >= 0 && peek(p) != '|' && peek(p) != ')') {
            int look = depth == 0 ? parse_look(p, &p->node[all], &term) : 0;
            if (look < 0 || (look == 0 && parse_term(p, depth, &term)))
                return -1;
            if (term == UINT32_MAX)
                continue;
            node_append(p, all, term);
        }
        p->node[*node].size += p->node[*node].last != 0; /* the branch */
        node_append(p, *node, all);
    } while (eat(p, '|'));
    return p->node[*node].size > REGEX_MAX_SIZE ? too_large(p) : 0;
}

/* Behind "(?<". */
static int parse_name(struct parser *p) {
    size_t from = p->at;
    if (peek(p) == '=' || peek(p) == '!')
        return refuse_look(p);
    while (peek(p) >= 0x80 || peek(p) == '_' || peek(p) == '$' || (peek(p) >= '0' && peek(p) <= '9') ||
           ((peek(p) | 0x20) >= 'a' && (peek(p) | 0x20) <= 'z'))
        p->at++;
    return p->at == from || !eat(p, '>') ? refuse(p, "a group's name is missing") : 0;
}

/* Behind "(". */
static int parse_group(struct parser *p, int depth, uint32_t *node) {
    size_t start = p->at;
    if (depth == REGEX_MAX_DEPTH)
        return refuse(p, "too many groups in groups");
    if (eat(p, '?')) {
        if (peek(p) == '=' || peek(p) == '!')
            return refuse_look(p);
        if (eat(p, '<') ? parse_name(p) : !eat(p, ':') && refuse(p, "a group of this kind is not supported"))
            return -1;
    }
    if (parse_any(p, depth + 1, node))
        return -1;
    return eat(p, ')') ? 0 : refuse_group(p, start - 1);
}

int regex_parse(struct regex *r, const char *pattern, size_t n, struct arena *mem, struct err *e) {
    struct parser p = {.r = r, .mem = mem, .e = e, .text = (const unsigned char *)pattern, .n = n};
    memset(r, 0, sizeof *r);
    if (n > REGEX_MAX_BYTES)
        return too_large(&p);
    size_t n_sets = n + 1 < REGEX_MAX_SETS ? n + 1 : REGEX_MAX_SETS;
    p.node = arena_alloc(mem, 2 * n + 3, sizeof *p.node, e);
    r->set = p.node ? arena_alloc(mem, n_sets, sizeof *r->set, e) : NULL;
    if (!r->set || parse_any(&p, 0, &r->root))
        return -1;
    if (p.at < n)
        return refuse(&p, "a parenthesis too many");
    if (r->n_looks && p.node[p.node[r->root].last - 1].before)
        return refuse_look(&p); /* it holds for one alternative only */
    r->node = p.node;
    return 0;
}
