/* Finds the bundled model by the program's own path: PREFIX/bin/quern has it in PREFIX/share/quern, build/quern in models beside build. */
#define _GNU_SOURCE
#include "cli/bundled.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/report.h"

/* Cuts the last name off an absolute path; the parent of "/" is "/", which is "" here as more follows. */
static void to_parent(char *path) {
    char *slash = strrchr(path, '/');
    if (slash) *slash = '\0';
}

char *bundled_model(struct err *e) {
    static const char *const places[] = {"models", "share/quern"};
    char root[PATH_MAX], path[PATH_MAX + 64];
    ssize_t n = readlink("/proc/self/exe", root, sizeof root);
    if (n <= 0 || n == (ssize_t)sizeof root) {
        fail(e, ERR_USAGE, "no model: give -m FILE.gguf, or set QUERN_MODEL to one; finding the bundled one needs /proc");
        return NULL;
    }
    root[n] = '\0';
    to_parent(root);
    to_parent(root);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(path, sizeof path, "%s/%s/quern-demo-q8_0.gguf", root, places[i]);
        if (access(path, F_OK)) continue;
        char *found = strdup(path);
        if (!found) fail(e, ERR_MEMORY, "out of memory");
        return found;
    }
    fail(e, ERR_USAGE, "no model: give -m FILE.gguf, or set QUERN_MODEL to one; no bundled one lies beside this program");
    return NULL;
}
