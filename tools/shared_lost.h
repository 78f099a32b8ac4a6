/* What a tool says when another program cuts a file short that it has mapped. */
#ifndef TOOLS_SHARED_LOST_H
#define TOOLS_SHARED_LOST_H

/* From here on: one line on stderr with the tool's name, no unfinished file, exit code ERR_MODEL. Behind whole_signals, which ends the
 * program without a word. */
void lost_watch(const char *tool);

#endif
