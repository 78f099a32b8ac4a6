#!/bin/sh
# What README.md shows of JSON, run as it stands there with the bundled model: in its section "JSON" each block of shell is run, and must
# print what the comments at its end say. What a block needs and this machine has not (jq, python3 for a serial line) is skipped.
#     BUILD=build sh tests/check_recipes.sh
. tests/shell.sh
case $build in /*) ;; *) build=$PWD/$build ;; esac
export HOME="$work" TERM=dumb QUERN_MODEL="$PWD/models/quern-demo-q8_0.gguf" PATH="$build:$PATH"
unset XDG_STATE_HOME

# block1, block2 ... and want1, want2 ...: a comment line at the end of a block is output; a first one says what the block is for.
awk -v out="$work/" '
    /^## / { inside = /JSON/ }
    inside && /^```$/ && n_line { open_ = 0; close_block() }
    open_ { line[++n_line] = $0 }
    inside && /^```sh$/ { open_ = 1; n_line = 0 }
    function close_block(    i, last) {
        n++
        for (last = n_line; last > 1 && line[last] ~ /^# /; last--) { }
        for (i = 1; i <= last; i++) print line[i] > (out "block" n)
        for (; i <= n_line; i++) print substr(line[i], 3) > (out "want" n)
        n_line = 0
    }
    END { print n + 0 > (out "count") }' README.md
count=$(cat "$work/count")
[ "$count" -ge 6 ]
result $? "README.md has $count blocks of shell under JSON, not 6 or more"

has() { command -v "$1" > /dev/null; }

serial() { # BLOCK: a pseudo-terminal stands for the serial line
    python3 - "$1" "$work/port" <<'PY'
import os, pty, select, subprocess, sys, time
ours, theirs = pty.openpty()
os.symlink(os.ttyname(theirs), sys.argv[2])
script = open(sys.argv[1]).read().replace("/dev/ttyUSB0", sys.argv[2])
p = subprocess.Popen(["sh", "-c", script], stdin=subprocess.DEVNULL, start_new_session=True)
time.sleep(0.5)  # stty empties the line's buffers
got, until, sent = b"", time.time() + 60, False
while b"\n" not in got and time.time() < until and p.poll() is None:
    if not sent:
        os.write(ours, b"turn off the kitchen light\n")
        sent = True
    if select.select([ours], [], [], 0.2)[0]:
        got += os.read(ours, 4096)
p.terminate()
os.killpg(p.pid, 15)
p.wait()
sys.stdout.write(got.decode().replace("\r\n", "\n"))
PY
}

n=0
while [ $n -lt "$count" ]; do
    n=$((n + 1))
    block=$work/block$n want=$work/want$n
    name=$(head -n 1 "$block")
    : > "$work/out"
    if grep -q 'jq ' "$block" && ! has jq; then
        echo "skipped: \"$name\": no jq here"
        continue
    elif grep -q ttyUSB "$block"; then
        if ! has python3; then
            echo "skipped: \"$name\": no python3 here"
            continue
        fi
        serial "$block" > "$work/out" 2> "$work/err"
    elif grep -q '^\*/10 ' "$block"; then
        echo 'battery: level 3%, shutting down' > "$HOME/sensor.log"
        sh -c "$(sed -n 's|^\*/10 \* \* \* \* ||p' "$block")" 2> "$work/err" < /dev/null
        cat "$HOME/alerts.jsonl" > "$work/out"
    else
        sh "$block" > "$work/out" 2> "$work/err" < /dev/null
    fi
    [ -s "$want" ] && cmp -s "$want" "$work/out" && [ ! -s "$work/err" ]
    result $? "$(cat "$block"): $(cat "$work/out" "$work/err") instead of $(cat "$want")"
done

finish
