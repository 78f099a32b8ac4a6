/* UTF-8, one symbol at a time. In: any bytes. Out: code points, and bytes of no character as symbols of their own, so that nothing
 * is ever lost. */
#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H

#include "base/utf8.h"

/* As utf8_scan for those who need a symbol whatever comes: a byte of no character is UNI_RAW + byte. Returns the bytes taken. */
int utf8_next(const unsigned char *s, size_t n, uint32_t *c);
/* The inverse. Returns the bytes written, at most 4. */
int utf8_put(uint32_t c, unsigned char *out);

#endif
