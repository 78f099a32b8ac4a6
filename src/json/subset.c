/* A pattern's automaton. In: the tree. Out: a deterministic automaton whose states are sets of places in the pattern. Searching for a match
 * that may begin anywhere means that every set has the places at which one can begin. A set in which a match has ended stands for all
 * strings, whatever follows. ^ and $ are passed while the places that need no character are collected: ^ before the first character
 * only, $ only when asking whether the string may end here.
 */
#include <assert.h>
#include <string.h>

#include "json/classes.h"
#include "json/dfa.h"

enum {
    MAX_WORK = 3000000,    /* steps of some nanoseconds */
    MAX_TABLE = 1 << 19,   /* entries of the table of successors */
    MAX_MEMBERS = 1 << 20, /* places in all sets */
    MAX_SEEN = 16,
    FIRST_ROOM = 64
};

enum place_kind { TAKE, BRANCH, AT_START, AT_END, ACCEPT };

struct place {
    uint8_t kind;
    uint8_t ends;       /* the end of the string can be accepted from here */
    uint16_t set;       /* TAKE */
    uint16_t to, other; /* what follows; BRANCH: either */
};

struct state {
    uint32_t first, n, hash; /* the members */
    int ends;
};

/* Of the state at work: where the classes lead that these of its members take. */
struct seen {
    uint64_t takes;
    uint16_t to;
};

struct builder {
    struct arena *mem; /* scratch */
    struct err *e;
    const struct regex *r;
    struct place *place;
    uint32_t n_places;
    struct classes cls;
    struct state *state;      /* [room] */
    uint16_t *next;           /* [room][n_classes] */
    uint16_t *slot;           /* [2 * room] 1 + a state, where its hash says; the first two states are not to be found there */
    uint32_t n_states, room;  /* room is a power of 2 */
    uint16_t *member;         /* [members_room] */
    uint32_t n_members, members_room;
    uint64_t *bits;           /* [n_places / 64 + 1] the set that is being collected, ascending when read; all 0 between */
    uint32_t lo, hi;          /* words of it that are not 0 are in lo..hi */
    uint32_t *mark, stamp;    /* [n_places] seen in this round */
    uint16_t *stack;          /* [n_places + 1] */
    uint16_t *seed;           /* [n_seed] places at which a match can begin behind the first character */
    uint32_t n_seed;
    int seed_ends, seed_all;
    uint32_t start;           /* the first state */
    const uint64_t *has_of[64]; /* of the members of the state at work */
    struct seen seen[MAX_SEEN];
    uint64_t work;
};

static int too_large(const struct builder *b) {
    return err_set(b->e, ERR_SCHEMA, "too large");
}

/* ---- places ---- */

static uint16_t place_new(struct builder *b, enum place_kind kind, uint16_t to, uint16_t other) {
    assert(b->n_places < REGEX_MAX_SIZE + 2);
    b->place[b->n_places] = (struct place){.kind = (uint8_t)kind, .to = to, .other = other};
    return (uint16_t)b->n_places++;
}

static uint16_t build(struct builder *b, uint32_t at, uint16_t to);

static uint16_t build_repeat(struct builder *b, const struct regex_node *node, uint16_t to) {
    uint16_t first = to;
    uint32_t copies = node->min;
    if (node->size == 0) /* nothing, however often */
        return to;
    if (node->max == REGEX_ENDLESS) { /* the last copy is followed by a branch back to it */
        uint16_t loop = place_new(b, BRANCH, 0, to);
        first = build(b, node->last - 1, loop);
        b->place[loop].to = first;
        if (copies == 0)
            return loop;
        copies--;
    } else {
        for (uint32_t i = node->min; i < node->max; i++)
            first = place_new(b, BRANCH, build(b, node->last - 1, first), to);
    }
    while (copies--)
        first = build(b, node->last - 1, first);
    return first;
}

/* The place at which the node's strings begin; behind them is TO. As deep as groups are. */
static uint16_t build(struct builder *b, uint32_t at, uint16_t to) {
    const struct regex_node *node = &b->r->node[at];
    uint16_t first = to;
    switch (node->op) {
    case REGEX_SET:
        first = place_new(b, TAKE, to, 0);
        b->place[first].set = (uint16_t)node->set;
        break;
    case REGEX_START: return place_new(b, AT_START, to, 0);
    case REGEX_END: return place_new(b, AT_END, to, 0);
    case REGEX_REPEAT: return build_repeat(b, node, to);
    case REGEX_ALL:
        for (uint32_t p = node->last; p; p = b->r->node[p - 1].before)
            first = build(b, p - 1, first);
        break;
    case REGEX_ANY: {
        uint32_t p = node->last;
        first = build(b, p - 1, to);
        while ((p = b->r->node[p - 1].before) != 0)
            first = place_new(b, BRANCH, build(b, p - 1, to), first);
        break;
    }
    }
    return first;
}

/* Sets ends. What a place leads to was mostly made before it, so a few rounds do. */
static void find_ends(struct builder *b, int at_start) {
    for (uint32_t i = 0; i < b->n_places; i++)
        b->place[i].ends = 0;
    for (int changed = 1; changed;) {
        changed = 0;
        for (uint32_t i = 0; i < b->n_places; i++) {
            struct place *p = &b->place[i];
            int ends = p->kind == ACCEPT;
            if (p->kind == BRANCH)
                ends = b->place[p->to].ends | b->place[p->other].ends;
            else if (p->kind == AT_END || (p->kind == AT_START && at_start))
                ends = b->place[p->to].ends;
            changed |= ends != p->ends;
            p->ends = (uint8_t)ends;
        }
        b->work += b->n_places;
    }
}

/* ---- sets of places ---- */

static void collect(struct builder *b, uint32_t place) {
    uint32_t w = place / 64;
    b->lo = w < b->lo ? w : b->lo;
    b->hi = w > b->hi ? w : b->hi;
    b->bits[w] |= UINT64_C(1) << place % 64;
}

/* Adds the places that take a character and can be reached from FROM without one. Returns whether a match has ended; *ends, which the
 * caller sets to 0 at first, whether one does where the string does. A place marked with the stamp is done already. */
static int close_from(struct builder *b, uint16_t from, int at_start, int *ends) {
    uint32_t n = 0;
    int accepted = 0;
    if (b->mark[from] == b->stamp)
        return 0;
    b->mark[from] = b->stamp;
    b->stack[n++] = from;
    while (n) {
        const struct place *p = &b->place[b->stack[--n]];
        b->work++;
        *ends |= p->ends;
        accepted |= p->kind == ACCEPT;
        if (p->kind == TAKE)
            collect(b, (uint32_t)(p - b->place));
        if (p->kind == BRANCH && b->mark[p->other] != b->stamp) {
            b->mark[p->other] = b->stamp;
            b->stack[n++] = p->other;
        }
        if ((p->kind == BRANCH || (p->kind == AT_START && at_start)) && b->mark[p->to] != b->stamp) {
            b->mark[p->to] = b->stamp;
            b->stack[n++] = p->to;
        }
    }
    return accepted;
}

/* The number of the lowest bit. */
static uint32_t lowest(uint64_t bits) {
    uint32_t n = 0;
    for (uint32_t half = 32; half; half /= 2) {
        if ((bits & ((UINT64_C(1) << half) - 1)) == 0) {
            bits >>= half;
            n += half;
        }
    }
    return n;
}

/* The collected places, ascending, behind the members of all states; they are no longer collected. */
static int list_collected(struct builder *b, uint32_t *n) {
    uint32_t end = b->n_members;
    for (uint32_t w = b->lo; w <= b->hi; w++) {
        for (uint64_t bits = b->bits[w]; bits; bits &= bits - 1) {
            if (end == b->members_room) {
                uint32_t room = 2 * b->members_room;
                uint16_t *m = room <= MAX_MEMBERS ? arena_alloc(b->mem, room, sizeof *m, b->e) : NULL;
                if (!m)
                    return room > MAX_MEMBERS ? too_large(b) : -1;
                memcpy(m, b->member, end * sizeof *m);
                b->member = m;
                b->members_room = room;
            }
            b->member[end++] = (uint16_t)(w * 64 + lowest(bits));
        }
        b->bits[w] = 0;
    }
    b->work += b->hi - b->lo + 1 + end - b->n_members;
    b->lo = UINT32_MAX;
    b->hi = 0;
    *n = end - b->n_members;
    return 0;
}

/* Room for one more state. */
static int grow_states(struct builder *b) {
    if (b->n_states < b->room)
        return 0;
    uint32_t room = b->room ? 4 * b->room : FIRST_ROOM, k = b->cls.n;
    struct state *state = arena_alloc(b->mem, room, sizeof *state, b->e);
    uint16_t *next = state ? arena_alloc(b->mem, (size_t)room * k, sizeof *next, b->e) : NULL;
    uint16_t *slot = next ? arena_alloc(b->mem, 2 * room, sizeof *slot, b->e) : NULL;
    if (!slot)
        return -1;
    if (b->room) {
        memcpy(state, b->state, b->room * sizeof *state);
        memcpy(next, b->next, (size_t)b->room * k * sizeof *next);
    }
    b->state = state;
    b->next = next;
    b->slot = slot;
    b->room = room;
    for (uint32_t i = 2; i < b->n_states; i++) {
        uint32_t s = state[i].hash & (2 * room - 1);
        while (slot[s])
            s = (s + 1) & (2 * room - 1);
        slot[s] = (uint16_t)(i + 1);
    }
    return 0;
}

/* The state of the N members listed last, an old one or a new one. */
static int state_of(struct builder *b, uint32_t n, int ends, uint16_t *out) {
    const uint16_t *m = b->member + b->n_members;
    uint32_t hash = 2166136261u + (uint32_t)ends;
    if (b->n_states == DFA_MAX_STATES || (b->n_states + 1) * b->cls.n > MAX_TABLE)
        return too_large(b);
    if (grow_states(b))
        return -1;
    for (uint32_t i = 0; i < n; i++)
        hash = (hash ^ m[i]) * 16777619u;
    hash ^= hash >> 15;
    uint32_t s = hash & (2 * b->room - 1);
    for (; b->n_states > 2 && b->slot[s]; s = (s + 1) & (2 * b->room - 1)) {
        const struct state *old = &b->state[b->slot[s] - 1];
        if (old->hash == hash && old->n == n && old->ends == ends && (!n || memcmp(b->member + old->first, m, n * sizeof *m) == 0)) {
            *out = (uint16_t)(b->slot[s] - 1);
            return 0;
        }
    }
    b->state[b->n_states] = (struct state){b->n_members, n, hash, ends};
    b->n_members += n;
    *out = (uint16_t)b->n_states++;
    if (b->n_states > 2)
        b->slot[s] = (uint16_t)(*out + 1);
    return 0;
}

/* Behind a character of class C in state S. ALL: the state of all strings. */
static int find_next(struct builder *b, uint32_t s, uint32_t c, uint16_t all, uint16_t *out) {
    int ends = b->seed_ends, accepted = 0;
    uint32_t n;
    const struct state *st = &b->state[s];
    b->stamp++;
    for (uint32_t i = 0; i < st->n; i++) {
        const struct place *p = &b->place[b->member[st->first + i]];
        if (b->cls.has[p->set * b->cls.words + c / 64] >> c % 64 & 1)
            accepted |= close_from(b, p->to, 0, &ends);
    }
    for (uint32_t i = 0; i < b->n_seed; i++)
        collect(b, b->seed[i]);
    b->work += st->n + b->n_seed;
    if (b->work > MAX_WORK)
        return too_large(b);
    if (list_collected(b, &n))
        return -1;
    if (accepted) {
        *out = all;
        return 0;
    }
    return state_of(b, n, ends, out);
}

/* A state's successors. What is behind a class is told by which of the members take it, and often another class has had the same. */
static int find_row(struct builder *b, uint32_t s, uint16_t all) {
    uint32_t n = b->state[s].n, k = b->cls.n, n_seen = 0;
    const uint16_t *m = b->member + b->state[s].first;
    for (uint32_t i = 0; i < n && n <= 64; i++)
        b->has_of[i] = b->cls.has + b->place[m[i]].set * b->cls.words;
    for (uint32_t c = 0; c < k; c++) {
        uint64_t takes = 0;
        uint32_t i = n <= 64 ? 0 : n_seen;
        uint16_t to = all;
        for (uint32_t x = 0; x < n && n <= 64; x++)
            takes |= (b->has_of[x][c / 64] >> c % 64 & 1) << x;
        while (i < n_seen && b->seen[i].takes != takes)
            i++;
        if (i < n_seen)
            to = b->seen[i].to;
        else if (s != all && find_next(b, s, c, all, &to))
            return -1;
        if (i == n_seen && n_seen < MAX_SEEN)
            b->seen[n_seen++] = (struct seen){takes, to};
        b->next[s * k + c] = to; /* which may have moved */
    }
    b->work += n * k / 8;
    return 0;
}

/* The state of all strings and the first one, states 0 and 1. */
static int begin(struct builder *b, uint16_t entry, uint16_t *all) {
    int ends = 0, accepted;
    uint32_t n;
    uint16_t start;
    b->stamp++;
    b->seed_all = close_from(b, entry, 0, &b->seed_ends);
    if (list_collected(b, &b->n_seed))
        return -1;
    b->seed = arena_alloc(b->mem, b->n_seed + 1, sizeof *b->seed, b->e);
    if (!b->seed)
        return -1;
    memcpy(b->seed, b->member, b->n_seed * sizeof *b->seed);
    if (state_of(b, 0, 1, all))
        return -1;
    find_ends(b, 1);
    b->stamp++;
    accepted = close_from(b, entry, 1, &ends);
    find_ends(b, 0);
    if (list_collected(b, &n) || state_of(b, n, ends, &start))
        return -1;
    b->start = accepted || b->seed_all ? *all : start;
    return 0;
}

static int determinize(struct builder *b, uint16_t entry, struct dfa *d) {
    uint16_t all;
    if (begin(b, entry, &all))
        return -1;
    for (uint32_t s = 0; s < b->n_states; s++) {
        if (find_row(b, s, all))
            return -1;
    }
    uint32_t *matched = arena_alloc(b->mem, b->n_states, sizeof *matched, b->e);
    if (!matched)
        return -1;
    for (uint32_t s = 0; s < b->n_states; s++)
        matched[s] = (uint32_t)b->state[s].ends;
    *d = (struct dfa){.n_states = b->n_states, .n_classes = b->cls.n, .n_ranges = b->cls.n_ranges, .start = b->start,
                      .first = b->cls.first, .cls = b->cls.cls, .next = b->next, .matched = matched};
    return 0;
}

/* The automaton of ROOT; of a LOOK only where it begins at the start of the string. */
static int build_all(struct builder *b, uint32_t root, int look, struct dfa *d) {
    uint32_t size = b->r->node[root].size + 2;
    b->members_room = 1024;
    b->lo = UINT32_MAX;
    b->place = arena_alloc(b->mem, size, sizeof *b->place, b->e);
    b->mark = b->place ? arena_alloc(b->mem, size, sizeof *b->mark, b->e) : NULL;
    b->stack = b->mark ? arena_alloc(b->mem, size, sizeof *b->stack, b->e) : NULL;
    b->bits = b->stack ? arena_alloc(b->mem, size / 64 + 1, sizeof *b->bits, b->e) : NULL;
    b->member = b->bits ? arena_alloc(b->mem, b->members_room, sizeof *b->member, b->e) : NULL;
    if (!b->member)
        return -1;
    uint16_t entry = build(b, root, place_new(b, ACCEPT, 0, 0));
    if (look)
        entry = place_new(b, AT_START, entry, 0);
    find_ends(b, 0);
    return determinize(b, entry, d);
}

/* The pattern and its looks at once: a string is matched where all of them say so. */
static int combine(struct dfa *d, const struct regex *r, struct dfa *part, struct arena *mem, struct err *e) {
    struct arena scratch = {0};
    const struct dfa *list[REGEX_MAX_LOOKS + 1];
    struct dfa all;
    uint32_t want = 1, *matched;
    for (uint32_t i = 0; i <= r->n_looks; i++) {
        list[i] = &part[i];
        want |= i && !r->look[i - 1].negated ? 1u << i : 0;
    }
    int rc = dfa_product(&all, list, (int)r->n_looks + 1, &scratch, e);
    matched = rc ? NULL : arena_alloc(&scratch, all.n_states, sizeof *matched, e);
    for (uint32_t s = 0; matched && s < all.n_states; s++)
        matched[s] = all.matched[s] == want;
    all.matched = matched;
    rc = !matched || dfa_minimal(d, &all, mem, e) ? -1 : 0;
    arena_free(&scratch);
    return rc;
}

int dfa_pattern(struct dfa *d, const char *pattern, size_t n, struct arena *mem, struct err *e) {
    struct arena kept = {0}, scratch = {0};
    struct dfa part[REGEX_MAX_LOOKS + 1], raw;
    struct classes cls;
    struct regex r;
    uint64_t work = 0;
    int rc = regex_parse(&r, pattern, n, &kept, e) || classes_find(&cls, &r, &kept, e) ? -1 : 0;
    for (uint32_t i = 0; rc == 0 && i <= r.n_looks; i++) {
        struct builder b = {.mem = &scratch, .e = e, .r = &r, .cls = cls, .work = work};
        rc = build_all(&b, i ? r.look[i - 1].root : r.root, i > 0, &raw);
        if (rc == 0)
            rc = dfa_minimal(r.n_looks ? &part[i] : d, &raw, r.n_looks ? &kept : mem, e);
        work = b.work;
        arena_free(&scratch);
    }
    if (rc == 0 && r.n_looks)
        rc = combine(d, &r, part, mem, e);
    arena_free(&kept);
    return rc;
}
