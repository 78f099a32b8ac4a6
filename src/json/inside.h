/* A way of the machine that is inside a string, at the end of a character: what tokens can do to it that are nothing but text, without a
 * step for each byte. In: frames, tokens. Out: which of them go on. Must not know what is around the string.
 */
#ifndef JSON_INSIDE_H
#define JSON_INSIDE_H

#include "json/frame.h"
#include "json/order.h"

struct inside {
    const struct lang *lang;
    uint32_t q;         /* state of its automaton */
    uint32_t n;         /* characters so far */
    uint32_t more;      /* machine_left is this and the string's own bytes */
};

int inside_free(const struct frame *f, struct inside *in); /* 1: F is inside a string without an automaton */
int inside_of(const struct frame *f, struct inside *in);  /* 1: F is inside a string with an automaton */
int inside_is_alone(const struct frame *f);               /* there are no others that it must differ from */
int inside_meets(const struct frame *f, unsigned char b); /* some of these go on with B */
int inside_may_begin(const struct inside *in, unsigned b); /* some character that begins with byte B may come */
void inside_alone(struct frame *f);                       /* forget them */

/* Tokens that an automaton lets through. */
struct inside_set {
    const struct lang *lang;
    uint32_t q;
    uint32_t *set;
    uint32_t n;
    uint32_t most, most_chars; /* bytes and characters that end the string behind any of them, at most */
    uint64_t used;      /* when it was last; 0: free */
};

/* A language, laid out for running tokens through it. */
enum { INSIDE_LOW = 0x800, INSIDE_BLOCK = 64, INSIDE_FAR = 16 };
struct inside_table {
    const struct lang *lang;
    uint64_t used;              /* when it was last; 0: free */
    uint16_t low[INSIDE_LOW];   /* the classes of characters of one and two bytes, */
    uint16_t block[0x10000 / INSIDE_BLOCK]; /* of blocks of those of three; INSIDE_MIXED where a block has several */
    uint8_t far[DFA_MAX_STATES]; /* so many characters it takes at least to where nothing can match any more; not looked for beyond
                                   INSIDE_FAR, and in an automaton of more than INSIDE_WORK entries not beyond 1 */
};
#define INSIDE_MIXED 0xffff
#define INSIDE_WORK (1 << 14)

enum { INSIDE_SETS = 40, INSIDE_TABLES = 16 };
struct insides {
    struct order *o;
    uint32_t *sets;     /* [INSIDE_SETS][o->n_words] */
    size_t sets_bytes;
    struct inside_set slot[INSIDE_SETS];
    struct inside_table *table, *at; /* [INSIDE_TABLES]; the one in use */
    uint64_t clock;
};
int insides_open(struct insides *s, struct order *o, struct err *e);
void insides_close(struct insides *s);

/* All plain tokens that may come in IN; NULL: it is not far enough from its ends for that to be one set. */
const struct inside_set *insides_plain(struct insides *s, const struct inside *in);
const struct inside_set *insides_known(struct insides *s, const struct inside *in); /* only where it has been asked for before */

/* What completes the string behind plain token T from byte FROM on, in bytes; SPELL_NEVER: it cannot come. */
uint32_t insides_behind(struct insides *s, const struct inside *in, const struct token *t, uint32_t from);

#endif
