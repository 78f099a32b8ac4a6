/* Ranges of code points. In: ends of ranges. Out: sorted lists. Must not know what a pattern looks like. */
#include "json/ranges.h"

#include <stdlib.h>
#include <string.h>

static struct range digits[] = {{'0', '9'}};
static struct range word[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
static struct range space[] = {{'\t', '\r'}, {' ', ' '}, {0xa0, 0xa0}, {0x1680, 0x1680}, {0x2000, 0x200a}, {0x2028, 0x2029},
                               {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000}, {0xfeff, 0xfeff}};
static struct range line_ends[] = {{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};

#define LIST(a) {a, sizeof a / sizeof *a, 0}

const struct ranges *ranges_named(int letter) {
    static const struct ranges d = LIST(digits), w = LIST(word), s = LIST(space), dot = LIST(line_ends);
    return letter == 'd' ? &d : letter == 'w' ? &w : letter == 's' ? &s : letter == '.' ? &dot : NULL;
}

static int append(struct ranges *r, uint32_t lo, uint32_t hi, struct arena *mem, struct err *e) {
    if (r->n == r->room) {
        uint32_t room = r->room ? 2 * r->room : 64;
        struct range *at = arena_alloc(mem, room, sizeof *at, e);
        if (!at)
            return -1;
        if (r->n)
            memcpy(at, r->at, r->n * sizeof *at);
        r->at = at;
        r->room = room;
    }
    r->at[r->n++] = (struct range){lo, hi};
    return 0;
}

int ranges_add(struct ranges *r, uint32_t lo, uint32_t hi, struct arena *mem, struct err *e) {
    if (lo >= 0xd800 && lo <= 0xdfff)
        lo = 0xe000;
    if (hi >= 0xd7ff && hi <= 0xdfff)
        hi = lo <= 0xd7ff ? 0xdfff : 0xd7ff; /* nothing where LO was a surrogate too */
    return lo <= hi ? append(r, lo, hi, mem, e) : 0;
}

int ranges_add_all(struct ranges *r, const struct ranges *from, int negated, struct arena *mem, struct err *e) {
    uint32_t next = 0;
    for (uint32_t i = 0; i < from->n; i++) {
        uint32_t lo = negated ? next : from->at[i].lo, hi = negated ? from->at[i].lo - 1 : from->at[i].hi;
        if ((!negated || from->at[i].lo > next) && ranges_add(r, lo, hi, mem, e))
            return -1;
        next = from->at[i].hi + 1;
    }
    return negated && next <= RANGES_LAST_POINT ? ranges_add(r, next, RANGES_LAST_POINT, mem, e) : 0;
}

static int by_lo(const void *a, const void *b) {
    uint32_t x = ((const struct range *)a)->lo, y = ((const struct range *)b)->lo;
    return (x > y) - (x < y);
}

void ranges_join(struct ranges *r) {
    uint32_t n = 0, sorted = 1;
    for (uint32_t i = 1; i < r->n; i++)
        sorted &= r->at[i - 1].lo <= r->at[i].lo;
    if (!sorted)
        qsort(r->at, r->n, sizeof *r->at, by_lo);
    for (uint32_t i = 0; i < r->n; i++) {
        if (n == 0 || r->at[i].lo > r->at[n - 1].hi + 1)
            r->at[n++] = r->at[i];
        else if (r->at[i].hi > r->at[n - 1].hi)
            r->at[n - 1].hi = r->at[i].hi;
    }
    r->n = n;
}
