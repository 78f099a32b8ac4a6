/* The machine over the vocabulary. A walk goes through tokens in the order of their bytes, keeps the state behind each byte of the one at
 * hand, and goes back only as far as the next one differs. Where a state is inside a string what is plain is taken without a step, or by
 * the string's automaton alone. The ways of a state are apart from each other: a token may come where one of them lets it.
 */
#include "json/mask.h"

#include <stdlib.h>
#include <string.h>
#include "base/os.h"
#include "json/walk.h"

enum { SLOTS = 160, NO_TEXT = 0xffff };

struct slot {
    struct state key;
    struct mask mask;   /* without a limit */
    uint64_t hash;
    uint64_t used;      /* when it was last; 0: it is free */
};

/* What is known of the state behind some bytes of a token. */
struct level {
    struct state state;
    uint32_t text;      /* the longest beginning of these bytes behind which it was inside a string; NO_TEXT: none */
    uint32_t room;      /* there, the characters that fit, */
    uint32_t left;      /* and machine_left behind any of them */
};

/* Its characters behind the first AT bytes, which are at the end of one, are at most ROOM. */
static int fits(const struct token *t, uint32_t at, uint32_t room) {
    uint32_t chars = 0;
    if (t->n - at <= room)
        return 1;
    for (uint32_t i = at; i < t->n; i++)
        chars += ((unsigned char)t->s[i] & 0xc0) != 0x80;
    return chars <= room;
}

/* ---- walks ------------------------------------------------------------------------------------------------------ */

/* Fills in what is known of the state at level AT; nothing is known of those below FROM. */
static void look(struct walk *w, uint32_t at, uint32_t from) {
    struct level *l = &w->m->level[at];
    if (machine_in_text(&l->state, &l->room, &l->left)) {
        l->text = at;
    } else if (at > from) {
        l->text = l[-1].text;
        l->room = l[-1].room;
        l->left = l[-1].left;
    } else {
        l->text = NO_TEXT;
    }
}

static int step(struct walk *w, const struct state *in, uint32_t to, unsigned char b) {
    return machine_step(w->m->machine, in, b, &w->m->level[to].state);
}

/* 1: T is plain behind a place where it is inside a string, so it was dealt with. */
static int take_text(struct walk *w, const struct token *t, uint32_t have) {
    const struct level *l = &w->m->level[have];
    if (l->text == NO_TEXT || l->text < t->plain)
        return 0;
    if (l->left > w->limit || !fits(t, l->text, l->room))
        return !w->exact;
    walk_take(w, t, l->left);
    return 1;
}

/* Sorted tokens that have their first FROM bytes in common; the state behind these is at level FROM. */
static void walk_sorted(struct walk *w, const struct token *t, uint32_t n, uint32_t from) {
    struct level *level = w->m->level;
    uint32_t have = from; /* levels up to this one are of the token at hand */
    int dead = 0;         /* the token before could not go on behind them */
    look(w, from, from);
    for (uint32_t i = 0; i < n; i++, t++) {
        const uint32_t shared = i ? t->shared : from;
        if (dead && shared > have)
            continue;
        have = shared < have ? shared : have;
        dead = 0;
        while (have < t->n && !dead && !take_text(w, t, have)) {
            dead = !step(w, &level[have].state, have + 1, (unsigned char)t->s[have]);
            if (!dead)
                look(w, ++have, from);
        }
        if (dead || have < t->n)
            continue;
        const uint32_t left = machine_left(&level[have].state);
        if (left <= w->limit)
            walk_take(w, t, left);
    }
}

/* The plain tokens that begin with A and B, FROM bytes, where the state behind these is inside a string. 0: it is not, and nothing was
 * done. */
static int walk_text(struct walk *w, unsigned a, int b, uint32_t from) {
    const struct level *l = &w->m->level[from];
    look(w, from, from);
    if (l->text == NO_TEXT || l->left > w->limit || (w->exact && l->room < ORDER_LONGEST))
        return 0;
    const struct token *t = order_some(w->m->o, a, b), *end = t + order_count(w->m->o, a, b);
    for (; t < end; t++)
        if (fits(t, from, l->room))
            walk_take(w, t, t->n > from ? l->left : machine_left(&l->state));
    return 1;
}

/* Plain tokens of byte A alone, behind which the state is at level 1. */
static void walk_byte(struct walk *w, unsigned a) {
    const struct token *t = order_some(w->m->o, a, ORDER_ALONE);
    const uint32_t n = order_count(w->m->o, a, ORDER_ALONE), left = machine_left(&w->m->level[1].state);
    for (uint32_t i = 0; i < n && left <= w->limit; i++)
        walk_take(w, &t[i], left);
}

/* Takes out of the state behind A and B, FROM bytes, the ways of which an automaton alone says what plain tokens may come. 0: none is
 * left. */
static int take_inside(struct walk *w, unsigned a, int b, uint32_t from) {
    struct state *s = &w->m->level[from].state;
    struct inside in;
    int kept = 0;
    for (int i = 0; i < s->n; i++) {
        if (inside_is_alone(&s->way[i]) && inside_of(&s->way[i], &in))
            walk_take_inside(w, &in, a, b, from);
        else if (kept++ < i)
            s->way[kept - 1] = s->way[i];
    }
    s->n = kept;
    return kept;
}

/* All plain ones that begin with it. */
static void walk_plain(struct walk *w, unsigned a) {
    struct order *o = w->m->o;
    const struct level *l = &w->m->level[1];
    unsigned char next[256];
    if (walk_text(w, a, ORDER_ANY, 1))
        return;
    walk_byte(w, a);
    if ((l->text != NO_TEXT && !w->exact) || !take_inside(w, a, ORDER_ANY, 1))
        return;
    machine_next(&l->state, next);
    for (int b = 0; b < 256; b++) {
        const uint32_t n = next[b] ? order_count(o, a, b) : 0;
        if (n == 0 || !step(w, &l->state, 2, (unsigned char)b))
            continue;
        if (!walk_text(w, a, b, 2) && take_inside(w, a, b, 2))
            walk_sorted(w, order_sorted(o, a, b), n, 2);
    }
}

/* Plain tokens that begin with byte B, for the ways of S; of those DONE, a bit each, only those that meet others are left. STEPPED: whether
 * the state behind B is at level 1; below 0: nobody has asked. */
static void walk_apart(struct walk *w, const struct state *s, uint32_t done, unsigned b, int stepped) {
    const uint32_t n = order_count(w->m->o, b, ORDER_ANY);
    struct state *apart = &w->m->apart;
    struct inside in;
    apart->n = 0;
    for (int i = 0; i < s->n && n > 0; i++) {
        const struct frame *f = &s->way[i];
        if (!inside_of(f, &in) || inside_meets(f, (unsigned char)b))
            apart->way[apart->n++] = *f;
        else if (!(done >> i & 1))
            walk_take_inside(w, &in, b, ORDER_ANY, 0);
    }
    if (apart->n < s->n || stepped < 0)
        stepped = apart->n > 0 && step(w, apart, 1, (unsigned char)b);
    if (stepped)
        walk_plain(w, b);
}

/* Awkward tokens, and of the plain ones NONE, those of one BYTE, or ALL. */
enum plain { NONE, BYTE, ALL };

static void walk(struct walk *w, const struct state *s, enum plain plain) {
    struct order *o = w->m->o;
    const size_t mark = machine_mark(w->m->machine);
    unsigned char next[256];
    uint32_t done = 0;
    _Static_assert(MACHINE_WAYS <= 32, "a bit for each way");
    for (int i = 0; i < s->n && plain == ALL; i++)
        done |= (uint32_t)walk_take_string(w, &s->way[i]) << i;
    machine_next(s, next);
    for (unsigned b = 0; b < 256; b++) {
        if (!next[b])
            continue;
        const uint32_t awkward = o->awkward_from[b], n_awkward = o->awkward_from[b + 1] - awkward;
        const int stepped = n_awkward > 0 || plain == BYTE ? step(w, s, 1, (unsigned char)b) : -1;
        if (stepped > 0)
            walk_sorted(w, o->awkward + awkward, n_awkward, 1);
        if (stepped > 0 && plain == BYTE)
            walk_byte(w, b);
        if (plain == ALL)
            walk_apart(w, s, done, b, stepped);
        machine_release(w->m->machine, mark);
    }
}

/* Awkward tokens that begin with byte B, from the state at level 0, whatever was found of them before. */
static void walk_again(struct walk *w, unsigned b) {
    struct order *o = w->m->o;
    const struct token *t = o->awkward + o->awkward_from[b];
    const uint32_t n = o->awkward_from[b + 1] - o->awkward_from[b];
    walk_take_back(w->mask, t, n);
    if (n > 0 && step(w, &w->m->level[0].state, 1, (unsigned char)b))
        walk_sorted(w, t, n, 1);
}

/* Quoted tokens by the plain characters ahead of their quote, of which the string needs NEED and has room for ROOM: EASY where they are
 * enough and what follows them has room too, else how many they are. */
enum { EASY = 256 };
static uint32_t class_of(const struct token *t, uint32_t need, uint32_t room) {
    return t->chars >= need && (uint32_t)t->chars + t->n <= room ? EASY : t->chars;
}

/* Those of a class go to m->some, sorted. */
static uint32_t some_quoted(struct masks *m, uint32_t class, uint32_t need, uint32_t room) {
    uint32_t n = 0;
    uint8_t shared = UINT8_MAX;
    for (const struct token *t = m->o->quoted; t < m->o->quoted + m->o->n_quoted; t++) {
        shared = t->shared < shared ? t->shared : shared;
        if (class_of(t, need, room) != class)
            continue;
        m->some[n] = *t;
        m->some[n++].shared = shared;
        shared = UINT8_MAX;
    }
    return n;
}

/* Quoted tokens from F, inside a string without an automaton, as if there were no others that it must differ from. */
static void walk_quoted(struct walk *w, const struct frame *f, uint32_t need, uint32_t room) {
    const struct order *o = w->m->o;
    struct frame *way = &w->m->level[0].state.way[0];
    unsigned char is_there[EASY + 1] = {0};
    w->m->level[0].state.n = 1;
    *way = *f;
    inside_alone(way);
    if (need == 0 && room >= o->longest) { /* all are easy */
        walk_sorted(w, o->quoted, o->n_quoted, 0);
        return;
    }
    for (uint32_t i = 0; i < o->n_quoted; i++)
        is_there[class_of(&o->quoted[i], need, room)] = 1;
    for (uint32_t class = 0; class <= EASY; class++) {
        way->n = f->n + (class == EASY ? need : class);
        if (is_there[class] && (class == EASY || class <= room))
            walk_sorted(w, w->m->some, some_quoted(w->m, class, need, room), 0);
    }
}

/* 1: F is inside a string without an automaton, and all tokens that it lets come are taken. Behind plain characters it is what it was
 * before them, but for their number. Where it must differ from others, it is the first that is looked at, and far from its ends: a token
 * that begins like one of the others is a case of its own. */
static int take_free(struct walk *w, const struct frame *f) {
    const size_t mark = machine_mark(w->m->machine);
    struct inside in;
    if (!inside_free(f, &in) || f->left > UINT32_MAX - 6 || f->left + 6 > w->limit)
        return 0;
    const uint32_t room = in.lang->max - f->n, need = f->n < in.lang->min ? in.lang->min - f->n : 0;
    if (!inside_is_alone(f) && (w->mask->n > 0 || need > 0 || room < ORDER_LONGEST + 8))
        return 0;
    walk_take_text(w, room, f->left + 6); /* a part of a character, and one that tells it from others: three bytes each */
    walk_quoted(w, f, need, room);
    w->m->level[0].state.way[0] = *f;
    for (unsigned b = 0; b < 256; b++)
        if (inside_meets(f, (unsigned char)b))
            walk_again(w, b);
    machine_release(w->m->machine, mark);
    return 1;
}

/* ---- a mask ----------------------------------------------------------------------------------------------------- */

static void empty(struct walk *w) {
    memset(w->mask->set, 0, w->m->o->n_words * sizeof *w->mask->set);
    w->mask->n = w->mask->n_ends = w->mask->most = 0;
}

/* The ways that take_free leaves. */
static void walk_rest(struct walk *w, const struct state *s) {
    uint32_t room, left;
    if (w->all_plain) {
        walk(w, s, NONE);
    } else if (!machine_in_text(s, &room, &left)) {
        walk(w, s, ALL);
    } else if (left <= w->limit) {
        walk_take_plain(w, room, left);
        walk(w, s, NONE);
    } else {
        walk(w, s, BYTE);
    }
    if (w->mask->n == 0) {
        w->exact = 1;
        walk(w, s, ALL);
    }
}

static void work_out(struct masks *m, struct mask *mask, const struct state *s, uint32_t limit) {
    struct walk w = {.m = m, .mask = mask, .limit = limit};
    empty(&w);
    if (machine_ended(s))
        return;
    m->rest.n = 0;
    for (int i = 0; i < s->n; i++) {
        if (!take_free(&w, &s->way[i]))
            m->rest.way[m->rest.n++] = s->way[i];
    }
    if (m->rest.n > 0)
        walk_rest(&w, &m->rest);
    for (int i = 0; i < m->o->src.n_ends && machine_complete(s); i++) {
        const int32_t id = m->o->src.ends[i];
        mask->set[id / 32] |= (uint32_t)1 << id % 32;
        mask->n++;
        mask->n_ends++;
    }
}

static void copy_state(struct state *to, const struct state *from) {
    to->n = from->n;
    memcpy(to->way, from->way, (size_t)from->n * sizeof from->way[0]);
}

/* The slot of the key; or, *found = 0, the one that was not used for longest. */
static struct slot *find_slot(struct masks *m, uint64_t hash, int *found) {
    struct slot *oldest = m->slot;
    *found = 1;
    for (struct slot *s = m->slot; s < m->slot + SLOTS; s++) {
        if (s->used && s->hash == hash && machine_same(&s->key, &m->key))
            return s;
        if (s->used < oldest->used)
            oldest = s;
    }
    *found = 0;
    return oldest;
}

const struct mask *masks_of(struct masks *m, const struct state *s, uint32_t limit) {
    const size_t mark = machine_mark(m->machine);
    int found;
    machine_key(m->machine, s, m->o->longest, &m->key);
    const uint64_t hash = machine_hash(&m->key);
    struct slot *slot = find_slot(m, hash, &found);
    if (found) {
        machine_release(m->machine, mark);
    } else {
        copy_state(&slot->key, &m->key);
        slot->hash = hash;
        work_out(m, &slot->mask, s, UINT32_MAX);
    }
    slot->used = ++m->clock;
    if (slot->mask.most <= limit)
        return &slot->mask;
    work_out(m, &m->tight, s, limit);
    return &m->tight;
}

int masks_step(struct masks *m, const struct state *s, const char *bytes, size_t n, uint32_t limit, struct state *out) {
    const size_t mark = machine_mark(m->machine);
    size_t i = 0;
    if (n == 0 || n > ORDER_LONGEST)
        return 0;
    for (const struct state *at = s; i < n; i++) { /* by turns, so that the last one goes to OUT */
        struct state *to = (n - i) % 2 ? out : &m->level[0].state;
        if (!machine_step(m->machine, at, (unsigned char)bytes[i], to))
            break;
        at = to;
    }
    if (i == n && machine_left(out) <= limit)
        return 1;
    machine_release(m->machine, mark);
    return 0;
}

int masks_all_plain(const struct masks *m, const struct state *s, uint32_t limit) {
    uint32_t room, left;
    return machine_in_text(s, &room, &left) && room >= m->o->longest_chars && left <= limit;
}

/* ---- open, close ------------------------------------------------------------------------------------------------ */

int masks_open(struct masks **out, struct order *o, struct machine *machine, struct err *e) {
    struct masks *m = calloc(1, sizeof *m);
    *out = NULL;
    if (!m)
        return err_set(e, ERR_MEMORY, "out of memory");
    m->o = o;
    m->machine = machine;
    m->slot_bytes = SLOTS * sizeof *m->slot;
    m->some_bytes = (o->n_quoted + 1) * sizeof *m->some;
    m->level_bytes = ((size_t)o->longest + 1) * sizeof *m->level;
    m->set_bytes = (SLOTS + 2) * o->n_words * sizeof *m->sets;
    m->slot = os_reserve(m->slot_bytes);
    m->level = os_reserve(m->level_bytes);
    m->some = os_reserve(m->some_bytes);
    m->sets = os_reserve(m->set_bytes);
    if (!m->slot || !m->level || !m->some || !m->sets || insides_open(&m->insides, o, e)) {
        masks_close(m);
        return err_set(e, ERR_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < SLOTS; i++)
        m->slot[i].mask.set = m->sets + i * o->n_words;
    m->tight.set = m->sets + SLOTS * o->n_words;
    m->others = m->sets + (SLOTS + 1) * o->n_words;
    *out = m;
    return 0;
}

void masks_close(struct masks *m) {
    if (!m)
        return;
    insides_close(&m->insides);
    if (m->slot)
        os_release(m->slot, m->slot_bytes);
    if (m->level)
        os_release(m->level, m->level_bytes);
    if (m->some)
        os_release(m->some, m->some_bytes);
    if (m->sets)
        os_release(m->sets, m->set_bytes);
    free(m);
}

void masks_forget(struct masks *m) {
    for (size_t i = 0; i < SLOTS; i++)
        m->slot[i].used = 0;
}
