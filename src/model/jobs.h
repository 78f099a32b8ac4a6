/* Work handed out in items. Each thread of the pool has a range of its own, so that what it reads lies in one piece, as prefetching likes
 * it; a thread that is through with its range helps the others with theirs. No more is begun once the stop flag is raised. */
#ifndef MODEL_JOBS_H
#define MODEL_JOBS_H

#include <stdatomic.h>
#include "base/pool.h"

struct jobs {
    struct pool *pool;
    const atomic_int *stop;  /* or NULL */
    struct {
        atomic_int next;     /* item */
        int end;
        char apart[64 - 2 * sizeof(int)]; /* a cache line each */
    } range[POOL_MOST];      /* of each thread */
    void (*job)(void *arg, int item, int thread);
    void *arg;
};

/* Runs job(arg, item, thread) for the items 0 to n - 1, each once, in any order. Where the stop flag is up, items are left out. */
void jobs_run(struct jobs *j, int n, void (*job)(void *arg, int item, int thread), void *arg);
int jobs_stopped(const struct jobs *j);

#endif
