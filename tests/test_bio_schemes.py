"""Each tagging scheme, by tags that are written out."""

from typing import get_args

import pytest

from mner.bio import Orphans, orphan_starts, spans_to_tags, split_tag, tags_to_spans
from mner.errors import InputError
from mner.formats import Scheme
from mner.types import Span

SPANS: list[Span] = [(0, 1, "X"), (2, 4, "X"), (4, 7, "Y")]
WRITTEN = {
    "iob1": "I-X O I-X I-X I-Y I-Y I-Y",
    "iob2": "B-X O B-X I-X B-Y I-Y I-Y",
    "bioes": "S-X O B-X E-X B-Y I-Y E-Y",
    "bilou": "U-X O B-X L-X B-Y I-Y L-Y",
    "io": "X O X X Y Y Y",
}


@pytest.mark.parametrize("scheme", WRITTEN)
def test_each_scheme_writes_and_reads_the_same_spans(scheme: Scheme) -> None:
    tags = WRITTEN[scheme].split()
    assert spans_to_tags(SPANS, 7, scheme=scheme) == tags
    for orphans in get_args(Orphans):
        assert tags_to_spans(tags, scheme=scheme, orphans=orphans) == SPANS
    assert orphan_starts(tags, scheme=scheme) == []


@pytest.mark.parametrize(
    ("tags", "scheme", "orphans"),
    [
        ("B-X I-X", "bioes", [0]),
        ("B-X I-X", "bilou", [0]),
        ("I-X L-X U-X", "bilou", [0]),
        ("L-X", "bilou", [0]),
        ("O I-X", "iob2", [1]),
        ("O I-X", "iob1", []),
        ("O X X", "io", []),
        ("B-X I-Y", "iob2", [1]),
    ],
)
def test_orphans_of_each_scheme(tags: str, scheme: Scheme, orphans: list[int]) -> None:
    assert orphan_starts(tags.split(), scheme=scheme) == orphans


def test_tags_of_io_and_bilou_are_parted_as_those_of_others() -> None:
    assert split_tag("B-X", "io") == ("I", "B-X")
    assert split_tag("per-son", "io") == ("I", "per-son")
    parted = [split_tag(f"{letter}-X", "bilou") for letter in "BILU"]
    assert parted == [("B", "X"), ("I", "X"), ("E", "X"), ("S", "X")]
    with pytest.raises(
        InputError, match=r"^an empty tag is not one of the IO scheme: expected O or a label$"
    ):
        split_tag("", "io")


@pytest.mark.parametrize(
    ("tag", "scheme", "expected"),
    [
        ("E-X", "bilou", "tag 'E-X' is not one of the BILOU scheme: expected O, B-LABEL"),
        ("U-X", "bioes", "tag 'U-X' is not one of the BIOES scheme: expected O, B-LABEL"),
        ("S-X", "iob2", "tag 'S-X' is not one of the IOB2 scheme: expected O, B-LABEL, I-LABEL$"),
        ("B-", "iob1", "tag 'B-' is not one of the IOB1 scheme: expected O, "),
        ("BI-X", "iob2", "tag 'BI-X' is not one of the IOB2 scheme"),
        ("", "iob2", "tag '' is not one of the IOB2 scheme"),
    ],
)
def test_tags_of_another_scheme_are_named(tag: str, scheme: Scheme, expected: str) -> None:
    with pytest.raises(InputError, match=f"^{expected}"):
        split_tag(tag, scheme)


@pytest.mark.parametrize(
    ("spans", "reason"),
    [
        ([(0, 1, "X"), (1, 2, "X")], "entity X at tokens 1 to 2 touches one of its label"),
        ([(0, 1, "O")], "entity O at tokens 0 to 1 has the label O"),
        ([(1, 2, "X"), (2, 4, "X")], "entity X at tokens 2 to 4 touches one of its label"),
    ],
)
def test_io_cannot_hold_what_has_no_border(spans: list[Span], reason: str) -> None:
    message = f"^{reason}: tags without B- and I- cannot hold it$"
    with pytest.raises(InputError, match=message):
        spans_to_tags(spans, 5, scheme="io")
    others: tuple[Scheme, ...] = ("iob1", "iob2", "bioes", "bilou")
    for scheme in others:
        assert tags_to_spans(spans_to_tags(spans, 5, scheme=scheme), scheme=scheme) == spans


def test_nothing_in_nothing() -> None:
    for scheme in get_args(Scheme):
        assert tags_to_spans([], scheme=scheme) == []
        assert spans_to_tags([], 0, scheme=scheme) == []
