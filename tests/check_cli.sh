#!/bin/sh
# The built program as its users meet it: streams, exit codes, flags, chat. sh tests/check_cli.sh [QUERN [MODEL]]
# QUERN: the program, $BUILD/quern by default; MODEL: a small model with a context of 2,048 tokens or more, made by quern-mkmodel by default.
set -u
Q=${1:-${BUILD:-build}/quern}
case $Q in /*) ;; *) Q=$PWD/$Q ;; esac
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
M=${2:-}
if [ -z "$M" ]; then
    M=$work/tiny.gguf
    "${Q%/*}/quern-mkmodel" --shape tiny --type q8_0 "$M" || exit 1
fi
case $M in /*) ;; *) M=$PWD/$M ;; esac
cd "$work" || exit 1
unset QUERN_MODEL NO_COLOR XDG_STATE_HOME
export HOME="$work" TERM=dumb
passed=0 failed=0

check() { # WHAT TEST...: TEST succeeds
    what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $what (QUERN=$Q MODEL=$M)"
        echo "  ran: ${ran:-}; exit ${code:-}; stdout: $(head -c 200 out 2>/dev/null); stderr: $(head -c 300 err 2>/dev/null)"
    fi
}
run() { # ARGS...: leaves out, err, code
    ran="quern $*"
    "$Q" "$@" > out 2> err < /dev/null
    code=$?
}
lines() { [ "$(wc -l < "$1")" -eq "$2" ]; }
quiet() { [ ! -s err ]; }
same() { cmp -s "$1" "$2"; }
refuses() { # CODE PATTERN ARGS...: nothing on stdout, one line on stderr that holds PATTERN
    want=$1 pattern=$2
    shift 2
    run "$@"
    check "exit $want" [ "$code" = "$want" ]
    check "one line with \"$pattern\"" eval 'lines err 1 && grep -q "^quern: .*$pattern" err && [ ! -s out ]'
}
ends_with_newline() { [ "$(tail -c 1 "$1" | od -An -c | tr -d ' ')" = '\n' ]; }

# ---- usage ----
for bad in '-n -5' '-n x' '-n 1.5' '-n 99999999999999999999' '-n' '-n 5x' '-t 0' '-t 257' '-t' '-c -1' '-c 1e3' '-b 0' '--temp nan' '--temp inf' \
    '--temp -1' '--temp 0x1' '--temp 1e999' '--top-p 1.5' '--top-k -2' '--min-p 2' '--repeat-penalty 0' '--seed -2' '--seed 18446744073709551616' \
    '-ctk q4_0' '-l 5' '-l 5+x' '-l +1' '-r' '-j' '--format xml' '--prompt-cache-ro' '--keep -2' '--raw -cnv' '--raw -sys x' '--ignore-eos=1'; do
    # shellcheck disable=SC2086
    refuses 2 "${bad%%[ =]*}" -m "$M" -p hi $bad
done
refuses 2 'no such flag; the nearest is --top-k' -m "$M" -p hi --topk 5
refuses 2 'is missing' -m "$M" -p
refuses 2 'is missing' -p hi -m
refuses 2 'is missing' -p -n 5 -m "$M"
refuses 2 'no prompt' -m "$M"
refuses 2 'no command' frob
refuses 2 'expand, test or fuzz' schema -m "$M"
refuses 2 'unexpected' run -m "$M" stray
refuses 2 'no flag of tokenize' tokenize -m "$M" -n 5 x
refuses 2 'is empty' -m "$M" --raw -p ''
refuses 3 'nowhere.gguf' -m nowhere.gguf -p hi
refuses 1 'nowhere.txt' -m "$M" -f nowhere.txt
printf 'GGUF' > short.gguf
refuses 3 'short.gguf' -m short.gguf -p hi
refuses 5 'context' -m "$M" -p 'a prompt of more than three tokens' -c 3
refuses 2 'bias' -m "$M" -p hi -l 2000000000+1

# ---- help ----
for c in '' run chat info tokenize schema bench doctor; do
    # shellcheck disable=SC2086
    run $c -h
    check "help $c" eval '[ $code = 0 ] && quiet && [ -s out ] && [ $(wc -l < out) -le 40 ] && ! grep -q ".\{81\}" out'
    # shellcheck disable=SC2086
    run help $c
    check "help $c" [ "$code" = 0 ]
done
run --version
check version eval '[ $code = 0 ] && grep -q "^quern [0-9]" out && lines out 1'

# ---- one answer ----
run -m "$M" -p hello -n 12 -s 7
cp out first
check 'an answer' eval '[ $code = 0 ] && quiet && [ -s out ] && ends_with_newline out'
run run --model="$M" --prompt hello --n_predict 12 --seed=7 -t 1
check 'other spellings, other threads, the same answer' same out first
run -m "$M" -p hello -n 12 -s 7 -b 3 -c 2048
check 'other batches and context, the same answer' same out first
run -m "$M" -p hello -n 12 -s 7 --temp 0.7 --top-k 20 --top-p 0.8 --min-p 0 --repeat-penalty 1.1 --repeat-last-n 64 --keep 48 --no-warmup
check 'the defaults, spelt out' same out first
run -m "$M" -p hello -n 12 -s 8 --temp 5 --top-k 0 --top-p 1
check 'another seed' eval '! same out first'
run -m "$M" -p hello -n 3 -ngl 99 -fa on --jinja -v
check 'ignored flags are named, -v has a seed and ollama'\''s fields' eval '[ $code = 0 ] && [ $(grep -c ignored err) = 3 ] &&
    grep -q "^seed: " err && grep -q "^total duration: " err && grep -q "^eval rate: .* tokens/s" err && grep -q "^prompt eval count: .* token(s)" err'
run -m "$M" -p hello -n 0
check '-n 0' eval '[ $code = 0 ] && quiet && [ ! -s out ]'
run -m "$M" --raw -p hello -n -2 -c 40 --ignore-eos
check '-n -2 fills the context' eval '[ $code = 0 ] && quiet && [ -s out ]'
run -m "$M" --raw -p hello -c 40 --ignore-eos
check 'a cut answer is said to be one' eval '[ $code = 0 ] && lines err 1 && grep -q "was cut" err'
run -m "$M" -p hello -n 30 --temp 0 --ignore-eos
cp out long
stop=$(head -n 1 long | cut -c 5-7)
run -m "$M" -p hello -n 30 --temp 0 --ignore-eos -r 'never to be seen' -r "$stop"
check "stop string \"$stop\" cuts" eval '[ $code = 0 ] && [ "$(wc -c < out)" -lt "$(wc -c < long)" ] && ! grep -qF -e "$stop" out'
run -m "$M" -p hello -n 30 --temp 0 --ignore-eos -r 'never to be seen'
check 'what a stop string held back comes' same out long

# ---- the model: -m, then QUERN_MODEL, then the bundled one, found by where the program lies ----
mkdir -p new/build new/models usr/bin usr/share/quern
cp "${PROGRAMS:-${Q%/*}}/quern" new/build/quern
cp new/build/quern usr/bin/quern
there() { # PROGRAM ARGS...
    ran="$*" program=$1
    shift
    # shellcheck disable=SC2086
    ${EMU:-} "./$program" "$@" > out 2> err < /dev/null
    code=$?
}
for c in 'run -p hi' 'chat' 'info' 'tokenize hi'; do
    # shellcheck disable=SC2086
    there new/build/quern $c
    check "no model: $c" eval '[ $code = 2 ] && lines err 1 && grep -q "^quern: no model: .*-m.*QUERN_MODEL" err && [ ! -s out ]'
done
cp "$M" new/models/quern-demo-q8_0.gguf
cp "$M" usr/share/quern/quern-demo-q8_0.gguf
for p in new/build/quern usr/bin/quern; do
    there $p -p hello -n 12 -s 7
    check 'the bundled model' eval '[ $code = 0 ] && quiet && same out first'
    QUERN_MODEL='' there $p -p hello -n 12 -s 7
    check 'an empty QUERN_MODEL is none' eval '[ $code = 0 ] && quiet && same out first'
done
ln -s "$PWD/new/build/quern" usr/bin/linked
there usr/bin/linked info
check 'through a link, the one beside the program' eval '[ $code = 0 ] && grep -q "/new/models/quern-demo-q8_0.gguf" out'
there usr/bin/quern info --json
check 'info of the bundled model' eval '[ $code = 0 ] && grep -q "/usr/share/quern/quern-demo-q8_0.gguf" out'
for c in '-p hello -n 1' 'tokenize hello'; do
    # shellcheck disable=SC2086
    there usr/bin/quern $c -v
    check "-v names the file: $c" eval '[ $code = 0 ] && grep -q "^file: .*/usr/share/quern/quern-demo-q8_0.gguf$" err'
done
echo hello | ${EMU:-} ./usr/bin/quern chat -n 12 -s 7 -v > out 2> err
check 'chat with the bundled model' eval 'same out first && grep -q "^file: .*/quern-demo-q8_0.gguf$" err'
cp "$M" named.gguf
echo junk > usr/share/quern/quern-demo-q8_0.gguf
QUERN_MODEL=named.gguf there usr/bin/quern -p hello -n 12 -s 7
check 'QUERN_MODEL comes before the bundled one' eval '[ $code = 0 ] && quiet && same out first'
QUERN_MODEL=short.gguf there usr/bin/quern -m named.gguf -p hello -n 12 -s 7
check '-m comes before both' eval '[ $code = 0 ] && quiet && same out first'
QUERN_MODEL=short.gguf there usr/bin/quern info named.gguf
check 'so does the file of info' eval '[ $code = 0 ] && quiet && grep -q "^named.gguf: " out'
there usr/bin/quern -p hello
check 'a bundled model that is broken is refused' eval '[ $code = 3 ] && lines err 1 && grep -q "/usr/share/quern/" err'

# ---- streams ----
echo hello | "$Q" -m "$M" -n 12 -s 7 > out 2> err
check 'the prompt on stdin' same out first
echo hello > hello.txt
run -m "$M" -f hello.txt -n 12 -s 7
check 'the prompt in a file' same out first
printf 'log\n\nhello' > both.txt
run -m "$M" -f both.txt -n 12 -s 7
cp out joined
echo log | "$Q" -m "$M" -p hello -n 12 -s 7 > out 2> err
check 'stdin is joined before -p' same out joined
"$Q" -m "$M" -p hello -n 12 -s 7 > out 2> err <&-
check 'stdin closed' same out first
run -m "$M" -e -p 'log\n\nhe\x6clo' -n 12 -s 7
check escapes same out joined
printf 'a\000b\377\303' | "$Q" -m "$M" -n 4 > out 2> err
code=$?
check 'NUL and invalid UTF-8' eval '[ $code = 0 ] && quiet && [ -s out ]'
if [ -w /dev/full ]; then
    ran='quern > /dev/full'
    "$Q" -m "$M" -p hello -n 3 2> err > /dev/full < /dev/null
    code=$?
    check 'a full disk' eval '[ $code = 1 ] && lines err 1'
fi
"$Q" -m "$M" -p hello -n 3 2> err >&- < /dev/null
code=$?
check 'stdout closed' eval '[ $code = 1 ] && lines err 1'
{ "$Q" -m "$M" -p hello -n 2000 --ignore-eos 2> err < /dev/null; echo $? > status; } | head -c 1 > out
code=$(cat status)
check 'a reader that leaves' eval '[ $code = 141 ] && quiet'
mkfifo silent
sleep 30 > silent & # a pipe that says nothing
sleeper=$!
"$Q" -m "$M" < silent > out 2> err &
sleep 0.3
kill -TERM $!
wait $!
code=$?
ran='quern < silent'
check 'SIGTERM while reading' eval '[ $code = 143 ] && quiet'
kill $sleeper
wait $sleeper 2> /dev/null
if timeout --preserve-status -s INT 5 true 2> /dev/null; then
    for s in INT:130 TERM:143; do
        ran="chat, SIG${s%:*}"
        yes "$(printf '/clear\nhello')" 2> /dev/null | timeout --preserve-status -s "${s%:*}" 0.5 "$Q" chat -m "$M" -n 100 > out 2> err
        code=$?
        check 'a signal while answering' eval '[ $code = "${s#*:}" ] && quiet'
    done
fi

# ---- tokenize, info ----
run tokenize -m "$M" hello
check 'an array of ids' eval '[ $code = 0 ] && quiet && lines out 1 && grep -qx "\[[0-9, ]*\]" out'
cp out ids
printf hello | "$Q" tokenize -m "$M" > out 2> err
check 'a text on stdin' same out ids
printf '{"n": [1.5e3, {"a": null}], "text": "h\\u0065llo"}\n' | "$Q" tokenize -m "$M" --jsonl > out 2> err
check 'a JSON line' same out ids
cat > bad.jsonl <<'X'
{"text": "hello"}
{"text": "x"
{"text": 5}
{"text": "\ud83d"}
{"text": "\ud83d\ude00"} x
{"text": "a", "text": "b"}
{"text": "\x"}
["text"]
{"text": 01}
{"other": "x"}
{"text": "hello"}
X
"$Q" tokenize -m "$M" --jsonl > out 2> err < bad.jsonl
code=$?
check 'bad lines' eval '[ $code = 1 ] && lines err 1 && lines out 11 && [ $(grep -c "^{\"error\": " out) = 9 ]'
head -n 1 out > a
tail -n 1 out > b
check 'good lines among them' eval 'same a ids && same b ids'
printf '<|im_end|>' > control
run tokenize -m "$M" --special -f control
check '--special makes one token' grep -qx '\[[0-9]*\]' out
run tokenize -m "$M" -f control
check 'and only that' eval '! grep -qx "\[[0-9]*\]" out'
run info "$M"
check info eval '[ $code = 0 ] && quiet && grep -q qwen2 out'
run info "$M" --json
check 'info --json' eval '[ $code = 0 ] && quiet && [ "$(head -c 1 out)" = "{" ]'
refuses 3 'short.gguf' info short.gguf

# ---- chat, plain ----
printf 'hello\n/bye\nnever\n' | "$Q" chat -m "$M" -n 12 -s 7 > out 2> err
code=$?
check 'the first answer of a chat is that of run' eval '[ $code = 0 ] && quiet && same out first'
printf '"""log\n\nhello"""\n' | "$Q" chat -m "$M" -n 12 -s 7 > out 2> err
check 'a block' same out joined
printf 'log\\\n\\\nhello\n' | "$Q" chat -m "$M" -n 12 -s 7 > out 2> err
check 'joined lines' same out joined
printf 'hello\n/clear\n/set seed 7\nhello\n' | "$Q" chat -m "$M" -n 12 -s 7 > out 2> err
cat first first > twice
check '/clear and /set seed' same out twice
printf '/set temp 0\nhello\nmore\n/save talk\n/regen\n' | "$Q" chat -m "$M" -n 12 > out 2> err
printf '/set temp 0\n/load talk\n/regen\nand more\n' | "$Q" chat -m "$M" -n 12 > out2 2> err2
check '/save' eval '[ $(wc -l < talk) = 4 ] && [ $(grep -c "\"role\": \"user\"" talk) = 2 ] && quiet && [ ! -s err2 ] && [ -s out2 ]'
printf '{"role": "assistant", "text": "x"}\n' > bad
for c in /foo '/load nowhere' '/load bad' '/set temp nan' '/set nothing 1' '/regen' '/save' '/save no/such/place'; do
    ran="chat: $c"
    printf '%s\n' "$c" | "$Q" chat -m "$M" > out 2> err
    code=$?
    check "$c is refused, and the chat goes on" eval '[ $code -gt 0 ] && [ $code -lt 3 ] && lines err 1 && [ ! -s out ]'
done
{ head -c 400 /dev/zero | tr '\0' 'x'; printf '\nhi\n'; } | "$Q" chat -m "$M" -c 60 -n 3 > out 2> err
code=$?
check 'a message that does not fit is refused, the next is answered' eval '[ $code = 5 ] && lines err 1 && grep -q /clear err && [ -s out ]'
check 'no history without a terminal' [ ! -e .quern_history ]
if [ -r /proc/self/maps ]; then
    cp "$M" cut.gguf
    mkfifo turns
    "$Q" chat -m cut.gguf < turns > out 2> err &
    exec 3> turns
    until grep -q cut.gguf /proc/$!/maps; do
        kill -0 $! 2> /dev/null || break
        sleep 0.1
    done
    : > cut.gguf # by another program, while the chat waits for its first message
    echo hello >&3
    exec 3>&-
    wait $!
    code=$?
    ran='quern chat -m cut.gguf'
    check 'a model that is cut short' eval '[ $code = 3 ] && [ ! -s out ] && lines err 1 &&
        grep -qx "quern: cut.gguf: the file changed while it was being read" err'
fi

echo "check_cli: $passed passed, $failed failed"
[ $failed = 0 ]
