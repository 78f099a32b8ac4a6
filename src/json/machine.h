/* The machine: which bytes may come next in a document under a schema, in quern's one style ("{"a": 1, "b": [2, 3]}", members in the
 * schema's order, one spelling a string, plain numbers), and how many tokens it takes at most to end it from here.
 * In: a compiled schema, bytes one at a time. Out: states. Every state that it gives can be completed. Must not know tokens beyond their
 * number: what a text costs is asked of the caller.
 *
 * A state is a few ways to read what is there so far, at most MACHINE_WAYS; each is a frame, and what encloses it below. Frames below are
 * never changed, so states share them. They live until machine_start or machine_sweep.
 */
#ifndef JSON_MACHINE_H
#define JSON_MACHINE_H

#include <stddef.h>
#include "json/parts.h"

#define MACHINE_WAYS 24

struct frame {
    const struct frame *below;  /* what goes on once this is complete; NULL: the end of the document */
    const struct seen *seen;    /* what may not come again: members of an object beyond the declared, elements of a set */
    const struct chars *chars;  /* a string in a place where something may not come again: its bytes so far, as they are spelt */
    const void *of;             /* the part of the schema: struct node, way, text ... by kind */
    uint64_t digits;            /* numbers: the digits so far; strings: which of seen begin with the bytes so far, a bit each */
    uint32_t at, to;            /* by kind: a place in a text; a range of texts */
    uint32_t n;                 /* characters of a string, elements, members, digits of a number */
    uint32_t rest;              /* tokens that complete everything below */
    uint32_t left;              /* and this too */
    uint32_t code;              /* the beginning of a character in UTF-8 or of an escape */
    uint16_t q;                 /* state of an automaton */
    uint8_t kind, phase;        /* of frame: machine.c */
    uint8_t more;               /* bytes that the character still takes */
    uint8_t depth;              /* open arrays and objects */
    uint8_t unique;             /* an element of a set */
    uint8_t pad;                /* zero: frames are compared as bytes */
};
_Static_assert(offsetof(struct frame, pad) + 1 == sizeof(struct frame) && sizeof(struct frame) % 8 == 0, "no other padding");
struct state {
    int n;                      /* 0: dead */
    struct frame way[MACHINE_WAYS];
};

struct machine;
/* COST NULL: a token a byte. S stays open. */
int machine_open(struct machine **m, const struct schema *s, machine_cost *cost, void *ctx, struct err *e);
void machine_close(struct machine *m);

void machine_start(struct machine *m, struct state *out); /* before the first byte; forgets all other states */

/* OUT, not IN itself, becomes the state behind byte B. 0: no document goes on like this (or out of memory, which machine_failed tells). */
int machine_step(struct machine *m, const struct state *in, unsigned char b, struct state *out);
int machine_failed(const struct machine *m);

/* 1 for each byte that machine_step may take, and maybe for a few others; 0: it takes none of these. */
void machine_next(const struct state *s, unsigned char next[256]);

/* The fewest tokens that complete the document, as the sum over its parts: an upper bound of what is needed, and from every state some
 * token leads to one with less. 0: it may end here. */
uint32_t machine_left(const struct state *s);
int machine_complete(const struct state *s); /* the document may end here */
int machine_ended(const struct state *s);    /* and nothing may follow */

/* 1: the state is inside a string where any character may follow; *chars: how many at least before its length is full. Characters other
 * than \" \\ and controls do not end it, and machine_left behind them is at most *left. */
int machine_in_text(const struct state *s, uint32_t *chars, uint32_t *left);

/* For searching: states made between mark and release are forgotten; those from before stay. */
size_t machine_mark(struct machine *m);
void machine_release(struct machine *m, size_t mark);

/* How much states take, bytes; and copies S out of the way of all others, which are forgotten. */
size_t machine_memory(const struct machine *m);
int machine_sweep(struct machine *m, struct state *s, struct err *e);

/* KEY: S with what cannot matter within the next AHEAD bytes made the same. Two states with equal keys allow the same texts of up to
 * AHEAD bytes, and machine_left is the same before and after each of them. What a key needs beyond S is kept as states are. */
void machine_key(struct machine *m, const struct state *s, uint32_t ahead, struct state *key);
uint64_t machine_hash(const struct state *key);
int machine_same(const struct state *a, const struct state *b);

#endif
