#!/bin/sh
# JSONTestSuite: y_ is accepted, n_ refused with one line, i_ either; nothing crashes.
set -u
build=${BUILD:-build}
data=${SHARED:-../shared}/conformance/json/test_parsing
if [ ! -d "$data" ]; then
    echo "skip: no reference data in $data"
    echo "conformance/json: 0 passed, 0 failed"
    exit 0
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
for file in "$data"/*.json; do
    "$build/check_json" "$file" > "$work/out" 2> "$work/err"
    status=$?
    case ${file##*/}/$status/$(wc -l < "$work/err" | tr -d ' ') in
    y_*/0/0 | n_*/1/1 | i_*/0/0 | i_*/1/1) passed=$((passed + 1)) ;;
    n_structure_no_data.json/2/1) passed=$((passed + 1)) ;; # an empty file is refused before it is read
    *)
        failed=$((failed + 1))
        echo "$build/check_json $file: exit $status; $(cat "$work/err")"
        ;;
    esac
done
echo "conformance/json: $passed passed, $failed failed"
[ "$failed" = 0 ]
