"""Training posts that look like lettering in pictures, made from annotated posts.

A sign or a poster has capitals, one or two words a line, no sentence, and words that recognition
has broken. Such pieces are cut from the posts of the starter's corpora: sentences in other cases,
names alone, runs of words without a name, and posters put together from these.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from mner.require import require_entities
from mner.types import Entity, Post

__all__ = ["lettering_posts"]

_CASES: tuple[Callable[[str], str], ...] = (str.upper, str.title, str.lower, str)
_MOST_WORDS = 24
_CONFUSED = {
    "o": "0", "O": "0", "0": "O", "l": "I", "I": "l", "1": "l", "i": "l", "S": "5", "5": "S",
    "B": "8", "8": "B", "m": "rn", "e": "c", "E": "F", "G": "C", "a": "o", "u": "v", "t": "f",
}  # fmt: skip
"""Characters that recognition takes for others."""
_FILLERS = (
    "20:00", "7pm", "2015", "$5", "&", "-", "|", "@", "+", "10%", "FREE", "NOW", "vs", "presents",
    "live", "at", "by", "the", "www.x.com", "March 4", "9 - 5", "No. 1", "OPEN", "SALE", "feat.",
)  # fmt: skip
"""What stands between the names of posters."""


@dataclass(frozen=True)
class _Piece:
    """Words with at most one name, which is all of them."""

    words: tuple[str, ...]
    label: str | None
    annotated: tuple[str, ...] | None


def lettering_posts(posts: Iterable[Post], *, seed: int) -> Iterator[Post]:
    """Yield posts that look like lettering, the same for the same seed.

    Args:
        posts: annotated.
        seed: of everything that is drawn.

    Raises:
        InputError: a post is not annotated.
    """
    draw = random.Random(seed)
    names: list[_Piece] = []
    runs: list[_Piece] = []
    count = 0
    for post in posts:
        own_names, own_runs = _pieces(post, draw)
        names += own_names
        runs += own_runs
        made = [_sentence(post, draw)] if draw.random() < 0.8 else []
        made += [_of_pieces([piece], draw) for piece in own_names if draw.random() < 0.7]
        made += [_of_pieces([piece], draw) for piece in own_runs if draw.random() < 0.45]
        if names and runs and draw.random() < 0.5:
            made.append(_poster(names[-400:], runs[-400:], draw))
        for item in made:
            if item.tokens:
                count += 1
                yield replace(_with_noise(item, draw), id=str(count))


def _pieces(post: Post, draw: random.Random) -> tuple[list[_Piece], list[_Piece]]:
    """Return the names of a post, and runs of its words between them."""
    entities = require_entities(post)
    names = [
        _Piece(post.tokens[entity.start : entity.end], entity.label, post.annotated)
        for entity in entities
    ]
    runs = []
    start = 0
    for end in (*(entity.start for entity in entities), len(post.tokens)):
        words = [word for word in post.tokens[start:end] if _is_lettering(word)]
        while words:
            length = draw.randint(1, 5)
            runs.append(_Piece(tuple(words[:length]), None, post.annotated))
            words = words[length:]
        start = next((entity.end for entity in entities if entity.start == end), end)
    return names, runs


def _is_lettering(word: str) -> bool:
    is_sign = word[:1] in {"@", "#"} or word.startswith(("http", "URL"))
    return not is_sign and any(map(str.isalnum, word))


def _sentence(post: Post, draw: random.Random) -> Post:
    """Return a window of a post in another case."""
    length = draw.choice((4, 6, 9, 14, _MOST_WORDS))
    start = draw.randint(0, max(0, len(post.tokens) - length))
    end = min(len(post.tokens), start + length)
    # No name is cut in two.
    for entity in require_entities(post):
        if entity.start < start < entity.end:
            start = entity.start
        if entity.start < end < entity.end:
            end = entity.end
    case = draw.choices(_CASES, (40, 20, 10, 30))[0]
    entities = tuple(
        Entity(entity.start - start, entity.end - start, entity.label)
        for entity in require_entities(post)
        if start <= entity.start and entity.end <= end
    )
    tokens = tuple(map(case, post.tokens[start:end]))
    return Post("", tokens, entities, annotated=post.annotated)


def _poster(names: Sequence[_Piece], runs: Sequence[_Piece], draw: random.Random) -> Post:
    """Return names and other words one after the other, as the lines of a poster are."""
    first = draw.choice(names)
    pieces = [first]
    for _ in range(draw.randint(1, 6)):
        kind = draw.random()
        if kind < 0.35:
            pieces.append(draw.choice(names))
        elif kind < 0.75:
            pieces.append(draw.choice(runs))
        else:
            filler = tuple(draw.choice(_FILLERS).split())
            pieces.append(_Piece(filler, None, None))
    draw.shuffle(pieces)
    return _of_pieces(pieces, draw)


def _of_pieces(pieces: Sequence[_Piece], draw: random.Random) -> Post:
    tokens: list[str] = []
    entities: list[Entity] = []
    annotated: set[str] | None = None
    general = draw.choices(_CASES, (45, 20, 5, 30))[0]
    for piece in pieces:
        case = general if draw.random() < 0.8 else draw.choices(_CASES, (45, 20, 5, 30))[0]
        words = [case(word.lstrip("#")) or word for word in piece.words]
        if piece.label is not None:
            entities.append(Entity(len(tokens), len(tokens) + len(words), piece.label))
        tokens += words
        if piece.annotated is not None:
            annotated = (annotated or set(piece.annotated)) & set(piece.annotated)
    sought = None
    if annotated is not None:
        sought = tuple(sorted(annotated | {entity.label for entity in entities}))
    return Post("", tuple(tokens), tuple(entities), annotated=sought)


def _with_noise(post: Post, draw: random.Random) -> Post:
    """Return a post with the mistakes of recognition in some of its words."""
    if draw.random() < 0.6:
        return post
    return replace(post, tokens=tuple(_misread(word, draw) for word in post.tokens))


def _misread(word: str, draw: random.Random) -> str:
    if len(word) < 4 or draw.random() < 0.75:
        return word
    position = draw.randrange(len(word))
    kind = draw.random()
    if kind < 0.2:
        return word[1:]
    if kind < 0.4:
        return word[:-1]
    if kind < 0.55:
        return word[:position] + word[position].swapcase() + word[position + 1 :]
    confused = _CONFUSED.get(word[position], "")
    return word[:position] + confused + word[position + 1 :]
