/* Work handed out in items. */
#include "model/jobs.h"

#include <stddef.h>

int jobs_stopped(const struct jobs *j) {
    return j->stop && *j->stop;
}

static void take_items(void *arg, int thread, int n_threads) {
    struct jobs *j = arg;
    int item;
    (void)n_threads;
    while (!jobs_stopped(j) && (item = atomic_fetch_add_explicit(&j->next, 1, memory_order_relaxed)) < j->n)
        j->job(j->arg, item, thread);
}

void jobs_run(struct jobs *j, int n, void (*job)(void *arg, int item, int thread), void *arg) {
    j->n = n;
    j->job = job;
    j->arg = arg;
    atomic_store_explicit(&j->next, 0, memory_order_relaxed); /* pool_run orders this before the threads' reads */
    if (n == 1) /* not worth waking anyone */
        take_items(j, 0, 1);
    else
        pool_run(j->pool, take_items, j);
}
