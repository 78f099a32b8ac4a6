#!/usr/bin/env python3
"""Trains the demo model from scratch on the generator's conversations.

    train.py DATA OUT [--minutes M] [--seed S]      DATA/train.jsonl, OUT/tokenizer.json; writes OUT/model.safetensors and its configuration

Matrices are trained by Muon (momentum, then the nearest orthogonal matrix by Newton-Schulz steps: Jordan et al. 2024), all else by AdamW.
The learning rate falls to nothing over the time given, so the result depends on the speed of the machine; --steps fixes the number of steps.
"""
import argparse
import json
import os
import random
import time

import torch
import torch.nn.functional as F

import model as qwen2
from bpe import Tokenizer

ASIDE = 0.1  # weight in the loss of what the model does not say itself, and the share of it that is scored


def tokens(messages, tok):
    """(ids, weights): the conversation in ChatML. What an assistant says counts whole."""
    start, end = tok.special["<|im_start|>"], tok.special["<|im_end|>"]
    ids, weights = [], []
    for m in messages:
        head = [start] + tok.encode(m["role"] + "\n") if m["role"] == "assistant" else [start]
        body = tok.encode(m["content"]) if m["role"] == "assistant" else tok.encode(m["role"] + "\n" + m["content"])
        ids += head + body + [end] + tok.encode("\n")
        own = m["role"] == "assistant"
        weights += [ASIDE] * len(head) + [1.0 if own else ASIDE] * (len(body) + 1) + [ASIDE]
    return ids, weights


def batches(path, tok, size, rng):
    """Batches of conversations of like length, padded, of about `size` tokens, for ever: (ids, weights) [n][length]."""
    pad = tok.special["<|endoftext|>"]
    while True:
        with open(path) as f:
            while True:
                chunk = [tokens(json.loads(line)["messages"], tok) for line in (f.readline() for _ in range(8192)) if line]
                if not chunk:
                    break
                chunk.sort(key=lambda c: (len(c[0]) + rng.random() * 8))
                out = []
                while chunk:
                    length = len(chunk[-1][0])
                    n = max(1, size // length)
                    part, chunk = chunk[-n:], chunk[:-n]
                    length = max(len(c[0]) for c in part)
                    out.append((torch.tensor([c[0] + [pad] * (length - len(c[0])) for c in part]),
                        torch.tensor([c[1] + [0.0] * (length - len(c[1])) for c in part])))
                rng.shuffle(out)
                yield from out


def orthogonal(g):
    """The nearest matrix whose singular values are all about 1."""
    x = g.bfloat16()
    x = x.T if g.shape[0] > g.shape[1] else x
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return (x.T if g.shape[0] > g.shape[1] else x).float()


class Muon:
    def __init__(self, matrices, momentum=0.95, decay=0.01):
        self.matrices = [(m, parts, torch.zeros_like(m)) for m, parts in matrices]
        self.momentum, self.decay = momentum, decay

    @torch.no_grad()
    def step(self, rate):
        for m, parts, mean in self.matrices:
            mean.lerp_(m.grad, 1 - self.momentum)
            update = m.grad.lerp(mean, self.momentum)
            m.mul_(1 - rate * self.decay)
            for w, u in zip(m.split(parts), update.split(parts)):
                w.add_(orthogonal(u), alpha=-rate * max(1.0, w.shape[0] / w.shape[1]) ** 0.5)


def optimisers(net):
    ff = net.shape["intermediate_size"]
    matrices = []
    for layer in net.layers:
        matrices += [(layer.qkv, [net.q, net.kv, net.kv]), (layer.o, [layer.o.shape[0]]), (layer.up, [ff, ff]), (layer.down,
            [layer.down.shape[0]])]
    muons = {id(m) for m, _ in matrices}
    rest = [p for p in net.parameters() if id(p) not in muons]
    return Muon(matrices), torch.optim.AdamW(rest, lr=1.0, betas=(0.9, 0.97), weight_decay=0.0)


def loss_of(net, ids, weights):
    """(loss to train by, mean loss of the answers). Of what is not an answer only every tenth token is scored."""
    own = weights[:, 1:] == 1
    scored = own | ((weights[:, 1:] > 0) & (torch.rand(own.shape) < ASIDE))
    with torch.autocast("cpu", torch.bfloat16):
        logits = net(ids[:, :-1], scored)
    each = F.cross_entropy(logits.float(), ids[:, 1:][scored], reduction="none")
    return each.mean(), each.detach()[own[scored]].mean().item()


def main():
    p = argparse.ArgumentParser(description="Trains the demo model.")
    p.add_argument("data")
    p.add_argument("out")
    p.add_argument("--minutes", type=float, default=60)
    p.add_argument("--steps", type=int, default=0)
    p.add_argument("--batch", type=int, default=8192, help="tokens")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--more", action="store_true", help="go on from OUT/model.safetensors")
    p.add_argument("--layers", type=int, default=0, help="with --more: put new ones in until there are so many")
    p.add_argument("--rate", type=float, default=1.0, help="the highest learning rate, in shares of the usual one")
    p.add_argument("--threads", type=int, default=os.cpu_count())
    a = p.parse_args()
    torch.manual_seed(a.seed)
    torch.set_num_threads(a.threads)
    tok = Tokenizer(os.path.join(a.out, "tokenizer.json"))
    net = qwen2.load(a.out) if a.more else qwen2.Qwen2({**qwen2.SHAPE, "vocab_size": len(tok)})
    if a.more:
        net.deepen(a.layers)
    print(f"{sum(p.numel() for p in net.parameters()):,} parameters", flush=True)
    muon, adam = optimisers(net)
    began, seen, step, smooth, said = time.time(), 0, 0, None, 0.0
    for ids, weights in batches(os.path.join(a.data, "train.jsonl"), tok, a.batch, random.Random(a.seed)):
        done = step / a.steps if a.steps else (time.time() - began) / (a.minutes * 60)
        if done >= 1:
            break
        rate = a.rate * min(1.0, (step + 1) / 60) * min(1.0, (1 - done) / 0.6)
        loss, own = loss_of(net, ids, weights)
        net.zero_grad()
        loss.backward()
        muon.step(0.02 * rate)
        adam.param_groups[0]["lr"] = 0.002 * rate
        adam.step()
        seen += ids.numel()
        step += 1
        smooth = own if smooth is None else 0.98 * smooth + 0.02 * own
        if time.time() - said > 20:
            said = time.time()
            print(
                f"step {step} of {done * 100:.1f} %: answers {smooth:.4f}, rate {rate:.3f}, {seen / 1e6:.2f} M tokens, "
                f"{seen / (said - began):.0f} a second", flush=True)
        if step % 500 == 0:
            qwen2.save(net, a.out, tok.special["<|im_end|>"], tok.special["<|endoftext|>"])
    qwen2.save(net, a.out, tok.special["<|im_end|>"], tok.special["<|endoftext|>"])
    print(f"{step} steps, {seen:,} tokens, {time.time() - began:.0f} s, answers {smooth:.4f}")


if __name__ == "__main__":
    main()
