#!/usr/bin/env python3
"""How often quern's answer to a held-out question is right, with the model's own choice of every token.

    eval.py QUERN HELD MODEL...      prints a row a task and a kind of question, a column a model; exit 1 where a task is under --at-least
    eval.py ... --schema             the same with answers held to a schema: the shape where there is one, any object where there is none

An answer is right if it is the same JSON value, or for talk the same text. Nothing is forgiven.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import subprocess
import sys

from shape import PREFIX


def ask(quern, model, messages, schema):
    command = [quern, "run", "-m", model, "--temp", "0", "-n", "256", "-t", "1", "-p", messages[-2]["content"]]
    system = messages[0]["content"] if messages[0]["role"] == "system" else ""
    if schema and messages[-1]["content"].startswith("{"):
        command += ["-j", system.removeprefix(PREFIX)] if system.startswith(PREFIX) else ["--json"]
    elif system:
        command += ["-sys", system]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0 or done.stderr:
        raise SystemExit(f"{command}: exit status {done.returncode}: {done.stderr}")
    return done.stdout.removesuffix("\n")


def same(answer, want):
    if not want.startswith("{"):
        return answer == want
    try:
        return json.loads(answer) == json.loads(want)
    except ValueError:
        return False


def kinds(example):
    shaped = "with a shape" if example["messages"][0]["role"] == "system" else "without"
    return ["all", shaped] + ["unseen " + u for u in example["unseen"]]


def main():
    p = argparse.ArgumentParser(description="Accuracy of the demo model, through quern.")
    p.add_argument("quern")
    p.add_argument("held")
    p.add_argument("models", nargs="+")
    p.add_argument("--limit", type=int, default=0, help="questions of each task; 0: all")
    p.add_argument("--wrong", type=int, default=0, help="print so many wrong answers of each task")
    p.add_argument("--schema", action="store_true", help="hold answers to a schema")
    p.add_argument("--at-least", type=float, default=0, help="per cent of each task that the first model must have right")
    a = p.parse_args()
    examples, taken = [], collections.Counter()
    with open(a.held) as f:
        for e in map(json.loads, f):
            taken[e["task"]] += 1
            if not a.limit or taken[e["task"]] <= a.limit:
                examples.append(e)
    right, count = collections.Counter(), collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for model in a.models:
            shown = collections.Counter()
            for e, answer in zip(examples, pool.map(lambda e: ask(a.quern, model, e["messages"], a.schema), examples)):
                ok = same(answer, e["messages"][-1]["content"])
                for k in kinds(e):
                    right[e["task"], k, model] += ok
                    count[e["task"], k, model] += 1
                if not ok and shown[e["task"]] < a.wrong:
                    shown[e["task"]] += 1
                    print("\n".join([f"-- {model}, {e['task']}, {e['unseen']}"] + [m["content"] for m in e["messages"]] + [answer]),
                        file=sys.stderr)
    print("| task | questions | n | " + " | ".join(os.path.basename(m) for m in a.models) + " |")
    print("|---|---|---|" + "---|" * len(a.models))
    low = False
    for task, kind in sorted({(t, k) for t, k, _ in count}):
        share = [100 * right[task, kind, m] / count[task, kind, m] for m in a.models]
        print(f"| {task} | {kind} | {count[task, kind, a.models[0]]} | " + " | ".join(f"{s:.1f} %" for s in share) + " |")
        low = low or (kind == "all" and share[0] < a.at_least)
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
