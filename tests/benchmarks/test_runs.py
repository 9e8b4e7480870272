from dataclasses import replace

import pytest

from benchmarks.runs import joined
from mner.workflows.results import Results
from tests.workflows.test_results import RESULTS

FIRST = replace(RESULTS, runs=RESULTS.runs[:2], origin=replace(RESULTS.origin, command="mner train twin.toml --seeds 2 --test x"))
LAST = replace(RESULTS, runs=RESULTS.runs[2:], origin=replace(RESULTS.origin, command="mner train twin.toml --seeds 1 --test x"))


def test_seeds_that_were_trained_apart_are_one_system() -> None:
    for one in (joined(FIRST, LAST), joined(LAST, FIRST)):
        assert one.runs == RESULTS.runs
        assert one.origin.command == "mner train twin.toml --seeds 3 --test x"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (FIRST, r"twin: seeds \[0, 1\] are kept already: begin after them by --first"),
        (replace(LAST, origin=replace(LAST.origin, recipe="[text]\n")), "twin: the runs that are kept are of another recipe"),
        (replace(LAST, fingerprints={"train": "a"}), r"twin: fingerprints is {'train': 'a'}, of the runs that are kept {.*'test': 'c'}: train all seeds anew"),
        (replace(LAST, parameters=8), "twin: parameters is 8, of the runs that are kept 7"),
    ],
)
def test_what_is_not_of_the_same_system_is_not_joined(more: Results, message: str) -> None:
    with pytest.raises(SystemExit, match=message):
        joined(FIRST, more)
