/* The C library's allocator behind functions that count, for check_model.c. Under a sanitizer, which brings its own, and where the C
 * library has no second names for its own (glibc has), UNCOUNTED is defined instead. A static glibc keeps its own: nothing is counted.
 */
#ifndef CHECK_MODEL_ALLOC_H
#define CHECK_MODEL_ALLOC_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNCOUNTED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define UNCOUNTED 1
#endif
#endif
#if !defined(__GLIBC__)
#define UNCOUNTED 1
#endif

#ifndef UNCOUNTED
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);

static atomic_size_t n_allocations;

/* Not weak, they would clash with a static C library's; and compilers, which know what malloc does, would reason about these bodies. */
#define WEAK __attribute__((weak))

WEAK void *malloc(size_t n) {
    atomic_fetch_add(&n_allocations, 1);
    return __libc_malloc(n);
}

WEAK void *calloc(size_t n, size_t size) {
    atomic_fetch_add(&n_allocations, 1);
    return __libc_calloc(n, size);
}

WEAK void *realloc(void *p, size_t n) {
    atomic_fetch_add(&n_allocations, 1);
    return __libc_realloc(p, n);
}

WEAK void *aligned_alloc(size_t align, size_t n) {
    atomic_fetch_add(&n_allocations, 1);
    return __libc_memalign(align, n);
}

WEAK int posix_memalign(void **p, size_t align, size_t n) {
    *p = aligned_alloc(align, n);
    return *p ? 0 : 12;
}
#endif

#endif
