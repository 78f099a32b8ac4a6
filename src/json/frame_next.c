/* The bytes that may come next, without a step for each of the 256: a few more may be named, none is left out. */
#include "json/frame.h"

#include <string.h>

static void value_next(const struct node *node, unsigned char *next) {
    for (uint32_t i = 0; i < node->n_ways; i++) {
        const struct way *w = &node->way[i];
        next['{'] |= w->object != NULL;
        next['['] |= w->array != NULL;
        next['"'] |= w->string != NULL;
        for (const char *c = "-0123456789"; *c && w->number; c++)
            next[(unsigned char)*c] = 1;
        for (uint32_t j = 0; j < w->values.n; j++)
            next[(unsigned char)w->values.text[j]->s[0]] = 1;
    }
}

static void one_next(const struct frame *f, unsigned char *next) {
    const struct texts *all = f->of;
    for (uint32_t i = f->at; i < f->to; i++)
        if (f->n < all->text[i]->n)
            next[(unsigned char)all->text[i]->s[f->n]] = 1;
}

static void key_next(const struct frame *f, unsigned char *next) {
    const struct object *o = f->of;
    for (uint32_t i = f->at; i < f->to; i++)
        next[(unsigned char)o->member[o->by_text[i]].text->s[f->n]] = 1;
}

static void array_next(const struct frame *f, unsigned char *next) {
    const struct node *element = parts_element_node(f->of, f->n);
    next[']'] = next[','] = next[' '] = 1;
    if (f->phase == PLACE_FIRST && element)
        value_next(element, next);
}

void frame_next(const struct frame *f, unsigned char next[256]) {
    switch ((enum frame_kind)f->kind) {
    case FRAME_END: break;
    case FRAME_VALUE: value_next(f->of, next); break;
    case FRAME_TEXT: next[(unsigned char)((const struct text *)f->of)->s[f->at]] = 1; break;
    case FRAME_ONE: one_next(f, next); break;
    case FRAME_STRING:
    case FRAME_NAME: memset(next, 1, 256); break;
    case FRAME_NUMBER: memset(&next['-'], 1, '9' - '-' + 1); break;
    case FRAME_ARRAY: array_next(f, next); break;
    case FRAME_OBJECT: next['}'] = next[','] = next[' '] = next['"'] = 1; break;
    case FRAME_KEY: key_next(f, next); break;
    }
    if ((f->kind == FRAME_ONE || f->kind == FRAME_NUMBER) && f->below) /* a number has no end of its own */
        frame_next(f->below, next);
}
