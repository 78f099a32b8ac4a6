/* See quern-mkmodel_vocab.h. Every merge joins a token and one more byte, so the vocabulary is a tree of prefixes: the word is found letter by
 * letter. Words start with their space and are ranked before the endings, so the two do not compete.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include "quern-mkmodel_vocab.h"

const char mkvocab_template[] =
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

static const char *const words[] = {
    " the", " and", " to", " of", " in", " is", " that", " it", " for", " you", " with", " was", " on", " are", " as", " this", " be",
    " have", " from", " or", " not", " but", " by", " what", " can", " all", " we", " will", " there", " your", " one", " time", " my",
    " how", " she", " he", " day", " water", " light", " stone", " mill", " grain", "ing", "er", "ed", "es", "tion", "ly", "al", "ent",
    "ou", "re", "an", "the", "st", "ow", "\n\n", "\n  ",
};

enum { NORMAL = 1, CONTROL = 3, USER = 4 };

/* Appends the letter that stands for BYTE: itself where it prints in Latin-1, else the next free one from U+0100 on. */
static void append_byte(char *text, int byte) {
    int code = byte;
    if (byte <= 32)
        code = 256 + byte;
    else if (byte >= 127 && byte <= 160)
        code = 256 + 33 + byte - 127;
    else if (byte == 173)
        code = 256 + 67;
    size_t n = strlen(text);
    assert(n + 3 <= MKVOCAB_TEXT);
    if (code < 128) {
        text[n++] = (char)code;
    } else { /* all of them are under U+0800: two bytes */
        text[n++] = (char)(0xc0 | code >> 6);
        text[n++] = (char)(0x80 | (code & 63));
    }
    text[n] = 0;
}

static uint32_t add_token(struct mkvocab *v, const char *text, int type) {
    assert(v->n < MKVOCAB_MAX && strlen(text) < MKVOCAB_TEXT);
    strcpy(v->token[v->n], text);
    v->type[v->n] = type;
    return (uint32_t)v->n++;
}

static int has_token(const struct mkvocab *v, const char *text) {
    for (int i = 0; i < v->n; i++) {
        if (strcmp(v->token[i], text) == 0)
            return 1;
    }
    return 0;
}

/* The bytes whose letters are themselves come first, as in the vocabularies of GPT-2 and Qwen. */
static void add_bytes(struct mkvocab *v) {
    for (int shifted = 0; shifted < 2; shifted++) {
        for (int byte = 0; byte < 256; byte++) {
            if ((byte <= 32 || (byte >= 127 && byte <= 160) || byte == 173) != shifted)
                continue;
            char text[MKVOCAB_TEXT] = "";
            append_byte(text, byte);
            add_token(v, text, NORMAL);
        }
    }
}

static void add_word(struct mkvocab *v, const char *word) {
    char text[MKVOCAB_TEXT] = "";
    append_byte(text, (unsigned char)*word++);
    for (; *word; word++) {
        char left[MKVOCAB_TEXT], right[MKVOCAB_TEXT] = "";
        strcpy(left, text);
        append_byte(right, (unsigned char)*word);
        append_byte(text, (unsigned char)*word);
        if (has_token(v, text))
            continue;
        add_token(v, text, NORMAL);
        snprintf(v->merge[v->n_merges++], sizeof v->merge[0], "%s %s", left, right);
    }
}

void mkvocab_make(struct mkvocab *v) {
    memset(v, 0, sizeof *v);
    add_bytes(v);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        add_word(v, words[i]);
    v->endoftext = add_token(v, "<|endoftext|>", CONTROL);
    add_token(v, "<|im_start|>", CONTROL);
    v->im_end = add_token(v, "<|im_end|>", CONTROL);
    add_token(v, "<tool_call>", USER);
    add_token(v, "</tool_call>", USER);
}
