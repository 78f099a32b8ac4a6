/* Ways of scalars: listed values, numbers, strings. In: a case. Out: what it says of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/compile.h"
#include "json/decimal.h"
#include "json/format.h"
#include "json/spell.h"

const struct json_value *way_next(const struct case_at *k, int *i) {
    while (++*i < k->c->n_facts)
        if (k->c->fact[*i].kind == FACT_PLAIN)
            return k->c->fact[*i].value;
    return NULL;
}

/* ---- listed values ---- */

/* FROM: the subschema that lists V, or NULL. */
static int may_be(struct compiler *c, const struct case_at *k, const struct json_value *v, const struct json_value *from) {
    if (!(conj_type_of(v) & k->c->types))
        return 0;
    for (int i = 0; i < k->c->n_items; i++) {
        const struct item *it = &k->c->item[i];
        if (it->schema == from && !it->not && conj_lists_only(from))
            continue; /* it is one of them: looking for it in a long list takes long */
        if (valid_check(c->s->valid, it->schema, v, NULL) != !it->not)
            return 0;
    }
    return 1;
}

static void spell_value(struct text_out *o, const struct json_value *v);

static void spell_parts(struct text_out *o, const struct json_value *v) {
    const struct json_value *at = conj_first(v);
    for (uint32_t i = 0; i < v->n; i++, at = json_next(at)) {
        text_str(o, i ? ", " : "");
        if (v->type == JSON_OBJECT) {
            text_quote(o, at->s, at->n);
            text_str(o, ": ");
            at++;
        }
        spell_value(o, at);
    }
}

/* As the machine writes values, numbers plainly. */
static void spell_value(struct text_out *o, const struct json_value *v) {
    char plain[400];
    struct decimal d;
    if (v->type == JSON_ARRAY || v->type == JSON_OBJECT) {
        text_str(o, v->type == JSON_ARRAY ? "[" : "{");
        spell_parts(o, v);
        text_str(o, v->type == JSON_ARRAY ? "]" : "}");
        return;
    }
    size_t n = 0;
    if (v->type == JSON_NUMBER) {
        decimal_read(&d, v);
        n = decimal_plain(&d, plain, sizeof plain);
    }
    if (n)
        text_add(o, plain, n);
    else
        text_value(o, v);
}

static struct text *text_of_value(struct compiler *c, const struct json_value *v) {
    struct text_out o = {0};
    spell_value(&o, v);
    struct text *t = text_done(&o, c->e) ? NULL : compile_text(c, o.s, o.n);
    text_free(&o);
    return t;
}

/* The first list of values among the case's subschemas, of *from; *n of them. */
static const struct json_value *find_list(const struct case_at *k, const struct json_value **from, uint32_t *n) {
    const struct json_value *s;
    for (int i = -1; (s = way_next(k, &i));) {
        *from = s;
        const struct json_value *one = json_find(s, "const"), *list = json_find(s, "enum");
        if (one)
            return *n = 1, one;
        if (list && list->type == JSON_ARRAY)
            return *n = list->n, list + 1;
    }
    return *from = NULL;
}

int way_values(struct compiler *c, const struct case_at *k, struct way *w) {
    static const struct json_value names[] = {{"", 0, 1, 0, JSON_NULL}, {"", 0, 1, 0, JSON_FALSE}, {"", 0, 1, 0, JSON_TRUE}};
    uint32_t n = 3, n_texts = 0;
    const struct json_value *from, *list = find_list(k, &from, &n), *at = list ? list : names;
    struct text **text = arena_alloc(&c->scratch, n + 1, sizeof *text, c->e);
    if (!text)
        return -1;
    for (uint32_t i = 0; i < n; i++, at = json_next(at))
        if (may_be(c, k, at, from) && !(text[n_texts++] = text_of_value(c, at)))
            return -1;
    if (compile_texts(c, &w->values, text, n_texts))
        return -1;
    return list != NULL;
}

/* ---- numbers ---- */

/* OpenAPI's names for what fits. Annotations, but who writes them means it. */
static void number_format(const struct json_value *s, struct numbers *n) {
    static const struct json_value low32 = {"-2147483648", 11, 1, 0, JSON_NUMBER}, high32 = {"2147483647", 10, 1, 0, JSON_NUMBER};
    const struct json_value *format = json_find(s, "format");
    struct decimal d;
    if (!format || !json_is(format, "int32"))
        return;
    decimal_read(&d, &low32);
    numbers_at_least(n, &d, 0);
    decimal_read(&d, &high32);
    numbers_at_most(n, &d, 0);
    n->scales = 0;
}

static int number_keywords(struct compiler *c, const struct json_value *s, struct numbers *n) {
    static const char *const names[2][2] = {{"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}};
    const struct json_value *of = json_find(s, "multipleOf");
    struct decimal d;
    number_format(s, n);
    for (int high = 0; high < 2; high++) {
        const struct json_value *bound = json_find(s, names[high][0]), *ex = json_find(s, names[high][1]);
        for (int i = 0; i < 2; i++) {
            const struct json_value *v = i ? ex : bound;
            if (!v || v->type != JSON_NUMBER)
                continue;
            decimal_read(&d, v);
            (high ? numbers_at_most : numbers_at_least)(n, &d, i || (ex && ex->type == JSON_TRUE));
        }
    }
    if (!of || of->type != JSON_NUMBER)
        return 0;
    decimal_read(&d, of);
    if (d.sign <= 0 || d.n > 18)
        return compile_fault(c, s, "multipleOf", "only above 0 and with at most 18 digits");
    numbers_multiple(n, &d);
    return 0;
}

/* What numbers must not be multiples of: that of a fact; of 1, where they are no integers. 0: too many. */
static int number_apart(struct compiler *c, const struct case_of *k, struct numbers *n) {
    static const struct json_value one = {"1", 1, 1, 0, JSON_NUMBER};
    struct decimal d;
    for (int i = k->types & T_INT ? 0 : -1; i < k->n_facts; i++) {
        if (i >= 0 && k->fact[i].kind != FACT_NO_MULTIPLE)
            continue;
        const struct json_value *of = i < 0 ? &one : k->fact[i].value;
        decimal_read(&d, of);
        if (numbers_no_multiple(n, &d)) {
            c->narrowed = of;
            return 0;
        }
    }
    return 1;
}

int way_number(struct compiler *c, const struct case_at *k, struct way *w) {
    const struct json_value *s;
    struct decimal d;
    if (!(k->c->types & (T_INT | T_PART)))
        return 0;
    struct numbers *n = compile_alloc(c, 1, sizeof *n);
    if (!n)
        return -1;
    numbers_all(n, c->s->caps.digits, !(k->c->types & T_PART));
    for (int i = -1; (s = way_next(k, &i));)
        if (number_keywords(c, s, n))
            return -1;
    for (int i = 0; i < k->c->n_facts; i++) {
        const struct fact *f = &k->c->fact[i];
        if (f->kind != FACT_LEAST && f->kind != FACT_MOST)
            continue;
        decimal_read(&d, f->value);
        (f->kind == FACT_MOST ? numbers_at_most : numbers_at_least)(n, &d, (int)f->n);
    }
    if (number_apart(c, k->c, n))
        w->number = n;
    return 0;
}

/* ---- strings ---- */

struct string_parts {
    const struct dfa *part[DFA_MAX_PARTS];
    uint32_t no;                     /* bit i: part i must not match */
    int n;
    const struct json_value *of[DFA_MAX_PARTS]; /* for messages: the subschema */
    int64_t min, max;                /* max -1: none */
};

static int add_part(struct compiler *c, struct string_parts *p, const struct dfa *d, int no, const struct json_value *schema) {
    for (int i = 0; i < p->n; i++)
        if (p->part[i] == d && (p->no >> i & 1) == (uint32_t)no)
            return 0;
    if (p->n == DFA_MAX_PARTS)
        return compile_fault(c, schema, "pattern", "too many that hold together");
    p->no |= (uint32_t)no << p->n;
    p->of[p->n] = schema;
    p->part[p->n++] = d;
    return 0;
}

struct own_dfa {
    const char *pattern;
    struct dfa dfa;
    struct own_dfa *next;
};

/* A pattern that no document has: compiled once, and known again by where it stands. */
static int add_own(struct compiler *c, struct string_parts *p, const char *pattern, int no, const struct json_value *schema) {
    struct own_dfa *o = c->own;
    struct err why;
    while (o && o->pattern != pattern)
        o = o->next;
    if (o)
        return add_part(c, p, &o->dfa, no, schema);
    if (!(o = compile_alloc(c, 1, sizeof *o)))
        return -1;
    if (dfa_pattern(&o->dfa, pattern, strlen(pattern), &c->s->mem, &why))
        return compile_fault(c, schema, "", why.text);
    o->pattern = pattern;
    o->next = c->own;
    c->own = o;
    return add_part(c, p, &o->dfa, no, schema);
}

static void bound(const struct json_value *v, int64_t *to, int up) {
    int64_t n;
    if (v && conj_count(v, &n) && (up ? n > *to : *to < 0 || n < *to))
        *to = n;
}

/* What is written for formats that are not a language, or are annotations only: a part of what is meant. */
static const struct {
    const char *format, *pattern;
} generated[] = {
    {"regex", "^[A-Za-z0-9 _-]*$"},
    {"byte", "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"},
    {"url", "^(https?|ftp)://[a-z0-9]+([.-][a-z0-9]+)*\\.[a-z]{2,}(:[1-9][0-9]{1,3})?(/[^\\s\\x00-\\x1f\\x7f-\\x9f\\ufeff\"]*)?$"},
};

/* Dialects of patterns differ in whether these are blanks. */
static const char same_blanks[] = "^[^\\x1c-\\x1f\\x85\\ufeff]*$";

static int has_blanks(const struct json_value *pattern) {
    for (uint32_t i = 0; i + 1 < pattern->n; i++)
        if (pattern->s[i] == '\\' && (pattern->s[i + 1] | 0x20) == 's')
            return 1;
    return 0;
}

static int string_keywords(struct compiler *c, const struct json_value *s, struct string_parts *p) {
    const struct json_value *pattern = json_find(s, "pattern"), *format = json_find(s, "format");
    bound(json_find(s, "minLength"), &p->min, 1);
    bound(json_find(s, "maxLength"), &p->max, 0);
    if (pattern && pattern->type == JSON_STRING) {
        const struct dfa *d = valid_pattern(c->s->valid, pattern);
        if (!d)
            return compile_fault(c, s, "pattern", "not supported");
        if (add_part(c, p, d, 0, s) || (has_blanks(pattern) && add_own(c, p, same_blanks, 0, s)))
            return -1;
    }
    if (!format || format->type != JSON_STRING)
        return 0;
    for (size_t i = 0; i < sizeof generated / sizeof *generated; i++)
        if (json_is(format, generated[i].format))
            return add_own(c, p, generated[i].pattern, 0, s);
    size_t max = SIZE_MAX;
    const char *known = format_pattern(format->s, format->n, &max);
    if (known && max != SIZE_MAX && (p->max < 0 || (int64_t)max < p->max))
        p->max = (int64_t)max;
    if (known && known == format_valid(format->s, format->n, &max) && valid_format(c->s->valid, format))
        return add_part(c, p, valid_format(c->s->valid, format), 0, s); /* the validator has it already */
    return known ? add_own(c, p, known, 0, s) : 0;
}

/* A pattern that matches S alone. */
static void add_literal(struct text_out *o, const struct json_value *s) {
    text_str(o, o->n ? "|^" : "^");
    for (uint32_t i = 0; i < s->n; i++) {
        if (s->s[i] && strchr("^$\\.*+?()[]{}|/", s->s[i]))
            text_str(o, "\\");
        if (s->s[i])
            text_add(o, s->s + i, 1);
        else
            text_str(o, "\\0");
    }
    text_str(o, "$");
}

static int add_refused(struct compiler *c, struct string_parts *p, const char *pattern, size_t n) {
    struct dfa *d = compile_alloc(c, 1, sizeof *d);
    struct err why;
    if (!d)
        return -1;
    if (dfa_pattern(d, pattern, n, &c->s->mem, &why))
        return compile_fault(c, c->s->json.root, "not", why.text);
    return add_part(c, p, d, 1, c->s->json.root);
}

static int string_facts(struct compiler *c, const struct case_at *k, struct string_parts *p) {
    struct text_out refused = {0};
    int r = 0;
    for (int i = 0; i < k->c->n_facts && !r; i++) {
        const struct fact *f = &k->c->fact[i];
        const struct json_value *at = f->kind != FACT_OTHER_THAN ? NULL : f->n ? f->value : conj_first(f->value);
        if (f->kind == FACT_LENGTH_MIN && f->n > p->min)
            p->min = f->n;
        if (f->kind == FACT_LENGTH_MAX && (p->max < 0 || f->n < p->max))
            p->max = f->n;
        if (f->kind == FACT_NO_MATCH) {
            const struct dfa *d = valid_pattern(c->s->valid, f->value);
            r = d ? add_part(c, p, d, 1, c->s->json.root) : compile_fault(c, c->s->json.root, "pattern", "not supported");
        }
        for (uint32_t j = 0, n = f->kind != FACT_OTHER_THAN ? 0 : f->n ? 1 : f->value->n; j < n; j++, at = json_next(at))
            if (at->type == JSON_STRING)
                add_literal(&refused, at);
    }
    if (!r && refused.n)
        r = text_done(&refused, c->e) ? -1 : add_refused(c, p, refused.s, refused.n);
    text_free(&refused);
    return r;
}

/* L's language is that of D where all N parts match, but for those of NO, which must not. */
static int set_labels(struct compiler *c, struct lang *l, const struct dfa *d, int n, uint32_t no) {
    uint32_t all = n == 32 ? UINT32_MAX : (UINT32_C(1) << n) - 1;
    int32_t *label = compile_alloc(c, d->n_states, sizeof *label);
    if (!label)
        return -1;
    for (uint32_t q = 0; q < d->n_states; q++)
        label[q] = ((d->matched[q] & all) ^ no) == all ? 0 : -1;
    l->dfa = d;
    l->label = label;
    return 0;
}

static int join_parts(struct compiler *c, struct string_parts *p, struct lang *l) {
    struct err why;
    if (p->n == 0)
        return 0;
    const struct dfa *d = p->part[0];
    if (p->n > 1) {
        struct dfa *all = compile_alloc(c, 1, sizeof *all);
        if (!all)
            return -1;
        if (dfa_product(all, p->part, p->n, &c->s->mem, &why))
            return compile_fault(c, p->of[p->n - 1], "pattern", why.text);
        d = all;
    }
    if (set_labels(c, l, d, p->n, p->no))
        return -1;
    if (lang_measure(l, 0, &c->s->mem, &why))
        return compile_fault(c, p->of[0], "minLength", why.text);
    return 0;
}

int way_string(struct compiler *c, const struct case_at *k, struct way *w) {
    const struct json_value *s;
    struct string_parts p = {.max = -1};
    if (!(k->c->types & T_STRING))
        return 0;
    for (int i = -1; (s = way_next(k, &i));)
        if (string_keywords(c, s, &p))
            return -1;
    if (string_facts(c, k, &p))
        return -1;
    int64_t cap = c->s->caps.string > p.min ? c->s->caps.string : p.min;
    struct strings *t = compile_alloc(c, 1, sizeof *t);
    if (!t)
        return -1;
    if (p.max < 0 || (p.max > cap && p.n > 0))
        p.max = cap;
    if (p.min > p.max || p.min > UINT16_MAX - 8)
        return p.min > p.max ? 0 : compile_fault(c, c->s->json.root, "minLength", "too long");
    t->lang.min = (uint32_t)p.min;
    t->lang.max = p.max < INT32_MAX ? (uint32_t)p.max : INT32_MAX;
    if (join_parts(c, &p, &t->lang))
        return -1;
    struct spelling begin;
    spell_start(&t->lang, &begin);
    w->string = spell_left(&t->lang, &begin) == SPELL_NEVER ? NULL : t;
    return 0;
}

const struct dfa *way_lengths(struct compiler *c, uint32_t min, uint32_t max) {
    enum { BOUND_MOST = 300 };
    char pattern[64];
    struct err why;
    struct dfa *d = compile_alloc(c, 1, sizeof *d);
    if (!d)
        return NULL;
    if (max <= BOUND_MOST)
        snprintf(pattern, sizeof pattern, "^[\\s\\S]{%lu,%lu}$", (unsigned long)min, (unsigned long)max);
    else
        snprintf(pattern, sizeof pattern, "^[\\s\\S]{%lu,}$", (unsigned long)min);
    if (dfa_pattern(d, pattern, strlen(pattern), &c->s->mem, &why))
        return compile_fault(c, c->s->json.root, "minLength", why.text), NULL;
    return d;
}

int way_countable(struct compiler *c, struct lang *l) {
    struct err why;
    if (l->max < LANG_SHORT || (l->dfa && l->min > 0)) {
        struct dfa *both = compile_alloc(c, 1, sizeof *both);
        const struct dfa *part[2] = {way_lengths(c, l->min, l->max), l->dfa};
        if (!both || !part[0])
            return -1;
        if (dfa_product(both, part, l->dfa ? 2 : 1, &c->s->mem, &why))
            return compile_fault(c, c->s->json.root, "pattern", why.text);
        if (set_labels(c, l, both, l->dfa ? 2 : 1, 0))
            return -1;
        l->min = 0;
    }
    return l->dfa && lang_measure(l, 1, &c->s->mem, c->e) ? -1 : 0;
}
