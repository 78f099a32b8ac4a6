/* Work handed out in items. */
#include "model/jobs.h"

#include <stddef.h>
#include <stdint.h>

int jobs_stopped(const struct jobs *j) {
    return j->stop && *j->stop;
}

static void take_items(void *arg, int thread, int n_threads) {
    struct jobs *j = arg;
    for (int i = 0; i < n_threads; i++) {
        const int from = (thread + i) % n_threads; /* its own range first */
        int item;
        while (!jobs_stopped(j) && (item = atomic_fetch_add_explicit(&j->range[from].next, 1, memory_order_relaxed)) < j->range[from].end)
            j->job(j->arg, item, thread);
    }
}

void jobs_run(struct jobs *j, int n, void (*job)(void *arg, int item, int thread), void *arg) {
    const int n_threads = n == 1 ? 1 : pool_size(j->pool); /* one item is not worth waking anyone */
    j->job = job;
    j->arg = arg;
    for (int t = 0; t < n_threads; t++) { /* pool_run orders this before the threads' reads */
        atomic_store_explicit(&j->range[t].next, (int)((int64_t)n * t / n_threads), memory_order_relaxed);
        j->range[t].end = (int)((int64_t)n * (t + 1) / n_threads);
    }
    if (n_threads == 1)
        take_items(j, 0, 1);
    else
        pool_run(j->pool, take_items, j);
}
