#!/usr/bin/env python3
"""The loss of a text in PyTorch, in float32: what quern-perplexity must print for the F32 file.

    loss.py FOLDER TEXT [-c N]      the text is cut into windows of N tokens; all tokens but the first of each are scored
"""
import argparse
import os
import re

import torch
import torch.nn.functional as F

import model as qwen2
from bpe import Tokenizer


def encode(tok, text):
    """With the special tokens in the text taken as such."""
    ids = []
    for piece in re.split("(" + "|".join(re.escape(s) for s in tok.special) + ")", text):
        ids += [tok.special[piece]] if piece in tok.special else tok.encode(piece)
    return ids


def main():
    p = argparse.ArgumentParser(description="Mean loss of a text, in nats a token.")
    p.add_argument("folder")
    p.add_argument("text")
    p.add_argument("-c", type=int, default=512)
    a = p.parse_args()
    net = qwen2.load(a.folder)
    with open(a.text) as f:
        ids = encode(Tokenizer(os.path.join(a.folder, "tokenizer.json")), f.read())
    total, n = 0.0, 0
    with torch.no_grad():
        for at in range(0, len(ids), a.c):
            window = torch.tensor([ids[at:at + a.c]])
            if window.shape[1] < 2:
                break
            each = F.cross_entropy(net(window)[0, :-1].double(), window[0, 1:], reduction="none")
            total += each.sum().item()
            n += len(each)
    print(f"{total / n:.6f} nats a token, {n} tokens")


if __name__ == "__main__":
    main()
