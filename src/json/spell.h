/* A JSON string as it is spelt, byte by byte, in one way: characters in UTF-8, \" \\ \b \f \n \r \t, and \u00xx for other controls.
 * In: what the string may be, bytes. Out: whether they can become it, and how many more bytes that takes.
 */
#ifndef JSON_SPELL_H
#define JSON_SPELL_H

#include "json/lang.h"

/* Without an automaton (dfa NULL) only min and max hold. */
struct spelling {
    uint32_t n;    /* characters that are complete */
    uint32_t code; /* of one that is not */
    uint16_t q;    /* state of the automaton */
    uint8_t phase; /* enum spell_phase */
    uint8_t more;  /* SPELL_BYTES: bytes that the character still takes */
};
enum spell_phase { SPELL_TEXT, SPELL_BYTES, SPELL_ESCAPE, SPELL_U, SPELL_U0, SPELL_U00, SPELL_U00X };
#define SPELL_NEVER UINT32_MAX

void spell_start(const struct lang *l, struct spelling *s); /* behind the opening quote */

/* One more byte inside the string, which the closing quote is not. 0: no string is spelt like this; whether this one may be, spell_left
 * tells. */
int spell_step(const struct lang *l, struct spelling *s, unsigned char b);
int spell_may_end(const struct lang *l, const struct spelling *s); /* may the closing quote come now? */

/* The bytes, the closing quote with them, of the completion with the fewest characters. SPELL_NEVER: there is none. */
uint32_t spell_left(const struct lang *l, const struct spelling *s);

/* How many completions of at most K characters there are, the one at hand not counted; at most 255. The language has its counts. */
uint32_t spell_count(const struct lang *l, const struct spelling *s, uint32_t k);

#endif
