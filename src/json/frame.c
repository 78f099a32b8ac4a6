/* What a byte does to a frame: to a value that is to come and to a fixed text here, to the others in their own files. */
#include "json/frame.h"

#include <string.h>

struct frame frame_on(const struct frame *below, enum frame_kind kind, const void *of) {
    struct frame f;
    memset(&f, 0, sizeof f);
    f.below = below;
    f.of = of;
    f.kind = (uint8_t)kind;
    if (below) {
        f.rest = below->left;
        f.depth = below->depth;
    }
    return f;
}

struct frame frame_done(struct machine *m, const struct frame *f, const char *text, uint32_t n) {
    if (!f->below)
        return frame_on(NULL, FRAME_END, NULL);
    struct frame next = *f->below;
    if (f->unique) {
        struct seen *seen = machine_new(m, sizeof *seen);
        char *copy = seen ? machine_new(m, n + 1) : NULL;
        if (copy) {
            *seen = (struct seen){next.seen, next.seen ? next.seen->i + 1 : 0, n, memcpy(copy, text, n)};
            next.seen = seen;
        }
    }
    return next;
}

static uint32_t text_left(const struct machine *m, const struct frame *f) {
    return m->parts.least[((const struct text *)f->of)->id][f->at];
}

static uint32_t value_left(const struct machine *m, const struct frame *f) {
    const struct part *p = &m->parts.node[((const struct node *)f->of)->id];
    if (f->unique)
        return parts_element(&m->parts, f->below->of, f->below->n - 1);
    return f->depth + p->height <= SCHEMA_DEPTH ? p->cost : PARTS_NEVER;
}

static uint32_t left(struct machine *m, const struct frame *f) {
    switch (f->kind) {
    case FRAME_END: return 0;
    case FRAME_TEXT: return text_left(m, f);
    case FRAME_VALUE: return value_left(m, f);
    case FRAME_ONE:
    case FRAME_STRING:
    case FRAME_NUMBER: return frame_scalar_left(m, f);
    case FRAME_ARRAY:
    case FRAME_OBJECT: return frame_group_left(m, f);
    }
    return frame_name_left(m, f);
}

static int same(const struct frame *a, const struct frame *b) {
    return memcmp(a, b, sizeof *a) == 0;
}

void frame_put(struct machine *m, struct frame *f, struct state *out) {
    f->left = parts_sum(left(m, f), f->rest);
    if (f->left == PARTS_NEVER || out->n == MACHINE_WAYS)
        return;
    for (int i = 0; i < out->n; i++)
        if (same(&out->way[i], f))
            return;
    out->way[out->n++] = *f;
}

/* ---- values ---- */

static void begin_group(struct machine *m, const struct frame *value, enum frame_kind kind, const void *of, const struct part *way,
                        struct state *out) {
    struct frame f = frame_on(value->below, kind, of);
    if (f.depth + way->height > SCHEMA_DEPTH)
        return;
    f.depth++;
    frame_put(m, &f, out);
}

static void value_step(struct machine *m, const struct frame *f, unsigned char b, struct state *out) {
    const struct node *node = f->of;
    for (uint32_t i = 0; i < node->n_ways; i++) {
        const struct way *w = &node->way[i];
        const struct part *part = &m->parts.way[node->id][i];
        if (b == '{' && w->object)
            begin_group(m, f, FRAME_OBJECT, w->object, part, out);
        if (b == '[' && w->array)
            begin_group(m, f, FRAME_ARRAY, w->array, part, out);
        frame_begin_scalar(m, f, w, b, out);
    }
}

static void text_step(struct machine *m, const struct frame *f, unsigned char b, struct state *out) {
    const struct text *t = f->of;
    if ((unsigned char)t->s[f->at] != b)
        return;
    struct frame next = *f;
    if (++next.at == t->n)
        next = frame_done(m, f, NULL, 0);
    frame_put(m, &next, out);
}

void frame_step(struct machine *m, const struct frame *f, unsigned char b, struct state *out) {
    switch (f->kind) {
    case FRAME_END: break;
    case FRAME_TEXT: text_step(m, f, b, out); break;
    case FRAME_VALUE: value_step(m, f, b, out); break;
    case FRAME_ONE:
    case FRAME_STRING:
    case FRAME_NUMBER: frame_scalar_step(m, f, b, out); break;
    case FRAME_ARRAY:
    case FRAME_OBJECT: frame_group_step(m, f, b, out); break;
    default: frame_name_step(m, f, b, out);
    }
}
