#!/bin/sh
# What the shell tests share, read by `. tests/shell.sh` in the project's root: $build with the programs, $work, a folder that goes when the
# test ends, and counts.
set -u
build=${BUILD:-build}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
test=${0##*/}
test=${test%.sh}
passed=0 failed=0

result() { # STATUS-OF-THE-CHECK WHAT
    if [ "$1" = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$test: $2 (reproduce: BUILD=$build sh tests/$test.sh)"
    fi
}

full_disk() { # FILE COMMAND...: a file that cannot grow stands for a full disk; the old FILE stays, and nothing else in its folder
    kept=$1
    shift
    echo old > "$kept"
    (
        ulimit -f 64 # blocks: 32 or 64 KB
        "$@" > "$work/out" 2> "$work/err"
    )
    got=$?
    [ $got = 1 ] && [ "$(wc -l < "$work/err")" = 1 ] && [ "$(ls "${kept%/*}")" = "${kept##*/}" ] && [ "$(cat "$kept")" = old ]
    result $? "a full disk: exit $got; $(cat "$work/err"); left: $(ls "${kept%/*}")"
}

finish() { # the last command of a test
    echo "$test: $passed passed, $failed failed"
    [ $failed = 0 ]
}
