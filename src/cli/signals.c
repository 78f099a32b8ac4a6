/* The stop flag and its handler. */
#define _GNU_SOURCE
#include "cli/signals.h"

#include <errno.h>
#include <stddef.h>

atomic_int signal_stop;

static void on_stop(int sig) {
    int before = errno;
    if (signal_stop) {
        /* Asked twice: whatever keeps us from looking at the flag ends now. The signal is delivered once this handler returns. */
        signal(sig, SIG_DFL);
        raise(sig);
    }
    signal_stop = sig;
    errno = before;
}

void signals_catch(void) {
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is an error of write, as a full disk is */
    static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        struct sigaction old, now = {.sa_handler = on_stop}; /* no SA_RESTART: a blocked read must come back */
        sigemptyset(&now.sa_mask);
        if (sigaction(stops[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) sigaction(stops[i], &now, NULL);
    }
}
