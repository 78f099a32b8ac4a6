#!/bin/sh
# Runs tests and adds them up: sh tests/run.sh [TEST...], from the project's root. TEST is tests/check_ROOM.c (its program is run),
# a .sh or a .py; without any, lint and every check. Each ends with a line `NAME: N passed, N failed`; one that dies, hangs or ends
# otherwise counts as a failure. Ends with `N passed, N failed`, exit 1 if any failed.
#
# BUILD  where the programs are (default: build)
# EMU    an emulator's command line: every program of BUILD runs under it, those started by shell tests too
# JOBS   tests that run at once (default: one a processor)
set -u
if [ "${1:-}" = --one ]; then # TEST, with what is set up below
    work=$(mktemp -d "$WORK/XXXXXX") || exit 1
    limit=
    if command -v timeout > /dev/null; then limit="timeout ${TEST_SECONDS:-600}"; fi
    case $2 in
    *.c) name=${2##*/} && set -- "$2" "$BUILD/${name%.c}" ;;
    *.py) set -- "$2" python3 "$2" ;;
    *) if head -n 1 "$2" | grep -q bash; then set -- "$2" bash "$2"; else set -- "$2" sh "$2"; fi ;;
    esac
    test=$1
    shift
    $limit "$@" > "$work/out" 2>&1 < /dev/null
    status=$?
    sum=$(tail -n 1 "$work/out" | sed -n 's/^[^ ]*: \([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\1 \2/p')
    case $sum in
    '') sum='0 1' && echo "$test: exit status $status, and the last line is no sum" >> "$work/out" ;;
    *' 0') if [ $status != 0 ]; then sum="${sum% *} 1" && echo "$test: exit status $status" >> "$work/out"; fi ;;
    esac
    if [ "${sum#* }" = 0 ]; then grep '^skip' "$work/out"; tail -n 1 "$work/out"; else cat "$work/out"; fi
    echo "$sum" > "$work/sum"
    exit 0
fi

BUILD=${BUILD:-build}
WORK=$(mktemp -d) || exit 1
trap 'rm -rf "$WORK"' EXIT
trap 'exit 1' HUP INT TERM

case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
export PROGRAMS="$BUILD" EMU="${EMU:-}" # for tests that copy a program, and run the copy
if [ -n "$EMU" ]; then
    mkdir "$WORK/bin"
    for program in "$BUILD"/quern* "$BUILD"/check_*; do
        [ -f "$program" ] && [ -x "$program" ] || continue
        printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$EMU" "$program" > "$WORK/bin/${program##*/}"
        chmod +x "$WORK/bin/${program##*/}"
    done
    BUILD=$WORK/bin
fi
export BUILD WORK

if [ $# = 0 ]; then set -- tests/lint.sh tests/check_*.c tests/check_*.sh; fi
n=0
for test in "$@"; do
    if [ -f "$test" ]; then n=$((n + 1)) && printf '%s\n' "$test"; fi
done > "$WORK/tests"
xargs -n 1 -P "${JOBS:-$(nproc 2> /dev/null || echo 1)}" sh "$0" --one < "$WORK/tests"

passed=0 failed=0
for sum in "$WORK"/*/sum; do
    if [ -f "$sum" ] && read -r p f < "$sum"; then n=$((n - 1)) passed=$((passed + p)) failed=$((failed + f)); fi
done
failed=$((failed + n)) # those that left no sum
echo "$passed passed, $failed failed"
[ $failed = 0 ]
