#!/bin/sh
# Answers held to a JSON schema as their users meet them: flags, styles, exit codes, budgets, signals, lines in and out, quern schema. With
# the bundled model, and with one of random weights, which would never write JSON by itself.
#     BUILD=build sh tests/check_schema.sh
. tests/shell.sh
case $build in /*) ;; *) build=$PWD/$build ;; esac
Q=$build/quern
demo=$PWD/models/quern-demo-q8_0.gguf
export HOME="$work" TERM=dumb QUERN_MODEL="$demo"
unset XDG_STATE_HOME NO_COLOR
cd "$work" || exit 1
"$build/quern-mkmodel" --shape tiny --type q8_0 tiny.gguf || exit 1

check() { # WHAT TEST...
    what=$1
    shift
    "$@"
    result $? "$what: $ran: exit $code; $(head -c 300 out); $(head -c 300 err)"
}
run() { # ARGS...: leaves out, err, code
    ran="quern $*"
    "$Q" "$@" > out 2> err < /dev/null
    code=$?
}
says() { # ANSWER ARGS...: that line, and no other
    want=$1
    shift
    run "$@"
    check "wanted $want" eval '[ $code = 0 ] && [ ! -s err ] && [ "$(cat out)" = "$want" ] && [ "$(wc -l < out)" = 1 ]'
}
refuses() { # CODE PATTERN ARGS...
    want=$1 pattern=$2
    shift 2
    run "$@"
    check "exit $want, one line with \"$pattern\"" \
        eval '[ $code = "$want" ] && [ "$(wc -l < err)" = 1 ] && grep -q "^quern: .*$pattern" err && [ ! -s out ]'
}

S='{"temp_limit": "number", "alerts": [["LED", "SMS", "EMAIL"]]}'
P='if temperature is above 41 degrees, notify me by SMS'
A='{"temp_limit":41,"alerts":["SMS"]}'
printf '%s\n' "$S" > s.json

# ---- where the schema comes from ----

says "$A" -j "$S" -p "$P"
says "$A" run --json-schema="$S" -p "$P" -t 1
says "$A" -jf s.json -p "$P"
says "$A" -j @s.json -p "$P"
ran='quern -j - < s.json'
"$Q" -j - -p "$P" < s.json > out 2> err
code=$?
check 'the schema on stdin is no part of the prompt' [ "$(cat out)" = "$A" ]
echo "$P" | "$Q" -j "$S" > out 2> err
check 'the prompt on stdin' [ "$(cat out)" = "$A" ]
"$Q" schema expand "$S" > full.json 2> err
says "$A" -jf full.json -p "$P"
says '{"temperature_threshold":35}' --json -p '温度阈值=35℃'
says '{"temperature_threshold":35}' --format json -p '温度阈值=35℃'
says "$A" --format "$S" -p "$P"
says '"storage"' -j '["storage", "1", "2"]' -p 'mmc0: read error at sector 812'
says '[]' -j '{"type": "array", "maxItems": 0}' -p x
says '{"v":"1.0","t":true}' -j '{"enum": [{"v": "1.0", "t": true}]}' -p x

# ---- what is refused, and how ----

refuses 6 'it is a file: -jf s.json or -j @s.json' -j s.json -p x
refuses 6 'nowhere.json: neither JSON nor a file' -j nowhere.json -p x
refuses 6 "a schema is JSON: -j '\"integer\"'" -j integer -p x
refuses 6 '#/a: "strng" is no type' -j '{"a": "strng"}' -p x
refuses 6 '#/a: "strng" is no type' -m nowhere.gguf -j '{"a": "strng"}' -p x
refuses 6 'byte 5' -j '{"a":' -p x
refuses 6 'no document satisfies it' -j '{"type": "integer", "minimum": 5, "maximum": 4}' -p x
refuses 6 'type' -j '{"type": "object", "properties": {"a": {"type": "strng"}}}' -p x
refuses 6 '#/properties/a' -j '{"type": "object", "properties": {"a": {"type": "string", "pattern": "("}}, "required": ["a"]}' -p x
refuses 1 'nowhere.json' -jf nowhere.json -p x
refuses 7 'the schema needs at least [0-9]* tokens, -n is 3' -j "$S" -p x -n 3
refuses 7 'tokens, -n is 0' -j "$S" -p x -n 0
refuses 5 'context' -j "$S" -p x -c 45
for bad in '-j {} --json' '-j {} -jf s.json' '-j {} --stop x' '-j {} --ignore-eos' '-j {} --stream --pretty' '-j {} --stream -r' '--pretty' '--stream' \
    '--raw-strings' '--no-schema-prompt' '--max-string 5' '-j {} --max-digits 18' '-j {} --max-items 0' '--format yaml' '-j' '--jsonl' \
    '-j {} --raw -cnv'; do
    # shellcheck disable=SC2086
    refuses 2 '' $bad -p x
done
refuses 2 'no prompt' -j "$S"

# ---- styles ----

run -j "$S" -p "$P" --pretty
printf '{\n  "temp_limit": 41,\n  "alerts": [\n    "SMS"\n  ]\n}\n' > want
check '--pretty' cmp -s want out
says '{"temp_limit": 41, "alerts": ["SMS"]}' -j "$S" -p "$P" --stream
says storage -r -j '["storage", "1", "2"]' -p 'mmc0: read error at sector 812'
says storage -j '["storage", "1", "2"]' --raw-strings -p 'mmc0: read error at sector 812'
says "$A" -r -j "$S" -p "$P"
run -j '{"enum": ["a\n\"b\\"]}' -p x -r
printf 'a\n"b\\\n' > want
check '-r undoes escapes' cmp -s want out
run -j '{"const": {"a": [], "b": {}}}' -p x --pretty
printf '{\n  "a": [],\n  "b": {}\n}\n' > want
check '--pretty, empty ones' cmp -s want out

# ---- what the model is told ----

run -j "$S" -p "$P" -v
told=$(sed -n 's/^prompt eval count: *\([0-9]*\).*/\1/p' err)
check '-v has the figures of the constraint' eval 'grep -q "^forced count: *[1-9]" err && grep -q "^sparse count:" err && grep -q "^mask count:" err'
run -j '{"alpha_beta_gamma": "boolean", "other_long_name": "boolean"}' -p x -v
check 'a forced token takes no mask' eval '[ "$(sed -n "s/^mask count: *\([0-9]*\),.*/\1/p" err)" -le \
    "$(awk "/^forced count:/ { print \$5 - \$3 }" err)" ]'
run -j "$S" -p "$P" -v --no-schema-prompt
check '--no-schema-prompt' [ "$(sed -n 's/^prompt eval count: *\([0-9]*\).*/\1/p' err)" -lt "$told" ]
run -sys "Answer in JSON: $S" -p "$P" -n 60
check 'the model is told what it was trained on' [ "$(cat out)" = '{"temp_limit": 41, "alerts": ["SMS"]}' ]

# ---- random weights, any temperature, any budget: complete and valid, or refused before anything is computed ----

cat > wild.json <<'J'
{"type": "object", "properties": {"id": {"type": "string", "format": "uuid"}, "n": {"type": "integer", "minimum": -5, "maximum": 500},
 "tags": {"type": "array", "items": {"type": "string", "maxLength": 9}, "minItems": 1}, "when": {"type": "string", "format": "date-time"},
 "more": {}, "either": {"anyOf": [{"type": "null"}, {"type": "number"}, {"$ref": "#"}]}}, "required": ["id", "n", "tags"]}
J
least=$("$Q" schema expand -m tiny.gguf -jf wild.json 2>&1 > /dev/null | sed -n 's/^minimum: *\([0-9]*\).*/\1/p')
for n in 0 1 8 40 200; do
    for seed in 1 2 3; do
        run -m tiny.gguf -jf wild.json -p hello -n $((least + n)) -s $seed --temp 2 --top-k 0 --top-p 1
        check 'a document' eval '[ $code = 0 ] && [ ! -s err ] && [ "$(wc -l < out)" = 1 ] && "$build/check_json" out'
    done
done
refuses 7 "needs at least $least tokens" -m tiny.gguf -jf wild.json -p hello -n $((least - 1))
run -m tiny.gguf -jf wild.json -p hello -n $((least + 20)) -s 5 --temp 2
cp out first
run -m tiny.gguf -jf wild.json -p hello -n $((least + 20)) -s 5 --temp 2 -t 1 -b 5 -c 900 --full-head
check 'other threads, batches, contexts: the same document' cmp -s first out
run -m tiny.gguf -jf wild.json -p hello -n $((least + 20)) -s 5 --temp 2 --prompt-cache cache
check 'with a prompt cache, the same' cmp -s first out
run -m tiny.gguf -jf wild.json -p hello -n $((least + 20)) -s 5 --temp 2 --prompt-cache cache -v
check 'which is used' eval 'cmp -s first out && grep -q "^prompt cache count: *[1-9]" err'
run -m tiny.gguf -jf wild.json --raw -p 'hello' -n $((least + 20)) -s 5 --temp 2
check '--raw' eval '[ $code = 0 ] && "$build/check_json" out'
"$Q" -m tiny.gguf -j '{"a": "string"}' -p hello -n 3000 --max-string 9000 --temp 9 --top-k 0 --top-p 1 > out 2> err < /dev/null &
ran='kill -INT'
sleep 0.4
kill -TERM $! 2> /dev/null
wait $!
code=$?
check 'a signal leaves nothing' eval '{ [ $code = 143 ] && [ ! -s out ] && [ ! -s err ]; } || { [ $code = 0 ] && "$build/check_json" out; }'

# ---- lines ----

ran='quern --jsonl'
printf '%s\r\n' "$P" > in
cat >> in <<X

{"prompt": "$P", "id": 7}
{"id": {"a": [1, "x"]}, "prompt": "mmc0: read error at sector 812", "schema": ["storage", "1", "2"]}
{"prompt": "x", "id": "q", "schema": {"a": "strng"}}
{"prompt": 5, "id": 1}
{"prompt": "x"
{"prompt": "$P", "schema": null}
X
"$Q" --jsonl -j "$S" < in > out 2> err
code=$?
cat > want <<X
$A
{"id":7,"answer":$A}
{"id":{"a":[1,"x"]},"answer":"storage"}
{"id":"q","error":"schema: #/a: \"strng\" is no type: string, integer, number, boolean, null, any, object, array are; with ? behind it a member may be left out"}
{"id":1,"error":"prompt: a string is wanted"}
{"error":"an object does not end"}
$A
X
check 'a line an answer, and exit 1' eval '[ $code = 1 ] && cmp -s want out && [ "$(wc -l < err)" = 1 ]'
printf '%s\n' 'What is DMA?' '{"prompt": "What is DMA?", "id": 1}' | "$Q" run --jsonl > out 2> err
code=$?
check 'without a schema the text, quoted' eval '[ $code = 0 ] && [ ! -s err ] && grep -q "^\"DMA is " out && grep -q "^{\"id\":1,\"answer\":\"DMA is " out'
{ printf 'hello\n' && printf '{"prompt": "%s"}\n' "$(head -c 3000 /dev/zero | tr '\0' 'x')" && printf 'hello\n'; } > in
"$Q" -m tiny.gguf --jsonl -jf wild.json -n $((least + 20)) -s 5 --temp 2 -c 600 < in > out 2> err
code=$?
check 'a prompt that does not fit, and the next' eval '[ $code = 1 ] && [ "$(head -n 1 out)" = "$(cat first)" ] && [ "$(tail -n 1 out)" = "$(cat first)" ] &&
    grep -q "^{\"error\":\".*context" out'
refuses 2 'jsonl' --jsonl -j "$S" -p x
refuses 2 'jsonl' --jsonl -j -
refuses 2 'jsonl' --jsonl -j "$S" --pretty
refuses 6 'strng' --jsonl -j '{"a": "strng"}'

# ---- chat ----

ran='quern chat -j'
printf '%s\n' "$P" '/clear' "$P" '/show' | "$Q" chat -j "$S" > out 2> err
code=$?
printf '%s\n' "$A" "$A" > want
check 'a chat of documents' eval '[ $code = 0 ] && cmp -s want out && grep -q "^system  *Answer in JSON: " err'
printf '%s\n' "hello" 'and again' '/set n 3' 'more' | "$Q" chat -m tiny.gguf -jf wild.json -n $((least + 20)) -s 5 --temp 2 > out 2> err
code=$?
check 'two turns, and a third that cannot be' eval '[ $code = 7 ] && [ "$(wc -l < out)" = 2 ] && [ "$(wc -l < err)" = 1 ]'

# ---- quern schema ----

run schema expand '{"a": "integer", "b": ["x", 1], "c": ["string?"]}'
check 'a refusal' [ "$code" = 6 ]
run schema expand "$S"
check 'expand' eval '[ $code = 0 ] && "$build/check_json" out && grep -q "\"additionalProperties\": false" out && grep -q "^minimum: *[1-9]" err'
for bad in '' 'frob' 'expand' 'fuzz' 'test {}' 'expand {} {}' 'expand -j {} {}' 'fuzz -k 0 {}' 'expand -p x {}'; do
    # shellcheck disable=SC2086
    refuses 2 '' schema $bad
done
for n in 0 8 64; do
    run schema fuzz -m tiny.gguf -jf wild.json -k 40 -n $((least + n)) -s 7
    i=0
    while IFS= read -r line; do
        printf '%s\n' "$line" > doc
        if "$build/check_json" doc; then i=$((i + 1)); fi
    done < out
    check "fuzz, $n tokens over the minimum" eval '[ $code = 0 ] && [ ! -s err ] && [ $i = 40 ] && [ "$(sort -u out | wc -l)" -gt 20 ]'
done
cp out first
run schema fuzz -m tiny.gguf -jf wild.json -k 40 -n $((least + 64)) -s 7
check 'fuzz: a seed, a text' cmp -s first out
refuses 7 'tokens' schema fuzz -m tiny.gguf -jf wild.json -n 2

ran='quern schema test'
cat > in <<'X'
{"id": "a", "schema": {"type": "object", "properties": {"b": {"type": "number"}, "a": {"type": "string"}}, "required": ["a"]}, "tests": [{"data": {"a": "x\u00e9\/", "b": 1.50e1}, "valid": true}, {"data": {"b": 1}, "valid": false}, {"data": {"a": "", "z": [1, {"y": null}]}}]}
{"id": 2, "schema": {"minimum": 3}, "tests": [{"data": 2}, {"data": 3.0}, {"data": "x"}]}
{"id": 3, "schema": {"type": "strng"}, "tests": [{"data": 2}]}
{"id": 4, "schema": {"anyOf": [{"type": "object", "properties": {"a": {"type": "integer"}, "b": {}}, "required": ["b"]}, {"type": "object", "properties": {"b": {}, "a": {"type": "string"}}}]}, "tests": [{"data": {"a": "x", "b": 1}}, {"data": {"b": 1, "a": 2}}]}
{"id": 5, "schema": {}}
{"id": 6, "schema": {"type": "number", "not": {"anyOf": [{"multipleOf": 3}, {"multipleOf": 2}]}}, "tests": [{"data": 6}, {"data": -9}, {"data": 8.0}, {"data": 25}, {"data": 2.5}]}
{"id": 7, "schema": {"type": "number", "not": {"type": "integer"}}, "tests": [{"data": 5}, {"data": 5.0}, {"data": -0.5}]}
{"id": 8, "schema": {"type": "number", "not": {"multipleOf": 0.01}}, "tests": [{"data": 0.015}]}
nonsense
X
"$Q" schema test -m tiny.gguf < in > out 2> err
code=$?
check 'a line an answer' eval '[ $code = 0 ] && [ ! -s err ] && [ "$(wc -l < out)" = 9 ]'
seen=$(sed 's/"validator": \([a-z]*\)[^}]*/\1/g; s/"machine": //g; s/"minimum_tokens.*tests": //; s/, "reason": .*//' out)
want='{"id": "a", "status": "ok", [{true, true}, {false, false}, {true, true}]}
{"id": 2, "status": "ok", [{false, false}, {true, true}, {true, true}]}
{"id": 3, "status": "refused"
{"id": 4, "status": "ok", [{true, true}, {true, true}]}
{"id": 5, "status": "ok", []}
{"id": 6, "status": "ok", [{false, false}, {false, false}, {false, false}, {true, true}, {true, true}]}
{"id": 7, "status": "ok", [{false, false}, {false, false}, {true, true}]}
{"id": 8, "status": "refused"
{"id": null, "status": "refused"'
[ "$seen" = "$want" ]
result $? "schema test: $seen"

finish
