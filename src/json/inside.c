/* Plain tokens through the automaton of a string. */
#include "json/inside.h"

#include <string.h>
#include "base/os.h"

static int is_inside(const struct frame *f) {
    return (f->kind == FRAME_STRING || f->kind == FRAME_NAME) && f->phase == SPELL_TEXT;
}

int inside_is_alone(const struct frame *f) {
    return f->digits == 0 && f->at == f->to;
}

int inside_meets(const struct frame *f, unsigned char b) {
    if (f->kind == FRAME_NAME) {
        const struct texts *refused = &((const struct object *)f->of)->refused;
        const uint32_t n = f->chars ? f->chars->n : 0;
        for (uint32_t i = f->at; i < f->to; i++)
            if ((unsigned char)refused->text[i]->s[n] == b)
                return 1;
    }
    return f->digits != 0 && frame_matches(f, b) != 0;
}

void inside_alone(struct frame *f) {
    f->digits = 0;
    f->at = f->to = 0;
}

static int describe(const struct frame *f, struct inside *in) {
    const struct lang *l = f->kind == FRAME_NAME ? &((const struct object *)f->of)->name.lang : &((const struct strings *)f->of)->lang;
    const struct spelling s = {f->n, 0, f->q, f->phase, 0};
    const uint32_t left = spell_left(l, &s);
    if (left == SPELL_NEVER || left > f->left)
        return 0;
    *in = (struct inside){l, f->q, f->n, f->left - left};
    return 1;
}

int inside_free(const struct frame *f, struct inside *in) {
    return is_inside(f) && describe(f, in) && !in->lang->dfa;
}

int inside_of(const struct frame *f, struct inside *in) {
    return is_inside(f) && describe(f, in) && in->lang->dfa;
}

/* ---- automata --------------------------------------------------------------------------------------------------- */

int insides_open(struct insides *s, struct order *o, struct err *e) {
    memset(s, 0, sizeof *s);
    s->o = o;
    s->sets_bytes = INSIDE_SETS * o->n_words * sizeof *s->sets;
    s->sets = os_reserve(s->sets_bytes);
    s->table = os_reserve(INSIDE_TABLES * sizeof *s->table);
    if (!s->sets || !s->table)
        return err_set(e, ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < INSIDE_SETS; i++)
        s->slot[i].set = s->sets + i * o->n_words;
    s->at = s->table;
    return 0;
}

void insides_close(struct insides *s) {
    if (s->sets)
        os_release(s->sets, s->sets_bytes);
    if (s->table)
        os_release(s->table, INSIDE_TABLES * sizeof *s->table);
    s->sets = NULL;
    s->table = NULL;
}

static void lay_classes(struct inside_table *t, const struct dfa *d) {
    uint32_t r = 0;
    for (uint32_t c = 0; c < INSIDE_LOW; c++) {
        r += r + 1 < d->n_ranges && d->first[r + 1] <= c;
        t->low[c] = d->cls[r];
    }
    r = 0;
    for (uint32_t c = 0; c < 0x10000; c += INSIDE_BLOCK) {
        while (r + 1 < d->n_ranges && d->first[r + 1] <= c)
            r++;
        const int whole = r + 1 == d->n_ranges || d->first[r + 1] >= c + INSIDE_BLOCK;
        t->block[c / INSIDE_BLOCK] = whole ? d->cls[r] : INSIDE_MIXED;
    }
}

/* Where one step leads to a state that is K - 1 characters from the end of hope, it is K. */
static void lay_far(struct inside_table *t, const struct lang *l) {
    const struct dfa *d = l->dfa;
    const int worth = d->n_states * d->n_classes <= INSIDE_WORK;
    for (uint32_t q = 0; q < d->n_states; q++)
        t->far[q] = l->reach[q].chars == LANG_NEVER ? 0 : worth ? INSIDE_FAR : 1;
    for (uint8_t k = 1, found = 1; k < INSIDE_FAR && found && worth; k++) {
        found = 0;
        for (uint32_t q = 0; q < d->n_states; q++)
            for (uint32_t i = 0; i < d->n_classes && t->far[q] == INSIDE_FAR; i++)
                if (t->far[d->next[q * d->n_classes + i]] == k - 1) {
                    t->far[q] = k;
                    found = 1;
                }
    }
}

static void use(struct insides *s, const struct lang *l) {
    struct inside_table *oldest = s->table;
    if (s->at->lang == l)
        return;
    for (s->at = s->table; s->at < s->table + INSIDE_TABLES && s->at->lang != l; s->at++)
        if (s->at->used < oldest->used)
            oldest = s->at;
    if (s->at == s->table + INSIDE_TABLES) {
        s->at = oldest;
        oldest->lang = l;
        lay_classes(oldest, l->dfa);
        lay_far(oldest, l);
    }
    s->at->used = ++s->clock;
}

/* The class of the character at *S, which moves behind it. */
static uint32_t next_class(const struct inside_table *t, const unsigned char **at) {
    const unsigned char *p = *at;
    const uint32_t c = p[0];
    *at += c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (c < 0x80)
        return t->low[c];
    if (c < 0xe0)
        return t->low[(c & 0x1f) << 6 | (p[1] & 0x3fu)];
    const uint32_t high = (c & 0xf) << 6 | (p[1] & 0x3fu);
    if (c < 0xf0 && t->block[high] != INSIDE_MIXED)
        return t->block[high];
    return dfa_class(t->lang->dfa, c < 0xf0 ? high << 6 | (p[2] & 0x3fu)
                                            : (c & 7) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu));
}

/* The state behind the characters from AT to END, of which *n counts how many; UINT32_MAX: nothing can match any more. */
static uint32_t run(const struct inside_table *t, uint32_t q, const char *from, const char *to, uint32_t *n) {
    const unsigned char *at = (const unsigned char *)from, *end = (const unsigned char *)to;
    const struct dfa *d = t->lang->dfa;
    for (; at < end; ++*n) {
        q = d->next[q * d->n_classes + next_class(t, &at)];
        if (t->far[q] == 0)
            return UINT32_MAX;
    }
    return q;
}

/* The same, but no further than where what is left is too short to come to the end of hope. */
static int goes_on(const struct inside_table *t, uint32_t q, const char *from, const char *to) {
    const unsigned char *at = (const unsigned char *)from, *end = (const unsigned char *)to;
    const struct dfa *d = t->lang->dfa;
    while (end - at >= t->far[q] && t->far[q] > 0 && at < end)
        q = d->next[q * d->n_classes + next_class(t, &at)];
    return t->far[q] > 0;
}

int inside_may_begin(const struct inside *in, unsigned b) {
    struct reach to;
    const int more = b < 0x80 ? 0 : b < 0xe0 ? 1 : b < 0xf0 ? 2 : 3;
    const uint32_t lo = (b & (0x7fu >> (more ? more + 1 : 0))) << 6 * more, hi = lo | ((1u << 6 * more) - 1);
    return lang_live_range(in->lang, in->q, in->n, lo, hi < 0x10ffff ? hi : 0x10ffff, &to);
}

/* Puts right which of N tokens are in X; Q is the state behind their first FROM bytes. */
static void fill_some(const struct inside_table *at, uint32_t q, uint32_t from, const struct token *t, uint32_t n, struct inside_set *x) {
    for (const struct token *end = t + n; t < end; t++) {
        const uint32_t bit = t->id % 32, yes = (uint32_t)goes_on(at, q, t->s + from, t->s + t->n);
        uint32_t *word = &x->set[t->id / 32];
        x->n += yes - (*word >> bit & 1);
        *word = (*word & ~((uint32_t)1 << bit)) | yes << bit;
    }
}

/* Of those that begin with byte B. Most of them begin with two characters of a byte each, and have the state behind these in common.
 * FRESH: none of them is in X yet. */
static void fill(struct insides *s, const struct inside *in, unsigned b, int fresh, struct inside_set *x) {
    const struct token *t = order_some(s->o, b, ORDER_ANY), *end = t + order_count(s->o, b, ORDER_ANY);
    const struct inside_table *at = s->at;
    const struct dfa *d = in->lang->dfa;
    uint32_t q = in->q, from = 0;
    if (b < 0x80) {
        const uint32_t alone = order_count(s->o, b, ORDER_ALONE);
        q = d->next[q * d->n_classes + at->low[b]];
        from = 1;
        fill_some(at, q, 1, t, alone, x);
        t += alone;
        for (int c = 0; c < 0x80; c++) {
            const uint32_t n = order_count(s->o, b, c), to = d->next[q * d->n_classes + at->low[c]]; /* from no hope to no hope */
            if (n > 0 && !(fresh && at->far[to] == 0))
                fill_some(at, to, 2, t, n, x);
            t += n;
        }
    }
    fill_some(at, q, from, t, (uint32_t)(end - t), x);
}

/* All characters that begin with byte B lead to the same state from P as from Q. Of the four-byte ones nothing is said. */
static int same_behind(const struct inside_table *t, uint32_t p, uint32_t q, unsigned b) {
    const uint16_t *next = t->lang->dfa->next, *cls = b < 0x80 ? &t->low[b] : b < 0xe0 ? &t->low[(b & 0x1f) << 6] : &t->block[(b & 0xf) << 6];
    const uint32_t k = t->lang->dfa->n_classes, n = b < 0x80 ? 1 : 64;
    for (uint32_t i = 0; i < n; i++)
        if (b >= 0xf0 || cls[i] == INSIDE_MIXED || next[p * k + cls[i]] != next[q * k + cls[i]])
            return 0;
    return 1;
}

/* The set of a state from which most tokens lead to the same, and so are in both or in none; NULL: none makes less work than to try all
 * that may begin. */
static const struct inside_set *find_like(const struct insides *s, const struct inside *in, const unsigned char *begins) {
    const struct inside_set *like = NULL;
    uint32_t best = 0;
    for (unsigned b = 0; b < 256; b++)
        best += begins[b] ? order_count(s->o, b, ORDER_ANY) : 0;
    for (const struct inside_set *x = s->slot; x < s->slot + INSIDE_SETS; x++) {
        uint32_t work = 0;
        if (!x->used || x->lang != in->lang)
            continue;
        for (unsigned b = 0; b < 256 && work < best; b++)
            work += order_count(s->o, b, ORDER_ANY) > 0 && !same_behind(s->at, x->q, in->q, b) ? order_count(s->o, b, ORDER_ANY) : 0;
        if (work < best) {
            like = x;
            best = work;
        }
    }
    return like;
}

static void fill_all(struct insides *s, const struct inside *in, struct inside_set *x) {
    unsigned char begins[256];
    use(s, in->lang);
    for (unsigned b = 0; b < 256; b++)
        begins[b] = order_count(s->o, b, ORDER_ANY) > 0 && inside_may_begin(in, b);
    const struct inside_set *like = find_like(s, in, begins);
    if (like) {
        memcpy(x->set, like->set, s->o->n_words * sizeof *x->set);
        x->n = like->n;
    } else {
        memset(x->set, 0, s->o->n_words * sizeof *x->set);
    }
    for (unsigned b = 0; b < 256; b++)
        if (like ? order_count(s->o, b, ORDER_ANY) > 0 && !same_behind(s->at, like->q, in->q, b) : begins[b])
            fill(s, in, b, !like, x);
}

/* What completes a string in one of the states that follow its own, at most. 1: any string may come. */
static int look_ahead(const struct inside *in, struct inside_set *x) {
    const struct dfa *d = in->lang->dfa;
    uint8_t seen[DFA_MAX_STATES] = {0};
    uint16_t queue[DFA_MAX_STATES];
    uint32_t n = 0;
    int endless = 1;
    queue[n++] = (uint16_t)in->q;
    seen[in->q] = 1;
    for (uint32_t i = 0; i < n; i++) {
        const struct reach to = in->lang->reach[queue[i]];
        if (to.chars == LANG_NEVER) {
            endless = 0;
            continue;
        }
        x->most = to.bytes + 1u > x->most ? to.bytes + 1u : x->most;
        x->most_chars = to.chars > x->most_chars ? to.chars : x->most_chars;
        for (uint32_t k = 0; k < d->n_classes; k++) {
            const uint16_t q = d->next[queue[i] * d->n_classes + k];
            if (!seen[q])
                queue[n++] = q;
            seen[q] = 1;
        }
    }
    return endless;
}

static struct inside_set *find_set(struct insides *s, const struct inside *in) {
    for (struct inside_set *x = s->slot; x < s->slot + INSIDE_SETS; x++)
        if (x->used && x->lang == in->lang && x->q == in->q)
            return x;
    return NULL;
}

static struct inside_set *make_set(struct insides *s, const struct inside *in) {
    struct inside_set *oldest = s->slot;
    for (struct inside_set *x = s->slot; x < s->slot + INSIDE_SETS; x++)
        if (x->used < oldest->used)
            oldest = x;
    *oldest = (struct inside_set){in->lang, in->q, oldest->set, 0, 0, 0, 0};
    if (look_ahead(in, oldest)) {
        memcpy(oldest->set, s->o->plain_set, s->o->n_words * sizeof *oldest->set);
        oldest->n = s->o->n_plain;
        return oldest;
    }
    fill_all(s, in, oldest);
    return oldest;
}

static const struct inside_set *plain_set(struct insides *s, const struct inside *in, int make) {
    const struct lang *l = in->lang;
    if (in->n + 1 < l->min || l->max - in->n < ORDER_LONGEST)
        return NULL;
    struct inside_set *x = find_set(s, in);
    if (!x && make)
        x = make_set(s, in);
    if (!x)
        return NULL;
    x->used = ++s->clock;
    return x->most_chars <= l->max - in->n - ORDER_LONGEST ? x : NULL;
}

const struct inside_set *insides_plain(struct insides *s, const struct inside *in) {
    return plain_set(s, in, 1);
}

const struct inside_set *insides_known(struct insides *s, const struct inside *in) {
    return plain_set(s, in, 0);
}

uint32_t insides_behind(struct insides *s, const struct inside *in, const struct token *t, uint32_t from) {
    struct reach to;
    uint32_t n = in->n;
    use(s, in->lang);
    const uint32_t q = run(s->at, in->q, t->s + from, t->s + t->n, &n);
    return q != UINT32_MAX && lang_live(in->lang, q, n, &to) ? to.bytes + 1u : SPELL_NEVER;
}
