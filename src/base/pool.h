/* A fixed set of threads that run one function together. The caller is thread 0; the others spin a little, then sleep. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stdatomic.h>
#include "base/err.h"

enum { POOL_MOST = 256 };

struct pool;
int pool_open(struct pool **p, int n_threads, struct err *e); /* 1 to POOL_MOST */
void pool_close(struct pool *p);
int pool_size(const struct pool *p);

/* Runs fn(arg, thread, n_threads) on every thread and returns when all have. No allocation. */
void pool_run(struct pool *p, void (*fn)(void *arg, int thread, int n_threads), void *arg);

#endif
