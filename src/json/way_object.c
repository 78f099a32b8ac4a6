/* Ways of objects. In: a case. Out: the members it declares in the order in which the schema has them, and what others may be.
 *
 * Which of the patterns of "patternProperties" a name matches decides what its value must be, so names are read by the product of all
 * their automata, and each set of patterns that a state stands for has a node of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "json/compile.h"
#include "json/parts.h"

struct name { /* of a member */
    const struct json_value *s;
    int needed, lacks;
};
struct names { /* in order, no two alike */
    struct name *name;
    int n, cap;
};
struct open_parts {
    const struct dfa *part[DFA_MAX_PARTS];     /* patterns first, then what names themselves must match */
    const struct json_value *schema[DFA_MAX_PARTS], *value[DFA_MAX_PARTS]; /* of the patterns: whose, and what a match asks for */
    int n_patterns, n;
};

static int same_name(const struct json_value *a, const struct json_value *b) {
    return a->n == b->n && memcmp(a->s, b->s, a->n) == 0;
}

/* ---- declared names ---- */

static int name_at(struct compiler *c, struct names *l, const struct json_value *name) {
    for (int i = 0; i < l->n; i++)
        if (same_name(l->name[i].s, name))
            return i;
    struct name *grown = arena_grow(&c->scratch, l->name, l->n, &l->cap, sizeof *grown, c->e);
    if (!grown)
        return -1;
    l->name = grown;
    l->name[l->n] = (struct name){name, 0, 0};
    return l->n++;
}

static int need(struct compiler *c, struct names *l, const struct json_value *name) {
    int i = name->type == JSON_STRING ? name_at(c, l, name) : -2;
    if (i >= 0)
        l->name[i].needed = 1;
    return i == -1 ? -1 : 0;
}

static int need_all(struct compiler *c, struct names *l, const struct json_value *list) {
    const struct json_value *at = conj_first(list);
    if (list->type == JSON_STRING)
        return need(c, l, list);
    for (uint32_t i = 0; list->type == JSON_ARRAY && i < list->n; i++, at = json_next(at))
        if (need(c, l, at))
            return -1;
    return 0;
}

static int gather_names(struct compiler *c, const struct case_at *k, struct names *l) {
    const struct json_value *s;
    for (int i = -1; (s = way_next(k, &i));) {
        const struct json_value *map = json_find(s, "properties"), *at = conj_first(map);
        for (uint32_t j = 0; map && map->type == JSON_OBJECT && j < map->n; j++, at = json_next(at + 1))
            if (name_at(c, l, at) < 0)
                return -1;
    }
    for (int i = -1; (s = way_next(k, &i));) {
        const struct json_value *needed = json_find(s, "required");
        if (needed && needed->type == JSON_ARRAY && need_all(c, l, needed))
            return -1;
    }
    for (int i = 0; i < k->c->n_facts; i++) {
        const struct fact *f = &k->c->fact[i];
        if (f->kind == FACT_HAS && (f->n ? need_all(c, l, f->value) : need(c, l, f->value)))
            return -1;
        if (f->kind == FACT_MEMBER && name_at(c, l, f->value) < 0)
            return -1;
        if (f->kind == FACT_LACKS && f->value->type == JSON_STRING) {
            int at = name_at(c, l, f->value);
            if (at < 0)
                return -1;
            l->name[at].lacks = 1;
        }
    }
    return 0;
}

/* A member: declared, or of the other names those that match the patterns of BITS. */
struct member_of {
    const struct json_value *name; /* NULL: another name */
    const struct open_parts *p;
    uint32_t bits;
};

/* Does what holds beside U, and U itself, say what the member must be? */
static int evaluates(struct compiler *c, const struct case_at *k, int u, const struct member_of *m) {
    const struct json_value *name = m->name;
    const struct json_value *s;
    for (int j = -1; (s = way_next(k, &j));) {
        if (!conj_within(k->c, k->c->fact[j].n, k->c->fact[u].n))
            continue;
        if (json_find(s, "additionalProperties") || (j != u && json_find(s, "unevaluatedProperties")))
            return 1;
        const struct json_value *map = json_find(s, "properties"), *at = conj_first(map);
        const struct json_value *patterns = json_find(s, "patternProperties");
        for (uint32_t i = 0; name && map && map->type == JSON_OBJECT && i < map->n; i++, at = json_next(at + 1))
            if (same_name(at, name))
                return 1;
        at = conj_first(patterns);
        for (uint32_t i = 0; name && patterns && patterns->type == JSON_OBJECT && i < patterns->n; i++, at = json_next(at + 1))
            if (valid_pattern(c->s->valid, at) && (dfa_match(valid_pattern(c->s->valid, at), name->s, name->n) & 1))
                return 1;
        for (int i = 0; m->p && i < m->p->n_patterns; i++)
            if (m->p->schema[i] == s && (m->bits >> i & 1))
                return 1;
    }
    return 0;
}

/* Adds what the "unevaluatedProperties" of the case ask of it. */
static int ask_unevaluated(struct compiler *c, const struct case_at *k, const struct member_of *m, struct items *l) {
    const struct json_value *s;
    for (int j = -1; (s = way_next(k, &j));) {
        const struct json_value *v = json_find(s, "unevaluatedProperties");
        if (v && !evaluates(c, k, j, m) && items_add(c, l, v, 0))
            return -1;
    }
    return 0;
}

/* Adds what S asks of the member NAME: its own schema, those of the patterns that match, or what is asked of others. */
static int ask_member(struct compiler *c, const struct json_value *s, const struct json_value *name, struct items *l) {
    const struct json_value *map = json_find(s, "properties"), *patterns = json_find(s, "patternProperties");
    const struct json_value *others = json_find(s, "additionalProperties"), *at = conj_first(patterns);
    const struct json_value *own = map && map->type == JSON_OBJECT ? places_step(&c->s->refs.places, map, name->s, name->n) : NULL;
    int found = own != NULL;
    if (own && items_add(c, l, own, 0))
        return -1;
    for (uint32_t j = 0; patterns && patterns->type == JSON_OBJECT && j < patterns->n; j++, at = json_next(at + 1)) {
        const struct dfa *d = valid_pattern(c->s->valid, at);
        if (!d)
            return compile_fault(c, s, "patternProperties", "a pattern that is not supported");
        if (!(dfa_match(d, name->s, name->n) & 1))
            continue;
        found = 1;
        if (items_add(c, l, at + 1, 0))
            return -1;
    }
    return !found && others ? items_add(c, l, others, 0) : 0;
}

/* NULL: *c->e. */
static struct node *member_node(struct compiler *c, const struct case_at *k, const struct json_value *name) {
    struct items l = {0};
    const struct json_value *s;
    for (int i = -1; (s = way_next(k, &i));)
        if (ask_member(c, s, name, &l))
            return NULL;
    const struct member_of m = {name, NULL, 0};
    if (ask_unevaluated(c, k, &m, &l))
        return NULL;
    for (int i = 0; i < k->c->n_facts; i++) {
        const struct fact *f = &k->c->fact[i];
        if (f->kind == FACT_MEMBER && same_name(f->value, name) && items_add(c, &l, f->item.schema, f->item.not))
            return NULL;
    }
    return compile_node(c, l.item, l.n, k->up);
}

static int name_allowed(struct compiler *c, const struct case_at *k, const struct json_value *name) {
    const struct json_value *s;
    for (int i = -1; (s = way_next(k, &i));) {
        const struct json_value *names = json_find(s, "propertyNames");
        if (names && valid_check(c->s->valid, names, name, NULL) != 1)
            return 0;
    }
    return 1;
}

/* The name behind its opening quote, with its closing one, and the colon where WHOLE. */
static struct text *name_text(struct compiler *c, const struct json_value *name, int whole) {
    struct text_out o = {0};
    text_quote(&o, name->s, name->n);
    if (whole)
        text_str(&o, ": ");
    struct text *t = text_done(&o, c->e) ? NULL : compile_text(c, o.s + 1, o.n - 1);
    text_free(&o);
    return t;
}

/* Fills in the members; 1: the object cannot be, as one that is needed is forbidden. */
static int make_members(struct compiler *c, const struct case_at *k, const struct names *l, struct object *o) {
    o->member = compile_alloc(c, (size_t)l->n + 1, sizeof *o->member);
    if (!o->member)
        return -1;
    for (int i = 0; i < l->n; i++) {
        struct member m = {.name = l->name[i].s, .needed = (uint32_t)l->name[i].needed};
        if (l->name[i].lacks || !name_allowed(c, k, m.name)) {
            if (m.needed)
                return 1;
            continue;
        }
        if (!(m.text = name_text(c, m.name, 1)) || !(m.node = member_node(c, k, m.name)))
            return -1;
        o->member[o->n_members++] = m;
    }
    return 0;
}

/* ---- other names ---- */

static int add_part(struct compiler *c, struct open_parts *p, const struct dfa *d, const struct json_value *s, const struct json_value *v) {
    if (!d || p->n == DFA_MAX_PARTS - 1) /* one is kept for lengths */
        return compile_fault(c, s, v ? "patternProperties" : "propertyNames", d ? "too many that hold together" : "not supported");
    p->part[p->n] = d;
    p->schema[p->n] = s;
    p->value[p->n++] = v;
    return 0;
}

static int add_patterns(struct compiler *c, const struct case_at *k, struct open_parts *p) {
    const struct json_value *s;
    for (int i = -1; (s = way_next(k, &i));) {
        const struct json_value *patterns = json_find(s, "patternProperties"), *at = conj_first(patterns);
        for (uint32_t j = 0; patterns && patterns->type == JSON_OBJECT && j < patterns->n; j++, at = json_next(at + 1))
            if (add_part(c, p, valid_pattern(c->s->valid, at), s, at + 1))
                return -1;
    }
    p->n_patterns = p->n;
    return 0;
}

/* The language of names by themselves, where it can be told from the schema of strings that "propertyNames" is; a list of names becomes
 * declared ones. *listed: the others are none. */
static int add_name_schemas(struct compiler *c, const struct case_at *k, struct lang *names, int *listed) {
    const struct json_value *s;
    struct items l = {0};
    struct cases cases;
    for (int i = -1; (s = way_next(k, &i));) {
        const struct json_value *v = json_find(s, "propertyNames");
        if (v && items_add(c, &l, v, 0))
            return -1;
    }
    if (l.n == 0)
        return 0;
    if (conj_cases(&cases, &c->s->refs, c->s->valid, l.item, l.n, &c->scratch, c->e))
        return -1;
    int n = 0;
    for (int i = 0; i < cases.n; i++) {
        struct case_at at = {cases.one[i], 0};
        struct way w = {0};
        int values = way_values(c, &at, &w);
        if (values < 0 || (!values && way_string(c, &at, &w)))
            return -1;
        if (!w.string)
            continue;
        *names = w.string->lang;
        n++;
    }
    *listed = n == 0;
    return n <= 1 ? 0 : compile_fault(c, c->s->json.root, "propertyNames", "alternatives are not supported");
}

/* The values of a list of names, declared so that they can be written. */
static int declare_listed(struct compiler *c, const struct case_at *k, struct names *l) {
    const struct json_value *s;
    for (int i = -1; (s = way_next(k, &i));) {
        const struct json_value *names = json_find(s, "propertyNames");
        const struct json_value *list = names && names->type == JSON_OBJECT ? json_find(names, "enum") : NULL, *at = conj_first(list);
        for (uint32_t j = 0; list && list->type == JSON_ARRAY && j < list->n; j++, at = json_next(at))
            if (at->type == JSON_STRING && name_at(c, l, at) < 0)
                return -1;
    }
    return 0;
}

/* What a member must be whose name matches the patterns of BITS. */
static struct node *open_node(struct compiler *c, const struct case_at *k, const struct open_parts *p, uint32_t bits) {
    struct items l = {0};
    const struct json_value *s;
    for (int i = -1; (s = way_next(k, &i));) {
        const struct json_value *others = json_find(s, "additionalProperties");
        int found = 0;
        for (int j = 0; j < p->n_patterns; j++)
            if (p->schema[j] == s && (bits >> j & 1)) {
                found = 1;
                if (items_add(c, &l, p->value[j], 0))
                    return NULL;
            }
        if (!found && others && items_add(c, &l, others, 0))
            return NULL;
    }
    const struct member_of m = {NULL, p, bits};
    if (ask_unevaluated(c, k, &m, &l))
        return NULL;
    return compile_node(c, l.item, l.n, k->up);
}

/* Labels each state of the names' automaton with the node of the members whose names end there. */
static int label_names(struct compiler *c, const struct case_at *k, const struct open_parts *p, struct object *o, const struct dfa *d,
                       int32_t *label) {
    enum { OPEN_MOST = 64 };
    uint32_t own = (p->n == 32 ? UINT32_MAX : (UINT32_C(1) << p->n) - 1) & ~((UINT32_C(1) << p->n_patterns) - 1), seen[OPEN_MOST];
    for (uint32_t q = 0; q < d->n_states; q++) {
        uint32_t bits = d->matched[q] & ((UINT32_C(1) << p->n_patterns) - 1), i = 0;
        label[q] = -1;
        if ((d->matched[q] & own) != own)
            continue;
        while (i < o->n_open && seen[i] != bits)
            i++;
        if (i == o->n_open) {
            if (i == OPEN_MOST)
                return compile_fault(c, p->schema[0], "patternProperties", "too many ways to match them");
            seen[i] = bits;
            if (!(o->open[o->n_open++] = open_node(c, k, p, bits)))
                return -1;
        }
        label[q] = (int32_t)i;
    }
    return 0;
}

static int make_open(struct compiler *c, const struct case_at *k, struct object *o) {
    struct open_parts p = {.n = 0};
    struct lang names = {.max = (uint32_t)c->s->caps.string};
    int listed = 0;
    if (add_patterns(c, k, &p) || add_name_schemas(c, k, &names, &listed))
        return -1;
    o->open = compile_alloc(c, 64, sizeof *o->open);
    if (!o->open || listed)
        return listed ? 0 : -1;
    struct lang *l = &o->name.lang;
    *l = (struct lang){.min = names.min, .max = names.max};
    if (names.dfa) { /* with its labels as a condition: 0 or more where it holds */
        struct dfa *d = compile_alloc(c, 1, sizeof *d);
        uint32_t *matched = compile_alloc(c, names.dfa->n_states, sizeof *matched);
        if (!d || !matched)
            return -1;
        *d = *names.dfa;
        for (uint32_t q = 0; q < d->n_states; q++)
            matched[q] = names.label[q] >= 0;
        d->matched = matched;
        if (add_part(c, &p, d, c->s->json.root, NULL))
            return -1;
    }
    if (p.n == 0 && l->max >= LANG_SHORT) {
        o->n_open = 1;
        return (o->open[0] = open_node(c, k, &p, 0)) ? 0 : -1;
    }
    if (l->min > 0 || l->max < LANG_SHORT) {
        if (add_part(c, &p, way_lengths(c, l->min, l->max), c->s->json.root, NULL))
            return -1;
        l->min = 0;
    }
    struct dfa *d = compile_alloc(c, 1, sizeof *d);
    struct err why;
    if (!d)
        return -1;
    if (dfa_product(d, p.part, p.n, &c->s->mem, &why))
        return compile_fault(c, p.schema[0], "patternProperties", why.text);
    int32_t *label = compile_alloc(c, d->n_states, sizeof *label);
    if (!label || label_names(c, k, &p, o, d, label))
        return -1;
    l->dfa = d;
    l->label = label;
    return 0; /* measured once it is known which nodes can be */
}

/* ---- the whole ---- */

static void read_counts(const struct case_at *k, int64_t *min, int64_t *max) {
    const struct json_value *s, *v;
    int64_t n;
    for (int i = -1; (s = way_next(k, &i));) {
        if ((v = json_find(s, "minProperties")) && conj_count(v, &n) && n > *min)
            *min = n;
        if ((v = json_find(s, "maxProperties")) && conj_count(v, &n) && n < *max)
            *max = n;
    }
    for (int i = 0; i < k->c->n_facts; i++) {
        const struct fact *f = &k->c->fact[i];
        if (f->kind == FACT_MEMBERS_MIN && f->n > *min)
            *min = f->n;
        if (f->kind == FACT_MEMBERS_MAX && f->n < *max)
            *max = f->n;
        const struct json_value *at = f->kind != FACT_OTHER_THAN ? NULL : f->n ? f->value : conj_first(f->value);
        for (uint32_t j = 0, count = at ? f->n ? 1 : f->value->n : 0; j < count; j++, at = json_next(at))
            if (at->type == JSON_OBJECT && (int64_t)at->n + 1 > *min) /* larger than any that it may not be */
                *min = (int64_t)at->n + 1;
    }
}

int way_object(struct compiler *c, const struct case_at *k, struct way *w) {
    struct names l = {0};
    int64_t min = 0, max = INT32_MAX;
    if (!(k->c->types & T_OBJECT) || k->up == 0)
        return 0;
    read_counts(k, &min, &max);
    if (min > max)
        return 0;
    struct object *o = compile_alloc(c, 1, sizeof *o);
    if (!o || gather_names(c, k, &l) || declare_listed(c, k, &l))
        return -1;
    o->id = c->s->n_objects++;
    o->min = min < INT32_MAX ? (uint32_t)min : INT32_MAX;
    o->max = (uint32_t)max;
    int r = make_members(c, k, &l, o);
    if (r || make_open(c, k, o))
        return r == 1 ? 0 : -1;
    if (o->n_open > 0 && o->min > o->n_members + PARTS_OTHERS)
        return compile_fault(c, c->s->json.root, "minProperties", "more than can be generated");
    struct text **refused = arena_alloc(&c->scratch, (size_t)l.n + 1, sizeof *refused, c->e);
    if (!refused)
        return -1;
    for (int i = 0; i < l.n; i++)
        if (!(refused[i] = name_text(c, l.name[i].s, 0)))
            return -1;
    if (compile_texts(c, &o->refused, refused, (uint32_t)l.n))
        return -1;
    w->object = o;
    return 0;
}
