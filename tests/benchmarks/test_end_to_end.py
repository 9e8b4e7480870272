"""What the benchmark from end to end prints is a section of a page."""

import pytest

from benchmarks.end_to_end import Seconds, _print, _ratios

TURNS = [
    {
        "in process": Seconds(1000, clock=0.5, processor=0.9),
        "mner tag": Seconds(1000, clock=clock, processor=1.2, peak=90_000),
        "spaCy, tokeniser and ner": Seconds(100, clock=0.5),
    }
    for clock in (0.625, 1.0, 0.625)
]


def test_both_ratios_are_those_of_the_clock() -> None:
    assert _ratios(TURNS) == (
        "By the clock, `mner tag` reaches 80% (80%, 50%, 80%) of the tagger in process; of the "
        "processor's seconds that it takes, 75% are the tagger's. It is 8.00 times as fast as "
        "spaCy (8.00, 5.00, 8.00)."
    )


def test_the_table_has_a_row_for_each_system(capsys: pytest.CaptureFixture[str]) -> None:
    _print(TURNS)
    assert "| mner tag | 1600 | 1600, 1000, 1600 | 1200 | 90 |" in capsys.readouterr().out
