/* Questions about one code point, answered by binary search. In: code points. Out: see unicode.h. Must not know UTF-8. */
#include "text/unicode.h"

#include <stddef.h>

static const struct uni_range *range_of(const struct uni_range *table, int n, uint32_t c) {
    int lo = 0, hi = n; /* the ranges before lo begin at or before c, those from hi on after it */
    while (lo < hi) {
        int mid = (lo + hi) / 2;
        if (table[mid].first <= c)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo > 0 && c - table[lo - 1].first <= table[lo - 1].more ? &table[lo - 1] : NULL;
}

enum uni_class uni_class(uint32_t c) {
    if (c < 0x80) {
        if ((c | 0x20) - 'a' < 26)
            return UNI_LETTER;
        if (c - '0' < 10)
            return UNI_NUMBER;
        return c == ' ' || c - '\t' < 5 ? UNI_SPACE : UNI_OTHER;
    }
    if (c - 0x4E00 < 0x5200) /* the bulk of Chinese, unassigned nowhere since Unicode 14 */
        return UNI_LETTER;
    const struct uni_range *r = range_of(uni_classes, uni_classes_n, c);
    return r ? (enum uni_class)r->value : UNI_OTHER;
}

int uni_unstable_at(uint32_t c, uint8_t *ccc) {
    if (c < 0x300 || c - 0x3100 < 0x7500) /* nothing there, and most text is */
        return 0;
    const struct uni_range *r = range_of(uni_unstable, uni_unstable_n, c);
    if (!r)
        return 0;
    *ccc = r->value;
    return 1;
}

int uni_decompose(uint32_t c, uint32_t *a, uint32_t *b) {
    int lo = 0, hi = uni_pairs_n;
    while (lo < hi) {
        int mid = (lo + hi) / 2;
        if (uni_pairs[mid].composite < c)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == uni_pairs_n || uni_pairs[lo].composite != c)
        return 0;
    *a = uni_pairs[lo].a;
    *b = uni_pairs[lo].b;
    return 1;
}

uint32_t uni_compose(uint32_t a, uint32_t b) {
    int lo = 0, hi = uni_by_parts_n;
    while (lo < hi) {
        int mid = (lo + hi) / 2;
        const struct uni_pair *p = &uni_pairs[uni_by_parts[mid]];
        if (p->a < a || (p->a == a && p->b < b))
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == uni_by_parts_n)
        return 0;
    const struct uni_pair *p = &uni_pairs[uni_by_parts[lo]];
    return p->a == a && p->b == b ? p->composite : 0;
}
