#!/bin/sh
# tests/check_exact.sh on models with the files' real mixes of types.
set -u
data=${SHARED:-../shared}/conformance/models
if [ ! -d "$data" ]; then
    echo "skip: no reference data in $data"
    echo "conformance/exactness: 0 passed, 0 failed"
    exit 0
fi
models='a-q4_k_m a-f16 b-q6_k c-q4_k_m a-q2_k b-iq4_xs'
if [ -n "${EMU:-}" ]; then models='a-q4_k_m b-q6_k b-iq4_xs'; fi # emulated runs take seconds each
for model in $models; do set -- "$@" "$data/$model.gguf"; done
NAME=conformance/exactness exec sh tests/check_exact.sh "$@"
