/* FIRST, FIRST-LAST, FIRST-LAST+STEP or FIRST-LAST*FACTOR, commas between them. */
#include "cli/ranges.h"

#include <stdlib.h>
#include <string.h>
#include "cli/number.h"
#include "cli/report.h"

enum { MOST = 1000 }; /* of a list: a step that was left out of a wide range should not start a week of work */

int ranges_push(struct ranges *r, int v, struct err *e) {
    int *grown = realloc(r->v, ((size_t)r->n + 1) * sizeof *r->v);
    if (!grown) return fail(e, ERR_MEMORY, "out of memory");
    r->v = grown;
    r->v[r->n++] = v;
    return 0;
}

void ranges_free(struct ranges *r) {
    free(r->v);
    *r = (struct ranges){0};
}

/* The digits at *P as a number from LO to HI; moves on behind them. */
static int take(const char **p, long lo, long hi, long *out) {
    char digits[16];
    size_t n = strspn(*p, "0123456789");
    if (n == 0 || n >= sizeof digits) return -1;
    memcpy(digits, *p, n);
    digits[n] = '\0';
    *p += n;
    return number_int(digits, lo, hi, out);
}

/* One item of the list. -1: it is none; 1: *e says why not. */
static int add_item(struct ranges *r, const char **p, int lo, int hi, struct err *e) {
    long first, last, by = 1;
    int times = 0;
    if (take(p, lo, hi, &first)) return -1;
    last = first;
    if (**p == '-') {
        ++*p;
        if (take(p, first, hi, &last)) return -1;
        times = **p == '*';
        if (times || **p == '+') {
            ++*p;
            if (take(p, times ? 2 : 1, hi, &by) || (times && first == 0)) return -1;
        }
    }
    for (long long i = first; i <= last; i = times ? i * by : i + by) {
        if (r->n == MOST) return fail(e, ERR_USAGE, "more than %d values", MOST), 1;
        if (ranges_push(r, (int)i, e)) return 1;
    }
    return 0;
}

int ranges_read(struct ranges *r, const char *name, const char *text, int lo, int hi, struct err *e) {
    struct err why;
    for (const char *p = text;; p++) {
        int bad = add_item(r, &p, lo, hi, &why);
        if (bad > 0) return fail(e, why.code, "%s: %s", name, why.text);
        if (bad || (*p && *p != ','))
            return fail(e, ERR_USAGE, "%s: numbers from %d to %d such as 16,32 or 128-512+128 or 1-8*2, not \"%s\"", name, lo, hi, text);
        if (!*p) return 0;
    }
}
