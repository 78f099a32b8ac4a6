/* Threads walk a buffer. The number of passes is fixed, so that two runs differ in time only, not in the work they do. */
#include "base/bandwidth.h"

#include <stddef.h>
#include <stdint.h>
#include "base/limits.h"
#include "base/os.h"
#include "base/pool.h"

enum { PASSES = 4, LINE = 32 }; /* LINE: bytes; no cache moves less than that at a time, so one word of it fetches all of it */
#define LEAST (16u << 20)
#define USUAL (32u << 20)       /* boards have caches of up to 4 MB */
#define MOST (1u << 30)

struct walk {
    uint8_t *buffer; /* [bytes], whole pages */
    size_t bytes;
    int fill;                     /* write, so that the pages exist: those never written are one page of zeros, and that is cached */
    atomic_uint_fast64_t sum;     /* what was read has to go somewhere, or it need not be read */
};

static void walk(void *arg, int thread, int n_threads) {
    enum { WORDS = LINE / sizeof(size_t) };
    struct walk *w = arg;
    size_t part = w->bytes / (2 * LINE) / (size_t)n_threads * (2 * LINE);
    size_t *p = (size_t *)(void *)(w->buffer + part * (size_t)thread), *end = p + part / sizeof *p;
    size_t a = 0, b = 0; /* two sums, so that one load does not wait for the last */
    if (w->fill)
        for (; p < end; p += WORDS)
            *p = part;
    for (; p < end; p += 2 * WORDS) {
        a += p[0];
        b += p[WORDS];
    }
    atomic_fetch_add(&w->sum, a + b);
}

/* Twice the last-level cache where its size is told, but no more than a quarter of what is free. */
static size_t buffer_size(void) {
    uint64_t bytes = USUAL, cache = limits_cache(""), spare = os_memory_available() / 4;
    if (cache > USUAL / 2)
        bytes = cache < MOST ? 2 * cache : MOST;
    bytes = bytes < spare ? bytes : spare;
    return bytes < LEAST ? LEAST : bytes > MOST ? MOST : (size_t)bytes;
}

int bandwidth_read(int n_threads, double *bytes_per_second, struct err *e) {
    struct walk w = {.bytes = buffer_size(), .fill = 1};
    struct pool *pool;
    double best = 0;
    if (pool_open(&pool, n_threads, e))
        return -1;
    w.buffer = os_reserve(w.bytes);
    for (int pass = 0; w.buffer && pass <= PASSES; pass++) {
        double start = os_seconds();
        pool_run(pool, walk, &w);
        double seconds = os_seconds() - start;
        if (!w.fill && seconds > 0 && (double)w.bytes / seconds > best)
            best = (double)w.bytes / seconds;
        w.fill = 0;
    }
    os_release(w.buffer, w.bytes);
    pool_close(pool);
    *bytes_per_second = best;
    return w.buffer ? 0 : err_set(e, ERR_MEMORY, "no %zu bytes to measure the bandwidth with", w.bytes);
}
