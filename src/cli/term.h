/* What the environment says about the terminal, and how wide characters are on it. */
#ifndef CLI_TERM_H
#define CLI_TERM_H

#include <stddef.h>
#include <stdint.h>

int term_is_dumb(void);                         /* TERM is unset or "dumb": no escape sequences */
int term_color(int wish);                       /* 1, 0, or -1: unless NO_COLOR is set; never on a dumb terminal */
void term_size(int fd, int *rows, int *cols);

/* Decodes the character at S; returns its bytes (1 for a byte that begins none: *c is then U+FFFD). */
size_t term_decode(const char *s, size_t n, uint32_t *c);
int term_width(uint32_t c);                     /* columns: 0 for combining marks, 2 for wide characters and emoji */

#endif
