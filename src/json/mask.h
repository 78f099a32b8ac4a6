/* Which tokens may come next: the machine over the vocabulary. In: a state, an order, how much may be left behind a token. Out: sets of
 * tokens. What it takes to work one out is shared between states that differ in nothing that matters for as long as a token is.
 */
#ifndef JSON_MASK_H
#define JSON_MASK_H

#include "json/machine.h"
#include "json/order.h"

struct mask {
    uint32_t *set;      /* a bit for each row of logits */
    uint32_t n, n_ends; /* tokens in it, and of these the ends of the answer */
    uint32_t most;      /* machine_left behind each of them is at most this */
};

struct masks;
int masks_open(struct masks **m, struct order *o, struct machine *machine, struct err *e);
void masks_close(struct masks *m);
void masks_forget(struct masks *m); /* to be called where the machine forgets its states */

/* The tokens that may come in S and leave at most LIMIT tokens to write (UINT32_MAX: any). Where LIMIT is tight, or a string nearly full,
 * some of them may be missing, but never all. It holds until the next call. */
const struct mask *masks_of(struct masks *m, const struct state *s, uint32_t limit);

/* May the N bytes come in S, and leave at most LIMIT tokens? Then OUT is the state behind them. */
int masks_step(struct masks *m, const struct state *s, const char *bytes, size_t n, uint32_t limit, struct state *out);

/* Inside a string, far from its end and with room for more tokens than LIMIT could forbid: all plain tokens may come. */
int masks_all_plain(const struct masks *m, const struct state *s, uint32_t limit);

static inline int mask_has(const struct mask *m, int32_t id) {
    return (int)(m->set[id / 32] >> id % 32 & 1);
}

#endif
