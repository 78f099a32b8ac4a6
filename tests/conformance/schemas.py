"""Schemas under the machine: what it accepts of real schemas' instances, and random documents of it, by bytes and by a vocabulary's tokens,
for python3-jsonschema to judge. Invalid is never accepted, and no document is invalid.

Left out of the judging are schemas that it is wrong about: for it [0] is [false]."""
import json
import os
import random
import subprocess
import sys
import warnings

build = os.environ.get("BUILD", "build")
data = os.path.join(os.environ.get("SHARED", "../shared"), "conformance")
if not os.path.isdir(os.path.join(data, "json")):
    print("skip: no reference data in " + data)
    print("conformance/schemas: 0 passed, 0 failed")
    sys.exit(0)
with open(os.path.join(data, "json", "schemas.jsonl"), "rb") as f:
    lines = f.read()
rows = [json.loads(line) for line in lines.splitlines()]
passed = failed = 0


def check(ok, what):
    global passed, failed
    passed += bool(ok)
    failed += not ok
    if not ok:
        print("FAIL: " + what)


def instances():
    """check_machine's own walks, and every instance with its flag."""
    out = subprocess.run([os.path.join(build, "check_machine"), "--lines"], input=lines, stdout=subprocess.PIPE, check=True)
    answers = out.stdout.decode().splitlines()
    taken = valid = accepted = 0
    check(len(answers) == len(rows), f"{len(answers)} answers to {len(rows)} schemas")
    for row, line in zip(rows, answers):
        if line.startswith("refused: "):
            continue
        taken += 1
        _, walks, flags, why = line.split(" ", 3)
        check(walks == "1", f"{row['id']}: {why}")
        for flag, yes in zip(flags[::2], flags[1::2]):
            if flag == "v":
                valid += 1
                accepted += yes == "1"
            else:
                check(yes != "1", f"{row['id']}: an invalid instance is accepted")
    print(f"{taken} of {len(rows)} schemas accepted ({100 * taken / len(rows):.1f} %), "
          f"{accepted} of {valid} valid instances ({100 * accepted / max(valid, 1):.1f} %)")
    check(taken >= 0.98 * len(rows), "fewer than 98 % of the schemas are accepted")
    check(accepted >= 0.97 * valid, "fewer than 97 % of the valid instances are accepted")


def by_tokens(row, rng):
    """Documents at a budget from the minimum up, of random tokens."""
    vocabulary = os.path.join(data, "tokenizer", "qwen2.5-vocab.gguf")
    text = json.dumps({"$schema": "", **row["schema"]}).encode()
    quern = [os.path.join(build, "quern"), "schema"]
    expand = subprocess.run(quern + ["expand", "-m", vocabulary, "-j", "-"], input=text, capture_output=True, check=False)
    if expand.returncode == 6:
        return []
    least = int(expand.stderr.decode().split("minimum:")[1].split()[0])
    budget = str(max(least, rng.choice([0, least + 8, 64, 256])))
    fuzz = subprocess.run(quern + ["fuzz", "-m", vocabulary, "-j", "-", "-k", "5", "-n", budget, "-s", str(rng.randrange(1 << 30))],
        input=text, capture_output=True, check=False)
    check(fuzz.returncode == 0, f"{row['id']}: schema fuzz -n {budget}: {fuzz.stderr.decode()[:300]}")
    return [json.loads(line) for line in fuzz.stdout.splitlines()]


def main():
    instances()
    try:
        import jsonschema
    except ImportError:
        print("skip: no python3-jsonschema")
        return
    warnings.simplefilter("ignore")
    out = subprocess.run([os.path.join(build, "check_machine"), "--documents"], input=lines, stdout=subprocess.PIPE, check=True)
    rng = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    documents = [json.loads(line) for line in out.stdout.splitlines()]
    sample = set(rng.sample(range(len(rows)), 80))
    count = 0
    for i, row in enumerate(rows):
        if "[[False]]" in str(row["schema"]) or "[[True]]" in str(row["schema"]) or "{'a': True}" in str(row["schema"]):
            continue
        kind = jsonschema.validators.validator_for(row["schema"], default=jsonschema.Draft202012Validator)
        judge = kind(row["schema"], format_checker=kind.FORMAT_CHECKER)
        for document in documents[i] + (by_tokens(row, rng) if i in sample and isinstance(row["schema"], dict) else []):
            error = next(judge.iter_errors(document), None)
            count += 1
            check(error is None, f"{row['id']}: {error and error.message[:200]}: {json.dumps(document)[:300]}")
    print(f"{count} documents judged")


main()
print(f"conformance/schemas: {passed} passed, {failed} failed")
sys.exit(failed > 0)
