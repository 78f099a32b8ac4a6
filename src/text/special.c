/* Special tokens as a sorted list in which each entry knows the longest other entry it begins with. All entries that a text
 * begins with lie on one such chain, which starts at the last entry not greater than the text. In: a vocabulary. Out: matches.
 * Must not know what the text is. */
#include "text/special.h"

#include <stdlib.h>
#include <string.h>

static int compare_bytes(const char *a, size_t an, const char *b, size_t bn) {
    int r = memcmp(a, b, an < bn ? an : bn);
    return r ? r : (an > bn) - (an < bn);
}

static int compare_entries(const void *a, const void *b) {
    const struct special *x = a, *y = b;
    int r = compare_bytes(x->s, x->n, y->s, y->n);
    return r ? r : (x->id > y->id) - (x->id < y->id);
}

static int begins_with(const char *text, size_t n, const struct special *p) { return n >= p->n && memcmp(text, p->s, p->n) == 0; }

static int is_special(const struct vocab *v, uint32_t id) {
    return (v->type[id] == TOK_CONTROL || v->type[id] == TOK_USER) && v->start[id + 1] > v->start[id];
}

int special_open(struct specials *s, const struct vocab *v, struct arena *mem, struct err *e) {
    uint32_t n = 0;
    for (uint32_t id = 0; id < v->n; id++)
        n += (uint32_t)is_special(v, id);
    s->entry = arena_alloc(mem, n, sizeof *s->entry, e);
    if (!s->entry)
        return -1;
    for (uint32_t id = 0; id < v->n; id++) {
        if (!is_special(v, id))
            continue;
        const char *text = v->bytes + v->start[id];
        s->entry[s->n++] = (struct special){text, v->start[id + 1] - v->start[id], (int32_t)id, 0, v->type[id] == TOK_CONTROL};
        s->starts[(unsigned char)text[0]] = 1;
    }
    qsort(s->entry, s->n, sizeof *s->entry, compare_entries);
    for (uint32_t i = 1; i < s->n; i++) {
        uint32_t p = i; /* index + 1: the entry before, then what that one begins with */
        while (p && !begins_with(s->entry[i].s, s->entry[i].n, &s->entry[p - 1]))
            p = s->entry[p - 1].prefix;
        s->entry[i].prefix = p;
    }
    return 0;
}

/* How many entries are not greater than TEXT. */
static uint32_t rank_of(const struct specials *s, const char *text, size_t n) {
    uint32_t lo = 0, hi = s->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (compare_bytes(s->entry[mid].s, s->entry[mid].n, text, n) <= 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

const struct special *special_match(const struct specials *s, const char *text, size_t n, int control) {
    if (n == 0 || !s->starts[(unsigned char)text[0]])
        return NULL;
    for (uint32_t p = rank_of(s, text, n); p; p = s->entry[p - 1].prefix)
        if ((control || !s->entry[p - 1].control) && begins_with(text, n, &s->entry[p - 1]))
            return &s->entry[p - 1];
    return NULL;
}

int32_t special_find(const struct specials *s, const char *name, size_t n) {
    uint32_t p = n ? rank_of(s, name, n) : 0;
    if (!p || compare_bytes(s->entry[p - 1].s, s->entry[p - 1].n, name, n) != 0)
        return -1;
    while (p > 1 && compare_bytes(s->entry[p - 2].s, s->entry[p - 2].n, name, n) == 0)
        p--;
    return s->entry[p - 1].id; /* the first of twins */
}
