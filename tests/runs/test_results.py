import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mner.runs.results import Origin, Results, Summary
from mner.runs.results_file import read_results, write_results
from mner.runs.seed_result import ControlRecord, SeedResult
from mner.spans.bootstrap import bootstrap
from mner.spans.scores import RateRecord, ScoreRecord
from mner.tagging.about import Environment, Hardware


def scores(f1: float) -> ScoreRecord:
    person = RateRecord(precision=0.5, recall=0.5, f1=f1 / 2, gold=2, predicted=2, correct=1)
    return ScoreRecord(
        precision=0.5,
        recall=0.5,
        f1=f1,
        gold=2,
        predicted=2,
        correct=1,
        macro_f1=0.5,
        scoring="lenient",
        gold_fingerprint="c",
        posts=4,
        per_type={"PER": person},
        seen=None,
        unseen=None,
    )


def run(seed: int, dev: float, test: float) -> SeedResult:
    return SeedResult(
        seed,
        dev=scores(dev),
        test={"given": ControlRecord.of(scores(test))},
        best_epoch=3,
        epochs=5,
        seconds=10.0,
        epoch_seconds=2.0,
    )


RESULTS = Results(
    origin=Origin("twin", "mner train twin.toml --seeds 3", "[data]\n"),
    looks_at="text only",
    source="none",
    scoring="lenient",
    fingerprints={"train": "a", "dev": "b", "test": "c"},
    parameters=7,
    environment=Environment(Hardware("X", 2, 1, None), {}, None),
    runs=(run(0, 0.5, 0.7), run(1, 0.6, 0.8), run(2, 0.7, 0.6)),
)


def test_a_summary_is_mean_and_deviation_of_the_sample() -> None:
    assert Summary((0.7, 0.8, 0.6)).mean == pytest.approx(0.7)
    assert Summary((0.7, 0.8, 0.6)).deviation == pytest.approx(
        0.1
    )  # the population's would be 0.082
    assert str(Summary((0.7, 0.8, 0.6))) == "70.00 ± 10.00"
    assert str(Summary((0.7,))) == "70.00"


def test_the_interval_is_of_the_mean_by_the_bootstrap_over_posts_and_seeds(
    tmp_path: Path,
) -> None:
    found = ("1/2 0/0 2/2 0/1", "1/1 0/0 3/3 0/0", "0/0 0/1 3/4 0/0")
    counted = replace(
        RESULTS,
        runs=tuple(replace(one, found=each) for one, each in zip(RESULTS.runs, found, strict=True)),
        gold="2 0 3 1",
    )
    counts = np.array(
        [
            [[1, 2, 2], [0, 0, 0], [2, 2, 3], [0, 1, 1]],
            [[1, 1, 2], [0, 0, 0], [3, 3, 3], [0, 0, 1]],
            [[0, 0, 2], [0, 1, 0], [3, 4, 3], [0, 0, 1]],
        ]
    )
    interval = bootstrap({"": counts})[""].f1
    assert counted.interval() == interval
    assert interval.low < interval.value < interval.high
    lines = counted.render().splitlines()
    assert [line[:16].strip() for line in lines[1:]] == ["dev:", "test, given:", ""]
    assert (
        lines[3].strip()
        == f"{interval}, 95% interval of this mean (bootstrap over the posts of test and the seeds)"
    )
    one = replace(counted, runs=counted.runs[:1])
    assert one.render().endswith("interval of this mean (bootstrap over the posts of test)")
    alone = counted.counts(seeds=(1,))
    assert alone is not None
    assert alone.tolist() == counts[1:2].tolist()
    write_results(tmp_path / "results.json", counted)
    assert read_results(tmp_path / "results.json") == counted
    assert (
        json.loads((tmp_path / "results.json").read_text())["f1"]["test, given"]["low"]
        == interval.low
    )


def test_there_is_no_interval_where_single_posts_were_not_recorded() -> None:
    assert RESULTS.interval() is None
    assert replace(RESULTS, gold="2 0 3 1").interval() is None
    assert "other posts" not in RESULTS.render()


def test_seeds_and_types_can_be_chosen() -> None:
    assert RESULTS.test(seeds=(0, 2)).values == (0.7, 0.6)
    assert RESULTS.dev(seeds=(1, 9)).values == (0.6,)
    assert RESULTS.test(label="PER").values == (0.35, 0.4, 0.3)


def test_what_is_printed_says_what_the_numbers_are() -> None:
    text = RESULTS.render()
    for fact in (
        "twin: text only",
        "lenient scoring",
        "gold of dev b, test c",
        "seeds 0, 1, 2",
        "70.00 ± 10.00   (70.00, 80.00, 60.00)",
    ):
        assert fact in text
    untested = replace(
        RESULTS,
        fingerprints={"train": "a", "dev": "b"},
        runs=tuple(replace(one, test={}) for one in RESULTS.runs),
    )
    assert "test" not in untested.render()
