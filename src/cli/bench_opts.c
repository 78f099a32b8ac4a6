/* The values of bench's flags that are no plain numbers, and what holds where a flag is not given. */
#include "cli/bench_opts.h"

#include <stdlib.h>
#include <string.h>
#include "cli/args.h"
#include "cli/report.h"

void bench_opts_init(struct bench_opts *o) {
    *o = (struct bench_opts){.reps = 5, .format = FORMAT_MD};
}

int bench_opts_complete(struct bench_opts *o, struct err *e) {
    int given = o->n_prompt.n + o->n_gen.n + o->n_depth.n + o->pairs.n;
    if (o->json_run) return given ? fail(e, ERR_USAGE, "--json-run has requests of its own: it excludes -p, -n, -pg and -d") : 0;
    return (o->n_prompt.n == 0 && ranges_push(&o->n_prompt, 512, e)) || (o->n_gen.n == 0 && ranges_push(&o->n_gen, 128, e)) ||
           (o->n_depth.n == 0 && ranges_push(&o->n_depth, 0, e)) ? -1 : 0;
}

void bench_opts_free(struct bench_opts *o) {
    struct ranges *lists[] = {&o->n_prompt, &o->n_gen, &o->n_depth, &o->n_batch, &o->n_ubatch, &o->n_threads, &o->pairs, &o->kv_k, &o->kv_v};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) ranges_free(lists[i]);
    free(o->models);
}

int bench_opts_pair(struct ranges *to, const char *name, const char *v, int most, struct err *e) {
    int n = to->n;
    const char *comma = strchr(v, ',');
    if (!comma || strchr(comma + 1, ',') || v[strspn(v, ",0123456789")])
        return fail(e, ERR_USAGE, "%s: a prompt's tokens and those to generate, such as 512,128, not \"%s\"", name, v);
    return ranges_read(to, name, v, 0, most, e) || to->n != n + 2 ? -1 : 0;
}

int bench_opts_kv(struct ranges *to, const char *name, const char *v, struct err *e) {
    for (;;) {
        size_t n = strcspn(v, ",");
        int kind;
        if (opts_kv(name, v, n, &kind, e) || ranges_push(to, kind, e)) return -1;
        if (!v[n]) return 0;
        v += n + 1;
    }
}

/* argv's strings may be written to. */
int bench_opts_models(struct bench_opts *o, const char *name, const char *v, struct err *e) {
    for (char *at = (char *)v; at;) {
        char *next = strchr(at, ',');
        if (next) *next++ = '\0';
        if (!*at) return fail(e, ERR_USAGE, "%s: a file, or several with commas between them", name);
        const char **grown = realloc(o->models, ((size_t)o->n_models + 1) * sizeof *grown);
        if (!grown) return fail(e, ERR_MEMORY, "out of memory");
        o->models = grown;
        grown[o->n_models++] = at;
        at = next;
    }
    return 0;
}

int bench_opts_format(enum bench_format *to, const char *name, const char *v, struct err *e) {
    static const char *const names[] = {[FORMAT_MD] = "md", [FORMAT_CSV] = "csv", [FORMAT_JSON] = "json", [FORMAT_JSONL] = "jsonl"};
    for (int i = FORMAT_MD; i <= FORMAT_JSONL; i++)
        if (!strcmp(v, names[i])) return *to = (enum bench_format)i, 0;
    return fail(e, ERR_USAGE, "%s: md, csv, json or jsonl, not \"%s\"", name, v);
}
