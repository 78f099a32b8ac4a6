/* The cheapest completions, by relaxation over the nodes: a node costs what the cheapest of its ways does, a way what its cheapest part. */
#include "json/parts.h"

#include <stdlib.h>

#include "json/spell.h"

uint32_t parts_sum(uint32_t a, uint32_t b) {
    return a == PARTS_NEVER || b == PARTS_NEVER || a > PARTS_NEVER - 1 - b ? PARTS_NEVER : a + b;
}

static uint32_t times(uint32_t a, uint32_t n) {
    return n == 0 ? 0 : a > (PARTS_NEVER - 1) / n ? PARTS_NEVER : a * n;
}

static uint32_t text_cost(const struct parts *p, const struct text *t) {
    return p->least[t->id][0];
}

static uint32_t comma(const struct parts *p) {
    return text_cost(p, p->s->comma);
}

/* ---- strings that are told from others ---- */

/* A string's bytes, with its closing quote, as frame_apart_left bounds them where OTHERS are taken. */
static uint32_t apart_cost(const struct lang *l, uint32_t others) {
    struct spelling s;
    spell_start(l, &s);
    uint32_t least = spell_left(l, &s);
    if (least == SPELL_NEVER || others == 0 || !l->dfa)
        return least == SPELL_NEVER ? PARTS_NEVER : others ? least + 3 : least;
    for (uint32_t k = 0; k <= LANG_COUNTED; k++)
        if (lang_count(l, l->dfa->start, k) > others)
            return 6 * k + 1 > least ? 6 * k + 1 : least;
    return PARTS_NEVER;
}

/* ---- arrays ---- */

const struct node *parts_element_node(const struct array *a, uint32_t i) {
    return i < a->n_prefix ? a->prefix[i] : a->rest;
}

/* In a set: any text of an enum may be the last that is left, and others may have taken the shorter strings and numbers. */
static uint32_t unique_cost(const struct parts *p, const struct node *node) {
    uint32_t most = 0, least = p->node[node->id].cost;
    for (uint32_t i = 0; i < node->n_ways; i++) {
        const struct texts *values = &node->way[i].values;
        for (uint32_t j = 0; j < values->n; j++) {
            uint32_t c = text_cost(p, values->text[j]);
            most = c > most ? c : most;
        }
        const struct lang *l = node->way[i].string ? &node->way[i].string->lang : NULL;
        if (l && l->dfa && l->count) {
            uint32_t all = lang_count(l, l->dfa->start, LANG_COUNTED), c = apart_cost(l, all < PARTS_OTHERS ? all - (all > 0) : PARTS_OTHERS);
            most = c > most && c != PARTS_NEVER ? c : most;
        }
    }
    return parts_sum(least > most ? least : most, 16);
}

uint32_t parts_element(const struct parts *p, const struct array *a, uint32_t i) {
    const struct node *node = parts_element_node(a, i);
    return !node ? PARTS_NEVER : a->unique ? unique_cost(p, node) : p->node[node->id].cost;
}

uint32_t parts_array_rest(const struct parts *p, const struct array *a, uint32_t n) {
    uint32_t sum = 1;
    for (; n < a->min && n < a->n_prefix; n++)
        sum = parts_sum(sum, parts_sum(comma(p), parts_element(p, a, n)));
    if (n < a->min)
        sum = parts_sum(sum, times(parts_sum(comma(p), parts_element(p, a, n)), a->min - n));
    return sum;
}

/* ---- objects ---- */

uint32_t parts_member(const struct parts *p, const struct member *m) {
    return parts_sum(1 + text_cost(p, m->text), p->node[m->node->id].cost);
}

uint32_t parts_open_value(const struct parts *p, const struct object *o) {
    uint32_t most = 0;
    for (uint32_t i = 0; i < o->n_open; i++) {
        uint32_t c = p->node[o->open[i]->id].cost;
        most = c > most ? c : most;
    }
    return parts_sum(text_cost(p, p->s->colon), most);
}

uint32_t parts_open_member(const struct parts *p, const struct object *o, uint32_t used) {
    if (o->n_open == 0)
        return PARTS_NEVER;
    uint32_t name = parts_sum(apart_cost(&o->name.lang, o->refused.n + used), 1);
    return parts_sum(name, parts_open_value(p, o));
}

/* The K cheapest members among AT, AT + 1 ... that need not be there, and what they are short of of others, each behind a comma. */
static uint32_t fill(const struct parts *p, const struct object *o, const struct place_in *in, uint32_t k) {
    uint32_t sum = 0, done = 0, floor = 0;
    while (done < k) { /* cost by cost, from the least on: the members of one cost are counted */
        uint32_t least = PARTS_NEVER, n = 0;
        for (uint32_t i = in->at; i < o->n_members; i++) {
            uint32_t c = o->member[i].needed ? PARTS_NEVER : parts_member(p, &o->member[i]);
            if (c == PARTS_NEVER || c < floor)
                continue;
            n = c < least ? 1 : n + (c == least);
            least = c < least ? c : least;
        }
        if (n == 0)
            break;
        n = n < k - done ? n : k - done;
        sum = parts_sum(sum, times(parts_sum(comma(p), least), n));
        done += n;
        floor = least + 1;
    }
    for (uint32_t used = in->used; done < k && sum != PARTS_NEVER; done++, used++)
        sum = parts_sum(sum, parts_sum(comma(p), parts_open_member(p, o, used)));
    return sum;
}

uint32_t parts_object_rest(const struct parts *p, const struct object *o, const struct place_in *in) {
    uint32_t sum = parts_sum(p->needed[o->id][in->at], 1), there = in->n + o->needed_from[in->at];
    return there >= o->min ? sum : parts_sum(sum, fill(p, o, in, o->min - there));
}

/* How many members of other names there may still be, at least. */
static uint32_t open_room(const struct parts *p, const struct object *o, uint32_t used) {
    const struct lang *l = &o->name.lang;
    if (used >= PARTS_OTHERS || parts_open_member(p, o, used) == PARTS_NEVER)
        return 0;
    uint32_t n = l->dfa ? lang_count(l, l->dfa->start, LANG_COUNTED) : UINT32_MAX, taken = o->refused.n + used;
    return n <= taken ? 0 : n - taken < PARTS_OTHERS - used ? n - taken : PARTS_OTHERS - used;
}

/* Whether there are enough of those that need not be there. */
static int enough_left(const struct parts *p, const struct object *o, const struct place_in *in) {
    if (o->min <= in->n + o->needed_from[in->at])
        return 1;
    uint32_t can = in->n + open_room(p, o, in->used);
    for (uint32_t i = in->at; i < o->n_members; i++)
        can += p->node[o->member[i].node->id].cost != PARTS_NEVER;
    return can >= o->min;
}

int parts_may_member(const struct parts *p, const struct object *o, uint32_t i, const struct place_in *in) {
    const struct part *node = &p->node[o->member[i].node->id];
    if (i < in->at || o->needed_from[in->at] > o->needed_from[i] || node->cost == PARTS_NEVER)
        return 0;
    const struct place_in next = {i + 1, in->n + 1, in->used, in->depth};
    return next.n + o->needed_from[i + 1] <= o->max && in->depth + node->height <= SCHEMA_DEPTH && enough_left(p, o, &next);
}

int parts_may_open(const struct parts *p, const struct object *o, const struct place_in *in) {
    if (o->needed_from[in->at] > 0 || in->n >= o->max || open_room(p, o, in->used) == 0)
        return 0;
    for (uint32_t i = 0; i < o->n_open; i++)
        if (in->depth + p->node[o->open[i]->id].height > SCHEMA_DEPTH)
            return 0;
    const struct place_in next = {in->at, in->n + 1, in->used + 1, in->depth};
    return enough_left(p, o, &next);
}

/* ---- nodes ---- */

static void offer(struct part *best, uint32_t cost, uint32_t height) {
    if (cost < best->cost || (cost == best->cost && height < best->height))
        *best = (struct part){cost, height};
}

static uint32_t element_height(const struct parts *p, const struct array *a) {
    uint32_t most = 0;
    for (uint32_t i = 0; i < a->min && i <= a->n_prefix; i++) {
        const struct node *node = parts_element_node(a, i);
        uint32_t h = node ? p->node[node->id].height : 0;
        most = h > most ? h : most;
    }
    return most;
}

static uint32_t array_cost(const struct parts *p, const struct array *a) {
    if (a->min == 0)
        return 2;
    uint32_t all = parts_array_rest(p, a, 0); /* a comma too many */
    return all == PARTS_NEVER || a->min > a->max ? PARTS_NEVER : all - comma(p) + 1;
}

static uint32_t member_height(const struct parts *p, const struct object *o) {
    uint32_t most = 0;
    for (uint32_t i = 0; i < o->n_members; i++) {
        const struct part *node = &p->node[o->member[i].node->id];
        if (node->cost != PARTS_NEVER && (o->member[i].needed || o->min > o->needed_from[0]) && node->height > most)
            most = node->height;
    }
    for (uint32_t i = 0; i < o->n_open && o->min > o->needed_from[0]; i++)
        most = p->node[o->open[i]->id].height > most ? p->node[o->open[i]->id].height : most;
    return most;
}

static uint32_t object_cost(struct parts *p, const struct object *o) {
    uint32_t *needed = p->needed[o->id];
    needed[o->n_members] = 0;
    for (uint32_t i = o->n_members; i-- > 0;)
        needed[i] = !o->member[i].needed ? needed[i + 1] : parts_sum(needed[i + 1], parts_sum(comma(p), parts_member(p, &o->member[i])));
    if (o->needed_from[0] > o->max || o->min > o->max || !enough_left(p, o, &(struct place_in){0}))
        return PARTS_NEVER;
    uint32_t all = parts_object_rest(p, o, &(struct place_in){0}), none = o->needed_from[0] == 0 && o->min == 0;
    return none ? 2 : all == PARTS_NEVER ? PARTS_NEVER : all - comma(p) + 1;
}

static struct part way_cost(struct parts *p, const struct way *w) {
    struct part best = {PARTS_NEVER, 0};
    for (uint32_t i = 0; i < w->values.n; i++)
        offer(&best, text_cost(p, w->values.text[i]), 0);
    if (w->string) {
        struct spelling s;
        spell_start(&w->string->lang, &s);
        offer(&best, parts_sum(spell_left(&w->string->lang, &s), 1), 0);
    }
    if (w->number) {
        struct number x = {0};
        int bytes = number_reach(w->number, &x, NULL, 0);
        offer(&best, bytes == NUMBER_NEVER ? PARTS_NEVER : (uint32_t)bytes, 0);
    }
    if (w->array)
        offer(&best, array_cost(p, w->array), 1 + element_height(p, w->array));
    if (w->object)
        offer(&best, object_cost(p, w->object), 1 + member_height(p, w->object));
    return best;
}

/* Costs only fall, and settle: an unsettled round makes one node cheaper by what its cheapest completion needs, at most as deep as
 * there are nodes. */
static void settle(struct parts *p) {
    int changed = 1;
    for (uint32_t round = 0; changed && round < p->s->n_nodes + 2; round++) {
        changed = 0;
        for (uint32_t i = p->s->n_nodes; i-- > 0;) {
            const struct node *node = p->s->node[i];
            for (uint32_t j = 0; j < node->n_ways; j++) {
                struct part was = p->node[i];
                p->way[i][j] = way_cost(p, &node->way[j]);
                offer(&p->node[i], p->way[i][j].cost, p->way[i][j].height);
                changed |= p->node[i].cost != was.cost || p->node[i].height != was.height;
            }
        }
    }
}

static int measure_texts(struct parts *p, machine_cost *cost, void *ctx, struct err *e) {
    size_t all = 0;
    for (uint32_t i = 0; i < p->s->n_texts; i++)
        all += p->s->text[i]->n + 1;
    uint16_t *least = arena_alloc(&p->mem, all + 1, sizeof *least, e);
    p->least = arena_alloc(&p->mem, p->s->n_texts + 1, sizeof *p->least, e);
    if (!least || !p->least)
        return -1;
    for (uint32_t i = 0; i < p->s->n_texts; i++) {
        const struct text *t = p->s->text[i];
        if (cost)
            cost(ctx, t->s, t->n, least);
        for (uint32_t k = 0; k <= t->n; k++)
            if (!cost || k == t->n)
                least[k] = (uint16_t)(t->n - k < UINT16_MAX ? t->n - k : UINT16_MAX);
        p->least[i] = least;
        least += t->n + 1;
    }
    return 0;
}

int parts_open(struct parts *p, const struct schema *s, machine_cost *cost, void *ctx, struct err *e) {
    *p = (struct parts){.s = s};
    p->node = arena_alloc(&p->mem, s->n_nodes, sizeof *p->node, e);
    p->way = p->node ? arena_alloc(&p->mem, s->n_nodes, sizeof *p->way, e) : NULL;
    p->needed = p->way ? arena_alloc(&p->mem, s->n_objects + 1, sizeof *p->needed, e) : NULL;
    if (!p->needed || measure_texts(p, cost, ctx, e))
        return -1;
    for (uint32_t i = 0; i < s->n_nodes; i++) {
        const struct node *node = s->node[i];
        p->node[i] = (struct part){PARTS_NEVER, 0};
        if (!(p->way[i] = arena_alloc(&p->mem, node->n_ways + 1, sizeof *p->way[i], e)))
            return -1;
        for (uint32_t j = 0; j < node->n_ways; j++) {
            const struct object *o = node->way[j].object;
            if (o && !(p->needed[o->id] = arena_alloc(&p->mem, o->n_members + 1, sizeof **p->needed, e)))
                return -1;
        }
    }
    settle(p);
    return 0;
}

void parts_close(struct parts *p) {
    arena_free(&p->mem);
}
