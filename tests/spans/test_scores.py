import json
from dataclasses import replace

import msgspec
import pytest

from mner.spans.gold import fingerprint
from mner.spans.score import score
from mner.spans.scores import Counts, ScoreRecord
from tests.spans.posts import post


def test_rates() -> None:
    counts = Counts(gold=4, predicted=3, correct=2)
    assert (counts.precision, counts.recall, counts.f1) == pytest.approx((2 / 3, 1 / 2, 4 / 7))


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


def test_without_training_mentions_there_is_no_seen() -> None:
    scores = score([post("a")], [post("a")])
    assert scores.seen is None
    assert scores.as_dict()["unseen"] is None


def test_a_record_is_read_from_its_json() -> None:
    gold, predicted = [post("a b", (0, 1, "PER"), (1, 2, "LOC"))], [post("a b", (0, 1, "PER"))]
    for seen in (None, frozenset({("a", "PER")})):
        scores = score(gold, predicted, seen=seen)
        assert msgspec.convert(scores.as_dict(), ScoreRecord) == scores.record
        assert msgspec.json.decode(json.dumps(scores.as_dict()), type=ScoreRecord) == scores.record


def test_a_record_with_an_impossible_rate_is_refused() -> None:
    values = score([post("a")], [post("a")]).as_dict()
    for name, value in (("f1", 1.5), ("f1", None), ("scoring", "mild")):
        with pytest.raises(msgspec.ValidationError, match=rf"at `\$.{name}`"):
            msgspec.convert({**values, name: value}, ScoreRecord)


def test_a_single_seed_is_a_seed() -> None:
    first, *_ = score([post("a")], [post("a")]).render(seeds=[3]).splitlines()
    assert first.endswith(", 1 post, seed 3")


def test_posts_of_an_endpoint_are_counted() -> None:
    own, asked = post("a"), replace(post("b"), extra={"source": "endpoint"})
    plain, assisted = score([own, own], [own, own]), score([own, post("b")], [own, asked])
    assert "llm_assisted_posts" not in plain.as_dict()
    assert assisted.as_dict()["llm_assisted_posts"] == 1
    assert "LLM-assisted: 1 of 2 posts have entities of an endpoint" in assisted.render()
