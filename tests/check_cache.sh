#!/bin/sh
# --prompt-cache as its users meet it: with a cache or without, whoever wrote it and whatever is wrong with it, the answer is the same bytes.
#     BUILD=build sh tests/check_cache.sh
. tests/shell.sh
model=models/quern-demo-q8_0.gguf
export HOME="$work" TERM=dumb QUERN_MODEL=$model
unset XDG_STATE_HOME
cache=$work/cache
prompt='turn off the kitchen light at 16:30'

ask() { # FLAGS...: leaves out, err, code
    ran="quern run $*"
    "$build/quern" run "$@" > "$work/out" 2> "$work/err" < /dev/null
    code=$?
}
check() { # WHAT TEST...: TEST succeeds
    what=$1
    shift
    "$@"
    result $? "$what: $ran: exit $code: $(head -c 300 "$work/out" "$work/err")"
}
answers() { # WANT: the answer is that of the file WANT, without a word
    [ "$code" = 0 ] && [ ! -s "$work/err" ] && cmp -s "$work/out" "$1"
}
remarks() { # WANT PATTERN: the answer is that of the file WANT, with one line
    [ "$code" = 0 ] && cmp -s "$work/out" "$1" && [ "$(wc -l < "$work/err")" = 1 ] && grep -q "^quern: .*$2.*not used\$" "$work/err"
}
fails() { # WANT PATTERN: the answer is that of WANT, and the exit status tells that the cache is not kept
    [ "$code" = 1 ] && cmp -s "$work/out" "$1" && [ "$(wc -l < "$work/err")" = 1 ] && grep -q "^quern: .*$2" "$work/err"
}
cached() { # the tokens that came from the cache, of a run with -v
    sed -n 's/^prompt cache count: *\([0-9]*\) token.*/\1/p' "$work/err"
}

# ---- the same prompt, others that begin alike, others ----

ask -p "$prompt" && cp "$work/out" "$work/want"
check 'an answer' [ -s "$work/want" ]
ask -p "$prompt" --prompt-cache "$cache"
check 'the first run' answers "$work/want"
cp "$cache" "$work/first"
inode=$(ls -i "$cache")
ask -p "$prompt" --prompt-cache "$cache"
check 'the second' answers "$work/want"
check 'a cache with all of the prompt stays as it is' [ "$inode" = "$(ls -i "$cache")" ]
ask -p "$prompt" --prompt-cache "$cache" -v
all=$(cached)
check 'all but the last token came from the cache' eval '[ "$code" = 0 ] && grep -q "^prompt eval count: *1 token" "$work/err"'

other='turn off the bedroom fan'
ask -p "$other" && cp "$work/out" "$work/other"
ask -p "$other" --prompt-cache "$cache" -v
check 'another prompt takes what is the same' eval 'cmp -s "$work/out" "$work/other" && [ "$(cached)" -gt 3 ] && [ "$(cached)" -lt "$all" ]'
check 'and is kept' eval '! cmp -s "$cache" "$work/first"'
ask -p "$other" --prompt-cache "$work/fresh"
check 'with the bytes of a cache of its own' cmp "$cache" "$work/fresh"
cp "$work/first" "$cache"
ask -p "$other" --prompt-cache "$cache" --prompt-cache-ro
check '--prompt-cache-ro' eval 'answers "$work/other" && cmp -s "$cache" "$work/first"'
ask -sys 'Be brief.' -p "$other" -n 30 && cp "$work/out" "$work/system"
ask -sys 'Be brief.' -p "$other" -n 30 --prompt-cache "$cache"
check 'another system message' answers "$work/system"
rm "$cache"
ask -p "$other" -n 0 --prompt-cache "$cache"
check '-n 0 only keeps the prompt' eval '[ "$code" = 0 ] && [ ! -s "$work/out" ] && cmp -s "$cache" "$work/fresh"'
ask --raw -p 'turn' -n 20 --temp 0 && cp "$work/out" "$work/raw"
ask --raw -p 'turn' -n 20 --temp 0 --prompt-cache "$cache"
check 'a prompt of a token' answers "$work/raw"
ask --raw -p 'turn' -n 20 --temp 0 --prompt-cache "$cache"
check 'and again' answers "$work/raw"

# ---- threads, batches, instruction sets, types; sampled ----

rm "$cache"
for flags in '-t 1' '-t 3 -b 7' '-t 2 -ub 1'; do
    # shellcheck disable=SC2086
    ask -p "$prompt" --prompt-cache "$cache" $flags
    check 'threads and batches' eval 'answers "$work/want" && cmp -s "$cache" "$work/first"'
    rm -f "$cache"
done
sampled='--temp 1.5 --top-k 0 --top-p 1 -s 11 -n 40'
for types in 'f16 f16' 'q8_0 q8_0' 'q8_0 f16' 'f16 f32'; do
    kv="-ctk ${types% *} -ctv ${types#* }"
    rm -f "$cache"
    # shellcheck disable=SC2086
    ask -p "$prompt" $kv $sampled && cp "$work/out" "$work/types"
    # shellcheck disable=SC2086
    QUERN_CPU=ref ask -p "$prompt" $kv $sampled --prompt-cache "$cache"
    check "the cache of plain C, $types" answers "$work/types"
    # shellcheck disable=SC2086
    ask -p "$prompt" $kv $sampled --prompt-cache "$cache" -v
    check 'serves every instruction set' cmp -s "$work/out" "$work/types"
    check 'with all of the prompt' [ "$(cached)" = "$all" ]
done

# ---- caches of no use ----

cp "$work/first" "$cache"
ask -p "$prompt" -ctk q8_0 && cp "$work/out" "$work/q8"
ask -p "$prompt" -ctk q8_0 --prompt-cache "$cache"
check 'other types' remarks "$work/q8" '-ctk'
ask -p "$prompt" -ctk q8_0 --prompt-cache "$cache"
check 'were written in its place' answers "$work/q8"
cp "$work/first" "$cache"
if "$build/quern-mkmodel" --shape tiny --type q8_0 "$work/tiny.gguf" > /dev/null; then
    ask -m "$work/tiny.gguf" -p "$prompt" -n 20 -s 3 && cp "$work/out" "$work/tiny"
    ask -m "$work/tiny.gguf" -p "$prompt" -n 20 -s 3 --prompt-cache "$cache"
    check 'another model' remarks "$work/tiny" 'another model'
fi
bytes=$(wc -c < "$work/first")
damaged() { # WHAT: in $cache; the run that meets it puts it right
    ask -p "$prompt" --prompt-cache "$cache"
    check "$1" eval 'remarks "$work/want" "$cache" && cmp -s "$cache" "$work/first"'
}
for n in 0 1 47 48 100 "$((bytes / 2))" "$((bytes - 1))"; do
    head -c "$n" "$work/first" > "$cache"
    damaged "cut to $n bytes"
done
for at in 3 20 44 60 "$((bytes / 3))" "$((bytes - 2))"; do
    { head -c "$at" "$work/first"; tail -c +"$((at + 1))" "$work/first" | head -c 1 | tr '\000-\377' '\001-\377\000'; tail -c +"$((at + 2))" "$work/first"; } > "$cache"
    damaged "byte $at changed"
done
echo 'some notes' > "$cache"
damaged 'a text'
cat "$work/first" "$work/first" > "$cache"
damaged 'twice as long'
cp "$model" "$cache"
damaged 'a model'

# ---- caches that cannot be written; flags ----

ask -p "$prompt" --prompt-cache "$work/no/such/folder"
check 'no folder' fails "$work/want" 'no/such/folder: '
mkdir "$work/folder"
ask -p "$prompt" --prompt-cache "$work/folder"
check 'a folder' fails "$work/want" 'folder: '
if [ -w /dev/full ]; then
    ask -p "$prompt" --prompt-cache /dev/full
    check 'a full disk' fails "$work/want" '/dev/full: '
fi
rm "$cache"
{ (ulimit -f 8; exec "$build/quern" run -p "$prompt" --prompt-cache "$cache" 2> "$work/err" < /dev/null); echo $? > "$work/code"; } | cat > "$work/out"
code=$(cat "$work/code")
check 'a limit on the size of files' fails "$work/want" 'cache: '
check 'nothing half-written stays' eval '[ -z "$(find "$work" -name "cache*" -o -name "*.tmp")" ]'
cp "$work/first" "$cache"
ask -p "$prompt" -c 3 --prompt-cache "$cache"
check 'a prompt that does not fit' eval '[ "$code" = 5 ] && cmp -s "$cache" "$work/first"'
ask -p "$prompt" --prompt-cache-ro
check '--prompt-cache-ro alone' [ "$code" = 2 ]
"$build/quern" chat --prompt-cache "$cache" > "$work/out" 2> "$work/err" < /dev/null
code=$?
check 'a chat has no such flag' eval '[ "$code" = 2 ] && grep -q "no flag of chat" "$work/err"'

finish
