import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mner.errors import InputError, MissingExtraError
from mner.tagging.explain import Explained
from mner.tagging.output import Output, write_results
from mner.tagging.results import Tagged, tagged_post
from mner.types import Attention, PictureState, Post

NOTHING = np.zeros((1, 0), dtype=np.float32)
EXPLAINED, WITH_MODEL = "html, jsonl, text", "conll, csv, html, jsonl, parquet, tsv, xlsx"
KEEPING, TABLES = "csv, jsonl, parquet, tsv, xlsx", "csv, parquet, tsv, xlsx"


def results(*names: str) -> list[Explained]:
    attention = Attention(NOTHING, NOTHING, np.zeros(1, dtype=np.float32), per_word=True)
    posts = [tagged_post(Post(name, (name,)), [(0, 1, "LOC")], [0.75]) for name in names]
    return [Explained(Tagged(post, attention, PictureState.ABSENT), ()) for post in posts]


def write(output: Output, **options: Any) -> None:
    write_results(results("Rome", "Oslo"), output, picture=lambda _: None, model="abc", **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"explain": True, "style": "conll"},
            f"--explain does not go with the format conll: expected {EXPLAINED}",
        ),
        (
            {"explain": True, "style": "html"},
            "--explain --format html writes a page: name its file by --output",
        ),
        ({"style": "xlsx"}, "--format xlsx writes a file: name it by --output"),
        ({"style": "parquet"}, "--format parquet writes a file: name it by --output"),
        ({"rows": "posts"}, f"--rows does not go with the format jsonl: expected {TABLES}"),
        (
            {"with_model": True, "style": "text"},
            f"--with-model does not go with the format text: expected {WITH_MODEL}",
        ),
        ({"sort": "input"}, "--sort does not go with the format jsonl: expected html"),
        (
            {"sort": "picture-effect", "style": "html"},
            "--sort picture-effect goes with --explain, which measures it",
        ),
        (
            {"resume": True},
            "--resume goes with --output to a file whose lines can be continued: conll, csv, "
            "imgid, jsonl, text, tsv; a file of another format is written again from its beginning",
        ),
        (
            {"promise": "precision=0.9", "min_probability": 0.5},
            "--promise does not go with --min-probability: it sets its own",
        ),
        ({"min_probability": 1.5}, ".*from 0 to 1, got 1.5"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}$"):
        Output(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"explain": True},
        {"explain": True, "style": "text"},
        {"explain": True, "path": Path("a.html")},
        {"path": Path("a.xlsx"), "rows": "posts"},
        {"style": "csv", "rows": "entities"},
        {"with_model": True},
        {"with_model": True, "style": "conll"},
        {"sort": "input", "style": "html"},
        {"sort": "picture-effect", "path": Path("a.html"), "explain": True},
        {"resume": True, "path": Path("a.csv")},
        {"promise": "precision=0.9"},
        {"min_probability": 1.0},
    ],
)
def test_options_that_go_together_are_taken(options: dict[str, Any]) -> None:
    Output(**options)


def test_resuming_needs_a_file_of_lines() -> None:
    for path in ("a.html", "a.xlsx"):
        with pytest.raises(InputError, match="--resume goes with --output to a file whose lines"):
            Output(Path(path), resume=True)


@pytest.mark.parametrize(
    ("is_terminal", "style", "final"),
    [(True, None, "text"), (False, None, "jsonl"), (True, "csv", "csv"), (False, "text", "text")],
)
def test_the_format_of_standard_output(
    monkeypatch: pytest.MonkeyPatch, is_terminal: bool, style: Any, final: str
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: is_terminal)
    monkeypatch.setattr(sys, "stdout", stream)
    assert Output(style=style).final_style == final
    monkeypatch.setattr(sys, "stdout", None)
    assert Output(style=style).final_style == (style or "jsonl")


def test_packages_of_tables_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("openpyxl", "pyarrow"):
        monkeypatch.setitem(sys.modules, name, None)
    Output(Path("a.csv")).require_packages()
    for ending in ("xlsx", "parquet"):
        with pytest.raises(MissingExtraError, match=r"pip install 'mner\[tables\]'"):
            Output(Path(f"a.{ending}")).require_packages()


@pytest.mark.parametrize("style", ["jsonl", "csv", "tsv", "text", "conll", "imgid", "html", "brat"])
def test_other_fields_need_a_format_that_holds_them(style: Any) -> None:
    output = Output(style=style)
    if style in KEEPING.split(", "):
        output.require_keeping()
        output.require_escalation()
        return
    with pytest.raises(
        InputError, match=f"^--keep does not go with the format {style}: expected {KEEPING}$"
    ):
        output.require_keeping()
    with pytest.raises(
        InputError, match=f"^--escalate-below does not go with the format {style}: "
    ):
        output.require_escalation()


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"min_probability": 0.1}, "--min-probability"),
        ({"promise": "precision=0.9"}, "--promise"),
        ({"explain": True}, "--explain"),
    ],
)
def test_what_holds_for_the_model_alone_does_not_go_with_an_endpoint(
    options: dict[str, Any], name: str
) -> None:
    message = (
        f"^--escalate-below does not go with {name}, which holds for the model's entities alone$"
    )
    with pytest.raises(InputError, match=message):
        Output(**options).require_escalation()


def test_a_file_of_lines_can_be_resumed_and_a_folder_or_a_page_not(tmp_path: Path) -> None:
    (tmp_path / "old").touch()
    assert Output(tmp_path / "old", style="jsonl").is_resumable
    assert Output(tmp_path / "new.jsonl").is_resumable
    assert not Output(tmp_path / "new.html").is_resumable
    assert not Output(tmp_path, style="jsonl").is_resumable
    assert not Output().is_resumable


@pytest.mark.parametrize("with_model", [False, True])
def test_the_model_is_named_where_it_was_asked_for(
    capsys: pytest.CaptureFixture[str], with_model: bool
) -> None:
    for explain in (False, True):
        write(Output(style="jsonl", with_model=with_model, explain=explain))
        records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [record["id"] for record in records] == ["Rome", "Oslo"]
        assert [record.get("model") for record in records] == ["abc" if with_model else None] * 2
        assert [("explanation" in record) for record in records] == [explain] * 2


@pytest.mark.parametrize("rows", [None, "entities", "posts"])
def test_rows_of_a_table_are_those_that_were_asked_for(tmp_path: Path, rows: Any) -> None:
    write(Output(tmp_path / "a.csv", rows=rows, with_model=True))
    header, first, second = (tmp_path / "a.csv").read_text().splitlines()
    assert ("entities" in header.split(",")) == (rows == "posts")
    assert header.split(",")[-1] == "model"
    assert (first.split(",")[0], second.split(",")[0]) == ("Rome", "Oslo")
    assert first.endswith(",abc")


@pytest.mark.parametrize("rows", [None, "posts"])
@pytest.mark.parametrize("ending", ["xlsx", "parquet"])
def test_whole_tables_have_the_same_rows(tmp_path: Path, ending: str, rows: Any) -> None:
    pd = pytest.importorskip("pandas")
    write(Output(tmp_path / f"a.{ending}", rows=rows, with_model=True))
    read = pd.read_parquet if ending == "parquet" else pd.read_excel
    frame = read(tmp_path / f"a.{ending}")
    assert list(frame["id"]) == ["Rome", "Oslo"]
    assert list(frame["model"]) == ["abc", "abc"]
    assert ("entities" in frame.columns) == (rows == "posts")


@pytest.mark.parametrize(("sort", "first"), [(None, "entities"), ("input", "input")])
def test_a_page_opens_in_the_order_that_was_asked_for(
    tmp_path: Path, sort: Any, first: str
) -> None:
    write(Output(tmp_path / "a.html", sort=sort, with_model=True))
    page = (tmp_path / "a.html").read_text()
    values = [page.index(f'value="{order}"') for order in ("entities", "input")]
    assert (values[0] < values[1]) == (first == "entities")
    assert "abc" in page


def test_a_folder_of_brat_has_the_files_of_each_post(tmp_path: Path) -> None:
    write(Output(tmp_path / "brat", style="brat"))
    assert sorted(path.name for path in (tmp_path / "brat").glob("*.ann")) == [
        "Oslo.ann",
        "Rome.ann",
    ]


@pytest.mark.parametrize(
    ("is_terminal", "no_color", "is_live", "colour"),
    [(True, None, False, True), (True, "1", True, False), (False, None, True, False)],
)
def test_a_terminal_is_flushed_after_each_post_and_coloured_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
    is_terminal: bool,
    no_color: str | None,
    is_live: bool,
    colour: bool,
) -> None:
    stream, flushed = io.StringIO(), []
    monkeypatch.setattr(stream, "isatty", lambda: is_terminal)
    monkeypatch.setattr(stream, "flush", lambda: flushed.append(stream.getvalue().count("Rome")))
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", no_color)
    for explain in (False, True):
        flushed.clear()
        write(Output(style="text", explain=explain), is_live=is_live)
        assert ("\x1b[" in stream.getvalue()) == colour
        assert len(flushed) >= 2


def test_a_file_that_does_not_come_live_is_flushed_seldom(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream, flushed = io.StringIO(), []
    monkeypatch.setattr(stream, "flush", lambda: flushed.append(stream.tell()))
    monkeypatch.setattr(sys, "stdout", stream)
    write(Output(style="jsonl"), is_live=False)
    gathered = len(flushed)
    flushed.clear()
    write(Output(style="jsonl"), is_live=True)
    assert len(flushed) > gathered
