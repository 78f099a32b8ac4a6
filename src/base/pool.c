/* A fixed set of threads that run one function together. In: a function. Out: it has run on every thread. Must not know what it does.
 *
 * Two gates, each a counter that some thread waits to see move: `start` lets the workers go, `finish` lets the caller return. Waiting
 * is polling for a while and then sleeping; a round trip among polling threads takes about a microsecond. */
#define _POSIX_C_SOURCE 200809L
#include "base/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"

#define SPIN_SECONDS 100e-6 /* longer than the gaps between the sections of one token, shorter than a person or a battery notices */
#define STACK_BYTES (1u << 20)

struct gate {
    _Alignas(64) atomic_uint turn; /* own cache line: pollers of one gate do not slow writers of the other */
    atomic_int asleep;             /* threads in pthread_cond_wait, or about to be */
    pthread_mutex_t lock;
    pthread_cond_t wake;
};

struct worker {
    struct pool *pool;
    pthread_t id;
    int index;
};

struct pool {
    struct gate start, finish;
    _Alignas(64) atomic_int running; /* workers that have not finished this round */
    void (*fn)(void *arg, int thread, int n_threads); /* written by the caller before start turns, as arg and stop are */
    void *arg;
    int stop;
    int n_threads, n_started;
    int spin;
    unsigned round;
    struct worker worker[]; /* [n_threads]; 0 is the caller and unused */
};

static inline void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || (defined(__ARM_ARCH) && __ARM_ARCH >= 7)
    __asm__ volatile("yield");
#endif
}

static void gate_init(struct gate *g) {
    atomic_init(&g->turn, 0);
    atomic_init(&g->asleep, 0);
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->wake, NULL);
}

static void gate_free(struct gate *g) {
    pthread_mutex_destroy(&g->lock);
    pthread_cond_destroy(&g->wake);
}

/* Polls until the gate has moved on from SEEN: 1. Gives up after SPIN_SECONDS: 0. */
static int gate_poll(struct gate *g, unsigned seen) {
    double until = 0;
    for (;;) {
        for (int i = 0; i < 64; i++) {
            if (atomic_load_explicit(&g->turn, memory_order_acquire) != seen)
                return 1;
            relax();
        }
        double now = os_seconds();
        if (until == 0)
            until = now + SPIN_SECONDS;
        else if (now > until)
            return 0;
    }
}

/* Returns once the gate has moved on from SEEN. No wake-up is lost: the sleeper announces itself and then looks at the turn, the turner
 * moves it and then looks for sleepers, all in sequentially consistent order, so that at least one of them sees the other. */
static void gate_wait(struct gate *g, unsigned seen, int spin) {
    if (spin && gate_poll(g, seen))
        return;
    pthread_mutex_lock(&g->lock);
    atomic_fetch_add(&g->asleep, 1);
    while (atomic_load(&g->turn) == seen)
        pthread_cond_wait(&g->wake, &g->lock);
    atomic_fetch_sub(&g->asleep, 1);
    pthread_mutex_unlock(&g->lock);
}

static void gate_turn(struct gate *g) {
    atomic_fetch_add(&g->turn, 1);
    if (atomic_load(&g->asleep) > 0) {
        pthread_mutex_lock(&g->lock);
        pthread_cond_broadcast(&g->wake);
        pthread_mutex_unlock(&g->lock);
    }
}

static void *work(void *arg) {
    struct worker *w = arg;
    struct pool *p = w->pool;
    for (unsigned seen = 0;; seen++) {
        gate_wait(&p->start, seen, p->spin);
        if (p->stop)
            return NULL;
        p->fn(p->arg, w->index, p->n_threads);
        if (atomic_fetch_sub(&p->running, 1) == 1)
            gate_turn(&p->finish);
    }
}

/* Starts worker I with asynchronous signals blocked, so that they reach the caller's thread, which knows what to do with them. */
static int start_worker(struct pool *p, int i) {
    sigset_t block, before;
    pthread_attr_t attr;
    struct worker *w = &p->worker[i];
    w->pool = p;
    w->index = i;
    int rc = pthread_attr_init(&attr);
    if (rc)
        return rc;
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    sigfillset(&block);
    sigdelset(&block, SIGBUS); /* a fault of the thread itself: blocked, it would kill the process without a word */
    sigdelset(&block, SIGSEGV);
    sigdelset(&block, SIGILL);
    sigdelset(&block, SIGFPE);
    pthread_sigmask(SIG_SETMASK, &block, &before);
    rc = pthread_create(&w->id, &attr, work, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return rc;
}

int pool_open(struct pool **out, int n_threads, struct err *e) {
    if (n_threads < 1 || n_threads > POOL_MOST)
        return err_set(e, ERR_USAGE, "threads: %d is not in 1 to %d", n_threads, POOL_MOST);
    void *memory;
    size_t bytes = sizeof(struct pool) + (size_t)n_threads * sizeof(struct worker);
    if (posix_memalign(&memory, 64, bytes) != 0)
        return err_set(e, ERR_MEMORY, "out of memory: %zu bytes asked for", bytes);
    memset(memory, 0, bytes);
    struct pool *p = memory;
    p->n_threads = n_threads;
    p->spin = n_threads <= os_cpus(); /* otherwise a polling thread keeps a working one from its CPU */
    atomic_init(&p->running, 0);
    gate_init(&p->start);
    gate_init(&p->finish);
    for (int i = 1; i < n_threads; i++) {
        int rc = start_worker(p, i);
        if (rc) {
            pool_close(p);
            return err_set(e, ERR_RUNTIME, "cannot start thread %d of %d: %s", i + 1, n_threads, strerror(rc));
        }
        p->n_started = i;
    }
    *out = p;
    return 0;
}

void pool_close(struct pool *p) {
    if (!p)
        return;
    p->stop = 1;
    gate_turn(&p->start);
    for (int i = 1; i <= p->n_started; i++)
        pthread_join(p->worker[i].id, NULL);
    gate_free(&p->start);
    gate_free(&p->finish);
    free(p);
}

int pool_size(const struct pool *p) {
    return p->n_threads;
}

void pool_run(struct pool *p, void (*fn)(void *arg, int thread, int n_threads), void *arg) {
    if (p->n_threads == 1) {
        fn(arg, 0, 1);
        return;
    }
    p->fn = fn;
    p->arg = arg;
    atomic_store_explicit(&p->running, p->n_threads - 1, memory_order_relaxed); /* published by the turn */
    gate_turn(&p->start);
    fn(arg, 0, p->n_threads);
    gate_wait(&p->finish, p->round++, p->spin);
}
