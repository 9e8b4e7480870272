"""The page on formats: its commands run, and its tables hold."""

import contextlib
import logging
import re
import shlex
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner

from mner.bio import spans_to_tags
from mner.cli import app
from mner.cli.score import score
from mner.formats import Format, Scheme, SchemeChoice
from mner.posts.exchange.forms import FORMS
from mner.posts.exchange.write import LINE_WRITERS
from mner.posts.table_fields import KNOWN_NAMES
from tests.posts.content import read

PAGE = (Path(__file__).parents[1] / "docs" / "formats.md").read_text(encoding="utf-8")
COLUMNS = PAGE.partition("## Columns")[2].partition("\n## ")[0]
PROGRAMS = PAGE.partition("## Tweets, label tools")[2].partition("\n## ")[0]
FOLDERS = PAGE.partition("## Data sets, brat")[2].partition("\n## ")[0]
TABLES = PAGE.partition("## Tables")[2].partition("\n## ")[0]
CONVERTING = PAGE.partition("## Converting")[2].partition("\n## ")[0]
SCHEMES = dict(re.findall(r"^\| `(\w+)` \|.*\| ([A-Z -]+) \|$", COLUMNS, re.MULTILINE))


def test_the_commands_on_columns(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "corpus.conll").write_text("Lima NNP I-NP B-LOC\nis VBZ I-VP O\n\n")
    (tmp_path / "predicted.conll").write_text("Lima B-LOC B-LOC\nis O O\n\n")
    commands = re.findall("^mner .*$", COLUMNS, re.MULTILINE)
    assert len(commands) == 2
    with contextlib.chdir(tmp_path), caplog.at_level(logging.INFO, "mner"):
        for command in commands:
            result = CliRunner().invoke(app, shlex.split(command)[1:])
            assert result.exit_code == 0, f"{command}\n{result.output}"
    assert "100.00" in result.output
    assert [message.partition(", token")[2] for message in caplog.messages] == [
        " in column 1, tag in column 4",
        " in column 1, tag in column 2",
        " in column 1, tag in column 3",
    ]


def test_the_commands_on_other_programs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "tweets.jsonl").write_text('{"id_str": "1", "text": "in Lima"}\n')
    (tmp_path / "annotated.jsonl").write_text('{"text": "in Lima", "label": [[3, 7, "LOC"]]}\n')
    (tmp_path / "rows.jsonl").write_text('{"tokens": ["Lima"], "ner_tags": [3]}\n')
    commands = re.findall("^mner .*$", PROGRAMS + CONVERTING, re.MULTILINE)
    assert len(commands) == 6
    (tmp_path / "corpus.conll").write_text("Lima\tB-LOC\n\n")
    with contextlib.chdir(tmp_path), caplog.at_level(logging.INFO, "mner"):
        for command in commands:
            result = CliRunner().invoke(app, shlex.split(command)[1:])
            assert result.exit_code == 0, f"{command}\n{result.output}"
    assert result.stdout == "prodigy.jsonl: 1 posts, 1 entities\n"
    assert [message.partition(": ")[2] for message in caplog.messages] == [
        f"read as: {FORMS[name].says}" for name in ("tweets", "doccano", "hf", "doccano")
    ]
    assert (tmp_path / "tasks.json").read_text().startswith("[")


def test_the_forms_that_are_written() -> None:
    assert all(f"`{name}`" in CONVERTING for name in LINE_WRITERS)


def test_the_commands_on_folders_and_documents(tmp_path: Path) -> None:
    (tmp_path / "corpus.conll").write_text("Lima\tB-LOC\n\n")
    commands = re.findall("^mner .*$", FOLDERS, re.MULTILINE)
    assert len(commands) == 5
    with contextlib.chdir(tmp_path):
        for command in commands:
            result = CliRunner().invoke(app, shlex.split(command)[1:])
            assert result.exit_code == 0, f"{command}\n{result.output}"
    assert "LOC" in (tmp_path / "document.tsv").read_text()


def test_the_table_of_forms() -> None:
    assert set(re.findall(r"^\| `([\w-]+)` \|", PROGRAMS, re.MULTILINE)) == set(FORMS)


def test_the_commands_on_tables(tmp_path: Path) -> None:
    (tmp_path / "tweets.csv").write_text("id,text,likes\n1,Ann Roe in Lisbon,3\n")
    (tmp_path / "answers.tsv").write_text("nr\tanswer\n1\tAnn Roe in Lisbon\n")
    (tmp_path / "numbered.tsv").write_text("1\tAnn Roe in Lisbon\n")
    commands = re.findall("^mner .*$", TABLES, re.MULTILINE)
    commands += re.findall("`(mner summary [^`]*)`", TABLES)
    assert len(commands) == 5
    with contextlib.chdir(tmp_path):
        for command in commands:
            result = CliRunner().invoke(app, shlex.split(command)[1:])
            assert result.exit_code == 0, f"{command}\n{result.output}"
    assert "Lisbon" in result.output
    assert '"id": "1"' in (tmp_path / "tagged.jsonl").read_text()


def test_the_names_of_columns_on_the_page_are_known() -> None:
    rows = dict(re.findall(r"^\| (text|id|picture|caption) \| (.*) \|$", TABLES, re.MULTILINE))
    names = {role: re.findall("`([a-z_]+)`", row) for role, row in rows.items()}
    assert names == {role: list(known) for role, known in KNOWN_NAMES.items()}


def test_the_table_of_schemes() -> None:
    assert set(SCHEMES) == set(get_args(Scheme))
    for scheme in get_args(Scheme):
        spans = [(0, 3, "PER")] if scheme == "io" else [(0, 2, "PER"), (2, 3, "PER")]
        tags = spans_to_tags(spans, 3, scheme=scheme)
        assert SCHEMES[scheme].split() == tags
        (post,), _ = read("".join(f"a\t{tag}\n" for tag in [*tags, "O"]))
        assert [entity.span for entity in post.entities or ()] == spans


def test_the_kinds_of_problem_on_the_page_are_those_of_the_reader() -> None:
    _, problems = read("a \tB-a,B-b\n.\tO\n.\n")
    assert {problem.kind for problem in problems} == {
        "padded-token",
        "label-holds-tag",
        "missing-tag",
        "no-blank-line",
    }
    assert all(f"`{problem.kind}`" in COLUMNS for problem in problems)


def test_the_options_offer_what_the_reader_knows() -> None:
    choices = {option.name: getattr(option.type, "choices", ()) for option in score.params}
    assert tuple(choices["scheme"]) == get_args(SchemeChoice)
    assert tuple(choices["input_format"]) == get_args(Format)
