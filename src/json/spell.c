/* Spelling strings. A beginning of a character stands for all characters that begin like it. */
#include "json/spell.h"

#include <string.h>

#define QUOTED "\"\\\b\f\n\r\t" /* what has an escape of its own; the letter behind the backslash stands in LETTERS */
#define LETTERS "\"\\bfnrt"
enum { N_QUOTED = sizeof QUOTED - 1 };

void spell_start(const struct lang *l, struct spelling *s) {
    memset(s, 0, sizeof *s);
    s->q = (uint16_t)(l->dfa ? l->dfa->start : 0);
}

/* ---- characters ---- */

static int live(const struct lang *l, uint32_t q, uint32_t n, struct reach *to) {
    if (l->dfa)
        return lang_live(l, q, n, to);
    uint32_t missing = n < l->min ? l->min - n : 0;
    to->chars = to->bytes = (uint16_t)(missing < LANG_NEVER ? missing : LANG_NEVER - 1);
    return n <= l->max;
}

/* What follows one of the characters from LO to HI. */
static int live_range(const struct lang *l, const struct spelling *s, uint32_t lo, uint32_t hi, struct reach *to) {
    if (lo >= 0xd800 && hi < 0xe000)
        return 0;
    return l->dfa ? lang_live_range(l, s->q, s->n, lo, hi, to) : live(l, 0, s->n + 1, to);
}

static void take(const struct lang *l, struct spelling *s, uint32_t c) {
    if (l->dfa)
        s->q = (uint16_t)dfa_step(l->dfa, s->q, c);
    s->n++;
    s->phase = SPELL_TEXT;
    s->code = 0;
    s->more = 0;
}

/* The characters that the bytes so far and MORE others may become; a lead byte leaves out forms that are too long or too large. */
static void range_of(uint32_t code, int more, uint32_t *lo, uint32_t *hi) {
    *lo = code << (6 * more);
    *hi = *lo | ((1u << (6 * more)) - 1);
    if (more == 2 && code == 0)
        *lo = 0x800;
    if (more == 3 && code == 0)
        *lo = 0x10000;
    if (*hi > 0x10ffff)
        *hi = 0x10ffff;
}

/* ---- escapes ---- */

/* What can be meant from PHASE on: 0 to 6 are the characters with letters, 7 and more the other controls. Returns it, or -1 behind the
 * last; *bytes: those still to come. */
static int meant(const struct spelling *s, int i, int *bytes) {
    if (i < N_QUOTED) {
        *bytes = 1;
        return s->phase == SPELL_ESCAPE ? QUOTED[i] : -2;
    }
    int c = i - N_QUOTED;
    if (c > 0x1f)
        return -1;
    *bytes = SPELL_U00X - s->phase + 1;
    if (memchr(QUOTED, c, N_QUOTED) || (s->phase == SPELL_U00X && (uint32_t)c >> 4 != s->code))
        return -2;
    return c;
}

static uint32_t escape_left(const struct lang *l, const struct spelling *s) {
    uint32_t least = SPELL_NEVER, few = LANG_NEVER;
    int bytes, c;
    for (int i = 0; (c = meant(s, i, &bytes)) != -1; i++) {
        struct reach to;
        if (c >= 0 && live_range(l, s, (uint32_t)c, (uint32_t)c, &to)) {
            uint32_t left = (uint32_t)bytes + to.bytes + 1;
            if (to.chars < few || (to.chars == few && left < least))
                few = to.chars, least = left;
        }
    }
    return least;
}

static int escape_step(const struct lang *l, struct spelling *s, unsigned char b) {
    const char *letter = b ? memchr(LETTERS, b, N_QUOTED) : NULL;
    switch (s->phase) {
    case SPELL_ESCAPE:
        if (letter) {
            take(l, s, (unsigned char)QUOTED[letter - LETTERS]);
            return 1;
        }
        s->phase = SPELL_U;
        return b == 'u';
    case SPELL_U:
    case SPELL_U0:
        s->phase++;
        return b == '0';
    case SPELL_U00:
        s->phase = SPELL_U00X;
        s->code = (uint32_t)(b - '0');
        return b == '0' || b == '1';
    }
    uint32_t digit = b >= '0' && b <= '9' ? (uint32_t)(b - '0') : b >= 'a' && b <= 'f' ? (uint32_t)(b - 'a' + 10) : 16;
    uint32_t c = s->code << 4 | digit;
    if (digit == 16 || memchr(QUOTED, (int)c, N_QUOTED))
        return 0;
    take(l, s, c);
    return 1;
}

/* ---- bytes ---- */

static int lead_step(const struct lang *l, struct spelling *s, unsigned char b) {
    if (b < 0x80) {
        take(l, s, b);
        return 1;
    }
    if (b < 0xc2 || b > 0xf4)
        return 0;
    s->more = b < 0xe0 ? 1 : b < 0xf0 ? 2 : 3;
    s->code = b & (0x3fu >> s->more);
    s->phase = SPELL_BYTES;
    return 1;
}

static int follow_step(const struct lang *l, struct spelling *s, unsigned char b) {
    uint32_t lo, hi;
    range_of(s->code, s->more, &lo, &hi);
    s->code = s->code << 6 | (b & 0x3fu);
    s->more--;
    uint32_t at = s->code << (6 * s->more), end = at | ((1u << (6 * s->more)) - 1);
    if ((b & 0xc0) != 0x80 || end < lo || at > hi || (at >= 0xd800 && end < 0xe000))
        return 0;
    if (s->more == 0)
        take(l, s, s->code);
    return 1;
}

int spell_step(const struct lang *l, struct spelling *s, unsigned char b) {
    if (s->phase == SPELL_BYTES)
        return follow_step(l, s, b);
    if (s->phase != SPELL_TEXT)
        return escape_step(l, s, b);
    if (b < 0x20 || b == '"')
        return 0;
    if (b != '\\')
        return lead_step(l, s, b);
    s->phase = SPELL_ESCAPE;
    return 1;
}

int spell_may_end(const struct lang *l, const struct spelling *s) {
    return s->phase == SPELL_TEXT && s->n >= l->min && s->n <= l->max && (!l->dfa || l->label[s->q] >= 0);
}

uint32_t spell_left(const struct lang *l, const struct spelling *s) {
    struct reach to;
    uint32_t lo, hi;
    if (s->phase == SPELL_TEXT)
        return live(l, s->q, s->n, &to) ? to.bytes + 1u : SPELL_NEVER;
    if (s->phase != SPELL_BYTES)
        return escape_left(l, s);
    range_of(s->code, s->more, &lo, &hi);
    return live_range(l, s, lo, hi, &to) ? s->more + to.bytes + 1u : SPELL_NEVER;
}

uint32_t spell_count(const struct lang *l, const struct spelling *s, uint32_t k) {
    uint32_t lo, hi, sum = 0;
    int bytes, c;
    if (s->phase == SPELL_TEXT)
        return lang_count(l, s->q, k);
    if (s->phase == SPELL_BYTES) {
        range_of(s->code, s->more, &lo, &hi);
        return lang_count_range(l, s->q, lo, hi, k);
    }
    for (int i = 0; (c = meant(s, i, &bytes)) != -1; i++)
        sum += c >= 0 ? lang_count_range(l, s->q, (uint32_t)c, (uint32_t)c, k) : 0;
    return sum < 255 ? sum : 255;
}
