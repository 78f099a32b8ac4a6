/* Sorted names. See names.h. */
#include "gguf/names.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a */
struct gguf_name names_entry(const struct gguf_str *name) {
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < name->n; i++)
        h = (h ^ (unsigned char)name->s[i]) * 0x100000001b3u;
    return (struct gguf_name){h, name};
}

static int compare(const struct gguf_name *x, const struct gguf_name *y) {
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    if (x->name->n != y->name->n)
        return x->name->n < y->name->n ? -1 : 1;
    return memcmp(x->name->s, y->name->s, x->name->n);
}

static int for_qsort(const void *a, const void *b) {
    const struct gguf_name *x = a, *y = b;
    int c = compare(x, y);
    return c ? c : (x->name > y->name) - (x->name < y->name); /* qsort is not stable by itself */
}

void names_sort(struct gguf_name *t, size_t n) {
    qsort(t, n, sizeof *t, for_qsort);
}

const struct gguf_str *names_repeated(const struct gguf_name *t, size_t n) {
    for (size_t i = 1; i < n; i++)
        if (compare(&t[i - 1], &t[i]) == 0)
            return t[i].name;
    return NULL;
}

const struct gguf_str *names_find(const struct gguf_name *t, size_t n, const char *wanted) {
    struct gguf_str s = {wanted, strlen(wanted)};
    struct gguf_name w = names_entry(&s);
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = compare(&w, &t[mid]);
        if (c == 0)
            return t[mid].name;
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}
