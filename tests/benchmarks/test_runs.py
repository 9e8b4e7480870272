from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.runs import compare_systems, joined, machine, machine_of
from mner.runs.results import Results
from mner.tagging.about import Environment, Hardware
from tests.runs.test_results import RESULTS
from tests.tiny import imgid_text

FIRST = replace(
    RESULTS,
    runs=RESULTS.runs[:2],
    origin=replace(RESULTS.origin, command="mner train twin.toml --seeds 2 --test x"),
)
LAST = replace(
    RESULTS,
    runs=RESULTS.runs[2:],
    origin=replace(RESULTS.origin, command="mner train twin.toml --seeds 1 --test x"),
)


def test_the_machine_is_given_with_versions() -> None:
    assert f", numpy {np.__version__}" in machine()


def test_seeds_that_were_trained_apart_are_one_system() -> None:
    for one in (joined(FIRST, LAST), joined(LAST, FIRST)):
        assert one.runs == RESULTS.runs
        assert one.origin.command == "mner train twin.toml --seeds 3 --test x"


def test_the_layout_of_a_recipe_s_toml_does_not_count() -> None:
    first = replace(FIRST, origin=replace(FIRST.origin, recipe="[characters]\nwidths = [2, 3]\n"))
    recipe = "[characters]\nwidths = [\n    2,\n    3,\n]\n"
    last = replace(LAST, origin=replace(LAST.origin, recipe=recipe))
    assert joined(first, last).runs == RESULTS.runs


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (FIRST, r"twin: seeds \[0, 1\] are kept already: begin after them by --first"),
        (
            replace(LAST, runs=(replace(LAST.runs[0], seed=3),)),
            "twin: together the seeds would be 0, 1, 3, expected 0 to 2: begin after those that",
        ),
        (
            replace(LAST, origin=replace(LAST.origin, recipe="[text]\n")),
            "twin: the runs that are kept are of another recipe",
        ),
        (
            replace(LAST, fingerprints={"train": "a"}),
            r"twin: fingerprints is {'train': 'a'}, of the runs that are kept {.*'test': 'c'}: "
            "train all seeds again",
        ),
        (replace(LAST, parameters=8), "twin: parameters is 8, of the runs that are kept 7"),
    ],
)
def test_what_is_not_of_the_same_system_is_not_joined(more: Results, message: str) -> None:
    with pytest.raises(SystemExit, match=message):
        joined(FIRST, more)


def test_a_comparison_of_some_of_the_seeds_does_not_take_the_place_of_one_of_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "test.txt").write_text(imgid_text(4))
    arguments = Namespace(systems=["text-only"], seeds=2, out=tmp_path, install=False)
    for name in ("text-only-seed1", "additive-seed0", "additive-seed1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "test-given.jsonl").write_text((tmp_path / "test.txt").read_text())
    target = tmp_path / "compare-x-text-only-given-additive-given.json"
    target.write_text("old")
    compare_systems(arguments, corpus="x", test=tmp_path / "test.txt")
    assert target.read_text() == "old"
    assert (
        f"{target}: left as it is, since there is no "
        f"{tmp_path / 'text-only-seed0' / 'test-given.jsonl'}: train all seeds"
        in capsys.readouterr().out
    )
    (tmp_path / "text-only-seed1").rename(tmp_path / "text-only-seed0")
    compare_systems(
        Namespace(**{**vars(arguments), "seeds": 1}), corpus="x", test=tmp_path / "test.txt"
    )
    assert '"text-only-seed0/test-given.jsonl": 1.0' in target.read_text()
    assert not capsys.readouterr().out


def test_all_machines_of_the_runs_are_named() -> None:
    facts = Environment(Hardware("X", 2, 1, None), {"mner": "1"}, None)
    other = replace(facts, hardware=Hardware("Y", 8, 1, "G"))
    runs = [
        replace(RESULTS.runs[0], environment=environment) for environment in (facts, other, facts)
    ]
    assert (
        machine_of(replace(RESULTS, runs=tuple(runs)))
        == "Machines: 2 cores of X, no GPU, mner 1; 8 cores of Y, G, mner 1."
    )
    assert (
        machine_of(replace(RESULTS, runs=tuple(runs[::2])))
        == "Machine: 2 cores of X, no GPU, mner 1."
    )
    of_evaluation = replace(
        RESULTS, runs=(runs[0], replace(runs[1], environment=None)), environment=other
    )
    assert (
        machine_of(of_evaluation) == "Machine: 2 cores of X, no GPU, mner 1. "
        "Machine of the evaluation: 8 cores of Y, G, mner 1."
    )
