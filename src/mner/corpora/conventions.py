"""How corpora write tweets, made alike: signs split from names, placeholders of URLs, possessives, tagged usernames.

The form aimed at is that of Twitter-2015 and of posts as people write them: `@name` and `#Tag` are one token each, a username is no entity, a URL is a URL.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from mner.types import Entity, Post

__all__ = ["apply_conventions"]

_NAME = re.compile(r"[A-Za-z_]\w*")
_MENTION = re.compile(r"@\w+")
_NUMBERED_URL = re.compile(r"URL\d+")
_CLITIC = re.compile(r"(['’´])([A-Za-z]{1,2})")
_ANY_URL = "http://t.co/x"


def apply_conventions(post: Post, names: Iterable[str]) -> Post:
    """Rewrite the tokens of an annotated post, its entities with them.

    Args:
        post: annotated tokens; offsets into a raw text would no longer fit, so there must be none.
        names: in the order in which they are applied. `join-signs` joins a token `@` or `#` with the name behind it, unless that name is tagged as a
            place reached by `@` (`dinner @ Portland`) or goes on behind it; `plain-mentions` takes entities that begin with a username for none;
            `plain-urls` writes the placeholder `URL123` as a URL; `split-clitics` parts `'s` into `'` and `s`.

    Raises:
        KeyError: a name is not one of these; recipes are checked before.
    """
    assert post.offsets is None
    for name in names:
        post = _CONVENTIONS[name](post)
    return post


def _join_signs(post: Post) -> Post:
    tagged = {entity.start: entity for entity in post.entities or ()}
    pieces: list[list[str]] = []
    joined = {
        place for place in range(len(post.tokens) - 1) if _is_joined(post.tokens, place, tagged)
    }
    for place, token in enumerate(post.tokens):
        pieces.append(
            []
            if place - 1 in joined
            else [token + post.tokens[place + 1]]
            if place in joined
            else [token]
        )
    # `@ B-ORG, name B-ORG` tags one thing twice: the name's entity stays.
    doubled = {place for place in joined if place in tagged and place + 1 in tagged}
    kept = [entity for entity in post.entities or () if entity.start not in doubled]
    return _rewritten(post, pieces, kept)


def _is_joined(tokens: Sequence[str], place: int, tagged: dict[int, Entity]) -> bool:
    sign, name = tokens[place], tagged.get(place + 1)
    if sign not in {"@", "#"} or not _NAME.fullmatch(tokens[place + 1]):
        return False
    is_place = name is not None and (name.label == "LOC" or name.end > place + 2)
    return sign == "#" or place in tagged or not is_place


def _plain_mentions(post: Post) -> Post:
    entities = tuple(
        entity
        for entity in post.entities or ()
        if not _MENTION.fullmatch(post.tokens[entity.start])
    )
    return replace(post, entities=entities)


def _plain_urls(post: Post) -> Post:
    return replace(
        post,
        tokens=tuple(
            _ANY_URL if _NUMBERED_URL.fullmatch(token) else token for token in post.tokens
        ),
    )


def _split_clitics(post: Post) -> Post:
    pieces = [
        list(match.groups()) if (match := _CLITIC.fullmatch(token)) else [token]
        for token in post.tokens
    ]
    return _rewritten(post, pieces, post.entities or ())


def _rewritten(post: Post, pieces: Sequence[Sequence[str]], entities: Sequence[Entity]) -> Post:
    """The post with each token replaced by its pieces; a token without pieces has become part of the one before it."""
    starts, ends, tokens = [], [], list[str]()
    for parts in pieces:
        starts.append(len(tokens) if parts else len(tokens) - 1)
        tokens += parts
        ends.append(len(tokens))
    moved = tuple(
        replace(entity, start=starts[entity.start], end=ends[entity.end - 1]) for entity in entities
    )
    return replace(post, tokens=tuple(tokens), entities=moved)


_CONVENTIONS: dict[str, Callable[[Post], Post]] = {
    "join-signs": _join_signs,
    "plain-mentions": _plain_mentions,
    "plain-urls": _plain_urls,
    "split-clitics": _split_clitics,
}
