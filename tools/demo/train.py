#!/usr/bin/env python3
"""Trains the demo model from scratch on the generator's conversations.

    train.py DATA OUT [--minutes M] [--seed S]      DATA/train.jsonl, OUT/tokenizer.json; writes OUT/model.safetensors and its configuration

Matrices are trained by Muon (momentum, then the nearest orthogonal matrix by Newton-Schulz steps: Jordan et al. 2024), all else by AdamW.
The learning rate falls to nothing over the time given, so the result depends on the speed of the machine; --steps fixes the steps.
Every worker is a process of one thread: on a machine that others use too, two threads of one process mostly wait for each other.
"""
import argparse
import json
import os
import random
import time

import torch
import torch.nn.functional as F

import fast
import model as qwen2
from bpe import Tokenizer

ASIDE = 0.1  # the share of what the model does not say itself that is scored


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


def batches(path, tok, size, rng, part, parts):
    """Batches of conversations of like length, padded, of about `size` tokens, for ever: (ids, weights) [n][length].

    Of `parts` lines only the one of number `part` is read."""
    pad = tok.special["<|endoftext|>"]
    while True:
        with open(path) as f:
            while True:
                lines = [f.readline() for _ in range(8192)]
                chunk = [tokens(json.loads(line)["messages"], tok) for line in lines[part::parts] if line]
                if not chunk:
                    break
                chunk.sort(key=lambda c: (len(c[0]) + rng.random() * 8))
                out = []
                while chunk:
                    length = len(chunk[-1][0])
                    n = max(1, size // length)
                    batch, chunk = chunk[-n:], chunk[:-n]
                    length = max(len(c[0]) for c in batch)
                    out.append((torch.tensor([c[0] + [pad] * (length - len(c[0])) for c in batch]),
                        torch.tensor([c[1] + [0.0] * (length - len(c[1])) for c in batch])))
                rng.shuffle(out)
                yield from out


def orthogonal(g):
    """The nearest matrices [count][rows][columns] whose singular values are all about 1."""
    x = g.bfloat16()
    x = x / (x.float().norm(dim=(1, 2), keepdim=True) + 1e-7).bfloat16()
    for _ in range(5):
        a = x @ x.transpose(1, 2)
        x = torch.baddbmm(x, torch.baddbmm(a, a, a, beta=-4.7750, alpha=2.0315), x, beta=3.4445)
    return x.float()


class Muon:
    """Matrices of a size are made orthogonal together, lying if they are upright."""

    def __init__(self, matrices, momentum=0.95, decay=0.01):
        self.matrices = [(m, parts, torch.zeros_like(m)) for m, parts in matrices]
        self.momentum, self.decay = momentum, decay

    @torch.no_grad()
    def step(self, rate):
        sizes = {}
        for m, parts, mean in self.matrices:
            mean.lerp_(m.grad, 1 - self.momentum)
            m.mul_(1 - rate * self.decay)
            for w, u in zip(m.split(parts), m.grad.lerp(mean, self.momentum).split(parts)):
                upright = w.shape[0] > w.shape[1]
                u = u.T if upright else u
                sizes.setdefault(u.shape, []).append((w.T if upright else w, u, max(1.0, w.shape[0] / w.shape[1]) ** 0.5))
        for same in sizes.values():
            for (w, _, scale), u in zip(same, orthogonal(torch.stack([u for _, u, _ in same]))):
                w.add_(u, alpha=-rate * scale)


def optimisers(net, part=0, parts=1):
    """Of one in `parts` of the parameters."""
    ff = net.shape["intermediate_size"]
    matrices = []
    for layer in net.layers[part::parts]:
        matrices += [(layer.qkv, [net.q, net.kv, net.kv]), (layer.o, [layer.o.shape[0]]), (layer.up, [ff, ff]), (layer.down,
            [layer.down.shape[0]])]
    rest = [net.embed, net.norm] + [p for layer in net.layers for p in (layer.norm1, layer.norm2, layer.bias)]
    return Muon(matrices), torch.optim.AdamW(rest[part::parts], lr=1.0, betas=(0.9, 0.97), weight_decay=0.0)


def loss_of(net, ids, weights, aside):
    """The loss to train by. Of what is no answer only every tenth token is scored, and counts as `aside` says."""
    own = weights[:, 1:] == 1
    scored = own | ((weights[:, 1:] > 0) & (torch.rand(own.shape) < ASIDE))
    each = F.cross_entropy(fast.logits(net, ids[:, :-1], scored).float(), ids[:, 1:][scored], reduction="none")
    count = torch.where(own[scored], 1.0, aside)
    return (each * count).sum() / count.sum()


@torch.no_grad()
def hardest(net, ids, weights, of):
    """One in `of` of the conversations: those whose answers the model knows least."""
    own = weights[:, 1:] == 1
    losses = torch.zeros(own.shape)
    losses[own] = F.cross_entropy(fast.logits(net, ids[:, :-1], own).float(), ids[:, 1:][own], reduction="none")
    keep = losses.sum(1).topk(-(-len(ids) // of)).indices
    return ids[keep], weights[keep], losses[own].mean().item()


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
    p.add_argument("--fall", type=float, default=0.6, help="the share of the training in which the rate falls")
    p.add_argument("--of", type=int, default=1, help="train on one in so many conversations, the hardest")
    p.add_argument("--aside", type=float, default=1.0, help="weight in the loss of a scored token that is no answer's")
    p.add_argument("--workers", type=int, default=os.cpu_count(), help="processes, of one thread each")
    a = p.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(a.seed)
    tok = Tokenizer(os.path.join(a.out, "tokenizer.json"))
    net = qwen2.load(a.out) if a.more else qwen2.Qwen2({**qwen2.SHAPE, "vocab_size": len(tok)})
    if a.more:
        net.deepen(a.layers)
    net.share_memory()
    print(f"{sum(p.numel() for p in net.parameters()):,} parameters", flush=True)
    context = torch.multiprocessing.get_context("fork")
    gradients = [[torch.zeros_like(p).share_memory_() for p in net.parameters()] for _ in range(a.workers)]
    state, barrier = torch.zeros(1 + a.workers, dtype=torch.float64).share_memory_(), context.Barrier(a.workers)
    others = [context.Process(target=work, args=(a, tok, net, gradients, state, barrier, i), daemon=True) for i in range(1, a.workers)]
    for other in others:
        other.start()
    work(a, tok, net, gradients, state, barrier, 0)


def work(a, tok, net, gradients, state, barrier, me):
    """Every worker has its own part of the examples, and of the parameters, which it changes by the mean of all workers' gradients.

    state: the share of the training that is done, and each worker's loss."""
    torch.manual_seed(a.seed + me)
    muon, adam = optimisers(net, me, a.workers)
    mine = {id(p) for p in [m for m, _, _ in muon.matrices] + adam.param_groups[0]["params"]}
    began, seen, step, smooth, said = time.time(), 0, 0, None, 0.0
    size, path = a.batch * a.of // a.workers, os.path.join(a.data, "train.jsonl")
    for ids, weights in batches(path, tok, size, random.Random(a.seed), me, a.workers):
        seen += ids.numel() * a.workers
        ids, weights, own = hardest(net, ids, weights, a.of)
        net.zero_grad()
        loss_of(net, ids, weights, a.aside).backward()
        for to, p in zip(gradients[me], net.parameters()):
            to.copy_(p.grad)
        state[1 + me] = own
        if me == 0:
            state[0] = step / a.steps if a.steps else (time.time() - began) / (a.minutes * 60)
        barrier.wait()
        done, own = state[0].item(), state[1:1 + a.workers].mean().item()
        if done >= 1:
            break
        rate = a.rate * min(1.0, (step + 1) / (30 if a.more else 60)) * min(1.0, (1 - done) / a.fall)
        for i, p in enumerate(net.parameters()):
            if id(p) in mine:
                p.grad = sum(g[i] for g in gradients) / a.workers
        muon.step(0.02 * rate)
        adam.param_groups[0]["lr"] = 0.002 * rate
        adam.step()
        barrier.wait()
        step += 1
        if me:
            continue
        smooth = own if smooth is None else 0.98 * smooth + 0.02 * own
        if time.time() - said > 20:
            said = time.time()
            print(
                f"step {step} of {done * 100:.1f} %: answers {smooth:.4f}, rate {rate:.3f}, {seen / 1e6:.2f} M tokens, "
                f"{seen / (said - began):.0f} a second", flush=True)
        if step % 200 == 0:
            qwen2.save(net, a.out, tok.special["<|im_end|>"], tok.special["<|endoftext|>"])
    if me == 0:
        qwen2.save(net, a.out, tok.special["<|im_end|>"], tok.special["<|endoftext|>"])
        print(f"{step} steps, {seen:,} tokens, {time.time() - began:.0f} s, answers {smooth:.4f}")


if __name__ == "__main__":
    main()
