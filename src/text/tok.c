/* The tokenizer: special tokens are cut out of the raw text; what is between them is normalised, split, and merged by piece.
 * In: bytes. Out: ids. Must not know files. */
#include "text/tok.h"

#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "text/bpe.h"
#include "text/nfc.h"
#include "text/special.h"
#include "text/split.h"

struct tok {
    struct arena mem;
    struct vocab vocab;
    struct merges merges;
    struct specials specials;
    int32_t end[4]; /* end-of-generation tokens; -1: none */
};

int tok_open(struct tok **out, const struct tok_source *src, struct tok_fault *where, struct err *e) {
    *where = (struct tok_fault){0, 0};
    struct tok *t = calloc(1, sizeof *t);
    if (!t)
        return err_set(e, ERR_MEMORY, "out of memory for the vocabulary");
    if (vocab_open(&t->vocab, src, &t->mem, e) || merges_open(&t->merges, &t->vocab, src, &t->mem, where, e) ||
        special_open(&t->specials, &t->vocab, &t->mem, e)) {
        tok_close(t);
        return -1;
    }
    t->end[0] = src->eos;
    t->end[1] = src->eot;
    t->end[2] = tok_find(t, "<|im_end|>");
    t->end[3] = tok_find(t, "<|endoftext|>");
    *out = t;
    return 0;
}

void tok_close(struct tok *t) {
    if (!t)
        return;
    arena_free(&t->mem);
    free(t);
}

int tok_push(struct quern_tokens *out, int32_t id, struct err *e) {
    if (out->n == out->cap) {
        size_t cap = out->cap ? out->cap * 2 : 64;
        int32_t *p = cap > SIZE_MAX / 2 / sizeof *p ? NULL : realloc(out->id, cap * sizeof *p);
        if (!p)
            return err_set(e, ERR_MEMORY, "out of memory for %zu tokens", cap);
        out->id = p;
        out->cap = cap;
    }
    out->id[out->n++] = id;
    return 0;
}

/* Text without special tokens. */
static int encode_plain(struct bpe *b, const char *text, size_t n, struct quern_tokens *out, struct err *e) {
    char *normal;
    size_t normal_n;
    if (nfc_apply(text, n, &normal, &normal_n, e))
        return -1;
    const char *at = normal ? normal : text;
    size_t left = normal ? normal_n : n;
    int r = 0;
    while (r == 0 && left > 0) {
        size_t len = split_next(at, left);
        r = bpe_encode(b, at, len, out, e);
        at += len;
        left -= len;
    }
    free(normal);
    return r;
}

int tok_encode(const struct tok *t, const char *text, size_t n, int special, struct quern_tokens *out, struct err *e) {
    struct bpe b = {.vocab = &t->vocab, .merges = &t->merges};
    size_t before = out->n, from = 0, i = 0;
    int r = 0;
    while (r == 0 && i < n) {
        const struct special *found = special_match(&t->specials, text + i, n - i, special);
        if (!found) {
            i++;
            continue;
        }
        r = encode_plain(&b, text + from, i - from, out, e) || tok_push(out, found->id, e) ? -1 : 0;
        from = i += found->n;
    }
    if (r == 0)
        r = encode_plain(&b, text + from, n - from, out, e);
    if (r)
        out->n = before;
    bpe_free(&b);
    return r;
}

const char *tok_bytes(const struct tok *t, int32_t id, int special, size_t *n) {
    const struct vocab *v = &t->vocab;
    *n = 0;
    if (id < 0 || (uint32_t)id >= v->n)
        return "";
    if (!special && (v->type[id] == TOK_CONTROL || v->type[id] == TOK_UNUSED))
        return "";
    *n = v->start[id + 1] - v->start[id];
    return v->bytes + v->start[id];
}

int32_t tok_find(const struct tok *t, const char *name) { return special_find(&t->specials, name, strlen(name)); }

int tok_ends(const struct tok *t, int32_t id) {
    return id >= 0 && (id == t->end[0] || id == t->end[1] || id == t->end[2] || id == t->end[3]);
}

int tok_list_ends(const struct tok *t, int32_t *id) {
    int n = 0;
    for (int i = 0; i < 4; i++) {
        int known = t->end[i] < 0;
        for (int k = 0; k < n; k++)
            known |= id[k] == t->end[i];
        if (!known)
            id[n++] = t->end[i];
    }
    return n;
}
