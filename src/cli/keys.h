/* Key presses from a terminal in raw mode. In: bytes. Out: a byte of text or control, or a name for what came as a sequence. */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

enum {
    KEY_NONE = 256, /* a sequence nobody needs */
    KEY_LEFT, KEY_RIGHT, KEY_UP, KEY_DOWN, KEY_HOME, KEY_END, KEY_DELETE, KEY_WORD_LEFT, KEY_WORD_RIGHT, KEY_PASTE, KEY_PASTE_END
};
#define KEY_CTRL(c) ((c) & 0x1f)
#define KEY_ESC 27
#define KEY_BACKSPACE 127

int keys_byte(int fd, int wait_ms); /* -1: the end, an error, a stop signal, or nothing within WAIT_MS (-1: waits for ever) */
int keys_next(int fd);              /* a key, or -1 */

#endif
