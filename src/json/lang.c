/* How a beginning of a string can be completed. In: an automaton with its ends. Out: the shortest completions, and how many short ones
 * there are. Must not know where the automaton comes from.
 */
#include "json/lang.h"

#include <string.h>

enum { MAX_ENTRIES = 1 << 20, COUNT_FULL = 255 };

/* From one state to another by one character. */
struct edge {
    uint16_t from, to;
    uint16_t cost;   /* bytes of the cheapest character */
    uint32_t chars;  /* how many characters go there */
};

struct edges {
    const struct dfa *d;
    struct edge *at;        /* by source */
    uint32_t *first;        /* [n_states + 1] of a source */
    uint32_t *by_target;    /* [n] edges by target */
    uint32_t *first_target; /* [n_states + 1] in by_target */
    uint32_t n;
};

/* ---- what a character costs ---- */

static int is_short_escape(uint32_t c) {
    return c == '"' || c == '\\' || c == '\b' || c == '\f' || c == '\n' || c == '\r' || c == '\t';
}

static uint32_t spelling(uint32_t c) {
    if (c < 0x20)
        return is_short_escape(c) ? 2 : 6;
    return c < 0x80 ? 1u + is_short_escape(c) : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

/* The least of the characters LO to HI. DEL is spelt as it is. */
static uint32_t cheapest(uint32_t lo, uint32_t hi) {
    uint32_t least = 6;
    for (uint32_t c = lo; c <= hi && c < 0x80 && least > 1; c++)
        least = spelling(c) < least ? spelling(c) : least;
    uint32_t wide = lo > 0x80 ? lo : 0x80;
    return hi >= wide && spelling(wide) < least ? spelling(wide) : least;
}

/* How many there are from LO to HI; surrogates are none. */
static uint32_t characters(uint32_t lo, uint32_t hi) {
    uint32_t from = lo > 0xd800 ? lo : 0xd800, to = hi < 0xdfff ? hi : 0xdfff;
    return hi - lo + 1 - (from <= to ? to - from + 1 : 0);
}

/* ---- edges ---- */

/* COST, CHARS [n_classes]. */
static void measure_classes(const struct dfa *d, uint16_t *cost, uint32_t *chars) {
    for (uint32_t r = 0; r < d->n_ranges; r++) {
        uint32_t lo = d->first[r], hi = r + 1 < d->n_ranges ? d->first[r + 1] - 1 : 0x10ffff, c = d->cls[r];
        uint32_t n = characters(lo, hi);
        if (n == 0)
            continue;
        uint32_t least = cheapest(lo >= 0xd800 && lo <= 0xdfff ? 0xe000 : lo, hi);
        if (chars[c] == 0 || least < cost[c])
            cost[c] = (uint16_t)least;
        chars[c] += n;
    }
}

static void sort_by_target(struct edges *s) {
    uint32_t n = s->d->n_states;
    for (uint32_t i = 0; i < s->n; i++)
        s->first_target[s->at[i].to]++;
    for (uint32_t i = 0, sum = 0; i <= n; i++) {
        sum += i < n ? s->first_target[i] : 0;
        s->first_target[i] = sum;
    }
    for (uint32_t i = 0; i < s->n; i++)
        s->by_target[--s->first_target[s->at[i].to]] = i;
}

static int find_edges(struct edges *s, const struct dfa *d, struct arena *scratch, struct err *e) {
    size_t n = d->n_states, k = d->n_classes;
    s->d = d;
    s->at = arena_alloc(scratch, n * k, sizeof *s->at, e);
    uint32_t *room = s->at ? arena_alloc(scratch, 3 * n + 2 + n * k + k, sizeof *room, e) : NULL;
    uint16_t *cost = room ? arena_alloc(scratch, k, sizeof *cost, e) : NULL;
    if (!cost)
        return -1;
    s->first = room;
    s->first_target = room + n + 1;
    uint32_t *seen = room + 2 * n + 2, *chars = seen + n; /* 1 + the edge to a state that was found last */
    s->by_target = chars + k;
    measure_classes(d, cost, chars);
    for (uint32_t i = 0; i < n; i++) {
        s->first[i] = s->n;
        for (uint32_t c = 0; c < k; c++) {
            uint16_t to = d->next[i * k + c];
            if (chars[c] == 0)
                continue;
            if (seen[to] <= s->first[i]) {
                s->at[s->n++] = (struct edge){.from = (uint16_t)i, .to = to, .cost = cost[c]};
                seen[to] = s->n;
            }
            struct edge *at = &s->at[seen[to] - 1];
            at->chars += chars[c];
            if (cost[c] < at->cost)
                at->cost = cost[c];
        }
    }
    s->first[n] = s->n;
    sort_by_target(s);
    return 0;
}

/* ---- rows ---- */

static int less(struct reach a, struct reach b) {
    return a.chars != b.chars ? a.chars < b.chars : a.bytes < b.bytes;
}

/* Backwards from the ends, one more character at a time. QUEUE [n_states]. A state's bytes are the least once all states one character
 * nearer to an end are done, which is before its own turn. */
static void shortest(const struct edges *s, const int32_t *label, struct reach *row, uint32_t *queue) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->d->n_states; i++) {
        row[i] = (struct reach){label[i] < 0 ? LANG_NEVER : 0, 0};
        if (label[i] >= 0)
            queue[n++] = i;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t to = queue[i];
        for (uint32_t k = s->first_target[to]; k < s->first_target[to + 1]; k++) {
            const struct edge *edge = &s->at[s->by_target[k]];
            struct reach r = {(uint16_t)(row[to].chars + 1), (uint16_t)(row[to].bytes + edge->cost)}; /* 8191 * 6 fits */
            if (row[edge->from].chars == LANG_NEVER)
                queue[n++] = edge->from;
            if (less(r, row[edge->from]))
                row[edge->from] = r;
        }
    }
}

/* ROW for one character more than BEFORE. -1: a number does not fit. */
static int longer(const struct edges *s, const struct reach *before, struct reach *row) {
    for (uint32_t i = 0; i < s->d->n_states; i++) {
        row[i] = (struct reach){LANG_NEVER, 0};
        for (uint32_t k = s->first[i]; k < s->first[i + 1]; k++) {
            const struct edge *edge = &s->at[k];
            struct reach r = before[edge->to];
            if (r.chars == LANG_NEVER)
                continue;
            if (r.chars + 1 >= LANG_NEVER || r.bytes + edge->cost > UINT16_MAX)
                return -1;
            r.chars++;
            r.bytes = (uint16_t)(r.bytes + edge->cost);
            if (less(r, row[i]))
                row[i] = r;
        }
    }
    return 0;
}

static void count_rows(const struct edges *s, const int32_t *label, uint8_t *count) {
    uint32_t n = s->d->n_states;
    for (uint32_t i = 0; i < n; i++)
        count[i] = label[i] >= 0;
    for (uint32_t row = 1; row <= LANG_COUNTED; row++) {
        const uint8_t *before = count + (size_t)(row - 1) * n;
        for (uint32_t i = 0; i < n; i++) {
            uint64_t sum = label[i] >= 0;
            for (uint32_t k = s->first[i]; k < s->first[i + 1]; k++)
                sum += (uint64_t)s->at[k].chars * before[s->at[k].to];
            count[(size_t)row * n + i] = sum > COUNT_FULL ? COUNT_FULL : (uint8_t)sum;
        }
    }
}

static int too_long(const struct lang *l, struct err *e) {
    return err_set(e, ERR_SCHEMA, "minLength %u is too large together with a pattern", l->min);
}

static int measure(struct lang *l, int counted, struct arena *scratch, struct arena *mem, struct err *e) {
    struct edges s = {0};
    size_t n = l->dfa->n_states;
    if (((uint64_t)l->min + 1) * n > MAX_ENTRIES)
        return too_long(l, e);
    struct reach *reach = arena_alloc(mem, (l->min + 1) * n, sizeof *reach, e);
    uint32_t *queue = reach ? arena_alloc(scratch, n, sizeof *queue, e) : NULL;
    uint8_t *count = counted && queue ? arena_alloc(mem, (LANG_COUNTED + 1) * n, 1, e) : NULL;
    if (!queue || (counted && !count) || find_edges(&s, l->dfa, scratch, e))
        return -1;
    shortest(&s, l->label, reach, queue);
    for (size_t row = 1; row <= l->min; row++) {
        if (longer(&s, reach + (row - 1) * n, reach + row * n))
            return too_long(l, e);
    }
    if (count)
        count_rows(&s, l->label, count);
    l->reach = reach;
    l->count = count;
    return 0;
}

int lang_measure(struct lang *l, int count, struct arena *mem, struct err *e) {
    struct arena scratch = {0};
    int rc = measure(l, count, &scratch, mem, e);
    arena_free(&scratch);
    return rc;
}

/* ---- asking ---- */

int lang_live(const struct lang *l, uint32_t state, uint32_t len, struct reach *to) {
    uint32_t row = len < l->min ? l->min - len : 0;
    struct reach r = l->reach[(size_t)row * l->dfa->n_states + state];
    if (r.chars == LANG_NEVER || len > l->max || r.chars > l->max - len)
        return 0;
    *to = r;
    return 1;
}

/* The range that C is in. */
static uint32_t range_of(const struct dfa *d, uint32_t c) {
    uint32_t from = 0, end = d->n_ranges;
    while (end - from > 1) {
        uint32_t mid = (from + end) / 2;
        if (d->first[mid] <= c)
            from = mid;
        else
            end = mid;
    }
    return from;
}

/* How many characters range I has from LO to HI. */
static uint32_t characters_of(const struct dfa *d, uint32_t i, uint32_t lo, uint32_t hi) {
    uint32_t x = d->first[i] > lo ? d->first[i] : lo, y = i + 1 < d->n_ranges && d->first[i + 1] <= hi ? d->first[i + 1] - 1 : hi;
    return characters(x, y);
}

int lang_live_range(const struct lang *l, uint32_t state, uint32_t len, uint32_t lo, uint32_t hi, struct reach *to) {
    const struct dfa *d = l->dfa;
    struct reach r, least = {LANG_NEVER, 0};
    for (uint32_t i = range_of(d, lo); i < d->n_ranges && d->first[i] <= hi; i++) {
        if (characters_of(d, i, lo, hi) == 0)
            continue;
        if (lang_live(l, d->next[state * d->n_classes + d->cls[i]], len + 1, &r) && less(r, least))
            least = r;
    }
    if (least.chars == LANG_NEVER)
        return 0;
    *to = least;
    return 1;
}

uint32_t lang_count_range(const struct lang *l, uint32_t state, uint32_t lo, uint32_t hi, uint32_t k) {
    const struct dfa *d = l->dfa;
    uint64_t sum = 0;
    for (uint32_t i = range_of(d, lo); i < d->n_ranges && d->first[i] <= hi; i++)
        sum += (uint64_t)characters_of(d, i, lo, hi) * lang_count(l, d->next[state * d->n_classes + d->cls[i]], k);
    return sum < 255 ? (uint32_t)sum : 255;
}
