/* Byte-level BPE exactly as Qwen2's official tokenizer: NFC, splitter, merges by rank. In: bytes. Out: ids. Knows no files.
 * Bytes that are not UTF-8 pass through NFC and the splitter as U+FFFD-like symbols of their own but keep their bytes. */
#ifndef TEXT_TOK_H
#define TEXT_TOK_H

#include <string.h>
#include "base/err.h"
#include "quern.h"

struct tok_str {
    const char *s;
    uint32_t n;
};
enum tok_type { TOK_NORMAL = 1, TOK_UNKNOWN = 2, TOK_CONTROL = 3, TOK_USER = 4, TOK_UNUSED = 5, TOK_BYTE = 6 };

/* What a vocabulary is made from. Strings are in the byte alphabet of GPT-2 and lie one behind the other, each behind its length in 8
 * bytes, as GGUF has them: they are read in place, in order, and an array of pointers to them would cost more than that. */
struct tok_source {
    uint32_t n_tokens, n_merges;
    const uint8_t *tokens;          /* n_tokens strings */
    size_t tokens_bytes;            /* with their lengths; less than 4 GiB */
    const int32_t *type;            /* [n_tokens] enum tok_type, or NULL: all normal. May be unaligned: read with memcpy */
    const uint8_t *merges;          /* n_merges times "left right", best first; less than 4 GiB */
    int32_t eos, eot, bos, pad;     /* ids or -1; eos and eot end generation, as do "<|im_end|>" and "<|endoftext|>" where present */
};

/* The string at *at, which moves behind it. */
static inline struct tok_str tok_next(const uint8_t **at) {
    uint64_t n;
    memcpy(&n, *at, sizeof n);
    struct tok_str s = {(const char *)*at + sizeof n, (uint32_t)n};
    *at += sizeof n + s.n;
    return s;
}

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
int tok_list_ends(const struct tok *t, int32_t *id); /* all of which that is true, at most 4, each once: how many */
int tok_push(struct quern_tokens *out, int32_t id, struct err *e);

#endif
