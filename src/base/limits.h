/* CPU and memory limits, read from /proc and /sys under ROOT: "" is this machine, tests build others in a folder. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stdint.h>

/* Bytes this process can still take: the kernel's estimate and every cgroup above the process. UINT64_MAX: unknown. */
uint64_t limits_memory(const char *root);
uint64_t limits_granted(const char *root); /* the cgroups' part of it alone. UINT64_MAX: no limit */

/* CPUs' worth of time the cgroups grant, rounded up, at least 1. UINT64_MAX: no quota. */
uint64_t limits_quota(const char *root);

/* Physical cores among the CPUs whose usable[cpu] is 1, slow clusters left out. 0: none is usable. */
int limits_cores(const char *root, const unsigned char *usable, int n_cpus);

/* Bytes of the largest cache that the first CPU reads through. 0: not told. */
uint64_t limits_cache(const char *root);

#endif
