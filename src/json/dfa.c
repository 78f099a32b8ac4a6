/* Automata: running them, several at once, the smallest that does the same. In: automata. Out: automata. Must not know patterns. */
#include "json/dfa.h"

#include <string.h>

#include "base/utf8.h"

enum { MAX_TABLE = 1 << 19, HASH_SLOTS = 1 << 14 }; /* entries of a table of successors; twice DFA_MAX_STATES */

uint32_t dfa_class(const struct dfa *d, uint32_t c) {
    uint32_t lo = 0, hi = d->n_ranges; /* first[lo] <= c < first[hi] */
    while (hi - lo > 1) {
        uint32_t mid = (lo + hi) / 2;
        if (d->first[mid] <= c)
            lo = mid;
        else
            hi = mid;
    }
    return d->cls[lo];
}

uint32_t dfa_match(const struct dfa *d, const char *s, size_t n) {
    uint32_t state = d->start, c;
    for (size_t at = 0; at < n;) {
        int len = utf8_scan((const unsigned char *)s + at, n - at, &c);
        if (len <= 0)
            return 0;
        state = dfa_step(d, state, c);
        at += (size_t)len;
    }
    return d->matched[state];
}

/* ---- the smallest automaton: Hopcroft's partition refinement ---- */

/* Blocks of states that nothing has told apart yet. A block is elem[from..end); its first MARKED are those that the splitter has hit. */
struct partition {
    const struct dfa *d;
    uint32_t n_blocks;
    uint16_t *elem, *place, *block;       /* [n_states] the states by block, where each stands, its block */
    uint32_t *from, *end, *marked;        /* [n_states] of blocks */
    uint32_t *head;                       /* [n_classes * n_states + 1] where the sources of (class, target) begin */
    uint16_t *source;                     /* [n_states * n_classes] */
    uint16_t *todo, *hit, *splitter;      /* [n_states] blocks to split by; blocks hit; states of the block at work */
    uint32_t n_todo, n_hit;
};

static int partition_alloc(struct partition *p, struct arena *scratch, struct err *e) {
    size_t n = p->d->n_states, all = n * p->d->n_classes;
    uint16_t *narrow = arena_alloc(scratch, 6 * n + all, sizeof *narrow, e);
    uint32_t *wide = narrow ? arena_alloc(scratch, 3 * n + all + 1, sizeof *wide, e) : NULL;
    if (!wide)
        return -1;
    p->elem = narrow;
    p->place = narrow + n;
    p->block = narrow + 2 * n;
    p->todo = narrow + 3 * n;
    p->hit = narrow + 4 * n;
    p->splitter = narrow + 5 * n;
    p->source = narrow + 6 * n;
    p->from = wide;
    p->end = wide + n;
    p->marked = wide + 2 * n;
    p->head = wide + 3 * n;
    return 0;
}

/* Who goes where: sources sorted by class and target. */
static void find_sources(struct partition *p) {
    const struct dfa *d = p->d;
    uint32_t n = d->n_states, k = d->n_classes;
    for (uint32_t s = 0; s < n; s++) {
        for (uint32_t c = 0; c < k; c++)
            p->head[c * n + d->next[s * k + c]]++;
    }
    for (uint32_t i = 0, sum = 0; i <= n * k; i++) { /* head is the end of each list, and its beginning when the list is filled */
        sum += i < n * k ? p->head[i] : 0;
        p->head[i] = sum;
    }
    for (uint32_t s = 0; s < n; s++) {
        for (uint32_t c = 0; c < k; c++)
            p->source[--p->head[c * n + d->next[s * k + c]]] = (uint16_t)s;
    }
}

/* States with the same bits are a block at first. */
static void first_blocks(struct partition *p) {
    const struct dfa *d = p->d;
    for (uint32_t i = 0; i < d->n_states; i++)
        p->elem[i] = (uint16_t)i;
    for (uint32_t from = 0, end; from < d->n_states; from = end) {
        uint32_t bits = d->matched[p->elem[from]];
        end = from;
        for (uint32_t i = from; i < d->n_states; i++) {
            uint16_t s = p->elem[i];
            if (d->matched[s] != bits)
                continue;
            p->elem[i] = p->elem[end];
            p->elem[end] = s;
            p->block[s] = (uint16_t)p->n_blocks;
            end++;
        }
        p->from[p->n_blocks] = from;
        p->end[p->n_blocks] = end;
        p->todo[p->n_todo++] = (uint16_t)p->n_blocks++;
    }
    for (uint32_t i = 0; i < d->n_states; i++)
        p->place[p->elem[i]] = (uint16_t)i;
}

static void mark(struct partition *p, uint16_t s) {
    uint32_t b = p->block[s], to = p->from[b] + p->marked[b];
    if (p->place[s] < to)
        return;
    uint16_t other = p->elem[to];
    p->elem[p->place[s]] = other;
    p->place[other] = p->place[s];
    p->elem[to] = s;
    p->place[s] = (uint16_t)to;
    if (p->marked[b]++ == 0)
        p->hit[p->n_hit++] = (uint16_t)b;
}

/* The marked states of a block, or the others if they are fewer, become a block of their own. */
static void split(struct partition *p, uint32_t b) {
    uint32_t cut = p->from[b] + p->marked[b], n = p->n_blocks;
    p->marked[b] = 0;
    if (cut == p->end[b])
        return;
    if (cut - p->from[b] <= p->end[b] - cut) {
        p->from[n] = p->from[b];
        p->end[n] = cut;
        p->from[b] = cut;
    } else {
        p->from[n] = cut;
        p->end[n] = p->end[b];
        p->end[b] = cut;
    }
    for (uint32_t i = p->from[n]; i < p->end[n]; i++)
        p->block[p->elem[i]] = (uint16_t)n;
    p->todo[p->n_todo++] = (uint16_t)n; /* the smaller half is enough where the whole was used; where it was not, B is still to do */
    p->n_blocks++;
}

static void refine(struct partition *p) {
    uint32_t n = p->d->n_states;
    while (p->n_todo) {
        uint32_t b = p->todo[--p->n_todo], size = p->end[b] - p->from[b];
        memcpy(p->splitter, p->elem + p->from[b], size * sizeof *p->splitter);
        for (uint32_t c = 0; c < p->d->n_classes; c++) {
            for (uint32_t i = 0; i < size; i++) {
                uint32_t at = c * n + p->splitter[i];
                for (uint32_t k = p->head[at]; k < p->head[at + 1]; k++)
                    mark(p, p->source[k]);
            }
            while (p->n_hit)
                split(p, p->hit[--p->n_hit]);
        }
    }
}

/* ---- the smallest automaton: its numbers ---- */

/* NUMBER [n_blocks]: the block's state, breadth first from the start; ORDER: one of its old states. Returns how many are reached. */
static uint32_t number_states(const struct partition *p, uint16_t *number, uint16_t *order) {
    const struct dfa *d = p->d;
    uint32_t n = 0;
    memset(number, 0xff, p->n_blocks * sizeof *number);
    number[p->block[d->start]] = 0;
    order[n++] = (uint16_t)d->start;
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t c = 0; c < d->n_classes; c++) {
            uint16_t to = d->next[order[i] * d->n_classes + c], *num = &number[p->block[to]];
            if (*num == UINT16_MAX) {
                *num = (uint16_t)n;
                order[n++] = to;
            }
        }
    }
    return n;
}

/* TABLE [n_classes][n] by class. Classes with the same column get the same NUMBER, in the order of ranges; FROM: the class it was.
 * Returns how many there are. */
static uint32_t number_classes(const struct dfa *d, const uint16_t *table, uint32_t n, uint16_t *number, uint32_t *hash) {
    uint32_t count = 0;
    uint16_t *from = number + d->n_classes;
    memset(number, 0xff, d->n_classes * sizeof *number);
    for (uint32_t r = 0; r < d->n_ranges; r++) {
        uint32_t c = d->cls[r], h = 2166136261u, k = 0;
        const uint16_t *column = table + (size_t)c * n;
        if (number[c] != UINT16_MAX)
            continue;
        for (uint32_t s = 0; s < n; s++)
            h = (h ^ column[s]) * 16777619u;
        while (k < count && (hash[k] != h || memcmp(table + (size_t)from[k] * n, column, n * sizeof *column) != 0))
            k++;
        if (k == count) {
            hash[k] = h;
            from[k] = (uint16_t)c;
            count++;
        }
        number[c] = (uint16_t)k;
    }
    return count;
}

struct smaller {
    uint32_t n_states, n_classes, n_ranges;
    uint16_t *state, *order; /* [n_states] number of a block; an old state of each new one */
    uint16_t *cls, *column;  /* [n_classes] number of a class; an old class of each new one */
    uint32_t *hash;
    uint16_t *table;         /* [n_classes][n_states] new states, old classes */
};

static int copy_out(struct dfa *d, const struct dfa *old, const struct smaller *s, struct arena *mem, struct err *e) {
    uint32_t *first = arena_alloc(mem, s->n_ranges, sizeof *first, e);
    uint16_t *cls = first ? arena_alloc(mem, s->n_ranges, sizeof *cls, e) : NULL;
    uint16_t *next = cls ? arena_alloc(mem, (size_t)s->n_states * s->n_classes, sizeof *next, e) : NULL;
    uint32_t *matched = next ? arena_alloc(mem, s->n_states, sizeof *matched, e) : NULL;
    if (!matched)
        return -1;
    for (uint32_t r = 0, n = 0; r < old->n_ranges; r++) {
        if (r && s->cls[old->cls[r]] == s->cls[old->cls[r - 1]])
            continue;
        first[n] = old->first[r];
        cls[n++] = s->cls[old->cls[r]];
    }
    for (uint32_t i = 0; i < s->n_states; i++) {
        matched[i] = old->matched[s->order[i]];
        for (uint32_t c = 0; c < s->n_classes; c++)
            next[i * s->n_classes + c] = s->table[(size_t)s->column[c] * s->n_states + i];
    }
    *d = (struct dfa){.n_states = s->n_states, .n_classes = s->n_classes, .n_ranges = s->n_ranges,
                      .first = first, .cls = cls, .next = next, .matched = matched};
    return 0;
}

static int minimize(struct dfa *d, const struct dfa *old, struct arena *scratch, struct arena *mem, struct err *e) {
    struct partition p = {.d = old};
    struct smaller s = {0};
    uint32_t n = old->n_states, k = old->n_classes;
    if (partition_alloc(&p, scratch, e))
        return -1;
    s.state = arena_alloc(scratch, 2 * n, sizeof *s.state, e);
    s.cls = s.state ? arena_alloc(scratch, 2 * k, sizeof *s.cls, e) : NULL;
    s.hash = s.cls ? arena_alloc(scratch, k, sizeof *s.hash, e) : NULL;
    if (!s.hash)
        return -1;
    find_sources(&p);
    first_blocks(&p);
    refine(&p);
    s.order = s.state + n;
    s.column = s.cls + k;
    s.n_states = number_states(&p, s.state, s.order);
    s.table = p.source; /* no longer needed */
    for (uint32_t c = 0; c < k; c++) {
        for (uint32_t i = 0; i < s.n_states; i++)
            s.table[(size_t)c * s.n_states + i] = s.state[p.block[old->next[s.order[i] * k + c]]];
    }
    s.n_classes = number_classes(old, s.table, s.n_states, s.cls, s.hash);
    for (uint32_t r = 0; r < old->n_ranges; r++)
        s.n_ranges += r == 0 || s.cls[old->cls[r]] != s.cls[old->cls[r - 1]];
    return copy_out(d, old, &s, mem, e);
}

int dfa_minimal(struct dfa *d, const struct dfa *from, struct arena *mem, struct err *e) {
    struct arena scratch = {0};
    int rc = minimize(d, from, &scratch, mem, e);
    arena_free(&scratch);
    return rc;
}

/* ---- several at once ---- */

struct product {
    const struct dfa *const *part;
    uint32_t n;                 /* parts */
    struct arena *mem;          /* scratch */
    struct err *e;
    struct dfa d;
    uint16_t *cls;              /* [n_classes][n] the class of each part */
    uint16_t *tuple;            /* [DFA_MAX_STATES][n] the state of each part */
    uint32_t *matched;          /* [DFA_MAX_STATES] */
    uint16_t *next;
    uint16_t *slot;             /* [HASH_SLOTS] 1 + state or class */
};

static int too_large(const struct product *p) {
    return err_set(p->e, ERR_SCHEMA, "too large together");
}

/* The number of tuple T among the COUNT in LIST, where it is put at the end if it is new and there is room for MOST. */
static int tuple_number(struct product *p, uint16_t *list, uint32_t *count, uint32_t most, const uint16_t *t) {
    uint32_t hash = 2166136261u;
    size_t bytes = p->n * sizeof *t;
    for (uint32_t i = 0; i < p->n; i++)
        hash = (hash ^ t[i]) * 16777619u;
    hash ^= hash >> 15;
    uint32_t s = hash % HASH_SLOTS;
    for (; p->slot[s]; s = (s + 1) % HASH_SLOTS) {
        if (bytes == 0 || memcmp(list + (size_t)(p->slot[s] - 1) * p->n, t, bytes) == 0)
            return p->slot[s] - 1;
    }
    if (*count == most)
        return too_large(p);
    if (bytes)
        memcpy(list + (size_t)*count * p->n, t, bytes);
    p->slot[s] = (uint16_t)(*count + 1);
    return (int)(*count)++;
}

/* The ranges of all parts laid over each other. */
static int product_classes(struct product *p) {
    uint32_t most = 1, n = 0, at[DFA_MAX_PARTS] = {0}, c = 0;
    uint16_t t[DFA_MAX_PARTS];
    for (uint32_t i = 0; i < p->n; i++)
        most += p->part[i]->n_ranges;
    uint32_t n_classes = 0, most_classes = most < DFA_MAX_STATES ? most : DFA_MAX_STATES;
    uint32_t *first = arena_alloc(p->mem, most, sizeof *first, p->e);
    uint16_t *cls = first ? arena_alloc(p->mem, most, sizeof *cls, p->e) : NULL;
    p->cls = cls ? arena_alloc(p->mem, (size_t)most_classes * p->n + 1, sizeof *p->cls, p->e) : NULL;
    if (!p->cls)
        return -1;
    while (c != UINT32_MAX) {
        uint32_t then = UINT32_MAX; /* the next code point at which a range begins */
        for (uint32_t i = 0; i < p->n; i++) {
            const struct dfa *d = p->part[i];
            at[i] += at[i] + 1 < d->n_ranges && d->first[at[i] + 1] == c;
            t[i] = d->cls[at[i]];
            if (at[i] + 1 < d->n_ranges && d->first[at[i] + 1] < then)
                then = d->first[at[i] + 1];
        }
        int number = tuple_number(p, p->cls, &n_classes, most_classes, t);
        if (number < 0)
            return -1;
        first[n] = c;
        cls[n++] = (uint16_t)number;
        c = then;
    }
    p->d = (struct dfa){.n_classes = n_classes, .n_ranges = n, .first = first, .cls = cls};
    return 0;
}

static int product_state(struct product *p, const uint16_t *t) {
    uint32_t n = p->d.n_states, bits = 0;
    int number = tuple_number(p, p->tuple, &p->d.n_states, DFA_MAX_STATES, t);
    if (number < 0 || n == p->d.n_states)
        return number;
    if (p->d.n_states * p->d.n_classes > MAX_TABLE)
        return too_large(p);
    for (uint32_t i = 0; i < p->n; i++)
        bits |= (p->part[i]->matched[t[i]] & 1) << i;
    p->matched[number] = bits;
    return number;
}

static int product_states(struct product *p) {
    uint16_t t[DFA_MAX_PARTS];
    uint32_t k = p->d.n_classes, most = MAX_TABLE / k < DFA_MAX_STATES ? MAX_TABLE / k : DFA_MAX_STATES;
    p->tuple = arena_alloc(p->mem, (size_t)DFA_MAX_STATES * p->n + 1, sizeof *p->tuple, p->e);
    p->matched = p->tuple ? arena_alloc(p->mem, DFA_MAX_STATES, sizeof *p->matched, p->e) : NULL;
    p->next = p->matched ? arena_alloc(p->mem, (size_t)most * k, sizeof *p->next, p->e) : NULL;
    if (!p->next)
        return -1;
    memset(p->slot, 0, HASH_SLOTS * sizeof *p->slot);
    for (uint32_t i = 0; i < p->n; i++)
        t[i] = (uint16_t)p->part[i]->start;
    if (product_state(p, t) < 0)
        return -1;
    for (uint32_t s = 0; s < p->d.n_states; s++) {
        for (uint32_t c = 0; c < k; c++) {
            for (uint32_t i = 0; i < p->n; i++)
                t[i] = p->part[i]->next[p->tuple[(size_t)s * p->n + i] * p->part[i]->n_classes + p->cls[(size_t)c * p->n + i]];
            int number = product_state(p, t);
            if (number < 0)
                return -1;
            p->next[s * k + c] = (uint16_t)number;
        }
    }
    p->d.next = p->next;
    p->d.matched = p->matched;
    return 0;
}

int dfa_product(struct dfa *d, const struct dfa *const *part, int n, struct arena *mem, struct err *e) {
    struct arena scratch = {0};
    struct product p = {.part = part, .n = (uint32_t)n, .mem = &scratch, .e = e};
    p.slot = arena_alloc(&scratch, HASH_SLOTS, sizeof *p.slot, e);
    int rc = !p.slot || product_classes(&p) || product_states(&p) || dfa_minimal(d, &p.d, mem, e) ? -1 : 0;
    arena_free(&scratch);
    return rc;
}
