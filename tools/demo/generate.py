#!/usr/bin/env python3
"""Writes the demo model's examples: conversations of four tasks, in Chinese and English, made of templates and random values.

    generate.py OUT [--train N] [--held N] [--seed S]

OUT/train.jsonl: {"messages": [...]} a line, never with a held-out template or value.
OUT/held.jsonl: {"task", "unseen", "messages"}: single questions, each with at least one of them, as many for every task.
OUT/held.txt: the held-out conversations as the model sees them, for perplexity.
OUT/words.txt: text for the tokenizer, \\x1f between words.
"""
import argparse
import json
import os

import commands
import logs
import settings
import shape as shapes
import talk
from draw import Draw, SEAM, plain

TASKS = {"settings": settings, "commands": commands, "logs": logs, "talk": talk}
SHARE = ["settings"] * 76 + ["commands"] * 13 + ["logs"] * 7 + ["talk"] * 4
SYSTEMS = ["You are a helpful assistant.", "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.", "你是一个有用的助手。",
    "You are a home assistant.", "Answer in JSON."]


def turn(d, task):
    """(system or None, user, assistant)"""
    said, want, shape = TASKS[task].example(d)
    system = shapes.text(shape) if shape else None
    return system, said, want if isinstance(want, str) else shapes.answer(want)


def conversation(d):
    """Messages. One in six conversations has two to five turns; a system message that is no shape is rare."""
    system, said, answer = turn(d, d.word(SHARE))
    messages = [said, answer]
    if d.chance(0.17):
        for _ in range(d.rng.randint(1, 4)):
            again, said, answer = turn(d, d.word(SHARE))
            if again is None and (system is None or not answer.startswith("{")):
                messages += [said, answer]
    if system is None and d.chance(0.12):
        system = d.word(SYSTEMS)
    roles = ["user", "assistant"] * (len(messages) // 2)
    out = [{"role": r, "content": m} for r, m in zip(roles, messages)]
    return ([{"role": "system", "content": system}] if system else []) + out


def held(task, count, seed):
    """Questions of a task that have something held out in them, no two alike."""
    seen, n = set(), 0
    while len(seen) < count:
        d = Draw(f"held {seed} {task} {n}", train=False)
        n += 1
        system, said, answer = turn(d, task)
        if d.unseen and said not in seen:
            seen.add(said)
            yield {"task": task, "unseen": sorted(d.unseen), "messages": ([{"role": "system", "content": system}] if system else [])
                   + [{"role": "user", "content": plain(said)}, {"role": "assistant", "content": answer}]}


def main():
    p = argparse.ArgumentParser(description="Writes the demo model's examples.")
    p.add_argument("out")
    p.add_argument("--train", type=int, default=300000, help="conversations to train on")
    p.add_argument("--held", type=int, default=600, help="held-out questions of each task")
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    with open(os.path.join(a.out, "train.jsonl"), "w") as out, open(os.path.join(a.out, "words.txt"), "w") as words:
        for i in range(a.train):
            messages = conversation(Draw(f"train {a.seed} {i}", train=True))
            if i < 40000:
                words.write("".join(m["content"] + SEAM + "\n" for m in messages))
            for m in messages:
                m["content"] = plain(m["content"])
            out.write(json.dumps({"messages": messages}, ensure_ascii=False) + "\n")
    with open(os.path.join(a.out, "held.jsonl"), "w") as out, open(os.path.join(a.out, "held.txt"), "w") as text:
        for task in TASKS:
            for example in held(task, a.held, a.seed):
                out.write(json.dumps(example, ensure_ascii=False) + "\n")
                text.write("".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in example["messages"]))


if __name__ == "__main__":
    main()
