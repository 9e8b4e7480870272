"""Tiny tagged posts for the tests of spans."""

import random

from mner.types import Entity, Post, Span

LABELS = ("LOC", "ORG", "PER")


def post(text: str, *spans: Span, name: str = "1") -> Post:
    """A post of these words, with these entities."""
    entities = tuple(Entity(*span) for span in spans)
    return Post(id=name, tokens=tuple(text.split()), entities=entities)


def letters(*spans: Span, name: str = "7") -> Post:
    """A post of the words a to h, with these entities."""
    return post("a b c d e f g h", *spans, name=name)


def random_letters(rng: random.Random) -> Post:
    """A post of the words a to h, with random entities that do not overlap."""
    spans, end = [], 0
    while (start := end + rng.randint(0, 2)) < 8:
        end = min(8, start + rng.randint(1, 3))
        spans.append((start, end, rng.choice(LABELS)))
    return letters(*spans)
