/* Frames of arrays and objects, between their parts. */
#include "json/frame.h"

static uint32_t comma_from(const struct machine *m, uint32_t at) {
    return m->parts.least[m->s->comma->id][at];
}

/* ---- arrays ---- */

static uint32_t array_left(const struct machine *m, const struct frame *f) {
    const struct array *a = f->of;
    const struct parts *p = &m->parts;
    uint32_t blank = f->phase == PLACE_COMMA ? comma_from(m, 1) : 0;
    if (f->phase == PLACE_AFTER || (f->phase == PLACE_FIRST && a->min == 0))
        return parts_array_rest(p, a, f->n);
    return parts_sum(blank, parts_sum(parts_element(p, a, f->n), parts_array_rest(p, a, f->n + 1)));
}

/* Element n comes; F is the array. */
static struct frame element(struct machine *m, const struct frame *f) {
    struct frame around = *f;
    const struct array *a = f->of;
    around.n++;
    around.phase = PLACE_AFTER;
    around.left = parts_sum(parts_array_rest(&m->parts, a, around.n), around.rest);
    struct frame value = frame_on(machine_keep(m, &around), FRAME_VALUE, parts_element_node(a, f->n));
    value.unique = (uint8_t)a->unique;
    value.seen = a->unique ? f->seen : NULL;
    return value;
}

static int may_element(const struct machine *m, const struct frame *f) {
    const struct array *a = f->of;
    const struct node *node = f->n < a->max ? parts_element_node(a, f->n) : NULL;
    return node && m->parts.node[node->id].cost != PARTS_NEVER && f->depth + m->parts.node[node->id].height <= SCHEMA_DEPTH &&
           (!a->unique || frame_any_unseen(f));
}

static void array_step(struct machine *m, const struct frame *f, unsigned char b, struct state *out) {
    const struct array *a = f->of;
    struct frame next = *f;
    if (b == ']' && f->phase <= PLACE_AFTER && f->n >= a->min) {
        next = frame_done(m, f, NULL, 0);
        frame_put(m, &next, out);
    } else if (f->phase == PLACE_FIRST && may_element(m, f)) {
        next = element(m, f);
        if (!m->failed)
            frame_step(m, &next, b, out);
    } else if (f->phase == PLACE_AFTER && b == ',' && may_element(m, f)) {
        next.phase = PLACE_COMMA;
        frame_put(m, &next, out);
    } else if (f->phase == PLACE_COMMA && b == ' ') {
        next = element(m, f);
        frame_put(m, &next, out);
    }
}

/* ---- objects ---- */

struct place_in frame_place(const struct frame *f) {
    struct place_in in = {f->at, f->n, f->seen ? f->seen->i + 1 : 0, f->depth};
    return in;
}

/* Of the members that may come next, the cheapest, and what follows it. */
static uint32_t next_member(const struct machine *m, const struct frame *f) {
    const struct object *o = f->of;
    const struct parts *p = &m->parts;
    const struct place_in in = frame_place(f);
    uint32_t least = PARTS_NEVER;
    for (uint32_t i = f->at; i < o->n_members; i++) {
        if (!parts_may_member(p, o, i, &in))
            continue;
        const struct place_in next = {i + 1, in.n + 1, in.used, in.depth};
        uint32_t c = parts_sum(parts_member(p, &o->member[i]), parts_object_rest(p, o, &next));
        least = c < least ? c : least;
    }
    if (parts_may_open(p, o, &in)) {
        const struct place_in next = {in.at, in.n + 1, in.used + 1, in.depth};
        uint32_t c = parts_sum(parts_open_member(p, o, in.used), parts_object_rest(p, o, &next));
        least = c < least ? c : least;
    }
    return least;
}

static int may_close(const struct frame *f) {
    const struct object *o = f->of;
    return f->phase <= PLACE_AFTER && o->needed_from[f->at] == 0 && f->n >= o->min;
}

static uint32_t object_left(const struct machine *m, const struct frame *f) {
    uint32_t blank = f->phase == PLACE_COMMA ? comma_from(m, 1) : 0;
    const struct place_in in = frame_place(f);
    if (may_close(f))
        return 1;
    if (f->phase == PLACE_AFTER)
        return parts_object_rest(&m->parts, f->of, &in);
    return parts_sum(blank, next_member(m, f));
}

static void object_step(struct machine *m, const struct frame *f, unsigned char b, struct state *out) {
    struct frame next = *f;
    if (b == '}' && may_close(f)) {
        next = frame_done(m, f, NULL, 0);
    } else if (b == '"' && (f->phase == PLACE_FIRST || f->phase == PLACE_BLANK)) {
        frame_begin_name(m, f, out);
        return;
    } else if (b == ',' && f->phase == PLACE_AFTER && ((const struct object *)f->of)->max > f->n) {
        next.phase = PLACE_COMMA;
    } else if (b == ' ' && f->phase == PLACE_COMMA) {
        next.phase = PLACE_BLANK;
    } else {
        return;
    }
    frame_put(m, &next, out);
}

uint32_t frame_group_left(struct machine *m, const struct frame *f) {
    return f->kind == FRAME_ARRAY ? array_left(m, f) : object_left(m, f);
}

void frame_group_step(struct machine *m, const struct frame *f, unsigned char b, struct state *out) {
    if (f->kind == FRAME_ARRAY)
        array_step(m, f, b, out);
    else
        object_step(m, f, b, out);
}
