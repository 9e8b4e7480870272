import json
from pathlib import Path

import pytest

from mner.errors import InputError
from mner.runs.results_file import read_results, write_results
from tests.runs.test_results import RESULTS


def test_results_survive_the_file(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write_results(path, RESULTS)
    assert read_results(path) == RESULTS
    assert [one.name for one in tmp_path.iterdir()] == ["results.json"]
    written = json.loads(path.read_text())
    assert written["f1"]["test, given"] == {
        "mean": pytest.approx(0.7),
        "deviation": pytest.approx(0.1),
        "each": [0.7, 0.8, 0.6],
    }
    assert written["seeds"] == [0, 1, 2]


def test_results_without_runs_or_of_other_posts_than_their_gold_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write_results(path, RESULTS)
    values = json.loads(path.read_text())
    path.write_text(json.dumps({**values, "runs": []}))
    with pytest.raises(
        InputError,
        match=r"results\.json: runs: expected at least one, got none: this is no results file",
    ):
        read_results(path)
    path.write_text(
        json.dumps({**values, "gold": "1 0", "runs": [{**values["runs"][0], "found": "1/1"}]})
    )
    with pytest.raises(
        InputError,
        match=r"results\.json: seed 0: expected counts of 2 posts in `found`, as in `gold`, got 1",
    ):
        read_results(path)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "results.json").mkdir()
    with pytest.raises(InputError, match=r"results\.json: cannot be written: Is a directory"):
        write_results(tmp_path / "results.json", RESULTS)
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_files_that_are_no_results_are_named(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    with pytest.raises(InputError, match=r"results.json: cannot be read \(No such file"):
        read_results(path)
    for text, problem in (
        ("{", "no results file"),
        ("[]", "no results file"),
        ('{"format": 1}', "no results file"),
        ('{"format": 9}', "format 9, expected 1"),
    ):
        path.write_text(text)
        with pytest.raises(InputError, match=problem):
            read_results(path)


def test_what_does_not_fit_is_named_with_its_key(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write_results(path, RESULTS)
    values = json.loads(path.read_text())
    values["runs"][1]["test"]["given"]["per_type"]["PER"]["f1"] = 40.0
    path.write_text(json.dumps(values))
    with pytest.raises(InputError, match=r"Expected `float` <= 1.* - at .*runs.*per_type.*f1"):
        read_results(path)
