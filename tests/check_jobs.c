/* Tests of work handed out in items: each is done once, by a thread of the pool; who is through helps who is held up; after the stop flag
 * no item is begun. check_jobs [SEED] */
#include <sched.h>
#define PROGRAM "check_jobs"
#define SEED 1
#include "base/os.h"
#include "base/pool.h"
#include "model/jobs.h"
#include "report.h"

enum { MOST = 100 };

struct tally {
    atomic_int times[MOST]; /* of each item */
    atomic_int total, strange;
    int n, n_threads;
    atomic_int *stop; /* raised by the first item, or NULL */
};

static void count(void *arg, int item, int thread) {
    struct tally *t = arg;
    if (item < 0 || item >= t->n || thread < 0 || thread >= t->n_threads)
        atomic_fetch_add(&t->strange, 1);
    else
        atomic_fetch_add(&t->times[item], 1);
    atomic_fetch_add(&t->total, 1);
    if (t->stop)
        atomic_store(t->stop, 1);
}

static void check_once(struct jobs *jobs, int n, int n_threads) {
    struct tally t = {.n = n, .n_threads = n_threads};
    int once = 1;
    jobs_run(jobs, n, count, &t);
    for (int i = 0; i < n; i++)
        once &= t.times[i] == 1;
    check(once && !t.strange, "%d items, %d threads: each once", n, n_threads);
}

/* The first item does not end before all others are done, which takes another thread where there is one. */
static void wait_for_rest(void *arg, int item, int thread) {
    struct tally *t = arg;
    const double until = os_seconds() + 60;
    (void)thread;
    while (item == 0 && atomic_load(&t->total) < t->n - 1 && os_seconds() < until)
        sched_yield();
    t->strange += item == 0 && atomic_load(&t->total) < t->n - 1;
    atomic_fetch_add(&t->total, 1);
}

int main(int argc, char **argv) {
    static const int threads[] = {1, 2, 3, 5};
    struct err e;
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 10);
    random_state = seed;
    for (int k = 0; k < 4; k++) {
        struct jobs jobs = {0};
        need(pool_open(&jobs.pool, threads[k], &e), &e, "threads");
        for (int n = 0; n <= 12; n++)
            check_once(&jobs, n, threads[k]);
        for (int i = 0; i < 200; i++)
            check_once(&jobs, (int)(rnd() % (MOST + 1)), threads[k]);

        if (threads[k] > 1) {
            struct tally held = {.n = MOST, .n_threads = threads[k]};
            jobs_run(&jobs, MOST, wait_for_rest, &held);
            check(!held.strange && held.total == MOST, "%d threads: others do what a thread that is held up has left", threads[k]);
        }

        atomic_int stop = 0;
        struct tally stopped = {.n = MOST, .n_threads = threads[k], .stop = &stop};
        jobs.stop = &stop;
        jobs_run(&jobs, MOST, count, &stopped);
        check(jobs_stopped(&jobs) && stopped.total <= threads[k], "%d threads: at most an item each once stopped", threads[k]);
        jobs_run(&jobs, MOST, count, &stopped);
        check(stopped.total <= threads[k], "%d threads: none after that", threads[k]);
        pool_close(jobs.pool);
    }
    printf(PROGRAM ": %d passed, %d failed\n", n_passed, n_failed);
    return n_failed != 0;
}
