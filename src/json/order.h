/* A vocabulary by the bytes of its tokens, for walks that share the work of common beginnings. In: the tokens' bytes. Out: tokens in the
 * order of their bytes, and what each can be inside a JSON string. A model has one, for all its constraints. Must not know schemas,
 * machines or logits.
 *
 * Tokens are of three sorts. Plain ones are whole printable characters but for " and \: inside a string they can be nothing but text.
 * Awkward ones have a " or a \, or a part of a character. The rest never stands in a document: it has no bytes, controls, or ends the answer.
 */
#ifndef JSON_ORDER_H
#define JSON_ORDER_H

#include <pthread.h>
#include "base/arena.h"

struct order_source {
    int32_t n_tokens, n_rows;   /* tokens; logits, which may be more */
    const void *ctx;
    const char *(*bytes)(const void *ctx, int32_t id, size_t *n); /* they stay where they are; *n = 0: never in a document */
    int32_t ends[8];            /* [n_ends] end-of-generation tokens, below n_tokens, no two alike */
    int n_ends;
};

struct token {
    const char *s;      /* not terminated */
    int32_t id;
    uint8_t n;          /* bytes */
    uint8_t shared;     /* bytes it has in common with the one before it, where its range is sorted */
    uint8_t plain;      /* from here on its bytes are whole plain characters; n: the last one is none */
    uint8_t chars;      /* of these, how many characters; of parts and quoted: how many plain ones are before */
};

/* Tokens by their first two bytes: those of byte b alone come first, then those with b and 0, b and 1 ... */
enum { ORDER_PAIRS = 256 * 257 };
enum { ORDER_ALONE = -1, ORDER_ANY = -2 }; /* in place of a second byte: there is none; any */
#define ORDER_LONGEST 255 /* bytes: longer tokens are left out */

struct order {
    pthread_mutex_t lock;
    struct order_source src;
    int is_open;
    int32_t n_rows;
    size_t n_words;             /* of a set: a bit for each row */
    uint8_t *chars;             /* [n_tokens] of a plain one, how many characters; 0: it is not plain */
    uint32_t *pair;             /* [ORDER_PAIRS + 2] where the plain ones of each pair begin */
    uint8_t *made;              /* [ORDER_PAIRS] how far those of each pair are: enum made */
    int32_t *id;                /* [n_plain] their ids, pair by pair */
    struct token *plain;        /* [n_plain] in the same places, once they are asked for */
    uint32_t *plain_set;
    int32_t *by_chars;          /* [n_plain] ids of the plain ones, those of the fewest characters first; once they are asked for */
    uint32_t from_chars[257];   /* where those of so many characters begin */
    struct token *awkward;      /* [n_awkward] sorted */
    uint32_t awkward_from[257]; /* by the first byte */
    struct token *quoted;       /* [n_quoted] awkward ones without the plain characters before their first " or \, sorted */
    struct token *part;         /* [n_part] awkward ones of plain characters and the beginning of another */
    uint32_t *text_set;         /* plain ones and these */
    uint32_t n_plain, n_awkward, n_quoted, n_part;
    uint32_t longest;           /* bytes, of all that are in a document */
    uint32_t longest_chars;     /* of a plain one */
    int32_t *others;            /* [n_others] ids of all rows that are not of a plain token */
    int n_others;
    struct arena mem;
};

/* Takes no time. What SRC points to stays. */
int order_init(struct order *o, const struct order_source *src, struct err *e);
void order_free(struct order *o);

/* What is asked of an order is worked out when it is asked for, and kept: all below is called between these two, by one thread at a time.
 * The first order_enter takes milliseconds for 150,000 tokens. ERR_MODEL where a byte of a document would have no token of its own. */
int order_enter(struct order *o, struct err *e);
void order_leave(struct order *o);

/* How many plain tokens begin with byte A and then B; those, in any order; sorted (B is a byte, or ORDER_ALONE). */
uint32_t order_count(const struct order *o, unsigned a, int b);
const struct token *order_some(struct order *o, unsigned a, int b);
const struct token *order_sorted(struct order *o, unsigned a, int b);

/* The ids of the plain tokens, those of the fewest characters first; *n of them have at most ROOM. */
const int32_t *order_by_chars(struct order *o, uint32_t room, uint32_t *n);

struct token order_token(const struct order *o, int32_t id); /* of a plain one; shared is not set */

/* The fewest tokens that spell TEXT from each of its bytes on: least[i], of 0 to n - 1; 65535: that many or more. CTX is a struct order. */
void order_cost(void *ctx, const char *text, size_t n, uint16_t *least);

/* Calls EACH for all tokens that begin with the N bytes (N >= 1) and go on, until it returns not 0; that is returned. */
int order_longer(struct order *o, const char *s, size_t n, int (*each)(void *ctx, const struct token *t), void *ctx);

#endif
