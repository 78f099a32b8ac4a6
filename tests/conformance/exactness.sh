#!/bin/sh
# tests/check_exact.sh on models with the files' real mixes of types.
set -u
data=${SHARED:-../shared}/conformance/models
if [ ! -d "$data" ]; then
    echo "skip: no reference data in $data"
    echo "conformance/exactness: 0 passed, 0 failed"
    exit 0
fi
NAME=conformance/exactness exec sh tests/check_exact.sh \
    "$data/a-q4_k_m.gguf" "$data/a-f16.gguf" "$data/a-q2_k.gguf" "$data/b-q6_k.gguf" "$data/b-iq4_xs.gguf" "$data/c-q4_k_m.gguf"
