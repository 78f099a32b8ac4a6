/* Byte pair encoding of one piece: joins the pair of lowest rank, leftmost first, until none is left. In: bytes. Out: tokens.
 * Knows neither splitter nor normalisation. */
#ifndef TEXT_BPE_H
#define TEXT_BPE_H

#include "text/merges.h"

/* Room to work in, reused from piece to piece. Start it as {0} with the first two set; free it with bpe_free. */
struct bpe {
    const struct vocab *vocab;
    const struct merges *merges;
    size_t cap;                 /* bytes of a piece that fit */
    struct bpe_symbol *symbol;  /* [cap] at the position of its first byte */
    struct bpe_pair *pair;      /* [3 cap] the pairs that were seen and may wait; [0] is none */
    struct bpe_chain *heap;     /* [3 cap] chains of pairs, the least first pair on top */
    uint32_t *chain_end;        /* [merges.n] by rank, the last pair of a chain that can grow; 0: none */
    uint32_t n_pairs, n_heap;
};
void bpe_free(struct bpe *b);
int bpe_encode(struct bpe *b, const char *piece, size_t n, struct quern_tokens *out, struct err *e);

#endif
