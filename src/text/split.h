/* Qwen2's splitter: the pieces of a text that merges never cross. In: any bytes. Out: lengths. Knows no tokens. */
#ifndef TEXT_SPLIT_H
#define TEXT_SPLIT_H

#include <stddef.h>

size_t split_next(const char *text, size_t n); /* bytes of the first piece of TEXT, N > 0 */

#endif
