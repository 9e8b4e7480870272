import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from seqeval.metrics import classification_report, f1_score
from seqeval.scheme import IOB2

from mner.bio import Orphans, tags_to_spans
from mner.errors import InputError
from mner.spans.score import Counts, fingerprint, mentions, score
from mner.types import Entity, Post

LABELS = ["LOC", "ORG", "PER"]


def post(text: str, *spans: tuple[int, int, str], name: str = "1") -> Post:
    return Post(
        id=name, tokens=tuple(text.split()), entities=tuple(Entity(*span) for span in spans)
    )


def from_tags(tags: Sequence[str], orphans: Orphans, name: str) -> Post:
    return post(" ".join("w" for _ in tags), *tags_to_spans(tags, orphans=orphans), name=name)


def random_taggings(rng: random.Random) -> tuple[list[list[str]], list[list[str]]]:
    """Gold and a guess that half agrees with it, with orphan tags in both."""
    tags = ["O", *(f"{prefix}-{label}" for prefix in "BI" for label in LABELS)]
    gold = [rng.choices(tags, k=rng.randint(1, 8)) for _ in range(rng.randint(1, 4))]
    return gold, [
        [tag if rng.random() < 0.6 else rng.choice(tags) for tag in sentence] for sentence in gold
    ]


@pytest.mark.parametrize(
    ("orphans", "options"),
    [("begin", {}), ("drop", {"mode": "strict", "scheme": IOB2})],
    ids=["lenient", "strict"],
)
def test_scores_equal_seqeval_on_random_taggings(
    orphans: Orphans, options: dict[str, object]
) -> None:
    rng = random.Random(7)
    for _ in range(1000):
        taggings = random_taggings(rng)
        ours = score(
            *(
                [from_tags(tags, orphans, str(place)) for place, tags in enumerate(side)]
                for side in taggings
            )
        )
        assert ours.f1 == pytest.approx(f1_score(*taggings, zero_division=0, **options))
        if not ours.per_type:  # seqeval cannot report on no type at all
            continue
        theirs = classification_report(*taggings, output_dict=True, zero_division=0, **options)
        mine = {"micro avg": ours.overall, **ours.per_type}
        assert set(mine) == set(theirs) - {"macro avg", "weighted avg"}
        for name, counts in mine.items():
            expected = theirs[name]
            assert (counts.precision, counts.recall, counts.f1, counts.gold) == pytest.approx(
                (
                    expected["precision"],
                    expected["recall"],
                    expected["f1-score"],
                    expected["support"],
                )
            )
        assert ours.macro_f1 == pytest.approx(theirs["macro avg"]["f1-score"])


def test_the_two_policies_differ_on_orphans() -> None:
    gold, guess = ["B-PER", "I-PER", "I-LOC"], ["I-PER", "I-PER", "I-LOC"]
    by_policy = {
        orphans: score([from_tags(gold, orphans, "1")], [from_tags(guess, orphans, "1")]).overall
        for orphans in ("begin", "drop")
    }
    assert by_policy == {
        "begin": Counts(gold=2, predicted=2, correct=2),
        "drop": Counts(gold=1, predicted=0, correct=0),
    }


def test_start_end_and_label_must_all_agree() -> None:
    gold = [post("a b c d e f g", (0, 2, "PER"), (3, 4, "LOC"), (5, 6, "ORG"))]
    predicted = [post("a b c d e f g", (0, 1, "PER"), (3, 4, "ORG"), (5, 6, "ORG"))]
    scores = score(gold, predicted)
    assert scores.overall == Counts(gold=3, predicted=3, correct=1)
    assert scores.per_type == {
        "LOC": Counts(1, 0, 0),
        "ORG": Counts(1, 2, 1),
        "PER": Counts(1, 1, 0),
    }
    assert list(scores.per_type) == ["LOC", "ORG", "PER"]


def test_rates() -> None:
    counts = Counts(gold=4, predicted=3, correct=2)
    assert (counts.precision, counts.recall, counts.f1) == pytest.approx((2 / 3, 1 / 2, 4 / 7))


def test_nothing_to_divide_by_is_zero() -> None:
    scores = score([post("a")], [post("a")])
    assert (scores.precision, scores.recall, scores.f1, scores.macro_f1) == (0.0, 0.0, 0.0, 0.0)
    assert score([], []).f1 == 0.0


def test_an_entity_that_stands_twice_counts_once() -> None:
    doubled = [post("a b", (0, 1, "PER"), (0, 1, "PER"))]
    assert score(doubled, doubled).overall == Counts(1, 1, 1)


def test_seen_and_unseen_are_apart_and_together_all() -> None:
    train = [post("I love NEW york", (2, 4, "LOC")), post("Jordan", (0, 1, "PER"))]
    gold = [post("New York saw Jordan in Jordan", (0, 2, "LOC"), (3, 4, "PER"), (5, 6, "LOC"))]
    predicted = [post("New York saw Jordan in Jordan", (0, 2, "LOC"), (3, 4, "LOC"), (5, 6, "LOC"))]
    scores = score(gold, predicted, seen=mentions(train))
    assert scores.seen == Counts(gold=2, predicted=1, correct=1)
    assert scores.unseen == Counts(gold=1, predicted=2, correct=1)
    assert scores.overall == Counts(gold=3, predicted=3, correct=2)


def test_mentions_ignore_case_and_keep_the_label() -> None:
    assert mentions(
        [post("NEW York", (0, 2, "LOC")), post("new york", (0, 2, "LOC"), (1, 2, "ORG"))]
    ) == {("new york", "LOC"), ("york", "ORG")}


def test_without_training_mentions_there_is_no_seen() -> None:
    scores = score([post("a")], [post("a")])
    assert scores.seen is None
    assert scores.as_dict()["unseen"] is None


def test_the_fingerprint_knows_tokens_and_entities_only() -> None:
    one = Post(id="1", tokens=("New", "York"), entities=(Entity(0, 2, "LOC"),))
    same = Post(
        id="2",
        tokens=("New", "York"),
        entities=(Entity(0, 2, "LOC", probability=0.5),),
        picture="x.jpg",
        caption="a city",
        text="New York",
    )
    assert fingerprint([one]) == fingerprint([same])
    others = [
        [],
        [one, one],
        [post("New York", (0, 2, "ORG"))],
        [post("New York", (0, 1, "LOC"))],
        [post("New York")],
        [post("New york", (0, 2, "LOC"))],
        [Post(id="1", tokens=("New York",), entities=(Entity(0, 2, "LOC"),))],
        [post("New", (0, 2, "LOC")), post("York")],
    ]
    assert len({fingerprint(posts) for posts in [[one], *others]}) == 1 + len(others)


def test_the_fingerprint_stays_what_it_was() -> None:
    assert fingerprint([post("Caf\u00e9 \U0001f600", (0, 1, "LOC"))]) == "cb3131398288"


def test_json_has_fractions_and_their_origin() -> None:
    gold, predicted = [post("a b", (0, 1, "PER"), (1, 2, "LOC"))], [post("a b", (0, 1, "PER"))]
    result = json.loads(
        json.dumps(score(gold, predicted, seen=frozenset(), scoring="strict").as_dict())
    )
    assert result == {
        "precision": 1.0,
        "recall": 0.5,
        "f1": pytest.approx(2 / 3),
        "macro_f1": 0.5,
        "gold": 2,
        "predicted": 1,
        "correct": 1,
        "scoring": "strict",
        "gold_fingerprint": fingerprint(gold),
        "posts": 1,
        "per_type": {
            "LOC": {
                "precision": 0.0,
                "recall": 0.0,
                "f1": 0.0,
                "gold": 1,
                "predicted": 0,
                "correct": 0,
            },
            "PER": {
                "precision": 1.0,
                "recall": 1.0,
                "f1": 1.0,
                "gold": 1,
                "predicted": 1,
                "correct": 1,
            },
        },
        "seen": {
            "precision": 0.0,
            "recall": 0.0,
            "f1": 0.0,
            "gold": 0,
            "predicted": 0,
            "correct": 0,
        },
        "unseen": {
            "precision": 1.0,
            "recall": 0.5,
            "f1": pytest.approx(2 / 3),
            "gold": 2,
            "predicted": 1,
            "correct": 1,
        },
    }


def test_the_table_is_aligned_and_names_its_origin() -> None:
    gold, predicted = (
        [post("a b", (0, 1, "PER"), (1, 2, "ORGANISATION"))],
        [post("a b", (0, 1, "PER"))],
    )
    table = score(gold, predicted, seen=frozenset({("a", "PER")})).render(seeds=[1, 2])
    assert table.splitlines() == [
        f"lenient scoring, gold {fingerprint(gold)}, 1 post, seeds 1, 2",
        "                  precision  recall      F1  gold  predicted  correct",
        "all                  100.00   50.00   66.67     2          1        1",
        "ORGANISATION           0.00    0.00    0.00     1          0        0",
        "PER                  100.00  100.00  100.00     1          1        1",
        "mean of types                         50.00",
        "seen in training     100.00  100.00  100.00     1          1        1",
        "unseen                 0.00    0.00    0.00     1          0        0",
    ]


def test_without_seeds_none_are_named() -> None:
    assert "seed" not in score([post("a")], [post("a")]).render()


def test_posts_must_be_the_same() -> None:
    gold = [post("a b", name="x"), post("c d", name="y")]
    with pytest.raises(InputError, match="post 2: gold has id 'y', predicted has 'z'"):
        score(gold, [gold[0], post("c d", name="z")])
    with pytest.raises(
        InputError, match=r"post 2 \(id 'y'\): token 2 is 'd' in gold, 'e' in predicted"
    ):
        score(gold, [gold[0], post("c e", name="y")])
    with pytest.raises(InputError, match=r"post 1 \(id 'x'\): gold has 2 tokens, predicted has 1"):
        score(gold, [post("a", name="x"), gold[1]])
    with pytest.raises(InputError, match="as many predicted posts as gold ones, got 1 and 2"):
        score(gold, gold[:1])


def test_posts_that_are_only_numbered_are_compared_by_their_tokens() -> None:
    gold, numbered = (
        [post("a b", name="x"), post("c d", name="y")],
        [post("a b", name="1"), post("c d", name="2")],
    )
    assert score(gold, numbered).posts == score(numbered, gold).posts == 2
    with pytest.raises(InputError, match="post 1: gold has id 'x', predicted has '2'"):
        score(gold, numbered[::-1])
    with pytest.raises(InputError, match=r"post 1 \(id 'x'\): token 1 is 'a' in gold"):
        score(gold, [post("b b", name="1"), numbered[1]])


def test_posts_must_be_annotated() -> None:
    bare = Post(id="7", tokens=("a",))
    with pytest.raises(InputError, match="post '7' is not annotated"):
        score([post("a", name="7")], [bare])
    with pytest.raises(InputError, match="post '7' is not annotated"):
        fingerprint([bare])


@pytest.mark.parametrize(
    ("corpus", "split", "share"), [("twitter2015", "test", 0.33), ("twitter2017", "valid", 0.54)]
)
def test_the_share_of_seen_mentions_is_the_published_one(
    real_data: Path, corpus: str, split: str, share: float
) -> None:
    train, held_out = (tagged_file(real_data / corpus / f"{name}.txt") for name in ("train", split))
    scores = score(held_out, held_out, seen=mentions(train))
    assert scores.seen is not None
    assert scores.seen.gold / scores.overall.gold == pytest.approx(share, abs=0.005)


def tagged_file(path: Path) -> list[Post]:
    """Posts of an IMGID file, read in the simplest way: the reader has tests of its own."""
    blocks = path.read_text(encoding="utf-8").replace("\r", "").split("IMGID:")[1:]
    pairs = [
        [line.split("\t") for line in block.split("\n")[1:] if "\t" in line] for block in blocks
    ]
    return [
        Post(
            id=str(place),
            tokens=tuple(token for token, _ in lines),
            entities=tuple(Entity(*span) for span in tags_to_spans([tag for _, tag in lines])),
        )
        for place, lines in enumerate(pairs)
    ]


def test_scoring_takes_any_iterable_and_names_the_policies_there_are() -> None:
    posts = [Post("1", ("a", "b"), (Entity(0, 1, "X"),)), Post("2", ("c",), ())]
    assert score(iter(posts), (post for post in posts)) == score(posts, posts)
    with pytest.raises(
        InputError, match="scoring 'x' is not known: expected one of lenient, strict"
    ):
        score(posts, posts, scoring="x")
