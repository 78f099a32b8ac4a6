/* Signals as the command line sees them: a flag that asks to stop. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <signal.h>
#include <stdatomic.h>

extern atomic_int signal_stop; /* 0, or the number of the signal that asks to stop */

/* SIGINT, SIGTERM and SIGHUP raise the flag; where it stands already, they end the process. Those that were ignored stay so. */
void signals_catch(void);

#endif
