/* The vocabulary of a folder. In: tokenizer.json, or vocab.json and what stands beside it; tokenizer_config.json. Out: a token with a type
 * for each row of the embedding, the tokens that begin, end and pad, a template. Must not look at the text of a template.
 */
#include "quern-convert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NORMAL = 1, CONTROL = 3, USER = 4, UNUSED = 5 }; /* as in the files */

/* How Qwen2 cuts a text before merging: its tokenizers may have this expression and no other. */
static const char splitter[] = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+"
                               "|\\s+(?!\\S)|\\s+";

static int32_t find(const struct vocab *v, const char *token) {
    const struct gguf_str *found = names_find(v->sorted, v->n, token);
    return found ? (int32_t)(found - v->token) : -1;
}

int hf_vocab_is_normal(const struct vocab *v, const char *token) {
    int32_t id = find(v, token);
    return id >= 0 && v->type[id] == NORMAL;
}

/* ---- tokens ------------------------------------------------------------------------------------------------------- */

/* AT is the place of a fault in J. A token may be named again by those who add to a vocabulary: its text and id have to agree. */
static int set_token(struct vocab *v, const struct json *j, const struct json_value *at, int64_t id, const struct json_value *text,
                     struct err *e) {
    char shown[64];
    if (text->n == 0 || memchr(text->s, 0, text->n))
        return json_fault(j, at->offset, e, "token %lld: its text is empty or has a NUL character in it", (long long)id);
    err_quote(shown, sizeof shown, text->s, text->n);
    if (id < 0 || id >= (int64_t)v->n)
        return json_fault(j, at->offset, e, "token '%s': its id is %lld, and vocab_size %lu", shown, (long long)id, (unsigned long)v->n);
    struct gguf_str *t = &v->token[id];
    if (t->s && (t->n != text->n || memcmp(t->s, text->s, t->n) != 0))
        return json_fault(j, at->offset, e, "token '%s': its id, %lld, is that of '%.64s' too", shown, (long long)id, t->s);
    *t = (struct gguf_str){text->s, text->n};
    return 0;
}

static int fault_id(const struct json *j, const struct json_value *v, struct err *e) {
    return field_fault(j, "id", v, e, "a whole number");
}

/* {"text": id, ...} */
static int read_vocab(struct vocab *v, const struct json *j, const struct json_value *object, struct err *e) {
    if (object->type != JSON_OBJECT)
        return field_fault(j, "vocab", object, e, "an object");
    const struct json_value *key = object + 1;
    for (uint32_t i = 0; i < object->n; i++, key = json_next(key + 1)) {
        int64_t id;
        if (!json_int(key + 1, &id))
            return fault_id(j, key + 1, e);
        if (id >= 0 && id < (int64_t)v->n && v->token[id].s)
            return json_fault(j, key->offset, e, "id %lld is there twice", (long long)id);
        if (set_token(v, j, key, id, key, e))
            return -1;
        v->type[id] = NORMAL;
    }
    return 0;
}

/* Some control tokens are not marked as such, but all look alike. */
static int looks_special(const struct json_value *text) {
    return text->n > 4 && memcmp(text->s, "<|", 2) == 0 && memcmp(text->s + text->n - 2, "|>", 2) == 0;
}

static int add_token(struct vocab *v, const struct json *j, const struct json_value *at, int64_t id, const struct json_value *text,
                     struct err *e) {
    int special = 0;
    const struct json_value *object = at;
    if (text->type != JSON_STRING)
        return field_fault(j, "content", text, e, "a string");
    if (object->type == JSON_OBJECT && field_bool(j, object, "special", &special, e) < 0)
        return -1;
    if (set_token(v, j, at, id, text, e))
        return -1;
    v->type[id] = special || looks_special(text) ? CONTROL : USER;
    return 0;
}

/* [{"id": 7, "content": "...", "special": true}, ...] */
static int read_added_list(struct vocab *v, const struct json *j, const struct json_value *list, struct err *e) {
    if (list->type != JSON_ARRAY)
        return field_fault(j, "added_tokens", list, e, "an array");
    for (const struct json_value *t = list + 1; t != json_next(list); t = json_next(t)) {
        const struct json_value *number = json_find(t, "id"), *text = json_find(t, "content");
        int64_t id;
        if (!number || !text)
            return json_fault(j, t->offset, e, "added_tokens: expected an object with id and content");
        if (!json_int(number, &id))
            return fault_id(j, number, e);
        if (add_token(v, j, t, id, text, e))
            return -1;
    }
    return 0;
}

/* {"7": {"content": "...", "special": true}, ...} */
static int read_added_decoder(struct vocab *v, const struct json *j, const struct json_value *object, struct err *e) {
    if (object->type != JSON_OBJECT)
        return field_fault(j, "added_tokens_decoder", object, e, "an object");
    const struct json_value *key = object + 1;
    for (uint32_t i = 0; i < object->n; i++, key = json_next(key + 1)) {
        const struct json_value *text = json_find(key + 1, "content");
        if (!text)
            return json_fault(j, key->offset, e, "added_tokens_decoder: expected an object with content");
        if (key->n == 0 || key->n > 9 || strspn(key->s, "0123456789") != key->n)
            return fault_id(j, key, e);
        if (add_token(v, j, key + 1, atol(key->s), text, e))
            return -1;
    }
    return 0;
}

/* {"...": 7, ...} */
static int read_added_object(struct vocab *v, const struct json *j, struct err *e) {
    const struct json_value *key = j->root + 1;
    for (uint32_t i = 0; i < j->root->n; i++, key = json_next(key + 1)) {
        int64_t id;
        if (!json_int(key + 1, &id))
            return fault_id(j, key + 1, e);
        if (add_token(v, j, key, id, key, e))
            return -1;
    }
    return 0;
}

static int read_added(struct vocab *v, struct folder *f, struct err *e) {
    const struct json_value *list = field_find(f->tokenizer.root, "added_tokens");
    const struct json_value *decoder = field_find(f->tokenizer_config.root, "added_tokens_decoder");
    if (list)
        return read_added_list(v, &f->tokenizer, list, e);
    if (decoder)
        return read_added_decoder(v, &f->tokenizer_config, decoder, e);
    if (folder_json(f, "added_tokens.json", 1, &v->added_file, e))
        return -1;
    return v->added_file.root ? read_added_object(v, &v->added_file, e) : 0;
}

static int check_splitter(const struct json *j, const struct json_value *cutter, struct err *e) {
    const struct json_value *regex = field_find(field_find(cutter, "pattern"), "Regex");
    return regex && !json_is(regex, splitter) ? field_fault(j, "pre_tokenizer", regex, e, "the expression of Qwen2") : 0;
}

/* The kind of tokenizer.json: byte-level BPE with Qwen2's splitter, alone or one of a sequence. */
static int check_kind(const struct json *j, const struct json_value *model, struct err *e) {
    const struct json_value *type = field_find(model, "type"), *cutter = field_find(j->root, "pre_tokenizer");
    const struct json_value *list = field_find(cutter, "pretokenizers");
    if (type && !json_is(type, "BPE"))
        return field_fault(j, "model.type", type, e, "BPE");
    if (list && list->type != JSON_ARRAY)
        return field_fault(j, "pretokenizers", list, e, "an array");
    for (const struct json_value *v = list ? list + 1 : NULL; list && v != json_next(list); v = json_next(v)) {
        if (check_splitter(j, v, e))
            return -1;
    }
    return check_splitter(j, cutter, e);
}

static int read_tokens(struct vocab *v, struct folder *f, struct err *e) {
    const struct json *j = &f->tokenizer;
    if (j->root) {
        const struct json_value *model = field_find(j->root, "model"), *vocab = field_find(model, "vocab");
        if (!vocab)
            return json_fault(j, 0, e, "no model.vocab");
        return check_kind(j, model, e) || read_vocab(v, j, vocab, e) ? -1 : 0;
    }
    if (!folder_has(f, "vocab.json"))
        return err_set(e, ERR_MODEL, "%s: neither tokenizer.json nor vocab.json", f->path);
    if (folder_json(f, "vocab.json", 0, &v->vocab_file, e))
        return -1;
    return read_vocab(v, &v->vocab_file, v->vocab_file.root, e);
}

/* Rows of the embedding that stand for nothing get the names that such tokens have on the hub. */
static int fill_unused(struct vocab *v, struct err *e) {
    enum { ROOM = 16 };
    size_t n = 0;
    for (uint32_t i = 0; i < v->n; i++)
        n += !v->token[i].s;
    char *at = arena_alloc(&v->mem, n, ROOM, e);
    if (!at)
        return -1;
    for (uint32_t i = 0; i < v->n; i++) {
        if (v->token[i].s)
            continue;
        int len = snprintf(at, ROOM, "[PAD%lu]", (unsigned long)i);
        v->token[i] = (struct gguf_str){at, (size_t)len};
        v->type[i] = UNUSED;
        at += ROOM;
    }
    return 0;
}

static int sort_tokens(struct vocab *v, const struct folder *f, struct err *e) {
    char shown[64];
    for (uint32_t i = 0; i < v->n; i++)
        v->sorted[i] = names_entry(&v->token[i]);
    names_sort(v->sorted, v->n);
    const struct gguf_str *again = names_repeated(v->sorted, v->n);
    if (!again)
        return 0;
    err_quote(shown, sizeof shown, again->s, again->n);
    return err_set(e, ERR_MODEL, "%s: token '%s' has two ids, one of them %lu", f->path, shown, (unsigned long)(again - v->token));
}

/* ---- special tokens ----------------------------------------------------------------------------------------------- */

/* The id KEY of a configuration: a number, or a list whose first counts. */
static int read_id(const struct vocab *v, const struct json *j, const char *key, int32_t *out, struct err *e) {
    const struct json_value *id = field_find(j->root, key);
    int64_t i;
    if (id && id->type == JSON_ARRAY)
        id = id->n ? id + 1 : NULL;
    if (!id || *out >= 0)
        return 0;
    if (!json_int(id, &i) || i < 0 || i >= (int64_t)v->n)
        return field_fault(j, key, id, e, "the id of a token");
    *out = (int32_t)i;
    return 0;
}

/* By name in tokenizer_config.json, else by id in config.json, else in generation_config.json. */
static int read_special(const struct vocab *v, const struct folder *f, const char *kind, int32_t *out, struct err *e) {
    const struct json *j = &f->tokenizer_config;
    char key[32];
    snprintf(key, sizeof key, "%s_token", kind);
    const struct json_value *name = field_find(j->root, key);
    if (name && name->type == JSON_OBJECT)
        name = json_find(name, "content");
    *out = -1;
    if (name && name->type == JSON_STRING) {
        *out = memchr(name->s, 0, name->n) ? -1 : find(v, name->s);
        if (*out < 0)
            return field_fault(j, key, name, e, "a token");
    }
    snprintf(key, sizeof key, "%s_token_id", kind);
    return read_id(v, &f->config, key, out, e) || read_id(v, &f->generation_config, key, out, e) ? -1 : 0;
}

/* ---- template ----------------------------------------------------------------------------------------------------- */

/* Of several templates the one named "default". */
static int read_named(struct vocab *v, const struct json *j, const struct json_value *list, struct err *e) {
    for (const struct json_value *t = list + 1; t != json_next(list); t = json_next(t)) {
        const struct json_value *name = json_find(t, "name");
        if (name && json_is(name, "default"))
            return field_string(j, t, "template", &v->chat_template, e) < 0 ? -1 : 0;
    }
    return 0;
}

static int read_template_file(struct vocab *v, struct folder *f, struct err *e) {
    struct os_map m;
    const char *path = folder_file(f, "chat_template.jinja", e);
    if (!path || os_map_open(&m, path, e))
        return -1;
    char *text = memchr(m.base, 0, m.size) ? NULL : arena_alloc(&v->mem, m.size + 1, 1, e);
    if (text)
        memcpy(text, m.base, m.size);
    else if (memchr(m.base, 0, m.size))
        err_set(e, ERR_MODEL, "%s: a NUL character in a template", path);
    os_map_close(&m);
    v->chat_template = text;
    return text ? 0 : -1;
}

static int read_template(struct vocab *v, struct folder *f, struct err *e) {
    const struct json *j = &f->tokenizer_config;
    const struct json_value *t = field_find(j->root, "chat_template");
    if (t && t->type == JSON_ARRAY)
        return read_named(v, j, t, e);
    if (t)
        return field_string(j, j->root, "chat_template", &v->chat_template, e) < 0 ? -1 : 0;
    return folder_has(f, "chat_template.jinja") ? read_template_file(v, f, e) : 0;
}

/* ---- the whole ---------------------------------------------------------------------------------------------------- */

static int read_all(struct vocab *v, struct folder *f, struct err *e) {
    v->token = arena_alloc(&v->mem, v->n, sizeof *v->token, e);
    v->type = v->token ? arena_alloc(&v->mem, v->n, sizeof *v->type, e) : NULL;
    v->sorted = v->type ? arena_alloc(&v->mem, v->n, sizeof *v->sorted, e) : NULL;
    if (!v->sorted)
        return -1;
    if (read_tokens(v, f, e) || read_added(v, f, e) || fill_unused(v, e) || sort_tokens(v, f, e) || merges_read(v, f, e))
        return -1;
    if (read_special(v, f, "eos", &v->eos, e) || read_special(v, f, "pad", &v->pad, e) || read_special(v, f, "bos", &v->bos, e))
        return -1;
    if (field_bool(&f->tokenizer_config, f->tokenizer_config.root, "add_bos_token", &v->add_bos, e) < 0)
        return -1;
    return read_template(v, f, e);
}

int hf_vocab_open(struct vocab *v, struct folder *f, uint32_t n, struct err *e) {
    memset(v, 0, sizeof *v);
    v->n = n;
    if (read_all(v, f, e) == 0)
        return 0;
    hf_vocab_close(v);
    return -1;
}

void hf_vocab_close(struct vocab *v) {
    json_close(&v->vocab_file);
    json_close(&v->added_file);
    arena_free(&v->mem);
    memset(v, 0, sizeof *v);
}
