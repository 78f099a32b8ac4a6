#!/bin/sh
# quern bench and quern doctor: the rows, names, columns and fields that scripts made for llama-bench read, in each form of output; one line
# and an exit code for what is wrong. Nothing here depends on how fast the machine is.
#     BUILD=build sh tests/check_bench.sh
. tests/shell.sh
unset QUERN_MODEL QUERN_CPU
model=$work/tiny.gguf
"$build/quern-mkmodel" --shape tiny --type q4_k_m "$model" || exit 1

bench() { # ARGUMENTS...: leaves $work/out, $work/err, $code
    "$build/quern" bench -m "$model" -r 2 "$@" > "$work/out" 2> "$work/err" < /dev/null
    code=$?
}
ended() { [ $code = 0 ] && [ ! -s "$work/err" ]; }
what() { echo "$1: exit $code; $(head -c 300 "$work/err"); $(head -c 1500 "$work/out")"; }
# The values of a field of the JSON Lines in $work/out, on a line.
values() { sed 's/.*"'"$1"'": \("[^"]*"\|[^,}]*\).*/\1/' "$work/out" | tr '\n' ' ' | sed 's/ $//'; }
tests() { awk -F '|' '/^\|/ && NR > 2 { gsub(/^ +| +$/, "", $7); printf "%s%s", n++ ? ";" : "", $7 }' "$work/out"; } # of md without extra columns

# A value on stdin as `jq -c .` would take it: exit 0 where it is JSON.
is_json() {
    awk '
        function fail() { bad = 1; exit 1 }
        function blanks() { sub(/^[ \n\t]+/, "", s) }
        function take(re) { if (!match(s, "^" re)) fail(); s = substr(s, RLENGTH + 1); blanks() }
        function value(    c) {
            c = substr(s, 1, 1)
            if (c == "{") {
                take("\\{")
                if (s ~ /^}/) { take("}"); return }
                for (;;) { take(str); take(":"); value(); if (bad) return; if (s !~ /^,/) break; take(",") }
                take("}")
            } else if (c == "[") {
                take("\\[")
                if (s ~ /^\]/) { take("\\]"); return }
                for (;;) { value(); if (bad) return; if (s !~ /^,/) break; take(",") }
                take("\\]")
            } else if (c == "\"") take(str)
            else take("(null|true|false|-?[0-9]+(\\.[0-9]+)?)")
        }
        BEGIN { str = "\"([^\"\\\\]|\\\\[\"\\\\nrtbfu/])*\"" }
        { s = s $0 "\n" }
        END { if (!bad) { blanks(); value() } exit bad || s != "" }'
}

# ---- the table ----

bench -t 1 -p 8 -n 4 -pg 8,4 -d 0,4
ended && [ "$(tests)" = 'pp8;tg4;pp8+tg4;pp8 @ d4;tg4 @ d4;pp8+tg4 @ d4' ]
result $? "$(what 'names and order of rows')"
cat > "$work/head" << 'END'
| model                          |       size |     params | backend    | threads |            test |                  t/s |
| ------------------------------ | ---------: | ---------: | ---------- | ------: | --------------: | -------------------: |
END
head -n 2 "$work/out" | cmp -s - "$work/head"
result $? "$(what 'the head of the table')"
row='^\| qwen2 0\.6M Q4_K - Medium       \|   0\.41 MiB \|     0\.57 M \| CPU        \|       1 \|             pp8 \| +[0-9]+\.[0-9][0-9] . +[0-9]+\.[0-9][0-9] \|$'
sed 's/±/./' "$work/out" | sed -n 3p | grep -Eq "$row"
result $? "$(what 'a row of the table')"
grep -q '^build: ' "$work/out" && grep -q '^board: .*, kernels: ' "$work/out" &&
    grep -q ', 1 thread, pp8: [0-9.]* GMAC/s' "$work/out" && grep -q ', tg4 @ d4: [0-9.]* MB a token, .*peak RSS' "$work/out"
result $? "$(what 'what is below the table')"
bench -o md -p 1 -n 0 -t 1 -b 4,8 -ub 2 -ctk f32 -ctv f16,f32
ended && [ "$(grep -c '^| qwen2' "$work/out")" = 4 ] && head -n 1 "$work/out" | grep -q '| threads | n_batch | n_ubatch | type_k | type_v |            test |'
result $? "$(what 'columns of what was given')"

# ---- lists, ranges, defaults ----

rows() { # EXPECTED-TESTS FLAGS...
    want=$1
    shift
    bench -t 1 "$@"
    ended && [ "$(tests)" = "$want" ]
    result $? "$(what "bench $*, rows $want")"
}
rows 'pp3;pp5' -p 3,5 -n 0
rows 'pp3;pp5' -p 3 -p 5 -n 0
rows 'pp1;pp2;pp3;pp4' -p 1-4 -n 0
rows 'pp2;pp4;pp6' --n-prompt=2-7+2 -n 0
rows 'pp1;pp2;pp4;pp8' -p '1-8*2' -n 0
rows 'pp9;pp1;pp2;tg1' -p 9,1-2 -n 0,1
rows 'pp2;pp5;pp2 @ d3;pp5 @ d3' -p 0 -n 0 -pg 5,0 -d 0 --no-warmup -p 0 -pg 0,0 -d 3 -p 2
rows 'pp512;tg128' -r 1
bench -p 2 -n 0 -t 1-2,3 -o jsonl
ended && [ "$(values n_threads)" = '1 2 3' ]
result $? "$(what 'threads 1-2,3')"
"$build/quern-mkmodel" --shape tiny --type f16 "$work/other.gguf" || exit 1
for flags in "-m $work/other.gguf" "-m $model,$work/other.gguf"; do
    first=$model
    case $flags in *,*) first=$work/other.gguf ;; esac
    # shellcheck disable=SC2086
    "$build/quern" bench -m "$first" $flags -p 2 -n 0 -t 1 -o jsonl > "$work/out" 2> "$work/err"
    code=$?
    ended && [ "$(values model_type | sed 's/.*" "/"/')" = '"qwen2 0.6M F16"' ] || [ "$(values model_type | tr -s '"' '\n' | grep -c F16)" = 2 ]
    result $? "$(what "models $flags")"
done
bench -p 3 -n 0 -t 1 -r 3 -o jsonl
ended && [ "$(sed 's/.*"samples_ns": \[\([^]]*\)\].*/\1/' "$work/out" | awk -F, '{ print NF }')" = 3 ]
result $? "$(what 'a sample for each repetition')"

# ---- the other forms ----

fields='build_commit,build_number,cpu_info,gpu_info,backends,model_filename,model_type,model_size,model_n_params,n_batch,n_ubatch,n_threads,cpu_mask,cpu_strict,poll,type_k,type_v,n_gpu_layers,n_cpu_moe,split_mode,main_gpu,no_kv_offload,flash_attn,devices,tensor_split,tensor_buft_overrides,load_mode,embeddings,no_op_offload,no_host,fit_target,fit_min_ctx,n_prompt,n_gen,n_depth,test_time,avg_ns,stddev_ns,avg_ts,stddev_ts'
own='board,rung,clock_before_mhz,clock_after_mhz,temp_before_c,temp_after_c,throttling,peak_rss,read_bandwidth,bytes_per_token,bandwidth_share,prompt_gmacs'
began=$(date -u +%Y-%m-%dT%H:%M:%SZ)
bench -p 8 -n 4 -t 1 -d 2 -b 16 -ub 4 -o csv
ended && [ "$(head -n 1 "$work/out")" = "$fields,$own" ] && [ "$(wc -l < "$work/out")" = 3 ]
result $? "$(what 'the head of csv')"
awk -F '","' -v names="$fields,$own" -v began="$began" -v ended="$(date -u +%Y-%m-%dT%H:%M:%SZ)" '
    BEGIN { n = split(names, name, ",") }
    NR > 1 {
        sub(/^"/, ""); sub(/"$/, "")
        if (NF != n) exit bad = 1
        for (i = 1; i <= n; i++) v[name[i]] = $i
        if (v["backends"] != "CPU" || v["gpu_info"] != "" || v["n_gpu_layers"] != "-1" || v["n_batch"] != 16 || v["n_ubatch"] != 4) bad = 1
        if (v["n_threads"] != 1 || v["type_k"] != "f16" || v["load_mode"] != "mmap" || v["n_depth"] != 2 || v["cpu_strict"] != 0) bad = 1
        if (NR == 2 && (v["n_prompt"] != 8 || v["n_gen"] != 0 || !(v["prompt_gmacs"] > 0) || v["bytes_per_token"] != "")) bad = 1
        if (NR == 3 && (v["n_prompt"] != 0 || v["n_gen"] != 4 || v["prompt_gmacs"] != "" || !(v["bytes_per_token"] > 400000))) bad = 1
        if (v["test_time"] !~ /^20[0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9:]+Z$/ || v["test_time"] < began || v["test_time"] > ended || v["board"] == "" || v["rung"] == "") bad = 1
        if (v["model_size"] != 427036 || v["model_n_params"] != 566272) bad = 1 # as llama-bench has them of this file
        if (!(v["avg_ns"] > 0) || !(v["avg_ts"] > 0) || v["stddev_ns"] == "" || v["stddev_ts"] == "" || !(v["peak_rss"] > 0)) bad = 1
    }
    END { exit bad || NR != 3 }' "$work/out"
result $? "$(what 'the values of csv')"

bench -p 8 -n 4 -t 1 -o json
ended && is_json < "$work/out" && [ "$(head -c 1 "$work/out")" = '[' ] && [ "$(grep -c '^    "avg_ts": [0-9.]*,$' "$work/out")" = 2 ]
result $? "$(what 'json')"
names=$(sed -n 's/^    "\([a-z_0-9]*\)": .*/\1/p' "$work/out" | tr '\n' ' ')
one="$(echo "$fields" | tr ',' ' ') samples_ns samples_ts $(echo "$own" | tr ',' ' ') "
[ "$names" = "$one$one" ]
result $? "the fields of json: $names"
bench -p 8 -n 4 -t 1 -o jsonl -d 0,1
ended && [ "$(wc -l < "$work/out")" = 4 ] && [ "$(values n_prompt)" = '8 0 8 0' ] && [ "$(values n_depth)" = '0 0 1 1' ] &&
    [ "$(values cpu_strict)" = 'false false false false' ] && [ "$(values build_number)" = '0 0 0 0' ]
result $? "$(what 'jsonl')"
while read -r line; do printf '%s\n' "$line" | is_json || echo bad; done < "$work/out" > "$work/bad"
[ ! -s "$work/bad" ]
result $? "$(what 'each line of jsonl is JSON')"
if printf '{"a": [1,]}' | is_json || printf '{"a": 1} x' | is_json || printf '{a: 1}' | is_json; then false; fi
result $? 'the reader of JSON in this test takes what is none'
"$build/quern" bench -m "$model" -r 1 -t 1 -p 2 -n 0 -o jsonl -oe csv > "$work/out" 2> "$work/err"
[ $? = 0 ] && is_json < "$work/out" && [ "$(wc -l < "$work/err")" = 2 ] && head -n 1 "$work/err" | grep -q '^build_commit,'
result $? "-oe: $(cat "$work/err")"

# ---- figures that do not depend on time ----

bench -p 0 -n 1,3 -t 1 -d 0,16 -o jsonl # a token reads what is in the cache, and the mean of three is that in the middle
ended && [ "$(values bytes_per_token | awk '{ print ($2 - $1 == ($3 - $1) / 16 && $4 - $2 == $3 - $1 && $3 - $1 > 0) }')" = 1 ]
result $? "$(what 'bytes a token, depth by depth')"
[ "$(values bytes_per_token | cut -d ' ' -f 1)" = $((427036 + 204)) ] # all tensors, as its embedding is its output matrix too; and a row of that
result $? "$(what 'bytes of the first token')"
"$build/quern" info "$model" --json > "$work/info"
"$build/quern" bench -m "$model" -p 1,3 -n 0 -t 1 -r 1 -o jsonl > "$work/out" 2> "$work/err"
{
    for name in layers width ff kv_heads head_size; do sed 's/.*"'$name'":\([0-9]*\).*/\1/' "$work/info"; done
    values prompt_gmacs && echo && values avg_ts
} | tr '\n' ' ' | awk '
    function near(a, b) { return a / b > 0.999 && a / b < 1.001 }
    {
        layers = $1; w = $2; ff = $3; kv = $4 * $5
        vectors = layers * (3 * w + 2 * kv) + w                     # norms, biases
        in_layer = w * (w + 2 * kv); rest = w * w + 3 * w * ff      # of the last, only one token goes through the rest
        one = $6 * 1e9 / $8; three = $7 * 1e9 * 3 / $9
        exit !(near(one, 566272 - vectors) && near(three - one, 2 * (layers * in_layer + (layers - 1) * rest)))
    }'
result $? "$(what 'products of prompts')"
bench -p 0 -n 1 -t 1 -d 0,16 -o jsonl -ctk f32 -ctv f32
wide=$(values bytes_per_token)
bench -p 0 -n 1 -t 1 -d 0,16 -o jsonl
echo "$wide $(values bytes_per_token)" | awk '{ exit !($1 == $3 && $2 - $1 == 2 * ($4 - $3)) }'
result $? "$(what "a cache of twice the bytes: $wide")"

# ---- progress: a bar, erased, on a terminal where a row takes over a second, which a rest of one makes sure of ----

bench -p 8 -n 0 -t 1 --delay 1 --progress
ended
result $? "$(what 'progress in a pipe')"
if [ "$(script -qec 'echo there' /dev/null 2> /dev/null < /dev/null | tr -d '\r')" = there ]; then
    TERM=xterm script -qec "$build/quern bench -m $model -p 8 -n 0 -t 1 --delay 1 -o jsonl" /dev/null > "$work/out" < /dev/null
    erase=$(printf '\033[K')
    grep -qF '1/1 pp8 [' "$work/out" && grep -qF " of 40 tokens$(printf '\r')$erase{\"build_commit\"" "$work/out"
    result $? "$(what 'progress on a terminal')"
fi

# ---- requests under a schema ----

requests='"switch" "label" "settings" "list" "pattern" "time" "numbers" "nested" "all"'
json='request,n_forced,compile_ns,first_ns,free_ns,free_first_ns,free_ts,ratio,mask_us_mean,mask_us_max,document'
documents() { sed 's/.*"document": \(.*\)}$/\1/' "$work/out"; }
counts() { for name in request n_prompt n_gen n_forced; do values $name; done; }

as_run() { # REQUEST PROMPT SCHEMA: its row is what quern run says of it
    "$build/quern" -m "$model" -t 1 -p "$2" -j "$3" -n 128 --max-string 64 --max-items 4 --max-digits 6 -v > "$work/run" 2> "$work/run.err" < /dev/null
    at=$(echo "$requests" | tr ' ' '\n' | grep -nx "\"$1\"" | cut -d : -f 1)
    row=$(for name in n_prompt n_forced n_gen; do values $name | cut -d ' ' -f "$at"; done | tr '\n' ' ')
    [ "$(documents | sed -n "${at}p")" = "$(cat "$work/run")" ] && [ "$row" = "$(awk '
        /^prompt eval count:/ { prompt = $4 }
        /^forced count:/ { forced = $3; all = $5 }
        /^likely count:/ { forced += $3 }
        END { print prompt, forced, all, "" }' "$work/run.err")" ]
    result $? "$model: $1 by run: $row; $(cat "$work/run" "$work/run.err"); $(documents)"
}

tiny=$model
for model in "$tiny" models/quern-demo-q8_0.gguf; do
    bench --json-run -t 1 -r 2 -o jsonl
    ended && [ "$(values request)" = "$requests" ] && [ "$(documents | tail -n 1)" = null ] && ! documents | head -n 8 | grep -q '^null$'
    result $? "$(what "the requests, $model")"
    while read -r line; do printf '%s\n' "$line" | is_json || echo bad; done < "$work/out" > "$work/bad"
    [ ! -s "$work/bad" ]
    result $? "$(what "each request's line is JSON, $model")"
    for name in n_prompt n_gen n_forced; do
        values $name | awk '{ for (i = 1; i < NF; i++) sum += $i; exit !(NF == 9 && sum == $9 && $1 > 0) }'
        result $? "$(what "the sum of $name, $model")"
    done
    for name in avg_ns compile_ns first_ns avg_ns free_first_ns free_ns ratio mask_us_mean mask_us_max n_forced n_gen; do values $name && echo; done | awk '
        { for (i = 1; i <= 9; i++) v[NR, i] = $i; bad = bad || NF != 9 }
        END {
            for (i = 1; i <= 9; i++) {
                near = v[7, i] / (v[6, i] / v[1, i])
                if (v[2, i] >= v[3, i] || v[3, i] > v[4, i] || v[5, i] > v[6, i] || near < 0.9 || near > 1.1) bad = 1
                if (v[8, i] > v[9, i] || v[10, i] >= v[11, i]) bad = 1
            }
            exit bad
        }'
    result $? "$(what "figures that are parts of others, $model")"
    as_run switch 'Please turn off the light in the kitchen.' '{"light_on": "boolean"}'
    as_run nested 'Tell Anna in the workshop on floor 2 that the new filter has arrived and that she can fetch it at the gate.' \
        '{"to": {"name": "string", "place": {"room": "string", "floor": "integer"}}, "message": "string"}'
done
model=$tiny

bench --json-run -t 1 -o jsonl
documents > "$work/documents"
counts > "$work/counts"
QUERN_CPU=ref bench --json-run -t 2 -r 1 -b 4 --no-warmup -o jsonl
ended && documents | cmp -s - "$work/documents" && counts | cmp -s - "$work/counts"
result $? "$(what 'the same documents with other kernels, threads, batches')"
bench --json-run -t 1,2 -r 1 -o csv
ended && [ "$(head -n 1 "$work/out")" = "$fields,$own,$json" ] && [ "$(wc -l < "$work/out")" = 19 ]
result $? "$(what 'requests as csv')"
bench --json-run -t 1 -r 1 -o json
ended && is_json < "$work/out" && [ "$(grep -c '^    "free_ts": [0-9.]*,$' "$work/out")" = 9 ]
result $? "$(what 'requests as json')"
bench --json-run -t 1 -r 1 -ctk q8_0
cat > "$work/head" << 'END'
| model                          | threads | type_k |            test | prompt | tokens | forced | first ms | total ms |                  t/s | free t/s | ratio |
| ------------------------------ | ------: | -----: | --------------: | -----: | -----: | -----: | -------: | -------: | -------------------: | -------: | ----: |
END
ended && head -n 2 "$work/out" | cmp -s - "$work/head" &&
    [ "$(awk -F '|' '/^\|/ && NR > 2 { gsub(/^ *json | *$/, "", $5); printf "%s\"%s\"", n++ ? " " : "", $5 }' "$work/out")" = "$requests" ]
result $? "$(what 'the table of requests')"
grep -q ', 1 thread, json switch: schema [0-9.]* ms, [0-9]* mask(s) of [0-9.]* ms, .*, peak RSS .*{"light_on":' "$work/out"
result $? "$(what 'what is below the table of requests')"

# ---- ignored flags ----

"$build/quern" bench -m "$model" -r 1 -t 1 -p 1 -n 0 -ngl 99 -fa 0,1 -mmp 0 --poll 50 --progress --delay 0 -o jsonl > "$work/out" 2> "$work/err"
[ $? = 0 ] && is_json < "$work/out" && [ "$(grep -c '^quern: .* is ignored: ' "$work/err")" = 4 ] && [ "$(wc -l < "$work/err")" = 4 ]
result $? "ignored flags: $(cat "$work/err")"

# ---- refusals: an exit code, one line on stderr, nothing on stdout ----

refused() { # CODE PATTERN ARGUMENTS...
    want=$1 pattern=$2
    shift 2
    "$build/quern" "$@" > "$work/out" 2> "$work/err" < /dev/null
    got=$?
    [ $got = "$want" ] && [ "$(wc -l < "$work/err")" = 1 ] && [ ! -s "$work/out" ] && grep -q "^quern: .*$pattern" "$work/err"
    result $? "quern $*: exit $got, $want expected; $(cat "$work/err")"
}
for bad in '-p x' '-p' '-p -1' '-p 1,' '-p ,1' '-p 8-1' '-p 1-8+0' '-p 1-8*1' '-p 0-8*2' '-p 1-8/2' '-p 1-8+2x' '-p 99999999999999999999' \
    '-n 1.5' '-d -1' '-d x' '-t 0' '-t 257' '-t 1-300' '-b 0' '-ub 0' '-r 0' '-r x' '-r 1001' '-pg 5' '-pg 5,6,7' '-pg 5-6,7' '-pg x,1' \
    '-o xml' '-o sql' '-o' '-oe x' '-ctk q4_0' '-ctk f16,' '--delay -1' '-p 1-2000'; do
    # shellcheck disable=SC2086
    refused 2 "${bad%% *}" bench -m "$model" $bad
done
refused 2 '"x": unexpected' bench -m "$model" --json-run x
refused 2 '--json-run: takes no value' bench -m "$model" --json-run=x
for bad in '-p 1' '-n 0' '-pg 1,1' '-d 0'; do
    # shellcheck disable=SC2086
    refused 2 '--json-run .* excludes -p, -n, -pg and -d$' bench -m "$model" --json-run $bad
done
refused 2 'no such flag' bench -m "$model" --frob
refused 2 'no flag of bench' bench -m "$model" --temp 0
refused 2 'unexpected' bench "$model"
refused 2 'nothing to measure' bench -m "$model" -p 0 -n 0
refused 2 ' file' bench -m "$model,"
refused 5 'tiny.gguf: .*2049 tokens.* 2048' bench -m "$model" -p 2049
refused 5 '2049' bench -m "$model" -p 1 -n 49 -d 2000
refused 5 '2049' bench -m "$model" -pg 2000,49
refused 3 'nowhere.gguf' bench -m "$model" -m "$work/nowhere.gguf" -p 1
head -c 1000 "$model" > "$work/short"
refused 3 'short' bench -m "$work/short"
refused 3 'short' doctor -m "$work/short"
refused 2 'unexpected' doctor "$model"
refused 2 'no flag of doctor' doctor -p x
refused 2 '-c' doctor -c x
if [ -w /dev/full ]; then
    for args in 'bench -m tiny -p 1 -n 0 -t 1 -o json' 'bench -m tiny -p 1 -n 0 -t 1' doctor 'doctor --json'; do
        cp "$model" "$work/tiny"
        # shellcheck disable=SC2086
        (cd "$work" && "$(case $build in /*) echo "$build" ;; *) echo "$OLDPWD/$build" ;; esac)/quern" $args > /dev/full 2> "$work/err")
        [ $? = 1 ] && [ "$(wc -l < "$work/err")" = 1 ]
        result $? "$args on a full disk: $(cat "$work/err")"
    done
fi

# ---- help and the manual ----

for c in bench doctor; do
    "$build/quern" $c -h > "$work/out" 2> "$work/err" && grep -q "^quern $c" "$work/out" && [ ! -s "$work/err" ] &&
        [ "$(wc -l < "$work/out")" -le 40 ] && ! grep -q '.\{81\}' "$work/out"
    result $? "quern $c -h"
    "$build/quern" -h | grep -q "^  quern $c" && grep -q "^\.B $c" src/cli/quern.1
    result $? "$c in quern -h and in the manual page"
done

# ---- doctor ----

"$build/quern" doctor > "$work/out" 2> "$work/err"
code=$?
ended && for name in board cpu kernels cores memory limits bandwidth; do grep -q "^$name  *[^ ]" "$work/out" || break; done && ! grep -q '^model' "$work/out"
result $? "$(what doctor)"
"$build/quern" doctor -m "$model" -c 64 -t 1 > "$work/out" 2> "$work/err"
code=$?
ended && grep -q '^model  .*tiny.gguf: qwen2 0.6M Q4_K - Medium, 0.4 MB$' "$work/out" &&
    grep -q '^decode  .*0.4 MB are read for each token, so at most [0-9.]* tokens/s$' "$work/out" && grep -q '^context  .*64 tokens need .* MB: fits$' "$work/out"
result $? "$(what 'doctor -m')"
for args in '' "-m $model -t 1"; do
    # shellcheck disable=SC2086
    "$build/quern" doctor --json $args > "$work/out" 2> "$work/err"
    code=$?
    ended && is_json < "$work/out" && grep -q '^  "rung": "[a-z0-9]*",$' "$work/out"
    result $? "$(what "doctor --json $args")"
done
grep -q '^  "context": 2048,$' "$work/out" && grep -q '^  "fits": true,$' "$work/out" && grep -q '^  "model_size": 427036,$' "$work/out"
result $? "$(what 'doctor --json -m')"
# shellcheck disable=SC3045
if (ulimit -v 2000000 && "$build/quern" --version) > "$work/out" 2>&1; then # sanitizers need more
    (ulimit -v 2000000 && "$build/quern" doctor --json) > "$work/out" 2> "$work/err"
    code=$?
    ended && grep -q '^  "limit_as": 2048000000,$' "$work/out"
    result $? "$(what 'the limit of the address space')"
fi
QUERN_CPU=ref "$build/quern" doctor > "$work/out" 2> "$work/err" && grep -q '^kernels  *ref' "$work/out"
result $? "QUERN_CPU=ref: $(cat "$work/out" "$work/err")"

finish
