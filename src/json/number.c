/* Numbers under a schema, by arithmetic on scaled integers: what is written so far is an interval of integers at each scale that may come
 * of it, and the allowed ones are the multiples of a step within bounds. Exact, as all of it fits 64 bits: 10^17 and a factor of 10.
 */
#include "json/number.h"

static int64_t power(int n) { /* 0 <= n <= 18 */
    static const int64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
        1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000};
    return powers[n];
}

/* ---- bounds and steps ---- */

void numbers_all(struct numbers *n, int digits, int integers) {
    n->n_divisors = n->n_apart = 0;
    n->digits = digits < NUMBER_DIGITS ? digits : NUMBER_DIGITS;
    n->scales = integers ? 0 : n->digits - 1;
    for (int s = 0; s <= NUMBER_DIGITS; s++) {
        n->high[s] = power(NUMBER_DIGITS) - 1;
        n->low[s] = -n->high[s];
        n->step[s] = 1;
    }
}

/* Readers of 64-bit floats tell numbers of 15 digits apart, and see which is greater. */
static void floats_must_tell(struct numbers *n) {
    enum { FLOAT_DIGITS = 15 };
    if (n->digits > FLOAT_DIGITS)
        n->digits = FLOAT_DIGITS;
    if (n->scales > n->digits - 1)
        n->scales = n->digits - 1;
}

void numbers_at_least(struct numbers *n, const struct decimal *d, int exclusive) {
    if (exclusive)
        floats_must_tell(n);
    for (int s = 0; s <= NUMBER_DIGITS; s++) {
        int64_t low = exclusive ? decimal_floor(d, s) + 1 : decimal_ceil(d, s);
        if (low > n->low[s])
            n->low[s] = low;
    }
}

void numbers_at_most(struct numbers *n, const struct decimal *d, int exclusive) {
    if (exclusive)
        floats_must_tell(n);
    for (int s = 0; s <= NUMBER_DIGITS; s++) {
        int64_t high = exclusive ? decimal_ceil(d, s) - 1 : decimal_floor(d, s);
        if (high < n->high[s])
            n->high[s] = high;
    }
}

static int64_t common_divisor(int64_t a, int64_t b) {
    while (b) {
        int64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

/* The least common multiple; DECIMAL_LARGE where it is no smaller than that, so that 0 alone is left. */
static int64_t common_multiple(int64_t a, int64_t b) {
    int64_t part = a / common_divisor(a, b);
    return part < DECIMAL_LARGE / b ? part * b : DECIMAL_LARGE;
}

static double scaled(int64_t v, int scale) { /* v below 2^53: rounded once, as reading the decimal is */
    return (double)v / (double)power(scale);
}

/* D is m * 10^e: at scale s its multiples are those of m * 10^(e + s), and where that is no integer, of m / gcd(m, 10^-(e + s)). */
void numbers_multiple(struct numbers *n, const struct decimal *d) {
    int64_t m = 0;
    const char *c = d->digit;
    floats_must_tell(n);
    for (uint32_t i = 0; i < d->n && i < 18; c++)
        if (*c != '.')
            m = m * 10 + (*c - '0'), i++;
    for (int s = 0; s <= NUMBER_DIGITS; s++) {
        int64_t e = d->exp - (int64_t)d->n + s, unit = m;
        for (int64_t i = 0; i < e && unit < DECIMAL_LARGE; i++)
            unit = unit < DECIMAL_LARGE / 10 ? unit * 10 : DECIMAL_LARGE;
        if (e < 0)
            unit /= common_divisor(unit, power(e < -18 ? 18 : (int)-e)); /* m < 10^18: more powers divide no more of it */
        n->step[s] = common_multiple(n->step[s], unit);
    }
    if (!decimal_is_integer(d) && d->n <= 15 && d->exp > -15 && n->n_divisors < NUMBERS_APART)
        n->divisor[n->n_divisors++] = scaled(m, (int)((int64_t)d->n - d->exp));
}

int numbers_no_multiple(struct numbers *n, const struct decimal *d) {
    if (n->n_apart == NUMBERS_APART)
        return -1;
    floats_must_tell(n);
    n->apart[n->n_apart++] = decimal_floor(d, 0); /* held to DECIMAL_LARGE: 0 is the only multiple of either */
    return 0;
}

/* ---- what may come of a beginning ---- */

static int64_t divide_down(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

static int64_t apart_at(const struct numbers *n, int i, int scale) {
    return n->apart[i] < DECIMAL_LARGE / power(scale) ? n->apart[i] * power(scale) : DECIMAL_LARGE;
}

/* How many multiples of STEP from FROM to TO are none of what apart has from I on: all, less those that are multiples of both. */
static int64_t count_between(const struct numbers *n, int scale, int64_t from, int64_t to, int64_t step, int i) {
    if (i == n->n_apart)
        return step == 1 ? to - from + 1 : divide_down(to, step) - divide_down(from - 1, step);
    return count_between(n, scale, from, to, step, i + 1) -
           count_between(n, scale, from, to, common_multiple(step, apart_at(n, i, scale)), i + 1);
}

int64_t numbers_count(const struct numbers *n, int64_t most) {
    int s = n->scales < 3 && n->scales < n->digits - 1 ? n->scales : n->scales > 0 ? 2 : 0;
    int64_t end = power(n->digits) - 1, low = n->low[s] > -end ? n->low[s] : -end, high = n->high[s] < end ? n->high[s] : end;
    int64_t count = low > high ? 0 : count_between(n, s, low, high, n->step[s], 0);
    return count < most ? count : most;
}

static int is_within(const struct number *x, int scale, int minus, int64_t low, int64_t high) {
    if (x->minus != minus || x->scale > scale)
        return 0;
    if (x->n + scale - x->scale > 18)
        return 0; /* more digits than anything here has */
    int64_t v = (int64_t)x->digits * power(scale - x->scale);
    return v >= low && v <= high;
}

/* For floats, and none of those that it must not be a multiple of. */
static int is_multiple(const struct numbers *n, int64_t v, int scale) {
    for (int i = 0; i < n->n_apart; i++)
        if (v % apart_at(n, i, scale) == 0)
            return 0;
    for (int i = 0; i < n->n_divisors; i++) {
        double times = scaled(v, scale) / n->divisor[i];
        if (!(times > -1e15 && times < 1e15 && (double)(int64_t)times == times))
            return 0;
    }
    return 1;
}

/* Whether one of the first multiples from FROM on is one for floats, too: what begins later has no more of them before it. */
static int has_multiple(const struct numbers *n, int scale, int64_t from, int64_t to, const struct number *taken, int n_taken, int minus) {
    enum { TRIES = 64 };
    int64_t step = n->step[scale], v = -divide_down(-from, step) * step;
    for (int i = 0; i < TRIES && v <= to; i++, v += step) {
        int other = 1;
        for (int k = 0; k < n_taken && other; k++)
            other = !is_within(&taken[k], scale, minus, minus ? -v : v, minus ? -v : v);
        if (other && is_multiple(n, v, scale))
            return 1;
    }
    return 0;
}

/* Are there allowed numbers of SCALE whose digits, read as one integer, are from LOW to HIGH, besides those taken? */
static int has_some(const struct numbers *n, int scale, int minus, int64_t low, int64_t high, const struct number *taken, int n_taken) {
    int64_t from = minus ? -high : low, to = minus ? -low : high;
    if (from < n->low[scale])
        from = n->low[scale];
    if (to > n->high[scale])
        to = n->high[scale];
    if (from > to)
        return 0;
    if (n->n_divisors > 0)
        return has_multiple(n, scale, from, to, taken, n_taken, minus);
    int64_t count = count_between(n, scale, from, to, n->step[scale], 0);
    for (int i = 0; i < n_taken && count > 0; i++)
        count -= is_within(&taken[i], scale, minus, low, high);
    return count > 0;
}

struct search {
    const struct numbers *n;
    const struct number *taken;
    int n_taken, minus, best;
};

static void offer(struct search *s, int bytes, int scale, int64_t low, int64_t high) {
    if (bytes < s->best && has_some(s->n, scale, s->minus, low, high, s->taken, s->n_taken))
        s->best = bytes;
}

/* Nothing but a sign is written: COST bytes. */
static void offer_first_digits(struct search *s, int cost) {
    const struct numbers *n = s->n;
    if (!s->minus)
        offer(s, cost + 1, 0, 0, 0);
    for (int whole = 1; whole <= n->digits && cost + whole < s->best; whole++)
        for (int part = 0; part <= n->scales && whole + part <= n->digits; part++)
            offer(s, cost + whole + (part > 0) + part, part, power(whole - 1 + part), power(whole + part) - 1);
    for (int part = 1; part <= n->scales && 1 + part <= n->digits; part++)
        offer(s, cost + 2 + part, part, s->minus, power(part) - 1); /* not -0.0 */
}

static void offer_more_digits(struct search *s, const struct number *x) {
    const struct numbers *n = s->n;
    int64_t v = (int64_t)x->digits;
    int room = n->digits - x->n, pointed = x->phase == NUMBER_POINT || x->phase == NUMBER_PART;
    if (x->phase != NUMBER_POINT && !(x->minus && v == 0))
        offer(s, 0, x->scale, v, v);
    for (int whole = 0; whole <= room && whole < s->best && (whole == 0 || x->phase == NUMBER_WHOLE); whole++)
        for (int part = 0; part <= n->scales - x->scale && whole + part <= room; part++) {
            int64_t times = power(whole + part);
            if (whole + part > 0)
                offer(s, whole + (part > 0 && !pointed) + part, x->scale + part, v * times + (x->minus && v == 0), (v + 1) * times - 1);
        }
}

int number_reach(const struct numbers *n, const struct number *x, const struct number *taken, int n_taken) {
    struct search s = {n, taken, n_taken, x->minus, NUMBER_NEVER};
    if (x->phase == NUMBER_START || x->phase == NUMBER_MINUS)
        offer_first_digits(&s, 0);
    else
        offer_more_digits(&s, x);
    if (x->phase == NUMBER_START) {
        s.minus = 1;
        offer_first_digits(&s, 1);
    }
    return s.best;
}

int number_step(const struct numbers *n, struct number *x, unsigned char b) {
    if (b == '-' && x->phase == NUMBER_START) {
        x->minus = 1;
        x->phase = NUMBER_MINUS;
        return 1;
    }
    if (b == '.' && (x->phase == NUMBER_ZERO || x->phase == NUMBER_WHOLE) && n->scales > 0) {
        x->phase = NUMBER_POINT;
        return 1;
    }
    if (b < '0' || b > '9' || x->phase == NUMBER_ZERO || x->n == n->digits)
        return 0;
    if (x->phase == NUMBER_POINT || x->phase == NUMBER_PART) {
        if (x->scale == n->scales)
            return 0;
        x->scale++;
        x->phase = NUMBER_PART;
    } else if (x->phase != NUMBER_WHOLE) {
        x->phase = b == '0' ? NUMBER_ZERO : NUMBER_WHOLE;
    }
    x->digits = x->digits * 10 + (uint64_t)(b - '0');
    x->n++;
    return 1;
}

void number_short(struct number *x) {
    while (x->scale > 0 && x->digits % 10 == 0) {
        x->digits /= 10;
        x->scale--;
        x->n--;
    }
}
