/* The documents of a Hugging Face folder. In: a path. Out: JSON objects, and their members as what they should be. Must not know what the
 * members mean.
 */
#define _POSIX_C_SOURCE 200809L
#include "quern-convert.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *folder_file(struct folder *f, const char *name, struct err *e) {
    size_t n = strlen(f->path) + strlen(name) + 2;
    char *path = arena_alloc(&f->mem, n, 1, e);
    if (path)
        snprintf(path, n, "%s/%s", f->path, name);
    return path;
}

int folder_has(struct folder *f, const char *name) {
    const char *path = folder_file(f, name, NULL);
    return path && access(path, F_OK) == 0;
}

int folder_json(struct folder *f, const char *name, int optional, struct json *j, struct err *e) {
    struct os_map m;
    memset(j, 0, sizeof *j);
    if (optional && !folder_has(f, name))
        return 0;
    const char *path = folder_file(f, name, e);
    if (!path || os_map_open(&m, path, e))
        return -1;
    int rc = json_open(j, path, ERR_MODEL, (const char *)m.base, m.size, e);
    os_map_close(&m);
    if (rc == 0 && j->root->type != JSON_OBJECT) {
        rc = json_fault(j, j->root->offset, e, "expected an object, found %s", json_type_name(j->root));
        json_close(j);
    }
    return rc;
}

int folder_open(struct folder *f, const char *path, struct err *e) {
    struct stat st;
    memset(f, 0, sizeof *f);
    f->path = path;
    if (stat(path, &st) != 0)
        return err_set(e, ERR_MODEL, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return err_set(e, ERR_MODEL, "%s: a folder of a model expected, this is none", path);
    if (folder_json(f, "config.json", 0, &f->config, e) == 0 &&
        folder_json(f, "generation_config.json", 1, &f->generation_config, e) == 0 &&
        folder_json(f, "tokenizer_config.json", 1, &f->tokenizer_config, e) == 0 &&
        folder_json(f, "tokenizer.json", 1, &f->tokenizer, e) == 0)
        return 0;
    folder_close(f);
    return -1;
}

void folder_close(struct folder *f) {
    json_close(&f->config);
    json_close(&f->generation_config);
    json_close(&f->tokenizer_config);
    json_close(&f->tokenizer);
    arena_free(&f->mem);
}

/* ---- members ------------------------------------------------------------------------------------------------------ */

const struct json_value *field_find(const struct json_value *object, const char *key) {
    const struct json_value *v = object ? json_find(object, key) : NULL;
    return v && v->type != JSON_NULL ? v : NULL;
}

int field_fault(const struct json *j, const char *key, const struct json_value *v, struct err *e, const char *expected) {
    char found[48];
    if (v->type != JSON_NUMBER && v->type != JSON_STRING)
        return json_fault(j, v->offset, e, "%s: expected %s, found %s", key, expected, json_type_name(v));
    err_quote(found, sizeof found, v->s, v->n);
    const char *fmt = v->type == JSON_NUMBER ? "%s: expected %s, found %s" : "%s: expected %s, found '%s'";
    return json_fault(j, v->offset, e, fmt, key, expected, found);
}

int field_int(const struct json *j, const struct json_value *object, const char *key, int32_t *out, struct err *e) {
    const struct json_value *v = field_find(object, key);
    int64_t i;
    if (!v)
        return 0;
    if (!json_int(v, &i) || i < 0 || i > INT32_MAX)
        return field_fault(j, key, v, e, "a whole number from 0 to 2^31 - 1");
    *out = (int32_t)i;
    return 1;
}

int field_double(const struct json *j, const struct json_value *object, const char *key, double *out, struct err *e) {
    const struct json_value *v = field_find(object, key);
    if (!v)
        return 0;
    return json_double(v, out) ? 1 : field_fault(j, key, v, e, "a number");
}

int field_bool(const struct json *j, const struct json_value *object, const char *key, int *out, struct err *e) {
    const struct json_value *v = field_find(object, key);
    if (!v)
        return 0;
    if (v->type != JSON_TRUE && v->type != JSON_FALSE)
        return field_fault(j, key, v, e, "true or false");
    *out = v->type == JSON_TRUE;
    return 1;
}

int field_string(const struct json *j, const struct json_value *object, const char *key, const char **out, struct err *e) {
    const struct json_value *v = field_find(object, key);
    if (!v)
        return 0;
    if (v->type != JSON_STRING)
        return field_fault(j, key, v, e, "a string");
    if (memchr(v->s, 0, v->n))
        return json_fault(j, v->offset, e, "%s: a NUL character in a string", key);
    *out = v->s;
    return 1;
}
