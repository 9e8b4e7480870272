from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev

import pytest

from mner.errors import InputError
from mner.evaluation.evaluate import evaluate
from mner.runs.effects import picture_effects
from mner.runs.folder import read_runs
from mner.runs.scores import Gold, ScoredRun, score_runs, seed_groups
from mner.tagging.results import FoundEntity
from mner.training.train import train
from tests.tiny import tiny_recipe


def test_rows_are_the_scores_of_the_evaluation(
    scored: list[ScoredRun], folders: dict[str, Path], gold: Gold
) -> None:
    expected = evaluate(folders["captions-0"], gold.file, captions=gold.captions).scores
    rows = {row.kind.name: row for row in scored[0].rows}
    assert list(rows) == ["All", *expected.per_type, "Seen in training", "Unseen"]
    assert rows["All"].counts == expected.overall
    assert {name: rows[name].counts for name in expected.per_type} == expected.per_type
    assert (rows["Seen in training"].counts, rows["Unseen"].counts) == (
        expected.seen,
        expected.unseen,
    )
    for row in rows.values():
        assert (row.rates.precision.value, row.rates.recall.value, row.rates.f1.value) == (
            row.counts.precision,
            row.counts.recall,
            row.counts.f1,
        )
        assert row.rates.f1.low <= row.rates.f1.value <= row.rates.f1.high
    counts = scored[0].mistakes.counts
    assert counts["correct"] == expected.overall.correct < expected.overall.gold


def test_a_label_that_only_exchanged_captions_bring_out_is_one_of_the_run(
    scored: list[ScoredRun],
) -> None:
    exchanged = scored[0].exchanged
    assert exchanged is not None
    first, *others = exchanged.tagged
    odd = replace(
        exchanged,
        tagged=(
            replace(first, post=replace(first.post, entities=(FoundEntity(0, 1, "ODD", 0.5),))),
            *others,
        ),
    )
    assert (
        replace(scored[0], exchanged=odd).labels
        == scored[0].labels | {"ODD"}
        == {"LOC", "PER", "ODD"}
    )
    assert scored[2].labels == {"LOC", "PER"}


def test_only_what_looks_at_something_is_scored_with_exchanged_pictures(
    scored: list[ScoredRun], folders: dict[str, Path], gold: Gold
) -> None:
    assert [one.exchanged is None for one in scored] == [False, False, True]
    assert [one.exchanged_rates is None for one in scored] == [False, False, True]
    shuffled = evaluate(
        folders["captions-1"], gold.file, captions=gold.captions, control="shuffled"
    )
    assert scored[1].exchanged_rates is not None
    assert scored[1].exchanged_rates.f1.value == shuffled.scores.f1


def test_runs_that_differ_in_their_seeds_are_one_group(scored: list[ScoredRun]) -> None:
    (group,) = seed_groups(scored)
    f1 = [one.given.scores.f1 for one in scored[:2]]
    assert (group.names, group.seeds) == (("captions-0", "captions-1"), (0, 1))
    assert (group.mean, group.deviation) == pytest.approx((mean(f1), stdev(f1)))
    assert group.rates.f1.value == pytest.approx(mean(f1))
    assert seed_groups(scored[1:]) == []


def test_a_copy_of_a_run_is_no_other_seed(scored: list[ScoredRun]) -> None:
    copy = replace(scored[0], run=replace(scored[0].run, name="copy"))
    assert seed_groups([scored[0], copy]) == []
    assert [effect.is_chance for effect in picture_effects([scored[0], copy], twin=None)] == [
        False,
        False,
    ]
    (group,) = seed_groups([scored[0], copy, scored[1]])
    assert group.seeds == (0, 1)


def test_what_runs_look_at_must_be_given(folders: dict[str, Path], gold: Gold) -> None:
    with pytest.raises(
        InputError, match="the model looks at captions: name their file with --captions"
    ):
        score_runs(read_runs([folders["captions-0"]]), replace(gold, captions=None))


def test_runs_that_read_the_gold_in_different_ways_are_an_error(
    folders: dict[str, Path], corpus: Path, tmp_path: Path
) -> None:
    recipe = tiny_recipe(corpus)
    train(
        replace(
            recipe,
            data=replace(recipe.data, columns="token=1,tag=2"),
            training=replace(recipe.training, epochs=1),
        ),
        tmp_path / "second",
    )
    (tmp_path / "gold.txt").write_text("IMGID:1\nAnn\tB-PER\tO\n")
    message = (
        r"gold\.txt: read in different ways by the recipes of the runs "
        r"\(text reads gold \w+, second reads"
    )
    with pytest.raises(InputError, match=message):
        score_runs(
            read_runs([folders["text"], tmp_path / "second"]),
            Gold(tmp_path / "gold.txt", scoring="strict"),
        )
