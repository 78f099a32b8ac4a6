/* Steps into a JSON document. In: values, names. Out: values. What lies in large containers is found by hash, so that as many references
 * as there are members do not take the square of that. Must not know schemas.
 */
#include "json/places.h"

#include <string.h>

#define LARGE 16 /* members or elements: with fewer it is as quick to look at each */

static uint32_t hash_step(uint32_t around, uint32_t order, const char *name, size_t n) {
    uint32_t h = (around * 2654435761u ^ order) * 16777619u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)name[i]) * 16777619u;
    return h ^ h >> 15;
}

/* Its slot, or the free one where it belongs. */
static struct places_slot *find(const struct places *p, uint32_t around, uint32_t order, const char *name, size_t n) {
    for (size_t i = hash_step(around, order, name, n);; i++) {
        struct places_slot *slot = &p->slot[i & (p->n_slots - 1)];
        const struct json_value *at = &p->root[slot->at];
        if (slot->around == 0)
            return slot;
        if (slot->around == around && slot->order == order && (!name || (at->n == n && memcmp(at->s, name, n) == 0)))
            return slot;
    }
}

static void add_all(struct places *p, const struct json_value *v) {
    const struct json_value *at = v + 1;
    uint32_t around = (uint32_t)(v - p->root) + 1;
    int object = v->type == JSON_OBJECT;
    for (uint32_t i = 0; i < v->n; i++) {
        struct places_slot *slot = object ? find(p, around, 0, at->s, at->n) : find(p, around, i, NULL, 0);
        *slot = (struct places_slot){around, (uint32_t)(at - p->root), object ? 0 : i}; /* of members named alike the last */
        at = json_next(at + object);
    }
}

int places_open(struct places *p, const struct json_value *root, struct arena *mem, struct err *e) {
    size_t n = 0;
    *p = (struct places){.root = root};
    for (uint32_t i = 0; i < root->span; i++)
        n += root[i].type >= JSON_ARRAY && root[i].n >= LARGE ? root[i].n : 0;
    if (n == 0)
        return 0;
    for (p->n_slots = 1; p->n_slots < 2 * n; p->n_slots *= 2) {
    }
    p->slot = arena_alloc(mem, p->n_slots, sizeof *p->slot, e);
    if (!p->slot)
        return -1;
    for (uint32_t i = 0; i < root->span; i++) {
        if (root[i].type >= JSON_ARRAY && root[i].n >= LARGE)
            add_all(p, &root[i]);
    }
    return 0;
}

static const struct json_value *find_member(const struct places *p, const struct json_value *v, const char *name, size_t n) {
    const struct json_value *at = v + 1, *found = NULL;
    if (v->n >= LARGE) {
        const struct places_slot *slot = find(p, (uint32_t)(v - p->root) + 1, 0, name, n);
        return slot->around ? &p->root[slot->at] + 1 : NULL;
    }
    for (uint32_t i = 0; i < v->n; i++, at = json_next(at + 1)) {
        if (at->n == n && memcmp(at->s, name, n) == 0)
            found = at + 1;
    }
    return found;
}

static const struct json_value *find_element(const struct places *p, const struct json_value *v, uint32_t index) {
    if (v->n >= LARGE)
        return &p->root[find(p, (uint32_t)(v - p->root) + 1, index, NULL, 0)->at];
    for (v++; index > 0; index--)
        v = json_next(v);
    return v;
}

/* A number as JSON pointers write it; UINT32_MAX: it is none, or has more than 9 digits. */
static uint32_t read_index(const char *s, size_t n) {
    uint32_t sum = 0;
    if (n == 0 || n > 9 || (s[0] == '0' && n > 1))
        return UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return UINT32_MAX;
        sum = sum * 10 + (uint32_t)(s[i] - '0');
    }
    return sum;
}

const struct json_value *places_step(const struct places *p, const struct json_value *v, const char *name, size_t n) {
    if (v->type == JSON_OBJECT)
        return find_member(p, v, name, n);
    uint32_t index = v->type == JSON_ARRAY ? read_index(name, n) : UINT32_MAX;
    return index != UINT32_MAX && index < v->n ? find_element(p, v, index) : NULL;
}
