from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mner.errors import DataWarning, InputError
from mner.evaluation.compare import compare_files
from mner.evaluation.file_scores import score_files
from mner.posts.reading import Columns, ReadingOptions

IOB2 = "Ann\tB-PER\nRoe\tI-PER\nin\tO\nLima\tB-LOC\n\n"
ORPHANS = "Ann\tI-PER\nRoe\tI-PER\nin\tO\nLima\tI-LOC\n\n"
IOB1 = ORPHANS + "Ann\tI-PER\nBob\tB-PER\n\n"
SHORT_IOB2 = IOB2 + "Ann\tB-PER\nBob\tB-PER\n\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gold.conll"


def correct(gold: str, predicted: str, file: Path, **options: str) -> tuple[int, int, int]:
    """Gold, predicted and correct entities in strict scoring."""
    other = file.with_name("predicted.conll")
    file.write_text(gold)
    other.write_text(predicted)
    reading = ReadingOptions(scheme=options.get("scheme", "auto"))  # type: ignore[arg-type]
    scores = score_files(file, other, scoring="strict", reading=reading).scores
    return scores.overall.gold, scores.overall.predicted, scores.overall.correct


def compared(gold: str, predicted: str, file: Path) -> float:
    """F1 of predictions in a strict comparison."""
    other = file.with_name("predicted.conll")
    file.write_text(gold)
    other.write_text(predicted)
    result = compare_files(file, [file], [other], scoring="strict", resamples=5)
    return result.b[str(other)]


@contextmanager
def warned() -> Iterator[None]:
    with (
        pytest.warns(DataWarning, match=r"predicted\.conll: looks like IOB1, but .*gold\.conll is"),
        pytest.warns(DataWarning, match="continues no entity: left out"),
    ):
        yield


def test_orphans_of_a_system_do_not_pass_for_iob1(file: Path) -> None:
    with warned():
        assert correct(IOB2, ORPHANS, file) == (2, 0, 0)
    with warned():
        assert correct(SHORT_IOB2, IOB1, file) == (4, 1, 1)
    with warned():
        assert compared(SHORT_IOB2, IOB1, file) == pytest.approx(2 / 5)


def test_beside_gold_in_iob1_they_are_iob1(file: Path) -> None:
    assert correct(IOB1, IOB1, file) == (4, 4, 4)
    assert correct(IOB1, ORPHANS + "Ann\tI-PER\nBob\tI-PER\n\n", file) == (4, 3, 2)
    assert correct(IOB1, SHORT_IOB2, file) == (4, 4, 4)


def test_gold_of_orphans_alone_needs_its_scheme(file: Path) -> None:
    with pytest.raises(InputError, match=r"gold\.conll: all entities begin with I-"):
        correct(ORPHANS, IOB2, file)
    assert correct(ORPHANS, ORPHANS, file, scheme="iob1") == (2, 2, 2)


def test_the_schemes_of_both_files_are_recognised(file: Path) -> None:
    bioes = "Ann\tB-PER\nRoe\tE-PER\nin\tO\nLima\tS-LOC\n\n"
    assert correct(IOB2, bioes, file) == (2, 2, 2)
    assert correct(bioes, IOB2, file) == (2, 2, 2)


def test_one_file_holds_gold_and_predictions(file: Path) -> None:
    file.write_text("Ann B-PER B-PER\nin O O\nLima B-LOC O\n\n")
    scores = score_files(file, scoring="lenient").scores
    assert (scores.overall.gold, scores.overall.predicted) == (2, 1)
    columns = ReadingOptions(columns=Columns(tag=3, predicted=2))
    scores = score_files(file, scoring="lenient", reading=columns).scores
    assert (scores.overall.gold, scores.overall.predicted) == (1, 2)


def test_one_file_that_holds_no_predictions(file: Path) -> None:
    file.write_text(IOB2)
    with pytest.raises(InputError, match="have 2 columns, and column 1 cannot hold both token and"):
        score_files(file, scoring="lenient")
    file.write_text('{"tokens": ["a"], "entities": []}\n')
    with pytest.raises(InputError, match=r"is no file in columns.*name the file of predictions"):
        score_files(file, scoring="lenient")


@pytest.mark.parametrize("which", ["gold", "predicted"])
def test_a_file_without_tags_is_refused(file: Path, which: str) -> None:
    bare = IOB2.replace("\tB-PER", "").replace("\tI-PER", "").replace("\tO", "")
    bare = bare.replace("\tB-LOC", "")
    pair = (bare, IOB2) if which == "gold" else (IOB2, bare)
    with pytest.raises(InputError, match=rf"{which}\.conll:1: post '1' is not annotated"):
        correct(*pair, file)
