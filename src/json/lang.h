/* What a string may be: an automaton, which of its states may end it, and how many characters it has. In: those. Out: whether a beginning
 * can still be completed, and how long that takes. A character costs as many bytes as JSON spells it with: 1 for printable ASCII, 2 for
 * \" \\ \b \f \n \r \t, 6 for \u00XX, 2 to 4 for others in UTF-8.
 */
#ifndef JSON_LANG_H
#define JSON_LANG_H

#include "json/dfa.h"

/* The completion with the fewest characters, and of those the fewest bytes. */
struct reach {
    uint16_t chars, bytes; /* chars == LANG_NEVER: there is none */
};
#define LANG_NEVER 0xffff
#define LANG_COUNTED 64

struct lang {
    const struct dfa *dfa;
    const int32_t *label;      /* [n_states] below 0: a string may not end here */
    uint32_t min, max;         /* characters */
    const struct reach *reach; /* [min + 1][n_states]: row l for completions of at least l characters */
    const uint8_t *count;      /* [LANG_COUNTED + 1][n_states]: row k how many completions of at most k characters there are, at most 255;
                                  NULL where it was not asked for */
};

/* Fills in reach and, where COUNT, count; the others are set. Costs (min + 1) * n_states entries: ERR_SCHEMA where that is over 1 << 20. */
int lang_measure(struct lang *l, int count, struct arena *mem, struct err *e);

/* Can a string of LEN characters in STATE go on to its end? Then *to is what it takes; min and max are kept. */
int lang_live(const struct lang *l, uint32_t state, uint32_t len, struct reach *to);

/* The same with a character from LO to HI next: some character of the range, surrogates left out, that leads to a live state.
 * *to is the least that follows the character, itself not counted. For the first bytes of a character of UTF-8. */
int lang_live_range(const struct lang *l, uint32_t state, uint32_t len, uint32_t lo, uint32_t hi, struct reach *to);

/* Of a language that has its counts: how many completions of at most K characters there are from STATE; of those that begin with a
 * character from LO to HI, how many have at most K behind it. At most 255. */
static inline uint32_t lang_count(const struct lang *l, uint32_t state, uint32_t k) {
    return l->count[(size_t)k * l->dfa->n_states + state];
}
uint32_t lang_count_range(const struct lang *l, uint32_t state, uint32_t lo, uint32_t hi, uint32_t k);

#endif
