"""Tags and spans: the schemes, the policy for ill-formed tags, and the transitions a tagger may make.

Reader, decoder and scorer all use these functions, so they cannot disagree about what an entity is.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from mner.errors import InputError
from mner.types import Bools, Span

__all__ = [
    "ORPHANS",
    "SCORINGS",
    "Orphans",
    "Scheme",
    "Scoring",
    "Transitions",
    "allowed_transitions",
    "orphan_starts",
    "spans_to_tags",
    "split_tag",
    "tag_names",
    "tags_to_spans",
]

Scheme = Literal["iob1", "iob2", "bioes"]
Orphans = Literal["begin", "drop"]
Scoring = Literal["lenient", "strict"]

ORPHANS: dict[Scoring, Orphans] = {"lenient": "begin", "strict": "drop"}
"""What an ill-formed entity means in each mode of scoring."""
SCORINGS: dict[Orphans, Scoring] = {orphans: scoring for scoring, orphans in ORPHANS.items()}
"""The mode of scoring that belongs to each meaning of an ill-formed entity."""

_PREFIXES: dict[str, str] = {"iob1": "BI", "iob2": "BI", "bioes": "BIES"}


class Transitions(NamedTuple):
    """What may follow what, for tags in a given order."""

    start: Bools
    """(L,): may stand first."""
    step: Bools
    """(L, L): row may be followed by column."""
    end: Bools
    """(L,): may stand last."""


def split_tag(tag: str, scheme: Scheme = "iob2") -> tuple[str, str]:
    """Prefix and label of a tag; ("O", "") for O.

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
        f"tag {tag!r} is not one of the {scheme.upper()} scheme: expected O, {expected}"
    )


def tags_to_spans(
    tags: Sequence[str], *, scheme: Scheme = "iob2", orphans: Orphans = "begin"
) -> list[Span]:
    """The entities that a sequence of tags marks, in order.

    An ill-formed entity is one whose first tag continues nothing (an orphan I-) or, in BIOES, one that is never ended.
    `begin` takes it as an entity (lenient: CoNLL's, and UMT's, reading); `drop` does not (strict).

    Raises:
        InputError: a tag is not one of the scheme.
    """
    return [
        span for span, well_formed in _entities(tags, scheme) if well_formed or orphans == "begin"
    ]


def orphan_starts(tags: Sequence[str], *, scheme: Scheme = "iob2") -> list[int]:
    """Where the ill-formed entities of a tag sequence start (token positions)."""
    return [span[0] for span, well_formed in _entities(tags, scheme) if not well_formed]


def spans_to_tags(spans: Iterable[Span], length: int, *, scheme: Scheme = "iob2") -> list[str]:
    """The tags of `length` words that mark these spans; the inverse of `tags_to_spans`.

    Raises:
        InputError: a span is empty, leaves the post, or overlaps another.
    """
    tags = ["O"] * length
    last_end, last_label = 0, ""
    for start, end, label in sorted(spans):
        if not 0 <= start < end <= length:
            raise InputError(
                f"entity {label} at tokens {start} to {end} does not fit a post of {length} tokens: expected 0 <= start < end <= {length}"
            )
        if start < last_end:
            raise InputError(
                f"entity {label} at tokens {start} to {end} overlaps one that ends at {last_end}: tags cannot hold both"
            )
        touches = start == last_end and label == last_label
        tags[start:end] = _span_tags(end - start, label, scheme, touches=touches)
        last_end, last_label = end, label
    return tags


def tag_names(labels: Iterable[str]) -> tuple[str, ...]:
    """The IOB2 tags a tagger chooses from: O first, then B- and I- of each label in sorted order."""
    return ("O", *(f"{prefix}-{label}" for label in sorted(set(labels)) for prefix in "BI"))


def allowed_transitions(tags: Sequence[str]) -> Transitions:
    """Which IOB2 tags may stand first, follow one another, and stand last: I-x only after B-x or I-x.

    Args:
        tags: L names as of `tag_names`.
    """
    parts = [split_tag(tag) for tag in tags]
    step = [
        [prefix != "I" or (before[0] != "O" and before[1] == label) for prefix, label in parts]
        for before in parts
    ]
    start = [prefix != "I" for prefix, _ in parts]
    return Transitions(
        np.array(start, dtype=bool),
        np.array(step, dtype=bool).reshape(len(tags), len(tags)),
        np.ones(len(tags), dtype=bool),
    )


def _entities(tags: Sequence[str], scheme: Scheme) -> Iterator[tuple[Span, bool]]:
    """Each entity with whether it is well formed."""
    start, label, sound = -1, "", True
    for position, tag in enumerate(tags):
        prefix, kind = split_tag(tag, scheme)
        continues = start >= 0 and prefix in "IE" and kind == label
        if start >= 0 and not continues:
            yield (start, position, label), sound and scheme != "bioes"
            start = -1
        if prefix == "O":
            continue
        if not continues:
            start, label, sound = position, kind, prefix in "BS" or scheme == "iob1"
        if prefix in "ES":
            yield (start, position + 1, label), sound
            start = -1
    if start >= 0:
        yield (start, len(tags), label), sound and scheme != "bioes"


def _span_tags(length: int, label: str, scheme: Scheme, *, touches: bool) -> list[str]:
    """The tags of one entity; `touches` an entity of the same label just before it."""
    if scheme == "bioes":
        prefixes = "S" if length == 1 else "B" + "I" * (length - 2) + "E"
    elif scheme == "iob1" and not touches:
        prefixes = "I" * length
    else:
        prefixes = "B" + "I" * (length - 1)
    return [f"{prefix}-{label}" for prefix in prefixes]
