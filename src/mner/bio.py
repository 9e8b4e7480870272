"""Tags and spans: the schemes, ill-formed tags, and the transitions that a tagger may make.

Reader, decoder and scorer all use these functions, so they cannot disagree on what an entity is.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from mner.errors import InputError, quoted
from mner.formats import Scheme
from mner.types import Bools, Span

__all__ = [
    "ORPHANS",
    "SCORINGS",
    "Orphans",
    "Scoring",
    "Transitions",
    "allowed_transitions",
    "check_span",
    "entities_of_tags",
    "orphan_starts",
    "spans_to_tags",
    "split_tag",
    "tag_names",
    "tags_to_spans",
]

Orphans = Literal["begin", "drop"]
Scoring = Literal["lenient", "strict"]

ORPHANS: dict[Scoring, Orphans] = {"lenient": "begin", "strict": "drop"}
"""What is done with an ill-formed entity in each mode of scoring."""
SCORINGS: dict[Orphans, Scoring] = {orphans: scoring for scoring, orphans in ORPHANS.items()}
"""The mode of scoring for each way to treat ill-formed entities."""

_PREFIXES: dict[str, str] = {"iob1": "BI", "iob2": "BI", "bioes": "BIES", "bilou": "BILU"}
_OF_BIOES = {"L": "E", "U": "S"}
"""What the prefixes that only BILOU has mean."""
_OF_BILOU = {prefix: other for other, prefix in _OF_BIOES.items()}


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

    The prefix of BILOU is that of BIOES, and that of IO is I.

    Raises:
        InputError: the tag is not one of the scheme.
    """
    if tag == "O":
        return "O", ""
    prefix, _, label = tag.partition("-")
    if scheme == "io" and tag:
        return "I", tag
    if len(prefix) == 1 and prefix in _PREFIXES.get(scheme, "") and label:
        return _OF_BIOES.get(prefix, prefix) if scheme == "bilou" else prefix, label
    if scheme == "io":
        raise InputError("an empty tag is not one of the IO scheme: expected O or a label")
    expected = ", ".join(f"{letter}-LABEL" for letter in _PREFIXES[scheme])
    raise InputError(
        f"tag {quoted(tag)} is not one of the {scheme.upper()} scheme: expected O, {expected}"
    )


def tags_to_spans(
    tags: Sequence[str], *, scheme: Scheme = "iob2", orphans: Orphans = "begin"
) -> list[Span]:
    """Return the entities that a sequence of tags marks, in order.

    An entity is ill-formed if its first tag continues nothing (an orphan I-) or, in BIOES and
    BILOU, if it is never ended. `begin` takes it as an entity (lenient, as CoNLL and UMT do);
    `drop` ignores it (strict). In IOB1 an I- may begin an entity, and in IO every tag does, so
    nothing is ill-formed and `drop` equals `begin`.
    There seqeval's strict mode differs: to it a B- begins an entity only right after another of
    its label, so that it finds the second word alone in `O B-X I-X`. Here a B- always begins one.

    Raises:
        InputError: a tag is not one of the scheme.
    """
    pairs = [split_tag(tag, scheme) for tag in tags]
    entities = entities_of_tags(pairs, scheme)
    return [span for span, well_formed in entities if well_formed or orphans == "begin"]


def orphan_starts(tags: Sequence[str], *, scheme: Scheme = "iob2") -> list[int]:
    """Return the first token of each ill-formed entity of a tag sequence."""
    pairs = [split_tag(tag, scheme) for tag in tags]
    entities = entities_of_tags(pairs, scheme)
    return [start for (start, _, _), well_formed in entities if not well_formed]


def entities_of_tags(
    tags: Iterable[tuple[str, str]], scheme: Scheme = "iob2"
) -> Iterator[tuple[Span, bool]]:
    """Yield each entity, and whether it is well-formed; see `tags_to_spans`.

    Args:
        tags: prefix and label of each tag, as `split_tag` returns them.
        scheme: of the tags.
    """
    needs_end = scheme in ("bioes", "bilou")
    start, label, begins_well = -1, "", True  # of the open entity; -1: there is none
    position = -1
    for position, (prefix, tag_label) in enumerate(tags):
        continues = start >= 0 and prefix in "IE" and tag_label == label
        # A tag that does not continue the open entity closes it.
        if start >= 0 and not continues:
            yield (start, position, label), begins_well and not needs_end
            start = -1
        if prefix == "O":
            continue
        if not continues:
            start, label = position, tag_label
            begins_well = prefix in "BS" or scheme in ("iob1", "io")
        # In BIOES, the last tag of an entity closes it.
        if prefix in "ES":
            yield (start, position + 1, label), begins_well
            start = -1
    if start >= 0:
        yield (start, position + 1, label), begins_well and not needs_end


def spans_to_tags(spans: Iterable[Span], length: int, *, scheme: Scheme = "iob2") -> list[str]:
    """Return the tags of `length` words that mark these spans; the inverse of `tags_to_spans`.

    Raises:
        InputError: a span is empty, leaves the post, or overlaps another; or the scheme is IO and a
            span touches one of its label, or has the label `O`.
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
        if scheme == "io" and (touches or label == "O"):
            raise InputError(
                f"entity {label} at tokens {start} to {end} "
                + ("touches one of its label" if touches else "has the label O")
                + ": tags without B- and I- cannot hold it"
            )
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


def _span_tags(length: int, label: str, scheme: Scheme, *, touches: bool) -> list[str]:
    """Return the tags of one entity, which may touch one of the same label just before it."""
    if scheme == "io":
        return [label] * length
    if scheme in ("bioes", "bilou"):
        prefixes = "S" if length == 1 else "B" + "I" * (length - 2) + "E"
        if scheme == "bilou":
            prefixes = "".join(_OF_BILOU.get(prefix, prefix) for prefix in prefixes)
    elif scheme == "iob1" and not touches:
        prefixes = "I" * length
    else:
        prefixes = "B" + "I" * (length - 1)
    return [f"{prefix}-{label}" for prefix in prefixes]
