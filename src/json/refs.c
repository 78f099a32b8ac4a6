/* Finding the subschemas of a document, their names, and what a $ref means. In: a JSON document. Out: struct refs, values in the document.
 * Only where a keyword holds a schema is an $id a name, so that one in an enum or among the properties is not; what stands below an
 * unknown keyword becomes a schema when a $ref points there. Must not know what schemas say about instances.
 */
#include "json/refs.h"

#include <stdlib.h>
#include <string.h>

#include "json/uri.h"

#define TEXT_MOST ((size_t)4 << 20) /* bytes of all names: nested $ids add up, and whoever needs more means harm */

static int is_key(const struct json_value *key, const char *text) {
    size_t n = strlen(text);
    return key->n == n && memcmp(key->s, text, n) == 0;
}

enum refs_holds refs_holds(const struct json_value *keyword) {
    static const struct {
        const char *name;
        enum refs_holds holds;
    } table[] = {
        {"properties", REFS_MAP}, {"patternProperties", REFS_MAP}, {"additionalProperties", REFS_SCHEMA}, {"items", REFS_EITHER},
        {"allOf", REFS_LIST}, {"anyOf", REFS_LIST}, {"oneOf", REFS_LIST}, {"not", REFS_SCHEMA}, {"$defs", REFS_MAP},
        {"definitions", REFS_MAP}, {"prefixItems", REFS_LIST}, {"additionalItems", REFS_SCHEMA}, {"contains", REFS_SCHEMA},
        {"propertyNames", REFS_SCHEMA}, {"if", REFS_SCHEMA}, {"then", REFS_SCHEMA}, {"else", REFS_SCHEMA}, {"dependencies", REFS_MAP},
        {"dependentSchemas", REFS_MAP}, {"unevaluatedItems", REFS_SCHEMA}, {"unevaluatedProperties", REFS_SCHEMA},
        {"contentSchema", REFS_SCHEMA},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (is_key(keyword, table[i].name))
            return table[i].holds;
    }
    return REFS_NONE;
}

/* ---- names ---- */

static int add_name(struct refs *r, const struct json_value *at, const char *uri, const char *anchor, struct err *e) {
    size_t u = strlen(uri), a = anchor ? strlen(anchor) + 1 : 0;
    r->text += u + a + 1;
    if (r->text > TEXT_MOST)
        return refs_fault(r, at, "", e, "the names of the schema's parts take more than %zu bytes", TEXT_MOST);
    char *text = arena_alloc(&r->mem, u + a + 1, 1, e);
    if (!text)
        return -1;
    memcpy(text, uri, u);
    if (anchor) {
        text[u] = '#';
        memcpy(text + u + 1, anchor, a - 1);
    }
    r->name[r->n_names++] = (struct ref_name){.at = at, .uri = text, .resource = !anchor};
    return 0;
}

/* An $id. *base becomes the name of the resource that begins with AT, where one does; a fragment is an anchor, as in draft 7. */
static int add_id(struct refs *r, const struct json_value *at, const struct json_value *id, uint32_t *base, struct err *e) {
    char uri[URI_MAX];
    const char *fragment;
    if (uri_resolve(r->name[*base].uri, id->s, id->n, uri, &fragment))
        return refs_fault(r, at, r->draft == DRAFT_4 ? "id" : "$id", e, "of %d bytes or more, or with a NUL", URI_MAX);
    if (id->n > 0 && id->s[0] != '#') {
        if (at == r->doc->root && r->name[0].uri[0] == 0)
            r->n_names = 0; /* the root has a name after all */
        if (add_name(r, at, uri, NULL, e))
            return -1;
        *base = (uint32_t)r->n_names - 1;
    }
    if (fragment[0] && fragment[0] != '/')
        return add_name(r, at, r->name[*base].uri, fragment, e);
    return 0;
}

static const struct json_value *string_of(const struct json_value *schema, const char *key) {
    const struct json_value *v = json_find(schema, key);
    return v && v->type == JSON_STRING ? v : NULL;
}

static int add_names(struct refs *r, const struct json_value *at, uint32_t *base, struct err *e) {
    if (refs_ref_is_alone(r, at))
        return 0;
    const struct json_value *id = string_of(at, r->draft == DRAFT_4 ? "id" : "$id");
    if (id && add_id(r, at, id, base, e))
        return -1;
    const struct json_value *anchor = r->draft >= DRAFT_2019 ? string_of(at, "$anchor") : NULL;
    if (anchor && add_name(r, at, r->name[*base].uri, anchor->s, e))
        return -1;
    anchor = r->draft >= DRAFT_2020 ? string_of(at, "$dynamicAnchor") : NULL;
    if (anchor && add_name(r, at, r->name[*base].uri, anchor->s, e))
        return -1;
    if (anchor)
        r->name[r->n_names - 1].dynamic = 1;
    return 0;
}

/* ---- subschemas ---- */

static int visit(struct refs *r, const struct json_value *v, uint32_t base, struct err *e);

static int visit_all(struct refs *r, const struct json_value *v, uint32_t base, struct err *e) {
    const struct json_value *at = v + 1;
    for (uint32_t i = 0; i < v->n; i++, at = json_next(at)) {
        at += v->type == JSON_OBJECT; /* its key */
        if (visit(r, at, base, e))
            return -1;
    }
    return 0;
}

/* As deep as the document is nested, which JSON_MAX_DEPTH bounds. */
static int visit(struct refs *r, const struct json_value *v, uint32_t base, struct err *e) {
    uint32_t *mine = &r->base[v - r->doc->root];
    const struct json_value *key = v + 1;
    if (*mine || (v->type != JSON_OBJECT && v->type != JSON_TRUE && v->type != JSON_FALSE))
        return 0;
    if (v->type == JSON_OBJECT && add_names(r, v, &base, e))
        return -1;
    *mine = base + 1;
    if (v->type != JSON_OBJECT)
        return 0;
    r->schema[r->n_schemas++] = v;
    for (uint32_t i = 0; i < v->n; i++, key = json_next(key + 1)) {
        enum refs_holds holds = refs_holds(key);
        int type = key[1].type;
        int rc = 0;
        if (holds == REFS_SCHEMA || (holds == REFS_EITHER && type != JSON_ARRAY))
            rc = visit(r, key + 1, base, e);
        else if ((holds == REFS_MAP && type == JSON_OBJECT) || (holds >= REFS_LIST && holds != REFS_MAP && type == JSON_ARRAY))
            rc = visit_all(r, key + 1, base, e);
        if (rc)
            return -1;
    }
    return 0;
}

/* ---- what a reference means ---- */

static int compare_names(const struct ref_name *a, const struct ref_name *b) {
    return strcmp(a->uri, b->uri);
}

static int compare_sorted(const void *a, const void *b) {
    const struct ref_name *x = *(const struct ref_name *const *)a, *y = *(const struct ref_name *const *)b;
    int order = compare_names(x, y);
    return order ? order : x->at < y->at ? -1 : x->at > y->at;
}

static void sort_names(struct refs *r) {
    for (size_t i = 0; i < r->n_names; i++)
        r->by_text[i] = &r->name[i];
    r->n_sorted = r->n_names;
    qsort(r->by_text, r->n_sorted, sizeof *r->by_text, compare_sorted);
}

/* Of several the first in the document. */
static const struct ref_name *find_name(const struct refs *r, const char *uri) {
    size_t lo = 0, hi = r->n_sorted;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (strcmp(r->by_text[mid]->uri, uri) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < r->n_sorted && strcmp(r->by_text[lo]->uri, uri) == 0 ? r->by_text[lo] : NULL;
}

/* One step of a JSON pointer, "~1" and "~0" in it. */
static const struct json_value *step(const struct refs *r, const struct json_value *v, const char *token, size_t n) {
    char name[URI_MAX];
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        int escaped = token[i] == '~' && i + 1 < n && (token[i + 1] == '0' || token[i + 1] == '1');
        name[len++] = !escaped ? token[i] : token[i + 1] == '0' ? '~' : '/';
        i += (size_t)escaped;
    }
    return places_step(&r->places, v, name, len);
}

/* POINTER from FROM on; *base, 1 + a name, becomes that of the innermost subschema passed. */
static const struct json_value *walk(const struct refs *r, const struct json_value *from, const char *pointer, uint32_t *base) {
    const struct json_value *v = from;
    while (v && *pointer) {
        size_t n = strcspn(pointer + 1, "/");
        v = step(r, v, pointer + 1, n);
        pointer += 1 + n;
        if (v && r->base[v - r->doc->root])
            *base = r->base[v - r->doc->root];
    }
    return v;
}

static const char *why_unknown(const char *uri) {
    if (strstr(uri, "json-schema.org/"))
        return "the schema of schemas is not supported";
    return "no part of this document has that name, and others are not read";
}

/* The place REF names, and 1 + the name of the resource it lies in. *dynamic: by a $dynamicAnchor. */
static const struct json_value *resolve(const struct refs *r, const struct json_value *schema, const struct json_value *ref,
                                        uint32_t *base, const struct ref_name **anchor, const char **why) {
    char uri[2 * URI_MAX];
    const char *fragment, *from = r->name[r->base[schema - r->doc->root] - 1].uri;
    *why = "too long, or with a NUL";
    *anchor = NULL;
    if (uri_resolve(from, ref->s, ref->n, uri, &fragment))
        return NULL;
    const struct ref_name *name = strcmp(uri, from) == 0 ? &r->name[r->base[schema - r->doc->root] - 1] : find_name(r, uri);
    *why = why_unknown(uri);
    if (!name)
        return NULL;
    *why = "there is nothing there";
    *base = (uint32_t)(name - r->name) + 1;
    if (!fragment[0] || fragment[0] == '/')
        return walk(r, name->at, fragment, base);
    *why = "no part of this document has that anchor";
    uri[strlen(uri)] = '#'; /* the fragment stands behind the NUL that was here */
    *anchor = find_name(r, uri);
    return *anchor ? (*anchor)->at : NULL;
}

/* How many parts have a $dynamicAnchor named like ANCHOR, counting at most 2. */
static int count_dynamic(const struct refs *r, const struct ref_name *anchor) {
    const char *name = anchor && anchor->dynamic ? strchr(anchor->uri, '#') : NULL;
    int n = 0;
    for (size_t i = 0; name && i < r->n_names && n < 2; i++) {
        const char *other = r->name[i].dynamic ? strchr(r->name[i].uri, '#') : NULL;
        n += other && strcmp(name, other) == 0;
    }
    return n;
}

static int is_recursive(const struct json_value *at) {
    const struct json_value *on = json_find(at, "$recursiveAnchor");
    return on && on->type == JSON_TRUE;
}

static int count_recursive(const struct refs *r, const struct json_value *at) {
    int n = 0;
    for (size_t i = 0; is_recursive(at) && i < r->n_names && n < 2; i++)
        n += r->name[i].resource && is_recursive(r->name[i].at);
    return n;
}

/* Why a reference that leads TO there is of no use; NULL: it is. */
static const char *why_not(const struct refs *r, const struct json_value *to, const struct ref_name *anchor, const char *keyword) {
    if (!r->base[to - r->doc->root])
        return "what is there is no schema";
    if (strcmp(keyword, "$dynamicRef") == 0 && count_dynamic(r, anchor) > 1)
        return "not supported where several parts have that $dynamicAnchor";
    if (strcmp(keyword, "$recursiveRef") == 0 && count_recursive(r, to) > 1)
        return "not supported where several parts have a $recursiveAnchor";
    return NULL;
}

const struct json_value *refs_follow(const struct refs *r, const struct json_value *schema, const char *keyword, struct err *e) {
    const struct json_value *ref = json_find(schema, keyword), *to;
    const struct ref_name *anchor;
    uint32_t base;
    const char *why;
    if (!ref || ref->type != JSON_STRING) {
        refs_fault(r, schema, keyword, e, "expected a string");
        return NULL;
    }
    to = resolve(r, schema, ref, &base, &anchor, &why);
    if (to)
        why = why_not(r, to, anchor, keyword);
    if (!to || why) {
        refs_fault(r, schema, keyword, e, "'%.160s': %s", ref->s, why);
        return NULL;
    }
    return to;
}

const struct json_value *refs_target(const struct refs *r, const struct json_value *schema, struct err *e) {
    uint32_t known = r->target[schema - r->doc->root];
    return known ? r->doc->root + known - 1 : refs_follow(r, schema, "$ref", e);
}

int refs_ref_is_alone(const struct refs *r, const struct json_value *schema) {
    return r->draft <= DRAFT_7 && schema->type == JSON_OBJECT && string_of(schema, "$ref");
}

/* ---- opening ---- */

/* A dialect of somebody's own may give keywords another meaning, or none. */
static int read_draft(struct refs *r, struct err *e) {
    static const char *const name[] = {"draft-04", "draft-06", "draft-07", "2019-09", "2020-12"};
    const struct json_value *v = string_of(r->doc->root, "$schema");
    r->draft = DRAFT_2020;
    if (!v)
        return 0;
    if (!strstr(v->s, "json-schema.org/"))
        return strstr(v->s, "://") ? refs_fault(r, r->doc->root, "$schema", e, "'%.160s': an unknown dialect", v->s) : 0;
    if (strstr(v->s, "draft-03"))
        r->draft = DRAFT_4;
    for (int i = DRAFT_4; i <= DRAFT_2020; i++) {
        if (strstr(v->s, name[i]))
            r->draft = (enum draft)i;
    }
    return 0;
}

static int make_room(struct refs *r, struct err *e) {
    const struct json_value *root = r->doc->root;
    size_t names = 1, schemas = 0;
    for (uint32_t i = 0; i < root->span; i++) {
        schemas += root[i].type == JSON_OBJECT;
        if (root[i].type != JSON_STRING)
            continue;
        if (is_key(&root[i], "$anchor") || is_key(&root[i], "$dynamicAnchor"))
            names += 1;
        if (is_key(&root[i], "$id") || is_key(&root[i], "id"))
            names += 2; /* with an anchor in it */
    }
    r->name = arena_alloc(&r->mem, names, sizeof *r->name, e);
    r->by_text = r->name ? arena_alloc(&r->mem, names, sizeof *r->by_text, e) : NULL;
    r->schema = r->by_text ? arena_alloc(&r->mem, schemas, sizeof *r->schema, e) : NULL;
    r->base = r->schema ? arena_alloc(&r->mem, root->span, sizeof *r->base, e) : NULL;
    r->target = r->base ? arena_alloc(&r->mem, root->span, sizeof *r->target, e) : NULL;
    return r->target ? places_open(&r->places, root, &r->mem, e) : -1;
}

/* What references point to outside known keywords are schemas too, which may have references of their own. */
static int visit_targets(struct refs *r, struct err *e) {
    static const char *const keyword[] = {"$ref", "$dynamicRef", "$recursiveRef"};
    for (size_t i = 0; i < r->n_schemas; i++) {
        for (int k = 0; k < 3; k++) {
            const struct json_value *ref = string_of(r->schema[i], keyword[k]), *to;
            const struct ref_name *anchor;
            const char *why;
            uint32_t base;
            to = ref ? resolve(r, r->schema[i], ref, &base, &anchor, &why) : NULL;
            if (to && visit(r, to, base - 1, e))
                return -1;
            if (to && k == 0 && r->base[to - r->doc->root])
                r->target[r->schema[i] - r->doc->root] = (uint32_t)(to - r->doc->root) + 1;
        }
    }
    return 0;
}

static int read_all(struct refs *r, struct err *e) {
    if (read_draft(r, e) || make_room(r, e) || add_name(r, r->doc->root, "", NULL, e) || visit(r, r->doc->root, 0, e))
        return -1;
    sort_names(r);
    if (visit_targets(r, e))
        return -1;
    sort_names(r);
    return 0;
}

int refs_open(struct refs *r, const struct json *doc, struct err *e) {
    memset(r, 0, sizeof *r);
    r->doc = doc;
    int rc = read_all(r, e);
    if (rc)
        refs_close(r);
    return rc;
}

void refs_close(struct refs *r) {
    arena_free(&r->mem);
    memset(r, 0, sizeof *r);
}
