/* Telling code points apart no further than a pattern does. In: its sets, as ranges. Out: classes. Must not know automata. */
#include "json/classes.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_WORK = 4000000 }; /* ranges of sets looked at, a nanosecond or two each */

static int too_large(struct err *e) {
    return err_set(e, ERR_SCHEMA, "too large");
}

static int by_value(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The first range that begins at POINT or later. */
static uint32_t range_at(const struct classes *c, uint32_t point) {
    uint32_t lo = 0, hi = c->n_ranges;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (c->first[mid] < point)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Cuts the code points wherever a range of a set begins or ends. */
static void cut(struct classes *c, const struct ranges *l) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->n; i++) {
        c->first[n++] = l->at[i].lo;
        c->first[n++] = l->at[i].hi + 1;
    }
    c->first[n++] = 0;
    qsort(c->first, n, sizeof *c->first, by_value);
    c->n_ranges = 1;
    for (uint32_t i = 1; i < n; i++) {
        if (c->first[i] != c->first[c->n_ranges - 1] && c->first[i] <= RANGES_LAST_POINT)
            c->first[c->n_ranges++] = c->first[i];
    }
}

static void count_ranges(const struct classes *c, const struct range *at, uint32_t n, uint32_t *inside) {
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = range_at(c, at[i].lo); k < c->n_ranges && c->first[k] <= at[i].hi; k++)
            inside[c->cls[k]]++;
    }
}

static uint64_t move_ranges(const struct classes *c, const struct range *at, uint32_t n, const uint32_t *name) {
    uint64_t work = n;
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = range_at(c, at[i].lo); k < c->n_ranges && c->first[k] <= at[i].hi; k++, work++) {
            if (name[c->cls[k]])
                c->cls[k] = (uint16_t)name[c->cls[k]];
        }
    }
    return work;
}

/* Of set S; NULL: it is empty. */
static const struct range *ranges_of(const struct regex *r, uint32_t s) {
    return r->set[s].n ? r->ranges.at + r->set[s].first : NULL;
}

/* Each set splits the classes of which it has some ranges but not all. COUNT: the ranges of a class; INSIDE: those in the set at hand,
 * then the name of the class they become, 0 for all or none. */
static int split(struct classes *c, const struct regex *r, uint32_t *count, uint32_t *inside) {
    uint64_t work = 0;
    count[0] = c->n_ranges;
    c->n = 1;
    for (uint32_t s = 0; s < r->n_sets; s++) {
        const struct range *at = ranges_of(r, s);
        uint32_t before = c->n;
        memset(inside, 0, before * sizeof *inside);
        count_ranges(c, at, r->set[s].n, inside);
        for (uint32_t i = 0; i < before; i++) {
            uint32_t n = inside[i];
            inside[i] = n && n < count[i] ? c->n : 0;
            if (!inside[i])
                continue;
            count[i] -= n;
            count[c->n++] = n;
        }
        work += before + move_ranges(c, at, r->set[s].n, inside);
        if (work > MAX_WORK)
            return -1;
    }
    return 0;
}

static void find_members(struct classes *c, const struct regex *r) {
    for (uint32_t s = 0; s < r->n_sets; s++) {
        const struct range *at = ranges_of(r, s);
        for (uint32_t i = 0; i < r->set[s].n; i++) {
            for (uint32_t k = range_at(c, at[i].lo); k < c->n_ranges && c->first[k] <= at[i].hi; k++)
                c->has[(size_t)s * c->words + c->cls[k] / 64] |= UINT64_C(1) << c->cls[k] % 64;
        }
    }
}

int classes_find(struct classes *c, const struct regex *r, struct arena *mem, struct err *e) {
    uint32_t most = 2 * r->ranges.n + 1;
    if (most > UINT16_MAX)
        return too_large(e);
    memset(c, 0, sizeof *c);
    c->first = arena_alloc(mem, most, sizeof *c->first, e);
    c->cls = c->first ? arena_alloc(mem, most, sizeof *c->cls, e) : NULL;
    uint32_t *room = c->cls ? arena_alloc(mem, most, 2 * sizeof *room, e) : NULL;
    if (!room)
        return -1;
    cut(c, &r->ranges);
    if (split(c, r, room, room + most))
        return too_large(e);
    c->words = (c->n + 63) / 64;
    c->has = arena_alloc(mem, r->n_sets * (size_t)c->words, sizeof *c->has, e);
    if (!c->has)
        return -1;
    find_members(c, r);
    return 0;
}
