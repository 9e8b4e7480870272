"""Posts made into other posts that are tagged in the same way.

Every function takes annotated tokens and gives annotated tokens. The names that are put in come
from `Names`; random choices come from a `random.Random`, so that a seed gives the same posts.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from mner.encoding.vocab import URL_WORD, normalise
from mner.posts.tokenize import tokenize
from mner.require import require_entities
from mner.types import Entity, Post

__all__ = ["Names", "alone", "cased", "hashed", "misread", "parted", "renamed", "with_hashtags"]

_MISREADINGS = (("o", "0"), ("l", "I"), ("i", "l"), ("rn", "m"), ("e", "c"), ("s", "5"), ("a", "o"))
_PERSON_FORMS = (("FIRST", "LAST"), ("FIRST", "LAST"), ("FIRST",), ("LAST",))
NAMED_HASHTAGS = 0.25
"""The share of added hashtags that are names."""
_LISTED_PEOPLE = 0.15
"""The share of people whose names come from the list of whole names."""


class Names:
    """Lists of names by label, to draw from.

    Args:
        lists: label to names; `FIRST` and `LAST` are joined to names of PER.
    """

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self._lists = lists

    def draw(self, label: str, rng: random.Random) -> list[str]:
        """Return the tokens of a name."""
        if label == "PER" and rng.random() > _LISTED_PEOPLE:
            return [rng.choice(self._lists[part]) for part in rng.choice(_PERSON_FORMS)]
        name = rng.choice(self._lists[label])
        return [name[start:end] for start, end in tokenize(name)]


def cased(post: Post, change: Callable[[str], str]) -> Post:
    """Change the case of every token that is no URL and no username."""
    tokens = [
        token if normalise(token) == URL_WORD or token.startswith("@") else change(token)
        for token in post.tokens
    ]
    return _post(post, tokens, require_entities(post))


def renamed(post: Post, names: Names, rng: random.Random, *, share: float) -> Post:
    """Put other names of the same label in the place of a share of the entities."""

    def other(entity: Entity, tokens: Sequence[str]) -> Sequence[str]:
        if rng.random() >= share:
            return tokens
        drawn = names.draw(entity.label, rng)
        if tokens[0].startswith("#"):
            return [hashtag(drawn, rng)]
        return list(map(str.lower, drawn)) if all(map(str.islower, tokens)) else drawn

    return _with_other_entities(post, other)


def hashed(post: Post, rng: random.Random, *, share: float) -> Post:
    """Write a share of the entities as hashtags."""

    def tag(_: Entity, tokens: Sequence[str]) -> Sequence[str]:
        is_name = all(token.isalnum() for token in tokens)
        return [hashtag(tokens, rng)] if is_name and rng.random() < share else tokens

    return _with_other_entities(post, tag)


def with_hashtags(
    post: Post, names: Names, phrases: Sequence[Sequence[str]], rng: random.Random
) -> Post:
    """Add hashtags at the end: `phrases`, which are no names, and now and then a name."""
    tokens, entities = list(post.tokens), list(require_entities(post))
    labels = sorted(set(post.annotated or ("PER", "LOC", "ORG", "OTHER")))
    for _ in range(rng.randint(1, 6)):
        tag = hashtag(rng.choice(phrases), rng)
        if rng.random() < NAMED_HASHTAGS:
            label = rng.choice(labels)
            tag = hashtag(names.draw(label, rng), rng)
            entities.append(Entity(len(tokens), len(tokens) + 1, label))
        tokens.append(tag)
    return _post(post, tokens, entities)


def hashtag(tokens: Sequence[str], rng: random.Random) -> str:
    """Return words as one hashtag: `#newyork` or `#NewYork`."""
    words = ["".join(filter(str.isalnum, token)) for token in tokens]
    if rng.random() < 0.5:
        return "#" + "".join(words).lower()
    return "#" + "".join(word[:1].upper() + word[1:] for word in words)


def parted(post: Post, rng: random.Random, *, longest: int = 8) -> Post:
    """Return a piece of a post, as a line of lettering is, that cuts no entity."""
    start = rng.randrange(len(post.tokens))
    end = min(len(post.tokens), start + rng.randint(1, longest))
    for entity in require_entities(post):
        if entity.start < end and start < entity.end:
            start, end = min(start, entity.start), max(end, entity.end)
    entities = [
        Entity(entity.start - start, entity.end - start, entity.label)
        for entity in require_entities(post)
        if start <= entity.start and entity.end <= end
    ]
    return _post(post, post.tokens[start:end], entities)


def alone(names: Names, rng: random.Random, *, labels: Sequence[str], name: str) -> Post:
    """Return a post that is one name and nothing else, as on a sign; `name` is its id."""
    label = rng.choice(labels)
    tokens = names.draw(label, rng)
    return Post(id=name, tokens=tuple(tokens), entities=(Entity(0, len(tokens), label),))


def misread(post: Post, rng: random.Random, *, share: float) -> Post:
    """Change a share of the tokens as recognition of lettering does."""
    tokens = [_misread(token, rng) if rng.random() < share else token for token in post.tokens]
    return _post(post, tokens, require_entities(post))


def _misread(token: str, rng: random.Random) -> str:
    if len(token) < 4:
        return token
    letters, misreading = rng.choice(_MISREADINGS)
    changed = token.replace(letters, misreading, 1)
    cut = rng.randrange(len(token))
    return changed if changed != token else token[:cut] + token[cut + 1 :]


def _with_other_entities(
    post: Post, change: Callable[[Entity, Sequence[str]], Sequence[str]]
) -> Post:
    """Replace the tokens of each entity, and move the entities accordingly."""
    tokens: list[str] = []
    entities = []
    at = 0
    for entity in sorted(require_entities(post), key=lambda entity: entity.start):
        tokens += post.tokens[at : entity.start]
        start = len(tokens)
        tokens += change(entity, post.tokens[entity.start : entity.end])
        entities.append(Entity(start, len(tokens), entity.label))
        at = entity.end
    return _post(post, [*tokens, *post.tokens[at:]], entities)


def _post(post: Post, tokens: Sequence[str], entities: Sequence[Entity]) -> Post:
    return replace(post, tokens=tuple(tokens), entities=tuple(entities), text=None, offsets=None)
