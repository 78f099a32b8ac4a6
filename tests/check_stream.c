/* The answer's stream: any bytes in, whole UTF-8 out, however long the token. The file is the program's own and not the library's,
 * so it comes in here, and what it writes to is the test's. */
#include "cli/stream.c"

#include <stdio.h>

static int n_passed, n_failed;
static char written[1 << 16];
static size_t n_written;

int fail(struct err *e, int code, const char *fmt, ...) {
    printf("%s\n", fmt);
    e->code = code;
    return -1;
}

int bytes_add(struct bytes *b, const char *p, size_t n, struct err *e) {
    (void)b, (void)p, (void)n;
    return fail(e, ERR_RUNTIME, "no copy is asked for");
}

int out_text(struct out *o, const char *text, size_t n, struct err *e) {
    (void)o;
    if (n > sizeof written - n_written) return fail(e, ERR_RUNTIME, "more text than the test expects");
    memcpy(written + n_written, text, n);
    n_written += n;
    return 0;
}

static void check(int ok, const char *what, size_t n) {
    n_passed += ok;
    n_failed += !ok;
    if (!ok) printf("FAIL: %s, %zu bytes; repeat with: check_stream\n", what, n);
}

static size_t stream_of(const char *bytes, size_t n, char *const *stop, int n_stop) {
    struct opts o = {.stop = (char **)stop, .n_stop = n_stop};
    struct out out = {0};
    struct stream s;
    struct err e;
    n_written = 0;
    int ok = stream_open(&s, &o, &out, NULL, &e) == 0 && stream_push(&s, bytes, n, &e) >= 0;
    check(ok && (s.stopped || stream_end(&s, &e) == 0), "the stream takes it", n);
    stream_close(&s);
    return n_written;
}

int main(void) {
    static char bad[1000];
    memset(bad, 0xff, sizeof bad);
    for (size_t n = 1; n <= sizeof bad; n = n * 3 / 2 + 1) { /* every byte becomes U+FFFD: three bytes */
        size_t got = stream_of(bad, n, NULL, 0), right = 0;
        for (size_t i = 0; i + 3 <= got; i += 3) right += !memcmp(written + i, "\xef\xbf\xbd", 3);
        check(got == 3 * n && right == n, "one U+FFFD a bad byte", n);
    }
    static char *const stop[] = {"END", "\n\n"};
    check(stream_of("an ENEND!", 9, stop, 2) == 5 && !memcmp(written, "an EN", 5), "cut before the stop string", 9);
    check(stream_of("a\nb EN", 6, stop, 2) == 6 && !memcmp(written, "a\nb EN", 6), "what only begins one is written", 6);
    printf("check_stream: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed > 0;
}
