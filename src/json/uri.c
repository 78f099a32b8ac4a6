/* Resolving URI references. In: texts that need not be URIs at all. Out: a text; equal names come out equal where they are written alike.
 * Must not know schemas, nor any network.
 */
#include "json/uri.h"

#include <string.h>

struct part {
    const char *s;
    size_t n;
    int is; /* written, though perhaps empty */
};
struct uri {
    struct part scheme, authority, path, query, fragment;
};

/* What stands before the first of STOPS. */
static struct part until(const char *s, const char *stops) {
    return (struct part){s, strcspn(s, stops), 1};
}

static int is_scheme(const char *s, size_t n) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", rest[] = "0123456789+-.";
    for (size_t i = 0; i < n; i++) {
        if (!strchr(letters, s[i]) && (i == 0 || !strchr(rest, s[i])))
            return 0;
    }
    return n > 0;
}

static struct uri split(const char *s) {
    struct uri u;
    memset(&u, 0, sizeof u);
    size_t n = strcspn(s, ":/?#");
    if (s[n] == ':' && is_scheme(s, n)) {
        u.scheme = (struct part){s, n, 1};
        s += n + 1;
    }
    if (s[0] == '/' && s[1] == '/') {
        u.authority = until(s + 2, "/?#");
        s += 2 + u.authority.n;
    }
    u.path = until(s, "?#");
    s += u.path.n;
    if (*s == '?') {
        u.query = until(s + 1, "#");
        s += 1 + u.query.n;
    }
    if (*s == '#')
        u.fragment = until(s + 1, "");
    return u;
}

/* All that is written is no longer than base and reference together, and URI_MAX bounds each: the callers' buffers are twice that. */
static char *put(char *out, const char *before, struct part p, const char *after) {
    size_t b = strlen(before), a = strlen(after);
    if (!p.is)
        return out;
    memcpy(out, before, b);
    memcpy(out + b, p.s, p.n);
    memcpy(out + b + p.n, after, a);
    return out + b + p.n + a;
}

/* PATH, N bytes, without "." and ".."; in place. Returns its length. */
static size_t remove_dots(char *path, size_t n) {
    size_t from = 0, to = 0;
    while (from < n) {
        size_t slash = path[from] == '/', end = from + slash;
        while (end < n && path[end] != '/')
            end++;
        size_t len = end - from - slash;
        const char *segment = path + from + slash;
        int dots = len <= 2 && strncmp(segment, "..", len) == 0 ? (int)len : 0;
        if (dots == 2) {
            while (to > 0 && path[--to] != '/') {
            }
        }
        if (dots == 0) {
            memmove(path + to, path + from, end - from);
            to += end - from;
        } else if (end == n) {
            path[to++] = '/'; /* "a/b/.." is the folder "a/" */
        }
        from = end + (dots && !slash && to == 0); /* "./a" is "a" */
    }
    return to;
}

static char *put_path(char *out, const struct uri *base, const struct uri *ref) {
    char *start = out;
    if (ref->path.n == 0 && !ref->scheme.is && !ref->authority.is)
        return put(out, "", base->path, "");
    if (ref->path.s[0] != '/' && !ref->scheme.is && !ref->authority.is) {
        struct part folder = base->path;
        while (folder.n > 0 && folder.s[folder.n - 1] != '/')
            folder.n--;
        out = put(out, "", folder, base->authority.is && base->path.n == 0 ? "/" : "");
    }
    out = put(out, "", ref->path, "");
    int plain = ref->scheme.is && ref->path.s[0] != '/'; /* "urn:a:b", "tag:..": no hierarchy */
    return plain ? out : start + remove_dots(start, (size_t)(out - start));
}

static int hex(char c) {
    const char *digits = "0123456789abcdef", *at = c >= '0' ? strchr(digits, c | 0x20) : NULL;
    return at ? (int)(at - digits) : -1;
}

static void decode(char *out, struct part p) {
    for (size_t i = 0; i < p.n; i++) {
        int h = p.s[i] == '%' && i + 2 < p.n ? hex(p.s[i + 1]) : -1, l = h >= 0 ? hex(p.s[i + 2]) : -1;
        *out++ = l >= 0 && h + l > 0 ? (char)(h * 16 + l) : p.s[i];
        i += l >= 0 && h + l > 0 ? 2 : 0;
    }
    *out = 0;
}

int uri_resolve(const char *base, const char *ref, size_t n, char *out, const char **fragment) {
    char all[2 * URI_MAX + 8];
    if (n >= URI_MAX || memchr(ref, 0, n) || strlen(base) >= URI_MAX)
        return -1;
    struct uri b = split(base), r = split(ref);
    int own = r.scheme.is || r.authority.is, same = !own && r.path.n == 0;
    char *at = put(all, "", r.scheme.is ? r.scheme : b.scheme, ":");
    at = put(at, "//", own ? r.authority : b.authority, "");
    at = put_path(at, &b, &r);
    at = put(at, "?", same && !r.query.is ? b.query : r.query, "");
    size_t length = (size_t)(at - all);
    if (length + 1 + r.fragment.n + 1 > URI_MAX)
        return -1;
    memcpy(out, all, length);
    out[length] = 0;
    decode(out + length + 1, r.fragment);
    *fragment = out + length + 1;
    return 0;
}
