/* Templates of the Qwen family: all are ChatML and differ in the system message they add of their own. In: messages. Out: tokens.
 * Must not know how tokens are made, nor run what a file says. */
#include "text/chat.h"

#include <stdlib.h>
#include <string.h>
#include "base/arena.h"

struct chat_template {
    const char *system;  /* added where a conversation starts without one; NULL: nothing is */
    const char *written; /* the same as it stands in the Jinja source */
};
static const struct chat_template plain = {NULL, NULL}; /* ChatML itself */
static const struct chat_template with_system[] = {
    {"You are Qwen, created by Alibaba Cloud. You are a helpful assistant.", /* Qwen2.5, Qwen2.5-Coder */
     "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."},
    {"You are a helpful assistant.", "You are a helpful assistant."}, /* Qwen2, Qwen2.5's base models */
    {"You are a helpful assistant", "You are a helpful assistant"},   /* Qwen1.5 */
    {"Please reason step by step, and put your final answer within \\boxed{}.", /* Qwen2.5-Math */
     "Please reason step by step, and put your final answer within \\\\boxed{}."},
};
#define N_WITH_SYSTEM (sizeof with_system / sizeof with_system[0])

/* ---- recognising ---- */

static int starts_with(const char *s, size_t n, const char *what) {
    return strlen(what) <= n && memcmp(s, what, strlen(what)) == 0;
}

/* The first WHAT in S, or NULL. */
static const char *find(const char *s, size_t n, const char *what) {
    for (const char *p = s; n && (p = memchr(p, *what, n - (size_t)(p - s))) != NULL; p++)
        if (starts_with(p, n - (size_t)(p - s), what))
            return p;
    return NULL;
}

/* What follows "<|im_start|>system" in the source is a line end, and then a default message, or the end of the literal
 * (*literal = 0) where the message comes from the conversation. NULL: a default that we do not know. */
static const struct chat_template *default_at(const char *s, size_t n, int *literal) {
    size_t skip = starts_with(s, n, "\\n") ? 2 : starts_with(s, n, "\n") ? 1 : 0;
    s += skip;
    n -= skip;
    *literal = n > 0 && *s != '\'' && *s != '"' && *s != '{';
    for (size_t i = 0; *literal && i < N_WITH_SYSTEM; i++) {
        size_t len = strlen(with_system[i].written);
        if (starts_with(s, n, with_system[i].written) && starts_with(s + len, n - len, "<|im_end|>"))
            return &with_system[i];
    }
    return *literal ? NULL : &plain;
}

const struct chat_template *chat_template_find(const char *jinja, size_t n, int *known) {
    /* What other families write, and what would change a message's text. */
    static const char *const foreign[] = {"<|im_sep|>", "<think>", "</think>", "[INST]", "trim", "strip(", "split(", "replace(",
                                          "upper", "lower"};
    const struct chat_template *found = &plain;
    *known = 0;
    if (!find(jinja, n, "<|im_start|>") || !find(jinja, n, "<|im_end|>"))
        return &plain;
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        if (find(jinja, n, foreign[i]))
            return &plain;
    static const char opening[] = "<|im_start|>system";
    const char *end = jinja + n, *p = jinja;
    while ((p = find(p, (size_t)(end - p), opening)) != NULL) {
        int literal;
        p += strlen(opening);
        const struct chat_template *here = default_at(p, (size_t)(end - p), &literal);
        if (!here)
            return &plain;
        if (literal)
            found = here;
    }
    *known = 1;
    return found;
}

/* ---- rendering ---- */

struct chat {
    const struct tok *tok;
    int32_t start, end;
    struct quern_tokens *out;
};

static int chat_begin(struct chat *c, const struct tok *t, struct quern_tokens *out, struct err *e) {
    c->tok = t;
    c->out = out;
    c->start = tok_find(t, "<|im_start|>");
    c->end = tok_find(t, "<|im_end|>");
    if (c->start < 0 || c->end < 0)
        return err_set(e, ERR_MODEL, "the vocabulary has no %s token, so a conversation can not be written",
                       c->start < 0 ? "<|im_start|>" : "<|im_end|>");
    return 0;
}

/* Role and text are one string to the tokenizer, which may join the line end between them with spaces that follow. */
static int open_turn(struct chat *c, const char *role, const char *text, size_t n, struct err *e) {
    size_t role_n = strlen(role), all;
    char *s = size_add(role_n + 1, n, &all) ? NULL : malloc(all);
    if (!s)
        return err_set(e, ERR_MEMORY, "out of memory for a message of %zu bytes", n);
    memcpy(s, role, role_n);
    s[role_n] = '\n';
    if (n)
        memcpy(s + role_n + 1, text, n);
    int r = tok_push(c->out, c->start, e) || tok_encode(c->tok, s, all, 0, c->out, e) ? -1 : 0;
    free(s);
    return r;
}

static int close_turn(struct chat *c, struct err *e) {
    return tok_push(c->out, c->end, e) || tok_encode(c->tok, "\n", 1, 0, c->out, e) ? -1 : 0;
}

int chat_render(const struct chat_template *t, const struct tok *tok, const struct quern_message *msg, int n, int first,
                struct quern_tokens *out, struct err *e) {
    static const char *const role[] = {[QUERN_SYSTEM] = "system", [QUERN_USER] = "user", [QUERN_ASSISTANT] = "assistant"};
    struct chat c;
    size_t before = out->n;
    if (chat_begin(&c, tok, out, e))
        return -1;
    int r = 0;
    if (first && t->system && (n == 0 || msg[0].role != QUERN_SYSTEM))
        r = open_turn(&c, role[QUERN_SYSTEM], t->system, strlen(t->system), e) || close_turn(&c, e);
    for (int i = 0; r == 0 && i < n; i++)
        r = open_turn(&c, role[msg[i].role], msg[i].text, msg[i].n, e) || close_turn(&c, e);
    if (r == 0)
        r = open_turn(&c, role[QUERN_ASSISTANT], NULL, 0, e);
    if (r)
        out->n = before;
    return r ? -1 : 0;
}

int chat_close(const struct chat_template *t, const struct tok *tok, int32_t end, struct quern_tokens *out, struct err *e) {
    (void)t; /* all of them end a turn alike */
    struct chat c;
    size_t before = out->n;
    if (chat_begin(&c, tok, out, e))
        return -1;
    int r = end == c.end ? tok_encode(tok, "\n", 1, 0, out, e) : close_turn(&c, e);
    if (r)
        out->n = before;
    return r;
}
