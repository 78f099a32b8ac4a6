/* The merges of a vocabulary. In: tokenizer.json, whose merges are "a b" or ["a", "b"], or merges.txt, a merge a line. Out: "a b" texts, each
 * proven to join two tokens into a third.
 */
#include "quern-convert.h"

#include <string.h>

struct writer {
    struct vocab *v;
    char *at;         /* room for both parts, a space and an end */
    const char *file; /* printable, for messages */
    struct err *e;
};

static int fault(const struct writer *w, size_t offset, const char *what) {
    return err_set(w->e, ERR_MODEL, "%s: byte %zu: merge %zu: %s", w->file, offset, w->v->n_merges, what);
}

/* The joined text is looked up first, then each part with an end of its own where the space will be. */
static int add(struct writer *w, struct gguf_str left, struct gguf_str right, size_t offset) {
    char *gap = w->at + left.n;
    if (left.n == 0 || right.n == 0 || memchr(left.s, 0, left.n) || memchr(right.s, 0, right.n))
        return fault(w, offset, "two parts expected");
    memcpy(w->at, left.s, left.n);
    memcpy(gap, right.s, right.n);
    gap[right.n] = 0;
    if (!hf_vocab_is_normal(w->v, w->at))
        return fault(w, offset, "its result is no token");
    memmove(gap + 1, gap, right.n + 1);
    *gap = 0;
    if (!hf_vocab_is_normal(w->v, w->at) || !hf_vocab_is_normal(w->v, gap + 1))
        return fault(w, offset, "a part is no token");
    *gap = ' ';
    w->at = gap + 1 + right.n + 1;
    w->v->n_merges++;
    return 0;
}

static int add_text(struct writer *w, const char *s, size_t n, size_t offset) {
    const char *space = n ? memchr(s, ' ', n) : NULL;
    size_t cut = space ? (size_t)(space - s) : 0;
    if (!space || memchr(space + 1, ' ', n - cut - 1))
        return fault(w, offset, "two parts with one space between them expected");
    return add(w, (struct gguf_str){s, cut}, (struct gguf_str){space + 1, n - cut - 1}, offset);
}

static int add_value(struct writer *w, const struct json_value *v) {
    if (v->type == JSON_STRING)
        return add_text(w, v->s, v->n, v->offset);
    if (v->type != JSON_ARRAY || v->n != 2 || v[1].type != JSON_STRING || v[2].type != JSON_STRING)
        return fault(w, v->offset, "a string or two strings expected");
    if (memchr(v[1].s, ' ', v[1].n) || memchr(v[2].s, ' ', v[2].n))
        return fault(w, v->offset, "a part has a space in it");
    return add(w, (struct gguf_str){v[1].s, v[1].n}, (struct gguf_str){v[2].s, v[2].n}, v->offset);
}

/* Room for the merges: what their texts have, and of two a space and an end. */
static size_t room_of(const struct json_value *list) {
    size_t room = 0;
    for (const struct json_value *v = list + 1; v != json_next(list); v++)
        room += (size_t)(v->type == JSON_STRING ? v->n : 0) + 2;
    return room;
}

static int read_list(struct vocab *v, const struct json *j, const struct json_value *list, struct err *e) {
    struct writer w = {v, NULL, j->name, e};
    if (list->type != JSON_ARRAY)
        return field_fault(j, "merges", list, e, "an array");
    v->merges = w.at = arena_alloc(&v->mem, room_of(list) + 1, 1, e);
    if (!v->merges)
        return -1;
    for (const struct json_value *m = list + 1; m != json_next(list); m = json_next(m)) {
        if (add_value(&w, m))
            return -1;
    }
    return 0;
}

/* The first line may name a version; a line may end in CR LF. */
static int read_lines(struct vocab *v, const char *text, size_t n, const char *path, struct err *e) {
    struct writer w = {v, NULL, path, e};
    v->merges = w.at = arena_alloc(&v->mem, n + 2, 1, e);
    if (!v->merges)
        return -1;
    for (size_t at = 0, next; at < n; at = next) {
        const char *end = memchr(text + at, '\n', n - at);
        size_t line = end ? (size_t)(end - text) - at : n - at;
        next = at + line + 1;
        if (line > 0 && text[at + line - 1] == '\r')
            line--;
        if (line == 0 || (at == 0 && line > 8 && memcmp(text, "#version", 8) == 0))
            continue;
        if (add_text(&w, text + at, line, at))
            return -1;
    }
    return 0;
}

int merges_read(struct vocab *v, struct folder *f, struct err *e) {
    struct os_map m;
    if (f->tokenizer.root) {
        const struct json_value *model = field_find(f->tokenizer.root, "model"), *list = field_find(model, "merges");
        return list ? read_list(v, &f->tokenizer, list, e) : json_fault(&f->tokenizer, 0, e, "no model.merges");
    }
    const char *path = folder_file(f, "merges.txt", e);
    if (!path || os_map_open(&m, path, e))
        return -1;
    int rc = read_lines(v, (const char *)m.base, m.size, path, e);
    os_map_close(&m);
    return rc;
}
