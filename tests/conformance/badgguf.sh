#!/bin/sh
# The catalogue of good and bad files, truncated ones too: no signal, no hang, the right verdict, one line on stderr.
set -u
build=${BUILD:-build}
data=${SHARED:-../shared}/conformance/badgguf
if [ ! -d "$data" ]; then
    echo "skip: no reference data in $data"
    echo "conformance/badgguf: 0 passed, 0 failed"
    exit 0
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

python3 "$data/badgguf.py" "$work/files" --trunc > "$work/log" 2>&1 || cat "$work/log"
n=$(wc -l < "$work/files/manifest.tsv")
# A sanitized program reserves terabytes of addresses: AS_MB is the address space a run may have.
case $build in *san*) export AS_MB=67108864 SECONDS_MAX=60 ;; esac
OUT=$work/results python3 "$data/runbad.py" "$work/files" "$build/quern" run -m '{}' -p hi -n 1 --temp 0 > "$work/log" 2>&1
failed=$(sed -n '$s/^\([0-9][0-9]*\) fall short.*/\1/p' "$work/log")
: "${failed:=$n}"
if [ "$failed" != 0 ]; then
    cat "$work/log"
    echo "of $build/quern run -m FILE -p hi -n 1 --temp 0; file, class, expected, got, what, stderr:"
    awk -F '\t' '$4 ~ /signal|timeout/ || $3 != "either" && $3 != $4' "$work/results"
fi

# A refusal says where and leaves with 3. No byte is to blame in an empty file, nor in a vocabulary without tensors.
while IFS="$(printf '\t')" read -r file _ expected got _ line; do
    case $expected/$got in refuse/refuse) ;; *) continue ;; esac
    "$build/quern" run -m "$work/files/$file" -p hi -n 1 --temp 0 < /dev/null > "$work/log" 2>&1
    status=$?
    if [ $status != 3 ] || ! printf '%s\n' "$line" | grep -qE ': byte [0-9]+: [^ ].*: |: the file is empty$|without tensors'; then
        echo "$file: exit $status, not 3 with a byte and a field: $line"
        failed=$((failed + 1))
    fi
done < "$work/results"
echo "conformance/badgguf: $((n - failed)) passed, $failed failed"
[ "$failed" = 0 ]
