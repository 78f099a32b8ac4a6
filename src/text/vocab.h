/* The tokens of a vocabulary: id to bytes, bytes to id. In: token texts as in the file. Out: ids. Knows no merges and no text.
 * Ordinary tokens are written in GPT-2's byte alphabet, where every byte is a printable character; control, user-defined and
 * unused ones are literal. A token that should be in the alphabet and is not stands for its own text, and merges never make it. */
#ifndef TEXT_VOCAB_H
#define TEXT_VOCAB_H

#include "base/arena.h"
#include "text/tok.h"

/* Set where vocab_find answers this id: an ordinary token, in the alphabet, and no twin of an earlier one. */
#define VOCAB_FOUND 0x80

struct vocab {
    uint32_t n;             /* tokens, at most INT32_MAX */
    uint32_t longest;       /* bytes, of those that can be found */
    uint32_t *start;        /* [n + 1] where each token's bytes begin */
    char *bytes;
    uint8_t *type;          /* [n] enum tok_type, and VOCAB_FOUND */
    int32_t byte_id[256];   /* the token of a single byte; -1: none */
    uint32_t *slot;         /* [1 << slot_bits] id + 1 in the low id_bits, bits of the hash above them; 0: free */
    int slot_bits, id_bits;
    int16_t byte_of[0x144]; /* the byte that a code point of the alphabet stands for; -1: none */
};
int vocab_open(struct vocab *v, const struct tok_source *src, struct arena *mem, struct err *e);

/* The byte of the letter at S[*i], with N bytes in all; *i moves behind it. -1: not of the alphabet. */
static inline int vocab_letter(const struct vocab *v, const char *s, size_t n, size_t *i) {
    unsigned c = (unsigned char)s[(*i)++];
    if (c >= 0x80) {
        unsigned b = *i < n ? (unsigned char)s[(*i)++] : 0;
        if ((b & 0xC0) != 0x80 || c < 0xC2 || c > 0xC5)
            return -1;
        c = (c & 0x1F) << 6 | (b & 0x3F); /* at most U+017F */
    }
    return c < 0x144 ? v->byte_of[c] : -1;
}

int32_t vocab_find(const struct vocab *v, const char *bytes, size_t n); /* an ordinary token; -1 */

/* Many lookups in a row, to learn whether all are tokens. Most of a lookup is waiting for memory; a queue lets them wait together.
 * Start it as {0}; vocab_ask answers for an earlier question, and vocab_answer for all that are left.
 * Both return -1, or the note of a question whose bytes (n > 0) are no token. */
#define VOCAB_AHEAD 16 /* lookups between a prefetch and its use; a power of two */
struct vocab_queue {
    struct {
        const char *bytes; /* NULL: none */
        uint32_t n, note;
        uint64_t hash;
    } wait[VOCAB_AHEAD];
    uint32_t next;
};
int64_t vocab_ask(const struct vocab *v, struct vocab_queue *q, const char *bytes, uint32_t n, uint32_t note);
int64_t vocab_answer(const struct vocab *v, struct vocab_queue *q);

/* N bytes of the byte alphabet as the bytes they stand for, at most N. Returns how many, or -1 where one is not of the alphabet. */
int64_t vocab_decode(const struct vocab *v, const char *s, size_t n, char *out);

#endif
