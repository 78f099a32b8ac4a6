/* The tensors of a folder. In: files named model*.safetensors. Out: a list of tensors, each proven to lie inside its file and to have the
 * bytes that its shape needs. A file is 8 bytes of length, that much JSON, data; the tensors cover the data without gaps. Must not know
 * what the names mean.
 */
#define _POSIX_C_SOURCE 200809L
#include "quern-convert.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "quant/quant.h"

#define MAX_HEADER (4u << 20) /* bytes: a thousand tensors take an eighth of a megabyte */

int safetensors_fault(const struct source *s, struct err *e, const char *fmt, ...) {
    char reason[256], name[96];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(reason, sizeof reason, fmt, ap);
    va_end(ap);
    return json_fault(&s->shard->header, s->offset, e, "%s: %s", err_quote(name, sizeof name, s->name.s, s->name.n), reason);
}

/* ---- the files ---------------------------------------------------------------------------------------------------- */

static int is_ours(const struct dirent *d) {
    size_t n = strlen(d->d_name);
    return strncmp(d->d_name, "model", 5) == 0 && n > 12 && strcmp(d->d_name + n - 12, ".safetensors") == 0;
}

/* The length itself is read as blanks before the text, so that a byte of the text is a byte of the file. */
static int read_header(struct shard *s, char *text, uint64_t n, struct err *e) {
    if (os_file_read(&s->file, 8, text + 8, (size_t)n, e))
        return -1;
    memset(text, ' ', 8);
    if (json_open(&s->header, s->file.path, ERR_MODEL, text, (size_t)n + 8, e))
        return -1;
    if (s->header.root->type != JSON_OBJECT)
        return json_fault(&s->header, s->header.root->offset, e, "expected an object, found %s", json_type_name(s->header.root));
    s->data = n + 8;
    return 0;
}

static int open_shard(struct shard *s, const char *path, struct err *e) {
    unsigned char length[8];
    uint64_t n;
    if (os_file_open(&s->file, path, e))
        return -1;
    if (s->file.size < 8)
        return err_set(e, ERR_MODEL, "%s: byte 0: 8 bytes of length expected, the file has %" PRIu64, path, s->file.size);
    if (os_file_read(&s->file, 0, length, 8, e))
        return -1;
    memcpy(&n, length, 8);
    if (n < 2 || n > s->file.size - 8)
        return err_set(e, ERR_MODEL, "%s: byte 0: a header of %" PRIu64 " bytes, the file has %" PRIu64 " left", path, n, s->file.size - 8);
    if (n > MAX_HEADER)
        return err_set(e, ERR_MODEL, "%s: byte 0: a header of %" PRIu64 " bytes, at most %u are expected", path, n, MAX_HEADER);
    char *text = malloc((size_t)n + 8);
    if (!text)
        return err_set(e, ERR_MEMORY, "out of memory");
    int rc = read_header(s, text, n, e);
    free(text);
    return rc;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The paths, sorted, so that the first fault is the same everywhere. */
static const char **list_shards(struct safetensors *s, struct folder *f, DIR *dir, struct err *e) {
    const char **path = NULL;
    size_t most = 0;
    for (struct dirent *d; (d = readdir(dir));)
        most += (size_t)is_ours(d);
    path = arena_alloc(&s->mem, most, sizeof *path, e);
    rewinddir(dir);
    for (struct dirent *d; path && (d = readdir(dir)) && s->n_shards < most;) {
        if (!is_ours(d))
            continue;
        if (!(path[s->n_shards++] = folder_file(f, d->d_name, e)))
            return NULL;
    }
    if (path)
        qsort(path, s->n_shards, sizeof *path, by_name);
    return path;
}

static int open_shards(struct safetensors *s, struct folder *f, struct err *e) {
    DIR *dir = opendir(f->path);
    if (!dir)
        return err_set(e, ERR_MODEL, "%s: %s", f->path, strerror(errno));
    const char **path = list_shards(s, f, dir, e);
    size_t n = s->n_shards;
    closedir(dir);
    s->n_shards = 0;
    if (!path || !(s->shard = arena_alloc(&s->mem, n, sizeof *s->shard, e)))
        return -1;
    if (n == 0)
        return err_set(e, ERR_MODEL, "%s: no model*.safetensors", f->path);
    for (size_t i = 0; i < n; i++) {
        s->shard[i].file.fd = -1;
        s->n_shards++;
        if (open_shard(&s->shard[i], path[i], e))
            return -1;
    }
    return 0;
}

/* ---- the tensors -------------------------------------------------------------------------------------------------- */

/* N whole numbers from 0 on, at most MOST of them, in the array KEY of the record V. */
static int read_numbers(const struct source *s, const struct json_value *v, const char *key, uint32_t most, uint64_t *out, struct err *e) {
    const struct json_value *list = json_find(v, key);
    if (!list || list->type != JSON_ARRAY)
        return safetensors_fault(s, e, "%s: expected an array, found %s", key, list ? json_type_name(list) : "nothing");
    if (list->n < 1 || list->n > most)
        return safetensors_fault(s, e, "%s: expected 1 or 2 numbers, found %lu", key, (unsigned long)list->n);
    const struct json_value *number = list + 1;
    for (uint32_t i = 0; i < list->n; i++, number = json_next(number)) {
        int64_t n;
        if (!json_int(number, &n) || n < 0)
            return safetensors_fault(s, e, "%s: expected whole numbers from 0 on, found %s", key,
                                     number->type == JSON_NUMBER ? number->s : json_type_name(number));
        out[i] = (uint64_t)n;
    }
    return (int)list->n;
}

static int read_type(struct source *s, const struct json_value *v, struct err *e) {
    static const uint32_t types[] = {QT_F32, QT_F16, QT_BF16};
    const struct json_value *dtype = json_find(v, "dtype");
    if (!dtype || dtype->type != JSON_STRING)
        return safetensors_fault(s, e, "dtype: expected a string, found %s", dtype ? json_type_name(dtype) : "nothing");
    for (int i = 0; i < 3; i++) {
        s->type = types[i];
        if (json_is(dtype, qtype_info(s->type)->name))
            return 0;
    }
    return safetensors_fault(s, e, "dtype: expected F32, F16 or BF16, found '%.24s'", dtype->s);
}

/* KEY and the value behind it. */
static int read_source(struct source *s, const struct shard *shard, const struct json_value *key, struct err *e) {
    const struct json_value *v = key + 1;
    uint64_t place[2], size, held = shard->file.size - shard->data;
    *s = (struct source){.name = {key->s, key->n}, .shard = shard, .offset = key->offset, .dims = {0, 1}};
    if (memchr(key->s, 0, key->n))
        return safetensors_fault(s, e, "a NUL character in a name");
    if (v->type != JSON_OBJECT)
        return safetensors_fault(s, e, "expected an object, found %s", json_type_name(v));
    if (read_type(s, v, e))
        return -1;
    size = qtype_info(s->type)->bytes;
    int n = read_numbers(s, v, "shape", 2, s->dims, e);
    if (n < 0)
        return -1;
    s->n_dims = (uint32_t)n;
    n = read_numbers(s, v, "data_offsets", 2, place, e);
    if (n < 0)
        return -1;
    if (n != 2 || place[0] > place[1] || place[1] > held)
        return safetensors_fault(s, e, "data_offsets: expected a begin and an end in the %" PRIu64 " bytes of data that the file has", held);
    s->start = place[0];
    s->end = place[1];
    uint64_t bytes = s->end - s->start; /* compared by dividing: a product of dimensions may be anything */
    if (s->dims[0] == 0 || s->dims[1] == 0 || bytes % size || bytes / size % s->dims[0] || bytes / size / s->dims[0] != s->dims[1])
        return safetensors_fault(s, e, "data_offsets: %" PRIu64 " bytes, expected %" PRIu64 " x %" PRIu64 " values of %s", bytes, s->dims[0],
                                 s->dims[1], qtype_info(s->type)->name);
    return 0;
}

static int by_start(const void *a, const void *b) {
    const struct source *x = a, *y = b;
    return x->start != y->start ? (x->start > y->start) - (x->start < y->start) : (x->end > y->end) - (x->end < y->end);
}

/* The tensors of one file, N from S on, sorted by place: each begins where the one before ends. */
static int check_cover(struct source *s, size_t n, const struct shard *shard, struct err *e) {
    uint64_t at = 0, held = shard->file.size - shard->data;
    qsort(s, n, sizeof *s, by_start);
    for (size_t i = 0; i < n; at = s[i++].end) {
        if (s[i].start != at)
            return safetensors_fault(&s[i], e, "data_offsets: begins at %" PRIu64 " of the data, those before end at %" PRIu64, s[i].start, at);
    }
    if (at != held)
        return err_set(e, ERR_MODEL, "%s: byte %" PRIu64 ": the tensors end here, the file %" PRIu64 " bytes later", shard->file.path,
                       shard->data + at, held - at);
    return 0;
}

static int read_sources(struct safetensors *s, const struct shard *shard, struct err *e) {
    const struct json_value *key = shard->header.root + 1;
    size_t first = s->n;
    for (uint32_t i = 0; i < shard->header.root->n; i++, key = json_next(key + 1)) {
        if (!json_is(key, "__metadata__") && read_source(&s->source[s->n++], shard, key, e))
            return -1;
    }
    return check_cover(s->source + first, s->n - first, shard, e);
}

static int read_all(struct safetensors *s, struct err *e) {
    size_t most = 0;
    for (size_t i = 0; i < s->n_shards; i++)
        most += s->shard[i].header.root->n;
    s->source = arena_alloc(&s->mem, most, sizeof *s->source, e);
    s->sorted = arena_alloc(&s->mem, most, sizeof *s->sorted, e);
    if (!s->source || !s->sorted)
        return -1;
    for (size_t i = 0; i < s->n_shards; i++) {
        if (read_sources(s, &s->shard[i], e))
            return -1;
    }
    for (size_t i = 0; i < s->n; i++)
        s->sorted[i] = names_entry(&s->source[i].name);
    names_sort(s->sorted, s->n);
    const struct gguf_str *again = names_repeated(s->sorted, s->n);
    return again ? safetensors_fault((const struct source *)(const void *)again, e, "this name occurs twice") : 0;
}

int safetensors_open(struct safetensors *s, struct folder *f, struct err *e) {
    memset(s, 0, sizeof *s);
    if (open_shards(s, f, e) == 0 && read_all(s, e) == 0)
        return 0;
    safetensors_close(s);
    return -1;
}

void safetensors_close(struct safetensors *s) {
    for (size_t i = 0; i < s->n_shards; i++) {
        json_close(&s->shard[i].header);
        if (s->shard[i].file.fd >= 0)
            os_file_close(&s->shard[i].file);
    }
    arena_free(&s->mem);
    memset(s, 0, sizeof *s);
}

struct source *safetensors_find(const struct safetensors *s, const char *name) {
    return (struct source *)(uintptr_t)names_find(s->sorted, s->n, name);
}
