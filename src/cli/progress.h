/* A bar on a terminal's stderr once a step, such as reading the prompt, has taken a second; erased when it is done. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

struct progress {
    int allowed; /* stderr is a terminal that understands "erase the line" */
    int shown;
    const char *what;    /* "prompt"; may be changed once the bar is started */
    double start, drawn; /* seconds */
};
double clock_seconds(void); /* monotonic */
void progress_start(struct progress *p);
void progress_step(void *p, int done, int total); /* as quern_session_watch calls it */
void progress_end(struct progress *p);

#endif
