#!/bin/sh
# lint.sh passes a sound tree, and names the rule for each way to break one.
set -u
lint=$(cd "$(dirname "$0")" && pwd)/lint.sh
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

fresh() { # a sound tree to break
    rm -rf "$work/t"
    mkdir -p "$work/t/include" "$work/t/tools" "$work/t/tests"
    for room in base gguf quant kernels model text sample json cli; do mkdir -p "$work/t/src/$room"; done
    cd "$work/t" || exit 1
    printf '/* The interface.\n */\nstruct err;\nint x;\n' > include/quern.h
    printf '/* Errors; "printf" in words is not printing.\n * fma(a, b, c)\n */\n#include "quern.h"\n' > src/base/err.h
    printf '/* Directory. */\n#include <stdio.h>\n#include "base/err.h"\n#include "quant/quant.h"\n' > src/gguf/gguf.c
    printf '/* Engine. */\n#include "model/model.h"\n#include "text/tok.h"\n\nint y;\n' > src/engine.c
    printf '/* Ladder. */\n#include "quant/quant.h"\n\nint z;\n' > src/kernels/cpu.c
    printf '#define _GNU_SOURCE\n/* Main. */\n#include "quern.h"\n\nint main(void) {\n    exit(0);\n}\n' > src/cli/main.c
    printf 'all:\n\techo\n' > Makefile
}

expect() { # RULE ('' for none), what was done
    said=$(sh "$lint" "$work/t" 2>&1)
    case "$1:$said" in
    :*"
"*) ok=0 ;;
    :*' 0 failed') ok=1 ;;
    *:*" 1 failed") ok=$(printf '%s\n' "$said" | grep -c "^$1 ") ;;
    *) ok=0 ;;
    esac
    if [ "$ok" != 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'tests/check_lint.sh: %s should break the rule "%s"; lint said:\n%s\n' "$2" "$1" "$said"
    fi
}

breaks() { # RULE FILE LINE: LINE added to FILE breaks RULE
    fresh
    printf '%b\n' "$3" >> "$2"
    expect "$1" "$2: $3"
}

fresh
expect '' nothing
breaks layers src/gguf/gguf.c '#include "model/model.h"'
breaks layers src/gguf/gguf.c '#include "quant/other.h"'
breaks layers src/gguf/gguf.c '#include "quern.h"'
breaks layers src/base/err.h '#include "gguf/gguf.h"'
breaks layers src/json/json.c '/* Reader. */\n\n\n#include "text/utf8.h"'
breaks layers src/cli/main.c '  #  include "base/err.h"'
breaks layers src/engine.c '#include "cli/args.h"'
breaks layers src/kernels/cpu.c '#include <stdlib.h>'
breaks layers src/kernels/cpu.c '#include "base/err.h"'
breaks printing src/engine.c 'int f(void) { return printf("x"); }'
breaks printing src/gguf/gguf.c 'void f(void) { fputs("x", stderr); }'
breaks printing src/gguf/gguf.c '/* open\n */ void f(void) { puts("/*"); }'
breaks exits src/engine.c 'void f(void) { exit(1); }'
breaks exits src/engine.c 'void f(void) { _exit(1); }'
breaks exits src/cli/run.c '/* Run. */\n\n\nvoid f(void) { exit(1); }'
breaks rounding src/kernels/cpu.c 'float f(float a) { return fmaf(a, a, a); }'
breaks rounding src/kernels/cpu.c '#define MAC(a, b, c) _mm256_fmadd_ps(a, b, c)'
breaks rounding src/kernels/cpu.c '#define MAC(a, b, c) vfmaq_f32(a, b, c)'
breaks rounding src/model/ops.c '/* Ops. */\n\n\nfloat f(float a) { return expf(a); }'
breaks rounding Makefile 'CFLAGS += -ffast-math'
breaks typedef src/engine.c 'typedef struct { int a; } thing;'
breaks opening src/text/tok.c 'int a;\nint b;\nint c;\nint d;'
breaks shape src/engine.c "/* $(printf '%0200d' 0) */"
breaks shape src/engine.c "int f(int a,\n      int b) {$(printf '%061d' 0 | sed 's/0/\\n    a++;/g')\n}"
breaks shape src/engine.c "int f(int a)\\n{$(printf '%061d' 0 | sed 's/0/\\n    a++;/g')\\n}"
breaks length tests/long.sh "$(printf '%0501d' 0 | sed 's/0/#\\n/g')"
breaks blanks src/engine.c 'int a; '
breaks blanks src/engine.c '\tint a;'
breaks blanks Makefile 'all: # a\ttab'
fresh
printf 'int a;' >> src/engine.c
expect blanks 'a file without a last newline'
breaks top notes.txt 'hello'
breaks paths tests/x.sh 'ls /''work/here'

echo "check_lint: $passed passed, $failed failed"
[ $failed = 0 ]
