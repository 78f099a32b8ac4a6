#!/bin/sh
# The bundled model from end to end: answers, a conversation, sampled text and a perplexity that are the same bytes on every machine, as
# the exactness contract has it. tests/demo.txt holds what is asked and what must come: lines `system: ` (may be absent), `user: `,
# `answer: `.
#     BUILD=build sh tests/check_demo.sh
. tests/shell.sh
model=models/quern-demo-q8_0.gguf
export HOME="$work" TERM=dumb QUERN_MODEL=$model
unset XDG_STATE_HOME

ask() { # SYSTEM-OR-NOTHING USER FLAGS...: leaves out and err
    system=$1 user=$2
    shift 2
    if [ -n "$system" ]; then set -- -sys "$system" "$@"; fi
    "$build/quern" run -p "$user" -n 160 "$@" > "$work/out" 2> "$work/err" < /dev/null
}

"$build/quern" info > "$work/out"
grep -q '  general.name  *str  "quern-demo"$' "$work/out"
result $? "the model's name: $(grep general.name "$work/out")"

# ---- answers ----

system=''
while IFS= read -r line; do
    case $line in
    'system: '*) system=${line#system: } ;;
    'user: '*) user=${line#user: } ;;
    'answer: '*)
        ask "$system" "$user" && [ ! -s "$work/err" ] && [ "$(cat "$work/out")" = "${line#answer: }" ]
        result $? "$system | $user: $(cat "$work/out" "$work/err") instead of ${line#answer: }"
        system='' ;;
    esac
done < tests/demo.txt

# ---- a conversation ----

printf '%s\n' '客厅太干了,调高加湿器' 'What is DMA?' '晚上八点半打开卧室的空调' | "$build/quern" chat > "$work/out" 2> "$work/err"
printf '%s\n' '{"device": "humidifier", "action": "increase"}' \
    'DMA is direct memory access: a peripheral reads and writes memory without the CPU, which is free for other work.' \
    '{"device": "air_conditioner", "action": "turn_on", "room": "bedroom", "time": "20:30"}' | cmp -s - "$work/out" && [ ! -s "$work/err" ]
result $? "chat: $(cat "$work/out" "$work/err")"

# ---- sampled text, as a checksum, for any number of threads and any batch ----

for flags in '-t 1' '-t 2 -b 7' '-t 3 -ub 1'; do
    # shellcheck disable=SC2086
    ask '' 'What is GPIO?' --temp 1.5 --top-k 0 --top-p 1 -s 3 $flags && [ "$(cksum < "$work/out")" = '498254536 91' ]
    result $? "sampled with $flags: $(cat "$work/out" "$work/err")"
done

# ---- few of the logits, or all of them: the same text ----

for flags in '--temp 0' '-s 3' '--temp 1.5 -s 11 --presence-penalty 0.5'; do
    # shellcheck disable=SC2086
    ask '' 'What is GPIO?' --ignore-eos $flags --full-head && [ ! -s "$work/err" ] && mv "$work/out" "$work/want" &&
        ask '' 'What is GPIO?' --ignore-eos $flags && cmp -s "$work/want" "$work/out"
    result $? "few logits with $flags: $(cat "$work/want" "$work/out" "$work/err")"
done
ask '' 'What is GPIO?' --ignore-eos --temp 0 -v && grep -q '^logits computed: ' "$work/err"
result $? "-v tells how many logits: $(cat "$work/err")"

# ---- how well it foretells its own answers ----

sed 's/^[a-z]*: //' tests/demo.txt > "$work/text"
"$build/quern-perplexity" -m $model -f "$work/text" -c 256 > "$work/out" 2>&1 && grep -q '^nll  *3.017484298$' "$work/out"
result $? "perplexity: $(cat "$work/out")"

finish
