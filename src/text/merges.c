/* Every merge is checked when the vocabulary is opened: one space, both parts tokens, the result a token. In: "left right" texts.
 * Files list the tokens in the order of their merges, so the result is nearly always the token after the last one: a comparison
 * of two texts that are read in order, where a lookup would jump about. */
#include "text/merges.h"

#include <string.h>

#define FIRST_MERGED 256 /* the first token that is no single byte, in files that list tokens in the usual order */
#define BAD_FORM (-2)

uint32_t merges_rank(const struct merges *m, int32_t result, uint32_t left) {
    uint32_t i = m->first[result];
    while (i && m->left[i - 1] != left)
        i = m->next[i - 1];
    return i ? i - 1 : MERGE_NONE;
}

static void add(struct merges *m, uint32_t i, int32_t result, uint32_t left) {
    m->left[i] = (uint16_t)left;
    uint32_t *end = &m->first[result];
    while (*end) {
        if (m->left[*end - 1] == left)
            return; /* a twin: the first counts */
        end = &m->next[*end - 1];
    }
    *end = i + 1;
}

static size_t letters(const char *s, size_t n) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)s[i] & 0xC0) != 0x80;
    return count;
}

/* Bytes of the left part where TEXT spells token ID with a space put in; 0: it does not. */
static uint32_t cut_of(const struct vocab *v, int32_t id, const struct tok_str *text) {
    const char *token = v->bytes + v->start[id];
    uint32_t n = v->start[id + 1] - v->start[id], at = 0, left = 0;
    if (!(v->type[id] & VOCAB_FOUND))
        return 0;
    for (size_t i = 0; i < text->n;) {
        if (text->s[i] == ' ' && at > 0 && !left) {
            left = at;
            i++;
        } else if (at == n || vocab_letter(v, text->s, text->n, &i) != (unsigned char)token[at++]) { /* no letter is a space */
            return 0;
        }
    }
    return at == n && left < n ? left : 0;
}

/* The token that TEXT without its space spells, by a lookup. *left: bytes of the left part. -1: none; BAD_FORM: no two parts.
 * SPACE: room for vocab.longest bytes. */
static int32_t look_up(const struct vocab *v, const struct tok_str *text, char *space, uint32_t *left) {
    const char *at = text->n ? memchr(text->s, ' ', text->n) : NULL;
    size_t cut = at ? (size_t)(at - text->s) : 0;
    if (cut == 0 || cut == text->n - 1 || memchr(at + 1, ' ', text->n - cut - 1))
        return BAD_FORM;
    if (letters(text->s, text->n) - 1 > v->longest)
        return -1;
    int64_t l = vocab_decode(v, text->s, cut, space);
    int64_t r = l < 0 ? -1 : vocab_decode(v, text->s + cut + 1, text->n - cut - 1, space + l);
    *left = (uint32_t)l;
    return r < 0 ? -1 : vocab_find(v, space, (size_t)(l + r));
}

static int fault(struct tok_fault *where, uint32_t i, const char *what, struct err *e) {
    where->kind = 'm';
    where->index = i;
    return err_set(e, ERR_MODEL, "merge %lu: %s", (unsigned long)i, what);
}

static int allocate(struct merges *m, const struct vocab *v, uint32_t n, struct arena *mem, struct err *e) {
    m->n = n;
    m->left = arena_alloc(mem, n, sizeof *m->left, e);
    m->next = arena_alloc(mem, n, sizeof *m->next, e); /* zeros whose pages are never touched unless tokens have several merges */
    m->first = arena_alloc(mem, v->n, sizeof *m->first, e);
    if (!m->left || !m->next || !m->first)
        return -1;
    memset(m->first, 0, v->n * sizeof *m->first); /* as vocab.c does with its slots */
    return 0;
}

int merges_open(struct merges *m, const struct vocab *v, const struct tok_source *src, struct arena *mem, struct tok_fault *where,
                struct err *e) {
    char *space = arena_alloc(mem, (size_t)v->longest + 1, 1, e);
    if (!space || allocate(m, v, src->n_merges, mem, e))
        return -1;
    struct vocab_queue parts = {.next = 0};
    int64_t bad = -1;
    int32_t id = FIRST_MERGED;
    const uint8_t *at = src->merges;
    for (uint32_t i = 0; i < m->n && bad < 0; i++, id++) {
        struct tok_str text = tok_next(&at);
        uint32_t left = id < (int32_t)v->n ? cut_of(v, id, &text) : 0;
        if (!left)
            id = look_up(v, &text, space, &left);
        if (id < 0)
            return fault(where, i, id == BAD_FORM ? "not two parts with one space between them" : "result is no token", e);
        if (left > UINT16_MAX)
            return fault(where, i, "left part is longer than 65535 bytes", e);
        const char *bytes = v->bytes + v->start[id];
        bad = vocab_ask(v, &parts, bytes, left, i);
        if (bad < 0)
            bad = vocab_ask(v, &parts, bytes + left, v->start[id + 1] - v->start[id] - left, i);
        add(m, i, id, left);
    }
    if (bad < 0)
        bad = vocab_answer(v, &parts);
    return bad < 0 ? 0 : fault(where, (uint32_t)bad, "a part is no token", e);
}
