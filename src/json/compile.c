/* Compiling a schema: a node for the root, nodes for what is in it, until there are no new ones; then what cannot be is taken out. */
#include "json/compile.h"

#include <stdlib.h>
#include <string.h>

#include "json/number.h"
#include "json/parts.h"
#include "json/spell.h"

struct node_key {
    struct item *item; /* [n] in order */
    int n, up;
    uint64_t hash;
};

/* ---- memory and messages ---- */

void *compile_alloc(struct compiler *c, size_t n, size_t size) {
    return arena_alloc(&c->s->mem, n ? n : 1, size, c->e);
}

int compile_fault(struct compiler *c, const struct json_value *schema, const char *keyword, const char *why) {
    return refs_fault(&c->s->refs, schema, keyword, c->e, "%s", why);
}

int items_add(struct compiler *c, struct items *l, const struct json_value *schema, int not) {
    struct item *grown = arena_grow(&c->scratch, l->item, l->n, &l->cap, sizeof *grown, c->e);
    if (!grown)
        return -1;
    l->item = grown;
    l->item[l->n++] = conj_item(schema, not);
    return 0;
}

static uint64_t hash_bytes(const void *p, size_t n) {
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (const unsigned char *b = p; n > 0; n--, b++)
        h = (h ^ *b) * UINT64_C(0x100000001b3);
    return h ^ h >> 31;
}

/* ---- texts ---- */

static int grow_texts(struct compiler *c) {
    uint32_t n = c->n_text_slots ? 2 * c->n_text_slots : 256;
    struct text **slot = arena_alloc(&c->scratch, n, sizeof *slot, c->e);
    struct text **text = compile_alloc(c, n, sizeof *text);
    if (!slot || !text)
        return -1;
    for (uint32_t i = 0; i < c->s->n_texts; i++) {
        struct text *t = c->s->text[i];
        uint32_t at = (uint32_t)hash_bytes(t->s, t->n) & (n - 1);
        while (slot[at])
            at = (at + 1) & (n - 1);
        slot[at] = t;
        text[i] = t;
    }
    c->text_slot = slot;
    c->n_text_slots = n;
    c->s->text = text;
    return 0;
}

struct text *compile_text(struct compiler *c, const char *s, size_t n) {
    if (2 * c->s->n_texts >= c->n_text_slots && grow_texts(c))
        return NULL;
    uint32_t at = (uint32_t)hash_bytes(s, n) & (c->n_text_slots - 1);
    for (; c->text_slot[at]; at = (at + 1) & (c->n_text_slots - 1))
        if (c->text_slot[at]->n == n && memcmp(c->text_slot[at]->s, s, n) == 0)
            return c->text_slot[at];
    if (c->s->n_texts == TEXTS_MOST || n >= UINT16_MAX)
        return compile_fault(c, c->s->json.root, "", "too much text in names and enums"), NULL;
    struct text *t = compile_alloc(c, 1, sizeof *t);
    char *copy = t ? compile_alloc(c, n + 1, 1) : NULL;
    if (!copy)
        return NULL;
    *t = (struct text){memcpy(copy, s, n), (uint32_t)n, c->s->n_texts};
    c->text_slot[at] = t;
    c->s->text[c->s->n_texts++] = t;
    return t;
}

static int compare_texts(const void *a, const void *b) {
    const struct text *x = *(const struct text *const *)a, *y = *(const struct text *const *)b;
    int r = memcmp(x->s, y->s, x->n < y->n ? x->n : y->n);
    return r ? r : (x->n > y->n) - (x->n < y->n);
}

int compile_texts(struct compiler *c, struct texts *t, struct text **text, uint32_t n) {
    const struct text **copy = compile_alloc(c, n, sizeof *copy);
    if (!copy)
        return -1;
    t->n = 0;
    if (n > 0)
        qsort(text, n, sizeof *text, compare_texts);
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || text[i] != text[i - 1])
            copy[t->n++] = text[i];
    t->text = copy;
    return 0;
}

/* ---- nodes ---- */

static int compare_items(const void *a, const void *b) {
    const struct item *x = a, *y = b;
    return x->schema != y->schema ? (x->schema > y->schema) - (x->schema < y->schema) : x->not - y->not;
}

static uint64_t hash_key(const struct item *item, int n, int up) {
    uint64_t h = (uint64_t)up * 31 + (uint64_t)n;
    for (int i = 0; i < n; i++)
        h = (h ^ item[i].schema->offset) * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)item[i].not + (h >> 29);
    return h;
}

static int same_key(const struct node_key *k, const struct item *item, int n, int up) {
    if (k->n != n || k->up != up)
        return 0;
    for (int i = 0; i < n; i++)
        if (k->item[i].schema != item[i].schema || k->item[i].not != item[i].not)
            return 0;
    return 1;
}

static int grow_nodes(struct compiler *c) {
    uint32_t cap = c->cap_nodes ? 2 * c->cap_nodes : 64;
    struct node **node = compile_alloc(c, cap, sizeof *node);
    struct node_key **key = arena_alloc(&c->scratch, cap, sizeof *key, c->e);
    uint32_t *slot = arena_alloc(&c->scratch, 2 * (size_t)cap, sizeof *slot, c->e);
    if (!node || !key || !slot)
        return -1;
    for (uint32_t i = 0; i < c->s->n_nodes; i++) {
        uint32_t at = (uint32_t)c->key[i]->hash & (2 * cap - 1);
        while (slot[at])
            at = (at + 1) & (2 * cap - 1);
        slot[at] = i + 1;
        node[i] = c->s->node[i];
        key[i] = c->key[i];
    }
    c->s->node = node;
    c->key = key;
    c->slot = slot;
    c->n_slots = 2 * cap;
    c->cap_nodes = cap;
    return 0;
}

/* Items that say nothing are left out; how deep values may nest counts only where none are left. */
struct node *compile_node(struct compiler *c, const struct item *item, int n, int up) {
    struct node_key *k = arena_alloc(&c->scratch, 1, sizeof *k, c->e);
    struct item *own = k ? arena_alloc(&c->scratch, (size_t)n + 1, sizeof *own, c->e) : NULL;
    if (!own || (c->s->n_nodes == c->cap_nodes && grow_nodes(c)))
        return NULL;
    int kept = 0, any = 0;
    for (int i = 0; i < n; i++)
        if (item[i].not || !conj_says_nothing(item[i].schema))
            own[kept++] = item[i];
    if (kept == 1) /* all that refer to one place have one node; several stay in the order in which they stand */
        own[0].schema = conj_meant(&c->s->refs, own[0].schema);
    if (kept == 1 && !own[0].not && conj_says_nothing(own[0].schema))
        kept = 0;
    if (kept > 0)
        qsort(own, (size_t)kept, sizeof *own, compare_items);
    for (int i = 0; i < kept; i++)
        if (i == 0 || compare_items(&own[i], &own[any - 1]) != 0)
            own[any++] = own[i];
    *k = (struct node_key){own, any, any ? c->s->caps.depth + 1 : up, 0};
    k->hash = hash_key(own, any, k->up);
    uint32_t at = (uint32_t)k->hash & (c->n_slots - 1);
    for (; c->slot[at]; at = (at + 1) & (c->n_slots - 1))
        if (same_key(c->key[c->slot[at] - 1], own, any, k->up))
            return c->s->node[c->slot[at] - 1];
    if (c->s->n_nodes == NODES_MOST)
        return compile_fault(c, c->s->json.root, "", "too many combinations of subschemas"), NULL;
    struct node *node = compile_alloc(c, 1, sizeof *node);
    if (!node)
        return NULL;
    node->id = c->s->n_nodes;
    c->slot[at] = node->id + 1;
    c->key[node->id] = k;
    c->s->node[c->s->n_nodes++] = node;
    return node;
}

static int has_part(const struct way *w) {
    return w->values.n || w->number || w->string || w->array || w->object;
}

static int make_way(struct compiler *c, const struct case_at *k, struct way *w) {
    int listed = way_values(c, k, w);
    if (listed)
        return listed < 0 ? -1 : 0;
    return way_number(c, k, w) || way_string(c, k, w) || way_array(c, k, w) || way_object(c, k, w) ? -1 : 0;
}

static int make_node(struct compiler *c, uint32_t id) {
    const struct node_key *k = c->key[id];
    struct node *node = c->s->node[id];
    struct cases cases;
    if (conj_cases(&cases, &c->s->refs, c->s->valid, k->item, k->n, &c->cases, c->e))
        return -1;
    if (cases.narrowed)
        c->narrowed = cases.narrowed;
    struct way *way = compile_alloc(c, (size_t)cases.n, sizeof *way);
    if (!way)
        return -1;
    for (int i = 0; i < cases.n; i++) {
        struct case_at at = {cases.one[i], k->up - 1};
        if (make_way(c, &at, &way[node->n_ways]))
            return -1;
        if (has_part(&way[node->n_ways]))
            node->n_ways++;
        else
            way[node->n_ways] = (struct way){0};
    }
    node->way = way;
    if (cases.n > 1) /* most nodes have one, which takes little */
        arena_free(&c->cases);
    return 0;
}

/* ---- taking out what cannot be ---- */

static int can_be(const struct parts *p, const struct node *node) {
    return node && p->node[node->id].cost != PARTS_NEVER;
}

static void prune_array(const struct parts *p, struct array *a) {
    if (a->rest && !can_be(p, a->rest))
        a->rest = NULL;
    for (uint32_t i = 0; i < a->n_prefix; i++)
        if (!can_be(p, a->prefix[i]) && i < a->max)
            a->max = i;
    if (!a->rest && a->n_prefix < a->max)
        a->max = a->n_prefix;
}

static int prune_object(struct compiler *c, const struct parts *p, struct object *o) {
    uint32_t n = 0, was_open = o->n_open;
    int32_t open = 0, to[64];
    for (uint32_t i = 0; i < o->n_members; i++)
        if (o->member[i].needed || can_be(p, o->member[i].node))
            o->member[n++] = o->member[i];
    o->n_members = n;
    for (uint32_t i = 0; i < o->n_open; i++) {
        to[i] = can_be(p, o->open[i]) ? open : -1;
        if (to[i] >= 0)
            o->open[open++] = o->open[i];
    }
    o->n_open = (uint32_t)open;
    struct lang *l = &o->name.lang;
    if (!l->dfa || o->n_open == was_open)
        return 0; /* measured already, with the same labels */
    int32_t *label = compile_alloc(c, l->dfa->n_states, sizeof *label);
    if (!label)
        return -1;
    for (uint32_t q = 0; q < l->dfa->n_states; q++)
        label[q] = l->label[q] < 0 ? -1 : to[l->label[q]];
    l->label = label;
    return lang_measure(l, 1, &c->s->mem, c->e);
}

static int compare_members(const void *a, const void *b) {
    const struct member *const *x = a, *const *y = b;
    return compare_texts(&(*x)->text, &(*y)->text);
}

static int order_members(struct compiler *c, struct object *o) {
    o->by_text = compile_alloc(c, o->n_members, sizeof *o->by_text);
    o->needed_from = compile_alloc(c, o->n_members + 1, sizeof *o->needed_from);
    const struct member **sorted = arena_alloc(&c->scratch, o->n_members, sizeof *sorted, c->e);
    if (!o->by_text || !o->needed_from || !sorted)
        return -1;
    for (uint32_t i = 0; i < o->n_members; i++)
        sorted[i] = &o->member[i];
    qsort(sorted, o->n_members, sizeof *sorted, compare_members);
    for (uint32_t i = 0; i < o->n_members; i++)
        o->by_text[i] = (uint32_t)(sorted[i] - o->member);
    for (uint32_t i = o->n_members; i-- > 0;)
        o->needed_from[i] = o->needed_from[i + 1] + o->member[i].needed;
    return 0;
}

/* Names that the language of other names does not have need not be refused. */
static void trim_refused(struct object *o) {
    const struct lang *l = &o->name.lang;
    const struct text **text = o->refused.text;
    uint32_t n = 0;
    if (o->n_open == 0)
        o->refused.n = 0;
    for (uint32_t i = 0; i < o->refused.n; i++) {
        struct spelling s;
        uint32_t k = 0;
        spell_start(l, &s);
        while (k + 1 < text[i]->n && spell_step(l, &s, (unsigned char)text[i]->s[k]))
            k++;
        if (k + 1 == text[i]->n && spell_may_end(l, &s))
            text[n++] = text[i];
    }
    o->refused.n = n;
}

static int each_object(struct compiler *c, int (*visit)(struct compiler *c, struct object *o)) {
    for (uint32_t i = 0; i < c->s->n_nodes; i++)
        for (uint32_t j = 0; j < c->s->node[i]->n_ways; j++) {
            struct object *o = c->s->node[i]->way[j].object;
            if (o && visit(c, o))
                return -1;
        }
    return 0;
}

static int measure_names(struct compiler *c, struct object *o) {
    return o->name.lang.dfa && lang_measure(&o->name.lang, 1, &c->s->mem, c->e) ? -1 : order_members(c, o);
}

static int finish_object(struct compiler *c, struct object *o) {
    trim_refused(o);
    return order_members(c, o);
}

/* The elements of a set: how many different ones there are at least, PARTS_OTHERS + 1 for more. -1: it has arrays or objects. */
static int64_t count_values(struct compiler *c, const struct node *node) {
    int64_t most = 0;
    for (uint32_t i = 0; i < node->n_ways; i++) {
        const struct way *w = &node->way[i];
        int64_t n = w->values.n;
        if (w->array || w->object)
            return -1;
        for (uint32_t j = 0; j < w->values.n; j++)
            if (w->values.text[j]->s[0] == '{' || w->values.text[j]->s[0] == '[')
                return -1;
        if (w->string) {
            struct lang *l = &w->string->lang;
            if (!(l->dfa && l->count) && way_countable(c, l))
                return -2;
            n += l->dfa ? lang_count(l, l->dfa->start, LANG_COUNTED) : PARTS_OTHERS + 1;
        }
        if (w->number)
            n += numbers_count(w->number, PARTS_OTHERS + 1);
        most = n > most ? n : most;
    }
    return most < PARTS_OTHERS ? most : PARTS_OTHERS;
}

static int make_set(struct compiler *c, struct array *a) {
    int64_t n = a->n_prefix || !a->rest ? -1 : count_values(c, a->rest);
    if (n == -2)
        return -1;
    if (n < 0) { /* what is not understood is kept short */
        a->unique = 0;
        n = 1;
    }
    if (n < (int64_t)a->max)
        a->max = (uint32_t)n;
    return 0;
}

static int prune(struct compiler *c) {
    struct parts p = {0};
    int r = each_object(c, measure_names) || parts_open(&p, c->s, NULL, NULL, c->e) ? -1 : 0;
    for (uint32_t i = 0; i < c->s->n_nodes && !r; i++) {
        struct node *node = c->s->node[i];
        for (uint32_t j = 0; j < node->n_ways && !r; j++) {
            if (node->way[j].array)
                prune_array(&p, node->way[j].array);
            if (node->way[j].object)
                r = prune_object(c, &p, node->way[j].object);
        }
    }
    for (uint32_t i = 0; i < c->s->n_nodes && !r; i++)
        for (uint32_t j = 0; j < c->s->node[i]->n_ways && !r; j++) {
            struct array *a = c->s->node[i]->way[j].array;
            if (a && a->unique)
                r = make_set(c, a);
        }
    parts_close(&p);
    return r ? r : each_object(c, finish_object);
}

static int check_root(struct compiler *c) {
    struct parts p;
    char at[200] = "";
    int r = parts_open(&p, c->s, NULL, NULL, c->e);
    if (r == 0 && !can_be(&p, c->s->root)) {
        if (c->narrowed)
            refs_pointer(&c->s->refs, c->narrowed, at, sizeof at);
        r = refs_fault(&c->s->refs, c->s->json.root, "", c->e, c->narrowed ? "nothing can be generated: not all of %s is supported"
                       : "no document satisfies it%s", at);
    }
    parts_close(&p);
    return r;
}

/* ---- the whole ---- */

static int compile(struct compiler *c) {
    struct schema *s = c->s;
    struct item root = conj_item(s->json.root, 0);
    if (!(s->comma = compile_text(c, ", ", 2)) || !(s->colon = compile_text(c, ": ", 2)))
        return -1;
    if (!(s->root = compile_node(c, &root, 1, s->caps.depth + 1)))
        return -1;
    for (uint32_t i = 0; i < s->n_nodes; i++)
        if (make_node(c, i))
            return -1;
    return prune(c) || check_root(c) ? -1 : 0;
}

/* Strikes out what the document's dialect does not read, so that nobody has to ask. */
static void strike_ignored(struct schema *s) {
    for (size_t i = 0; i < s->refs.n_schemas; i++) {
        const struct json_value *schema = s->refs.schema[i];
        struct json_value *key = s->json.root + (schema - s->json.root) + 1;
        for (uint32_t k = 0; k < schema->n; k++, key += 1 + key[1].span)
            if (valid_ignores(&s->refs, key)) {
                key->s = "";
                key->n = 0;
            }
    }
}

int schema_open(struct schema *s, const char *name, const char *text, size_t n, const struct schema_caps *caps, struct err *e) {
    struct compiler c = {.s = s, .e = e};
    *s = (struct schema){.caps = *caps};
    if (json_open(&s->json, name, ERR_SCHEMA, text, n, e))
        return -1;
    int r = refs_open(&s->refs, &s->json, e) || valid_open(&s->valid, &s->refs, e) ? -1 : 0;
    if (r == 0) {
        strike_ignored(s);
        r = compile(&c);
    }
    arena_free(&c.cases);
    arena_free(&c.scratch);
    if (r)
        schema_close(s);
    return r;
}

void schema_close(struct schema *s) {
    if (s->valid)
        valid_close(s->valid);
    refs_close(&s->refs);
    json_close(&s->json);
    arena_free(&s->mem);
    *s = (struct schema){0};
}
