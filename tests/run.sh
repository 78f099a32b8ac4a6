#!/bin/sh
# Runs tests and adds them up: sh tests/run.sh [TEST...], from the project's root. TEST is tests/check_ROOM.c (its program is run),
# a .sh or a .py; without any, lint and every check. Each ends with a line `NAME: N passed, N failed`; one that dies, hangs or ends
# otherwise counts as a failure. Ends with `N passed, N failed`, exit 1 if any failed.
#
# BUILD  where the programs are (default: build)
# EMU    an emulator's command line: every program of BUILD runs under it, those started by shell tests too
set -u
BUILD=${BUILD:-build}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
export PROGRAMS="$BUILD" EMU="${EMU:-}" # for tests that copy a program, and run the copy
if [ -n "$EMU" ]; then
    mkdir "$work/bin"
    for program in "$BUILD"/quern* "$BUILD"/check_*; do
        [ -f "$program" ] && [ -x "$program" ] || continue
        printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$EMU" "$program" > "$work/bin/${program##*/}"
        chmod +x "$work/bin/${program##*/}"
    done
    BUILD=$work/bin
fi
export BUILD

limit=
if command -v timeout > /dev/null; then limit="timeout ${TEST_SECONDS:-600}"; fi

run() { # TEST
    case $1 in
    *.c) name=${1##*/} && $limit "$BUILD/${name%.c}" ;;
    *.py) $limit python3 "$1" ;;
    *) if head -n 1 "$1" | grep -q bash; then $limit bash "$1"; else $limit sh "$1"; fi ;;
    esac < /dev/null
}

if [ $# = 0 ]; then set -- tests/lint.sh tests/check_*.c tests/check_*.sh; fi
passed=0 failed=0
for test in "$@"; do
    [ -f "$test" ] || continue
    run "$test" > "$work/out" 2>&1
    status=$?
    sum=$(tail -n 1 "$work/out" | sed -n 's/^[^ ]*: \([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\1 \2/p')
    case $sum in
    '') p=0 f=1 && echo "$test: exit status $status, and the last line is no sum" >> "$work/out" ;;
    *' 0') p=${sum% *} f=0
        if [ $status != 0 ]; then f=1 && echo "$test: exit status $status" >> "$work/out"; fi ;;
    *) p=${sum% *} f=${sum#* } ;;
    esac
    if [ "$f" = 0 ]; then grep '^skip' "$work/out"; tail -n 1 "$work/out"; else cat "$work/out"; fi
    passed=$((passed + p)) failed=$((failed + f))
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
