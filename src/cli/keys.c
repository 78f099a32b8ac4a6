/* Decodes the sequences of xterm and its kin. */
#define _GNU_SOURCE
#include "cli/keys.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>
#include "cli/signals.h"

int keys_byte(int fd, int wait_ms) {
    unsigned char c;
    while (!signal_stop) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int ready = poll(&p, 1, wait_ms);
        if (ready == 0) return -1;
        if (ready < 0 && errno != EINTR) return -1;
        if (ready < 0) continue;
        ssize_t n = read(fd, &c, 1);
        if (n == 1) return c;
        if (n == 0 || errno != EINTR) return -1;
    }
    return -1;
}

static int final_key(int c, int modified) {
    switch (c) {
    case 'A': return KEY_UP;
    case 'B': return KEY_DOWN;
    case 'C': return modified ? KEY_WORD_RIGHT : KEY_RIGHT;
    case 'D': return modified ? KEY_WORD_LEFT : KEY_LEFT;
    case 'H': return KEY_HOME;
    case 'F': return KEY_END;
    default: return KEY_NONE;
    }
}

static int numbered_key(int n) {
    switch (n) {
    case 1: case 7: return KEY_HOME;
    case 4: case 8: return KEY_END;
    case 3: return KEY_DELETE;
    case 200: return KEY_PASTE;
    case 201: return KEY_PASTE_END;
    default: return KEY_NONE;
    }
}

/* Behind ESC: "[", numbers, a final character; or "O" and one; or Alt and a letter. */
static int sequence(int fd) {
    enum { WAIT_MS = 100 }; /* a lone Escape key sends no more */
    int c = keys_byte(fd, WAIT_MS), number = 0, n_numbers = 0;
    if (c == 'b') return KEY_WORD_LEFT;
    if (c == 'f') return KEY_WORD_RIGHT;
    if (c != '[' && c != 'O') return KEY_NONE;
    int csi = c == '[', first = 0;
    while ((c = keys_byte(fd, WAIT_MS)) >= 0 && csi && c < 0x40) {
        if (c >= '0' && c <= '9' && number < 1000) number = number * 10 + (c - '0');
        if (c == ';') {
            if (n_numbers++ == 0) first = number;
            number = 0;
        }
    }
    if (c == '~') return numbered_key(n_numbers ? first : number);
    return final_key(c, n_numbers > 0);
}

int keys_next(int fd) {
    int c = keys_byte(fd, -1);
    return c == KEY_ESC ? sequence(fd) : c;
}
