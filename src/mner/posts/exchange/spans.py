"""Stretches of characters become entities of whole tokens, none inside another."""

from collections.abc import Iterable, Sequence

from mner.errors import InputError, quoted
from mner.posts.exchange.draft import Mark
from mner.posts.layout import tokens_between

__all__ = ["outer_marks", "snapped"]

_Problems = list[tuple[str, str]]


def snapped(
    marks: Iterable[Mark], text: str, offsets: Sequence[tuple[int, int]]
) -> tuple[list[Mark], _Problems]:
    """Return marks in tokens for marks in characters.

    A mark that begins or ends inside a token grows to the whole token (`cut-token`). One that holds
    no token is left out (`empty-span`). Blanks at its edges do not matter.

    Args:
        marks: in characters of the text.
        text: of the post.
        offsets: where the tokens are in the text, in order.

    Returns:
        the marks, and kind and message of each problem.

    Raises:
        InputError: a mark leaves the text.
    """
    in_tokens: list[Mark] = []
    problems: _Problems = []
    for mark in marks:
        _require_inside(mark, text)
        first, last = tokens_between(offsets, mark.start, mark.end)
        words = quoted(text[mark.start : mark.end])
        if first >= last:
            message = f"{mark.label} at characters {mark.start} to {mark.end} is {words}: left out"
            problems.append(("empty-span", message))
            continue
        start, end = offsets[first][0], offsets[last - 1][1]
        if start < mark.start or end > mark.end:
            whole = quoted(text[start:end])
            message = f"{mark.label} {words} cuts a token: read as {whole}"
            problems.append(("cut-token", message))
        in_tokens.append(Mark(first, last, mark.label, mark.probability))
    return in_tokens, problems


def outer_marks(marks: Iterable[Mark]) -> tuple[list[Mark], _Problems]:
    """Return marks that do not overlap, in order.

    Of two marks that overlap, the longer is kept, which is the outer one where they are nested; of
    two that are equally long, the first. The other is a problem (`overlapping-entity`).
    """
    kept: list[Mark] = []
    problems: _Problems = []
    for mark in sorted(marks, key=lambda mark: (mark.start, -mark.end)):
        if not kept or mark.start >= kept[-1].end:
            kept.append(mark)
            continue
        other = kept[-1]
        if mark.end - mark.start > other.end - other.start:
            kept[-1] = mark
            mark, other = other, mark  # noqa: PLW2901
        if mark != other:
            problems.append(("overlapping-entity", _overlap(mark, other)))
    return kept, problems


def _overlap(left_out: Mark, kept: Mark) -> str:
    return (
        f"{left_out.label} at tokens {left_out.start} to {left_out.end} overlaps {kept.label} at "
        f"{kept.start} to {kept.end}, which is kept: left out"
    )


def _require_inside(mark: Mark, text: str) -> None:
    if not 0 <= mark.start <= mark.end <= len(text):
        raise InputError(
            f"{mark.label} at characters {mark.start} to {mark.end} does not fit a text of "
            f"{len(text)} characters: expected 0 <= start <= end <= {len(text)}, counted in "
            "Unicode code points"
        )
