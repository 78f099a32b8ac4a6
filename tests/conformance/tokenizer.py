"""Tokenizer against the reference data: every text gives the ids of the official tokenizer, as a user's text and with --special."""
import json
import os
import subprocess
import sys

build = os.environ.get("BUILD", "build")
data = os.path.join(os.environ.get("SHARED", "../shared"), "conformance", "tokenizer")
vocab = os.path.join(data, "qwen2.5-vocab.gguf")
if not os.path.exists(vocab):
    print("skip: no reference data in " + data)
    print("conformance/tokenizer: 0 passed, 0 failed")
    sys.exit(0)

with open(os.path.join(data, "cases.jsonl"), encoding="utf-8") as f:
    cases = [json.loads(line) for line in f]
texts = "".join(json.dumps({"text": c["text"]}) + "\n" for c in cases)

passed = failed = 0
for key, flags in (("ids", []), ("ids_special", ["--special"])):
    command = [os.path.join(build, "quern"), "tokenize", "-m", vocab, "--jsonl"] + flags
    run = subprocess.run(command, input=texts.encode(), stdout=subprocess.PIPE)
    lines = run.stdout.decode("utf-8", "replace").splitlines()
    if run.returncode != 0 or len(lines) != len(cases):
        print("%s: exit %d, %d lines for %d texts" % (" ".join(command), run.returncode, len(lines), len(cases)))
    for case, line in zip(cases, lines + [""] * len(cases)):
        try:
            got = json.loads(line)
        except ValueError:
            got = line
        if got == case[key]:
            passed += 1
        else:
            failed += 1
            print("echo '%s' | %s\n  gave     %s\n  expected %s" % (json.dumps({"text": case["text"]}), " ".join(command), got, case[key]))

print("conformance/tokenizer: %d passed, %d failed" % (passed, failed))
sys.exit(failed != 0)
