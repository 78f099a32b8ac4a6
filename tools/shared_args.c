/* The command line and the choice of types; see shared_args.h. */
#define _POSIX_C_SOURCE 200809L
#include "shared_args.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/os.h"
#include "quant/quant.h"

void args_print_mixes(const char *what) {
    printf("  %-14s  ", what);
    for (int i = 0; mix_name(i); i++)
        printf("%s%s", i == 0 ? "" : i % 10 == 0 ? ",\n                  " : ", ", mix_name(i));
    putchar('\n');
}

void args_print_types(void) {
    args_print_mixes("TYPE");
    printf("  --for zero2w    a mix for boards of 512 MB: Qwen2.5-0.5B in less than 280 MB\n"
           "  --output-type TYPE\n"
           "                  the output matrix; where the embedding serves as both, the embedding\n"
           "  --embedding-type TYPE\n"
           "                  the embedding\n"
           "  --tensor-type PATTERN=TYPE\n"
           "                  matrices with PATTERN in their names, or named so where it has * ? [ in it; of several, the last counts\n"
           "  -t, --threads N as many as there are cores where none is given; the bytes do not depend on it\n"
           "  -h, --help\n\n"
           "The flags' TYPEs are single ones: F16, Q8_0, Q4_K ... One whose blocks do not divide a row gives way to the next larger.\n");
}

/* ---- the words ---------------------------------------------------------------------------------------------------- */

static int parse_type(const struct args *a, const char *flag, const char *text, uint32_t *out, struct err *e) {
    *out = qtype_find(text);
    return *out == QT_N ? err_set(e, ERR_USAGE, "%s: no tensor type '%s', see %s -h", flag, text, a->tool) : 0;
}

static int parse_threads(const char *flag, const char *text, int *out, struct err *e) {
    char *end;
    long v = strtol(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || v < 1 || v > 256)
        return err_set(e, ERR_USAGE, "%s: a number from 1 to 256 expected, found '%s'", flag, text);
    *out = (int)v;
    return 0;
}

/* PATTERN=TYPE; cuts VALUE in two. */
static int add_rule(struct args *a, const char *flag, char *value, struct err *e) {
    char *equals = strrchr(value, '=');
    struct rule *r = &a->rule[a->n_rules];
    if (!equals || equals == value)
        return err_set(e, ERR_USAGE, "%s: PATTERN=TYPE expected, found '%s'", flag, value);
    if (a->n_rules == MAX_RULES)
        return err_set(e, ERR_USAGE, "%s: given more than %d times", flag, MAX_RULES);
    *equals = 0;
    r->pattern = value;
    a->n_rules++;
    return parse_type(a, flag, equals + 1, &r->type, e);
}

/* A flag that takes a value. 1: it is none of ours. */
static int set_option(struct args *a, const char *flag, char *value, struct err *e) {
    static const char *const flags[] = {"--output-type", "--embedding-type", "--tensor-type", "--for", "--threads", "-t"};
    int i = 0;
    while (i < 6 && strcmp(flag, flags[i]) != 0)
        i++;
    if (i == 6)
        return 1;
    if (!value)
        return err_set(e, ERR_USAGE, "%s: a value is missing", flag);
    switch (i) {
    case 0: return parse_type(a, flag, value, &a->output, e);
    case 1: return parse_type(a, flag, value, &a->embedding, e);
    case 2: return add_rule(a, flag, value, e);
    case 3:
        a->mix = strcmp(value, "zero2w") == 0 ? mix_find(value) : NULL;
        return a->mix ? 0 : err_set(e, ERR_USAGE, "--for: no board '%s', only zero2w", value);
    }
    return parse_threads(flag, value, &a->n_threads, e);
}

/* IN, OUT and perhaps TYPE. */
static int set_words(struct args *a, const char *const *word, int n, struct err *e) {
    if (a->mix && n != 2)
        return err_set(e, ERR_USAGE, "IN and OUT are needed with --for, and no TYPE, see %s -h", a->tool);
    if (n < 2 || (n == 2 && !a->mix && !a->may_be_auto))
        return err_set(e, ERR_USAGE, "IN, OUT and TYPE are needed, see %s -h", a->tool);
    a->in = word[0];
    a->out = word[1];
    if (n == 2 || (a->may_be_auto && strcasecmp(word[2], "auto") == 0))
        return 0;
    a->mix = mix_find(word[2]);
    return a->mix ? 0 : err_set(e, ERR_USAGE, "no type '%s', see %s -h", word[2], a->tool);
}

int args_parse(struct args *a, int argc, char **argv, struct err *e) {
    const char *word[3];
    int n = 0;
    a->output = a->embedding = QT_N;
    a->n_threads = 0;
    for (int i = 1; i < argc; i++) {
        char *arg = argv[i];
        if (strcmp(arg, "-h") == 0 || strcmp(arg, "--help") == 0)
            return 1;
        int rc = set_option(a, arg, argv[i + 1], e); /* argv[argc] is NULL */
        if (rc < 0)
            return -1;
        if (rc == 0)
            i++;
        else if (arg[0] == '-' && arg[1])
            return err_set(e, ERR_USAGE, "no option '%s', see %s -h", arg, a->tool);
        else if (n == 3)
            return err_set(e, ERR_USAGE, "IN, OUT and TYPE expected, found '%s' too", arg);
        else
            word[n++] = arg;
    }
    if (a->n_threads == 0)
        a->n_threads = os_cores();
    return set_words(a, word, n, e);
}

/* ---- the types ---------------------------------------------------------------------------------------------------- */

static int matches(const char *pattern, const char *name) {
    return strpbrk(pattern, "*?[") ? fnmatch(pattern, name, 0) == 0 : strstr(name, pattern) != NULL;
}

/* "blk.7.attn_q.weight" -> 7, and *rest at "attn_q.weight". -1 and the whole name outside layers. */
static int layer_of(const char *name, const char **rest) {
    char *end;
    *rest = name;
    if (strncmp(name, "blk.", 4) != 0 || name[4] < '0' || name[4] > '9')
        return -1;
    unsigned long layer = strtoul(name + 4, &end, 10);
    if (*end != '.' || layer > INT_MAX)
        return -1;
    *rest = end + 1;
    return (int)layer;
}

/* The last rule that names a matrix counts. */
uint32_t args_type(struct args *a, const struct mix_model *m, const char *name, size_t cols) {
    const char *rest;
    int layer = layer_of(name, &rest);
    uint32_t type = mix_type(a->mix, m, rest, layer, cols);
    if (strcmp(name, "token_embd.weight") == 0 && a->embedding != QT_N)
        type = a->embedding;
    else if ((strcmp(name, "output.weight") == 0 || (m->tied && strcmp(name, "token_embd.weight") == 0)) && a->output != QT_N)
        type = a->output;
    for (int i = 0; i < a->n_rules; i++) {
        if (matches(a->rule[i].pattern, name)) {
            type = a->rule[i].type;
            a->rule[i].used = 1;
        }
    }
    return mix_fallback(type, cols);
}

int args_check_rules(const struct args *a, struct err *e) {
    for (int i = 0; i < a->n_rules; i++) {
        if (!a->rule[i].used)
            return err_set(e, ERR_USAGE, "--tensor-type: no matrix of %s is named '%s'", a->in, a->rule[i].pattern);
    }
    return 0;
}
