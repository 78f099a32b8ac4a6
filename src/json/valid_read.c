/* Reading a schema for the validator. In: a document. Out: struct valid. Each subschema that the root leads to is read once; one that would
 * look at the same instance again and again without end is refused.
 */
#include <assert.h>
#include <stdlib.h>

#include "json/valid_rules.h"

static int room(struct rules_reader *g) {
    struct valid *v = g->v;
    size_t span = v->refs->doc->root->span;
    v->rules = arena_alloc(&v->mem, v->refs->n_schemas, sizeof *v->rules, g->e);
    v->index = v->rules ? arena_alloc(&v->mem, span, sizeof *v->index, g->e) : NULL;
    v->lang = v->index ? arena_alloc(&v->mem, span, sizeof *v->lang, g->e) : NULL;
    g->edge = v->lang ? arena_alloc(&g->mem, span, sizeof *g->edge, g->e) : NULL; /* each comes from another value */
    g->first_edge = g->edge ? arena_alloc(&g->mem, v->refs->n_schemas + 1, sizeof *g->first_edge, g->e) : NULL;
    return g->first_edge ? 0 : -1;
}

/* Depth first along the edges, the path on an explicit stack: chains of $ref may be long. */
static int find_cycle(struct rules_reader *g) {
    enum { NEW, ON_PATH, DONE };
    uint32_t n = g->v->n_rules, depth = 0;
    unsigned char *state = arena_alloc(&g->mem, n, 1, g->e);
    uint32_t *path = state ? arena_alloc(&g->mem, n, sizeof *path, g->e) : NULL;
    uint32_t *next = path ? arena_alloc(&g->mem, n, sizeof *next, g->e) : NULL;
    if (!next)
        return -1;
    for (uint32_t root = 0; root < n; root++) {
        if (state[root] == NEW) {
            path[depth++] = root;
            state[root] = ON_PATH;
        }
        while (depth > 0) {
            uint32_t at = path[depth - 1], edge = g->first_edge[at] + next[at]++;
            if (edge == g->first_edge[at + 1]) {
                state[at] = DONE;
                depth--;
                continue;
            }
            uint32_t to = g->edge[edge];
            if (state[to] == ON_PATH)
                return refs_fault(g->v->refs, g->v->rules[to].schema, "", g->e, "leads back to itself without end");
            if (state[to] == NEW) {
                path[depth++] = to;
                state[to] = ON_PATH;
            }
        }
    }
    return 0;
}

static int read_all(struct rules_reader *g) {
    struct valid *v = g->v;
    const struct json_value *root = v->refs->doc->root;
    if (room(g))
        return -1;
    if (root->type == JSON_TRUE || root->type == JSON_FALSE)
        return 0;
    if (root->type != JSON_OBJECT)
        return refs_fault(v->refs, root, "", g->e, "expected an object, true or false, found %s", json_type_name(root));
    v->rules[0].schema = root;
    v->index[0] = v->n_rules = 1;
    for (uint32_t i = 0; i < v->n_rules; i++) { /* reading one adds those it needs */
        g->now = &v->rules[i];
        g->first_edge[i] = g->n_edges;
        if (rules_read_schema(g))
            return -1;
        assert(g->n_edges <= root->span && v->n_rules <= v->refs->n_schemas);
    }
    g->first_edge[v->n_rules] = g->n_edges;
    return find_cycle(g);
}

int rules_read(struct valid *v, struct err *e) {
    struct rules_reader *g = calloc(1, sizeof *g);
    if (!g)
        return err_set(e, ERR_MEMORY, "out of memory");
    g->v = v;
    g->e = e;
    int rc = read_all(g);
    arena_free(&g->mem);
    free(g);
    return rc;
}
