/* How fast memory is read. In: a number of threads. Out: bytes a second. Knows nothing of what is read for. */
#ifndef BASE_BANDWIDTH_H
#define BASE_BANDWIDTH_H

#include "base/err.h"

/* The best of a fixed number of passes over a buffer that the caches do not hold, N_THREADS reading a part each. Takes some 0.1 seconds.
 * ERR_MEMORY where there is no room for such a buffer. */
int bandwidth_read(int n_threads, double *bytes_per_second, struct err *e);

#endif
