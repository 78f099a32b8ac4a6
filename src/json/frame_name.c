/* Frames of members' names, behind the opening quote: one that is declared, or another. Where an object allows both, the two are read side
 * by side until the bytes tell. What is below is the object as it was before this member.
 */
#include "json/frame.h"

/* The object behind a member, AT being the next. */
static struct frame object_after(const struct frame *object, uint32_t at) {
    struct frame f = *object;
    f.at = at;
    f.n++;
    f.phase = PLACE_AFTER;
    return f;
}

static const struct frame *keep_object(struct machine *m, struct frame *object) {
    const struct place_in in = frame_place(object);
    object->left = parts_sum(parts_object_rest(&m->parts, object->of, &in), object->rest);
    return machine_keep(m, object);
}

/* ---- declared names ---- */

static const struct text *text_of(const struct object *o, uint32_t i) {
    return o->member[o->by_text[i]].text;
}

static uint32_t key_left(const struct machine *m, const struct frame *f) {
    const struct object *o = f->of;
    const struct place_in in = frame_place(f->below);
    uint32_t least = PARTS_NEVER;
    for (uint32_t i = f->at; i < f->to; i++) {
        uint32_t j = o->by_text[i];
        if (!parts_may_member(&m->parts, o, j, &in))
            continue;
        const struct member *member = &o->member[j];
        uint32_t c = parts_sum(m->parts.least[member->text->id][f->n], m->parts.node[member->node->id].cost);
        const struct place_in next = {j + 1, in.n + 1, in.used, in.depth};
        c = parts_sum(c, parts_object_rest(&m->parts, o, &next));
        least = c < least ? c : least;
    }
    return least;
}

static void key_step(struct machine *m, const struct frame *f, unsigned char b, struct state *out) {
    const struct object *o = f->of;
    struct frame next = *f;
    while (next.at < next.to && (unsigned char)text_of(o, next.at)->s[f->n] < b)
        next.at++;
    uint32_t end = next.at;
    while (end < next.to && (unsigned char)text_of(o, end)->s[f->n] == b)
        end++;
    next.to = end;
    next.n++;
    if (next.at == next.to)
        return;
    const struct text *t = text_of(o, next.at);
    if (next.n == t->n) { /* no name with its closing quote begins another */
        const struct place_in in = frame_place(f->below);
        uint32_t i = o->by_text[next.at];
        if (!parts_may_member(&m->parts, o, i, &in))
            return;
        struct frame object = object_after(f->below, i + 1);
        next = frame_on(keep_object(m, &object), FRAME_VALUE, o->member[i].node);
    }
    if (!m->failed)
        frame_put(m, &next, out);
}

/* ---- other names ---- */

/* Those of the refused names from f->at to f->to that go on with B. */
static void refused_narrow(const struct frame *f, unsigned char b, uint32_t *at, uint32_t *to) {
    const struct texts *all = &((const struct object *)f->of)->refused;
    uint32_t i = f->chars ? f->chars->n : 0;
    for (*at = f->at; *at < f->to && (unsigned char)all->text[*at]->s[i] < b;)
        ++*at;
    for (*to = *at; *to < f->to && (unsigned char)all->text[*to]->s[i] == b;)
        ++*to;
}

static uint32_t name_left(const struct machine *m, const struct frame *f) {
    const struct object *o = f->of;
    struct spelling s = frame_spelling(f);
    uint32_t at, to, others = frame_count(f->digits) + f->to - f->at;
    refused_narrow(f, '"', &at, &to);
    uint32_t c = frame_apart_left(&o->name.lang, &s, others, at < to || frame_matches(f, '"'));
    const struct place_in in = frame_place(f->below);
    if (c == SPELL_NEVER || !parts_may_open(&m->parts, o, &in))
        return PARTS_NEVER;
    c = parts_sum(c, parts_open_value(&m->parts, o));
    const struct place_in next = {in.at, in.n + 1, in.used + 1, in.depth};
    return parts_sum(c, parts_object_rest(&m->parts, o, &next));
}

/* The name is complete: what is seen of the object grows by it, and a colon and a value follow. */
static void name_end(struct machine *m, const struct frame *f, const struct node *node, struct state *out) {
    struct frame object = object_after(f->below, f->below->at), value, colon;
    struct seen *seen = machine_new(m, sizeof *seen);
    char *text = seen ? machine_new(m, f->chars->n) : NULL;
    if (!text)
        return;
    *seen = (struct seen){object.seen, object.seen ? object.seen->i + 1 : 0, frame_spell(f->chars, text), text};
    object.seen = seen;
    const struct frame *kept = keep_object(m, &object);
    if (!kept)
        return;
    value = frame_on(kept, FRAME_VALUE, node);
    value.left = parts_sum(m->parts.node[node->id].cost, value.rest);
    if (!(kept = machine_keep(m, &value)))
        return;
    colon = frame_on(kept, FRAME_TEXT, m->s->colon);
    frame_put(m, &colon, out);
}

static void name_byte(struct machine *m, const struct frame *f, unsigned char b, struct state *out) {
    const struct object *o = f->of;
    const struct lang *l = &o->name.lang;
    struct spelling s = frame_spelling(f);
    struct frame next = *f;
    refused_narrow(f, b, &next.at, &next.to);
    frame_add_byte(m, &next, b);
    if (m->failed)
        return;
    if (b == '"' && s.phase == SPELL_TEXT) {
        if (spell_may_end(l, &s) && next.at == next.to && !next.digits)
            name_end(m, &next, o->open[l->dfa ? l->label[s.q] : 0], out);
    } else if (spell_step(l, &s, b)) {
        frame_set_spelling(&next, &s);
        frame_put(m, &next, out);
    }
}

/* ---- both ---- */

void frame_begin_name(struct machine *m, const struct frame *object, struct state *out) {
    const struct object *o = object->of;
    const struct frame *kept = machine_keep(m, object);
    if (!kept)
        return;
    struct frame key = frame_on(kept, FRAME_KEY, o), name = frame_on(kept, FRAME_NAME, o);
    key.rest = name.rest = object->rest;
    key.to = o->n_members;
    frame_put(m, &key, out);
    const struct place_in in = frame_place(object);
    if (!parts_may_open(&m->parts, o, &in))
        return;
    struct spelling s;
    spell_start(&o->name.lang, &s);
    frame_set_spelling(&name, &s);
    name.to = o->refused.n;
    name.seen = object->seen;
    name.digits = frame_all_bits(object->seen);
    frame_put(m, &name, out);
}

uint32_t frame_name_left(struct machine *m, const struct frame *f) {
    return f->kind == FRAME_KEY ? key_left(m, f) : name_left(m, f);
}

void frame_name_step(struct machine *m, const struct frame *f, unsigned char b, struct state *out) {
    if (f->kind == FRAME_KEY)
        key_step(m, f, b, out);
    else
        name_byte(m, f, b, out);
}
