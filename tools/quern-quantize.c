/* quern-quantize: a model of floats to one of smaller types. In: a GGUF file of F32, F16 or BF16, a mix of types, exceptions to it. Out: a
 * GGUF file, whole or not at all, with the same metadata; on stdout, what became of each tensor.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/whole.h"
#include "quant/quant.h"
#include "quern-quantize.h"

static void print_help(void) {
    printf("usage: quern-quantize [options] IN.gguf OUT.gguf TYPE\n"
           "       quern-quantize [options] --for zero2w IN.gguf OUT.gguf\n\n"
           "Writes a Qwen2 model of F32, F16 or BF16 in smaller types, with the tensor types that llama.cpp would choose.\n"
           "Prints each tensor's type, size and error: the root mean square of what changed over that of the values.\n\n"
           "  TYPE            ");
    for (int i = 0; mix_name(i); i++)
        printf("%s%s", i == 0 ? "" : i % 10 == 0 ? ",\n                  " : ", ", mix_name(i));
    printf("\n  --for zero2w    a mix for boards of 512 MB: Qwen2.5-0.5B in less than 280 MB\n"
           "  --output-type TYPE\n"
           "                  the output matrix; where the embedding serves as both, the embedding\n"
           "  --embedding-type TYPE\n"
           "                  the embedding\n"
           "  --tensor-type PATTERN=TYPE\n"
           "                  matrices with PATTERN in their names, or named so where it has * ? [ in it; of several, the last counts\n"
           "  -t, --threads N as many as there are cores where none is given; the bytes do not depend on it\n"
           "  -h, --help\n\n"
           "These TYPEs are single ones: F16, Q8_0, Q4_K ... One whose blocks do not divide a row gives way to the next larger.\n");
}

/* ---- command line ------------------------------------------------------------------------------------------------- */

static int parse_type(const char *flag, const char *text, uint32_t *out, struct err *e) {
    *out = qtype_find(text);
    return *out == QT_N ? err_set(e, ERR_USAGE, "%s: no tensor type '%s', see quern-quantize -h", flag, text) : 0;
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
static int add_rule(struct options *o, const char *flag, char *value, struct err *e) {
    char *equals = strrchr(value, '=');
    struct rule *r = &o->rule[o->n_rules];
    if (!equals || equals == value)
        return err_set(e, ERR_USAGE, "%s: PATTERN=TYPE expected, found '%s'", flag, value);
    if (o->n_rules == MAX_RULES)
        return err_set(e, ERR_USAGE, "%s: given more than %d times", flag, MAX_RULES);
    *equals = 0;
    r->pattern = value;
    o->n_rules++;
    return parse_type(flag, equals + 1, &r->type, e);
}

/* A flag that takes a value. 1: it is none of ours. */
static int set_option(struct options *o, const char *flag, char *value, struct err *e) {
    static const char *const flags[] = {"--output-type", "--embedding-type", "--tensor-type", "--for", "--threads", "-t"};
    int i = 0;
    while (i < 6 && strcmp(flag, flags[i]) != 0)
        i++;
    if (i == 6)
        return 1;
    if (!value)
        return err_set(e, ERR_USAGE, "%s: a value is missing", flag);
    switch (i) {
    case 0: return parse_type(flag, value, &o->output, e);
    case 1: return parse_type(flag, value, &o->embedding, e);
    case 2: return add_rule(o, flag, value, e);
    case 3:
        o->mix = strcmp(value, "zero2w") == 0 ? mix_find(value) : NULL;
        return o->mix ? 0 : err_set(e, ERR_USAGE, "--for: no board '%s', only zero2w", value);
    }
    return parse_threads(flag, value, &o->n_threads, e);
}

/* 1: help was asked for. */
static int parse_options(struct options *o, int argc, char **argv, struct err *e) {
    const char *word[3];
    int n = 0;
    for (int i = 1; i < argc; i++) {
        char *a = argv[i];
        if (strcmp(a, "-h") == 0 || strcmp(a, "--help") == 0)
            return 1;
        int rc = set_option(o, a, argv[i + 1], e); /* argv[argc] is NULL */
        if (rc < 0)
            return -1;
        if (rc == 0)
            i++;
        else if (a[0] == '-' && a[1])
            return err_set(e, ERR_USAGE, "no option '%s', see quern-quantize -h", a);
        else if (n == 3)
            return err_set(e, ERR_USAGE, "IN, OUT and TYPE expected, found '%s' too", a);
        else
            word[n++] = a;
    }
    if (n != 3 - (o->mix != NULL))
        return err_set(e, ERR_USAGE, o->mix ? "IN and OUT are needed with --for, and no TYPE, see quern-quantize -h"
                                            : "IN, OUT and TYPE are needed, see quern-quantize -h");
    o->in = word[0];
    o->out = word[1];
    if (!o->mix)
        o->mix = mix_find(word[2]);
    return o->mix ? 0 : err_set(e, ERR_USAGE, "no type '%s', see quern-quantize -h", word[2]);
}

/* Links and other spellings included. */
static int same_file(const char *a, const char *b) {
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* ---- what became of it -------------------------------------------------------------------------------------------- */

/* In percent. */
static double relative(double error, double square) {
    return square > 0 ? 100 * sqrt(error / square) : 0;
}

static int print_table(const struct plan *p, struct err *e) {
    char name[4 * sizeof p->tensor->name];
    double error = 0, square = 0;
    uint64_t bytes = 0, n = 0;
    printf("%-32s %-7s %12s %10s\n", "tensor", "type", "bytes", "RMS error");
    for (size_t i = 0; i < p->g.n_tensors; i++) {
        const struct tensor *t = &p->tensor[i];
        err_quote(name, sizeof name, t->name, strlen(t->name));
        printf("%-32s %-7s %12llu %8.3f %%\n", name, qtype_info(t->type)->name, (unsigned long long)t->bytes, relative(t->error, t->square));
        error += t->error;
        square += t->square;
        bytes += t->bytes;
        n += t->n;
    }
    printf("%-32s %-7s %12llu %8.3f %%\n", "all", "", (unsigned long long)bytes, relative(error, square));
    printf("%zu tensors, %.1f million values, %.2f bits each; the file: %.1f MB, from %.1f MB\n", p->g.n_tensors, (double)n / 1e6,
           8 * (double)bytes / (double)n, (double)p->file_bytes / 1e6, (double)p->g.size / 1e6);
    return fflush(stdout) ? err_set(e, ERR_RUNTIME, "stdout: %s", strerror(errno)) : 0;
}

static int quantize(struct options *o, struct err *e) {
    struct plan p;
    if (same_file(o->in, o->out))
        return err_set(e, ERR_USAGE, "%s and %s are the same file", o->in, o->out);
    if (plan_open(&p, o, e))
        return -1;
    int rc = plan_write(&p, o, e);
    if (rc == 0)
        rc = print_table(&p, e);
    plan_close(&p);
    return rc;
}

int main(int argc, char **argv) {
    struct err e = {0};
    struct options o = {.output = QT_N, .embedding = QT_N};
    int help = parse_options(&o, argc, argv, &e);
    if (help > 0) {
        print_help();
        return 0;
    }
    if (o.n_threads == 0)
        o.n_threads = os_cores();
    whole_signals();
    if (help < 0 || quantize(&o, &e)) {
        fprintf(stderr, "quern-quantize: %s\n", e.text);
        return e.code;
    }
    return 0;
}
