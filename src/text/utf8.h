/* UTF-8, one symbol at a time. In: any bytes. Out: code points, and bytes of no character as symbols of their own, so that nothing
 * is ever lost. */
#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The character at S, N > 0 bytes. Returns its bytes, 1 to 4, and *c; 0: the bytes end inside a character; -k: the first k bytes
 * begin a character that can not go on, or k = 1 and they begin none. A decoder puts one U+FFFD for the k bytes, as WHATWG says. */
int utf8_scan(const unsigned char *s, size_t n, uint32_t *c);

/* As utf8_scan for those who need a symbol whatever comes: a byte of no character is UNI_RAW + byte. Returns the bytes taken. */
int utf8_next(const unsigned char *s, size_t n, uint32_t *c);
/* The inverse. Returns the bytes written, at most 4. */
int utf8_put(uint32_t c, unsigned char *out);

#endif
