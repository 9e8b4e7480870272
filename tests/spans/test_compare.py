import json
from dataclasses import replace

import pytest

from mner.errors import InputError
from mner.spans.align import align
from mner.spans.assisted import count_assisted, without_endpoint
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
    assert values["predictions"] == {"a": {"a": score(GOLD, A).f1}, "b": {"b": 1.0}}
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


def test_every_line_of_the_table_and_its_numbers() -> None:
    comparison = compare(GOLD, {"a": A}, {"b": B}, resamples=200)
    lines = [" ".join(line.split()) for line in comparison.render().splitlines()]
    overall = comparison.overall
    for name in ("f1", "precision", "recall"):
        a, b = getattr(overall.a, name), getattr(overall.b, name)
        difference = getattr(overall.difference, name)
        shown = name if name != "f1" else "F1"
        assert (
            f"{shown} 3 {100 * a.value:.2f} {100 * b.value:.2f} {100 * difference.value:+.2f} "
            f"{100 * difference.low:+.2f} to {100 * difference.high:+.2f}"
        ) in lines
    assert "intervals are about other posts, not about other trainings" in lines
    assert f"p = {overall.p_value:.2g} for the difference in F1, two-sided" in lines
    (first, *_) = comparison.slices
    estimate = first.estimate
    assert estimate is not None
    assert any(
        line.startswith(
            f"F1, type: LOC 1 0.00 100.00 +100.00 {100 * estimate.difference.f1.low:+.2f}"
        )
        for line in lines
    )


def test_either_system_and_each_file_is_named_where_it_is_missing_or_wrong() -> None:
    for a, b, name in (({}, {"b": B}, "A"), ({"a": A}, {}, "B")):
        message = f"^system {name} has no predictions: expected at least one set$"
        with pytest.raises(InputError, match=message):
            compare(GOLD, a, b)
    with pytest.raises(InputError, match=r"^a\.txt: expected as many predicted posts as gold ones"):
        compare(GOLD, {"a.txt": A[:1]}, {"b.txt": B})


def test_posts_of_an_endpoint_are_counted_in_any_file() -> None:
    marked = replace(A[1], extra={"source": "endpoint"})
    assisted = [A[0], marked, A[2]]
    for gold, a, b in ((GOLD, assisted, B), (GOLD, A, [*B[:1], replace(marked), B[2]])):
        comparison = compare(gold, {"a": a}, {"b": b}, resamples=9)
        assert comparison.llm_assisted == 1
        assert comparison.as_dict()["llm_assisted_posts"] == 1
        line = "LLM-assisted: 1 of 3 posts have entities of an endpoint"
        assert comparison.render().splitlines()[1] == line
    by_model = [replace(post, extra={"source": "model"}) for post in A]
    plain = compare(GOLD, {"a": by_model}, {"b": B}, resamples=9)
    assert plain.llm_assisted == 0
    assert "llm_assisted_posts" not in plain.as_dict()


def test_files_of_unlike_length_have_no_count_of_posts_of_an_endpoint() -> None:
    with pytest.raises(ValueError, match="argument 2 is"):
        count_assisted(GOLD, A[:2])
    assert without_endpoint({"source": "endpoint"}) is None
    assert without_endpoint({"source": "endpoint", "n": 1}) == {"n": 1}
    assert without_endpoint({"source": "model", "n": 1}) == {"source": "model", "n": 1}
    assert without_endpoint(None) is None
