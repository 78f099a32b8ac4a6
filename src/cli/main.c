/* quern: the command line. Sees to signals and to the three standard descriptors, then hands over to a command. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "cli/cli.h"
#include "cli/gen.h"
#include "cli/report.h"
#include "cli/signals.h"

/* What model_lost says, written beforehand: a signal handler may not format. */
static char changed[4200];
static size_t changed_n;

static void model_lost(void) {
    ssize_t w = write(STDERR_FILENO, changed, changed_n);
    (void)w;
    _exit(ERR_MODEL);
}

void cli_watch_model(const char *path) {
    static const char head[] = "quern: ", tail[] = ": the file changed while it was being read\n";
    size_t n = strlen(path), most = sizeof changed - sizeof head - sizeof tail;
    if (n > most) n = most;
    memcpy(changed, head, sizeof head - 1);
    for (size_t i = 0; i < n; i++) changed[sizeof head - 1 + i] = (unsigned char)path[i] < 0x20 || path[i] == 0x7f ? '?' : path[i];
    memcpy(changed + sizeof head - 1 + n, tail, sizeof tail - 1);
    changed_n = sizeof head - 1 + n + sizeof tail - 1;
    quern_model_watch(model_lost);
}

/* A file opened while a standard descriptor is closed would become it: answers would go into the model. What stands in fails as a
 * closed one does (stdout can be read only) or is empty (stdin). */
static int open_standard(void) {
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 2 ? O_WRONLY : O_RDONLY) != fd) return -1;
    return 0;
}

static int execute(struct opts *o) {
    if (o->help || o->version) return cmd_help(o);
    if (o->model) cli_watch_model(o->model);
    if (!o->has_seed) o->seed = gen_random_seed();
    switch (o->cmd) {
    case CMD_CHAT: return cmd_chat(o);
    case CMD_INFO: return cmd_info(o);
    case CMD_TOKENIZE: return cmd_tokenize(o);
    case CMD_BENCH: return cmd_bench(o);
    case CMD_DOCTOR: return cmd_doctor(o);
    case CMD_SCHEMA: return cmd_schema(o);
    default: return o->conversation && isatty(STDIN_FILENO) ? cmd_chat(o) : o->jsonl ? cmd_lines(o) : cmd_run(o);
    }
}

int main(int argc, char **argv) {
    struct opts o;
    struct err e;
    if (open_standard()) return ERR_RUNTIME;
    signals_catch();
    int code = opts_parse(&o, argc, argv, &e) ? report_err(&e) : execute(&o);
    opts_free(&o);
    return code;
}
