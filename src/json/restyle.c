/* A search: where a node has several ways, each is tried until the machine lives through all of the value. What is written counts, not
 * why, as the machine follows all readings at once. */
#include "json/restyle.h"

#include <string.h>

#define STEPS 2000000 /* bytes tried, together */

struct writer {
    struct machine *m;
    struct text_out *out;
    struct state now;
    long steps;
};
struct saved {
    struct state state;
    size_t n, mark;
};

static void save(struct writer *w, struct saved *s) {
    s->state = w->now;
    s->n = w->out->n;
    s->mark = machine_mark(w->m);
}

static int restore(struct writer *w, const struct saved *s) {
    w->now = s->state;
    w->out->n = s->n;
    machine_release(w->m, s->mark);
    return 0;
}

/* 0: the machine does not go along. */
static int put(struct writer *w, const char *s, size_t n) {
    struct state next;
    for (size_t i = 0; i < n; i++) {
        if (--w->steps < 0 || !machine_step(w->m, &w->now, (unsigned char)s[i], &next))
            return 0;
        w->now = next;
    }
    text_add(w->out, s, n);
    return 1;
}

static int put_string(struct writer *w, const struct json_value *v, const char *behind) {
    struct text_out t = {0};
    text_quote(&t, v->s, v->n);
    text_str(&t, behind);
    int ok = !t.failed && put(w, t.s, t.n);
    text_free(&t);
    return ok;
}

static int put_scalar(struct writer *w, const struct json_value *v) {
    static const char *const words[] = {[JSON_NULL] = "null", [JSON_FALSE] = "false", [JSON_TRUE] = "true"};
    char plain[400];
    struct decimal d;
    if (v->type == JSON_STRING)
        return put_string(w, v, "");
    if (v->type != JSON_NUMBER)
        return put(w, words[v->type], strlen(words[v->type]));
    decimal_read(&d, v);
    size_t n = decimal_plain(&d, plain, sizeof plain);
    return n > 0 && put(w, plain, n);
}

/* V as one of the NODES; one that is NULL stands for any. */
static int put_value(struct writer *w, const struct json_value *v, const struct node *const *nodes, uint32_t n);

/* ---- values that are listed ---- */

static int is_same(const struct text *t, const struct json_value *v) {
    struct json j;
    struct err e;
    if (t->n == 0 || t->s[0] != (v->type == JSON_OBJECT ? '{' : '['))
        return 0;
    if (json_open(&j, "", ERR_SCHEMA, t->s, t->n, &e))
        return 0;
    int same = valid_equal(j.root, v) == 1;
    json_close(&j);
    return same;
}

static int put_listed(struct writer *w, const struct json_value *v, const struct texts *t) {
    for (uint32_t i = 0; i < t->n; i++) {
        if (is_same(t->text[i], v))
            return put(w, t->text[i]->s, t->text[i]->n);
    }
    return 0;
}

/* ---- containers ---- */

static const struct node *element(const struct array *a, uint32_t i) {
    return a && i < a->n_prefix ? a->prefix[i] : a ? a->rest : NULL;
}

static int put_array(struct writer *w, const struct json_value *v, const struct array *a) {
    const struct json_value *at = v + 1;
    if (!put(w, "[", 1))
        return 0;
    for (uint32_t i = 0; i < v->n; i++, at = json_next(at)) {
        const struct node *of = element(a, i);
        if ((i > 0 && !put(w, ", ", 2)) || !put_value(w, at, &of, 1))
            return 0;
    }
    return put(w, "]", 1);
}

static int is_named(const struct json_value *key, const struct member *m) {
    return key->n == m->name->n && memcmp(key->s, m->name->s, key->n) == 0;
}

static int is_declared(const struct object *o, const struct json_value *key) {
    for (uint32_t i = 0; o && i < o->n_members; i++) {
        if (is_named(key, &o->member[i]))
            return 1;
    }
    return 0;
}

static int put_member(struct writer *w, const struct json_value *key, uint32_t *n, const struct node *const *nodes, uint32_t n_nodes) {
    if ((*n)++ > 0 && !put(w, ", ", 2))
        return 0;
    return put_string(w, key, ": ") && put_value(w, key + 1, nodes, n_nodes);
}

static int put_object(struct writer *w, const struct json_value *v, const struct object *o) {
    static const struct node *const any = NULL;
    const struct json_value *at = v + 1;
    uint32_t n = 0;
    if (!put(w, "{", 1))
        return 0;
    for (uint32_t i = 0; o && i < o->n_members; i++) {
        const struct json_value *found = json_find(v, o->member[i].name->s);
        const struct node *of = o->member[i].node;
        if (found && is_named(found - 1, &o->member[i]) && !put_member(w, found - 1, &n, &of, 1))
            return 0;
    }
    for (uint32_t i = 0; i < v->n; i++, at = json_next(at + 1)) {
        int last = json_find(v, at->s) == at + 1 || strlen(at->s) != at->n; /* of those named alike the last counts */
        const struct node *const *nodes = o && o->n_open > 0 ? o->open : &any;
        if (last && !is_declared(o, at) && !put_member(w, at, &n, nodes, o && o->n_open > 0 ? o->n_open : 1))
            return 0;
    }
    return put(w, "}", 1);
}

static int put_way(struct writer *w, const struct json_value *v, const struct way *way) {
    struct saved before;
    save(w, &before);
    if (put_listed(w, v, &way->values))
        return 1;
    restore(w, &before);
    if (v->type == JSON_OBJECT && way->object)
        return put_object(w, v, way->object);
    return v->type == JSON_ARRAY && way->array && put_array(w, v, way->array);
}

static int put_value(struct writer *w, const struct json_value *v, const struct node *const *nodes, uint32_t n) {
    struct saved before;
    if (v->type < JSON_ARRAY)
        return put_scalar(w, v);
    save(w, &before);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; nodes[i] && k < nodes[i]->n_ways; k++) {
            if (put_way(w, v, &nodes[i]->way[k]))
                return 1;
            restore(w, &before);
        }
    }
    return v->type == JSON_OBJECT ? put_object(w, v, NULL) : put_array(w, v, NULL);
}

int restyle(struct machine *m, const struct schema *s, const struct json_value *v, struct text_out *out, struct err *e) {
    struct writer w = {.m = m, .out = out, .steps = STEPS};
    const struct node *root = s->root;
    machine_start(m, &w.now);
    int found = put_value(&w, v, &root, 1) && machine_complete(&w.now);
    if (machine_failed(m))
        return err_set(e, ERR_MEMORY, "out of memory");
    return text_done(out, e) ? -1 : found;
}
