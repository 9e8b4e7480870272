import random
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB1, IOB2, IOBES, Entities

from mner.bio import (
    Orphans,
    allowed_transitions,
    orphan_starts,
    spans_to_tags,
    split_tag,
    tag_names,
    tags_to_spans,
)
from mner.errors import InputError
from mner.formats import Scheme
from mner.types import Span

SCHEMES: tuple[Scheme, ...] = ("iob1", "iob2", "bioes")
LABELS = ("PER", "LOC", "creative-work")


@st.composite
def annotations(draw: st.DrawFn) -> tuple[list[Span], int]:
    """Spans in order, some of them touching, and the length of their post."""
    spans: list[Span] = []
    position = 0
    for gap, length, label in draw(
        st.lists(
            st.tuples(st.integers(0, 2), st.integers(1, 4), st.sampled_from(LABELS)), max_size=5
        )
    ):
        spans.append((position + gap, position + gap + length, label))
        position += gap + length
    return spans, position + draw(st.integers(0, 2))


def random_taggings(prefixes: str, *, count: int = 1000) -> list[list[str]]:
    """Taggings that follow no rule, so most hold orphans."""
    chance = random.Random(7)
    tags = ["O"] + [f"{prefix}-{label}" for prefix in prefixes for label in ("PER", "LOC")]
    return [chance.choices(tags, k=chance.randint(1, 12)) for _ in range(count)]


def seqeval_strict(tags: list[str], scheme: type[IOB2 | IOBES]) -> list[Span]:
    return sorted(
        (entity.start, entity.end, entity.tag) for entity in Entities([tags], scheme).entities[0]
    )


def seqeval_lenient(tags: list[str]) -> list[Span]:
    return [(start, last + 1, label) for label, start, last in get_entities(tags)]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("orphans", ["begin", "drop"])
@given(annotation=annotations())
def test_tags_mark_the_spans_they_were_made_from(
    scheme: Scheme, orphans: Orphans, annotation: tuple[list[Span], int]
) -> None:
    spans, length = annotation
    tags = spans_to_tags(spans, length, scheme=scheme)
    assert len(tags) == length
    assert tags_to_spans(tags, scheme=scheme, orphans=orphans) == spans
    assert orphan_starts(tags, scheme=scheme) == []


@given(
    tags=st.lists(
        st.sampled_from(["O", *(f"{prefix}-{label}" for prefix in "BI" for label in LABELS)]),
        max_size=10,
    )
)
def test_reading_and_writing_mends_orphans_only(tags: list[str]) -> None:
    mended = spans_to_tags(tags_to_spans(tags), len(tags))
    changed = [
        position
        for position, (before, after) in enumerate(zip(tags, mended, strict=True))
        if before != after
    ]
    assert changed == orphan_starts(tags)


def test_iob2_lenient_equals_seqeval_on_a_thousand_taggings_with_orphans() -> None:
    taggings = random_taggings("BI")
    assert sum(bool(orphan_starts(tags)) for tags in taggings) > 500
    for tags in taggings:
        assert tags_to_spans(tags) == seqeval_lenient(tags), tags


def test_iob2_strict_equals_seqeval_on_a_thousand_taggings_with_orphans() -> None:
    for tags in random_taggings("BI"):
        assert tags_to_spans(tags, orphans="drop") == seqeval_strict(tags, IOB2), tags


def test_bioes_lenient_equals_seqeval_on_a_thousand_taggings_with_orphans() -> None:
    for tags in random_taggings("BIES"):
        assert tags_to_spans(tags, scheme="bioes") == seqeval_lenient(tags), tags


def test_bioes_strict_equals_seqeval_on_a_thousand_taggings_with_orphans() -> None:
    for tags in random_taggings("BIES"):
        assert tags_to_spans(tags, scheme="bioes", orphans="drop") == seqeval_strict(tags, IOBES), (
            tags
        )


@pytest.mark.parametrize(
    ("tags", "lenient", "strict"),
    [
        ("O I-PER", [(1, 2, "PER")], []),
        ("B-PER I-LOC I-LOC", [(0, 1, "PER"), (1, 3, "LOC")], [(0, 1, "PER")]),
        ("B-PER O I-PER", [(0, 1, "PER"), (2, 3, "PER")], [(0, 1, "PER")]),
        ("B-PER B-PER I-PER", [(0, 1, "PER"), (1, 3, "PER")], [(0, 1, "PER"), (1, 3, "PER")]),
        ("", [], []),
    ],
)
def test_an_orphan_begins_an_entity_or_is_dropped(
    tags: str, lenient: list[Span], strict: list[Span]
) -> None:
    assert tags_to_spans(tags.split()) == lenient
    assert tags_to_spans(tags.split(), orphans="drop") == strict


def test_iob1_begins_with_i_and_needs_b_between_neighbours() -> None:
    assert tags_to_spans(["I-PER", "I-PER", "B-PER", "I-LOC"], scheme="iob1", orphans="drop") == [
        (0, 2, "PER"),
        (2, 3, "PER"),
        (3, 4, "LOC"),
    ]
    assert spans_to_tags([(0, 2, "PER"), (2, 3, "PER"), (3, 4, "LOC")], 4, scheme="iob1") == [
        "I-PER",
        "I-PER",
        "B-PER",
        "I-LOC",
    ]


def test_bioes_tags_in_full() -> None:
    assert spans_to_tags([(0, 1, "PER"), (1, 4, "LOC")], 5, scheme="bioes") == [
        "S-PER",
        "B-LOC",
        "I-LOC",
        "E-LOC",
        "O",
    ]


@pytest.mark.parametrize(
    "tag", ["", "o", "B", "B-", "-PER", "b-PER", "BI-PER", "S-PER", "0", "X-PER", "B_PER"]
)
def test_tags_outside_the_scheme_are_refused(tag: str) -> None:
    with pytest.raises(
        InputError, match="is not one of the IOB2 scheme: expected O, B-LABEL, I-LABEL"
    ):
        split_tag(tag)


def test_a_label_may_hold_hyphens() -> None:
    assert split_tag("B-creative-work") == ("B", "creative-work")


@pytest.mark.parametrize("span", [(0, 0, "PER"), (2, 1, "PER"), (-1, 1, "PER"), (2, 4, "PER")])
def test_a_span_that_does_not_fit_is_refused(span: Span) -> None:
    with pytest.raises(InputError, match="does not fit a post of 3 tokens"):
        spans_to_tags([span], 3)


def test_overlapping_spans_are_refused() -> None:
    with pytest.raises(InputError, match="entity LOC at tokens 1 to 3 overlaps one that ends at 2"):
        spans_to_tags([(0, 2, "PER"), (1, 3, "LOC")], 3)


def test_tag_names_are_sorted_and_without_repeats() -> None:
    assert tag_names(["PER", "LOC", "PER"]) == ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
    assert tag_names([]) == ("O",)


def test_a_path_of_allowed_transitions_is_a_tagging_without_orphans() -> None:
    tags = tag_names(["PER", "LOC"])
    start, step, end = allowed_transitions(tags)
    for path in product(range(len(tags)), repeat=3):
        allowed = (
            start[path[0]]
            and end[path[-1]]
            and all(step[before, after] for before, after in pairwise(path))
        )
        assert allowed == (not orphan_starts([tags[position] for position in path])), path


def test_transitions_of_a_tagger_without_labels() -> None:
    start, step, end = allowed_transitions(("O",))
    assert np.array_equal(start, [True])
    assert np.array_equal(step, [[True]])
    assert np.array_equal(end, [True])


@pytest.mark.parametrize(
    ("tags", "ours", "seqeval"),
    [
        (["O", "B-X", "I-X"], [(1, 3, "X")], [(2, 3, "X")]),
        (["B-X"], [(0, 1, "X")], []),
        (["I-X", "B-X"], [(0, 1, "X"), (1, 2, "X")], [(0, 1, "X"), (1, 2, "X")]),
    ],
)
def test_strict_iob1_takes_each_b_as_a_begin_which_seqeval_does_not(
    tags: list[str], ours: list[Span], seqeval: list[Span]
) -> None:
    for orphans in ("begin", "drop"):
        assert tags_to_spans(tags, scheme="iob1", orphans=orphans) == ours
    found = Entities([tags], IOB1).entities[0]
    assert [(entity.start, entity.end, entity.tag) for entity in found] == seqeval


def test_o_has_no_label_in_any_scheme() -> None:
    for scheme in ("iob1", "iob2", "bioes", "bilou", "io"):
        assert split_tag("O", scheme) == ("O", "")


def test_iob2_is_meant_where_no_scheme_is_named() -> None:
    assert spans_to_tags([(0, 2, "X"), (2, 3, "X")], 4) == ["B-X", "I-X", "B-X", "O"]
    assert tags_to_spans(["I-X", "B-X"]) == [(0, 1, "X"), (1, 2, "X")]
    assert orphan_starts(["I-X", "B-X"]) == [0]
    assert split_tag("B-X-Y") == ("B", "X-Y")


def test_what_may_follow_is_true_or_false() -> None:
    start, step, end = allowed_transitions(("O", "B-X", "I-X", "B-Y", "I-Y"))
    assert {str(array.dtype) for array in (start, step, end)} == {"bool"}
    assert start.astype(int).tolist() == [1, 1, 0, 1, 0]
    assert end.all()
    assert step[:, 2].astype(int).tolist() == [0, 1, 1, 0, 0]
    assert step[:, [0, 1, 3]].all()


def test_spans_that_overlap_are_named_with_what_tags_cannot_do() -> None:
    message = r"^entity Y at tokens 1 to 3 overlaps one that ends at 2: tags cannot hold both$"
    with pytest.raises(InputError, match=message):
        spans_to_tags([(0, 2, "X"), (1, 3, "Y")], 4)
    message = (
        r"^entity X at tokens 2 to 5 does not fit a post of 4 tokens: expected 0 <= start < end "
        r"<= 4$"
    )
    with pytest.raises(InputError, match=message):
        spans_to_tags([(2, 5, "X")], 4)
