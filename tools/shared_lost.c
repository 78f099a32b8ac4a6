/* A mapped file that is cut short; see shared_lost.h. */
#define _POSIX_C_SOURCE 200809L
#include "shared_lost.h"

#include <stdio.h>
#include <unistd.h>
#include "base/os.h"
#include "base/whole.h"
#include "quern.h"

static char line[128]; /* written beforehand: a signal handler may not format */
static size_t length;

static void model_lost(void) {
    whole_abandon();
    ssize_t w = write(STDERR_FILENO, line, length);
    (void)w;
    _exit(ERR_MODEL);
}

void lost_watch(const char *tool) {
    int n = snprintf(line, sizeof line, "%s: the model file changed while it was being read\n", tool);
    length = (size_t)n < sizeof line ? (size_t)n : sizeof line - 1;
    os_map_watch(model_lost);
}
