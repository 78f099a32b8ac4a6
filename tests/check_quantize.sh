#!/bin/sh
# quern-quantize: from F32, byte for byte what quern-mkmodel writes in each type; files that run; the same bytes for every number of
# threads; a whole file or none, one line and an exit code for what is wrong.
#     BUILD=build sh tests/check_quantize.sh
. tests/shell.sh
qu=$build/quern-quantize

make_tiny() { "$build/quern-mkmodel" --shape tiny "$@" || exit 1; }
quantize() { "$qu" "$@" > "$work/out" 2> "$work/err"; }
type_of() { awk -v name="$1" '$1 == name { print $2 }' "$work/out"; } # in the table
runs() { "$build/quern" info "$1" --json 2>> "$work/err" | grep -q '"runs":true'; }
finite() { # the logits of some tokens are numbers, and not all of them 0
    "$build/quern-logits" "$1" 1,2,300,4 "$work/logits" 2>> "$work/err" || return 1
    od -An -v -tf4 "$work/logits" | awk '/[nN]/ { bad = 1 } $1 != 0 { some = 1 } END { exit bad || !some }'
}

for type in f32 f16 bf16 q4_0; do make_tiny --type $type "$work/$type"; done
make_tiny --type f32 --untied "$work/untied"
f32=$work/f32 f16=$work/f16

# ---- each type: quern-mkmodel rounds the same floats, so a file of them becomes the file it writes, metadata and order included ----

for type in Q8_0 Q6_K Q5_K_M Q5_K_S Q5_0 Q5_1 Q4_K_M Q4_K_S Q4_0 Q4_1 Q3_K_L Q3_K_M Q3_K_S Q2_K IQ4_NL IQ4_XS F16; do
    small=$(echo $type | tr A-Z a-z)
    make_tiny --type "$small" "$work/a"
    quantize "$f32" "$work/b" $type && cmp "$work/a" "$work/b" >> "$work/err" 2>&1
    result $? "F32 to $type: not what quern-mkmodel --type $small writes; $(cat "$work/err")"
    make_tiny --type "$small" --untied "$work/a"
    quantize "$work/untied" "$work/b" "$small" && cmp "$work/a" "$work/b" >> "$work/err" 2>&1
    result $? "F32 to $small with an output matrix: not what quern-mkmodel --untied writes; $(cat "$work/err")"
    for from in f16 bf16; do
        quantize "$work/$from" "$work/a" $type --threads 1 && runs "$work/a" && finite "$work/a"
        result $? "$from to $type: does not run; $(cat "$work/err")"
        cp "$work/out" "$work/table"
        for n in 2 3; do
            quantize -t $n "$work/$from" "$work/b" $type && cmp -s "$work/a" "$work/b" && cmp -s "$work/table" "$work/out"
            result $? "$from to $type: other bytes or another table with $n threads than with 1"
        done
    done
done
quantize "$f16" "$work/b" f16 && cmp -s "$f16" "$work/b"
result $? "F16 to F16: not the same file"

# ---- the table: each tensor, the sum of sizes, errors of a size that the bits explain ----

quantize "$f16" "$work/b" q4_0
[ "$(grep -c '^blk\.' "$work/out")" = 24 ] && [ ! -s "$work/err" ] && awk '
    /%$/ && $1 != "all" { sum += $3 } $1 == "all" { exit sum != $2 || $3 < 2 || $3 > 12 }
    $2 == "F32" && $4 != 0 || $2 == "Q8_0" && ($4 < 0.1 || $4 > 1) || $2 == "Q4_0" && ($4 < 4 || $4 > 12) { print; exit 1 }
' "$work/out"
result $? "the table of q4_0: $(cat "$work/out")"

# ---- by hand ----

quantize "$work/untied" "$work/b" q4_k_m --output-type q5_1 --embedding-type Q4_1 \
    --tensor-type attn_=q5_0 --tensor-type 'blk.1.ffn_*.weight=Q8_0' --tensor-type attn_k=iq4_nl
found=$(for t in output token_embd blk.0.attn_q blk.0.attn_k blk.0.ffn_up blk.1.ffn_up blk.0.attn_norm; do type_of $t.weight; done)
[ "$(echo $found)" = "Q5_1 Q4_1 Q5_0 IQ4_NL Q5_0 Q8_0 F32" ] && runs "$work/b" && finite "$work/b"
result $? "types by hand: $(echo $found); $(cat "$work/err")"
quantize "$f16" "$work/b" q4_0 --output-type q5_1 && [ "$(type_of token_embd.weight)" = Q5_1 ]
result $? "--output-type of a tied model: $(type_of token_embd.weight)"
quantize "$f16" "$work/b" q4_0 --output-type q5_1 --embedding-type q6_k && [ "$(type_of token_embd.weight)" = Q8_0 ]
result $? "--embedding-type of a tied model, where Q6_K does not divide the rows: $(type_of token_embd.weight)"
quantize --for zero2w "$f16" "$work/b" && [ "$(type_of token_embd.weight)" = IQ4_NL ] && [ "$(type_of blk.1.attn_v.weight)" = Q8_0 ] \
    && runs "$work/b" && finite "$work/b"
result $? "--for zero2w: $(cat "$work/out" "$work/err")"

# ---- metadata that the input lacks is added, the rest kept ----

LC_ALL=C sed s/general.quantization_version/general.quantization_yersion/ "$f16" > "$work/a"
quantize "$work/a" "$work/b" q4_0 && "$build/quern" info "$work/b" > "$work/info" && grep -q 'quantization_yersion *u32  2' "$work/info" \
    && grep -q 'quantization_version *u32  2' "$work/info" && grep -q 'file_type *u32  2' "$work/info" && finite "$work/b"
result $? "an input without general.quantization_version: $(cat "$work/err" "$work/info")"
rm -f "$work/a" "$work/b"

# ---- refusals: an exit code, one line on stderr, nothing on stdout, nothing left behind ----

mkdir "$work/dir"
refused() { # CODE ARGUMENTS...
    code=$1
    shift
    quantize "$@"
    got=$?
    [ $got = "$code" ] && [ "$(wc -l < "$work/err")" = 1 ] && [ ! -s "$work/out" ] && [ -z "$(ls "$work/dir")" ]
    result $? "quern-quantize $*: exit $got, $code expected; $(cat "$work/err"); left: $(ls "$work/dir")"
}
m=$work/dir/m
ln -s "$f16" "$work/link"
refused 2
refused 2 "$f16" "$m"
refused 2 "$f16" "$m" q4_9
refused 2 "$f16" "$m" q4_0 more
refused 2 "$f16" "$m" q4_0 --frob
refused 2 "$f16" "$m" q4_0 --threads
refused 2 "$f16" "$m" q4_0 --threads 0
refused 2 "$f16" "$m" q4_0 --threads 257
refused 2 "$f16" "$m" q4_0 --output-type q4_k_m
refused 2 "$f16" "$m" q4_0 --tensor-type attn_q
refused 2 "$f16" "$m" q4_0 --tensor-type =q4_0
refused 2 "$f16" "$m" q4_0 --tensor-type attn_q=q9
refused 2 "$f16" "$m" q4_0 --tensor-type attm_q=q8_0
refused 2 "$f16" "$m" q4_0 --for zero2w
refused 2 "$f16" "$m" --for pi9
refused 2 "$f16" "$f16" q4_0
refused 2 "$f16" "$work/link" q4_0
refused 3 "$work/none" "$m" q4_0
refused 3 "$work" "$m" q4_0
refused 3 "$qu" "$m" q4_0
refused 3 "$work/q4_0" "$m" q4_0
refused 1 "$f16" "$work/none/m" q4_0
if [ -c /dev/full ]; then refused 1 "$f16" /dev/full q4_0; fi
size=$(wc -c < "$f16")
for n in 0 3 100 5000 $((size / 2)) $((size - 1)); do
    head -c $n "$f16" > "$work/short"
    refused 3 "$work/short" "$m" q4_0
done
LC_ALL=C sed 's/qwen2\.block_count/qwen2.clock_count/' "$f16" > "$work/bad"
refused 3 "$work/bad" "$m" q4_0
LC_ALL=C sed 's/qwen2/gwen2/' "$f16" > "$work/bad"
refused 3 "$work/bad" "$m" q4_0

# Values that cannot be: NaN in the last norm, and 3e38, which F16 has no room for, in the first matrix. All data end where the file does.
quantize "$f32" "$work/b" f32
data=$(($(wc -c < "$f32") - $(type_of all)))
poke() { cp "$f32" "$work/bad" && printf "$2" | dd of="$work/bad" bs=1 seek="$1" conv=notrunc 2> /dev/null; }
poke $(($(wc -c < "$f32") - 4)) '\000\000\300\177'
refused 3 "$work/bad" "$m" q4_0
poke "$data" '\346\261\141\177'
refused 3 "$work/bad" "$m" f16
quantize "$work/bad" "$m" q4_0
result $? "a value of 3e38 to q4_0: $(cat "$work/err")"

full_disk "$m" "$qu" "$f16" "$m" q4_0

quantize -h && grep -q q4_k_m "$work/out" && [ ! -s "$work/err" ]
result $? "-h"

finish
