import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from seqeval.metrics import classification_report, f1_score
from seqeval.scheme import IOB2

from mner.bio import Orphans, tags_to_spans
from mner.errors import InputError
from mner.spans.gold import mentions
from mner.spans.score import score
from mner.spans.scores import Counts
from mner.types import Entity, Post
from tests.spans.posts import post

LABELS = ["LOC", "ORG", "PER"]


def from_tags(tags: Sequence[str], orphans: Orphans, name: str) -> Post:
    return post(" ".join("w" for _ in tags), *tags_to_spans(tags, orphans=orphans), name=name)


def posts_of(taggings: Sequence[Sequence[str]], orphans: Orphans) -> list[Post]:
    return [from_tags(tags, orphans, str(number)) for number, tags in enumerate(taggings)]


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
        gold, predicted = (posts_of(side, orphans) for side in taggings)
        ours = score(gold, predicted)
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
    posts = []
    blocks = path.read_text(encoding="utf-8").replace("\r", "").split("IMGID:")[1:]
    for number, block in enumerate(blocks):
        lines = [line.split("\t") for line in block.split("\n")[1:] if "\t" in line]
        spans = tags_to_spans([tag for _, tag in lines])
        tokens = tuple(token for token, _ in lines)
        posts.append(Post(str(number), tokens, tuple(Entity(*span) for span in spans)))
    return posts


def test_scoring_takes_any_iterable_and_names_the_policies_there_are() -> None:
    posts = [Post("1", ("a", "b"), (Entity(0, 1, "X"),)), Post("2", ("c",), ())]
    assert score(iter(posts), (post for post in posts)) == score(posts, posts)
    with pytest.raises(
        InputError, match="scoring 'x' is not known: expected one of lenient, strict"
    ):
        score(posts, posts, scoring="x")
