/* Answers held to a JSON schema: quern.h's constraints over json's machine and masks, a model's vocabulary and its sampler. */
#include "engine.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "json/mask.h"

enum {
    RUN_BYTES = 1024,       /* that are followed at once where there is one way to go on */
    SPARSE = 8,             /* a share of the vocabulary: fewer tokens than that are listed, and only their logits computed */
    STATE_BYTES = 4 << 20   /* of states, then those that are not needed are forgotten */
};

struct quern_constraint {
    const struct quern_model *m;
    struct order *order;        /* the model's */
    struct machine *machine;
    struct masks *masks;
    struct state state, next;
    struct state ahead[3];      /* for looking further */
    int budget;                 /* tokens that may still come */
    int minimum;
    int ended;                  /* by an end token, or because nothing else could come */
    const struct mask *mask;    /* of state; NULL: it was not needed yet */
    int listed;                 /* few logits were asked for */
    struct quern_tokens list;   /* these */
    struct quern_tokens run;
    const int32_t *likely;      /* [n_likely] of run: the next ones, if none that is longer comes */
    int n_likely;
    struct quern_constraint_use use;
};

/* ---- open, close ------------------------------------------------------------------------------------------------ */

static int open_parts(struct quern_constraint *c, const struct quern_schema *s, struct err *e) {
    if (order_enter(c->order, e))
        return -1;
    const int rc = machine_open(&c->machine, &s->s, order_cost, c->order, e) || masks_open(&c->masks, c->order, c->machine, e);
    order_leave(c->order);
    if (rc)
        return -1;
    machine_start(c->machine, &c->state);
    const uint32_t least = machine_left(&c->state);
    if (c->state.n == 0 || machine_failed(c->machine))
        return err_set(e, ERR_MEMORY, "out of memory");
    c->minimum = least < INT_MAX ? (int)least : INT_MAX;
    c->budget = c->minimum;
    return 0;
}

int quern_constraint_open(struct quern_constraint **out, const struct quern_schema *s, const struct quern_model *m, struct err *e) {
    struct quern_constraint *c = calloc(1, sizeof *c);
    *out = NULL;
    if (!c)
        return err_set(e, ERR_MEMORY, "out of memory");
    c->m = m;
    c->order = m->order;
    if (open_parts(c, s, e)) {
        quern_constraint_close(c);
        return -1;
    }
    *out = c;
    return 0;
}

void quern_constraint_close(struct quern_constraint *c) {
    if (!c)
        return;
    masks_close(c->masks);
    machine_close(c->machine);
    quern_tokens_free(&c->list);
    quern_tokens_free(&c->run);
    free(c);
}

int quern_constraint_minimum(const struct quern_constraint *c) {
    return c->minimum;
}

int quern_constraint_start(struct quern_constraint *c, int budget, struct err *e) {
    if (budget < c->minimum)
        return err_set(e, ERR_BUDGET, "the schema needs at least %d tokens, -n is %d", c->minimum, budget);
    masks_forget(c->masks);
    machine_start(c->machine, &c->state);
    c->budget = budget;
    c->ended = 0;
    c->mask = NULL;
    c->listed = 0;
    c->n_likely = 0;
    return 0;
}

int quern_constraint_ended(const struct quern_constraint *c) {
    return c->ended || machine_ended(&c->state) || (c->budget == 0 && machine_complete(&c->state));
}

void quern_constraint_use(const struct quern_constraint *c, struct quern_constraint_use *out) {
    *out = c->use;
}

/* ---- the place -------------------------------------------------------------------------------------------------- */

static void copy_state(struct state *to, const struct state *from) {
    to->n = from->n;
    memcpy(to->way, from->way, (size_t)from->n * sizeof from->way[0]);
}

/* What may be left behind the next token. */
static uint32_t limit(const struct quern_constraint *c) {
    return c->budget > 0 ? (uint32_t)c->budget - 1 : 0;
}

/* May the token come? Then c->next is the state behind it. */
static int may_come(struct quern_constraint *c, int32_t id) {
    size_t n;
    const char *bytes = tok_bytes(c->m->tok, id, 0, &n);
    return c->budget > 0 && !tok_ends(c->m->tok, id) && masks_step(c->masks, &c->state, bytes, n, limit(c), &c->next);
}

/* To c->next, by one token. */
static int move(struct quern_constraint *c, struct err *e) {
    copy_state(&c->state, &c->next);
    c->budget--;
    c->mask = NULL;
    c->listed = 0;
    c->n_likely = 0;
    c->use.tokens++;
    if (machine_failed(c->machine))
        return err_set(e, ERR_MEMORY, "out of memory");
    if (machine_memory(c->machine) <= STATE_BYTES)
        return 0;
    masks_forget(c->masks);
    return machine_sweep(c->machine, &c->state, e);
}

/* The place's mask, where the order is entered. NULL: *e. */
static const struct mask *mask_here(struct quern_constraint *c, struct err *e) {
    if (c->mask)
        return c->mask;
    const double start = os_seconds();
    const struct mask *mask = masks_of(c->masks, &c->state, limit(c));
    const double took = os_seconds() - start;
    c->use.masks++;
    c->use.mask_s += took;
    c->use.mask_longest_s = took > c->use.mask_longest_s ? took : c->use.mask_longest_s;
    if (machine_failed(c->machine) || mask->n == 0) {
        err_set(e, machine_failed(c->machine) ? ERR_MEMORY : ERR_RUNTIME,
                machine_failed(c->machine) ? "out of memory" : "no token goes on with the document");
        return NULL;
    }
    return c->mask = mask;
}

static const struct mask *find_mask(struct quern_constraint *c, struct err *e) {
    if (order_enter(c->order, e))
        return NULL;
    const struct mask *mask = mask_here(c, e);
    order_leave(c->order);
    return mask;
}

static int32_t next_id(const struct quern_constraint *c, const struct mask *mask, int32_t id) { /* the first one after ID; -1: none */
    for (id++; id < c->order->n_rows; id++) {
        const uint32_t word = mask->set[id / 32] >> id % 32;
        if (word & 1)
            return id;
        if (word == 0)
            id |= 31;
    }
    return -1;
}

/* ---- forced tokens ---------------------------------------------------------------------------------------------- */

/* Bytes from the place on, as long as there is one way to go on: at most RUN_BYTES. */
static size_t follow(struct quern_constraint *c, char *out) {
    struct state *at = &c->ahead[0], *to = &c->ahead[1], *other = &c->ahead[2];
    const size_t mark = machine_mark(c->machine);
    unsigned char next[256];
    uint32_t room, left;
    size_t n = 0;
    copy_state(at, &c->state);
    while (n < RUN_BYTES && !machine_complete(at) && !machine_in_text(at, &room, &left)) {
        int found = 0;
        machine_next(at, next);
        for (int b = 0x20; b < 0xf5 && found < 2; b++)
            if (next[b] && machine_step(c->machine, at, (unsigned char)b, found ? other : to)) {
                out[n] = found ? out[n] : (char)b;
                found++;
            }
        if (found != 1)
            break;
        struct state *const was = at;
        at = to;
        to = was;
        n++;
    }
    machine_release(c->machine, mark);
    return n;
}

struct question {
    struct quern_constraint *c;
    struct err *e;
    int failed;
};

static int is_allowed(void *ctx, const struct token *t) {
    struct question *q = ctx;
    const struct mask *mask = mask_here(q->c, q->e);
    q->failed |= !mask;
    return !mask || mask_has(mask, t->id);
}

/* May a token come that begins with the N bytes and goes on? Most often there is none, and no mask is worked out. -1: *e. */
static int may_longer(struct quern_constraint *c, const char *text, size_t n, struct err *e) {
    struct question q = {c, e, 0};
    if (order_enter(c->order, e))
        return -1;
    const int found = order_longer(c->order, text, n, is_allowed, &q);
    order_leave(c->order);
    return q.failed ? -1 : found;
}

/* The canonical tokens of the N bytes that must come, but for the last ones, instead of which a longer token may. Returns how many; -1. */
static int push_run(struct quern_constraint *c, const char *text, size_t n, struct quern_tokens *out, struct err *e) {
    int pushed = 0, longer;
    c->run.n = 0;
    if (tok_encode(c->m->tok, text, n, 0, &c->run, e))
        return -1;
    for (size_t i = 0; i < c->run.n && n > 0; i++) {
        const int32_t id = c->run.id[i];
        size_t len;
        const char *bytes = tok_bytes(c->m->tok, id, 0, &len);
        /* Normalisation may have changed the text. */
        if (len == 0 || len > n || memcmp(bytes, text, len))
            break;
        if ((longer = may_longer(c, text, n, e)) < 0)
            return -1;
        if (!may_come(c, id))
            break;
        if (longer) {
            c->likely = c->run.id + i;
            c->n_likely = c->run.n - i < QUERN_AHEAD ? (int)(c->run.n - i) : QUERN_AHEAD;
            break;
        }
        if (tok_push(out, id, e) || move(c, e))
            return -1;
        c->use.forced++;
        text += len;
        n -= len;
        pushed++;
    }
    return pushed;
}

/* Where one token is allowed: 1 and it is pushed. */
static int push_only(struct quern_constraint *c, struct quern_tokens *out, struct err *e) {
    const struct mask *mask = find_mask(c, e);
    if (!mask)
        return -1;
    c->ended = mask->n == mask->n_ends;
    if (mask->n != 1 || c->ended)
        return 0;
    const int32_t id = next_id(c, mask, -1);
    if (!may_come(c, id))
        return err_set(e, ERR_RUNTIME, "token %ld cannot follow", (long)id);
    if (tok_push(out, id, e) || move(c, e))
        return -1;
    c->use.forced++;
    return 1;
}

int quern_constraint_forced(struct quern_constraint *c, struct quern_tokens *out, struct err *e) {
    char text[RUN_BYTES];
    uint32_t room, left;
    for (;;) {
        if (quern_constraint_ended(c) || machine_in_text(&c->state, &room, &left))
            return 0;
        const size_t n = follow(c, text);
        int rc = n > 0 ? push_run(c, text, n, out, e) : 0;
        if (rc == 0)
            rc = push_only(c, out, e);
        if (rc <= 0)
            return rc;
    }
}

const int32_t *quern_constraint_likely(const struct quern_constraint *c, int *n) {
    *n = c->n_likely;
    return c->likely;
}

/* ---- a token that the model is asked for ------------------------------------------------------------------------ */

static int list(struct quern_constraint *c, const int32_t *id, int n, struct err *e) {
    for (int i = 0; i < n; i++)
        if (tok_push(&c->list, id[i], e))
            return -1;
    return 0;
}

static int check_open(const struct quern_constraint *c, struct err *e) {
    return quern_constraint_ended(c) ? err_set(e, ERR_USAGE, "the document is complete: nothing can follow") : 0;
}

/* Inside a string nearly all tokens may come, and the others are listed, lest they take the places of those that are wanted. */
static int want_text(struct quern_constraint *c, struct quern_sampler *s, struct quern_wanted *out, struct err *e) {
    sampler_wants(s->s, out);
    if (out->top == 0)
        return 0;
    if (list(c, out->id, out->n, e) || list(c, c->order->others, c->order->n_others, e))
        return -1;
    out->id = c->list.id;
    out->n = (int)c->list.n;
    return 0;
}

int quern_constraint_wants(struct quern_constraint *c, struct quern_sampler *s, struct quern_wanted *out, struct err *e) {
    const struct quern_wanted all = {0, NULL, 0};
    uint32_t room, left;
    *out = all;
    c->list.n = 0;
    if (check_open(c, e))
        return -1;
    if (masks_all_plain(c->masks, &c->state, limit(c)))
        return want_text(c, s, out, e);
    if (machine_in_text(&c->state, &room, &left))
        return 0;
    const struct mask *mask = find_mask(c, e);
    if (!mask)
        return -1;
    if (mask->n > (uint32_t)c->order->n_rows / SPARSE)
        return 0;
    for (int32_t id = next_id(c, mask, -1); id >= 0; id = next_id(c, mask, id))
        if (tok_push(&c->list, id, e))
            return -1;
    out->top = -1;
    out->id = c->list.id;
    out->n = (int)c->list.n;
    c->listed = 1;
    return 0;
}

static void keep_allowed(const struct quern_constraint *c, const struct mask *mask, float *logits) {
    for (int32_t id = 0; id < c->order->n_rows; id++)
        if (!mask_has(mask, id))
            logits[id] = -INFINITY;
}

/* Leaves only what ends the string, if it may end. */
static void keep_quotes(const struct quern_constraint *c, const struct mask *mask, float *logits) {
    size_t n;
    int some = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int32_t id = next_id(c, mask, -1); id >= 0 && (pass == 0 || some); id = next_id(c, mask, id)) {
            const char *bytes = tok_bytes(c->m->tok, id, 0, &n);
            int quote = n > 0 && bytes[0] == '"';
            some |= quote;
            if (pass == 1 && !quote)
                logits[id] = -INFINITY;
        }
}

/* The place moves behind token ID, which was picked. */
static int take(struct quern_constraint *c, int32_t id, struct err *e) {
    c->use.likely += c->n_likely > 0 && id == c->likely[0];
    return move(c, e);
}

/* In text what is best of all is best of what is allowed, if it is allowed: then no mask is needed. Where the model would end its answer
 * instead, it has no more to say: the string ends. Elsewhere less may be in the mask than may come, and what is picked must not depend on
 * whether it was looked at. */
int quern_constraint_pick(struct quern_constraint *c, struct quern_sampler *s, float *logits, int32_t *id, struct err *e) {
    uint32_t room, left;
    if (check_open(c, e))
        return -1;
    sampler_bias(s->s, logits);
    const int in_text = machine_in_text(&c->state, &room, &left);
    if (in_text)
        sampler_penalise(s->s, logits, c->order->plain_set);
    c->use.sparse += (uint64_t)c->listed;
    const int32_t best = in_text ? sampler_best(s->s, logits) : -1;
    if (best >= 0 && sampler_is_greedy(s->s) && may_come(c, best)) {
        *id = best;
        sampler_saw(s->s, id, 1);
        return take(c, best, e);
    }
    const struct mask *mask = find_mask(c, e);
    if (!mask)
        return -1;
    keep_allowed(c, mask, logits);
    if (best >= 0 && tok_ends(c->m->tok, best))
        keep_quotes(c, mask, logits);
    if (sampler_choose(s->s, logits, 1, id, e))
        return -1;
    if (tok_ends(c->m->tok, *id)) {
        c->ended = 1;
        return 0;
    }
    if (!may_come(c, *id))
        return err_set(e, ERR_RUNTIME, "token %ld cannot follow", (long)*id);
    return take(c, *id, e);
}
