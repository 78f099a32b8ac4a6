/* quern-quantize: a model of floats to one of smaller types. In: a GGUF file of F32, F16 or BF16, a mix of types, exceptions to it. Out: a
 * GGUF file, whole or not at all, with the same metadata; on stdout, what became of each tensor.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <sys/stat.h>
#include "base/whole.h"
#include "quern-quantize.h"
#include "shared_lost.h"

static void print_help(void) {
    printf("usage: quern-quantize [options] IN.gguf OUT.gguf TYPE\n"
           "       quern-quantize [options] --for zero2w IN.gguf OUT.gguf\n\n"
           "Writes a Qwen2 model of F32, F16 or BF16 in smaller types, with the tensor types that llama.cpp would choose.\n"
           "Prints each tensor's type, size and error: the root mean square of what changed over that of the values.\n\n");
    args_print_types();
}

/* Links and other spellings included. */
static int same_file(const char *a, const char *b) {
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int quantize(struct args *a, struct err *e) {
    struct plan p;
    if (same_file(a->in, a->out))
        return err_set(e, ERR_USAGE, "%s and %s are the same file", a->in, a->out);
    if (plan_open(&p, a, e))
        return -1;
    int rc = plan_write(&p, a, e);
    if (rc == 0)
        rc = tensors_print(&p.out, p.file_bytes, p.g.size, e);
    plan_close(&p);
    return rc;
}

int main(int argc, char **argv) {
    struct err e = {0};
    struct args a = {.tool = "quern-quantize"};
    int help = args_parse(&a, argc, argv, &e);
    if (help > 0) {
        print_help();
        return 0;
    }
    whole_signals();
    lost_watch(a.tool);
    if (help < 0 || quantize(&a, &e)) {
        fprintf(stderr, "quern-quantize: %s\n", e.text);
        return e.code;
    }
    return 0;
}
