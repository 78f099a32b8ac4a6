/* Whole sets of tokens into a walk's mask, or out of it. */
#include "json/walk.h"

#include <string.h>

enum { FEW = 8 }; /* a share of the plain tokens: to try fewer one by one takes less than to make a set */

static uint32_t count_bits(uint32_t x) {
    x -= x >> 1 & 0x55555555;
    x = (x & 0x33333333) + (x >> 2 & 0x33333333);
    return ((x + (x >> 4)) & 0x0f0f0f0f) * 0x01010101u >> 24;
}

void walk_take_set(struct walk *w, const uint32_t *set, uint32_t n, uint32_t left) {
    struct mask *mask = w->mask;
    const size_t n_words = w->m->o->n_words;
    if (n > 0 && left > mask->most)
        mask->most = left;
    if (mask->n == 0) {
        memcpy(mask->set, set, n_words * sizeof *set);
        mask->n = n;
        return;
    }
    for (size_t i = 0; i < n_words; i++) {
        const uint32_t more = set[i] & ~mask->set[i];
        mask->set[i] |= more;
        mask->n += more ? count_bits(more) : 0;
    }
}

void walk_take_plain(struct walk *w, uint32_t room, uint32_t left) {
    struct order *o = w->m->o;
    uint32_t n = o->n_plain;
    const int32_t *id = room < o->longest_chars ? order_by_chars(o, room, &n) : NULL;
    if (n < o->n_plain && (w->mask->n > 0 || n < o->n_plain / 2)) {
        for (uint32_t i = 0; i < n; i++) {
            const struct token t = {.id = id[i]};
            walk_take(w, &t, left);
        }
        return;
    }
    walk_take_set(w, o->plain_set, n, left);
    for (uint32_t i = n; i < o->n_plain; i++) /* fewer than half of them are too long */
        w->mask->set[id[i] / 32] &= ~((uint32_t)1 << id[i] % 32);
}

void walk_take_text(struct walk *w, uint32_t room, uint32_t left) {
    const struct order *o = w->m->o;
    w->all_plain |= room >= o->longest_chars;
    if (room >= o->longest) {
        walk_take_set(w, o->text_set, o->n_plain + o->n_part, left);
        return;
    }
    walk_take_plain(w, room, left);
    for (uint32_t i = 0; i < o->n_part; i++)
        if (o->part[i].chars < room)
            walk_take(w, &o->part[i], left);
}

/* T, if the string of IN lets it through from its byte FROM on. */
static void try_inside(struct walk *w, const struct inside *in, const struct token *t, uint32_t from) {
    const uint32_t left = insides_behind(&w->m->insides, in, t, from);
    if (left != SPELL_NEVER && left + in->more <= w->limit)
        walk_take(w, t, left + in->more);
}

void walk_take_inside(struct walk *w, const struct inside *in, unsigned a, int b, uint32_t from) {
    const struct token *t = order_some(w->m->o, a, b);
    const uint32_t n = order_count(w->m->o, a, b);
    const struct inside_set *x = from == 0 ? insides_plain(&w->m->insides, in) : NULL;
    if (x && x->most + in->more <= w->limit) {
        for (uint32_t i = 0; i < n; i++)
            if (x->set[t[i].id / 32] >> t[i].id % 32 & 1)
                walk_take(w, &t[i], x->most + in->more);
        return;
    }
    if (from == 0 && !inside_may_begin(in, a))
        return;
    for (uint32_t i = 0; i < n; i++)
        try_inside(w, in, &t[i], from);
}

void walk_take_back(struct mask *mask, const struct token *t, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        uint32_t *word = &mask->set[t[i].id / 32], bit = (uint32_t)1 << t[i].id % 32;
        mask->n -= (*word & bit) != 0;
        *word &= ~bit;
    }
}

/* Of the plain tokens that are not allowed yet and do not begin with one of the bytes MET, those that the string of IN lets through. */
static void allow_missing(struct walk *w, const struct inside *in, const unsigned char *met) {
    const struct order *o = w->m->o;
    for (uint32_t i = 0; i < o->n_words; i++) {
        uint32_t missing = o->plain_set[i] & ~w->mask->set[i];
        for (; missing; missing &= missing - 1) {
            const uint32_t at = count_bits((missing & (0 - missing)) - 1);
            const struct token t = order_token(o, (int32_t)(i * 32 + at));
            if (!met[(unsigned char)t.s[0]])
                try_inside(w, in, &t, 0);
        }
    }
}

/* All of a set but for those that begin with one of the bytes MET. */
static void allow_others(struct walk *w, const struct inside_set *x, uint32_t left, const unsigned char *met) {
    struct order *o = w->m->o;
    struct mask others = {.set = w->m->others, .n = x->n};
    memcpy(others.set, x->set, o->n_words * sizeof *x->set);
    for (unsigned b = 0; b < 256; b++)
        if (met[b])
            walk_take_back(&others, order_some(o, b, ORDER_ANY), order_count(o, b, ORDER_ANY));
    walk_take_set(w, others.set, others.n, left);
}

int walk_take_string(struct walk *w, const struct frame *f) {
    const struct order *o = w->m->o;
    unsigned char met[256] = {0};
    struct inside in;
    if (!inside_of(f, &in))
        return 0;
    const int alone = inside_is_alone(f), few = o->n_plain - w->mask->n < o->n_plain / FEW;
    const struct inside_set *x = few ? insides_known(&w->m->insides, &in) : insides_plain(&w->m->insides, &in);
    const int usable = x && x->most + in.more <= w->limit;
    if (!usable && !few)
        return 0;
    for (unsigned b = 0; b < 256 && !alone; b++)
        met[b] = (unsigned char)inside_meets(f, (unsigned char)b);
    if (!usable)
        allow_missing(w, &in, met);
    else if (alone)
        walk_take_set(w, x->set, x->n, x->most + in.more);
    else
        allow_others(w, x, x->most + in.more, met);
    return 1;
}
