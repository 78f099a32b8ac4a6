/* What the operating system gives: a mapped file, a file's bytes, memory limits, cores, a clock. Knows nothing of models. */
#ifndef BASE_OS_H
#define BASE_OS_H

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

struct os_map {
    const uint8_t *base;
    size_t size; /* bytes */
};
/* Maps a regular file read-only. "PATH: reason": ERR_MODEL where it cannot be opened, is empty, a directory or a pipe; ERR_MEMORY where
 * it is larger than the address space. */
int os_map_open(struct os_map *m, const char *path, struct err *e);
void os_map_close(struct os_map *m);
/* From here on, reading a page that another program has cut off a mapped file calls LOST, on the thread that reads. LOST does what a
 * signal handler may do, and ends the process: there is nothing to go back to. */
void os_map_watch(void (*lost)(void));

/* The whole of a file or a pipe, *n bytes and a 0 behind them; to be freed. NULL: "PATH: reason", ERR_RUNTIME or ERR_MEMORY. */
char *os_read(const char *path, size_t *n, struct err *e);

/* A regular file to be read at any place, and no part of it in memory. One that is cut short meanwhile is an error, not a signal. */
struct os_file {
    const char *path; /* the caller's */
    int fd;
    uint64_t size;    /* bytes, when it was opened */
};
int os_file_open(struct os_file *f, const char *path, struct err *e); /* refuses what os_map_open refuses */
void os_file_close(struct os_file *f);
/* N bytes from OFFSET on, all of them. ERR_MODEL where the file ends before, ERR_RUNTIME where reading fails. */
int os_file_read(const struct os_file *f, uint64_t offset, void *out, size_t n, struct err *e);

/* Reserved, zeroed address space whose pages exist once touched. */
void *os_reserve(size_t bytes); /* NULL: none */
void os_release(void *p, size_t bytes);
void os_big_pages(void *p, size_t bytes); /* all of it will be read over and over: big pages would help */

uint64_t os_memory_available(void); /* bytes this process can still take, cgroup limits included; UINT64_MAX: unknown */
uint64_t os_memory_granted(void);   /* what the cgroup limits alone leave; UINT64_MAX: there are none */
int os_cores(void);                 /* physical, fast cores this process may use (affinity, SMT, big.LITTLE, cgroup quota); >= 1 */
int os_cpus(void);                  /* the same with SMT siblings and slow cores: threads that can run at once; >= 1 */
double os_seconds(void);            /* monotonic */

#endif
