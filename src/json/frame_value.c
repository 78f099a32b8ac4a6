/* Frames of scalars: one of several texts, a string, a number. Those in a set differ from all that are in it. */
#include "json/frame.h"

#include <stdio.h>
#include <string.h>

/* ---- one of several texts ---- */

static int is_number(const struct text *t) {
    return t->s[0] == '-' || (t->s[0] >= '0' && t->s[0] <= '9');
}

/* Numbers alone may go on behind the end of one. */
static int is_whole(const struct frame *f, const struct text *t) {
    return t->n == f->n && !(f->unique && frame_seen(f, t->s, t->n));
}

static uint32_t one_left(const struct machine *m, const struct frame *f) {
    const struct texts *all = f->of;
    uint32_t least = PARTS_NEVER;
    for (uint32_t i = f->at; i < f->to; i++) {
        const struct text *t = all->text[i];
        uint32_t c = m->parts.least[t->id][f->n];
        if (c < least && !(f->unique && frame_seen(f, t->s, t->n)))
            least = c;
    }
    return least;
}

static void one_narrow(struct machine *m, struct frame f, unsigned char b, struct state *out) {
    const struct texts *all = f.of;
    while (f.at < f.to && (f.n >= all->text[f.at]->n || (unsigned char)all->text[f.at]->s[f.n] < b))
        f.at++;
    uint32_t end = f.at;
    while (end < f.to && (unsigned char)all->text[end]->s[f.n] == b)
        end++;
    f.to = end;
    f.n++;
    if (f.at == f.to)
        return;
    const struct text *t = all->text[f.at];
    if (is_whole(&f, t) && !is_number(t))
        f = frame_done(m, &f, t->s, t->n);
    frame_put(m, &f, out);
}

static void one_step(struct machine *m, const struct frame *f, unsigned char b, struct state *out) {
    const struct text *t = ((const struct texts *)f->of)->text[f->at];
    if (is_whole(f, t)) { /* a number */
        struct frame next = frame_done(m, f, t->s, t->n);
        frame_step(m, &next, b, out);
    }
    one_narrow(m, *f, b, out);
}

/* ---- strings ---- */

static uint32_t string_left(const struct frame *f) {
    const struct lang *l = &((const struct strings *)f->of)->lang;
    struct spelling s = frame_spelling(f);
    return f->unique ? frame_apart_left(l, &s, frame_count(f->digits), frame_matches(f, '"') != 0) : spell_left(l, &s);
}

static void string_step(struct machine *m, const struct frame *f, unsigned char b, struct state *out) {
    const struct lang *l = &((const struct strings *)f->of)->lang;
    struct spelling s = frame_spelling(f);
    struct frame next = *f;
    if (f->unique)
        frame_add_byte(m, &next, b);
    if (b != '"' || s.phase != SPELL_TEXT) {
        if (!spell_step(l, &s, b))
            return;
        frame_set_spelling(&next, &s);
        frame_put(m, &next, out);
        return;
    }
    if (!spell_may_end(l, &s) || (f->unique && next.digits))
        return;
    if (f->unique && !m->failed) {
        char *text = machine_new(m, next.chars->n);
        next = text ? frame_done(m, f, text, frame_spell(next.chars, text)) : next;
    } else {
        next = frame_done(m, f, NULL, 0);
    }
    frame_put(m, &next, out);
}

/* ---- numbers ---- */

static struct number number_of(const struct frame *f) {
    struct number x = {f->digits, (int)f->n, (int)f->at, (int)f->to, (enum number_phase)f->phase};
    return x;
}

static void set_number(struct frame *f, const struct number *x) {
    f->digits = x->digits;
    f->n = (uint32_t)x->n;
    f->at = (uint32_t)x->scale;
    f->to = (uint32_t)x->minus;
    f->phase = (uint8_t)x->phase;
}

/* The numbers among what was seen, at most PARTS_OTHERS. */
static int numbers_seen(const struct frame *f, struct number *x) {
    int n = 0;
    for (const struct seen *s = f->unique ? f->seen : NULL; s; s = s->more) {
        struct numbers any;
        numbers_all(&any, NUMBER_DIGITS, 0);
        x[n] = (struct number){0};
        uint32_t i = 0;
        while (i < s->n && number_step(&any, &x[n], (unsigned char)s->s[i]))
            i++;
        n += i == s->n;
    }
    return n;
}

static int number_left(const struct frame *f) {
    struct number taken[PARTS_OTHERS + 1], x = number_of(f);
    return number_reach(f->of, &x, taken, numbers_seen(f, taken));
}

/* As it is compared with others: 1.50 is 1.5. */
static uint32_t number_text(const struct frame *f, char *out) {
    struct number x = number_of(f);
    char digits[24];
    number_short(&x);
    int n = snprintf(digits, sizeof digits, "%0*llu", x.n, (unsigned long long)x.digits), whole = n - x.scale;
    return (uint32_t)snprintf(out, 32, "%s%.*s%s%s", x.minus ? "-" : "", whole, digits, x.scale ? "." : "", digits + whole);
}

static void number_frame_step(struct machine *m, const struct frame *f, unsigned char b, struct state *out) {
    struct number x = number_of(f);
    if (number_step(f->of, &x, b)) {
        struct frame next = *f;
        set_number(&next, &x);
        frame_put(m, &next, out);
    } else if (f->phase != NUMBER_START && f->below && number_left(f) == 0) {
        char text[32];
        struct frame next = frame_done(m, f, text, f->unique ? number_text(f, text) : 0);
        frame_step(m, &next, b, out);
    }
}

/* ---- all of them ---- */

static struct frame scalar_on(const struct frame *value, enum frame_kind kind, const void *of) {
    struct frame f = frame_on(value->below, kind, of);
    f.unique = value->unique;
    f.seen = value->seen;
    return f;
}

void frame_begin_scalar(struct machine *m, const struct frame *value, const struct way *w, unsigned char b, struct state *out) {
    if (w->values.n > 0) {
        struct frame f = scalar_on(value, FRAME_ONE, &w->values);
        f.to = w->values.n;
        one_narrow(m, f, b, out);
    }
    if (b == '"' && w->string) {
        struct frame f = scalar_on(value, FRAME_STRING, w->string);
        struct spelling s;
        spell_start(&w->string->lang, &s);
        frame_set_spelling(&f, &s);
        if (f.unique) {
            f.digits = frame_all_bits(f.seen);
            frame_add_byte(m, &f, b);
        }
        frame_put(m, &f, out);
    }
    if (w->number && (b == '-' || (b >= '0' && b <= '9'))) {
        struct frame f = scalar_on(value, FRAME_NUMBER, w->number);
        number_frame_step(m, &f, b, out);
    }
}

uint32_t frame_scalar_left(struct machine *m, const struct frame *f) {
    if (f->kind == FRAME_ONE)
        return one_left(m, f);
    if (f->kind == FRAME_STRING)
        return string_left(f);
    int bytes = number_left(f);
    return bytes == NUMBER_NEVER ? PARTS_NEVER : (uint32_t)bytes;
}

void frame_scalar_step(struct machine *m, const struct frame *f, unsigned char b, struct state *out) {
    if (f->kind == FRAME_ONE)
        one_step(m, f, b, out);
    else if (f->kind == FRAME_STRING)
        string_step(m, f, b, out);
    else
        number_frame_step(m, f, b, out);
}

int frame_any_unseen(const struct frame *array) {
    const struct node *node = ((const struct array *)array->of)->rest;
    uint32_t n = array->seen ? array->seen->i + 1 : 0;
    for (uint32_t i = 0; i < node->n_ways; i++) {
        const struct way *w = &node->way[i];
        const struct lang *l = w->string ? &w->string->lang : NULL;
        if (l && (!l->dfa || lang_count(l, l->dfa->start, LANG_COUNTED) > n))
            return 1;
        if (w->number && numbers_count(w->number, PARTS_OTHERS + 1) > (int64_t)n)
            return 1;
        for (uint32_t j = 0; j < w->values.n; j++)
            if (!frame_seen(array, w->values.text[j]->s, w->values.text[j]->n))
                return 1;
    }
    return 0;
}
