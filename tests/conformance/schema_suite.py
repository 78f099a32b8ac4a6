"""The validator against the official test suite and real schemas with instances: no verdict is wrong. A schema may be refused, by name.

Formats are asserted here in every draft, which draft 2020-12 leaves to the implementation: format.json, whose tests say that they are
annotations, is counted apart and cannot fail, and so are the optional tests, among them those of single formats. -v: prints refusals."""
import glob
import json
import os
import subprocess
import sys

LEAST = {"draft2020-12": 1200, "draft7": 890, "real": 8800}  # right at least, with format.json

build = os.environ.get("BUILD", "build")
data = os.path.join(os.environ.get("SHARED", "../shared"), "conformance", "json")
command = [os.path.join(build, "check_valid"), "--lines"]
if not os.path.isdir(os.path.join(data, "suite")):
    print("skip: no reference data in " + data)
    print("conformance/schema_suite: 0 passed, 0 failed")
    sys.exit(0)


def suite(draft, pattern):
    """(where, schema, tests) of each group; the files of draft 7 leave it to their folder to say the draft."""
    for path in sorted(glob.glob(os.path.join(data, "suite", draft, pattern), recursive=True)):
        with open(path, encoding="utf-8") as f:
            for group in json.load(f):
                schema = group["schema"]
                if draft == "draft7" and isinstance(schema, dict):
                    schema = {"$schema": "http://json-schema.org/draft-07/schema#", **schema}
                yield os.path.basename(path) + ": " + group["description"], schema, group["tests"]


def real():
    with open(os.path.join(data, "schemas.jsonl"), encoding="utf-8") as f:
        for line in f:
            case = json.loads(line)
            yield case["id"], case["schema"], case["tests"]


def judge(name, groups, excused):
    """Counts of right, refused, wrong and excused verdicts. What is wrong is printed."""
    lines = [json.dumps({"schema": s, "tests": [{"data": t["data"]} for t in tests]}) for _, s, tests in groups]
    run = subprocess.run(command, input="".join(line + "\n" for line in lines).encode(), stdout=subprocess.PIPE)
    verdicts = run.stdout.decode("utf-8", "replace").splitlines()
    if run.returncode != 0 or len(verdicts) != len(groups):
        print("%s: exit %d, %d lines for %d schemas" % (" ".join(command), run.returncode, len(verdicts), len(groups)))
    count = {"right": 0, "refused": 0, "wrong": 0, "excused": 0}
    for (where, _, tests), line, got in zip(groups, lines, verdicts + ["nothing"] * len(groups)):
        if got.startswith("refused: "):
            count["refused"] += len(tests)
            if "-v" in sys.argv:
                print("%s: %s: %s" % (name, where, got))
            continue
        for i, test in enumerate(tests):
            if len(got) == len(tests) and got[i] == "01"[test["valid"]]:
                count["right"] += 1
            elif excused(where):
                count["excused"] += 1
            else:
                count["wrong"] += 1
                print("%s: %s: %s: found %s\n  echo '%s' | %s" % (
                    name, where, test.get("description", "test %d" % i), got, line.replace("'", "'\\''"), " ".join(command)))
    print("%s: %d right, %d refused, %d wrong, %d excused" % (
        name, count["right"], count["refused"], count["wrong"], count["excused"]))
    return count


passed = failed = 0
for name, groups in (("draft2020-12", suite("draft2020-12", "*.json")), ("draft7", suite("draft7", "*.json")), ("real", real())):
    count = judge(name, list(groups), lambda where: where.startswith("format.json"))
    passed += count["right"]
    failed += count["wrong"]
    if count["right"] < LEAST[name]:
        print("%s: %d right, of which there were %d" % (name, count["right"], LEAST[name]))
        failed += 1
for name in ("draft2020-12", "draft7"):
    judge(name + "/optional", list(suite(name, "optional/**/*.json")), lambda where: True)

print("conformance/schema_suite: %d passed, %d failed" % (passed, failed))
sys.exit(failed != 0)
