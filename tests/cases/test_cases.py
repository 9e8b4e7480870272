"""Every small input of the folder of cases is read rightly, or refused with a sentence."""

import logging
import os
import warnings
from pathlib import Path

import pytest
from click.testing import CliRunner

from mner.cli import app
from tests.cases import columns, pictures, records, vectors
from tests.cases.case import Case

CASES = Path(os.environ.get("MNER_CASES", Path(__file__).parents[3] / "shared" / "cases"))

TABLES = {
    "columns": columns.ROWS,
    "records": records.ROWS,
    "vectors": vectors.ROWS,
    "pictures": pictures.ROWS,
}

ROWS = [(f"{table}:{row.file}", row) for table, rows in TABLES.items() for row in rows]


@pytest.fixture
def folder() -> Path:
    """The folder of cases, which stands beside the project."""
    if not CASES.is_dir():
        pytest.skip(f"no cases at {CASES}: set MNER_CASES to their folder")
    return CASES


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in ROWS])
def test_an_input_is_read_or_refused(
    row: Case, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    places = {"file": folder / row.file, "cases": folder, "out": tmp_path}
    if row.written:
        (tmp_path / "written.txt").write_text(row.written, encoding="utf-8")
    with caplog.at_level(logging.INFO, "mner"), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        result = CliRunner().invoke(app, row.words(places))
    told = [str(warning.message) for warning in warned] + caplog.messages
    printed = "\n".join([result.output, *told])
    assert result.exit_code == row.exit_code, printed
    assert not row.missing(printed, places), printed


def test_every_case_is_in_a_table(folder: Path) -> None:
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    covered = {name for _, row in ROWS for name in row.files}
    left = there - covered - {"README.md"}
    assert not left, f"in no table: {', '.join(sorted(left))}"


def test_a_row_that_says_something_else_is_noticed() -> None:
    row = Case("a.txt", "score {cases}/b.txt {file}", ("{file}: bad", "worse"), says_not="fine")
    places = {"file": Path("a.txt"), "cases": Path("c")}
    assert row.files == ("a.txt", "b.txt")
    assert row.words(places) == ["score", "c/b.txt", "a.txt"]
    assert row.missing("a.txt: bad, fine", places) == ["worse", "not: fine"]
