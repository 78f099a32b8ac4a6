/* The model that comes with quern. In: where the program lies. Out: the path of the model's file. Does not open it. */
#ifndef CLI_BUNDLED_H
#define CLI_BUNDLED_H

#include "quern.h"

/* The caller frees it. NULL: there is none, and *e says what to do instead. */
char *bundled_model(struct err *e);

#endif
