/* Regular languages of strings over Unicode code points, as complete deterministic automata. In: ECMAScript patterns, automata.
 * Out: automata. Must not know schemas, nor how a string is spelt in JSON.
 */
#ifndef JSON_DFA_H
#define JSON_DFA_H

#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"

#define DFA_MAX_STATES 8192
#define DFA_MAX_PARTS 32

/* Every state has a successor for every code point; one from which nothing can match any more is a state like the others, and so is one
 * from which everything does. There is one of each at most. Surrogates, which no string has, are in the class of U+D7FF. */
struct dfa {
    uint32_t n_states, n_classes, n_ranges, start;
    const uint32_t *first;   /* [n_ranges] first code point of each range, ascending; first[0] is 0, the last range ends at U+10FFFF */
    const uint16_t *cls;     /* [n_ranges] the class of its code points */
    const uint16_t *next;    /* [n_states][n_classes] */
    const uint32_t *matched; /* [n_states] bit i: a string that ends here is in language i; a pattern alone has bit 0 */
};

/* PATTERN as JSON Schema reads it (ECMA-262 with the u flag, code points, not anchored: it may match anywhere in the string).
 * No look-around, back-references or \b: refused with ERR_SCHEMA and a reason that fits behind "pattern: ". So is what needs more than
 * DFA_MAX_STATES. Memory comes from MEM and stays there; scratch does not. */
int dfa_pattern(struct dfa *d, const char *pattern, size_t n, struct arena *mem, struct err *e);

/* Runs N automata at once, at most DFA_MAX_PARTS: bit i of matched is bit 0 of part i's. */
int dfa_product(struct dfa *d, const struct dfa *const *part, int n, struct arena *mem, struct err *e);

/* The same languages with the fewest states, ranges and classes; the states are numbered from the start, breadth first. */
int dfa_minimal(struct dfa *d, const struct dfa *from, struct arena *mem, struct err *e);

uint32_t dfa_class(const struct dfa *d, uint32_t c);

static inline uint32_t dfa_step(const struct dfa *d, uint32_t state, uint32_t c) {
    return d->next[state * d->n_classes + dfa_class(d, c)];
}

/* matched of the state behind the string of N bytes of UTF-8 (valid). */
uint32_t dfa_match(const struct dfa *d, const char *s, size_t n);

#endif
