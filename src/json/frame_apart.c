/* Strings that must differ from others: elements of a set, names of members. The others that begin with the bytes so far are counted: a
 * beginning lives while it has more completions than those.
 */
#include "json/frame.h"

#include <string.h>

int frame_seen(const struct frame *f, const char *text, uint32_t n) {
    for (const struct seen *s = f->seen; s; s = s->more)
        if (s->n == n && memcmp(s->s, text, n) == 0)
            return 1;
    return 0;
}

uint32_t frame_spell(const struct chars *c, char *out) {
    uint32_t n = c ? c->n : 0;
    for (; c; c = c->before)
        out[c->n - 1] = (char)c->byte;
    return n;
}

uint64_t frame_all_bits(const struct seen *s) {
    return !s ? 0 : s->i == 63 ? UINT64_MAX : (UINT64_C(1) << (s->i + 1)) - 1;
}

uint32_t frame_count(uint64_t bits) {
    uint32_t n = 0;
    for (; bits; bits &= bits - 1)
        n++;
    return n;
}

uint64_t frame_matches(const struct frame *f, unsigned char b) {
    uint64_t bits = 0;
    uint32_t at = f->chars ? f->chars->n : 0;
    for (const struct seen *s = f->digits ? f->seen : NULL; s; s = s->more)
        if ((f->digits >> s->i & 1) && at < s->n && (unsigned char)s->s[at] == b)
            bits |= UINT64_C(1) << s->i;
    return bits;
}

void frame_add_byte(struct machine *m, struct frame *f, unsigned char b) {
    struct chars *c = machine_new(m, sizeof *c);
    if (!c)
        return;
    f->digits = frame_matches(f, b);
    *c = (struct chars){f->chars, f->chars ? f->chars->n + 1 : 1, b};
    f->chars = c;
}

/* Without an automaton there is always a character that none of the others goes on with, as there are a million of them: three bytes more
 * than its place takes. With one, of the completions by k characters some are not among the others where there are more of them; each
 * byte divides both, so that holds on the way. */
uint32_t frame_apart_left(const struct lang *l, const struct spelling *s, uint32_t others, int exact) {
    uint32_t base = spell_left(l, s);
    if (base == SPELL_NEVER || others == 0 || (!exact && spell_may_end(l, s)))
        return base;
    uint32_t room = l->max - s->n;
    if (!l->dfa)
        return room >= 4 ? base + 3 : SPELL_NEVER;
    for (uint32_t k = 0; k <= LANG_COUNTED && k <= room; k++)
        if (spell_count(l, s, k) > others)
            return 6 * k + 1 + (s->phase == SPELL_BYTES ? s->more : s->phase == SPELL_TEXT ? 0 : (uint32_t)(SPELL_U00X - s->phase + 1));
    return SPELL_NEVER;
}
