#!/bin/sh
# The demo model's whole path, from no data to measured files: sh tools/demo/demo.sh BUILD OUT
# Needs gcc, Debian's python3-torch, libopenblas0-pthread and python3-regex; PYTHON= names another python3.
# About six hours on two cores. Other versions of PyTorch, or other numbers of cores, round otherwise and give another model as good.
set -eu
build=$1 out=$2 model=$2/quern-demo
demo=$(dirname "$0")
PYTHON=${PYTHON:-/usr/bin/python3}
# Large tensors stay in the heap: giving them back to the system after each use takes a third of the time.
export MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=16000000000 MALLOC_TOP_PAD_=200000000 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
mkdir -p "$out"

say() { printf '\n== %s\n' "$*"; }

say generate
$PYTHON "$demo/generate.py" "$out/first"
$PYTHON "$demo/generate.py" "$out/second" --seed 2
$PYTHON "$demo/generate.py" "$out/third" --seed 3 --train 500000
$PYTHON "$demo/generate.py" "$out/fourth" --seed 5 --train 500000
$PYTHON "$demo/generate.py" "$out/fifth" --seed 9 --train 800000
$PYTHON "$demo/generate.py" "$out" --seed 8 --train 800000
say vocabulary
$PYTHON "$demo/bpe.py" "$out/first/words.txt" "$model"
say train
$PYTHON "$demo/train.py" "$out/first" "$model" --steps 1200
$PYTHON "$demo/train.py" "$out/second" "$model" --more --rate 0.5 --batch 4096 --steps 2000 --seed 2
$PYTHON "$demo/train.py" "$out/third" "$model" --more --rate 0.5 --batch 4096 --steps 3900 --seed 3
$PYTHON "$demo/train.py" "$out/fourth" "$model" --more --rate 0.5 --batch 4096 --steps 3800 --seed 5
$PYTHON "$demo/train.py" "$out" "$model" --more --layers 6 --rate 0.6 --steps 500 --seed 8
$PYTHON "$demo/train.py" "$out" "$model" --more --rate 0.6 --fall 1 --batch 4096 --of 4 --aside 0.2 --steps 2100 --seed 38
$PYTHON "$demo/train.py" "$out/fifth" "$model" --more --rate 0.6 --fall 1 --batch 4096 --of 4 --aside 0.2 --steps 2660 --seed 39
say convert and quantize
for type in f32 q8_0; do "$build/quern-convert" "$model" "$out/quern-demo-$type.gguf" $type; done
for type in q4_k_m q2_k; do "$build/quern-quantize" "$out/quern-demo-f32.gguf" "$out/quern-demo-$type.gguf" $type; done
say perplexity
$PYTHON "$demo/loss.py" "$model" "$out/held.txt"
for type in f32 q8_0 q4_k_m q2_k; do
    echo "$type"
    "$build/quern-perplexity" -m "$out/quern-demo-$type.gguf" -f "$out/held.txt" --special
done
say accuracy
files=
for type in q8_0 q4_k_m f32; do files="$files $out/quern-demo-$type.gguf"; done
# shellcheck disable=SC2086
$PYTHON "$demo/eval.py" "$build/quern" "$out/held.jsonl" $files --at-least 95
