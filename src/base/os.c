/* The operating system's services. In: paths, sizes. Out: mapped memory, counts, time. Must not know what they are for. */
#define _GNU_SOURCE           /* sched_getaffinity, MAP_NORESERVE */
#define _FILE_OFFSET_BITS 64  /* a file's size is 64 bits on 32-bit machines too */
#include "base/os.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"

static int refuse(const char *path, int code, const char *reason, struct err *e) {
    char quoted[256];
    return err_set(e, code, "%s: %s", err_quote(quoted, sizeof quoted, path, strlen(path)), reason);
}

/* ---- files ---- */

/* Settles the size of an open file. */
static int measure(struct os_file *f, struct err *e) {
    struct stat st;
    if (fstat(f->fd, &st) != 0)
        return refuse(f->path, ERR_MODEL, strerror(errno), e);
    if (S_ISDIR(st.st_mode))
        return refuse(f->path, ERR_MODEL, "this is a directory, not a model file", e);
    if (!S_ISREG(st.st_mode))
        return refuse(f->path, ERR_MODEL, "this is not a regular file", e);
    if (st.st_size == 0)
        return refuse(f->path, ERR_MODEL, "the file is empty", e);
    f->size = (uint64_t)st.st_size;
    return 0;
}

int os_file_open(struct os_file *f, const char *path, struct err *e) {
    f->path = path;
    f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* opening a pipe without a writer would otherwise wait for one */
    if (f->fd < 0)
        return refuse(path, ERR_MODEL, strerror(errno), e);
    if (measure(f, e) == 0)
        return 0;
    os_file_close(f);
    return -1;
}

void os_file_close(struct os_file *f) {
    close(f->fd);
    f->fd = -1;
}

int os_file_read(const struct os_file *f, uint64_t offset, void *out, size_t n, struct err *e) {
    char *at = out;
    while (n > 0) {
        ssize_t got = pread(f->fd, at, n, (off_t)offset);
        if (got == 0)
            return refuse(f->path, ERR_MODEL, "the file was cut short while it was read", e);
        if (got < 0 && errno != EINTR)
            return refuse(f->path, ERR_RUNTIME, strerror(errno), e);
        if (got < 0)
            continue;
        at += got;
        offset += (uint64_t)got;
        n -= (size_t)got;
    }
    return 0;
}

static int map_file(struct os_map *m, const struct os_file *f, struct err *e) {
    static const char *const too_large = "the file is larger than this machine's address space has room for";
    if (f->size > SIZE_MAX)
        return refuse(f->path, ERR_MEMORY, too_large, e);
    size_t size = (size_t)f->size;
    void *base = mmap(NULL, size, PROT_READ, MAP_SHARED, f->fd, 0);
    if (base == MAP_FAILED)
        return errno == ENOMEM ? refuse(f->path, ERR_MEMORY, too_large, e) : refuse(f->path, ERR_MODEL, strerror(errno), e);
    m->base = base;
    m->size = size;
    return 0;
}

int os_map_open(struct os_map *m, const char *path, struct err *e) {
    struct os_file f;
    if (os_file_open(&f, path, e))
        return -1;
    int rc = map_file(m, &f, e);
    os_file_close(&f);
    return rc;
}

void os_map_close(struct os_map *m) {
    if (m->base)
        munmap((void *)(uintptr_t)m->base, m->size);
    m->base = NULL;
    m->size = 0;
}

static void (*map_lost)(void);
static atomic_flag losing = ATOMIC_FLAG_INIT;

/* Any other bus error stays one. Of several threads that meet it, one has the word. */
static void on_bus(int sig, siginfo_t *info, void *context) {
    (void)context;
    if (info->si_code == BUS_ADRERR) {
        while (atomic_flag_test_and_set(&losing))
            pause();
        map_lost();
    }
    signal(sig, SIG_DFL);
    raise(sig);
}

void os_map_watch(void (*lost)(void)) {
    struct sigaction a = {.sa_sigaction = on_bus, .sa_flags = SA_SIGINFO};
    map_lost = lost;
    sigemptyset(&a.sa_mask);
    sigaction(SIGBUS, &a, NULL);
}

/* Reads to the end; *bytes and *n as far as it got. 0, or errno. */
static int read_fd(int fd, char **bytes, size_t *n) {
    for (size_t cap = 0;;) {
        if (cap - *n < 2) { /* room for a byte and the 0 */
            size_t more = cap ? 2 * cap : 1 << 16;
            char *grown = more > cap ? realloc(*bytes, more) : NULL;
            if (!grown)
                return ENOMEM;
            *bytes = grown;
            cap = more;
        }
        ssize_t r = read(fd, *bytes + *n, cap - *n - 1);
        if (r < 0 && errno != EINTR)
            return errno;
        if (r == 0) {
            (*bytes)[*n] = 0;
            return 0;
        }
        *n += r > 0 ? (size_t)r : 0;
    }
}

char *os_read(const char *path, size_t *n, struct err *e) {
    char *bytes = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC), error = fd < 0 ? errno : 0;
    *n = 0;
    if (fd >= 0) {
        error = read_fd(fd, &bytes, n);
        close(fd);
    }
    if (!error)
        return bytes;
    free(bytes);
    refuse(path, error == ENOMEM ? ERR_MEMORY : ERR_RUNTIME, strerror(error), e);
    return NULL;
}

void *os_reserve(size_t bytes) {
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

void os_release(void *p, size_t bytes) {
    if (p)
        munmap(p, bytes);
}

void os_big_pages(void *p, size_t bytes) {
#if defined(MADV_HUGEPAGE)
    madvise(p, bytes, MADV_HUGEPAGE); /* advice: where it is not taken, pages are small */
#else
    (void)p;
    (void)bytes;
#endif
}

uint64_t os_memory_available(void) {
    return limits_memory("");
}

uint64_t os_memory_granted(void) {
    return limits_granted("");
}

enum { MAX_CPUS = 8192 }; /* the kernel's own limit */

/* Marks the CPUs this process may run on; returns how many. 0: the kernel does not say. */
static int affinity(unsigned char usable[MAX_CPUS]) {
    cpu_set_t set[MAX_CPUS / CPU_SETSIZE];
    int n = 0;
    memset(set, 0, sizeof set);
    if (sched_getaffinity(0, sizeof set, set) != 0)
        return 0;
    for (int cpu = 0; cpu < MAX_CPUS; cpu++) {
        usable[cpu] = CPU_ISSET_S(cpu, sizeof set, set) != 0;
        n += usable[cpu];
    }
    return n;
}

static int within_quota(int n) {
    uint64_t quota = limits_quota("");
    n = quota < (uint64_t)n ? (int)quota : n;
    return n < 1 ? 1 : n;
}

int os_cores(void) {
    unsigned char usable[MAX_CPUS];
    return within_quota(affinity(usable) > 0 ? limits_cores("", usable, MAX_CPUS) : 1);
}

int os_cpus(void) {
    unsigned char usable[MAX_CPUS];
    return within_quota(affinity(usable));
}

double os_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}
