#!/bin/sh
# quern-mkmodel: the same bytes from the same arguments everywhere, a whole file or none, one line and an exit code for what is wrong.
#     BUILD=build sh tests/check_mkmodel.sh
. tests/shell.sh
mk=$build/quern-mkmodel

make_tiny() { "$mk" --shape tiny "$@" 2> "$work/err"; }

# ---- bytes: checksum and size of each type at seed 1, as cksum prints them ----

while read -r type sum size; do
    make_tiny --type "$type" "$work/a"
    found=$(cksum < "$work/a")
    [ "$found" = "$sum $size" ]
    result $? "--shape tiny --type $type: cksum $found, expected $sum $size"
done << 'END'
f32 4219259368 2274912
f16 3475550561 1145568
bf16 2467862026 1145568
q8_0 2398785778 616192
q6_k 3223829625 592384
q5_k_m 1134796247 466816
q5_k_s 3406299370 456448
q5_0 3173391331 431872
q5_1 3790024120 462592
q4_k_m 1519455324 436864
q4_k_s 790510131 421120
q4_0 4066999876 370432
q4_1 2313037712 401152
q3_k_l 4172159414 401152
q3_k_m 3804569357 384256
q3_k_s 2209590136 357376
q2_k 1934724778 357376
iq4_nl 2572389144 370432
iq4_xs 441952217 367360
END

make_tiny --type q4_k_m "$work/a"
for n in 1 2 3; do
    make_tiny --type q4_k_m --threads $n "$work/b" && cmp -s "$work/a" "$work/b"
    result $? "other bytes with $n threads"
done
make_tiny --type q4_k_m --seed 2 "$work/b" && ! cmp -s "$work/a" "$work/b"
result $? "the same bytes with another seed"
make_tiny --type q4_k_m --untied "$work/b" && [ "$(wc -c < "$work/b")" -gt "$(wc -c < "$work/a")" ]
result $? "--untied: no larger"
make_tiny --type q4_k_m --vocab "$work/a" "$work/b" && cmp -s "$work/a" "$work/b"
result $? "--vocab of a file it made itself: other bytes"
rm -f "$work/a" "$work/b"

# ---- refusals: an exit code, one line on stderr, nothing on stdout, nothing left behind ----

refused() { # CODE ARGUMENTS...
    code=$1
    shift
    "$mk" "$@" > "$work/out" 2> "$work/err"
    got=$?
    [ $got = "$code" ] && [ "$(wc -l < "$work/err")" = 1 ] && [ ! -s "$work/out" ] && [ ! -e "$work/m" ]
    result $? "quern-mkmodel $*: exit $got, $code expected; $(cat "$work/err")"
}
refused 2
refused 2 --shape tiny --type q4_0
refused 2 --shape tiny "$work/m"
refused 2 --type q4_0 "$work/m"
refused 2 --shape huge --type q4_0 "$work/m"
refused 2 --shape tiny --type q4_9 "$work/m"
refused 2 --shape tiny --type q4_0 --seed -1 "$work/m"
refused 2 --shape tiny --type q4_0 --seed 18446744073709551616 "$work/m"
refused 2 --shape tiny --type q4_0 --threads 0 "$work/m"
refused 2 --shape tiny --type q4_0 "$work/m" "$work/n"
refused 2 --shape tiny --type q4_0 --frob "$work/m"
refused 2 --shape tiny --type q4_0 "$work/m" --seed
refused 1 --shape tiny --type q4_0 "$work/none/m"
refused 3 --shape tiny --type q4_0 --vocab "$work/none" "$work/m"
refused 3 --shape tiny --type q4_0 --vocab "$mk" "$work/m"
if [ -c /dev/full ]; then refused 1 --shape tiny --type q4_0 /dev/full; fi

mkdir "$work/dir"
full_disk "$work/dir/m" "$mk" --shape tiny --type q4_0 "$work/dir/m"

"$mk" -h > "$work/out" 2> "$work/err" && grep -q q4_k_m "$work/out" && [ ! -s "$work/err" ]
result $? "-h"

finish
