import json

import pytest

from mner.errors import InputError
from mner.spans.align import align
from mner.spans.bootstrap import paired_bootstrap, post_counts
from mner.spans.compare import compare
from mner.spans.comparison import Comparison
from mner.spans.gold import fingerprint, mentions
from mner.spans.mcnemar import mcnemar
from mner.spans.score import score
from mner.spans.slices import Visible
from mner.types import Entity, Post, Span


def post(*spans: Span, name: str = "x", length: int = 8, picture: str | None = None) -> Post:
    return Post(
        id=name,
        tokens=tuple(f"w{number}" for number in range(length)),
        entities=tuple(Entity(*span) for span in spans),
        picture=picture,
    )


GOLD = [
    post((0, 1, "PER"), (2, 3, "LOC"), picture="1"),
    post((0, 2, "PER"), length=25),
    post(length=12),
]
A = [post((0, 1, "PER"), (2, 3, "PER")), post(length=25), post((0, 1, "LOC"), length=12)]
B = [post((0, 1, "PER"), (2, 3, "LOC")), post((0, 2, "PER"), length=25), post(length=12)]


def slices(comparison: Comparison) -> dict[str, tuple[int, float | None, float | None]]:
    """Gold entities and F1 of A and B by the slice's name."""
    rows: dict[str, tuple[int, float | None, float | None]] = {}
    for part in comparison.slices:
        a = part.estimate.a.f1.value if part.estimate else None
        b = part.estimate.b.f1.value if part.estimate else None
        rows[f"{part.group}: {part.name}"] = (part.gold, a, b)
    return rows


def test_a_pair_of_files_has_a_mcnemar_test() -> None:
    test = compare(GOLD, {"a": A}, {"b": B}, resamples=9).mcnemar
    assert test == mcnemar(align(GOLD, A), align(GOLD, B))
    assert (test.both, test.only_a, test.only_b, test.neither) == (1, 0, 2, 0)


def test_the_whole_is_the_paired_bootstrap_of_all_entities() -> None:
    comparison = compare(GOLD, {"a": A}, {"b": B}, resamples=50, seed=2)
    pair = (post_counts(align(GOLD, A)), post_counts(align(GOLD, B)))
    assert comparison.overall == paired_bootstrap({"": pair}, resamples=50, seed=2)[""]
    assert (comparison.a, comparison.b) == ({"a": score(GOLD, A).f1}, {"b": 1.0})
    assert (comparison.gold, comparison.posts, comparison.gold_fingerprint) == (
        3,
        3,
        fingerprint(GOLD),
    )


def test_the_slices() -> None:
    seen = mentions([post((0, 1, "PER"))])
    assert slices(compare(GOLD, {"a": A}, {"b": B}, seen=seen, resamples=9)) == {
        "type: LOC": (1, 0.0, 1.0),
        "type: PER": (2, 0.5, 1.0),
        "training: seen": (1, 1.0, 1.0),
        "training: unseen": (2, 0.0, 1.0),
        "words: up to 10": (2, 0.5, 1.0),
        "words: 11 to 20": (0, 0.0, 0.0),
        "words: 21 to 30": (1, 0.0, 1.0),
        "words: 31 and more": (0, None, None),
        "picture: picture named": (2, 0.5, 1.0),
        "picture: no picture named": (1, 0.0, 1.0),
    }


@pytest.mark.parametrize(
    ("length", "name"),
    [
        (8, "up to 10"),
        (10, "up to 10"),
        (11, "11 to 20"),
        (20, "11 to 20"),
        (21, "21 to 30"),
        (30, "21 to 30"),
        (31, "31 and more"),
        (500, "31 and more"),
    ],
)
def test_a_post_is_in_one_slice_by_its_words(length: int, name: str) -> None:
    gold = [post((0, 1, "PER"), length=length)]
    rows = slices(compare(gold, {"a": gold}, {"b": gold}, resamples=9))
    counts = {row: gold for row, (gold, _, _) in rows.items() if row.startswith("words: ")}
    assert len(counts) == 4
    assert {row for row, count in counts.items() if count} == {f"words: {name}"}


def test_which_posts_have_a_picture_is_for_the_caller_to_say() -> None:
    visible = Visible("caption", lambda post: len(post.tokens) == 25)
    rows = slices(compare(GOLD, {"a": A}, {"b": B}, visible=visible, resamples=9))
    assert rows["picture: caption"] == (1, 0.0, 1.0)
    assert rows["picture: no caption"] == (2, 0.4, 1.0)


def test_several_seeds_are_averaged_and_have_no_mcnemar_test() -> None:
    comparison = compare(GOLD, {"a": A}, {"b0": B, "b1": A}, resamples=9)
    assert comparison.overall.b.f1.value == pytest.approx((1 + score(GOLD, A).f1) / 2)
    assert comparison.mcnemar is None
    assert comparison.resampled == ("posts", "seeds")
    assert comparison.as_dict()["resampled"] == ["posts", "seeds"]
    text = comparison.render()
    assert (
        "numbers below are means over a system's files; posts and files are both resampled, so "
        "intervals are about other posts and, as far as few files can, about other trainings; "
        "A has one file, so nothing is known of its other trainings\n"
    ) in text
    assert "no McNemar test: it needs one file a system" in text


def test_the_table() -> None:
    comparison = compare(GOLD, {"a.txt": A}, {"b.txt": B}, resamples=9, seed=4, scoring="strict")
    lines = comparison.render().splitlines()
    assert lines[:3] == [
        f"strict scoring, gold {fingerprint(GOLD)}, 3 posts; paired bootstrap: 9 resamples, seed 4",
        "A: F1 33.33  a.txt",
        "B: F1 100.00  b.txt",
    ]
    assert lines[4].split() == ["gold", "A", "B", "B", "-", "A", "95%", "interval"]
    assert lines[5].split()[:5] == ["F1", "3", "33.33", "100.00", "+66.67"]
    empty = next(line for line in lines if "31 and more" in line)
    assert " ".join(empty.split()) == "F1, words: 31 and more 0 - - - no entities"
    assert lines[-3].startswith("p = ")
    assert lines[-2] == (
        "posts with entities: 3, too few for the bootstrap: "
        "below 30 its intervals are too narrow and its p values too small"
    )
    assert lines[-1] == (
        "gold entities found by both 1, only by A 0, only by B 2, by neither 0: "
        "McNemar p = 0.5 (exact binomial)"
    )


def test_one_object_for_json() -> None:
    comparison = compare(GOLD, {"a": A}, {"b": B}, resamples=9)
    values = json.loads(json.dumps(comparison.as_dict()))
    assert values["predictions"]["b"] == {"b": 1.0}
    assert values["mcnemar"]["only_b"] == 2
    assert values["difference"]["f1"]["value"] == pytest.approx(2 / 3)
    assert {"group": "words", "name": "31 and more", "gold": 0, "empty": True} in values["slices"]
    assert (values["scoring"], values["resamples"], values["seed"]) == ("lenient", 9, 0)
    assert values["level"] == 0.95
    assert values["resampled"] == ["posts"]


def test_posts_without_any_entity_can_be_compared() -> None:
    empty = [post(), post()]
    comparison = compare(empty, {"a": empty}, {"b": empty}, resamples=9)
    overall = comparison.overall
    assert (overall.p_value, overall.difference.f1.value) == (1.0, 0.0)
    assert all(part.estimate is None for part in comparison.slices)


def test_the_file_that_does_not_fit_is_named() -> None:
    with pytest.raises(
        InputError,
        match=r"b\.txt: expected as many .* ones: predicted ends after 2 posts",
    ):
        compare(GOLD, {"a.txt": A}, {"b.txt": B[:2]})
    with pytest.raises(InputError, match="system A has no predictions"):
        compare(GOLD, {}, {"b.txt": B})
