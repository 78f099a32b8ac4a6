"""Random choices that keep some templates and some values out of training.

In: a seed, and whether the example is for training. Out: choices. Must not know any task.

A template is held out that is written with ~ before it, a value by a hash of its text: the split is the same for every seed and every order
of drawing. The words of a held-out template occur in others.
"""
import random
import zlib

SEAM = "\x1f"  # marks where a word was put into a template; the tokenizer's training does not merge across it


def held_out(text):
    return zlib.crc32(text.encode()) % 8 == 0


def plain(text):
    return text.replace(SEAM, "")


class Draw:
    """train: only what is not held out. Otherwise everything is drawn, and `unseen` tells which kinds of held-out things were."""

    def __init__(self, seed, train):
        self.rng = random.Random(seed)
        self.train = train
        self.unseen = set()

    def chance(self, p):
        return self.rng.random() < p

    def word(self, words):
        """One of the words, of which every one is trained on."""
        return self.rng.choice(words)

    def template(self, templates):
        """One of the templates."""
        if self.train:
            return self.known(templates)
        t = self.rng.choice(templates)
        if t.startswith("~"):
            self.unseen.add("template")
        return t.removeprefix("~")

    def known(self, templates):
        """One of the templates that are trained on."""
        return self.rng.choice([t for t in templates if not t.startswith("~")])

    def value(self, make, known=lambda v: False):
        """make() until it is something that may be used; what is known, or has fewer than two characters, is never held out."""
        while True:
            v = make()
            if len(str(v)) < 2 or known(v) or not held_out(str(v)):
                return v
            if not self.train:
                self.unseen.add("value")
                return v

    def integer(self, low, high, step=1):
        return self.value(lambda: self.rng.randrange(low, high + 1, step))

    def some(self, items, low, high):
        return self.rng.sample(items, self.rng.randint(low, min(high, len(items))))


def fill(template, **words):
    """The template with {name} replaced, each word between seams."""
    for name, word in words.items():
        template = template.replace("{" + name + "}", SEAM + word + SEAM)
    return template
