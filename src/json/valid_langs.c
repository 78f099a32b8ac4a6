/* The automata of a schema's patterns and formats, one for each text. In: strings of the document. Out: automata, or a refusal. */
#include <string.h>

#include "json/format.h"
#include "json/valid_rules.h"

#define ENTRIES_MOST ((size_t)4 << 20) /* of all tables together, 2 bytes each: beyond that a schema means harm */

static uint32_t hash_text(const struct json_value *text, int is_format) {
    uint32_t h = 2166136261u + (uint32_t)is_format;
    for (uint32_t i = 0; i < text->n; i++)
        h = (h ^ (unsigned char)text->s[i]) * 16777619u;
    return (h ^ h >> 16) % LANG_HASHES;
}

static int compile(struct rules_reader *g, const struct json_value *key, struct valid_lang *lang) {
    const struct json_value *text = lang->text;
    const char *pattern = text->s;
    size_t n = text->n;
    struct err why = {0};
    lang->max = SIZE_MAX;
    lang->is_regex = lang->is_format && json_is(text, "regex");
    lang->is_known = 1;
    if (lang->is_regex)
        return 0;
    if (lang->is_format) {
        pattern = format_valid(text->s, text->n, &lang->max);
        n = pattern ? strlen(pattern) : 0;
        lang->is_known = pattern != NULL;
        if (!pattern)
            return 0;
    }
    if (dfa_pattern(&lang->dfa, pattern, n, &g->v->mem, &why)) {
        if (why.code == ERR_MEMORY)
            return err_set(g->e, ERR_MEMORY, "%s", why.text);
        return refs_fault(g->v->refs, g->now->schema, key->s, g->e, "'%.100s': %s", text->s, why.text);
    }
    g->entries += (size_t)lang->dfa.n_states * lang->dfa.n_classes;
    return g->entries <= ENTRIES_MOST ? 0 : refs_fault(g->v->refs, g->now->schema, key->s, g->e, "too large, together with those before");
}

int rules_need_lang(struct rules_reader *g, const struct json_value *key, const struct json_value *text, int is_format) {
    struct valid_lang **at = &g->hash[hash_text(text, is_format)];
    const struct json_value *root = g->v->refs->doc->root;
    while (*at && ((*at)->is_format != is_format || (*at)->text->n != text->n || memcmp((*at)->text->s, text->s, text->n) != 0))
        at = &(*at)->next;
    if (!*at) {
        struct valid_lang *lang = arena_alloc(&g->v->mem, 1, sizeof *lang, g->e);
        if (!lang)
            return -1;
        lang->text = text;
        lang->is_format = is_format;
        if (compile(g, key, lang))
            return -1;
        *at = lang;
    }
    g->v->lang[text - root] = *at;
    return 0;
}

static const struct dfa *dfa_of(const struct valid *v, const struct json_value *text) {
    const struct valid_lang *lang = v->lang[text - v->refs->doc->root];
    return lang && lang->is_known && !lang->is_regex ? &lang->dfa : NULL;
}

const struct dfa *valid_pattern(const struct valid *v, const struct json_value *pattern) {
    return dfa_of(v, pattern);
}

const struct dfa *valid_format(const struct valid *v, const struct json_value *name) {
    return dfa_of(v, name);
}
