/* Tests of constraints from several threads: what a model keeps of its vocabulary for them is made when the first asks, and shared. Two
 * threads open one on the same model at once and draw documents from it; they are those that one thread alone has from a model of its own.
 * check_constraint [SEED], from the project's root; under the thread sanitizer, too.
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <string.h>
#include "quern.h"
#define PROGRAM "check_constraint"
#define SEED 1
#include "report.h"

static const char model_path[] = "models/quern-demo-q8_0.gguf";
static const char schema_text[] =
    "{\"type\": \"object\", \"properties\": {\"name\": {\"type\": \"string\", \"pattern\": \"^[a-z]+-[0-9]{2}$\"},"
    " \"note\": {\"type\": \"string\"}, \"state\": {\"enum\": [\"on\", \"off\", null]},"
    " \"values\": {\"type\": \"array\", \"items\": {\"type\": \"number\"}}}, \"required\": [\"name\"]}";

enum { N_THREADS = 2, N_DOCUMENTS = 6, BUDGET = 60, MOST = N_DOCUMENTS * (BUDGET + 1) };

struct job {
    const struct quern_model *m;
    const struct quern_schema *s;
    pthread_barrier_t *start;  /* NULL: alone */
    uint64_t random;
    struct quern_tokens drawn; /* all documents, a -1 behind each */
    int rc;
    struct err e;
};

static uint64_t next(struct job *j) { /* splitmix64: rnd() of report.h is not for threads */
    uint64_t z = (j->random += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return z ^ (z >> 27);
}

static int document(struct job *j, struct quern_constraint *c, struct quern_sampler *s, float *logits, int n_vocab) {
    if (quern_constraint_start(c, BUDGET, &j->e))
        return -1;
    for (;;) {
        struct quern_wanted w;
        if (quern_constraint_forced(c, &j->drawn, &j->e))
            return -1;
        if (quern_constraint_ended(c))
            break;
        for (int i = 0; i < n_vocab; i++)
            logits[i] = (float)(next(j) >> 40);
        int32_t *id = &j->drawn.id[j->drawn.n];
        if (quern_constraint_wants(c, s, &w, &j->e) || quern_constraint_pick(c, s, logits, id, &j->e))
            return -1;
        j->drawn.n++;
    }
    j->drawn.id[j->drawn.n++] = -1;
    return 0;
}

static int draw(struct job *j) {
    struct quern_model_info info;
    struct quern_sampling greedy = {.top_p = 1, .repeat_penalty = 1};
    struct quern_constraint *c = NULL;
    struct quern_sampler *s = NULL;
    quern_model_describe(j->m, &info);
    float *logits = malloc((size_t)info.n_vocab * sizeof *logits);
    j->drawn = (struct quern_tokens){.id = malloc(MOST * sizeof *j->drawn.id), .cap = MOST};
    int rc = !logits || !j->drawn.id || quern_constraint_open(&c, j->s, j->m, &j->e) || quern_sampler_open(&s, j->m, &greedy, &j->e);
    for (int i = 0; i < N_DOCUMENTS && !rc; i++)
        rc = document(j, c, s, logits, info.n_vocab);
    quern_sampler_close(s);
    quern_constraint_close(c);
    free(logits);
    return rc;
}

static void *run(void *job) {
    struct job *j = job;
    if (j->start)
        pthread_barrier_wait(j->start);
    j->rc = draw(j);
    return NULL;
}

static void open_model(struct quern_model **m) {
    struct err e;
    need(quern_model_open(m, model_path, &e), &e, model_path);
}

static void check_alone(const struct job *together, const struct quern_schema *s, int thread) {
    struct quern_model *m;
    open_model(&m);
    struct job alone = {.m = m, .s = s, .random = seed * 100 + (uint64_t)thread, .e.text = "out of memory"};
    run(&alone);
    need(alone.rc, &alone.e, "documents of one thread");
    check(together->rc == 0, "thread %d: %s", thread, together->e.text);
    check(together->drawn.n == alone.drawn.n && memcmp(together->drawn.id, alone.drawn.id, alone.drawn.n * sizeof *alone.drawn.id) == 0,
          "thread %d: other documents than alone", thread);
    check(alone.drawn.n > N_DOCUMENTS * 4, "thread %d: %zu tokens in all", thread, alone.drawn.n);
    quern_tokens_free(&alone.drawn);
    quern_model_close(m);
}

int main(int argc, char **argv) {
    struct quern_model *m;
    struct quern_schema *s;
    struct job job[N_THREADS];
    pthread_t thread[N_THREADS];
    pthread_barrier_t start;
    struct err e;
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 10);
    random_state = seed;
    open_model(&m);
    need(quern_schema_open(&s, "schema", schema_text, strlen(schema_text), NULL, &e), &e, "the schema");
    pthread_barrier_init(&start, NULL, N_THREADS);
    for (int i = 0; i < N_THREADS; i++) {
        job[i] = (struct job){.m = m, .s = s, .start = &start, .random = seed * 100 + (uint64_t)i, .e.text = "out of memory"};
        if (pthread_create(&thread[i], NULL, run, &job[i]))
            need(-1, &(struct err){.text = "it cannot start"}, "a thread");
    }
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(thread[i], NULL);
    for (int i = 0; i < N_THREADS; i++) {
        check_alone(&job[i], s, i);
        quern_tokens_free(&job[i].drawn);
    }
    pthread_barrier_destroy(&start);
    quern_schema_close(s);
    quern_model_close(m);
    printf(PROGRAM ": %d passed, %d failed\n", n_passed, n_failed);
    return n_failed > 0;
}
