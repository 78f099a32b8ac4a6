#!/bin/sh
# quern-perplexity: what it prints is what the logits of quern-logits give, window by window; the same for every number of threads, batch
# and rung; one line and an exit code for what is wrong. Also what the tools say when a file is cut short under them.
#     BUILD=build sh tests/check_perplexity.sh      REFERENCE: other programs that must print the same
. tests/shell.sh

measure() { "$build/quern-perplexity" -m "$model" "$@" > "$work/out" 2> "$work/err"; }
field() { awk -v name="$1" '$1 == name { print $2 }' "$work/out"; }

# The same figures from quern-logits, with a window's ids on a line: tokens, scored, nll.
expected() { # WINDOW FLAGS-OF-TOKENIZE...
    window=$1
    shift
    "$build/quern" tokenize -m "$model" -f "$text" "$@" | tr -d '[] ' | tr ',' '\n' \
        | awk -v c="$window" '{ printf "%s%s", NR % c == 1 ? (NR > 1 ? "\n" : "") : ",", $0 } END { print "" }' > "$work/windows"
    while read -r ids; do
        "$build/quern-logits" "$model" "$ids" "$work/logits" || return 1
        echo "ids $ids"
        od -An -v -tf4 "$work/logits"
    done < "$work/windows" | awk '
        function score(    t, i, w, best, p) { # the window before: n ids, k values
            w = k / n
            for (t = 0; t + 1 < n; t++) {
                best = v[t * w]
                for (i = 1; i < w; i++) if (v[t * w + i] > best) best = v[t * w + i]
                p = 0
                for (i = 0; i < w; i++) p += exp(v[t * w + i] - best)
                sum += log(p) + best - v[t * w + id[t + 2]]
                scored++
            }
            tokens += n
        }
        $1 == "ids" { if (n) score(); n = split($2, id, ","); k = 0; next }
        { for (f = 1; f <= NF; f++) v[k++] = $f }
        END { score(); printf "%d %d %.9f\n", tokens, scored, sum / scored }'
}

agrees() { # WINDOW WHAT FLAGS-OF-TOKENIZE...: what measure printed is what is expected
    window=$1 what=$2
    shift 2
    want=$(expected "$window" "$@") && awk -v want="$want" '
        { got[$1] = $2 }
        END {
            split(want, w, " ")
            off = got["nll"] - w[3]
            exit !(got["tokens"] == w[1] && got["scored"] == w[2] && off < 1e-6 && off > -1e-6 && got["nll"] > 0 \
                   && got["perplexity"] / exp(got["nll"]) > 0.999999 && got["perplexity"] / exp(got["nll"]) < 1.000001)
        }' "$work/out"
    result $? "$what: expected $want, found $(tr '\n' ' ' < "$work/out" | tr -s ' ') $(cat "$work/err")"
}

# ---- the value ----

text=$work/text
printf '<|im_start|>user\nthe théory of thé mill, 35℃<|im_end|>\n<|im_start|>assistant\n{"grain": [1, 2]}<|im_end|>\n' > "$text"
for type in f32 q4_k_m; do
    model=$work/$type.gguf
    "$build/quern-mkmodel" --shape tiny --type $type "$model" || exit 1
    measure -f "$text"
    agrees 512 "$type, the text in one window"
    whole=$(field nll)
    measure -f "$text" -c 2048
    [ "$(field nll)" = "$whole" ]
    result $? "$type: a window larger than the text counts"
    for c in 2 7 16; do
        measure -f "$text" -c $c
        agrees $c "$type, windows of $c"
        [ "$(field nll)" != "$whole" ]
        result $? "$type: windows of $c change nothing"
    done
    cp "$work/out" "$work/want"
    plain=$(field tokens)
    for flags in '-t 1' '-t 2' '-t 3' '-b 1' '-b 5'; do
        # shellcheck disable=SC2086
        measure -f "$text" -c 16 $flags
        cmp -s "$work/want" "$work/out"
        result $? "$type, $flags: another result"
    done
    for rung in ref ssse3 avx avx2 avxvnni avx512vnni neon dotprod i8mm; do
        QUERN_CPU=$rung measure -f "$text" -c 16
        grep -q QUERN_CPU "$work/err" || cmp -s "$work/want" "$work/out"
        result $? "$type, QUERN_CPU=$rung: another result"
    done
    if [ -n "${REFERENCE:-}" ]; then
        "$REFERENCE/quern-perplexity" -m "$model" -f "$text" -c 16 > "$work/out" 2> "$work/err"
        cmp -s "$work/want" "$work/out"
        result $? "$type: $REFERENCE/quern-perplexity prints something else"
    fi
    measure -f "$text" -c 16 --special
    agrees 16 "$type, --special" --special
    [ "$(field tokens)" -lt "$plain" ]
    result $? "$type: --special finds no control tokens"
    measure -f "$text" --kv f16
    awk -v a="$(field nll)" -v b="$whole" 'BEGIN { exit !(a != b && a - b < 0.01 && b - a < 0.01) }'
    result $? "$type, --kv f16: $(field nll), with f32 $whole"
done

i=0
while [ $i -lt 12 ]; do cat "$text" && i=$((i + 1)); done > "$work/long"
measure -f "$work/long"
cp "$work/out" "$work/want"
measure -f "$work/long" -c 512
cmp -s "$work/want" "$work/out" && [ "$(field tokens)" -gt 600 ] && [ "$(field scored)" = $(($(field tokens) - ($(field tokens) + 511) / 512)) ]
result $? "-c is not 512 by default: $(cat "$work/want" "$work/out" "$work/err")"

text=$work/bytes
printf 'a\000b\377\303 \344\270 x\355\240\200' > "$text"
measure -f "$text"
agrees 512 "a text with NUL that is not UTF-8"
printf 'ab' > "$text"
measure -f "$text"
agrees 512 "two tokens"

# ---- refusals: an exit code, one line on stderr, nothing on stdout ----

refused() { # CODE ARGUMENTS...
    code=$1
    shift
    "$build/quern-perplexity" "$@" > "$work/out" 2> "$work/err"
    got=$?
    [ $got = "$code" ] && [ "$(wc -l < "$work/err")" = 1 ] && [ ! -s "$work/out" ] && grep -q '^quern-perplexity: ' "$work/err"
    result $? "quern-perplexity $*: exit $got, $code expected; $(cat "$work/err")"
}
text=$work/text
: > "$work/empty"
printf a > "$work/one"
head -c 1000 "$model" > "$work/short"
refused 2
refused 2 -m "$model"
refused 2 -f "$text"
refused 2 -m "$model" -f
refused 2 -m "$model" -f "$text" more
refused 2 -m "$model" -f "$text" --frob
for bad in '-c 0' '-c 1' '-c x' '-c -5' '-c 5x' '-c 99999999999999999999' '-t 0' '-t 257' '-b 0' '--kv q8_0' '-c'; do
    # shellcheck disable=SC2086
    refused 2 -m "$model" -f "$text" $bad
done
refused 2 -m "$model" -f "$work/empty"
refused 2 -m "$model" -f "$work/one"
refused 5 -m "$model" -f "$text" -c 2049
refused 1 -m "$model" -f "$work/none"
refused 1 -m "$model" -f "$work"
refused 3 -m "$work/none" -f "$text"
refused 3 -m "$work/short" -f "$text"
if [ -w /dev/full ]; then
    "$build/quern-perplexity" -m "$model" -f "$text" > /dev/full 2> "$work/err"
    [ $? = 1 ] && [ "$(wc -l < "$work/err")" = 1 ]
    result $? "a full disk: $(cat "$work/err")"
fi
for help in -h --help; do
    "$build/quern-perplexity" $help > "$work/out" 2> "$work/err" && grep -q perplexity "$work/out" && [ ! -s "$work/err" ]
    result $? "$help"
done

# ---- a model that another program cuts short: the tool waits for a pipe, its model mapped ----

mkfifo "$work/pipe"
cut_short() { # TOOL PROCESS
    wait "$2"
    got=$?
    [ $got = 3 ] && [ "$(wc -l < "$work/err")" = 1 ] && grep -q "^$1: .*changed while" "$work/err"
    result $? "$1 with its model cut short: exit $got; $(cat "$work/err")"
}
cp "$model" "$work/cut"
"$build/quern-perplexity" -m "$work/cut" -f "$work/pipe" > "$work/out" 2> "$work/err" &
exec 3> "$work/pipe" # opens once the tool reads, which it does behind opening the model
: > "$work/cut"
cat "$text" >&3
exec 3>&-
cut_short quern-perplexity $!
if [ -r /proc/self/maps ]; then
    cut_waiting() { # TOOL ARGUMENTS...: it waits for a reader of $work/pipe, $work/cut mapped
        tool=$1
        shift
        cp "$work/f32.gguf" "$work/cut"
        "$build/$tool" "$@" > "$work/out" 2> "$work/err" &
        process=$!
        until grep -q "$work/cut" /proc/$process/maps; do
            kill -0 $process 2> /dev/null || break
            sleep 0.1
        done
        : > "$work/cut"
        cat "$work/pipe" > "$work/written" & # would wait for ever where the tool ends before it opens the pipe
        cut_short "$tool" $process
        kill $! 2> /dev/null
    }
    cut_waiting quern-logits "$work/cut" 1,2,3 "$work/pipe"
    cut_waiting quern-quantize "$work/cut" "$work/pipe" q4_0
    cut_waiting quern-mkmodel --shape tiny --type q4_0 --vocab "$work/cut" "$work/pipe"
fi

finish
