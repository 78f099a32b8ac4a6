/* What Unicode says about one code point. In: code points, and UNI_RAW + byte for a byte that is no part of a character.
 * Out: its class for the splitter, and what NFC has to know. Must not know how text is stored. The tables are made by
 * tools/gen_unicode.py, which says which versions of Unicode they follow and why. */
#ifndef TEXT_UNICODE_H
#define TEXT_UNICODE_H

#include <stdint.h>

#define UNI_RAW 0x110000u /* above every code point; UNI_RAW + byte is a symbol of its own: UNI_OTHER, and stable under NFC */

enum uni_class { UNI_OTHER, UNI_LETTER, UNI_NUMBER, UNI_SPACE };
enum uni_class uni_class(uint32_t c);

/* 0 where NFC leaves C as it is whatever stands before it; else 1, and its combining class in *ccc. */
int uni_unstable_at(uint32_t c, uint8_t *ccc);
/* One step of canonical decomposition, by table (Hangul is not in it). 1: C is *a *b, or *a alone where *b is 0. Only *a may have
 * a further step. */
int uni_decompose(uint32_t c, uint32_t *a, uint32_t *b);
uint32_t uni_compose(uint32_t a, uint32_t b); /* by table; 0: the two do not compose */

/* The tables, sorted. */
struct uni_range {
    uint32_t first;
    uint16_t more;  /* the last is first + more */
    uint8_t value;  /* enum uni_class, or a combining class */
};
struct uni_pair {
    uint32_t composite, a, b;
};
extern const struct uni_range uni_classes[], uni_unstable[];
extern const int uni_classes_n, uni_unstable_n;
extern const struct uni_pair uni_pairs[];   /* by composite */
extern const int uni_pairs_n;
extern const uint16_t uni_by_parts[];       /* indices of uni_pairs by (a, b): those that NFC composes */
extern const int uni_by_parts_n;

#endif
