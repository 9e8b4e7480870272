"""Whether the fields of a post agree: its text, its tokens, and where its tokens are.

Offsets count characters (code points). Programs in JavaScript, Java or C# count UTF-16 units, in
which an emoji is two, and others count bytes; both are recognised where the offsets fit only so.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any, TypeAlias

from mner.errors import InputError, quoted
from mner.posts.json_values import is_integer

__all__ = [
    "CONTRADICTION",
    "GOING_ON",
    "UNITS",
    "Report",
    "Token",
    "agreed_offsets",
    "in_characters",
    "misfit",
    "unreported",
]

Report: TypeAlias = Callable[[str, str], None]
"""Takes the kind of a problem and its message."""
Token: TypeAlias = tuple[int, int]
"""Start and end (half-open) of a token in a text."""

CONTRADICTION = "contradiction"
"""The kind of problem of fields that do not agree; training refuses it."""
GOING_ON = "; going on with the tokens"
"""How the message about a contradiction ends where the post is read all the same."""


def unreported(kind: str, message: str) -> None:
    """Report nothing, where nobody could be told."""


def _utf16_width(character: str) -> int:
    return 2 if character > "\uffff" else 1


def _utf8_width(character: str) -> int:
    return 1 + (character > "\x7f") + (character > "\u07ff") + (character > "\uffff")


UNITS = {"utf16-offsets": _utf16_width, "byte-offsets": _utf8_width}
"""How many units a character has, by the kind of problem that says so."""
_NAMES = {"utf16-offsets": "UTF-16 units", "byte-offsets": "bytes"}
_BLANKS = " \t\r\n"


def agreed_offsets(
    text: str, tokens: Sequence[str], values: list[Any], report: Report
) -> tuple[Token, ...] | None:
    """Return where the tokens of a post are in its text, in characters.

    Args:
        text: of the post.
        tokens: of the post.
        values: its `offsets` as they are in its JSON object.
        report: is told of other units, of blanks at edges, and of a contradiction.

    Returns:
        the offsets, or None if they contradict the text.

    Raises:
        InputError: the offsets are no pairs of numbers in order within the text.
    """
    offsets = _exact(text, tokens, values)
    if offsets is not None:
        return offsets
    pairs = _pairs(values, text, count=len(tokens))
    for kind in UNITS:
        converted = in_characters(pairs, text, kind=kind)
        if converted and (offsets := _fitting(text, tokens, converted)):
            report(kind, f"`offsets` count {_NAMES[kind]}: converted to characters")
            return offsets
    _require_ordered(pairs, text)
    if offsets := _fitting(text, tokens, pairs):
        report("padded-token", "`offsets` take in blanks at the edges of tokens: left out")
        return offsets
    report(CONTRADICTION, _contradiction(text, tokens, pairs))
    return None


def in_characters(
    pairs: Sequence[Token], text: str, *, kind: str
) -> tuple[tuple[int, int], ...] | None:
    """Return pairs that count other units (see `UNITS`) in characters.

    Returns:
        the pairs, or None if one of them is no edge of a character, or characters are as many.
    """
    if text.isascii():
        return None
    widths = map(UNITS[kind], text)
    characters = {unit: number for number, unit in enumerate(accumulate(widths, initial=0))}
    if not all(start in characters and end in characters for start, end in pairs):
        return None
    return tuple((characters[start], characters[end]) for start, end in pairs)


def misfit(text: str, tokens: Sequence[str]) -> str | None:
    """Return what is wrong with tokens that are not in a text in their order; None if they are."""
    position = 0
    for number, token in enumerate(tokens):
        start = text.find(token, position)
        if start < 0:
            place = "in the text" if position == 0 else f"in the text after character {position}"
            return f"token {number}, {quoted(token)}, is not {place}{GOING_ON}"
        position = start + len(token)
    return None


def _exact(text: str, tokens: Sequence[str], values: list[Any]) -> tuple[Token, ...] | None:
    """Return the offsets of a post if nothing is wrong with them, as fast as can be."""
    if len(values) != len(tokens):
        return None
    offsets = []
    position = 0
    try:
        for (start, end), token in zip(values, tokens, strict=True):
            if start.__class__ is not int or end.__class__ is not int:
                return None
            if not position <= start < end or text[start:end] != token:
                return None
            position = end
            offsets.append((start, end))
    except (TypeError, ValueError):  # no pair
        return None
    return tuple(offsets) if position <= len(text) else None


def _pairs(values: list[Any], text: str, *, count: int) -> list[Token]:
    """Return the offsets as pairs of numbers, which may count any unit."""
    if len(values) != count or not all(map(_is_range, values)):
        raise _no_ranges(text, count)
    return [(start, end) for start, end in values]


def _is_range(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(map(is_integer, value))
        and 0 <= value[0] < value[1]
    )


def _require_ordered(pairs: Sequence[Token], text: str) -> None:
    if any(end > len(text) for _, end in pairs):
        raise _no_ranges(text, len(pairs))
    for before, after in pairwise(pairs):
        if after[0] < before[1]:
            raise InputError(
                "`offsets` must be in order and not overlap, as tokens are in the text, "
                f"got {list(after)} after {list(before)}"
            )


def _no_ranges(text: str, count: int) -> InputError:
    return InputError(
        f"`offsets` must be {count} pairs [start, end] with start < end within the "
        f"{len(text)} characters of the text, one for each token"
    )


def _fitting(text: str, tokens: Sequence[str], pairs: Sequence[Token]) -> tuple[Token, ...] | None:
    """Return offsets that hold the tokens, without blanks at their edges; None if they do not."""
    offsets = tuple(_without_blanks(text, pairs))
    if any(after[0] < before[1] for before, after in pairwise(offsets)):
        return None
    held = [text[start:end] for start, end in offsets]
    return offsets if held == list(tokens) else None


def _without_blanks(text: str, pairs: Sequence[Token]) -> Iterator[Token]:
    for start, end in pairs:
        held = text[start:end]
        first = start + len(held) - len(held.lstrip(_BLANKS))
        yield first, first + len(held.strip(_BLANKS))


def _contradiction(text: str, tokens: Sequence[str], pairs: Sequence[Token]) -> str:
    held = [text[start:end] for start, end in pairs]
    number = next(at for at, token in enumerate(tokens) if token != held[at])
    start, end = pairs[number]
    return (
        f"token {number} is {quoted(tokens[number])}, but the text has {quoted(held[number])} at "
        f"its `offsets`, {start} to {end}{GOING_ON}"
    )
