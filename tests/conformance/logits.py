"""Logits against exact float64 ones: for each model, the mean Kullback-Leibler divergence from the exact distribution is at most 1.05 times
that of the reference implementation whose error is in the table; and a KV cache in q8_0 adds at most 0.001 to it."""
import array
import math
import os
import subprocess
import sys
import tempfile

ROOM = 1.05
CACHE = 1e-3
ZERO = 1e-9  # what rounding alone may cost: below it a divergence counts as none

build = os.environ.get("BUILD", "build")
data = os.path.join(os.environ.get("SHARED", "../shared"), "conformance", "models")
table = os.path.join(data, "llama_cpp_error.tsv")
if not os.path.exists(table):
    print("skip: no reference data in " + data)
    print("conformance/logits: 0 passed, 0 failed")
    sys.exit(0)


def floats(path):
    a = array.array("f")
    with open(path, "rb") as f:
        a.frombytes(f.read())
    return a


def log_softmax(row):
    top = max(row)
    z = top + math.log(math.fsum(math.exp(x - top) for x in row))
    return [x - z for x in row]


def mean_divergence(exact, got, n_tokens):
    width = len(exact) // n_tokens
    total = 0.0
    for t in range(n_tokens):
        p = log_softmax(exact[t * width:(t + 1) * width])
        q = log_softmax(got[t * width:(t + 1) * width])
        total += math.fsum(math.exp(a) * (a - b) for a, b in zip(p, q))
    return total / n_tokens


def divergence_of(model, work, flags):
    """The mean divergence, NaN where there are no logits; and what ran and how it ended."""
    out = os.path.join(work, "logits")
    command = [os.path.join(build, "quern-logits"), os.path.join(data, model), "@" + os.path.join(data, "tokens.json"), out] + flags
    run = subprocess.run(command, stderr=subprocess.PIPE)
    got = floats(out) if run.returncode == 0 else []
    exact = floats(os.path.join(data, "logits", model.replace(".gguf", ".logits")))
    said = "%s: exit %d %s" % (" ".join(command), run.returncode, run.stderr.decode("utf-8", "replace").strip())
    return mean_divergence(exact, got, 64) if len(got) == len(exact) else math.nan, said


passed = failed = 0
worst = cost = 0.0
with open(table) as f, tempfile.TemporaryDirectory() as work:
    header = f.readline().split()
    for line in f:
        row = dict(zip(header, line.split()))
        if not row:
            continue
        model, allowed = row["file"], max(float(row["mean_kl"]), ZERO)
        exactly, said = divergence_of(model, work, [])
        cached, said_too = divergence_of(model, work, ["--kv", "q8_0"])
        for good, text in ((exactly / allowed <= ROOM, "%.3f times the table's divergence  (%s)" % (exactly / allowed, said)),
                           (cached - exactly <= CACHE, "%.2e more with a cache in q8_0  (%s)" % (cached - exactly, said_too))):
            passed, failed = passed + good, failed + (not good)  # no comparison with NaN is good
            if not good or "-v" in sys.argv:
                print("%-16s %s" % (model, text))
        worst, cost = max(worst, exactly / allowed), max(cost, cached - exactly)

if failed == 0:
    print("worst: %.3f times the table's divergence; a cache in q8_0 adds %.1e" % (worst, cost))
print("conformance/logits: %d passed, %d failed" % (passed, failed))
sys.exit(failed != 0)
