import random

import pytest

from mner.spans.align import align
from mner.spans.bootstrap import RESAMPLES, bootstrap, has_label, post_counts
from mner.spans.estimates import Interval
from mner.spans.intervals import few_posts_note, intervals
from tests.spans.posts import letters, random_letters


def test_intervals_of_one_system_name_every_label() -> None:
    posts = align(
        [letters((0, 1, "PER")), letters()], [letters((0, 1, "PER")), letters((1, 2, "LOC"))]
    )
    result = intervals(posts, resamples=20, seed=1)
    assert list(result.per_type) == ["LOC", "PER"]
    counts = post_counts(posts, keep=has_label("PER"))
    assert result.per_type["PER"] == bootstrap({"": counts}, resamples=20, seed=1)[""]
    assert result.overall.f1.value == pytest.approx(2 / 3)
    assert result.as_dict()["per_type"]["LOC"]["f1"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    head = "95% intervals (bootstrap over posts, 20 resamples, seed 1): "
    assert result.render().splitlines()[0].startswith(head + "precision 0.00 to 100.00, recall ")


def test_few_posts_deserve_a_note() -> None:
    assert few_posts_note(30) == []
    (note,) = few_posts_note(29)
    assert note.startswith("posts with entities: 29, too few for the bootstrap: below 30")


def test_bounds_are_shown_in_percent() -> None:
    assert str(Interval(value=0.5, low=0.7177, high=0.74043)) == "71.77 to 74.04"


def test_resamples_and_seed_are_those_of_the_bootstrap_and_are_told() -> None:
    rng = random.Random(3)
    gold, predicted = ([random_letters(rng) for _ in range(12)] for _ in range(2))
    posts = align(gold, predicted)
    counts = post_counts(posts)
    for resamples, seed in ((20, 0), (20, 5), (30, 5)):
        result = intervals(posts, resamples=resamples, seed=seed)
        assert result.overall == bootstrap({"": counts}, resamples=resamples, seed=seed)[""]
        assert (result.resamples, result.seed) == (resamples, seed)
        assert (result.as_dict()["resamples"], result.as_dict()["seed"]) == (resamples, seed)
        assert result.as_dict()["telling_posts"] == sum(
            bool(truth.entities or guess.entities)
            for truth, guess in zip(gold, predicted, strict=True)
        )
    usual = intervals(posts)
    assert usual.overall == bootstrap({"": counts}, resamples=RESAMPLES, seed=0)[""]
    assert (usual.resamples, usual.seed) == (RESAMPLES, 0)
