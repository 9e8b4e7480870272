"""Whether the text and the characters of an entity agree with its tokens."""

from collections.abc import Sequence
from dataclasses import replace

from mner.errors import quoted
from mner.posts.agreement import CONTRADICTION, GOING_ON, UNITS, Report, Token, in_characters
from mner.types import Entity

__all__ = ["agreed_entities"]


def agreed_entities(
    entities: tuple[Entity, ...],
    tokens: Sequence[str],
    text: str | None,
    offsets: Sequence[Token] | None,
    report: Report,
) -> tuple[Entity, ...]:
    """Return entities whose `text`, `start_char` and `end_char` agree with their tokens.

    Args:
        entities: of a post.
        tokens: of the post.
        text: of the post, if there is one.
        offsets: of the tokens, if they are known.
        report: is told of characters that count UTF-16 units or bytes, and of contradictions.

    Returns:
        the entities; what contradicts the tokens is removed.
    """
    agreed = []
    for entity in entities:
        if entity.text is not None or entity.start_char is not None:
            words = tokens[entity.start : entity.end]
            range_ = None
            if offsets is not None:
                range_ = offsets[entity.start][0], offsets[entity.end - 1][1]
            agreed.append(_agreed(entity, words, text=text, range_=range_, report=report))
        else:
            agreed.append(entity)
    return tuple(agreed)


def _agreed(
    entity: Entity, words: Sequence[str], *, text: str | None, range_: Token | None, report: Report
) -> Entity:
    whole = text[slice(*range_)] if text is not None and range_ is not None else None
    if entity.text not in (None, whole) and _bare(entity.text or "") != _bare("".join(words)):
        message = (
            f"has the text {quoted(entity.text)}, but its tokens are {quoted(' '.join(words))}"
        )
        report(CONTRADICTION, f"entity {entity.span} {message}{GOING_ON}")
        entity = replace(entity, text=None)
    given = _characters(entity)
    if given is None or given == range_ or text is None:
        return entity
    if _holds(given, words, text=text, range_=range_):
        return entity
    for kind in UNITS:
        converted = in_characters([given], text, kind=kind)
        if converted and _holds(converted[0], words, text=text, range_=range_):
            report(kind, f"characters {given} of entity {entity.span} became {converted[0]}")
            return replace(entity, start_char=converted[0][0], end_char=converted[0][1])
    held = quoted(text[slice(*given)])
    message = f"the text has {held} at its characters, but its tokens are {quoted(' '.join(words))}"
    report(CONTRADICTION, f"entity {entity.span}: {message}{GOING_ON}")
    return replace(entity, start_char=None, end_char=None)


def _characters(entity: Entity) -> Token | None:
    if entity.start_char is None or entity.end_char is None:
        return None
    return entity.start_char, entity.end_char


def _holds(given: Token, words: Sequence[str], *, text: str, range_: Token | None) -> bool:
    """Return whether characters hold the words of an entity, and nothing else but blanks."""
    start, end = given
    if end > len(text) or _bare(text[start:end]) != _bare("".join(words)):
        return False
    return range_ is None or (start <= range_[0] and range_[1] <= end)


def _bare(text: str) -> str:
    return "".join(text.split())
