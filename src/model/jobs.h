/* Work handed out in items: each thread of the pool takes the next until none is left, or until the stop flag is raised. */
#ifndef MODEL_JOBS_H
#define MODEL_JOBS_H

#include <stdatomic.h>
#include "base/pool.h"

struct jobs {
    struct pool *pool;
    const atomic_int *stop;  /* or NULL */
    atomic_int next;                    /* item */
    int n;
    void (*job)(void *arg, int item, int thread);
    void *arg;
};

/* Runs job(arg, item, thread) for the items 0 to n - 1, each once, in any order. Where the stop flag is up, items are left out. */
void jobs_run(struct jobs *j, int n, void (*job)(void *arg, int item, int thread), void *arg);
int jobs_stopped(const struct jobs *j);

#endif
