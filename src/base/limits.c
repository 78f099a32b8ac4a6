/* What the kernel says this process may use. In: text files of /proc, /sys and cgroups (v1, v2, or both at once).
 * Out: numbers. Files that are missing or odd mean "no limit". Must not know about threads or models. */
#define _POSIX_C_SOURCE 200809L
#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_CAP 2048
#define NO_LIMIT UINT64_MAX

static uint64_t smaller(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* ---- small text files */

/* The first line of DIR/FILE, without its end. 0, or -1 where there is none. */
static int read_line(const char *dir, const char *file, char *line, int cap) {
    char path[PATH_CAP];
    if (snprintf(path, sizeof path, "%s/%s", dir, file) >= (int)sizeof path)
        return -1;
    FILE *f = fopen(path, "re");
    if (!f)
        return -1;
    int ok = fgets(line, cap, f) != NULL;
    fclose(f);
    if (ok)
        line[strcspn(line, "\n")] = 0;
    return ok ? 0 : -1;
}

/* The number in DIR/FILE; NO_LIMIT for "max", -1 and whatever else is no plain number. */
static uint64_t read_number(const char *dir, const char *file) {
    char line[64];
    if (read_line(dir, file, line, sizeof line) || line[0] < '0' || line[0] > '9')
        return NO_LIMIT;
    return strtoull(line, NULL, 10);
}

/* The number after NAME at the start of a line of DIR/FILE; 0 where there is none. */
static uint64_t read_field(const char *dir, const char *file, const char *name) {
    char path[PATH_CAP], line[256];
    uint64_t value = 0;
    if (snprintf(path, sizeof path, "%s/%s", dir, file) >= (int)sizeof path)
        return 0;
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    size_t n = strlen(name);
    while (fgets(line, sizeof line, f))
        if (strncmp(line, name, n) == 0 && line[n] == ' ') {
            value = strtoull(line + n, NULL, 10);
            break;
        }
    fclose(f);
    return value;
}

/* ---- the process's place in a cgroup hierarchy */

struct cgroup {
    char dir[PATH_CAP]; /* the process's own group */
    size_t top;         /* length of the part of dir that is the mount point: the walk up ends there */
};

static int list_has(const char *list, const char *item) {
    size_t n = strlen(item);
    for (const char *p = list; *p; p += *p == ',') {
        size_t len = strcspn(p, ",\n");
        if (len == n && memcmp(p, item, n) == 0)
            return 1;
        p += len;
        if (*p == '\n')
            break;
    }
    return 0;
}

/* The path in a line "id:controllers:path" of /proc/self/cgroup, if the line is CONTROLLER's (NULL: version 2's, whose list is empty). */
static char *membership(char *line, const char *controller) {
    char *list = strchr(line, ':'), *path = list ? strchr(list + 1, ':') : NULL;
    if (!path)
        return NULL;
    *path++ = 0;
    if (controller ? !list_has(list + 1, controller) : list[1] != 0)
        return NULL;
    path[strcspn(path, "\n")] = 0;
    return path;
}

/* A line of /proc/self/mountinfo that mounts CONTROLLER's hierarchy: its root inside the hierarchy and where it is mounted. */
static int mount_of(char *line, const char *controller, char **top, char **point) {
    char *tail = strstr(line, " - "), *save = NULL, *field[5];
    if (!tail)
        return 0;
    tail[0] = 0;
    for (int i = 0; i < 5; i++)
        if (!(field[i] = strtok_r(i ? NULL : line, " ", &save)))
            return 0;
    char *type = strtok_r(tail + 3, " ", &save), *source = strtok_r(NULL, " ", &save), *options = strtok_r(NULL, " ", &save);
    if (!type || !source || !options)
        return 0;
    if (controller ? strcmp(type, "cgroup") != 0 || !list_has(options, controller) : strcmp(type, "cgroup2") != 0)
        return 0;
    *top = field[3];
    *point = field[4];
    return 1;
}

/* PATH as seen below a mount of TOP; "" where the mount does not show it (a container that sees its own group as the root). */
static const char *below(const char *path, const char *top) {
    size_t n = strcmp(top, "/") == 0 ? 0 : strlen(top);
    if (strncmp(path, top, n) != 0 || (path[n] != '/' && path[n] != 0) || strstr(path, "/.."))
        return "";
    return strcmp(path + n, "/") == 0 ? "" : path + n;
}

/* Finds the process's group in the hierarchy of CONTROLLER (NULL: version 2). 0, or -1: there is none. */
static int cgroup_find(struct cgroup *g, const char *root, const char *controller) {
    char name[PATH_CAP], path[PATH_CAP] = "", *line = NULL;
    size_t cap = 0;
    int found = -1;

    snprintf(name, sizeof name, "%s/proc/self/cgroup", root);
    FILE *f = fopen(name, "re");
    while (f && !path[0] && getline(&line, &cap, f) > 0) {
        char *p = membership(line, controller);
        if (p)
            snprintf(path, sizeof path, "%s", p);
    }
    if (f)
        fclose(f);

    snprintf(name, sizeof name, "%s/proc/self/mountinfo", root);
    f = path[0] ? fopen(name, "re") : NULL;
    while (f && found != 0 && getline(&line, &cap, f) > 0) {
        char *top, *point;
        if (!mount_of(line, controller, &top, &point))
            continue;
        int n = snprintf(g->dir, sizeof g->dir, "%s%s%s", root, point, below(path, top));
        g->top = strlen(root) + strlen(point);
        found = n < (int)sizeof g->dir ? 0 : -1;
    }
    if (f)
        fclose(f);
    free(line);
    return found;
}

/* The smallest of what LIMIT says about the process's group and every group above it. */
static uint64_t cgroup_walk(const char *root, const char *controller, uint64_t (*limit)(const char *dir)) {
    struct cgroup g;
    uint64_t least = NO_LIMIT;
    if (cgroup_find(&g, root, controller))
        return NO_LIMIT;
    for (;;) {
        least = smaller(least, limit(g.dir));
        char *slash = strrchr(g.dir, '/');
        if (!slash || (size_t)(slash - g.dir) < g.top)
            return least;
        *slash = 0;
    }
}

/* ---- memory */

/* What is left of LIMIT. Cached file pages count as free: the kernel drops them before it fails anyone. */
static uint64_t memory_left(uint64_t limit, uint64_t used, uint64_t cache) {
    if (limit == NO_LIMIT || used == NO_LIMIT)
        return limit;
    used = used > cache ? used - cache : 0;
    return limit > used ? limit - used : 0;
}

static uint64_t memory_v2(const char *dir) {
    uint64_t limit = smaller(read_number(dir, "memory.max"), read_number(dir, "memory.high"));
    uint64_t cache = read_field(dir, "memory.stat", "inactive_file") + read_field(dir, "memory.stat", "active_file");
    return memory_left(limit, read_number(dir, "memory.current"), cache);
}

/* Version 1 writes "no limit" as a number just below 2^63. */
static uint64_t memory_v1(const char *dir) {
    uint64_t cache = read_field(dir, "memory.stat", "total_inactive_file") + read_field(dir, "memory.stat", "total_active_file");
    uint64_t limit = read_number(dir, "memory.limit_in_bytes");
    return memory_left(limit >> 60 ? NO_LIMIT : limit, read_number(dir, "memory.usage_in_bytes"), cache);
}

uint64_t limits_granted(const char *root) {
    return smaller(cgroup_walk(root, NULL, memory_v2), cgroup_walk(root, "memory", memory_v1));
}

uint64_t limits_memory(const char *root) {
    char proc[PATH_CAP];
    snprintf(proc, sizeof proc, "%s/proc", root);
    uint64_t kib = read_field(proc, "meminfo", "MemAvailable:");
    if (kib == 0) /* kernels before 3.14 */
        kib = read_field(proc, "meminfo", "MemFree:") + read_field(proc, "meminfo", "Cached:");
    uint64_t bytes = kib == 0 ? NO_LIMIT : kib * 1024;
    return smaller(bytes, limits_granted(root));
}

/* ---- CPUs */

static uint64_t cpus_for(uint64_t quota, uint64_t period) {
    if (quota == NO_LIMIT || period == NO_LIMIT || period == 0)
        return NO_LIMIT;
    uint64_t n = quota / period + (quota % period != 0);
    return n > 0 ? n : 1;
}

static uint64_t quota_v2(const char *dir) {
    char line[64], *end;
    if (read_line(dir, "cpu.max", line, sizeof line) || line[0] < '0' || line[0] > '9')
        return NO_LIMIT;
    uint64_t quota = strtoull(line, &end, 10);
    return cpus_for(quota, strtoull(end, NULL, 10));
}

static uint64_t quota_v1(const char *dir) {
    return cpus_for(read_number(dir, "cpu.cfs_quota_us"), read_number(dir, "cpu.cfs_period_us"));
}

uint64_t limits_quota(const char *root) {
    return smaller(cgroup_walk(root, NULL, quota_v2), cgroup_walk(root, "cpu", quota_v1));
}

/* Whether CPU is the first usable one in its core's list of siblings, such as "0,4" or "2-3". */
static int leads_core(const char *dir, const unsigned char *usable, int cpu) {
    char line[256], *p = line;
    if (read_line(dir, "topology/core_cpus_list", line, sizeof line) && /* its name before Linux 5.4: */
        read_line(dir, "topology/thread_siblings_list", line, sizeof line))
        return 1;
    while (*p) {
        char *end;
        long first = strtol(p, &end, 10), last = first;
        if (end == p)
            break;
        if (*end == '-')
            last = strtol(end + 1, &end, 10);
        for (long i = first < 0 ? 0 : first; i <= last && i < cpu; i++)
            if (usable[i])
                return 0;
        p = end + (*end == ',');
    }
    return 1;
}

static void cpu_dir(char *dir, const char *root, int cpu) {
    snprintf(dir, PATH_CAP, "%s/sys/devices/system/cpu/cpu%d", root, cpu);
}

uint64_t limits_cache(const char *root) {
    char dir[PATH_CAP], line[64], *unit;
    uint64_t most = 0;
    for (int i = 0; i < 8; i++) {
        snprintf(dir, sizeof dir, "%s/sys/devices/system/cpu/cpu0/cache/index%d", root, i);
        if (read_line(dir, "size", line, sizeof line) || line[0] < '0' || line[0] > '9')
            continue;
        uint64_t size = strtoull(line, &unit, 10);
        int shift = *unit == 'K' ? 10 : *unit == 'M' ? 20 : 0;
        if (size <= NO_LIMIT >> shift && size << shift > most)
            most = size << shift;
    }
    return most;
}

/* How fast a CPU is, in a unit that all CPUs of a machine share; 0: not told. */
static uint64_t cpu_speed(const char *dir, const char *file) {
    uint64_t v = read_number(dir, file);
    return v == NO_LIMIT ? 0 : v;
}

int limits_cores(const char *root, const unsigned char *usable, int n_cpus) {
    static const char *const measure[] = {"cpu_capacity", "cpufreq/cpuinfo_max_freq"};
    char dir[PATH_CAP];
    uint64_t best = 0;
    int which = -1, n = 0;
    while (best == 0 && ++which < 2)
        for (int cpu = 0; cpu < n_cpus; cpu++)
            if (usable[cpu]) {
                cpu_dir(dir, root, cpu);
                uint64_t v = cpu_speed(dir, measure[which]);
                best = v > best ? v : best;
            }
    for (int cpu = 0; cpu < n_cpus; cpu++) {
        if (!usable[cpu])
            continue;
        cpu_dir(dir, root, cpu);
        /* Cores of one kind differ by a few percent in their turbo; little clusters reach three quarters of the big ones at most. */
        if (best != 0 && cpu_speed(dir, measure[which]) * 5 < best * 4)
            continue;
        n += leads_core(dir, usable, cpu);
    }
    return n;
}
