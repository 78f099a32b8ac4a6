#!/bin/sh
# The conventions that a machine can check; each rule is one test. sh tests/lint.sh [ROOT]
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$here/..}" || exit 1
found=$(mktemp) || exit 1
trap 'rm -f "$found"' EXIT

rules='
layers      each room includes only what the table in lint.awk lets it
printing    only the command line and the tools print
exits       only cli/main.c and the tools exit; a signal handler of cli may _exit
rounding    no fma, no fast-math, no libm function whose last bit varies
typedef     no typedef for structs; kernels name their vectors
opening     every C file opens with a comment
shape       lines up to 144 characters, functions up to 60 lines
length      files up to 500 lines, generated ones aside
blanks      no tabs, no trailing blanks, a newline at the end
top         nothing at the top but src include tools tests models and the build files
paths       no paths of one machine
'
texts=$(find src include tools tests models .ci Makefile CMakeLists.txt README.md .gitignore -type f ! -name '*.gguf' 2>/dev/null | sort)
c_files=$(printf '%s\n' $texts | grep '\.[ch]$')

awk -f "$here/lint.awk" $c_files /dev/null > "$found"

note() { sed "s|^|$1 |" >> "$found"; } # RULE: each line of input is a violation
tab=$(printf '\t')
for f in $texts; do
    lines=$(wc -l < "$f")
    if [ "$lines" -gt 500 ] && ! head -n 5 "$f" | grep -qi generated; then echo "$f: $lines lines" | note length; fi
    case $f in *Makefile) tabs="[^$tab].*$tab" ;; *) tabs=$tab ;; esac
    grep -nE "$tabs" "$f" | sed "s|:.*|: a tab|; s|^|$f:|" | note blanks
    grep -nE "[ $tab]\$" "$f" | sed "s|:.*|: a trailing blank|; s|^|$f:|" | note blanks
    if [ -n "$(tail -c 1 "$f")" ]; then echo "$f: no newline at the end" | note blanks; fi
    grep -nE '/(work|home|root|Users)/[a-z]' "$f" | sed "s|^|$f:|" | note paths
done

grep -nE -e '-ffast-math|-Ofast|-funsafe|-ffp-contract=(fast|on)|-mfma' Makefile CMakeLists.txt 2>/dev/null \
    | grep -vE '^[^:]*:[0-9]*: *#' | note rounding

for f in *; do
    case $f in
    src | include | tools | tests | models | CMakeLists.txt | Makefile | README.md | LICENSE | build | build-*) ;;
    *) echo "$f" | note top ;;
    esac
done

passed=0 failed=0
for rule in $(printf '%s\n' "$rules" | awk 'NF { print $1 }'); do
    if grep "^$rule " "$found"; then
        printf '%s\n' "$rules" | grep "^$rule "
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
done
echo "lint: $passed passed, $failed failed"
[ $failed = 0 ]
