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

int inside_far(const struct frame *f, struct inside *in) {
    if (!is_inside(f) || !describe(f, in))
        return 0;
    const struct lang *l = in->lang;
    return f->n >= l->min && l->max > ORDER_LONGEST + 8 && f->n < l->max - (ORDER_LONGEST + 8);
}

int inside_of(const struct frame *f, struct inside *in) {
    return is_inside(f) && describe(f, in) && in->lang->dfa;
}

/* ---- automata --------------------------------------------------------------------------------------------------- */

int insides_open(struct insides *s, const struct order *o, struct err *e) {
    memset(s, 0, sizeof *s);
    s->o = o;
    s->cls_bytes = 65536 * sizeof *s->cls;
    s->sets_bytes = INSIDE_SETS * o->n_words * sizeof *s->sets;
    s->cls = os_reserve(s->cls_bytes);
    s->sets = os_reserve(s->sets_bytes);
    if (!s->cls || !s->sets)
        return err_set(e, ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < INSIDE_SETS; i++)
        s->slot[i].set = s->sets + i * o->n_words;
    return 0;
}

void insides_close(struct insides *s) {
    if (s->cls)
        os_release(s->cls, s->cls_bytes);
    if (s->sets)
        os_release(s->sets, s->sets_bytes);
    s->cls = NULL;
    s->sets = NULL;
}

static void use(struct insides *s, const struct dfa *d) {
    if (s->dfa == d)
        return;
    s->dfa = d;
    for (uint32_t i = 0; i < d->n_ranges && d->first[i] < 65536; i++) {
        const uint32_t end = i + 1 < d->n_ranges && d->first[i + 1] < 65536 ? d->first[i + 1] : 65536;
        for (uint32_t c = d->first[i]; c < end; c++)
            s->cls[c] = d->cls[i];
    }
}

/* The class of the character at *S, which moves behind it. */
static uint32_t next_class(const struct insides *s, const unsigned char **at) {
    const unsigned char *p = *at;
    const uint32_t c = p[0];
    *at += c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (c < 0x80)
        return s->cls[c];
    if (c < 0xe0)
        return s->cls[(c & 0x1f) << 6 | (p[1] & 0x3fu)];
    const uint32_t low = (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    return c < 0xf0 ? s->cls[(c & 0xf) << 12 | low] : dfa_class(s->dfa, (c & 7) << 18 | low << 6 | (p[3] & 0x3fu));
}

/* The state behind the characters from AT to END, of which *n counts how many; UINT32_MAX: nothing can match any more. */
static uint32_t run(const struct insides *s, const struct lang *l, uint32_t q, const char *from, const char *to, uint32_t *n) {
    const unsigned char *at = (const unsigned char *)from, *end = (const unsigned char *)to;
    const struct dfa *d = s->dfa;
    for (; at < end; ++*n) {
        q = d->next[q * d->n_classes + next_class(s, &at)];
        if (l->reach[q].chars == LANG_NEVER)
            return UINT32_MAX;
    }
    return q;
}

/* Whether some character that begins with byte B may come. */
static int may_begin(const struct inside *in, unsigned b) {
    struct reach to;
    const int more = b < 0x80 ? 0 : b < 0xe0 ? 1 : b < 0xf0 ? 2 : 3;
    const uint32_t lo = (b & (0x7fu >> (more ? more + 1 : 0))) << 6 * more, hi = lo | ((1u << 6 * more) - 1);
    return lang_live_range(in->lang, in->q, in->n, lo, hi < 0x10ffff ? hi : 0x10ffff, &to);
}

/* What the tokens of one first byte add to X. */
static void fill(struct insides *s, const struct inside *in, const struct token *t, const struct token *end, struct inside_set *x) {
    for (; t < end; t++) {
        uint32_t n = 0;
        const uint32_t q = run(s, in->lang, in->q, t->s, t->s + t->n, &n);
        if (q == UINT32_MAX)
            continue;
        const struct reach to = in->lang->reach[q];
        x->set[t->id / 32] |= (uint32_t)1 << t->id % 32;
        x->n++;
        x->most = to.bytes + 1u > x->most ? to.bytes + 1u : x->most;
        x->most_chars = to.chars > x->most_chars ? to.chars : x->most_chars;
    }
}

/* From its state on any string may come: what completes those, at most. SEEN [n_states] is for scratch. */
static int is_endless(const struct inside *in, struct inside_set *x, uint16_t *seen) {
    enum { MOST = 256 };
    const struct dfa *d = in->lang->dfa;
    uint32_t n = 1;
    if (d->n_states > MOST)
        return 0;
    seen[0] = (uint16_t)in->q;
    for (uint32_t i = 0; i < n; i++) {
        const struct reach to = in->lang->reach[seen[i]];
        if (to.chars == LANG_NEVER)
            return 0;
        x->most = to.bytes + 1u > x->most ? to.bytes + 1u : x->most;
        x->most_chars = to.chars > x->most_chars ? to.chars : x->most_chars;
        for (uint32_t k = 0; k < d->n_classes; k++) {
            const uint16_t q = d->next[seen[i] * d->n_classes + k];
            uint32_t j = 0;
            while (j < n && seen[j] != q)
                j++;
            if (j == n)
                seen[n++] = q;
        }
    }
    return 1;
}

static struct inside_set *find_set(struct insides *s, const struct inside *in) {
    struct inside_set *oldest = s->slot;
    for (struct inside_set *x = s->slot; x < s->slot + INSIDE_SETS; x++) {
        if (x->used && x->lang == in->lang && x->q == in->q)
            return x;
        if (x->used < oldest->used)
            oldest = x;
    }
    *oldest = (struct inside_set){in->lang, in->q, oldest->set, 0, 0, 0, 0};
    uint16_t seen[256];
    if (is_endless(in, oldest, seen)) {
        memcpy(oldest->set, s->o->plain_set, s->o->n_words * sizeof *oldest->set);
        oldest->n = s->o->n_plain;
        return oldest;
    }
    oldest->most = oldest->most_chars = 0;
    memset(oldest->set, 0, s->o->n_words * sizeof *oldest->set);
    use(s, in->lang->dfa);
    for (unsigned b = 0; b < 256; b++) {
        const uint32_t from = s->o->pair[b * 257], to = s->o->pair[(b + 1) * 257];
        if (from < to && may_begin(in, b))
            fill(s, in, s->o->plain + from, s->o->plain + to, oldest);
    }
    return oldest;
}

const struct inside_set *insides_plain(struct insides *s, const struct inside *in) {
    const struct lang *l = in->lang;
    if (in->n + 1 < l->min || l->max - in->n < ORDER_LONGEST)
        return NULL;
    struct inside_set *x = find_set(s, in);
    x->used = ++s->clock;
    return x->most_chars <= l->max - in->n - ORDER_LONGEST ? x : NULL;
}

uint32_t insides_behind(struct insides *s, const struct inside *in, const struct token *t, uint32_t from) {
    struct reach to;
    uint32_t n = in->n;
    use(s, in->lang->dfa);
    const uint32_t q = run(s, in->lang, in->q, t->s + from, t->s + t->n, &n);
    return q != UINT32_MAX && lang_live(in->lang, q, n, &to) ? to.bytes + 1u : SPELL_NEVER;
}
