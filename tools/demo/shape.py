"""The shape of an answer, as the system message shows it: quern's shorthand schema, on one line after fixed words.

    Answer in JSON: {"temperature_max": "integer", "mode": ["auto", "manual"], "alert": [["LED", "UART"]], "note": "string?"}

A name of a type stands for a value of it, a list of two or more words for one of them, a list of one item for a list, ? for a key that may
be left out.
"""
import json

PREFIX = "Answer in JSON: "


def text(shape):
    return PREFIX + json.dumps(shape, ensure_ascii=False)


def answer(value):
    return json.dumps(value, ensure_ascii=False)


def key_style(d, parts):
    """A key of the words, in one of the ways people write keys."""
    style = d.rng.random()
    if style < 0.8:
        return "_".join(parts)
    if style < 0.96:
        return parts[0] + "".join(p[:1].upper() + p[1:] for p in parts[1:])
    return "".join(p[:1].upper() + p[1:] for p in parts)


def choices(d, right, others, low=2, high=5):
    """A list of allowed words in which the right ones are."""
    right = [right] if isinstance(right, str) else list(right)
    pool = [o for o in dict.fromkeys(others) if o not in right]
    n = max(0, d.rng.randint(low, high) - len(right))
    if len(right) + n < 2:
        n = 1
    all_ = right + d.rng.sample(pool, min(n, len(pool)))
    d.rng.shuffle(all_)
    return all_
