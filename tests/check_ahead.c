/* Tests of tokens that are expected: whether they come, some of them or none, the logits are to the bit what they are without.
 * check_ahead [SEED], from the project's root
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "quern.h"
#define PROGRAM "check_ahead"
#define SEED 7
#include "report.h"

enum { CONTEXT = 96, LONGEST = 9 };

static const char model_path[] = "models/quern-demo-q8_0.gguf";
static struct quern_model *model;
static int n_vocab;
static float *plain, *ahead; /* [n_vocab] */

static int32_t any_token(void) {
    return (int32_t)(rnd() % (uint32_t)n_vocab);
}

static struct quern_session *session(int threads, int batch, enum quern_kv kv) {
    struct quern_session_params p = {.n_ctx = CONTEXT, .n_threads = threads, .n_batch = batch, .kv_k = kv, .kv_v = kv};
    struct quern_session *s;
    struct err e;
    need(quern_session_open(&s, model, &p, &e), &e, "a session");
    return s;
}

/* Tells the session what follows the N tokens at TEXT, of which it has LEFT: too few, too many, none of it, or wrong from some place on. */
static void expect(struct quern_session *s, const int32_t *text, int n, int left) {
    int32_t said[QUERN_AHEAD + 4];
    const int n_said = (int)(rnd() % (QUERN_AHEAD + 5)), wrong = rnd() % 2 ? n_said : (int)(rnd() % (QUERN_AHEAD + 5));
    for (int i = 0; i < n_said; i++)
        said[i] = i < wrong && n + i < left ? text[n + i] : rnd() % 8 ? any_token() : n_vocab;
    quern_session_expect(s, said, n_said);
}

static void check_timeline(int threads, int batch, enum quern_kv kv) {
    struct quern_session *a = session(threads, 0, kv), *b = session(1, batch, kv);
    int32_t text[CONTEXT], few[2] = {0, 1};
    struct err e;
    for (int i = 0; i < CONTEXT; i++)
        text[i] = any_token();
    for (int at = 0; at < CONTEXT;) {
        int n = 1 + (int)(rnd() % LONGEST), same;
        const struct quern_wanted all = {0}, listed = {-1, few, 2}, *w = rnd() % 2 ? &all : &listed;
        n = n < CONTEXT - at ? n : CONTEXT - at;
        if (rnd() % 4)
            expect(b, text + at, n, CONTEXT - at);
        if (rnd() % 16 == 0 && at > 0) { /* back, and on with other tokens */
            at -= (int)(rnd() % (uint32_t)at);
            n = n < CONTEXT - at ? n : CONTEXT - at;
            text[at] = any_token();
            quern_session_rewind(a, at);
            quern_session_rewind(b, at);
        }
        need(quern_eval_wanted(a, text + at, n, plain, w, &e), &e, "quern_eval_wanted");
        if (w == &all && rnd() % 4 == 0)
            need(quern_eval(b, text + at, n, ahead, 1, &e), &e, "quern_eval");
        else
            need(quern_eval_wanted(b, text + at, n, ahead, w, &e), &e, "quern_eval_wanted");
        at += n;
        same = memcmp(plain, ahead, (size_t)n_vocab * sizeof *plain) == 0;
        check(same && quern_session_n_past(b) == at, "%d threads, batch %d, cache %d: other logits behind %d tokens, %d counted", threads,
              batch, (int)kv, at, quern_session_n_past(b));
    }
    quern_session_close(a);
    quern_session_close(b);
}

/* Tokens that have come already cost nothing but their logits: a stop that is raised then ends the call, and nothing is lost. */
static void check_stop(void) {
    struct quern_session *s = session(2, 0, QUERN_KV_F16), *other = session(1, 0, QUERN_KV_F16);
    const struct quern_wanted all = {0};
    const int32_t text[] = {any_token(), any_token(), any_token()};
    atomic_int stop = 0;
    struct err e = {0};
    quern_session_watch(s, &stop, NULL, NULL);
    quern_session_expect(s, text + 1, 2);
    need(quern_eval_wanted(s, text, 1, ahead, &all, &e), &e, "quern_eval_wanted");
    stop = 1;
    check(quern_eval_wanted(s, text + 1, 1, ahead, &all, &e) == -1 && e.code == ERR_STOPPED && quern_session_n_past(s) == 1,
          "stopped: code %d, %d tokens", e.code, quern_session_n_past(s));
    stop = 0;
    need(quern_eval_wanted(s, text + 1, 2, ahead, &all, &e) || quern_eval_wanted(other, text, 3, plain, &all, &e), &e, "quern_eval_wanted");
    check(memcmp(plain, ahead, (size_t)n_vocab * sizeof *plain) == 0, "other logits behind a stop");
    quern_session_close(s);
    quern_session_close(other);
}

int main(int argc, char **argv) {
    static const int batches[] = {0, 1, 2, 7, 17};
    struct quern_model_info info;
    struct err e;
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 0);
    random_state = seed;
    need(quern_model_open(&model, model_path, &e), &e, model_path);
    quern_model_describe(model, &info);
    n_vocab = info.n_vocab;
    plain = malloc((size_t)n_vocab * sizeof *plain);
    ahead = malloc((size_t)n_vocab * sizeof *ahead);
    if (!plain || !ahead)
        return 1;
    for (int i = 0; i < 15; i++)
        check_timeline(1 + i % 3, batches[i % 5], i % 4 == 3 ? QUERN_KV_Q8_0 : QUERN_KV_F16);
    check_stop();
    quern_model_close(model);
    free(plain);
    free(ahead);
    printf("check_ahead: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed != 0;
}
