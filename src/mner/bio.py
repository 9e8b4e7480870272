"""Tags and spans: the schemes, ill-formed tags, and the transitions that a tagger may make.

Reader, decoder and scorer all use these functions, so they cannot disagree on what an entity is.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from mner.errors import InputError, quoted
from mner.types import Bools, Span

__all__ = [
    "ORPHANS",
    "SCORINGS",
    "Orphans",
    "Scheme",
    "SchemeChoice",
    "Scoring",
    "Transitions",
    "allowed_transitions",
    "check_span",
    "orphan_starts",
    "spans_to_tags",
    "split_tag",
    "tag_names",
    "tags_to_spans",
]

Scheme = Literal["iob1", "iob2", "bioes"]
SchemeChoice = Literal["auto", "iob1", "iob2", "bioes"]
"""A scheme, or `auto` for what a file's own tags show."""
Orphans = Literal["begin", "drop"]
Scoring = Literal["lenient", "strict"]

ORPHANS: dict[Scoring, Orphans] = {"lenient": "begin", "strict": "drop"}
"""What is done with an ill-formed entity in each mode of scoring."""
SCORINGS: dict[Orphans, Scoring] = {orphans: scoring for scoring, orphans in ORPHANS.items()}
"""The mode of scoring for each way to treat ill-formed entities."""

_PREFIXES: dict[str, str] = {"iob1": "BI", "iob2": "BI", "bioes": "BIES"}


class Transitions(NamedTuple):
    """Which tag may follow which, for L tags in a given order."""

    start: Bools
    """(L,): True if the tag may be the first of a post."""
    step: Bools
    """(L, L): True if the tag of the row may be followed by the tag of the column."""
    end: Bools
    """(L,): True if the tag may be the last of a post."""


def split_tag(tag: str, scheme: Scheme = "iob2") -> tuple[str, str]:
    """Return the prefix and the label of a tag, and ("O", "") for O.

    Raises:
        InputError: the tag is not one of the scheme.
    """
    if tag == "O":
        return "O", ""
    prefix, _, label = tag.partition("-")
    if len(prefix) == 1 and prefix in _PREFIXES[scheme] and label:
        return prefix, label
    expected = ", ".join(f"{letter}-LABEL" for letter in _PREFIXES[scheme])
    raise InputError(
        f"tag {quoted(tag)} is not one of the {scheme.upper()} scheme: expected O, {expected}"
    )


def tags_to_spans(
    tags: Sequence[str], *, scheme: Scheme = "iob2", orphans: Orphans = "begin"
) -> list[Span]:
    """Return the entities that a sequence of tags marks, in order.

    An entity is ill-formed if its first tag continues nothing (an orphan I-) or, in BIOES, if it is
    never ended. `begin` takes it as an entity (lenient, as CoNLL and UMT do); `drop` ignores it
    (strict). In IOB1 an I- may begin an entity, so nothing is ill-formed and `drop` equals `begin`.
    There seqeval's strict mode differs: to it a B- begins an entity only right after another of
    its label, so that it finds the second word alone in `O B-X I-X`. Here a B- always begins one.

    Raises:
        InputError: a tag is not one of the scheme.
    """
    return [
        span for span, well_formed in _entities(tags, scheme) if well_formed or orphans == "begin"
    ]


def orphan_starts(tags: Sequence[str], *, scheme: Scheme = "iob2") -> list[int]:
    """Return the first token of each ill-formed entity of a tag sequence."""
    return [start for (start, _, _), well_formed in _entities(tags, scheme) if not well_formed]


def spans_to_tags(spans: Iterable[Span], length: int, *, scheme: Scheme = "iob2") -> list[str]:
    """Return the tags of `length` words that mark these spans; the inverse of `tags_to_spans`.

    Raises:
        InputError: a span is empty, leaves the post, or overlaps another.
    """
    tags = ["O"] * length
    last_end, last_label = 0, ""
    for start, end, label in sorted(spans):
        check_span((start, end, label), length)
        if start < last_end:
            raise InputError(
                f"entity {label} at tokens {start} to {end} overlaps one that ends at {last_end}: "
                "tags cannot hold both"
            )
        touches = start == last_end and label == last_label
        tags[start:end] = _span_tags(end - start, label, scheme, touches=touches)
        last_end, last_label = end, label
    return tags


def check_span(span: Span, length: int) -> None:
    """Refuse a span that is empty or leaves a post of `length` words.

    Raises:
        InputError: the span does not fit the post.
    """
    start, end, label = span
    if not 0 <= start < end <= length:
        raise InputError(
            f"entity {label} at tokens {start} to {end} does not fit a post of {length} tokens: "
            f"expected 0 <= start < end <= {length}"
        )


def tag_names(labels: Iterable[str]) -> tuple[str, ...]:
    """Return the IOB2 tags of a tagger: O first, then B- and I- of each label in sorted order."""
    names = ["O"]
    for label in sorted(set(labels)):
        names += [f"B-{label}", f"I-{label}"]
    return tuple(names)


def allowed_transitions(tags: Sequence[str]) -> Transitions:
    """Return which IOB2 tags may be first, follow one another, and be last.

    I-x may only follow B-x or I-x.

    Args:
        tags: L names, as `tag_names` gives them.
    """
    split_tags = [split_tag(tag) for tag in tags]
    step = np.ones((len(tags), len(tags)), dtype=bool)
    for row, (before, before_label) in enumerate(split_tags):
        for column, (prefix, label) in enumerate(split_tags):
            if prefix == "I":
                step[row, column] = before != "O" and before_label == label
    start = np.array([prefix != "I" for prefix, _ in split_tags], dtype=bool)
    return Transitions(start, step, np.ones(len(tags), dtype=bool))


def _entities(tags: Sequence[str], scheme: Scheme) -> Iterator[tuple[Span, bool]]:
    """Yield each entity, and whether it is well-formed."""
    needs_end = scheme == "bioes"
    start, label, begins_well = -1, "", True  # of the open entity; -1: there is none
    for position, tag in enumerate(tags):
        prefix, tag_label = split_tag(tag, scheme)
        continues = start >= 0 and prefix in "IE" and tag_label == label
        # A tag that does not continue the open entity closes it.
        if start >= 0 and not continues:
            yield (start, position, label), begins_well and not needs_end
            start = -1
        if prefix == "O":
            continue
        if not continues:
            start, label = position, tag_label
            begins_well = prefix in "BS" or scheme == "iob1"
        # In BIOES, the last tag of an entity closes it.
        if prefix in "ES":
            yield (start, position + 1, label), begins_well
            start = -1
    if start >= 0:
        yield (start, len(tags), label), begins_well and not needs_end


def _span_tags(length: int, label: str, scheme: Scheme, *, touches: bool) -> list[str]:
    """Return the tags of one entity, which may touch one of the same label just before it."""
    if scheme == "bioes" and length == 1:
        prefixes = "S"
    elif scheme == "bioes":
        prefixes = "B" + "I" * (length - 2) + "E"
    elif scheme == "iob1" and not touches:
        prefixes = "I" * length
    else:
        prefixes = "B" + "I" * (length - 1)
    return [f"{prefix}-{label}" for prefix in prefixes]
