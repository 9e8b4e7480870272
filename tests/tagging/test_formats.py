import os
from pathlib import Path

import pytest

from mner.errors import InputError
from mner.formats import OutputStyle
from mner.tagging.formats import output_style


@pytest.mark.parametrize(
    ("name", "style", "meant"),
    [
        ("a.jsonl", None, "jsonl"),
        ("a.JSONL", None, "jsonl"),
        ("a.csv", None, "csv"),
        ("a.tsv", None, "tsv"),
        ("a.xlsx", None, "xlsx"),
        ("a.parquet", None, "parquet"),
        ("a.conll", None, "conll"),
        ("a.imgid", None, "imgid"),
        ("a.html", None, "html"),
        ("a.html", "html", "html"),
        ("a.out", "text", "text"),
        ("folder", "brat", "brat"),
    ],
)
def test_the_ending_or_the_user_says_the_format(
    name: str, style: OutputStyle | None, meant: OutputStyle
) -> None:
    assert output_style(Path(name), style) == meant


def test_a_pipe_gets_lines_and_a_file_or_folder_needs_a_name(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert output_style(tmp_path / "pipe", None) == "jsonl"
    (tmp_path / "file").touch()
    endings = ".jsonl, .csv, .tsv, .xlsx, .parquet, .conll, .imgid, .html"
    for path in (tmp_path / "file", tmp_path, tmp_path / "none"):
        message = (
            f"^--output '{path}': the name does not say the format: expected one of the endings "
            f"{endings}, or --format$"
        )
        with pytest.raises(InputError, match=message):
            output_style(path, None)


@pytest.mark.parametrize(
    ("name", "style", "advice"),
    [
        ("a.csv", "jsonl", "end it in .jsonl"),
        ("a.csv", "conll", "end it in .conll"),
        ("a.csv", "text", "give it another ending"),
    ],
)
def test_a_name_that_contradicts_the_format_is_refused(
    name: str, style: OutputStyle, advice: str
) -> None:
    message = (
        f"^--output '{name}' and --format {style} contradict one another: .csv is the ending of "
        "csv \\(endings: .jsonl, .csv, .tsv, .xlsx, .parquet, .conll, .imgid, .html\\); "
        f"{advice}, or leave --format out$"
    )
    with pytest.raises(InputError, match=message):
        output_style(Path(name), style)


def test_a_format_that_is_not_known_is_refused() -> None:
    message = "^format 'word' is not known: expected one of jsonl, .*brat"
    with pytest.raises(InputError, match=message):
        output_style(Path("a.jsonl"), "word")  # type: ignore[arg-type]
