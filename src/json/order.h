/* A vocabulary by the bytes of its tokens, for walks that share the work of common beginnings. In: the tokens' bytes. Out: tokens in the
 * order of their bytes, and what each can be inside a JSON string. Must not know schemas, machines or logits.
 *
 * Tokens are of three sorts. Plain ones are whole printable characters but for " and \: inside a string they can be nothing but text.
 * Awkward ones have a " or a \, or a part of a character. The rest never stands in a document: it has no bytes, controls, or ends the answer.
 */
#ifndef JSON_ORDER_H
#define JSON_ORDER_H

#include "base/arena.h"

struct order_source {
    int32_t n_tokens, n_rows;   /* tokens; logits, which may be more */
    const void *ctx;
    const char *(*bytes)(const void *ctx, int32_t id, size_t *n); /* they stay where they are; *n = 0: never in a document */
    int (*ends)(const void *ctx, int32_t id);                     /* an end-of-generation token */
};

struct token {
    const char *s;      /* not terminated */
    int32_t id;
    uint8_t n;          /* bytes */
    uint8_t shared;     /* bytes it has in common with the one before it, where its range is sorted */
    uint8_t plain;      /* from here on its bytes are whole plain characters; n: the last one is none */
    uint8_t chars;      /* of these, how many characters */
};

/* Tokens by their first two bytes: those of byte b alone come first, then those with b and 0, b and 1 ... */
enum { ORDER_PAIRS = 256 * 257 };
#define ORDER_LONGEST 255 /* bytes: longer tokens are left out */

struct order {
    int32_t n_rows;
    size_t n_words;             /* of a set: a bit for each row */
    struct token *plain;        /* [n_plain] by their first two bytes; a pair's are sorted when order_pair asks for them */
    uint32_t *pair;             /* [ORDER_PAIRS + 1] where each pair's begin */
    uint32_t *sorted;           /* [ORDER_PAIRS bits] */
    uint32_t *plain_set;
    int32_t *by_chars;          /* [n_plain] ids of the plain ones, those of the fewest characters first */
    uint32_t from_chars[257];   /* where those of so many characters begin */
    struct token *awkward;      /* [n_awkward] sorted */
    uint32_t awkward_from[257]; /* by the first byte */
    struct token *quoted;       /* [n_quoted] awkward ones without the plain characters before their first " or \, sorted */
    uint32_t *text_set;         /* plain ones, and those that a part of a character follows */
    uint32_t n_plain, n_awkward, n_quoted, n_text;
    uint32_t longest;           /* bytes, of all that are in a document */
    uint32_t longest_chars;     /* of a plain one */
    int32_t *ends;
    int32_t *others;            /* [n_others] ids of all rows that are not of a plain token */
    int n_ends, n_others;
    struct arena mem;
};

/* Takes milliseconds for 150,000 tokens. ERR_MODEL where a byte of a document would have no token of its own. */
int order_open(struct order *o, const struct order_source *src, struct err *e);
void order_close(struct order *o);

/* The plain tokens that begin with bytes A and B, sorted: *from to *to. */
void order_pair(struct order *o, unsigned char a, unsigned char b, uint32_t *from, uint32_t *to);

/* The fewest tokens that spell TEXT from each of its bytes on: least[i], of 0 to n - 1; 65535: that many or more. CTX is a struct order. */
void order_cost(void *ctx, const char *text, size_t n, uint16_t *least);

/* Calls EACH for all tokens that begin with the N bytes (N >= 1) and go on, until it returns not 0; that is returned. */
int order_longer(struct order *o, const char *s, size_t n, int (*each)(void *ctx, const struct token *t), void *ctx);

#endif
