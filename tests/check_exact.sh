#!/bin/sh
# The same bytes for every thread count, batch size and rung, and from another machine's build:
#     sh tests/check_exact.sh [MODEL...]      without models, on tiny ones it makes
# BUILD: the programs under test. REFERENCE: the programs that are compared with (default: BUILD's own, one thread).
# NAME: for the last line. A failure of tiny-TYPE.gguf is reproduced with what `quern-mkmodel --shape tiny --type TYPE` writes.
set -u
build=${BUILD:-build}
reference=${REFERENCE:-$build}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
threads='1 2 3' batches='1 7 64'
if [ -n "${EMU:-}" ]; then threads=2 batches=7; fi # emulated runs take seconds each
tokens=1
i=1
while [ $i -lt 64 ]; do i=$((i + 1)) tokens=$tokens,$((i * 37 % 256)); done

result() { # good (0 or 1), what it was
    if [ "$1" = 1 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "differs or fails: $2"
    fi
}

same() { # WANT GOT STATUS COMMAND: GOT was written by COMMAND and equals WANT
    if [ "$3" = 0 ] && cmp -s "$1" "$2"; then result 1 ''; else result 0 "(exit $3) $4"; fi
    rm -f "$2"
}

logits() { # FLAGS...: of $model, against the reference's
    "$build/quern-logits" "$model" "$tokens" "$work/got" "$@" 2> "$work/err"
    same "$work/want" "$work/got" $? "QUERN_CPU=${QUERN_CPU-} $build/quern-logits $model $tokens OUT $*"
}

text() { # FLAGS...: 64 sampled tokens
    "$build/quern" run -m "$model" -p hi -n 64 -s 7 --temp 0.8 "$@" > "$work/got" 2> "$work/err"
    same "$work/want_text" "$work/got" $? "QUERN_CPU=${QUERN_CPU-} $build/quern run -m $model -p hi -n 64 -s 7 --temp 0.8 $*"
}

if [ $# = 0 ]; then
    for type in q4_k_m q4_0 q8_0 q2_k f16; do
        model=$work/tiny-$type.gguf
        if "$build/quern-mkmodel" --shape tiny --type $type "$model" 2> "$work/err"; then
            set -- "$@" "$model"
        else
            result 0 "$build/quern-mkmodel --shape tiny --type $type OUT: $(cat "$work/err")"
        fi
        if [ "$reference" != "$build" ]; then
            "$reference/quern-mkmodel" --shape tiny --type $type "$work/theirs"
            same "$model" "$work/theirs" $? "$build/quern-mkmodel --shape tiny --type $type OUT"
        fi
    done
fi

rungs=
for rung in ref ssse3 avx avx2 avxvnni avx512vnni neon dotprod i8mm; do
    # A name that the ladder of this build lacks is refused by name.
    QUERN_CPU=$rung "$build/quern-logits" "${1-}" 1 "$work/got" > "$work/err" 2>&1
    if ! grep -q QUERN_CPU "$work/err"; then rungs="$rungs $rung"; fi
done

for model in "$@"; do
    if ! "$reference/quern-logits" "$model" "$tokens" "$work/want" --threads 1 2> "$work/err" \
        || ! "$reference/quern" run -m "$model" -p hi -n 64 -s 7 --temp 0.8 -t 1 > "$work/want_text" 2> "$work/err" \
        || [ ! -s "$work/want_text" ]; then
        result 0 "$reference: $model: $(cat "$work/err")"
        continue
    fi
    for n in $threads; do logits --threads "$n"; text -t "$n"; done
    for n in $batches; do logits --batch "$n"; done
    for rung in $rungs; do
        export QUERN_CPU="$rung"
        logits
        if [ -z "${EMU:-}" ]; then text; fi
        unset QUERN_CPU
    done
done

echo "${NAME:-check_exact}: $passed passed, $failed failed"
[ $failed = 0 ]
