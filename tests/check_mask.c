/* Tests of answers held to a schema, with the bundled model's vocabulary: masks against every token stepped byte by byte, random answers
 * within every budget, forced tokens, and the logits that picks depend on. check_mask [SEED], from the project's root
 */
#include "json/walk.h"

#include <math.h>
#include <string.h>
#define PROGRAM "check_mask"
#define SEED 20261126
#include "check_mask_cases.h"
#include "report.h"

static const char model_path[] = "models/quern-demo-q8_0.gguf";
static struct quern_model *model;
static int n_vocab;

static struct quern_schema *schema_of(const struct example *x) {
    struct quern_schema *s;
    struct err e;
    char text[1024];
    snprintf(text, sizeof text, "%s", x->text);
    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    need(quern_schema_open(&s, "schema", text, strlen(text), NULL, &e), &e, x->text);
    return s;
}

/* ---- masks against every token -------------------------------------------------------------------------------------- */

static const char *bytes_of(const void *ctx, int32_t id, size_t *n) {
    (void)ctx;
    return quern_token_bytes(model, id, 0, n);
}

static void order_open(struct order *o) {
    struct order_source src = {.bytes = bytes_of, .n_tokens = n_vocab, .n_rows = n_vocab};
    struct err e;
    for (int32_t id = 0; id < n_vocab; id++)
        if (quern_token_ends(model, id))
            src.ends[src.n_ends++] = id;
    need(order_init(o, &src, &e) || order_enter(o, &e), &e, "order_enter");
}

struct spot { /* the same as a constraint, by hand */
    struct schema schema;
    struct order order;
    struct machine *machine;
    struct masks *masks;
    struct state state;
};

static void spot_open(struct spot *p, const char *text, size_t n) {
    static const struct schema_caps caps = {1024, 64, 8, 17};
    struct err e;
    need(schema_open(&p->schema, "schema", text, n, &caps, &e), &e, text);
    order_open(&p->order);
    need(machine_open(&p->machine, &p->schema, order_cost, &p->order, &e), &e, "machine_open");
    need(masks_open(&p->masks, &p->order, p->machine, &e), &e, "masks_open");
    machine_start(p->machine, &p->state);
}

static void spot_close(struct spot *p) {
    masks_close(p->masks);
    machine_close(p->machine);
    order_leave(&p->order);
    order_free(&p->order);
    schema_close(&p->schema);
}

/* Byte by byte, without anything that masks do. */
static int brute(struct spot *p, int32_t id, uint32_t limit) {
    static struct state a, b;
    struct state *at = &a, *to = &b;
    const size_t mark = machine_mark(p->machine);
    size_t n;
    const char *s = quern_token_bytes(model, id, 0, &n);
    int ok = n > 0;
    if (quern_token_ends(model, id))
        return machine_complete(&p->state) && !machine_ended(&p->state);
    a = p->state;
    for (size_t i = 0; i < n && ok; i++) {
        struct state *was = at;
        ok = machine_step(p->machine, at, (unsigned char)s[i], to);
        at = to;
        to = was;
    }
    ok = ok && machine_left(at) <= limit;
    machine_release(p->machine, mark);
    return ok;
}

static int32_t pick_any(const struct mask *mask, int want_end) {
    uint32_t n = rnd() % mask->n;
    int32_t id = 0;
    for (; id < n_vocab; id++)
        if (mask_has(mask, id) && (quern_token_ends(model, id) ? want_end : 1) && n-- == 0)
            return id;
    for (id = 0; id < n_vocab && !mask_has(mask, id); id++)
        continue;
    return id;
}

/* A set for the state, and whether what is missing may be. */
static void compare(struct spot *p, const struct example *x, uint32_t limit, const char *doc) {
    const struct mask *mask = masks_of(p->masks, &p->state, limit);
    int more = 0, less = 0, all = 0, counted = 0;
    int32_t first = -1;
    for (int32_t id = 0; id < n_vocab; id++) {
        const int has = mask_has(mask, id), may = brute(p, id, limit);
        more += has && !may;
        less += may && !has;
        all += may;
        counted += has;
        if (has != may && first < 0)
            first = id;
    }
    const int tight = limit < UINT32_MAX - 1;
    check(more == 0 && (less == 0 || x->near || tight), "%s: behind %s, limit %u: %d of %d tokens missing, %d too many, the first is %d",
          x->text, doc, limit, less, all, more, first);
    check((mask->n > 0) == (all > 0) && (uint32_t)counted == mask->n, "%s: behind %s, limit %u: %u tokens, %d counted, %d may come", x->text,
          doc, limit, mask->n, counted, all);
}

static void walk(struct spot *p, const struct example *x, uint32_t budget, int compared) {
    static struct state next;
    char doc[4096] = "";
    size_t n_doc = 0, n;
    masks_forget(p->masks);
    machine_start(p->machine, &p->state);
    for (; !machine_ended(&p->state) && budget > 0; budget--) {
        if (compared-- > 0) {
            compare(p, x, UINT32_MAX, doc);
            compare(p, x, budget - 1, doc);
        }
        const struct mask *mask = masks_of(p->masks, &p->state, budget - 1);
        if (mask->n == 0)
            break;
        const int32_t id = pick_any(mask, rnd() % 4 == 0);
        if (quern_token_ends(model, id))
            break;
        const char *s = quern_token_bytes(model, id, 0, &n);
        if (!masks_step(p->masks, &p->state, s, n, budget - 1, &next))
            break;
        p->state = next;
        if (n_doc + n < sizeof doc)
            memcpy(doc + n_doc, s, n);
        n_doc += n_doc + n < sizeof doc ? n : 0;
        doc[n_doc] = 0;
    }
    check(machine_complete(&p->state), "%s: %s is not complete, %u tokens left", x->text, doc, budget);
}

/* The memory of states can be cut to what is in use, at any place. */
static void check_sweep(struct spot *p, const struct example *x) {
    struct err e;
    machine_start(p->machine, &p->state);
    masks_forget(p->masks);
    for (uint32_t budget = 200; budget > 0 && !machine_ended(&p->state); budget--) {
        static struct state next;
        size_t n;
        const struct mask *mask = masks_of(p->masks, &p->state, budget - 1);
        const uint32_t was = mask->n, left = machine_left(&p->state);
        masks_forget(p->masks);
        need(machine_sweep(p->machine, &p->state, &e), &e, "machine_sweep");
        mask = masks_of(p->masks, &p->state, budget - 1);
        check(mask->n == was && machine_left(&p->state) == left, "%s: %u tokens before, %u after machine_sweep", x->text, was, mask->n);
        const int32_t id = mask->n ? pick_any(mask, 0) : 0;
        const char *s = quern_token_bytes(model, id, 0, &n);
        if (mask->n == 0 || !masks_step(p->masks, &p->state, s, n, budget - 1, &next))
            break;
        p->state = next;
    }
}

static void check_masks(const struct example *x) {
    struct spot p;
    struct quern_schema *s = schema_of(x);
    size_t n;
    const char *text = quern_schema_text(s, &n);
    spot_open(&p, text, n);
    const uint32_t least = machine_left(&p.state), budgets[] = {least, least + 1, least + 8, 64, 256};
    for (int i = 0; i < 5; i++) {
        walk(&p, x, budgets[i] < least ? least : budgets[i], 2);
        for (int k = 0; k < 2; k++)
            walk(&p, x, budgets[i] < least ? least : budgets[i], 0);
    }
    check_sweep(&p, x);
    spot_close(&p);
    quern_schema_close(s);
}

/* Where the first of several branches lets nearly all tokens come, the others are asked for the rest alone, and make no sets. */
static void check_branches(void) {
    static const char text[] = "{\"type\": \"string\", \"oneOf\": [{\"pattern\": \"cat\"}, {\"pattern\": \"dog\"}, {\"pattern\": \"temp\"}]}";
    static struct state next;
    struct spot p;
    int sets = 0;
    spot_open(&p, text, sizeof text - 1);
    check(masks_step(p.masks, &p.state, "\"", 1, UINT32_MAX, &next), "%s: no quote may come", text);
    masks_of(p.masks, &next, UINT32_MAX);
    for (int i = 0; i < INSIDE_SETS; i++)
        sets += p.masks->insides.slot[i].used > 0;
    check(next.n == 3 && sets == 1, "%s: %d sets for %d ways", text, sets, next.n);
    spot_close(&p);
}

/* ---- whole answers -------------------------------------------------------------------------------------------------- */

static float *all_logits, *few_logits;

static int descending(const void *a, const void *b) {
    const float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

/* Only what W wants is left in few_logits. */
static void cut(const struct quern_wanted *w) {
    static float sorted[1 << 16];
    if (w->top == 0)
        return;
    memcpy(sorted, all_logits, (size_t)n_vocab * sizeof *sorted);
    for (int i = 0; i < w->n; i++)
        sorted[w->id[i]] = -INFINITY;
    qsort(sorted, (size_t)n_vocab, sizeof *sorted, descending);
    for (int id = 0; id < n_vocab; id++)
        if (w->top < 0 || all_logits[id] < sorted[w->top - 1])
            few_logits[id] = -INFINITY;
    for (int i = 0; i < w->n; i++)
        few_logits[w->id[i]] = all_logits[w->id[i]];
}

static long guesses; /* places with a likely token */

struct answer {
    struct quern_constraint *c, *other; /* the other one has all logits */
    struct quern_sampler *s, *s_other;
    struct quern_tokens out, forced, unused;
    char doc[1 << 16];
    size_t n;
};

static void append(struct answer *a, int32_t id) {
    size_t n;
    const char *s = quern_token_bytes(model, id, 0, &n);
    if (a->n + n < sizeof a->doc)
        memcpy(a->doc + a->n, s, n);
    a->n += a->n + n < sizeof a->doc ? n : 0;
    a->doc[a->n] = 0;
}

/* All that may come in the place of a forced token begins as what is forced. */
static void check_forced(struct answer *a, struct spot *p, uint32_t budget, const char *what) {
    static struct state next;
    static char text[1 << 16];
    size_t n_text = 0, n, at = 0;
    for (size_t i = 0; i < a->forced.n; i++) {
        const char *s = quern_token_bytes(model, a->forced.id[i], 0, &n);
        memcpy(text + n_text, s, n);
        n_text += n;
    }
    for (size_t i = 0; i < a->forced.n; i++, budget--) {
        const struct mask *mask = masks_of(p->masks, &p->state, budget - 1);
        const char *s = quern_token_bytes(model, a->forced.id[i], 0, &n);
        int others = 0;
        for (int32_t id = 0; id < n_vocab; id++)
            if (mask_has(mask, id)) {
                size_t len;
                const char *other = quern_token_bytes(model, id, 0, &len);
                others += len == 0 || memcmp(other, text + at, len < n_text - at ? len : n_text - at) != 0;
            }
        check(mask_has(mask, a->forced.id[i]) && others == 0, "%s: behind %s token %d was forced, and %d others may come", what, a->doc,
              a->forced.id[i], others);
        at += n;
        append(a, a->forced.id[i]);
        if (!masks_step(p->masks, &p->state, s, n, budget - 1, &next))
            return;
        p->state = next;
    }
}

static int one_token(struct answer *a, struct spot *p, uint32_t *budget, const char *what) {
    static struct state next;
    struct err e;
    struct quern_wanted w;
    struct quern_constraint_use before, after;
    int32_t id = -1, id_other = -1;
    int n_likely;
    a->forced.n = a->unused.n = 0;
    need(quern_constraint_forced(a->c, &a->forced, &e), &e, "quern_constraint_forced");
    need(quern_constraint_forced(a->other, &a->unused, &e), &e, "quern_constraint_forced");
    check_forced(a, p, *budget, what);
    *budget -= (uint32_t)a->forced.n;
    if (quern_constraint_ended(a->c))
        return 0;
    const int32_t *next_ids = quern_constraint_likely(a->c, &n_likely), likely = n_likely > 0 ? next_ids[0] : -1;
    check(likely < 0 || brute(p, likely, *budget - 1), "%s: behind %s token %d is likely, and may not come", what, a->doc, likely);
    guesses += likely >= 0;
    quern_constraint_use(a->c, &before);
    for (int i = 0; i < n_vocab; i++)
        all_logits[i] = (float)(int32_t)rnd() * 0x1p-29f;
    if (likely >= 0 && rnd() % 2)
        all_logits[likely] = 8;
    memcpy(few_logits, all_logits, (size_t)n_vocab * sizeof *few_logits);
    need(quern_constraint_wants(a->c, a->s, &w, &e), &e, "quern_constraint_wants");
    cut(&w);
    need(quern_constraint_pick(a->c, a->s, few_logits, &id, &e), &e, "quern_constraint_pick");
    need(quern_constraint_pick(a->other, a->s_other, all_logits, &id_other, &e), &e, "quern_constraint_pick");
    quern_constraint_use(a->c, &after);
    check(after.likely - before.likely == (likely >= 0 && id == likely), "%s: behind %s token %d was picked, %d was likely", what, a->doc, id,
          likely);
    check(id == id_other, "%s: behind %s token %d of %d logits (top %d), but %d of all", what, a->doc, id, w.n, w.top, id_other);
    check(brute(p, id, *budget - 1), "%s: behind %s token %d was picked, which may not come", what, a->doc, id);
    if (quern_token_ends(model, id) || id != id_other)
        return 0;
    size_t n;
    const char *s = quern_token_bytes(model, id, 0, &n);
    append(a, id);
    --*budget;
    if (!masks_step(p->masks, &p->state, s, n, *budget, &next))
        return 0;
    p->state = next;
    return 1;
}

static void answer(struct answer *a, struct spot *p, const struct quern_schema *s, const char *what, uint32_t budget, int greedy) {
    struct quern_bias bias[2] = {{(int32_t)(rnd() % (uint32_t)n_vocab), -INFINITY}, {(int32_t)(rnd() % (uint32_t)n_vocab), 2}};
    struct quern_sampling sampling = {.temp = greedy ? 0 : 1.5f, .top_k = greedy || rnd() % 2 ? 20 : 0, .top_p = 1, .repeat_penalty = 1.1f,
                                      .repeat_last_n = 64, .seed = rnd(), .ignore_eos = (int)(rnd() % 2), .bias = bias, .n_bias = 2};
    struct err e = {0};
    const uint32_t given = budget;
    need(quern_sampler_open(&a->s, model, &sampling, &e), &e, "quern_sampler_open");
    need(quern_sampler_open(&a->s_other, model, &sampling, &e), &e, "quern_sampler_open");
    need(quern_constraint_start(a->c, (int)budget, &e), &e, what);
    need(quern_constraint_start(a->other, (int)budget, &e), &e, what);
    masks_forget(p->masks);
    machine_start(p->machine, &p->state);
    a->n = 0;
    a->doc[0] = 0;
    while (one_token(a, p, &budget, what))
        continue;
    check(quern_constraint_ended(a->c) && budget <= given, "%s: not ended within %u tokens: %s", what, given, a->doc);
    const int rc = quern_schema_check(s, a->doc, a->n, &e);
    check(rc == 0, "%s: %s: %s", what, a->doc, e.text);
    quern_sampler_close(a->s);
    quern_sampler_close(a->s_other);
}

static void check_answers(const struct example *x) {
    static struct answer a;
    struct quern_schema *s = schema_of(x);
    struct spot p;
    struct err e;
    size_t n;
    need(quern_constraint_open(&a.c, s, model, &e), &e, x->text);
    need(quern_constraint_open(&a.other, s, model, &e), &e, x->text);
    const char *text = quern_schema_text(s, &n);
    spot_open(&p, text, n);
    const uint32_t least = (uint32_t)quern_constraint_minimum(a.c), budgets[] = {least, least + 1, least + 8, 64, 256};
    check(least == machine_left(&p.state), "%s: the least is %u", x->text, least);
    check(quern_constraint_start(a.c, (int)least - 1, &e) && e.code == ERR_BUDGET, "%s: %u tokens are enough", x->text, least - 1);
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 2; k++)
            answer(&a, &p, s, x->text, budgets[i] < least ? least : budgets[i], k % 2);
    quern_constraint_close(a.c);
    quern_constraint_close(a.other);
    quern_tokens_free(&a.forced);
    quern_tokens_free(&a.unused);
    spot_close(&p);
    quern_schema_close(s);
}

/* A model that would end its answer inside a string ends the string. */
static void check_end_in_text(void) {
    struct quern_schema *s;
    struct quern_constraint *c;
    struct quern_sampler *sampler;
    struct quern_sampling greedy = {.top_p = 1, .repeat_penalty = 1};
    struct quern_tokens forced = {0};
    struct err e;
    int32_t id = -1;
    int picks = 0;
    size_t n = 0;
    need(quern_schema_open(&s, "schema", "{\"type\": \"string\"}", 18, NULL, &e), &e, "a string");
    need(quern_constraint_open(&c, s, model, &e), &e, "a string");
    need(quern_sampler_open(&sampler, model, &greedy, &e), &e, "quern_sampler_open");
    need(quern_constraint_start(c, 64, &e), &e, "a string");
    for (; picks < 5; picks++) {
        need(quern_constraint_forced(c, &forced, &e), &e, "quern_constraint_forced");
        if (quern_constraint_ended(c))
            break;
        for (int k = 0; k < n_vocab; k++)
            all_logits[k] = quern_token_ends(model, k) ? 9 : (float)(k % 7);
        need(quern_constraint_pick(c, sampler, all_logits, &id, &e), &e, "quern_constraint_pick");
    }
    const char *last = id >= 0 ? quern_token_bytes(model, id, 0, &n) : "";
    check(quern_constraint_ended(c) && picks <= 2 && n > 0 && last[0] == '"', "a string goes on for %d picks though the model ends", picks);
    quern_tokens_free(&forced);
    quern_sampler_close(sampler);
    quern_constraint_close(c);
    quern_schema_close(s);
}

/* ---- the order ------------------------------------------------------------------------------------------------------ */

/* The fewest tokens by trying all of them. */
static void check_cost(struct order *o) {
    static const char *const texts[] = {"temperature\": ", "\xe6\xb8\xa9\xe5\xba\xa6", "\"the\\n of and\"", "a", "{\"name\": \"x\"}", ""};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        const size_t n = strlen(texts[k]);
        uint16_t least[64];
        unsigned want[65] = {0};
        order_cost(o, texts[k], n, least);
        for (size_t i = n; i-- > 0;) {
            want[i] = 1000;
            for (int32_t id = 0; id < n_vocab; id++) {
                size_t len;
                const char *s = quern_token_bytes(model, id, 0, &len);
                if (len > 0 && len <= n - i && memcmp(s, texts[k] + i, len) == 0 && 1 + want[i + len] < want[i])
                    want[i] = 1 + want[i + len];
            }
            check(least[i] == want[i], "%s: from byte %d on %d tokens, not %u", texts[k], (int)i, least[i], want[i]);
        }
    }
}

static int count(void *ctx, const struct token *t) {
    (void)t;
    ++*(int *)ctx;
    return 0;
}

static void check_order(void) {
    struct order o;
    order_open(&o);
    check_cost(&o);
    for (int t = 0; t < 300; t++) {
        size_t n, len;
        char some[256];
        const char *s = quern_token_bytes(model, (int32_t)(rnd() % (uint32_t)n_vocab), 0, &n);
        const size_t cut_at = n ? 1 + rnd() % n : 0;
        int found = 0, want = 0;
        if (n == 0 || n > 255)
            continue;
        memcpy(some, s, cut_at);
        for (int32_t id = 0; id < n_vocab; id++) {
            const char *x = quern_token_bytes(model, id, 0, &len);
            int control = quern_token_ends(model, id);
            for (size_t i = 0; i < len; i++)
                control |= (unsigned char)x[i] < 0x20;
            want += !control && len > cut_at && memcmp(x, some, cut_at) == 0;
        }
        order_longer(&o, some, cut_at, count, &found);
        check(found == want || (unsigned char)some[0] < 0x20, "%d tokens begin with %.*s, not %d", want, (int)cut_at, some, found);
    }
    order_leave(&o);
    order_free(&o);
}

int main(int argc, char **argv) {
    struct quern_model_info info;
    struct err e;
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 0);
    random_state = seed;
    need(quern_model_open(&model, model_path, &e), &e, "the bundled model");
    quern_model_describe(model, &info);
    n_vocab = info.n_vocab;
    all_logits = malloc((size_t)n_vocab * sizeof *all_logits);
    few_logits = malloc((size_t)n_vocab * sizeof *few_logits);
    if (!all_logits || !few_logits)
        return 1;
    check_order();
    check_end_in_text();
    check_branches();
    for (int i = 0; i < N_EXAMPLES; i++) {
        check_masks(&examples[i]);
        check_answers(&examples[i]);
    }
    check(guesses > 0, "no token was likely anywhere");
    free(all_logits);
    free(few_logits);
    quern_model_close(model);
    printf("check_mask: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed > 0;
}
