/* Messages and their file. */
#define _GNU_SOURCE
#include "cli/convo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/file.h"
#include "cli/jsonline.h"
#include "cli/report.h"

static const char *const role_names[] = {[QUERN_SYSTEM] = "system", [QUERN_USER] = "user", [QUERN_ASSISTANT] = "assistant"};

static int insert(struct convo *c, int at, struct quern_message m, struct err *e) {
    struct quern_message *grown = realloc(c->msg, ((size_t)c->n + 1) * sizeof *c->msg);
    char *copy = malloc(m.n + 1);
    if (grown) c->msg = grown;
    if (!grown || !copy) {
        free(copy);
        return fail(e, ERR_MEMORY, "out of memory");
    }
    if (m.n > 0) memcpy(copy, m.text, m.n);
    copy[m.n] = '\0'; /* /show prints it */
    m.text = copy;
    memmove(c->msg + at + 1, c->msg + at, (size_t)(c->n - at) * sizeof *c->msg);
    c->msg[at] = m;
    c->n++;
    return 0;
}

int convo_add(struct convo *c, enum quern_role role, const char *text, size_t n, struct err *e) {
    return insert(c, c->n, (struct quern_message){role, text, n}, e);
}

void convo_pop(struct convo *c) {
    free((char *)c->msg[--c->n].text);
}

void convo_clear(struct convo *c) {
    while (c->n > 0 && c->msg[c->n - 1].role != QUERN_SYSTEM) convo_pop(c);
}

int convo_system(struct convo *c, const char *text, size_t n, struct err *e) {
    if (insert(c, 0, (struct quern_message){QUERN_SYSTEM, text, n}, e)) return -1;
    if (c->n > 1 && c->msg[1].role == QUERN_SYSTEM) {
        free((char *)c->msg[1].text);
        memmove(c->msg + 1, c->msg + 2, (size_t)(c->n - 2) * sizeof *c->msg);
        c->n--;
    }
    return 0;
}

void convo_free(struct convo *c) {
    while (c->n > 0) convo_pop(c);
    free(c->msg);
    *c = (struct convo){0};
}

int convo_save(const struct convo *c, const char *path, struct err *e) {
    struct bytes all = {0};
    int r = bytes_add(&all, "", 0, e);
    for (int i = 0; i < c->n && r == 0; i++)
        r = bytes_add_str(&all, "{\"role\": \"", e) || bytes_add_str(&all, role_names[c->msg[i].role], e) ||
            bytes_add_str(&all, "\", \"text\": ", e) || jsonline_quote(&all, c->msg[i].text, c->msg[i].n, e) || bytes_add_str(&all, "}\n", e);
    if (r == 0) r = file_replace(path, &all, e);
    bytes_free(&all);
    return r ? -1 : 0;
}

/* A system message may only come first, and then user and assistant take turns. */
static int fits(const struct convo *c, int role) {
    int last = c->n > 0 ? (int)c->msg[c->n - 1].role : -1;
    return role == QUERN_SYSTEM ? last == -1 : role == QUERN_USER ? last != QUERN_USER : last == QUERN_USER;
}

static int add_line(struct convo *c, const struct bytes *line, const char **why, struct err *e) {
    struct bytes role = {0}, text = {0};
    int r = jsonline_string(line->p, line->n, "role", &role, why) || jsonline_string(line->p, line->n, "text", &text, why), at = 0;
    if (r == 0) {
        while (at < 3 && (role.n == 0 || strcmp(role.p, role_names[at]))) at++;
        if (at == 3 || !fits(c, at)) *why = at == 3 ? "role: system, user or assistant" : "messages out of turn", r = -1;
        else r = convo_add(c, (enum quern_role)at, text.p, text.n, e);
    }
    bytes_free(&role);
    bytes_free(&text);
    return r ? -1 : 0;
}

int convo_load(struct convo *c, const char *path, struct err *e) {
    struct line_source in = {.fd = open(path, O_RDONLY | O_CLOEXEC), .name = path};
    struct convo loaded = {0};
    struct bytes line = {0};
    int r, number = 0;
    if (in.fd < 0) return fail(e, ERR_RUNTIME, "%s: %s", path, strerror(errno));
    while ((r = line_source_next(&in, &line, e)) > 0) {
        const char *why = NULL;
        number++;
        if (add_line(&loaded, &line, &why, e)) {
            r = why ? fail(e, ERR_RUNTIME, "%s: line %d: %s", path, number, why) : -1;
            break;
        }
    }
    close(in.fd);
    bytes_free(&line);
    struct convo *old = r ? &loaded : c;
    convo_free(old);
    if (r == 0) *c = loaded;
    return r;
}
