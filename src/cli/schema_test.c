/* quern schema test: schemas with documents, a line of JSON each, held against the compiler, the validator and the machine. What people
 * wrote is rewritten in quern's style, and then walked through the constraint token by token.
 */
#define _GNU_SOURCE
#include "cli/schema.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/bytes.h"
#include "cli/fields.h"
#include "cli/gen.h"
#include "cli/jsonline.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/signals.h"

enum { LINE_SECONDS = 10 }; /* what a line may take before the rest of its documents is left out */

struct spelt { /* a token by its bytes */
    const char *p;
    size_t n;
    int32_t id;
};
struct test {
    const struct opts *o;
    const struct quern_model *m;
    struct quern_sampler *sampler;
    struct spelt *spelt;        /* [n_spelt] in the order of their bytes */
    size_t n_spelt, longest;
    int n_vocab;
    float *logits;              /* [n_vocab] */
    struct quern_tokens canonical, forced;
    int32_t *at;                /* [n_at] the canonical token that begins at a byte of the document, or -1 */
    size_t n_at;
};
struct walk { /* what came of a document */
    int accepted;
    size_t n_tokens, n_forced, n_likely, n_sparse, n_masks;
    double mask_s, longest_s;
};

/* ---- tokens by their bytes ---------------------------------------------------------------------------------------------- */

static int compare(const char *a, size_t n_a, const char *b, size_t n_b) {
    int c = memcmp(a, b, n_a < n_b ? n_a : n_b);
    return c ? c : (n_a > n_b) - (n_a < n_b);
}

static int by_bytes(const void *a, const void *b) {
    const struct spelt *x = a, *y = b;
    int c = compare(x->p, x->n, y->p, y->n);
    return c ? c : (x->id > y->id) - (x->id < y->id);
}

static int open_tokens(struct test *t, struct err *e) {
    struct quern_model_info info;
    quern_model_describe(t->m, &info);
    t->n_vocab = info.n_vocab;
    t->spelt = calloc((size_t)t->n_vocab, sizeof *t->spelt);
    t->logits = calloc((size_t)t->n_vocab, sizeof *t->logits);
    if (!t->spelt || !t->logits) return fail(e, ERR_MEMORY, "out of memory");
    for (int32_t id = 0; id < t->n_vocab; id++) {
        struct spelt s = {.id = id};
        s.p = quern_token_bytes(t->m, id, 0, &s.n);
        if (s.n > 0) t->spelt[t->n_spelt++] = s;
        if (s.n > t->longest) t->longest = s.n;
    }
    qsort(t->spelt, t->n_spelt, sizeof *t->spelt, by_bytes);
    return 0;
}

static int32_t token_of(const struct test *t, const char *p, size_t n) { /* -1: none */
    size_t lo = 0, hi = t->n_spelt;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (compare(t->spelt[mid].p, t->spelt[mid].n, p, n) < 0) lo = mid + 1;
        else hi = mid;
    }
    return lo < t->n_spelt && compare(t->spelt[lo].p, t->spelt[lo].n, p, n) == 0 ? t->spelt[lo].id : -1;
}

/* ---- a document ---------------------------------------------------------------------------------------------------------- */

/* Where the tokens of the whole document begin. */
static int find_canonical(struct test *t, const char *doc, size_t n, struct err *e) {
    size_t at = 0;
    if (n + 1 > t->n_at) {
        int32_t *grown = realloc(t->at, (n + 1) * 2 * sizeof *grown);
        if (!grown) return fail(e, ERR_MEMORY, "out of memory");
        t->at = grown;
        t->n_at = 2 * (n + 1);
    }
    for (size_t i = 0; i <= n; i++) t->at[i] = -1;
    t->canonical.n = 0;
    if (quern_tokenize(t->m, doc, n, 0, &t->canonical, e)) return -1;
    for (size_t i = 0; i < t->canonical.n && at < n; i++) {
        size_t len;
        quern_token_bytes(t->m, t->canonical.id[i], 0, &len);
        t->at[at] = t->canonical.id[i];
        at += len;
    }
    return 0;
}

/* Logits under which the canonical token comes first, then the others that go on with the document, the longest first. */
static void prefer(struct test *t, const char *doc, size_t n, size_t at) {
    for (int i = 0; i < t->n_vocab; i++) t->logits[i] = -INFINITY;
    for (size_t len = 1; len <= t->longest && len <= n - at; len++) {
        int32_t id = token_of(t, doc + at, len);
        if (id >= 0) t->logits[id] = 100 * (float)len;
    }
    size_t len = 0;
    if (t->at[at] >= 0) quern_token_bytes(t->m, t->at[at], 0, &len);
    if (len > 0 && len <= n - at) t->logits[t->at[at]] = 1e6f;
}

/* Moves *at behind the token, where it is what stands there. */
static int follows(struct test *t, const char *doc, size_t n, size_t *at, int32_t id) {
    size_t len;
    const char *p = quern_token_bytes(t->m, id, 0, &len);
    if (len == 0 || len > n - *at || memcmp(p, doc + *at, len)) return 0;
    *at += len;
    return 1;
}

/* 1: behind a token; 0: the document is complete, or cannot go on: *at tells. */
static int step(struct test *t, struct quern_constraint *c, const char *doc, size_t n, size_t *at) {
    struct quern_wanted w;
    struct err ignored;
    int32_t id;
    t->forced.n = 0;
    if (quern_constraint_forced(c, &t->forced, &ignored)) return 0;
    for (size_t i = 0; i < t->forced.n; i++)
        if (!follows(t, doc, n, at, t->forced.id[i])) return *at = 0, 0;
    if (*at == n || quern_constraint_ended(c)) return 0;
    prefer(t, doc, n, *at);
    if (quern_constraint_wants(c, t->sampler, &w, &ignored) || quern_constraint_pick(c, t->sampler, t->logits, &id, &ignored)) return 0;
    return follows(t, doc, n, at, id);
}

static int walk(struct test *t, struct quern_constraint *c, const char *doc, size_t n, struct walk *w, struct err *e) {
    struct quern_constraint_use before, now;
    size_t at = 0;
    int more = 1, least = quern_constraint_minimum(c);
    if (find_canonical(t, doc, n, e)) return -1;
    if (quern_constraint_start(c, least < INT_MAX / 2 && n < INT_MAX / 4 ? least + (int)n + 64 : INT_MAX, e)) return -1;
    quern_constraint_use(c, &before);
    struct quern_constraint_use first = before;
    while (more && !signal_stop) {
        more = step(t, c, doc, n, &at);
        quern_constraint_use(c, &now);
        if (now.mask_s - before.mask_s > w->longest_s) w->longest_s = now.mask_s - before.mask_s;
        before = now;
    }
    w->accepted = at == n;
    w->n_tokens = (size_t)(now.tokens - first.tokens);
    w->n_forced = (size_t)(now.forced - first.forced);
    w->n_likely = (size_t)(now.likely - first.likely);
    w->n_sparse = (size_t)(now.sparse - first.sparse);
    w->n_masks = (size_t)(now.masks - first.masks);
    w->mask_s = now.mask_s - first.mask_s;
    return 0;
}

/* ---- a line -------------------------------------------------------------------------------------------------------------- */

static int one_document(struct test *t, const struct quern_schema *s, struct quern_constraint *c, struct jsonline_part data,
                        struct fields *f, struct err *e) {
    struct walk w = {0};
    struct err ignored;
    char *doc = NULL;
    size_t n = 0;
    int valid = quern_schema_check(s, data.p, data.n, &ignored) == 0;
    int known = quern_schema_restyle(s, data.p, data.n, &doc, &n, e);
    int r = known > 0 ? walk(t, c, doc, n, &w, e) : known < 0 && e->code == ERR_MEMORY ? -1 : 0; /* deeper than any: not accepted */
    free(doc);
    if (r) return -1;
    fields_bool(f, "machine", w.accepted);
    fields_bool(f, "validator", valid);
    if (!w.accepted) return 0;
    fields_value(f, "tokens", "%zu", w.n_tokens);
    fields_value(f, "forced", "%zu", w.n_forced);
    fields_value(f, "likely", "%zu", w.n_likely);
    fields_value(f, "sparse", "%zu", w.n_sparse);
    fields_real(f, "mask_us_mean", w.n_masks ? w.mask_s * 1e6 / (double)w.n_masks : (double)NAN, 1);
    fields_real(f, "mask_us_max", w.n_masks ? w.longest_s * 1e6 : (double)NAN, 1);
    return 0;
}

/* Appends an object for each of the line's documents. */
static int documents(struct test *t, const struct quern_schema *s, struct quern_constraint *c, struct jsonline_part tests,
                     struct bytes *out, struct err *e) {
    struct jsonline_part one;
    const char *at = NULL, *why;
    double start = clock_seconds();
    int r = bytes_add_str(out, "[", e);
    while (r == 0 && tests.p && jsonline_element(tests, &at, &one)) {
        struct jsonline_field data = {.key = "data"};
        struct fields f;
        fields_open(&f, FIELDS_LINE, 0);
        int bad = jsonline_fields(one.p, one.n, &data, 1, &why) || !data.value.p, late = clock_seconds() - start > LINE_SECONDS;
        if (bad || late) {
            fields_raw(&f, "machine", NULL);
            fields_raw(&f, "validator", NULL);
        } else {
            r = one_document(t, s, c, data.value, &f, e);
        }
        if (r == 0) r = fields_close(&f, e) || (out->p[out->n - 1] == '}' && bytes_add_str(out, ", ", e)) ||
                        bytes_add(out, f.text.p, f.text.n, e);
        fields_free(&f);
        if (r == 0 && signal_stop) r = fail(e, 128 + (int)signal_stop, "stopped");
    }
    return r || bytes_add_str(out, "]", e) ? -1 : 0;
}

/* A schema here is one, whatever it looks like: never a shorthand. An empty $schema says so, and nothing else. */
static int open_schema(struct test *t, struct jsonline_part v, struct quern_schema **s, struct err *e) {
    struct bytes text = {0};
    int object = v.p[0] == '{' && v.p[1 + strspn(v.p + 1, " \t\r")] != '}', r = 0; /* one with members */
    if (object) r = bytes_add_str(&text, "{\"$schema\": \"\", ", e);
    if (r == 0) r = bytes_add(&text, v.p + object, v.n - (size_t)object, e);
    if (r == 0) r = quern_schema_open(s, "schema", text.p, text.n, &t->o->caps, e);
    bytes_free(&text);
    return r;
}

static int answer(struct test *t, const struct bytes *line, struct fields *f, struct err *e) {
    enum { ID, SCHEMA, TESTS, N };
    struct jsonline_field in[N] = {{.key = "id"}, {.key = "schema"}, {.key = "tests"}};
    struct quern_schema *s = NULL;
    struct quern_constraint *c = NULL;
    struct bytes tests = {0}, id = {0};
    const char *why = NULL;
    struct err refused;
    double start = clock_seconds(), compiled = start;
    int bad = jsonline_fields(line->p, line->n, in, N, &why) || !in[SCHEMA].value.p;
    if (bad) fail(&refused, ERR_USAGE, "%s", why ? why : "no schema");
    else bad = open_schema(t, in[SCHEMA].value, &s, &refused), compiled = clock_seconds();
    if (!bad) bad = quern_constraint_open(&c, s, t->m, &refused);
    double opened = clock_seconds();
    int r = in[ID].value.p ? bytes_add(&id, in[ID].value.p, in[ID].value.n, e) : 0;
    if (r == 0 && !bad) r = documents(t, s, c, in[TESTS].value, &tests, e);
    fields_raw(f, "id", id.p);
    fields_text(f, "status", bad ? "refused" : "ok");
    if (bad) fields_text(f, "reason", refused.text);
    else fields_value(f, "minimum_tokens", "%d", quern_constraint_minimum(c));
    fields_value(f, "compile_us", "%.0f", (compiled - start) * 1e6);
    if (!bad) fields_value(f, "open_us", "%.0f", (opened - compiled) * 1e6);
    if (!bad) fields_raw(f, "tests", tests.p);
    quern_constraint_close(c);
    quern_schema_close(s);
    bytes_free(&tests);
    bytes_free(&id);
    return r;
}

static int lines(struct test *t, struct out *out, struct err *e) {
    struct line_source in = {.fd = STDIN_FILENO, .name = "stdin"};
    struct bytes line = {0};
    int r;
    while ((r = line_source_next(&in, &line, e)) > 0) {
        struct fields f;
        fields_open(&f, FIELDS_LINE, 0);
        int bad = answer(t, &line, &f, e) || fields_close(&f, e) || out_text(out, f.text.p, f.text.n, e) || out_str(out, "\n", e) ||
                  out_flush(out, e);
        fields_free(&f);
        if (bad) {
            r = -1;
            break;
        }
    }
    bytes_free(&line);
    return r;
}

int schema_test(const struct opts *o, const struct quern_model *m, struct out *out, struct err *e) {
    struct test t = {.o = o, .m = m};
    /* A temperature, so that every token asks for its mask: at 0 the best token may do without. */
    struct quern_sampling p = {.temp = 1, .top_p = 1, .repeat_penalty = 1};
    int r = quern_sampler_open(&t.sampler, m, &p, e) || open_tokens(&t, e) || lines(&t, out, e) ? -1 : 0;
    quern_sampler_close(t.sampler);
    quern_tokens_free(&t.canonical);
    quern_tokens_free(&t.forced);
    free(t.spelt);
    free(t.logits);
    free(t.at);
    return r;
}
