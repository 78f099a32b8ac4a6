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

finish() { # the last command of a test
    echo "$test: $passed passed, $failed failed"
    [ $failed = 0 ]
}
