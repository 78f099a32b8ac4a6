/* What bench and doctor say of a board, read from the files of made-up boards. The files are the program's own and not the library's, so
 * they come in here. Takes no arguments; returns 0 when all pass. */
#include "cli/board.c"
#include "cli/number.c"

#include <sys/stat.h>

static int n_passed, n_failed;
static char folder[PATH_CAP];

static void check(int ok, int line, const char *what) {
    n_passed += ok != 0;
    n_failed += ok == 0;
    if (!ok) printf("FAILED %s:%d: %s (run check_board)\n", __FILE__, line, what);
}
#define CHECK(x) check(x, __LINE__, #x)

static void new_folder(void) {
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/check_board.XXXXXX", tmp && strlen(tmp) < 512 ? tmp : "/tmp");
    if (!mkdtemp(folder)) perror(folder), exit(1);
}

static void remove_folder(void) {
    char command[PATH_CAP + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command)) perror(folder);
}

/* Writes N bytes to a file of the board; the folders on the way are made. */
static void put_bytes(const char *file, const char *bytes, size_t n) {
    char path[2 * PATH_CAP];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    for (char *p = path + strlen(folder) + 1; (p = strchr(p, '/')) != NULL; *p++ = '/') {
        *p = '\0';
        mkdir(path, 0700);
    }
    FILE *f = fopen(path, "w");
    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f)) perror(path), exit(1);
}

static void put(const char *file, const char *text) {
    put_bytes(file, text, strlen(text));
}

static void check_nothing(void) {
    struct board b;
    struct board_state s;
    char text[BOARD_REASONS];
    board_read(&b, folder);
    CHECK(b.name[0] && !b.cpu[0] && !b.features[0] && b.memory == 0);
    board_look(&s, folder);
    CHECK(isnan(s.mhz) && isnan(s.celsius) && !s.tells && !s.now && !s.ever && !s.events);
    CHECK(board_throttled(&s, &s) == 0 && !strcmp(board_reasons(text, 0), "none"));
}

static void check_pi(void) {
    static const char model[] = "Raspberry Pi 4 Model B Rev 1.4"; /* with its NUL, as the kernel has it */
    struct board b;
    struct board_state s, later;
    char text[BOARD_REASONS];
    put_bytes("sys/firmware/devicetree/base/model", model, sizeof model);
    put("proc/cpuinfo", "processor\t: 0\nFeatures\t: fp asimd evtstrm crc32 cpuid\nCPU implementer\t: 0x41\nCPU part\t: 0xd08\n\n"
                        "processor\t: 1\nFeatures\t: fp asimd evtstrm crc32 cpuid\nCPU implementer\t: 0x41\nCPU part\t: 0xd08\n");
    put("proc/meminfo", "MemTotal:        3884452 kB\nMemFree:         1 kB\n");
    put("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "600000\n");
    put("sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq", "1500000\n");
    put("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "1500000\n");
    put("sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "1500000\n");
    put("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n");
    put("sys/class/thermal/thermal_zone0/temp", "55017\n");
    put("sys/class/thermal/thermal_zone3/type", "battery\n");
    put("sys/class/thermal/thermal_zone3/temp", "90000\n");
    put("sys/devices/platform/soc/soc:firmware/get_throttled", "50000\n");
    board_read(&b, folder);
    CHECK(!strcmp(b.name, model) && !strcmp(b.cpu, "Cortex-A72") && !strcmp(b.features, "asimd"));
    CHECK(b.memory == UINT64_C(3884452) * 1024);
    board_look(&s, folder);
    CHECK(s.mhz == 1500 && s.celsius > 55.01 && s.celsius < 55.02 && s.tells);
    CHECK(s.now == 0 && s.ever == (BOARD_UNDERVOLTAGE | BOARD_THROTTLED));
    CHECK(board_throttled(&s, &s) == 0); /* it was before, not in between */

    put("sys/devices/platform/soc/soc:firmware/get_throttled", "d0008\n"); /* hot now, and for the first time */
    put("sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq", "1000000\n");
    board_look(&later, folder);
    CHECK(board_throttled(&s, &later) == (BOARD_HOT | BOARD_CAPPED));
    CHECK(!strcmp(board_reasons(text, board_throttled(&s, &later)), "frequency capped, too hot"));
    CHECK(!strcmp(board_reasons(text, 15), "under-voltage, frequency capped, throttled, too hot"));
}

static void check_two_kinds(void) {
    struct board b;
    put("proc/cpuinfo", "Features\t: asimd asimddp\nCPU part\t: 0xd05\nFeatures\t: asimd asimddp i8mm\nCPU part\t: 0xd0b\nCPU part\t: 0xabc\n");
    board_read(&b, folder);
    CHECK(!strcmp(b.cpu, "Cortex-A55 + Cortex-A76 + CPU part 0xabc") && !strcmp(b.features, "asimd asimddp i8mm"));
}

static void check_pc(void) {
    struct board b;
    struct board_state s, later;
    put("sys/devices/virtual/dmi/id/product_name", "To Be Filled By O.E.M.\n");
    put("sys/devices/virtual/dmi/id/board_name", "  B450M Pro4 \n");
    put("proc/cpuinfo", "processor\t: 0\nmodel name\t: Some CPU @ 2.0GHz\nflags\t\t: fpu ssse3 avx2 notavx512f\n"
                        "processor\t: 1\nmodel name\t: Another\nflags\t\t: fpu avx512f\n");
    put("sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "3\n");
    put("sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count", "0\n");
    put("sys/class/thermal/thermal_zone0/type", "acpitz\n");
    put("sys/class/thermal/thermal_zone0/temp", "27800\n");
    put("sys/class/thermal/thermal_zone1/temp", "40000\n");
    board_read(&b, folder);
    CHECK(!strcmp(b.name, "B450M Pro4") && !strcmp(b.cpu, "Some CPU @ 2.0GHz") && !strcmp(b.features, "ssse3 avx2"));
    board_look(&s, folder);
    CHECK(isnan(s.mhz) && s.celsius == 40 && s.tells && s.now == 0 && s.ever == BOARD_HOT && s.events == 3);
    put("sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "4\n");
    board_look(&later, folder);
    CHECK(board_throttled(&s, &s) == 0 && board_throttled(&s, &later) == BOARD_HOT);
    put("sys/devices/virtual/dmi/id/product_name", "ThinkPad\n");
    board_read(&b, folder);
    CHECK(!strcmp(b.name, "ThinkPad"));
}

static void check_rubbish(void) {
    static char much[100000];
    struct board b;
    struct board_state s;
    memset(much, 'x', sizeof much - 1);
    put("sys/firmware/devicetree/base/model", much);
    put("proc/cpuinfo", much);
    put("proc/meminfo", "MemTotal: 99999999999999999999 kB\n");
    put("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "<unknown>\n");
    put("sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq", "nan\n");
    put("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "");
    put("sys/class/thermal/thermal_zone0/temp", "-274000000\n");
    put("sys/class/thermal/thermal_zone1/temp", "50000 x\n");
    put("sys/devices/platform/soc/soc:firmware/get_throttled", "error\n");
    board_read(&b, folder);
    CHECK(strlen(b.name) == sizeof b.name - 1 && !b.cpu[0] && b.memory == 0);
    board_look(&s, folder);
    CHECK(isnan(s.mhz) && isnan(s.celsius) && !s.tells && !s.now && !s.ever);
    put("proc/cpuinfo", "model name: a\033[31mb\377\nflags:");
    put("sys/firmware/devicetree/base/model", "a\033[31mb\n");
    board_read(&b, folder);
    CHECK(!strcmp(b.name, "a?[31mb"));
    CHECK(!strncmp(b.cpu, "a", 1) && !b.features[0]);
    put("sys/devices/platform/soc/soc:firmware/get_throttled", "ffffffffffffffffffff\n");
    board_look(&s, folder);
    CHECK(s.now <= 15 && s.ever <= 15);
}

int main(void) {
    static void (*const checks[])(void) = {check_nothing, check_pi, check_two_kinds, check_pc, check_rubbish};
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        new_folder();
        checks[i]();
        remove_folder();
    }
    printf("check_board: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed != 0;
}
