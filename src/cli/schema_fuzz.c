/* quern schema fuzz: documents of random tokens, among those that the constraint allows. In: a schema, a budget, a seed. Out: a document
 * a line, each complete within the budget, as it was generated.
 */
#define _GNU_SOURCE
#include "cli/schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli/bytes.h"
#include "cli/hold.h"
#include "cli/report.h"
#include "cli/signals.h"

enum { BUDGET = 256 }; /* tokens of a document where -n does not say, or the schema's minimum if that is more */

struct fuzz {
    const struct quern_model *m;
    struct hold hold;
    struct quern_sampler *sampler;
    uint64_t random;
    int n_vocab, budget;
    unsigned char *closes;      /* [n_vocab] the token is made of bytes that end a string, an array or an object */
    float *flat, *logits;       /* [n_vocab] the logits of this document; those of the token at hand */
    float *noise;               /* [n_vocab] what makes the largest of logits a draw: Gumbel's distribution, turned by a step each time */
    struct quern_tokens forced;
    struct bytes doc;
};

static double uniform(struct fuzz *f) { /* splitmix64 */
    uint64_t z = (f->random += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

static int open_vocabulary(struct fuzz *f, struct err *e) {
    struct quern_model_info info;
    quern_model_describe(f->m, &info);
    f->n_vocab = info.n_vocab;
    f->closes = calloc((size_t)f->n_vocab, 1);
    f->flat = calloc((size_t)f->n_vocab, sizeof *f->flat);
    f->logits = calloc((size_t)f->n_vocab, sizeof *f->logits);
    f->noise = calloc((size_t)f->n_vocab, sizeof *f->noise);
    if (!f->closes || !f->flat || !f->logits || !f->noise) return fail(e, ERR_MEMORY, "out of memory");
    for (int id = 0; id < f->n_vocab; id++) {
        size_t n;
        const char *p = quern_token_bytes(f->m, id, 0, &n);
        f->noise[id] = (float)-log(-log((uniform(f) + 1e-12) / (1 + 2e-12)));
        size_t i = 0;
        while (i < n && strchr("\"]}", p[i]) && p[i]) i++;
        f->closes[id] = n > 0 && i == n;
    }
    return 0;
}

/* Every token alike, but for those that close something: they are so much likelier, by another measure in each document, that some
 * documents are short and some fill the budget. One in four has a few favourites besides, to come back to the same texts. */
static void draw_logits(struct fuzz *f) {
    float closing = (float)(uniform(f) * 14);
    int favourites = uniform(f) < 0.25;
    for (int id = 0; id < f->n_vocab; id++) f->flat[id] = f->closes[id] ? closing : 0;
    for (int i = 0; favourites && i < 64; i++) f->flat[(int)(uniform(f) * f->n_vocab)] += 8;
}

/* The largest logit is that of a token drawn by its share: no sampler has to sort them. */
static void draw(struct fuzz *f) {
    int turn = (int)(uniform(f) * f->n_vocab);
    for (int id = 0; id < f->n_vocab; id++) f->logits[id] = f->flat[id] + f->noise[(id + turn) % f->n_vocab];
}

static int add(struct fuzz *f, int32_t id, struct err *e) {
    size_t n;
    const char *p = quern_token_bytes(f->m, id, 0, &n);
    return bytes_add(&f->doc, p, n, e);
}

static int document(struct fuzz *f, struct err *e) {
    struct quern_constraint *c = f->hold.constraint;
    f->doc.n = 0;
    draw_logits(f);
    if (quern_constraint_start(c, f->budget, e)) return -1;
    for (;;) {
        struct quern_wanted w;
        int32_t id;
        if (signal_stop) return fail(e, 128 + (int)signal_stop, "stopped");
        f->forced.n = 0;
        if (quern_constraint_forced(c, &f->forced, e)) return -1;
        for (size_t i = 0; i < f->forced.n; i++)
            if (add(f, f->forced.id[i], e)) return -1;
        if (quern_constraint_ended(c)) return 0;
        draw(f);
        if (quern_constraint_wants(c, f->sampler, &w, e) || quern_constraint_pick(c, f->sampler, f->logits, &id, e) || add(f, id, e)) return -1;
    }
}

static int documents(struct fuzz *f, const struct opts *o, struct out *out, struct err *e) {
    int count = o->count > 0 ? o->count : 1;
    for (int i = 0; i < count; i++) {
        if (document(f, e) || out_text(out, f->doc.p, f->doc.n, e) || out_str(out, "\n", e)) return -1;
        if (quern_schema_check(f->hold.schema, f->doc.p, f->doc.n, e)) {
            struct err why = *e;
            out_flush(out, e);
            return fail(e, ERR_RUNTIME, "document %d is not valid: %.400s", i + 1, why.text);
        }
    }
    return 0;
}

int schema_fuzz(const struct opts *o, const struct quern_model *m, struct out *out, struct err *e) {
    struct fuzz f = {.m = m, .random = o->seed};
    struct quern_sampling p = {.top_p = 1, .repeat_penalty = 1};
    int r = hold_schema(&f.hold, o, e) || hold_model(&f.hold, o, m, e) || quern_sampler_open(&f.sampler, m, &p, e) || open_vocabulary(&f, e);
    if (r == 0) {
        int least = quern_constraint_minimum(f.hold.constraint);
        f.budget = o->n_predict >= 0 ? o->n_predict : least < BUDGET ? BUDGET : least;
        r = documents(&f, o, out, e);
    }
    hold_close(&f.hold);
    quern_sampler_close(f.sampler);
    quern_tokens_free(&f.forced);
    bytes_free(&f.doc);
    free(f.closes);
    free(f.flat);
    free(f.logits);
    free(f.noise);
    return r ? -1 : 0;
}
