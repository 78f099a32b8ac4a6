/* Tests of sessions in files, with the bundled model: what is loaded continues as what was computed, to the bit; the file depends on
 * nothing but model, tokens and settings; and a file that is damaged, lies or belongs elsewhere is refused, whatever was done to it.
 * check_session [SEED], from the project's root
 */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/os.h"
#include "quern.h"
#define PROGRAM "check_session"
#define SEED 1
#include "report.h"

static const char model_path[] = "models/quern-demo-q8_0.gguf";
static char dir[256], path[300], other_path[300];

static void write_file(const char *to, const char *bytes, size_t n) {
    FILE *f = fopen(to, "wb");
    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f)) {
        perror(to);
        exit(1);
    }
}

/* ---- one model, two runs of tokens ---------------------------------------------------------------------------------- */

enum { N = 45, HEAD = 48 }; /* two panels of keys and part of a third; bytes before the tokens */

static struct quern_model *model;
static int n_vocab;
static int32_t tokens[N];
static float *expected, *got; /* [n_vocab] logits of the last of tokens */

static struct quern_session *session(int threads, int batch, enum quern_kv k, enum quern_kv v) {
    struct quern_session_params p = {.n_ctx = 128, .n_threads = threads, .n_batch = batch, .kv_k = k, .kv_v = v};
    struct quern_session *s;
    struct err e;
    need(quern_session_open(&s, model, &p, &e), &e, "a session");
    return s;
}

static void eval(struct quern_session *s, const int32_t *t, int n, float *logits) {
    struct err e;
    need(quern_eval(s, t, n, logits, logits != NULL, &e), &e, "quern_eval");
}

/* A file of N_FILE tokens that have the first SAME with TOKENS in common. */
static void make_file(const char *to, int same, int n_file, enum quern_kv k, enum quern_kv v) {
    int32_t t[128];
    struct err e;
    struct quern_session *s = session(2, 0, k, v);
    for (int i = 0; i < n_file; i++)
        t[i] = i < same ? tokens[i] : i == same && i < N ? (tokens[i] + 1) % n_vocab : (int32_t)(rnd() % (uint32_t)n_vocab);
    eval(s, t, n_file, NULL);
    need(quern_session_save(s, to, t, n_file, &e), &e, "quern_session_save");
    quern_session_close(s);
}

static int same_files(const char *a, const char *b) {
    size_t na, nb;
    struct err e;
    char *x = os_read(a, &na, &e), *y = os_read(b, &nb, &e);
    int same = x && y && na == nb && memcmp(x, y, na) == 0;
    free(x), free(y);
    return same;
}

/* ---- what it promises ------------------------------------------------------------------------------------------------ */

static void check_prefix(int same, int n_file, enum quern_kv k, enum quern_kv v) {
    struct quern_session *s = session(1 + same % 3, same % 2 ? 7 : 0, k, v);
    struct err e = {0};
    int found = -1, want = same < N ? same : N - 1;
    make_file(path, same, n_file, k, v);
    int rc = quern_session_load(s, path, tokens, N, &found, &e);
    check(rc == 0 && found == same && quern_session_n_past(s) == want, "%d of %d tokens: %d, %d in common, %d loaded, %s", same, n_file, rc,
          found, quern_session_n_past(s), rc ? e.text : "");
    want = quern_session_n_past(s);
    eval(s, tokens + want, N - want, got);
    check(memcmp(got, expected, (size_t)n_vocab * sizeof *got) == 0, "%d of %d tokens from a file: other logits", same, n_file);
    need(quern_session_save(s, path, tokens, N, &e), &e, "quern_session_save");
    make_file(other_path, N, N, k, v);
    check(same_files(path, other_path), "%d of %d tokens from a file: saved, it is another file", same, n_file);
    quern_session_close(s);
}

static void check_prefixes(enum quern_kv k, enum quern_kv v) {
    static const int same[] = {0, 1, 2, 15, 16, 17, 31, 33, N - 1, N};
    struct quern_session *s = session(1, 1, k, v);
    eval(s, tokens, N, expected);
    quern_session_close(s);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        for (int more = same[i] ? 0 : 1; more < 30; more += 13)
            check_prefix(same[i], same[i] + more, k, v);
}

static void check_limits(void) {
    struct quern_session *s = session(1, 0, QUERN_KV_F16, QUERN_KV_F16);
    struct err e = {0};
    int found = -1;
    char nowhere[320];
    snprintf(nowhere, sizeof nowhere, "%s/no/such", dir);
    int rc = quern_session_load(s, nowhere, tokens, N, &found, &e);
    check(rc == 0 && found == 0, "no file: %d, %d tokens", rc, found);
    eval(s, tokens, 3, NULL);
    rc = quern_session_save(s, nowhere, tokens, 3, &e);
    check(rc == -1 && e.code == ERR_RUNTIME, "no folder: %d, code %d", rc, e.code);
    rc = quern_session_save(s, path, tokens, 2, &e);
    check(rc == -1 && e.code == ERR_USAGE, "2 of 3 tokens: %d, code %d", rc, e.code);
    if (access("/dev/full", W_OK) == 0) {
        rc = quern_session_save(s, "/dev/full", tokens, 3, &e);
        check(rc == -1 && e.code == ERR_RUNTIME, "a full disk: %d, code %d", rc, e.code);
    }
    rc = quern_session_load(s, dir, tokens, N, &found, &e);
    check(rc == 0 && found == 0, "a folder: %d, %d tokens", rc, found);
    quern_session_close(s);
}

/* Only the logits that are listed: to the bit those of quern_eval, and no others. */
static void check_listed(int full_head) {
    const struct quern_session_params p = {.n_ctx = 128, .n_threads = 2, .full_head = full_head};
    const int32_t id[] = {7, 0, n_vocab - 1, 7, 1000};
    const struct quern_wanted w = {-1, id, 5};
    struct quern_session *s;
    struct quern_head_use use;
    struct err e;
    int wrong = 0;
    need(quern_session_open(&s, model, &p, &e), &e, "a session");
    eval(s, tokens, N, expected);
    quern_session_rewind(s, 0);
    need(quern_eval_wanted(s, tokens, N, got, &w, &e), &e, "quern_eval_wanted");
    for (int i = 0; i < n_vocab; i++) {
        const int listed = i == 7 || i == 0 || i == n_vocab - 1 || i == 1000;
        wrong += listed ? memcmp(&got[i], &expected[i], sizeof *got) != 0 : got[i] != -INFINITY;
    }
    quern_session_head_use(s, &use);
    check(wrong == 0 && use.tokens == 1 && use.rows == 4, "5 listed: %d logits are wrong, %d tokens, %d rows counted", wrong, (int)use.tokens,
          (int)use.rows);
    quern_session_close(s);
}

/* ---- what it refuses ------------------------------------------------------------------------------------------------- */

static void refuses(struct quern_session *s, const char *bytes, size_t n, const char *why, const char *what, unsigned long at) {
    struct err e = {0};
    int found = -1;
    write_file(path, bytes, n);
    int rc = quern_session_load(s, path, tokens, N, &found, &e);
    check(rc == -1 && found == 0 && quern_session_n_past(s) == 0 && strstr(e.text, path) == e.text && strstr(e.text, why),
          "%s %lu: %d, %d tokens: %s", what, at, rc, found, e.text);
}

static void check_damage(void) {
    struct quern_session *s = session(1, 0, QUERN_KV_Q8_0, QUERN_KV_F16);
    static const uint32_t counts[] = {0, 1, N - 1, N + 1, 2048, 2049, 0x7fffffff, 0x80000000, 0xffffffff};
    size_t n;
    struct err e;
    make_file(path, N, N, QUERN_KV_Q8_0, QUERN_KV_F16);
    char *file = os_read(path, &n, &e), *bad = malloc(n + 1);
    if (!file || !bad)
        exit(1);
    memcpy(bad, file, n);
    bad[n] = 0;
    for (size_t i = 0; i < HEAD + 4 * N + 8 + 300; i++) { /* every byte of the head and the tokens, then here and there, then the end */
        size_t at = i < HEAD + 4 * N + 8 ? i : i % 20 ? rnd() % n : n - 1 - i / 20 % 8;
        bad[at] ^= (char)(1 << rnd() % 8);
        refuses(s, bad, n, ": ", "a bit of byte", (unsigned long)at);
        bad[at] = file[at];
    }
    for (size_t i = 0; i < 100; i++) {
        size_t cut = i < 60 ? i : i < 80 ? n - 1 - (i - 60) : rnd() % n;
        refuses(s, file, cut, ": ", "cut to", (unsigned long)cut);
    }
    refuses(s, bad, n + 1, "not as long as its tokens", "bytes", (unsigned long)n + 1);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        memcpy(bad + HEAD - 8, &counts[i], 4);
        refuses(s, bad, n, "not as long as its tokens", "a count of", counts[i]);
    }
    eval(s, tokens, N, got); /* after all that */
    quern_session_close(s);
    s = session(1, 0, QUERN_KV_Q8_0, QUERN_KV_F16);
    eval(s, tokens, N, expected);
    check(memcmp(got, expected, (size_t)n_vocab * sizeof *got) == 0, "after damaged files: other logits");
    quern_session_close(s);
    free(file), free(bad);
}

/* A copy of the model is the model; one with a changed byte at AT (from the end, where negative) is another. */
static void check_model_copy(const char *bytes, size_t n, long at, int same_model) {
    char copy[300], *changed = malloc(n);
    struct quern_model *was = model;
    struct quern_session *s;
    struct err e = {0};
    int found = -1;
    if (!changed)
        exit(1);
    memcpy(changed, bytes, n);
    if (!same_model)
        changed[at < 0 ? n - (size_t)-at : (size_t)at] ^= 1;
    snprintf(copy, sizeof copy, "%s/copy.gguf", dir);
    write_file(copy, changed, n);
    free(changed);
    need(quern_model_open(&model, copy, &e), &e, "a copy of the model");
    s = session(1, 0, QUERN_KV_F16, QUERN_KV_F16);
    int rc = quern_session_load(s, path, tokens, N, &found, &e);
    if (same_model)
        check(rc == 0 && found == N, "a copy of the model: %d, %d tokens, %s", rc, found, e.text);
    else
        check(rc == -1 && found == 0 && strstr(e.text, "another model"), "a model with byte %ld changed: %d, %s", at, rc, e.text);
    quern_session_close(s);
    quern_model_close(model);
    model = was;
    unlink(copy);
}

static size_t find(const char *bytes, size_t n, const char *text) {
    for (size_t i = 0; i + strlen(text) <= n; i++)
        if (memcmp(bytes + i, text, strlen(text)) == 0)
            return i + strlen(text);
    return 0;
}

static void check_foreign(void) {
    static const enum quern_kv types[] = {QUERN_KV_F16, QUERN_KV_F32, QUERN_KV_Q8_0};
    size_t n, n_model;
    struct err e;
    make_file(other_path, N, N, QUERN_KV_F16, QUERN_KV_F16);
    char *file = os_read(other_path, &n, &e), *bytes = os_read(model_path, &n_model, &e);
    if (!file || !bytes)
        exit(1);
    for (int i = 1; i < 9; i++) {
        struct quern_session *s = session(1, 0, types[i / 3], types[i % 3]);
        refuses(s, file, n, "another -ctk or -ctv", "types", (unsigned long)i);
        quern_session_close(s);
    }
    struct quern_session *s = session(1, 0, QUERN_KV_F16, QUERN_KV_F16);
    refuses(s, bytes, 1000, "no prompt cache", "the start of a model", 0);
    file[8]++;
    refuses(s, file, n, "another version", "version", 0);
    file[8]--;
    quern_session_close(s);
    write_file(path, file, n);
    check_model_copy(bytes, n_model, 0, 1);
    check_model_copy(bytes, n_model, (long)find(bytes, n_model, "general.name") + 13, 0); /* the name's first byte is 12 on */
    check_model_copy(bytes, n_model, -40, 0); /* a weight of the last tensor: less than 32 bytes of padding follow */
    free(file), free(bytes);
}

int main(int argc, char **argv) {
    const char *tmp = getenv("TMPDIR");
    struct quern_model_info info;
    struct err e;
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 0);
    random_state = seed;
    snprintf(dir, sizeof dir, "%s/check_session.XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(dir)) {
        perror(dir);
        return 1;
    }
    snprintf(path, sizeof path, "%s/cache", dir);
    snprintf(other_path, sizeof other_path, "%s/other", dir);
    need(quern_model_open(&model, model_path, &e), &e, "the bundled model");
    quern_model_describe(model, &info);
    n_vocab = info.n_vocab;
    expected = malloc((size_t)n_vocab * sizeof *expected);
    got = malloc((size_t)n_vocab * sizeof *got);
    if (!expected || !got)
        return 1;
    for (int i = 0; i < N; i++)
        tokens[i] = (int32_t)(rnd() % (uint32_t)n_vocab);
    check_prefixes(QUERN_KV_F16, QUERN_KV_F16);
    check_prefixes(QUERN_KV_Q8_0, QUERN_KV_Q8_0);
    check_prefixes(QUERN_KV_F32, QUERN_KV_Q8_0);
    check_limits();
    check_listed(0);
    check_listed(1);
    check_damage();
    check_foreign();
    free(expected), free(got);
    quern_model_close(model);
    unlink(path);
    unlink(other_path);
    check(rmdir(dir) == 0, "%s: files are left", dir);
    printf("check_session: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed != 0;
}
