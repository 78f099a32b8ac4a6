/* Byte-level BPE exactly as Qwen2's official tokenizer: NFC, splitter, merges by rank. In: bytes. Out: ids. Knows no files.
 * Bytes that are not UTF-8 pass through NFC and the splitter as U+FFFD-like symbols of their own but keep their bytes. */
#ifndef TEXT_TOK_H
#define TEXT_TOK_H

#include "base/err.h"
#include "quern.h"

struct tok_str {
    const char *s;
    uint32_t n;
};
enum tok_type { TOK_NORMAL = 1, TOK_UNKNOWN = 2, TOK_CONTROL = 3, TOK_USER = 4, TOK_UNUSED = 5, TOK_BYTE = 6 };

/* What a vocabulary is made from; the strings (in the byte alphabet of GPT-2) stay where they are and must outlive it. */
struct tok_source {
    uint32_t n_tokens, n_merges;
    const struct tok_str *token;    /* [n_tokens] */
    const int32_t *type;            /* [n_tokens] enum tok_type, or NULL: all normal. May be unaligned: read with memcpy */
    const struct tok_str *merge;    /* [n_merges] "left right", best first */
    int32_t eos, eot, bos, pad;     /* ids or -1; eos and eot end generation, as do "<|im_end|>" and "<|endoftext|>" where present */
};
/* A fault names what is wrong and *where: `kind` 't' (token) or 'm' (merge), and its index, for the caller to turn into an offset. */
struct tok_fault {
    char kind;
    uint32_t index;
};
struct tok;
int tok_open(struct tok **t, const struct tok_source *src, struct tok_fault *where, struct err *e);
void tok_close(struct tok *t);

int tok_encode(const struct tok *t, const char *text, size_t n, int special, struct quern_tokens *out, struct err *e);
const char *tok_bytes(const struct tok *t, int32_t id, int special, size_t *n);
int32_t tok_find(const struct tok *t, const char *name); /* a control or user-defined token by its exact text; -1 */
int tok_ends(const struct tok *t, int32_t id);
int tok_push(struct quern_tokens *out, int32_t id, struct err *e);

#endif
