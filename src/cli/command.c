/* chat's commands. In: a line that begins with "/". Out: a changed chat, and notes on stderr. */
#define _GNU_SOURCE
#include <string.h>
#include "cli/chat.h"
#include "cli/report.h"

static char *word(char **rest) {
    char *w = *rest + strspn(*rest, " \t"), *end = w + strcspn(w, " \t");
    *rest = end + strspn(end, " \t");
    *end = '\0';
    return w;
}

static int set(struct chat *c, char *rest, struct err *e) {
    char *name = word(&rest);
    if (!strcmp(name, "parameter")) name = word(&rest); /* as in ollama */
    size_t n = strlen(rest);
    if (n >= 2 && rest[0] == '"' && rest[n - 1] == '"') {
        rest[n - 1] = '\0';
        rest++;
    }
    if (!*name) return fail(e, ERR_USAGE, "/set: NAME VALUE; /show lists the names");
    if (!strcmp(name, "system")) {
        struct bytes system = {0};
        int r = bytes_add_str(&system, rest, e) || chat_system(c, &system, e);
        bytes_free(&system);
        if (r) return -1;
        chat_restart(c);
        return 0;
    }
    if (opts_set(c->o, name, rest, e)) return -1;
    if (!strcmp(name, "seed")) c->gen.seed = c->o->has_seed ? c->o->seed : gen_random_seed();
    return 0;
}

static int show(struct chat *c) {
    struct quern_sampling s;
    const struct gen *g = &c->gen;
    const struct convo *v = &c->convo;
    opts_sampling(c->o, c->model, opts_held(c->o), &s);
    note_pair("model", g->info.name[0] ? g->info.name : c->o->model);
    note("%-22s%d tokens of %d\n", "context", (int)g->line.n, g->plan.n_ctx);
    note_pair("system", v->n > 0 && v->msg[0].role == QUERN_SYSTEM ? v->msg[0].text : "(the template's own)");
    note("%-22s%d\n%-22s%llu\n", "n", c->o->n_predict, "seed", (unsigned long long)g->seed);
    note("%-22s%g\n%-22s%d\n%-22s%g\n%-22s%g\n", "temp", (double)s.temp, "top_k", s.top_k, "top_p", (double)s.top_p, "min_p",
         (double)s.min_p);
    note("%-22s%g\n%-22s%d\n", "repeat_penalty", (double)s.repeat_penalty, "repeat_last_n", s.repeat_last_n);
    note("%-22s%g\n%-22s%g\n", "presence_penalty", (double)s.presence_penalty, "frequency_penalty", (double)s.frequency_penalty);
    for (int i = 0; i < c->o->n_stop; i++) note_pair("stop", c->o->stop[i]);
    note("%-22s%s\n", "verbose", c->o->verbose ? "on" : "off");
    return 0;
}

static int help(void) {
    note("/set NAME VALUE  change a setting (temp, top_k, seed, n, stop, system ...)\n"
         "/show            the settings, and how full the context is\n"
         "/regen           answer the last message again\n"
         "/clear           forget the conversation\n"
         "/save FILE       write the conversation, /load FILE goes on with it\n"
         "/bye, /exit      leave; so does Ctrl-D\n"
         "\"\"\" begins and ends a message of several lines; \\ at a line's end goes on with the next.\n");
    return 0;
}

static int save(struct chat *c, const char *path, struct err *e) {
    if (!*path) return fail(e, ERR_USAGE, "/save: FILE");
    if (convo_save(&c->convo, path, e)) return -1;
    if (c->ask.interactive) note("%d messages saved\n", c->convo.n);
    return 0;
}

static int load(struct chat *c, const char *path, struct err *e) {
    if (!*path) return fail(e, ERR_USAGE, "/load: FILE");
    if (convo_load(&c->convo, path, e)) return -1;
    chat_restart(c);
    if (c->ask.interactive) note("%d messages loaded\n", c->convo.n);
    return 0;
}

static int clear(struct chat *c) {
    convo_clear(&c->convo);
    chat_restart(c);
    return 0;
}

int chat_command(struct chat *c, char *line, struct err *e) {
    char *rest = line, *name = word(&rest);
    size_t n = strlen(rest);
    while (n > 0 && (rest[n - 1] == ' ' || rest[n - 1] == '\t' || rest[n - 1] == '\r')) rest[--n] = '\0';
    n = strlen(name);
    if (n > 0 && name[n - 1] == '\r') name[n - 1] = '\0';
    if (!strcmp(name, "/bye") || !strcmp(name, "/exit") || !strcmp(name, "/quit")) return c->leave = 1, 0;
    if (!strcmp(name, "/clear")) return clear(c);
    if (!strcmp(name, "/regen")) return chat_again(c, e);
    if (!strcmp(name, "/set")) return set(c, rest, e);
    if (!strcmp(name, "/show")) return show(c);
    if (!strcmp(name, "/save")) return save(c, rest, e);
    if (!strcmp(name, "/load")) return load(c, rest, e);
    if (!strcmp(name, "/help") || !strcmp(name, "/?")) return help();
    return fail(e, ERR_USAGE, "%s: no such command; /help lists them (a blank before the / makes it a message)", name);
}
