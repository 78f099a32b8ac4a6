/* Checks src/base: messages, arena, files, limits of made-up machines, the pool. Takes no arguments; returns 0 when all pass. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/bandwidth.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/os.h"
#include "base/pool.h"

static int n_passed, n_failed;
static const char *program;

static void check(int ok, int line, const char *what) {
    n_passed += ok != 0;
    n_failed += ok == 0;
    if (!ok)
        printf("FAILED %s:%d: %s (run %s)\n", __FILE__, line, what, program);
}
#define CHECK(x) check(x, __LINE__, #x)

static void check_text(const char *found, const char *expected, int line) {
    int ok = strcmp(found, expected) == 0;
    check(ok, line, "text");
    if (!ok)
        printf("  expected \"%s\"\n  found    \"%s\"\n", expected, found);
}

/* ---- err ---- */

static void quote(const char *bytes, size_t n, size_t cap, const char *expected, int line) {
    char out[256], before = 0x5a;
    memset(out, before, sizeof out);
    check_text(err_quote(out, cap, bytes, n), expected, line);
    CHECK(strlen(out) < cap);
    CHECK(out[cap] == before);
}
#define QUOTE(s, cap, expected) quote(s, sizeof(s) - 1, cap, expected, __LINE__)

static void check_err(void) {
    QUOTE("plain text", 64, "plain text");
    QUOTE("", 64, "");
    QUOTE("a\033[31mb\n\r\t\177", 64, "a\\x1b[31mb\\x0a\\x0d\\x09\\x7f");
    QUOTE("a\0b", 64, "a\\x00b");
    QUOTE("\xc3\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80", 64, "\xc3\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80");
    QUOTE("\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf", 64, "\\xc0\\xaf\\xe0\\x80\\xaf\\xf0\\x80\\x80\\xaf"); /* overlong */
    QUOTE("\xed\xa0\x80\xf4\x90\x80\x80", 64, "\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80");                   /* surrogate, past the end */
    QUOTE("\xc2\x9b" "31m", 64, "\\xc2\\x9b31m");                                                       /* CSI in eight bits */
    QUOTE("\xe2\x80\xae" "abc\xe2\x80\xa8", 64, "\\xe2\\x80\\xaeabc\\xe2\\x80\\xa8");                   /* right-to-left, line end */
    QUOTE("\xe4\xb8", 64, "\\xe4\\xb8");
    QUOTE("12345678", 9, "12345678");
    QUOTE("123456789", 9, "12345...");
    QUOTE("12345\n789", 9, "12345...");
    QUOTE("1234\xe4\xb8\xad" "89", 9, "1234...");
    QUOTE("12\n", 7, "12\\x0a");
    QUOTE("abcdef", 4, "...");
    QUOTE("abcdef", 3, "..");
    QUOTE("abcdef", 1, "");

    struct err e = {0};
    CHECK(err_set(&e, ERR_MODEL, "%s: %d", "x\ny", 7) == -1 && e.code == ERR_MODEL);
    check_text(e.text, "x\\x0ay: 7", __LINE__);
    CHECK(err_set(&e, ERR_USAGE, "again: %s", e.text) == -1);
    check_text(e.text, "again: x\\x0ay: 7", __LINE__);
    CHECK(err_set(NULL, ERR_USAGE, "nobody reads this") == -1);
    char pad[2000];
    memset(pad, '\033', sizeof pad - 1);
    pad[sizeof pad - 1] = 0;
    err_set(&e, ERR_RUNTIME, "%s", pad);
    CHECK(strlen(e.text) < sizeof e.text && strcmp(e.text + strlen(e.text) - 3, "...") == 0);
}

/* ---- arena ---- */

static void check_arena(void) {
    size_t v = 7;
    CHECK(size_mul(SIZE_MAX / 2, 2, &v) == 0 && v == SIZE_MAX - 1);
    CHECK(size_mul(SIZE_MAX / 2 + 1, 2, &v) == -1 && size_mul(2, SIZE_MAX / 2 + 1, &v) == -1 && size_mul(SIZE_MAX, SIZE_MAX, &v) == -1);
    CHECK(size_mul(SIZE_MAX, 0, &v) == 0 && v == 0);
    CHECK(size_mul(0, SIZE_MAX, &v) == 0 && v == 0);
    CHECK(size_add(SIZE_MAX - 1, 1, &v) == 0 && v == SIZE_MAX);
    CHECK(size_add(SIZE_MAX, 1, &v) == -1 && size_add(1, SIZE_MAX, &v) == -1);

    struct arena a = {0};
    struct err e = {0};
    enum { N = 500 };
    static unsigned char *part[N];
    static size_t size[N];
    int bad = 0;
    for (int i = 0; i < N; i++) {
        size[i] = (size_t)i * 7919 % 40000 + (i % 50 == 0 ? 200000 : 0);
        part[i] = arena_alloc(&a, size[i], 1, &e);
        bad += !part[i] || (uintptr_t)part[i] % 64 != 0;
        for (size_t j = 0; part[i] && j < size[i]; j++)
            bad += part[i][j] != 0;
        if (part[i])
            memset(part[i], i & 0xff, size[i]);
    }
    for (int i = 0; i < N; i++)
        for (size_t j = 0; part[i] && j < size[i]; j++)
            bad += part[i][j] != (i & 0xff);
    CHECK(bad == 0);
    CHECK(arena_alloc(&a, SIZE_MAX / 8, 16, &e) == NULL && e.code == ERR_MEMORY);
    e.code = 0;
    CHECK(arena_alloc(&a, SIZE_MAX, 1, &e) == NULL && e.code == ERR_MEMORY);
    e.code = 0;
    CHECK(arena_alloc(&a, SIZE_MAX - 80, 1, &e) == NULL && e.code == ERR_MEMORY);
    void *p = arena_alloc(&a, 0, 16, &e), *q = arena_alloc(&a, 16, 0, &e);
    CHECK(p && q && p != q);
    arena_free(&a);
    CHECK(a.last == NULL);
    arena_free(&a);
}

/* ---- a folder of our own ---- */

static char folder[256];

static const char *in_folder(const char *path) {
    static char full[1024];
    snprintf(full, sizeof full, "%s/%s", folder, path);
    return full;
}

/* Writes TEXT to PATH in the folder, and makes the folders on the way. */
static void put(const char *path, const char *text) {
    char full[1024];
    snprintf(full, sizeof full, "%s", in_folder(path));
    for (char *p = full + strlen(folder) + 1; (p = strchr(p, '/')); *p++ = '/') {
        *p = 0;
        mkdir(full, 0700);
    }
    FILE *f = fopen(full, "w");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0) {
        printf("cannot write %s: %s\n", full, strerror(errno));
        exit(1);
    }
}

static void clear_folder(void) {
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'/*", folder);
    CHECK(system(command) == 0);
}

/* ---- os ---- */

static void refused(const char *path, int code, const char *reason, int line) {
    struct os_map m = {0};
    struct err e = {0};
    char expected[2048];
    snprintf(expected, sizeof expected, "%s: %s", path, reason);
    check(os_map_open(&m, path, &e) == -1 && e.code == code && m.base == NULL, line, "the file is refused");
    check_text(e.text, expected, line);
}

static void check_read(void) {
    static const size_t sizes[] = {0, 1, 65534, 65535, 65536, 200000};
    static char text[200001];
    struct err e = {0};
    size_t n;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        memset(text, 'x', sizes[i]);
        text[sizes[i]] = 0;
        put("read", text);
        char *s = os_read(in_folder("read"), &n, &e);
        CHECK(s && n == sizes[i] && strcmp(s, text) == 0);
        free(s);
    }
    CHECK(!os_read(in_folder("nowhere"), &n, &e) && e.code == ERR_RUNTIME && strstr(e.text, "nowhere: No such file"));
    CHECK(!os_read(folder, &n, &e) && e.code == ERR_RUNTIME);
}

static void lost(void) {
    _exit(7);
}

/* A mapped file that is cut short while it is read. */
static void check_watch(void) {
    struct os_map m;
    struct err e;
    int status = 0;
    put("cut", "0123456789");
    pid_t child = fork();
    if (child == 0) {
        os_map_watch(lost);
        if (os_map_open(&m, in_folder("cut"), &e) || truncate(in_folder("cut"), 0))
            _exit(1);
        _exit(((const volatile uint8_t *)m.base)[0]);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void check_os(void) {
    struct os_map m = {0};
    struct err e = {0};
    put("good", "0123456789");
    put("empty", "");
    mkdir(in_folder("dir"), 0700);
    mkfifo(in_folder("pipe"), 0600);
    CHECK(os_map_open(&m, in_folder("good"), &e) == 0 && m.size == 10 && memcmp(m.base, "0123456789", 10) == 0);
    os_map_close(&m);
    CHECK(m.base == NULL && m.size == 0);
    os_map_close(&m);
    refused(in_folder("none"), ERR_MODEL, "No such file or directory", __LINE__);
    refused(in_folder("empty"), ERR_MODEL, "the file is empty", __LINE__);
    refused(in_folder("dir"), ERR_MODEL, "this is a directory, not a model file", __LINE__);
    refused(in_folder("pipe"), ERR_MODEL, "this is not a regular file", __LINE__);
    refused("/dev/null", ERR_MODEL, "this is not a regular file", __LINE__);
    CHECK(os_map_open(&m, "no\033[2Jne\n%s%n", &e) == -1);
    check_text(e.text, "no\\x1b[2Jne\\x0a%s%n: No such file or directory", __LINE__);

    if (SIZE_MAX == UINT32_MAX) { /* a sparse file larger than a 32-bit address space */
        const char *path = in_folder("good");
        CHECK(truncate(path, (off_t)((uint64_t)UINT32_MAX + 11)) == 0);
        refused(path, ERR_MEMORY, "the file is larger than this machine's address space has room for", __LINE__);
        CHECK(truncate(path, (off_t)0xf0000000u) == 0); /* fits size_t, not what is left of the address space */
        CHECK(os_map_open(&m, path, &e) == -1 && e.code == ERR_MEMORY);
    }

    size_t bytes = (size_t)1 << 26;
    unsigned char *p = os_reserve(bytes);
    CHECK(p && p[0] == 0 && p[bytes - 1] == 0);
    p[bytes / 2] = 1;
    os_release(p, bytes);
    os_release(NULL, bytes);
    CHECK(os_cores() >= 1 && os_cores() <= os_cpus());
    CHECK(os_memory_available() > 0);
    double t = os_seconds();
    CHECK(os_seconds() >= t);
}

static void check_file(void) {
    struct os_file f;
    struct err e = {0};
    char text[11] = "";
    char path[1024];
    put("file", "0123456789");
    snprintf(path, sizeof path, "%s", in_folder("file"));
    CHECK(os_file_open(&f, path, &e) == 0 && f.size == 10 && f.path == path);
    CHECK(os_file_read(&f, 0, text, 10, &e) == 0 && strcmp(text, "0123456789") == 0);
    CHECK(os_file_read(&f, 7, text, 3, &e) == 0 && strcmp(text, "7893456789") == 0);
    CHECK(os_file_read(&f, 10, text, 0, &e) == 0);
    CHECK(os_file_read(&f, 8, text, 3, &e) == -1 && e.code == ERR_MODEL);
    CHECK(truncate(path, 5) == 0 && os_file_read(&f, 5, text, 1, &e) == -1 && e.code == ERR_MODEL);
    CHECK(strstr(e.text, "/file: the file was cut short while it was read") != NULL);
    os_file_close(&f);
    CHECK(os_file_read(&f, 0, text, 1, &e) == -1 && e.code == ERR_RUNTIME);
    CHECK(os_file_open(&f, in_folder("dir"), &e) == -1 && e.code == ERR_MODEL);

    uint64_t far = (uint64_t)UINT32_MAX + 1; /* a sparse file, larger than what 32 bits can name */
    CHECK(truncate(path, (off_t)(far + 11)) == 0 && os_file_open(&f, path, &e) == 0 && f.size == far + 11);
    CHECK(os_file_read(&f, far, text, 11, &e) == 0 && text[0] == 0 && os_file_read(&f, far + 1, text, 11, &e) == -1);
    os_file_close(&f);
}

/* ---- limits ---- */

#define MOUNT_V2 "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"

static void check_memory(void) {
    CHECK(limits_memory(folder) == UINT64_MAX);
    put("proc/meminfo", "MemTotal:  2000 kB\nMemFree:    100 kB\nBuffers:     10 kB\nCached:     300 kB\n");
    CHECK(limits_memory(folder) == 400 * 1024);
    put("proc/meminfo", "MemTotal:  2000 kB\nMemFree:    100 kB\nMemAvailable:    1000 kB\n");
    CHECK(limits_memory(folder) == 1000 * 1024);

    put("proc/self/cgroup", "0::/user/app\n");
    put("proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n" MOUNT_V2);
    put("sys/fs/cgroup/user/app/memory.max", "max\n");
    put("sys/fs/cgroup/user/app/memory.current", "1000\n");
    CHECK(limits_memory(folder) == 1000 * 1024);
    put("sys/fs/cgroup/user/memory.max", "500000\n"); /* a group above limits too */
    put("sys/fs/cgroup/user/memory.current", "300000\n");
    put("sys/fs/cgroup/user/memory.stat", "anon 5\nfile 250000\ninactive_file 60000\nactive_file 40000\n");
    CHECK(limits_memory(folder) == 500000 - (300000 - 100000));
    put("sys/fs/cgroup/user/app/memory.high", "101000\n");
    CHECK(limits_memory(folder) == 100000);
    put("sys/fs/cgroup/user/app/memory.current", "200000\n");
    CHECK(limits_memory(folder) == 0);

    clear_folder(); /* version 1, in a container that sees its own group as the mount's root; the names hold each other */
    put("proc/meminfo", "MemAvailable:    1000 kB\n");
    put("proc/self/cgroup", "9:memory_not:/x\n4:cpu,memory:/docker/abc\n0::/\n");
    put("proc/self/mountinfo", "35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,cpu,memory\n");
    put("sys/fs/cgroup/memory/memory.limit_in_bytes", "800000\n");
    put("sys/fs/cgroup/memory/memory.usage_in_bytes", "300000\n");
    put("sys/fs/cgroup/memory/memory.stat", "inactive_file 1\ntotal_inactive_file 100000\ntotal_active_file 100\n");
    CHECK(limits_memory(folder) == 800000 - (300000 - 100100));
    CHECK(limits_granted(folder) == 800000 - (300000 - 100100));
    put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    CHECK(limits_memory(folder) == 1000 * 1024);
    CHECK(limits_granted(folder) == UINT64_MAX);
}

static void check_cache(void) {
    CHECK(limits_cache(folder) == 0);
    put("sys/devices/system/cpu/cpu0/cache/index0/size", "32K\n");
    put("sys/devices/system/cpu/cpu0/cache/index2/size", "1024K\n");
    CHECK(limits_cache(folder) == 1 << 20);
    put("sys/devices/system/cpu/cpu0/cache/index3/size", "8M\n");
    put("sys/devices/system/cpu/cpu0/cache/index4/size", "unknown\n");
    CHECK(limits_cache(folder) == 8 << 20);
    put("sys/devices/system/cpu/cpu0/cache/index4/size", "99999999999999999999M\n");
    CHECK(limits_cache(folder) == 8 << 20);
}

static void check_quota(void) {
    CHECK(limits_quota(folder) == UINT64_MAX);
    put("proc/self/cgroup", "0::/a/b\n");
    put("proc/self/mountinfo", MOUNT_V2);
    put("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
    CHECK(limits_quota(folder) == UINT64_MAX);
    put("sys/fs/cgroup/a/cpu.max", "250000 100000\n");
    CHECK(limits_quota(folder) == 3);
    put("sys/fs/cgroup/a/b/cpu.max", "200000 100000\n");
    CHECK(limits_quota(folder) == 2);
    put("sys/fs/cgroup/a/b/cpu.max", "1000 100000\n");
    CHECK(limits_quota(folder) == 1);
    put("sys/fs/cgroup/a/b/cpu.max", "1000 0\n");
    CHECK(limits_quota(folder) == 3);
    put("proc/self/cgroup", "0::/../outside\n"); /* only the mount itself is in sight */
    CHECK(limits_quota(folder) == UINT64_MAX);
    put("sys/fs/cgroup/cpu.max", "400000 100000\n");
    CHECK(limits_quota(folder) == 4);

    clear_folder();
    put("proc/self/cgroup", "2:cpuacct,cpu:/a\n");
    put("proc/self/mountinfo", "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpuacct,cpu\n");
    put("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "-1\n");
    put("sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n");
    CHECK(limits_quota(folder) == UINT64_MAX);
    put("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "150000\n");
    CHECK(limits_quota(folder) == 2);
}

/* Writes one small file for CPUs FIRST to LAST. */
static void put_cpus(int first, int last, const char *file, const char *text) {
    char path[128];
    for (int cpu = first; cpu <= last; cpu++) {
        snprintf(path, sizeof path, "sys/devices/system/cpu/cpu%d/%s", cpu, file);
        put(path, text);
    }
}

static void check_cores(void) {
    unsigned char usable[8] = {1, 1, 1, 1, 1, 1, 1, 1}, none[8] = {0};
    CHECK(limits_cores(folder, usable, 8) == 8); /* nothing is told */
    CHECK(limits_cores(folder, none, 8) == 0);

    put_cpus(0, 0, "topology/core_cpus_list", "0,4\n"); /* four cores, two threads each, half of them told by the old name */
    put_cpus(4, 4, "topology/core_cpus_list", "0,4\n");
    put_cpus(1, 1, "topology/core_cpus_list", "1,5\n");
    put_cpus(5, 5, "topology/core_cpus_list", "1,5\n");
    put_cpus(2, 3, "topology/thread_siblings_list", "2-3\n");
    put_cpus(6, 7, "topology/thread_siblings_list", "6-7\n");
    CHECK(limits_cores(folder, usable, 8) == 4);
    unsigned char siblings[8] = {0, 0, 0, 1, 1, 1, 0, 0}; /* the first of each core is not ours */
    CHECK(limits_cores(folder, siblings, 8) == 3);

    clear_folder();
    put_cpus(0, 3, "cpu_capacity", "530\n"); /* four little, two of one big cluster, two of another */
    put_cpus(4, 5, "cpu_capacity", "1024\n");
    put_cpus(6, 7, "cpu_capacity", "1001\n");
    put_cpus(0, 7, "cpufreq/cpuinfo_max_freq", "2000000\n");
    CHECK(limits_cores(folder, usable, 8) == 4);
    unsigned char little[8] = {1, 1, 1, 0, 0, 0, 0, 0};
    CHECK(limits_cores(folder, little, 8) == 3);

    clear_folder();
    put_cpus(0, 3, "cpufreq/cpuinfo_max_freq", "5200000\n"); /* no capacities: frequencies; turbo differs a little */
    put_cpus(2, 2, "cpufreq/cpuinfo_max_freq", "4900000\n");
    put_cpus(4, 7, "cpufreq/cpuinfo_max_freq", "3900000\n");
    CHECK(limits_cores(folder, usable, 8) == 4);
}

/* ---- pool ---- */

struct tally {
    unsigned long ran[8]; /* rounds, one count a thread: no two threads share one */
    unsigned long round;  /* written between rounds by the caller */
    int wrong;
    atomic_int inside;
};

static void count_round(void *arg, int thread, int n_threads) {
    struct tally *t = arg;
    if (thread < 0 || thread >= n_threads || t->ran[thread] != t->round)
        t->wrong = 1;
    t->ran[thread]++;
    atomic_fetch_add(&t->inside, 1);
}

static void check_pool_size(int n_threads, int rounds, int pause_every) {
    struct pool *p = NULL;
    struct err e = {0};
    struct tally t = {0};
    int missed = 0;
    CHECK(pool_open(&p, n_threads, &e) == 0 && pool_size(p) == n_threads);
    for (int i = 0; i < rounds; i++) {
        t.round = (unsigned long)i;
        atomic_store(&t.inside, 0);
        pool_run(p, count_round, &t);
        missed += atomic_load(&t.inside) != n_threads;
        if (pause_every && i % pause_every == 0)
            usleep(300); /* long enough for the workers to fall asleep */
    }
    pool_close(p);
    for (int i = 0; i < n_threads; i++)
        missed += t.ran[i] != (unsigned long)rounds;
    if (missed || t.wrong)
        printf("  %d threads, %d rounds, a pause every %d\n", n_threads, rounds, pause_every);
    CHECK(missed == 0 && !t.wrong);
}

static void check_pool(void) {
    struct pool *p = NULL;
    struct err e = {0};
    for (int n = 1; n <= 8; n++) {
        check_pool_size(n, n <= 2 ? 10000 : 500, 0);
        check_pool_size(n, 90, 3);
        check_pool_size(n, 0, 0); /* opened and closed at once */
    }
    CHECK(pool_open(&p, 0, &e) == -1 && e.code == ERR_USAGE);
    CHECK(pool_open(&p, 257, &e) == -1 && e.code == ERR_USAGE);
    CHECK(pool_open(&p, -1, &e) == -1 && p == NULL);
    pool_close(NULL);
}

static void check_bandwidth(void) {
    struct err e;
    double one = 0, three = 0;
    CHECK(bandwidth_read(1, &one, &e) == 0 && one > 0);
    CHECK(bandwidth_read(3, &three, &e) == 0 && three > 0);
    CHECK(bandwidth_read(0, &one, &e) == -1 && e.code == ERR_USAGE);
}

int main(int argc, char **argv) {
    (void)argc;
    program = argv[0];
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/check_base.XXXXXX", tmp && strlen(tmp) < 200 ? tmp : "/tmp");
    if (!mkdtemp(folder)) {
        printf("cannot make a folder in %s: %s\n", tmp ? tmp : "/tmp", strerror(errno));
        return 1;
    }
    void (*part[])(void) = {check_err, check_arena, check_os, check_file, check_read, check_watch, check_memory, check_cache,
                            check_quota, check_cores};
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
        part[i]();
        clear_folder();
    }
    rmdir(folder);
    check_pool();
    check_bandwidth();
    printf("check_base: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed != 0;
}
