"""How corpora write tweets, made alike: signs and names, placeholders of URLs, possessives.

The form aimed at is that of Twitter-2015 and of posts as people write them: `@name` and `#Tag` are
one token each, a username is no entity, and a URL is a URL.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import accumulate

from mner.types import Entity, Post

__all__ = ["apply_conventions"]

_NAME = re.compile(r"[A-Za-z_]\w*")
_MENTION = re.compile(r"@\w+")
_NUMBERED_URL = re.compile(r"URL\d+")
_CLITIC = re.compile(r"(['’´])([A-Za-z]{1,2})")
_ANY_URL = "http://t.co/x"


def apply_conventions(post: Post, names: Iterable[str]) -> Post:
    """Rewrite the tokens of an annotated post, and its entities and offsets with them.

    A raw text stays as it was. The offsets of a joined token reach over all that it was made of;
    those of a token that was cut are cut with it; those of a URL are the placeholder's.

    Args:
        post: annotated tokens, with or without a raw text.
        names: the conventions, in the order in which they are applied. `join-signs` joins a token
            `@` or `#` with the name after it, unless that name is tagged as a place reached by `@`
            (`dinner @ Portland`) or is only the beginning of an entity. `plain-mentions` removes
            entities that begin with a username. `plain-urls` replaces the placeholder `URL123` by
            a URL. `split-clitics` cuts `'s` into `'` and `s`.

    Raises:
        KeyError: a name is not one of these; recipes are checked before.
    """
    for name in names:
        post = _CONVENTIONS[name](post)
    return post


def _join_signs(post: Post) -> Post:
    entities = post.entities or ()
    by_start = {entity.start: entity for entity in entities}
    joined = {
        position
        for position in range(len(post.tokens) - 1)
        if _is_joined(post.tokens, position, by_start)
    }
    pieces: list[list[str]] = []
    for position, token in enumerate(post.tokens):
        if position - 1 in joined:
            pieces.append([])
        elif position in joined:
            pieces.append([token + post.tokens[position + 1]])
        else:
            pieces.append([token])
    # `@ B-ORG, name B-ORG` tags one thing twice: the name's entity stays.
    doubled = {start for start in by_start if start in joined and start + 1 in by_start}
    kept = [entity for entity in entities if entity.start not in doubled]
    return _rewritten(post, pieces, kept)


def _is_joined(tokens: Sequence[str], position: int, by_start: dict[int, Entity]) -> bool:
    """Return whether the token at a position is a sign that belongs to the name after it."""
    sign, name = tokens[position], by_start.get(position + 1)
    if sign not in {"@", "#"} or not _NAME.fullmatch(tokens[position + 1]):
        return False
    is_apart = name is not None and (name.label == "LOC" or name.end > position + 2)
    return sign == "#" or position in by_start or not is_apart


def _plain_mentions(post: Post) -> Post:
    entities = tuple(
        entity
        for entity in post.entities or ()
        if not _MENTION.fullmatch(post.tokens[entity.start])
    )
    return replace(post, entities=entities)


def _plain_urls(post: Post) -> Post:
    return replace(post, tokens=tuple(map(_plain_url, post.tokens)))


def _plain_url(token: str) -> str:
    return _ANY_URL if _NUMBERED_URL.fullmatch(token) else token


def _split_clitics(post: Post) -> Post:
    pieces: list[Sequence[str]] = []
    for token in post.tokens:
        match = _CLITIC.fullmatch(token)
        pieces.append(match.groups() if match else [token])
    return _rewritten(post, pieces, post.entities or ())


def _rewritten(post: Post, pieces: Sequence[Sequence[str]], entities: Sequence[Entity]) -> Post:
    """Return the post with each token replaced by its pieces.

    A token without pieces has become part of the token before it.
    """
    starts, ends, tokens = [], [], list[str]()
    for replacement in pieces:
        starts.append(len(tokens) if replacement else len(tokens) - 1)
        tokens += replacement
        ends.append(len(tokens))
    moved = tuple(
        replace(entity, start=starts[entity.start], end=ends[entity.end - 1]) for entity in entities
    )
    offsets = None if post.offsets is None else _moved_offsets(post.offsets, pieces)
    return replace(post, tokens=tuple(tokens), entities=moved, offsets=offsets)


def _moved_offsets(
    offsets: Sequence[tuple[int, int]], pieces: Sequence[Sequence[str]]
) -> tuple[tuple[int, int], ...]:
    """Return the offsets of tokens of which each was replaced by its pieces; see `_rewritten`."""
    moved: list[tuple[int, int]] = []
    for (start, end), replacement in zip(offsets, pieces, strict=True):
        if replacement:
            cuts = accumulate(map(len, replacement[:-1]), initial=start)
            starts = [min(cut, end) for cut in cuts]
            moved += zip(starts, [*starts[1:], end], strict=True)
        else:
            moved[-1] = (moved[-1][0], end)
    return tuple(moved)


_CONVENTIONS: dict[str, Callable[[Post], Post]] = {
    "join-signs": _join_signs,
    "plain-mentions": _plain_mentions,
    "plain-urls": _plain_urls,
    "split-clitics": _split_clitics,
}
