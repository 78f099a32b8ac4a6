/* The editor: keys change the text, then all of it is drawn again. Wraps long lines itself, so it always knows where the cursor is. */
#define _GNU_SOURCE
#include "cli/line.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cli/keys.h"
#include "cli/signals.h"
#include "cli/term.h"

/* ---- drawing ----------------------------------------------------------------------------------------------------- */

enum { INDENT = 4 }; /* columns of a prompt */

struct place {
    int row, col;
};

static int shown_width(uint32_t c) {
    return c < 0x20 || c == 0x7f ? 1 : term_width(c);
}

/* Where character C goes whose predecessor left the cursor at AT (*here), and where it leaves the cursor. */
static struct place advance(struct place at, uint32_t c, int cols, struct place *here) {
    int width = c == '\n' ? 0 : shown_width(c);
    if (at.col + width > cols) at = (struct place){at.row + 1, 0};
    *here = at;
    return c == '\n' ? (struct place){at.row + 1, INDENT} : (struct place){at.row, at.col + width};
}

static void frame(struct bytes *b, const char *s) {
    struct err e;
    (void)bytes_add_str(b, s, &e); /* without memory a frame is incomplete, and the next one is drawn anew */
}

static void move(struct bytes *b, int n, char direction) {
    char s[16];
    if (n <= 0) return;
    snprintf(s, sizeof s, "\033[%d%c", n, direction);
    frame(b, s);
}

/* Draws the rows from TOP on that fit the screen; answers where the drawing leaves the cursor. */
static struct place draw_text(const struct editor *ed, struct bytes *b, int top, int rows, int cols) {
    struct place at = {0, INDENT}, drawn = {top, 0}, here;
    struct err e;
    if (top == 0) {
        frame(b, ed->prompt);
        drawn.col = INDENT;
    }
    for (size_t i = 0; i < ed->text.n;) {
        uint32_t c;
        size_t n = term_decode(ed->text.p + i, ed->text.n - i, &c);
        at = advance(at, c, cols, &here);
        if (at.row >= top && at.row < top + rows) {
            const char *glyph = c < 0x20 ? " " : c == 0xfffd || (c >= 0x7f && c < 0xa0) ? "?" : NULL;
            if (at.row > drawn.row) frame(b, "\r\n");
            if (c == '\n') frame(b, "... ");
            else if (glyph) frame(b, glyph);
            else (void)bytes_add(b, ed->text.p + i, n, &e);
            drawn = at;
        }
        i += n;
    }
    if (at.col == cols && at.row - top + 1 < rows) { /* the terminal would leave the cursor behind the margin */
        frame(b, "\r\n");
        drawn = (struct place){at.row + 1, 0};
    }
    return drawn;
}

static void draw(struct editor *ed) {
    int rows, cols;
    struct place at = {0, INDENT}, here = at, cursor = at;
    struct bytes b = {0};
    term_size(ed->out, &rows, &cols);
    for (size_t i = 0; i < ed->text.n;) {
        uint32_t c;
        size_t n = term_decode(ed->text.p + i, ed->text.n - i, &c);
        at = advance(at, c, cols, &here);
        if (i == ed->at) cursor = here;
        i += n;
    }
    if (ed->at == ed->text.n) cursor = at.col == cols ? (struct place){at.row + 1, 0} : at;
    int top = cursor.row >= rows ? cursor.row - rows + 1 : 0;
    frame(&b, "\r");
    move(&b, ed->row, 'A');
    frame(&b, "\033[J");
    if (ed->color) frame(&b, "\033[32m");
    struct place drawn = draw_text(ed, &b, top, rows, cols);
    if (ed->color) frame(&b, "\033[0m");
    move(&b, drawn.row - cursor.row, 'A');
    frame(&b, "\r");
    move(&b, cursor.col, 'C');
    ed->row = cursor.row - top;
    if (b.n > 0 && write(ed->out, b.p, b.n) < 0) ed->row = 0;
    bytes_free(&b);
}

/* ---- the text ---------------------------------------------------------------------------------------------------- */

static void insert(struct editor *ed, const char *p, size_t n) {
    struct err e;
    if (bytes_add(&ed->text, p, n, &e)) return;
    memmove(ed->text.p + ed->at + n, ed->text.p + ed->at, ed->text.n - n - ed->at);
    memcpy(ed->text.p + ed->at, p, n);
    ed->at += n;
}

static void erase(struct editor *ed, size_t from, size_t to) {
    if (from == to) return;
    memmove(ed->text.p + from, ed->text.p + to, ed->text.n - to);
    ed->text.n -= to - from;
    ed->text.p[ed->text.n] = '\0';
    ed->at = from;
}

static size_t after(const struct editor *ed, size_t at) { /* one character and the marks upon it */
    uint32_t c;
    if (at < ed->text.n) at += term_decode(ed->text.p + at, ed->text.n - at, &c);
    while (at < ed->text.n) {
        size_t n = term_decode(ed->text.p + at, ed->text.n - at, &c);
        if (c < 0x20 || term_width(c) > 0) break;
        at += n;
    }
    return at;
}

static size_t before(const struct editor *ed, size_t at) {
    size_t last = 0;
    for (size_t i = 0; i < at; i = after(ed, i)) last = i;
    return last;
}

static int is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\t';
}

static size_t word_before(const struct editor *ed) {
    size_t i = ed->at;
    while (i > 0 && is_blank(ed->text.p[i - 1])) i--;
    while (i > 0 && !is_blank(ed->text.p[i - 1])) i--;
    return i;
}

static size_t word_after(const struct editor *ed) {
    size_t i = ed->at;
    while (i < ed->text.n && is_blank(ed->text.p[i])) i++;
    while (i < ed->text.n && !is_blank(ed->text.p[i])) i++;
    return i;
}

static void show(struct editor *ed, const char *p, size_t n) {
    struct err e;
    ed->text.n = 0;
    (void)bytes_add(&ed->text, p, n, &e);
    ed->at = ed->text.n;
}

static void browse(struct editor *ed, int step) {
    struct err e;
    size_t n = ed->history.n;
    if ((step < 0 && ed->browsing == 0) || (step > 0 && ed->browsing >= n)) return;
    if (ed->browsing == n) {
        ed->typed.n = 0;
        (void)bytes_add(&ed->typed, ed->text.p, ed->text.n, &e);
    }
    ed->browsing += (size_t)step;
    if (ed->browsing == n) show(ed, ed->typed.p, ed->typed.n);
    else show(ed, ed->history.line[ed->browsing], strlen(ed->history.line[ed->browsing]));
}

/* A character whose first byte came: the rest follows at once. */
static void type(struct editor *ed, int first) {
    char s[4] = {(char)first};
    size_t n = 1, want = first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1;
    while (n < want) {
        int c = keys_byte(ed->in, 100);
        if (c < 0) break;
        s[n++] = (char)c;
    }
    insert(ed, s, n);
}

static void paste(struct editor *ed) {
    for (int k; (k = keys_next(ed->in)) >= 0 && k != KEY_PASTE_END;) {
        char c = k == '\r' ? '\n' : (char)k;
        if (k < 256 && k != 0) insert(ed, &c, 1); /* a NUL would end the line */
    }
}

/* ---- keys -------------------------------------------------------------------------------------------------------- */

static int raw_mode(struct editor *ed) {
    if (tcgetattr(ed->in, &ed->cooked)) return -1;
    struct termios raw = ed->cooked;
    raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
    raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN | ISIG);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    if (tcsetattr(ed->in, TCSADRAIN, &raw)) return -1; /* DRAIN keeps what was typed ahead */
    return write(ed->out, "\033[?2004h", 8) < 0 ? -1 : 0;
}

static void cooked_mode(struct editor *ed, const char *last) {
    struct bytes b = {0};
    frame(&b, last);
    frame(&b, "\033[?2004l");
    if (b.n > 0 && write(ed->out, b.p, b.n) < 0) b.n = 0; /* a terminal that is gone needs no farewell */
    bytes_free(&b);
    tcsetattr(ed->in, TCSADRAIN, &ed->cooked);
}

static void suspend(struct editor *ed) {
    cooked_mode(ed, "\r\n");
    raise(SIGTSTP);
    if (raw_mode(ed) == 0) ed->row = 0;
}

static void edit(struct editor *ed, int key) {
    switch (key) {
    case KEY_LEFT: case KEY_CTRL('b'): ed->at = before(ed, ed->at); break;
    case KEY_RIGHT: case KEY_CTRL('f'): ed->at = after(ed, ed->at); break;
    case KEY_WORD_LEFT: ed->at = word_before(ed); break;
    case KEY_WORD_RIGHT: ed->at = word_after(ed); break;
    case KEY_HOME: case KEY_CTRL('a'): ed->at = 0; break;
    case KEY_END: case KEY_CTRL('e'): ed->at = ed->text.n; break;
    case KEY_UP: case KEY_CTRL('p'): browse(ed, -1); break;
    case KEY_DOWN: case KEY_CTRL('n'): browse(ed, 1); break;
    case KEY_BACKSPACE: case KEY_CTRL('h'): erase(ed, before(ed, ed->at), ed->at); break;
    case KEY_CTRL('d'): case KEY_DELETE: {
        size_t from = ed->at;
        erase(ed, from, after(ed, from));
        break;
    }
    case KEY_CTRL('k'): erase(ed, ed->at, ed->text.n); break;
    case KEY_CTRL('u'): erase(ed, 0, ed->at); break;
    case KEY_CTRL('w'): erase(ed, word_before(ed), ed->at); break;
    case KEY_CTRL('l'): ed->row = write(ed->out, "\033[H\033[2J", 7) < 0 ? ed->row : 0; break;
    case KEY_CTRL('z'): suspend(ed); break;
    case KEY_PASTE: paste(ed); break;
    case '\t': type(ed, ' '); break;
    default:
        if (key >= 0x20 && key < 256) type(ed, key);
    }
}

static enum line_end keys_to_line(struct editor *ed) {
    for (;;) {
        draw(ed);
        int key = keys_next(ed->in);
        if (key == '\r' || key == '\n') return LINE_DONE;
        if (key == KEY_CTRL('c')) return ed->text.n > 0 ? LINE_CANCELLED : LINE_LEAVE;
        if (key < 0 || (key == KEY_CTRL('d') && ed->text.n == 0)) return LINE_CLOSED;
        edit(ed, key);
    }
}

enum line_end editor_read(struct editor *ed, const char *prompt) {
    struct err e;
    ed->prompt = prompt;
    ed->text.n = ed->at = 0;
    ed->row = 0;
    ed->browsing = ed->history.n;
    if (bytes_add(&ed->text, "", 0, &e) || raw_mode(ed)) return LINE_CLOSED;
    enum line_end end = keys_to_line(ed);
    ed->at = ed->text.n;
    if (end == LINE_DONE) draw(ed);
    cooked_mode(ed, end == LINE_CANCELLED || end == LINE_LEAVE ? "^C\r\n" : "\r\n");
    return end;
}

void editor_open(struct editor *ed, int in, int out, int color) {
    *ed = (struct editor){.in = in, .out = out, .color = color};
    history_open(&ed->history);
}

void editor_close(struct editor *ed) {
    history_close(&ed->history);
    bytes_free(&ed->text);
    bytes_free(&ed->typed);
}
