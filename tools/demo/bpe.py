#!/usr/bin/env python3
"""Byte-level BPE as Qwen2.5 has it: training on the generator's text, and encoding as quern and the official tokenizer do.

    bpe.py WORDS OUT_DIR [--vocab N]      writes OUT_DIR/tokenizer.json and tokenizer_config.json

Sennrich, Haddow, Birch 2016 (BPE); Radford et al. 2019 (bytes as letters). Needs python3-regex for \\p{L}.
"""
import argparse
import collections
import json
import os
import unicodedata

import regex

from draw import SEAM

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
LONGEST = 9  # bytes of a token that is not ASCII: three Chinese characters. Longer ones are whole phrases of the templates
TEMPLATE = ("{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
            "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")


def byte_letters():
    """byte -> the printable character that stands for it in the vocabulary"""
    own = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    other = [b for b in range(256) if b not in own]
    return {**{b: chr(b) for b in own}, **{b: chr(256 + i) for i, b in enumerate(other)}}


LETTER = byte_letters()


def letters(text):
    return "".join(LETTER[b] for b in text.encode())


def count_words(path):
    words = collections.Counter()
    with open(path) as f:
        for line in f:
            for piece in unicodedata.normalize("NFC", line).split(SEAM):
                words.update(regex.findall(SPLIT, piece))
    return words


def train(words, n_merges):
    """The merges. A word counts by the square root of how often it occurs: templates repeat, language does not that much."""
    seqs = [(list(letters(w)), int(n ** 0.5) + 1) for w, n in words.items() if len(w) > 1]
    pairs, where = collections.Counter(), collections.defaultdict(set)
    for i, (s, n) in enumerate(seqs):
        for p in zip(s, s[1:]):
            pairs[p] += n
            where[p].add(i)
    merges = []
    while len(merges) < n_merges:
        best = max(pairs, key=lambda p: (pairs[p], p))
        if pairs[best] < 2:
            raise SystemExit(f"only {len(merges)} merges found in the text")
        joined = best[0] + best[1]
        if len(joined) > LONGEST and not joined.isascii():
            del pairs[best]
            continue
        merges.append(best)
        for i in where.pop(best):
            s, n = seqs[i]
            for p in zip(s, s[1:]):
                if p in pairs:
                    pairs[p] -= n
            out, j = [], 0
            while j < len(s):
                if j + 1 < len(s) and (s[j], s[j + 1]) == best:
                    out.append(joined)
                    j += 2
                else:
                    out.append(s[j])
                    j += 1
            seqs[i] = (out, n)
            for p in zip(out, out[1:]):
                if joined in p or p in pairs:
                    pairs[p] += n
                    where[p].add(i)
        pairs.pop(best, None)
    return merges


class Tokenizer:
    """Of a tokenizer.json as written here. encode() knows no special tokens; ids of those are in `special`."""

    def __init__(self, path):
        with open(path) as f:
            t = json.load(f)
        self.vocab = t["model"]["vocab"]
        self.rank = {tuple(m.split(" ")): i for i, m in enumerate(t["model"]["merges"])}
        self.special = {a["content"]: a["id"] for a in t["added_tokens"]}
        self.cache = {}

    def __len__(self):
        return len(self.vocab) + len(self.special)

    def word(self, w):
        s = list(letters(w))
        while len(s) > 1:
            ranked = [(self.rank.get(p, 1 << 30), i) for i, p in enumerate(zip(s, s[1:]))]
            r, i = min(ranked)
            if r == 1 << 30:
                break
            s[i:i + 2] = [s[i] + s[i + 1]]
        return [self.vocab[x] for x in s]

    def encode(self, text):
        ids = []
        for w in regex.findall(SPLIT, unicodedata.normalize("NFC", text)):
            if w not in self.cache:
                self.cache[w] = self.word(w)
            ids += self.cache[w]
        return ids


def write(out, merges):
    tokens = [LETTER[b] for b in sorted(LETTER, key=lambda b: ord(LETTER[b]))] + [a + b for a, b in merges]
    vocab = {t: i for i, t in enumerate(dict.fromkeys(tokens))}
    added = [{"id": len(vocab) + i, "content": s, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
        "special": True} for i, s in enumerate(SPECIAL)]
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "tokenizer.json"), "w") as f:
        json.dump({
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": {"type": "NFC"},
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": SPLIT}, "behavior": "Isolated", "invert": False},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}]},
            "post_processor": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
            "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "", "end_of_word_suffix": "",
                "fuse_unk": False,
                      "byte_fallback": False, "vocab": vocab, "merges": [f"{a} {b}" for a, b in merges]}}, f, ensure_ascii=False)
    with open(os.path.join(out, "tokenizer_config.json"), "w") as f:
        json.dump({"add_bos_token": False, "add_prefix_space": False, "bos_token": None, "eos_token": "<|im_end|>",
            "pad_token": "<|endoftext|>", "unk_token": None,
                   "model_max_length": 2048, "tokenizer_class": "Qwen2Tokenizer", "clean_up_tokenization_spaces": False, "errors": "replace",
                       "split_special_tokens": False,
                   "additional_special_tokens": SPECIAL[1:], "chat_template": TEMPLATE,
                   "added_tokens_decoder": {str(a["id"]): {k: v for k, v in a.items() if k != "id"} for a in added}}, f, ensure_ascii=False,
                       indent=2)


def main():
    p = argparse.ArgumentParser(description="Trains the demo model's vocabulary.")
    p.add_argument("words")
    p.add_argument("out")
    p.add_argument("--vocab", type=int, default=2560, help="tokens, with 256 bytes and 3 special ones")
    a = p.parse_args()
    write(a.out, train(count_words(a.words), a.vocab - 256 - len(SPECIAL)))


if __name__ == "__main__":
    main()
