/* A walk over the vocabulary, for one mask: mask.c walks, walk.c takes whole sets of tokens. In: a walk, strings. Out: tokens in its mask.
 */
#ifndef JSON_WALK_H
#define JSON_WALK_H

#include "json/inside.h"
#include "json/mask.h"

struct masks {
    struct order *o;
    struct machine *machine;
    struct slot *slot;      /* [SLOTS] */
    uint32_t *sets;         /* [SLOTS + 2][o->n_words] */
    uint32_t *others;       /* [o->n_words] a set without some of its tokens */
    struct level *level;    /* [o->longest + 1] */
    struct token *some;     /* [o->n_quoted] of the quoted ones */
    size_t level_bytes, some_bytes, slot_bytes, set_bytes;
    struct insides insides;
    uint64_t clock;
    struct mask tight;      /* with a limit */
    struct state key;
    struct state rest;      /* the ways that are left to be walked */
    struct state apart;     /* of these, those left for one byte */
};

/* One walk. */
struct walk {
    struct masks *m;
    struct mask *mask;
    uint32_t limit;
    int exact;              /* take no short cuts that leave tokens out */
    int all_plain;          /* all plain tokens are taken */
};

static inline void walk_take(struct walk *w, const struct token *t, uint32_t left) {
    uint32_t *word = &w->mask->set[t->id / 32], bit = (uint32_t)1 << t->id % 32;
    w->mask->n += !(*word & bit);
    *word |= bit;
    w->mask->most = left > w->mask->most ? left : w->mask->most;
}

/* N tokens at once. */
void walk_take_set(struct walk *w, const uint32_t *set, uint32_t n, uint32_t left);

/* All plain tokens of at most ROOM characters; those and the ones with a part of another. */
void walk_take_plain(struct walk *w, uint32_t room, uint32_t left);
void walk_take_text(struct walk *w, uint32_t room, uint32_t left);

/* Plain tokens that begin with A and B, and that the string of IN lets through from their byte FROM on. */
void walk_take_inside(struct walk *w, const struct inside *in, unsigned a, int b, uint32_t from);

/* N tokens are not allowed after all. */
void walk_take_back(struct mask *mask, const struct token *t, uint32_t n);

/* All plain tokens that F, inside a string with an automaton, lets come, but for those that begin like one of the others that it must
 * differ from. 0: it is not, and nothing was done. Only plain tokens are in the mask. */
int walk_take_string(struct walk *w, const struct frame *f);

#endif
