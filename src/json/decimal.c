/* Exact decimals. In: the text of a JSON number. Out: struct decimal and what follows from it. Digits are read where they stand, so that
 * any number of them is exact. Must not know what a number is for.
 */
#include "json/decimal.h"

#define FAR INT64_C(1000000000000000) /* exponents are held to it */

static int64_t held(int64_t x, int64_t most) {
    return x > most ? most : x < -most ? -most : x;
}

static int is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* The exponent behind 'e', held to +-2 * FAR, so that moving the point by less than 2^32 places is still seen. */
static int64_t read_exponent(const char *s) {
    int negative = *s == '-';
    int64_t sum = 0;
    for (s += *s == '-' || *s == '+'; is_digit(*s); s++)
        sum = held(sum * 10 + (*s - '0'), 2 * FAR);
    return negative ? -sum : sum;
}

void decimal_read(struct decimal *d, const struct json_value *number) {
    const char *s = number->s;
    int64_t before = 0; /* places from the first digit that counts to the point; below 0: zeros between the point and it */
    uint32_t since = 0; /* digits since the first that counts, zeros at the end among them */
    int behind = 0;     /* the point has been seen */
    d->sign = *s == '-' ? -1 : 1;
    d->digit = s;
    d->n = 0;
    for (s += *s == '-'; is_digit(*s) || *s == '.'; s++) {
        if (*s == '.') {
            behind = 1;
            continue;
        }
        if (since == 0 && *s == '0') {
            before -= behind;
            continue;
        }
        if (since++ == 0)
            d->digit = s;
        if (*s != '0')
            d->n = since;
        before += !behind;
    }
    if (d->n == 0)
        d->sign = 0;
    d->exp = d->n == 0 ? 0 : held(before + (*s ? read_exponent(s + 1) : 0), FAR);
}

/* The digits one after another, then zeros without end. */
struct digits {
    const char *at;
    uint32_t left;
};

static struct digits digits_of(const struct decimal *d) {
    return (struct digits){d->digit, d->n};
}

static unsigned next_digit(struct digits *g) {
    if (g->left == 0)
        return 0;
    g->left--;
    g->at += *g->at == '.';
    return (unsigned)(*g->at++ - '0');
}

int decimal_compare(const struct decimal *a, const struct decimal *b) {
    if (a->sign != b->sign)
        return a->sign < b->sign ? -1 : 1;
    if (a->exp != b->exp) /* zero has none, and then both are */
        return a->exp < b->exp ? -a->sign : a->sign;
    struct digits x = digits_of(a), y = digits_of(b);
    while (x.left || y.left) {
        unsigned i = next_digit(&x), j = next_digit(&y);
        if (i != j)
            return i < j ? -a->sign : a->sign;
    }
    return 0;
}

int decimal_is_integer(const struct decimal *d) {
    return d->exp >= (int64_t)d->n;
}

/* Digits that stand before the point, and behind it. */
static int64_t places_before(const struct decimal *d) {
    return d->exp > 0 ? d->exp : 1;
}

static int64_t places_behind(const struct decimal *d) {
    return decimal_is_integer(d) ? 0 : (int64_t)d->n - d->exp;
}

int decimal_is_multiple(const struct decimal *a, const struct decimal *b) {
    if (b->sign <= 0 || b->n > 18)
        return -1;
    if (a->sign == 0)
        return 1;
    /* As integers that end in another digit than 0, A is x * 10^i and B is y * 10^k. Where i < k, x would need a factor 10. */
    int64_t shift = (a->exp - (int64_t)a->n) - (b->exp - (int64_t)b->n);
    if (shift < 0)
        return 0;
    struct digits x = digits_of(a), y = digits_of(b);
    uint64_t divisor = 0, rest = 0; /* rest < divisor < 10^18, so that rest * 10 + 9 fits */
    while (y.left)
        divisor = divisor * 10 + next_digit(&y);
    while (x.left)
        rest = (rest * 10 + next_digit(&x)) % divisor;
    /* Ten has only 2 and 5, and no more than 60 of either are in y < 2^60: what is no multiple by then never will be. */
    for (int64_t i = 0; i < shift && i < 60; i++)
        rest = rest * 10 % divisor;
    return rest == 0;
}

/* |D| * 10^SCALE without its fraction, at most DECIMAL_LARGE; *fraction: there is one. */
static int64_t whole(const struct decimal *d, int scale, int *fraction) {
    int64_t places = d->exp + scale, sum = 0;
    struct digits g = digits_of(d);
    *fraction = d->n > 0 && places < (int64_t)d->n;
    if (d->n == 0)
        return 0;
    for (int64_t i = 0; i < places; i++) {
        if (sum > (DECIMAL_LARGE - 9) / 10) {
            *fraction = 0;
            return DECIMAL_LARGE;
        }
        sum = sum * 10 + next_digit(&g);
    }
    return sum;
}

int64_t decimal_floor(const struct decimal *d, int scale) {
    int fraction;
    int64_t i = whole(d, scale, &fraction);
    return d->sign >= 0 ? i : -i - fraction;
}

int64_t decimal_ceil(const struct decimal *d, int scale) {
    int fraction;
    int64_t i = whole(d, scale, &fraction);
    return d->sign >= 0 ? i + fraction : -i;
}

size_t decimal_plain(const struct decimal *d, char *out, size_t cap) {
    int64_t before = places_before(d), behind = places_behind(d);
    int64_t size = (d->sign < 0) + before + (behind > 0) + behind;
    if ((uint64_t)size > cap)
        return 0;
    struct digits g = digits_of(d);
    char *at = out;
    if (d->sign < 0)
        *at++ = '-';
    for (int64_t i = 0; i < before; i++)
        *at++ = d->exp > 0 ? (char)('0' + next_digit(&g)) : '0';
    if (behind > 0)
        *at++ = '.';
    for (int64_t i = 0; i < behind; i++)
        *at++ = i < -d->exp ? '0' : (char)('0' + next_digit(&g));
    return (size_t)(at - out);
}
