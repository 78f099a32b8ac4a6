/* Small files of /sys and /proc, each optional. */
#define _GNU_SOURCE
#include "cli/board.h"

#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "cli/number.h"
#include "cli/report.h"

enum { MAX_CPUS = 1024, MAX_ZONES = 64, PATH_CAP = 1024 };

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* The first line of a file under ROOT, without blanks at its ends and with '?' for what is not printable. 0; -1: there is none. */
REPORT_FORMAT(4, 5)
static int read_line(char *out, size_t cap, const char *root, const char *fmt, ...) {
    char path[PATH_CAP];
    va_list a;
    int n = snprintf(path, sizeof path, "%s", root);
    out[0] = '\0';
    if (n < 0 || (size_t)n >= sizeof path) return -1;
    va_start(a, fmt);
    int m = vsnprintf(path + n, sizeof path - (size_t)n, fmt, a);
    va_end(a);
    if (m < 0 || (size_t)m >= sizeof path - (size_t)n) return -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return -1;
    ssize_t got = read(fd, out, cap - 1);
    close(fd);
    out[got > 0 ? got : 0] = '\0';
    out[strcspn(out, "\n")] = '\0';
    size_t from = strspn(out, " \t"), end = strlen(out);
    while (end > from && strchr(" \t\r", out[end - 1])) end--;
    memmove(out, out + from, end - from);
    out[end - from] = '\0';
    for (char *p = out; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f) *p = '?';
    return *out ? 0 : -1;
}

/* The file's number, or NaN where it holds none between LO and HI. */
REPORT_FORMAT(4, 5)
static double read_number(const char *root, double lo, double hi, const char *fmt, ...) {
    char path[PATH_CAP], line[32];
    double v;
    va_list a;
    va_start(a, fmt);
    vsnprintf(path, sizeof path, fmt, a);
    va_end(a);
    return read_line(line, sizeof line, root, "%s", path) || number_real(line, lo, hi, &v) ? (double)NAN : v;
}

/* Hands the lines "KEY : VALUE" of a file to EACH, until it returns 1. */
static void each_pair(const char *root, const char *file, int (*each)(struct board *b, const char *key, const char *value), struct board *b) {
    char path[PATH_CAP], *line = NULL;
    size_t cap = 0;
    snprintf(path, sizeof path, "%s%s", root, file);
    FILE *f = fopen(path, "re");
    while (f && getline(&line, &cap, f) > 0) {
        char *colon = strchr(line, ':');
        if (!colon) continue;
        char *end = colon;
        while (end > line && strchr(" \t", end[-1])) end--;
        *end = '\0';
        colon += 1 + strspn(colon + 1, " \t");
        colon[strcspn(colon, "\n")] = '\0';
        if (each(b, line, colon)) break;
    }
    free(line);
    if (f) fclose(f);
}

/* ---- the board -------------------------------------------------------------------------------------------------- */

/* Whether LIST, words with SEPARATOR between them, has WORD. */
static int has_word(const char *list, const char *word, size_t n, const char *separator) {
    size_t step = strlen(separator);
    for (const char *p = list; *p;) {
        const char *end = strstr(p, separator);
        size_t len = end ? (size_t)(end - p) : strlen(p);
        if (len == n && !memcmp(p, word, n)) return 1;
        p += len + (end ? step : 0);
    }
    return 0;
}

static void add_word(char *list, size_t cap, const char *word, size_t n, const char *separator) {
    size_t used = strlen(list);
    if (n == 0 || has_word(list, word, n, separator) || used + strlen(separator) + n >= cap) return;
    snprintf(list + used, cap - used, "%s%.*s", used ? separator : "", (int)n, word);
}

static void add_arm_part(struct board *b, const char *value) {
    static const struct {
        unsigned part;
        const char *name;
    } cores[] = {{0xc05, "Cortex-A5"}, {0xc07, "Cortex-A7"}, {0xc08, "Cortex-A8"}, {0xc09, "Cortex-A9"}, {0xc0d, "Cortex-A17"},
                 {0xc0e, "Cortex-A17"}, {0xc0f, "Cortex-A15"}, {0xd03, "Cortex-A53"}, {0xd04, "Cortex-A35"}, {0xd05, "Cortex-A55"},
                 {0xd07, "Cortex-A57"}, {0xd08, "Cortex-A72"}, {0xd09, "Cortex-A73"}, {0xd0a, "Cortex-A75"}, {0xd0b, "Cortex-A76"},
                 {0xd0c, "Neoverse-N1"}, {0xd40, "Neoverse-V1"}, {0xd41, "Cortex-A78"}, {0xd49, "Neoverse-N2"}, {0xd4f, "Neoverse-V2"}};
    unsigned long part = strtoul(value, NULL, 16);
    char other[32];
    snprintf(other, sizeof other, "CPU part 0x%lx", part & 0xffff);
    const char *name = other;
    for (size_t i = 0; i < sizeof cores / sizeof *cores; i++)
        if (cores[i].part == part) name = cores[i].name;
    add_word(b->cpu, sizeof b->cpu, name, strlen(name), " + ");
}

/* A line of /proc/cpuinfo. An ARM tells each core's part, as they may differ; an x86 the name of all. */
static int take_cpu(struct board *b, const char *key, const char *value) {
    static const char wanted[] = "ssse3 avx f16c avx2 fma avx_vnni avx512f avx512bw avx512vl avx512dq avx512_vnni amx_int8 "
                                 "neon vfpv4 asimd asimdhp asimddp i8mm bf16 sve sve2";
    if (!strcmp(key, "model name") && !b->cpu[0]) add_word(b->cpu, sizeof b->cpu, value, strcspn(value, "\n"), " + ");
    if (!strcmp(key, "CPU part")) add_arm_part(b, value);
    if (strcmp(key, "flags") && strcmp(key, "Features")) return 0;
    for (const char *p = value; *p;) {
        size_t n = strcspn(p, " ");
        if (has_word(wanted, p, n, " ")) add_word(b->features, sizeof b->features, p, n, " ");
        p += n + strspn(p + n, " ");
    }
    return !strcmp(key, "flags");
}

static int take_memory(struct board *b, const char *key, const char *value) {
    if (strcmp(key, "MemTotal")) return 0;
    b->memory = strtoull(value, NULL, 10);
    b->memory = b->memory < UINT64_MAX / 1024 ? b->memory * 1024 : 0;
    return 1;
}

/* What the firmware of a PC says where its maker had nothing to say. */
static int is_filler(const char *s) {
    static const char *const fillers[] = {"To Be Filled By O.E.M.", "To be filled by O.E.M.", "System Product Name", "Default string", "None"};
    for (size_t i = 0; i < sizeof fillers / sizeof *fillers; i++)
        if (!strcmp(s, fillers[i])) return 1;
    return 0;
}

static void read_name(struct board *b, const char *root) {
    struct utsname u;
    if (!read_line(b->name, sizeof b->name, root, "/sys/firmware/devicetree/base/model")) return;
    if (!read_line(b->name, sizeof b->name, root, "/sys/devices/virtual/dmi/id/product_name") && !is_filler(b->name)) return;
    if (!read_line(b->name, sizeof b->name, root, "/sys/devices/virtual/dmi/id/board_name") && !is_filler(b->name)) return;
    if (uname(&u)) snprintf(b->name, sizeof b->name, "unknown");
    else snprintf(b->name, sizeof b->name, "%.60s %.60s", u.sysname, u.machine);
}

void board_read(struct board *b, const char *root) {
    *b = (struct board){.memory = 0};
    read_name(b, root);
    each_pair(root, "/proc/cpuinfo", take_cpu, b);
    each_pair(root, "/proc/meminfo", take_memory, b);
}

/* ---- its state -------------------------------------------------------------------------------------------------- */

#define CPU_DIR "/sys/devices/system/cpu/cpu%d"

static void look_at_cpu(struct board_state *s, const char *root, int cpu) {
    double mhz = read_number(root, 1, 1e8, CPU_DIR "/cpufreq/scaling_cur_freq", cpu) / 1000;
    double now = read_number(root, 1, 1e8, CPU_DIR "/cpufreq/scaling_max_freq", cpu);
    double most = read_number(root, 1, 1e8, CPU_DIR "/cpufreq/cpuinfo_max_freq", cpu);
    double core = read_number(root, 0, 1e15, CPU_DIR "/thermal_throttle/core_throttle_count", cpu);
    double package = read_number(root, 0, 1e15, CPU_DIR "/thermal_throttle/package_throttle_count", cpu);
    s->mhz = fmax(s->mhz, mhz); /* of a number and a NaN, the number */
    if (now < most) s->now |= BOARD_CAPPED;
    if (!isnan(core)) s->events += (uint64_t)core;
    if (!isnan(package)) s->events += (uint64_t)package;
    s->tells |= !isnan(now + most) || !isnan(core) || !isnan(package);
}

/* Zones whose type names the CPU count before all others. */
static void look_at_zones(struct board_state *s, const char *root) {
    double any = NAN;
    char type[64];
    for (int i = 0; i < MAX_ZONES; i++) {
        double t = read_number(root, -100e3, 200e3, "/sys/class/thermal/thermal_zone%d/temp", i) / 1000;
        if (isnan(t)) continue;
        any = fmax(any, t);
        read_line(type, sizeof type, root, "/sys/class/thermal/thermal_zone%d/type", i);
        if (strcasestr(type, "cpu") || strcasestr(type, "soc") || strcasestr(type, "pkg")) s->celsius = fmax(s->celsius, t);
    }
    if (isnan(s->celsius)) s->celsius = any;
}

void board_look(struct board_state *s, const char *root) {
    char line[64], dir[PATH_CAP], *end;
    *s = (struct board_state){.mhz = NAN, .celsius = NAN};
    for (int cpu = 0; cpu < MAX_CPUS; cpu++) {
        snprintf(dir, sizeof dir, "%s" CPU_DIR, root, cpu);
        if (access(dir, F_OK)) break;
        look_at_cpu(s, root, cpu);
    }
    if (s->events) s->ever |= BOARD_HOT;
    look_at_zones(s, root);
    if (read_line(line, sizeof line, root, "/sys/devices/platform/soc/soc:firmware/get_throttled")) return;
    unsigned long bits = strtoul(line, &end, 16); /* as `vcgencmd get_throttled` documents them: now, and from bit 16 on since the start */
    if (*end || end == line) return;
    s->tells = 1;
    s->now |= bits & 15;
    s->ever |= bits >> 16 & 15;
}

unsigned board_throttled(const struct board_state *before, const struct board_state *after) {
    return before->now | after->now | (after->ever & ~before->ever) | (after->events > before->events ? BOARD_HOT : 0u);
}

const char *board_reasons(char out[BOARD_REASONS], unsigned bits) {
    static const char *const reasons[] = {"under-voltage", "frequency capped", "throttled", "too hot"};
    out[0] = '\0';
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (bits >> i & 1) add_word(out, BOARD_REASONS, reasons[i], strlen(reasons[i]), ", ");
    return bits ? out : strcpy(out, "none");
}
