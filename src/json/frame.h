/* The frames of the machine: what is open in a document, one kind of thing each. In: a frame, a byte. Out: the frames that follow it.
 * Shared by machine.c, which keeps states, and the frames' own files. An invariant: a frame in a state can be completed, and `left` says
 * in how many tokens; frame_put sees to it.
 */
#ifndef JSON_FRAME_H
#define JSON_FRAME_H

#include "json/machine.h"
#include "json/spell.h"

enum frame_kind {
    FRAME_END,    /* the document is complete */
    FRAME_VALUE,  /* a value comes; of: struct node */
    FRAME_TEXT,   /* a fixed text; of: struct text; at: the next byte */
    FRAME_ONE,    /* one of several texts; of: struct texts; at, to: those that begin like this; n: bytes so far */
    FRAME_STRING, /* a string; of: struct strings; n, code, q, phase, more: struct spelling */
    FRAME_NUMBER, /* a number; of: struct numbers; digits, n, at = scale, to = minus, phase: struct number */
    FRAME_ARRAY,  /* of: struct array; n: elements, the one that is written included; phase: enum place */
    FRAME_OBJECT, /* of: struct object; n: members; at: the first member that may come next; phase: enum place */
    FRAME_KEY,    /* a declared name, behind its quote; of: struct object; at, to: range of by_text; n: bytes so far. below: the object
                     as it is before this member */
    FRAME_NAME    /* another name; of: struct object; string fields as for FRAME_STRING; at, to: range of refused. below: as above */
};
enum place { PLACE_FIRST, PLACE_AFTER, PLACE_COMMA, PLACE_BLANK };

struct seen {  /* texts as they are spelt, the last first */
    const struct seen *more;
    uint32_t i, n;    /* its bit; bytes */
    const char *s;
};
struct chars { /* bytes, the last first */
    const struct chars *before;
    uint32_t n;       /* bytes, this one included */
    unsigned char byte;
};

struct machine {
    const struct schema *s;
    struct parts parts;
    struct block *block;    /* memory of states, the newest block first */
    size_t used;            /* bytes in all blocks */
    int failed;
};

/* N bytes among the states; NULL: out of memory, and m->failed is set. */
void *machine_new(struct machine *m, size_t n);
const struct frame *machine_keep(struct machine *m, const struct frame *f); /* a copy to stand below others */

/* Adds F to the ways of OUT, unless it cannot be completed. F->left is filled in. */
void frame_put(struct machine *m, struct frame *f, struct state *out);
void frame_step(struct machine *m, const struct frame *f, unsigned char b, struct state *out);

/* frame_next.c: sets NEXT of each byte that may come to 1, and of a few others. */
void frame_next(const struct frame *f, unsigned char next[256]);

/* A frame on top of BELOW (which is kept, or NULL). */
struct frame frame_on(const struct frame *below, enum frame_kind kind, const void *of);

/* The value of F, spelt TEXT where it is an element of a set, is complete: what is below goes on. */
struct frame frame_done(struct machine *m, const struct frame *f, const char *text, uint32_t n);

/* The string of a FRAME_STRING or FRAME_NAME. */
static inline struct spelling frame_spelling(const struct frame *f) {
    struct spelling s = {f->n, f->code, f->q, f->phase, f->more};
    return s;
}
static inline void frame_set_spelling(struct frame *f, const struct spelling *s) {
    f->n = s->n;
    f->code = s->code;
    f->q = s->q;
    f->phase = s->phase;
    f->more = s->more;
}

/* frame_value.c: scalars */
uint32_t frame_scalar_left(struct machine *m, const struct frame *f);
void frame_scalar_step(struct machine *m, const struct frame *f, unsigned char b, struct state *out);
void frame_begin_scalar(struct machine *m, const struct frame *value, const struct way *w, unsigned char b, struct state *out);

/* frame_apart.c: strings that must differ from others: f->digits has a bit for each of f->seen that begins with f->chars */
int frame_seen(const struct frame *f, const char *text, uint32_t n); /* is it among f->seen? */
uint32_t frame_spell(const struct chars *c, char *out);              /* their bytes in order; out [c->n] */
uint64_t frame_all_bits(const struct seen *s);
uint64_t frame_matches(const struct frame *f, unsigned char b);      /* the bits of f->digits that go on with B */
uint32_t frame_count(uint64_t bits);
void frame_add_byte(struct machine *m, struct frame *f, unsigned char b);
/* As spell_left, for a string that is none of OTHERS, which all begin like it; EXACT: one of them is what would be ended now. */
uint32_t frame_apart_left(const struct lang *l, const struct spelling *s, uint32_t others, int exact);

/* frame_group.c: arrays and objects */
uint32_t frame_group_left(struct machine *m, const struct frame *f);
void frame_group_step(struct machine *m, const struct frame *f, unsigned char b, struct state *out);

struct place_in frame_place(const struct frame *object);
int frame_any_unseen(const struct frame *array); /* may another element be told from those of the set? */

/* frame_name.c: the names of members */
void frame_begin_name(struct machine *m, const struct frame *object, struct state *out);
uint32_t frame_name_left(struct machine *m, const struct frame *f);
void frame_name_step(struct machine *m, const struct frame *f, unsigned char b, struct state *out);

#endif
