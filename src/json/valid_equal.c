/* Equal values, as JSON Schema compares them: numbers by value, objects whatever the order of their members. In: values. Out: yes or no. */
#include "json/decimal.h"
#include "json/valid_check.h"

#include <stdlib.h>
#include <string.h>

static int same_text(const struct json_value *a, const struct json_value *b) {
    return a->n == b->n && memcmp(a->s, b->s, a->n) == 0;
}

const struct json_value *member_find(const struct json_value *object, const struct json_value *key) {
    const struct json_value *at = object + 1, *found = NULL;
    for (uint32_t i = 0; i < object->n; i++, at = json_next(at + 1)) {
        if (same_text(at, key))
            found = at + 1;
    }
    return found;
}

int member_counts(const struct json_value *object, const struct json_value *key) {
    return member_find(object, key) == key + 1;
}

/* Every member of A that counts is one of B. *n: how many they are. */
static int is_part(const struct json_value *a, const struct json_value *b, uint32_t *n) {
    const struct json_value *key = a + 1;
    *n = 0;
    for (uint32_t i = 0; i < a->n; i++, key = json_next(key + 1)) {
        const struct json_value *other = member_find(b, key);
        if (!member_counts(a, key))
            continue;
        if (!other || !valid_equal(key + 1, other))
            return 0;
        ++*n;
    }
    return 1;
}

static uint32_t count_members(const struct json_value *object) {
    const struct json_value *key = object + 1;
    uint32_t n = 0;
    for (uint32_t i = 0; i < object->n; i++, key = json_next(key + 1))
        n += (uint32_t)member_counts(object, key);
    return n;
}

int valid_equal(const struct json_value *a, const struct json_value *b) {
    struct decimal x, y;
    uint32_t n;
    if (a->type != b->type)
        return 0;
    switch (a->type) {
    case JSON_NUMBER:
        decimal_read(&x, a);
        decimal_read(&y, b);
        return decimal_compare(&x, &y) == 0;
    case JSON_STRING:
        return same_text(a, b);
    case JSON_ARRAY:
        if (a->n != b->n)
            return 0;
        n = a->n;
        for (a++, b++; n > 0 && valid_equal(a, b); n--, a = json_next(a), b = json_next(b)) {
        }
        return n == 0;
    case JSON_OBJECT:
        return is_part(a, b, &n) && n == count_members(b);
    }
    return 1;
}

/* ---- all different ---- */

static uint64_t mix(uint64_t h, uint64_t x) {
    h = (h ^ x) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

static uint64_t hash_bytes(uint64_t h, const char *s, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        h = mix(h, (unsigned char)s[i]);
    return h;
}

static uint64_t hash_number(uint64_t h, const struct json_value *v) {
    struct decimal d;
    decimal_read(&d, v);
    h = mix(mix(h, (uint64_t)d.sign), (uint64_t)d.exp);
    for (const char *s = d.digit; d.n > 0; s++) {
        if (*s == '.')
            continue;
        h = mix(h, (unsigned char)*s);
        d.n--;
    }
    return h;
}

/* Equal values have equal hashes. */
static uint64_t hash_value(const struct json_value *v) {
    const struct json_value *at = v + 1;
    uint64_t h = mix(1, v->type), sum = 0;
    if (v->type == JSON_NUMBER)
        return hash_number(h, v);
    if (v->type == JSON_STRING)
        return hash_bytes(h, v->s, v->n);
    if (v->type == JSON_ARRAY) {
        for (uint32_t i = 0; i < v->n; i++, at = json_next(at))
            h = mix(h, hash_value(at));
    }
    if (v->type == JSON_OBJECT) {
        for (uint32_t i = 0; i < v->n; i++, at = json_next(at + 1))
            sum += member_counts(v, at) ? hash_bytes(hash_value(at + 1), at->s, at->n) : 0;
    }
    return mix(h, sum);
}

struct hashed {
    uint64_t hash;
    const struct json_value *v;
};

static int compare_hashes(const void *a, const void *b) {
    uint64_t x = ((const struct hashed *)a)->hash, y = ((const struct hashed *)b)->hash;
    return x < y ? -1 : x > y;
}

int valid_all_differ(const struct json_value *array) {
    const struct json_value *at = array + 1;
    int differ = 1;
    if (array->n < 2)
        return 1;
    struct hashed *all = calloc(array->n, sizeof *all);
    if (!all)
        return -1;
    for (uint32_t i = 0; i < array->n; i++, at = json_next(at))
        all[i] = (struct hashed){hash_value(at), at};
    qsort(all, array->n, sizeof *all, compare_hashes);
    for (uint32_t i = 0; differ && i < array->n; i++) {
        for (uint32_t k = i + 1; differ && k < array->n && all[k].hash == all[i].hash; k++)
            differ = !valid_equal(all[i].v, all[k].v);
    }
    free(all);
    return differ;
}
