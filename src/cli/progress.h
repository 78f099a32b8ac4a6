/* A bar on a terminal's stderr once reading the prompt has taken a second; erased when it is done. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

struct progress {
    int allowed; /* stderr is a terminal that understands "erase the line" */
    int shown;
    double start; /* seconds */
};
double clock_seconds(void); /* monotonic */
void progress_start(struct progress *p);
void progress_step(void *p, int done, int total); /* as quern_session_watch calls it */
void progress_end(struct progress *p);

#endif
