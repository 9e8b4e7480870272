"""What `mner tag` takes its argument for, and how the name of its output decides the format."""

import csv
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from mner.cli import app
from mner.errors import DataWarning
from mner.posts.parquet import parquet_rows
from mner.posts.read import read_posts
from mner.posts.xlsx import xlsx_rows

TEXT = "Ann Lee landed in Lisbon, with Bob"


def mner(*arguments: str | Path, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["tag", *map(str, arguments)], input=stdin)


@pytest.fixture
def posts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    lines = [{"id": "a", "text": TEXT}, {"id": "b", "text": "nothing here"}]
    path = Path("posts.jsonl")
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_a_file_stands_for_its_contents(posts: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "mner")
    named = mner(posts)
    assert named.exit_code == 0, named.output
    assert caplog.messages == ["'posts.jsonl': the contents of this file are tagged, not its name"]
    assert named.stdout == mner("--input", posts).stdout
    assert named.stdout == mner("-", stdin=posts.read_text()).stdout
    assert [json.loads(line)["id"] for line in named.stdout.splitlines()] == ["a", "b"]


@pytest.mark.filterwarnings("ignore:the model looks at text only")
def test_beside_a_caption_the_argument_is_words(
    posts: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "mner")
    result = mner(posts, "--caption", "a city")
    assert json.loads(result.stdout)["text"] == "posts.jsonl"
    assert "'posts.jsonl': taken as words" in caplog.messages[0]


@pytest.mark.parametrize("name", ["lost.jsonl", "lost.csv", "lost.jpg"])
def test_a_name_without_a_file_is_not_tagged(posts: Path, name: str) -> None:
    result = mner(name)
    assert result.exit_code == 1
    assert f"Error: '{name}': there is no such file: expected a text, or the name" in result.stderr
    assert mner(f"look at {name}").exit_code == 0
    assert mner(f"https://a.bc/{name}").exit_code == 0


@pytest.mark.parametrize("arguments", [["{}"], ["--input", "{}"]])
@pytest.mark.parametrize("name", ["a.jpg", "no ending"])
def test_a_picture_is_not_read_as_posts(posts: Path, arguments: list[str], name: str) -> None:
    Image.new("RGB", (8, 8)).save(name, "JPEG")
    result = mner(*(argument.format(name) for argument in arguments))
    assert result.exit_code == 1
    assert "is a picture, expected a text or a file of posts" in result.stderr
    assert f"by --picture {name}" in result.stderr


def test_a_table_has_a_row_for_each_entity_and_loses_no_post(posts: Path) -> None:
    assert mner(posts, "--output", "out.csv", "--with-model").exit_code == 0
    with Path("out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows][-1] == "b"
    assert rows[-1]["entity"] == rows[-1]["label"] == ""
    assert {row["entity"] for row in rows[:-1]} >= {"Ann Lee", "Lisbon"}
    for row in rows[:-1]:
        assert row["text"] == TEXT
        assert TEXT[int(row["start_char"]) : int(row["end_char"])] == row["entity"]
    (model,) = {row["model"] for row in rows}
    assert len(model) == 12
    plain = [json.loads(line) for line in mner(posts, "--with-model").stdout.splitlines()]
    assert {post["model"] for post in plain} == {model}
    assert mner(posts, "--output", "out.html", "--with-model").exit_code == 0
    assert f"entities, model {model}</span>" in Path("out.html").read_text()


def test_columns_say_the_model_in_a_comment(posts: Path) -> None:
    assert mner(posts, "--output", "plain.conll").exit_code == 0
    assert mner(posts, "--output", "out.conll", "--with-model").exit_code == 0
    comment, _, rest = Path("out.conll").read_text().partition("\n")
    assert re.fullmatch("# model = [0-9a-f]{12}", comment)
    assert rest == Path("plain.conll").read_text()
    assert list(read_posts("out.conll")) == list(read_posts("plain.conll"))


@pytest.mark.parametrize("name", ["out.xlsx", "out.parquet"])
def test_whole_tables_hold_the_rows_of_csv(posts: Path, name: str) -> None:
    posts.write_text('{"id": "a", "text": "=Ann Lee, in Lima", "likes": 3, "day": "2026-11-25"}\n')
    for output in ("out.csv", name):
        result = mner(posts, "--keep", "--with-model", "--output", output)
        assert result.exit_code == 0, result.output
    reader = {"out.xlsx": xlsx_rows, "out.parquet": parquet_rows}[name]
    with Path(name).open("rb") as stream:
        rows = [["" if cell is None else str(cell) for cell in row] for row in reader(stream, name)]
    with Path("out.csv").open(newline="") as file:
        assert rows == list(csv.reader(file))
    assert rows[0][-3:] == ["model", "likes", "day"]
    assert rows[1][-2:] == ["3", "2026-11-25"]


def test_other_keys_pass_through_jsonl(posts: Path) -> None:
    other = {"likes": 3, "user": {"name": "Ann"}, "created_at": "2026-11-25T10:00:00Z"}
    posts.write_text(json.dumps({"id": "a", "text": TEXT, **other}))
    tagged = json.loads(mner(posts, "--keep").stdout)
    assert {key: tagged[key] for key in other} == other
    with pytest.warns(DataWarning, match="looks at text only"):
        explained = mner(posts, "--keep", "--explain")
    assert {key: json.loads(explained.stdout)[key] for key in other} == other
    with pytest.warns(DataWarning, match="has `likes`, `user`, `created_at`: left out"):
        plain = json.loads(mner(posts).stdout)
    assert not plain.keys() & other


def test_days_of_kept_fields_are_summarised(posts: Path) -> None:
    posts.write_text(
        json.dumps({"text": TEXT, "created_at": "2026-11-25T10:00:00Z"})
        + "\n"
        + json.dumps({"text": TEXT, "created_at": "Tue Nov 24 22:00:00 +0000 2026"})
        + "\n"
    )
    for name in ("out.jsonl", "out.csv", "out.xlsx", "out.parquet"):
        assert mner(posts, "--keep", "--output", name).exit_code == 0
        result = CliRunner().invoke(app, ["summary", name, "--json"])
        days = [(day["day"], day["posts"]) for day in json.loads(result.stdout)["days"]]
        assert days == [("2026-11-24", 1), ("2026-11-25", 1)]


def test_a_table_of_posts_cannot_be_summarised(posts: Path) -> None:
    assert mner(posts, "--rows", "posts", "--output", "out.csv").exit_code == 0
    result = CliRunner().invoke(app, ["summary", "out.csv"])
    assert result.exit_code == 1
    assert "a table has to have a row for each entity" in " ".join(result.stderr.split())


def test_a_format_that_keeps_nothing_is_refused_beside_keep(posts: Path) -> None:
    result = mner(posts, "--keep", "--output", "out.conll")
    assert result.exit_code == 1
    assert "--keep does not go with the format conll: expected csv, jsonl," in result.stderr


def test_a_row_for_each_post(posts: Path) -> None:
    assert mner(posts, "--output", "out.tsv", "--rows", "posts").exit_code == 0
    header, first, second = Path("out.tsv").read_text().splitlines()
    assert header.split("\t") == ["id", "text", "entities", "picture", "caption"]
    assert first.startswith(f"a\t{TEXT}\tAnn Lee [PER]; Lisbon [LOC]")
    assert second == "b\tnothing here\t\t\t"


def test_probabilities_have_four_digits(posts: Path) -> None:
    post = json.loads(mner(posts).stdout.splitlines()[0])
    probabilities = [entity["probability"] for entity in post["entities"]]
    assert probabilities
    assert probabilities == [round(value, 4) for value in probabilities]


def test_imgid_is_written(posts: Path) -> None:
    posts.write_text(json.dumps({"id": "a", "text": TEXT, "picture": "a"}))
    assert mner(posts, "--output", "out.imgid").exit_code == 0
    assert Path("out.imgid").read_text().startswith("IMGID:a\nAnn\tB-PER\nLee\tI-PER\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            "--output out.xyz",
            "--output 'out.xyz': the name does not say the format: expected one of the endings "
            ".jsonl, .csv, .tsv,",
        ),
        (
            "--output out.csv --format jsonl",
            "--output 'out.csv' and --format jsonl contradict one another: .csv is the ending of "
            "csv (endings: .jsonl, .csv, .tsv,",
        ),
        ("--output out.jsonl --rows posts", "--rows does not go with the format jsonl: expected"),
        ("--output out.conll --explain", "--explain does not go with the format conll: expected"),
        ("--output out.imgid --with-model", "--with-model does not go with the format imgid"),
        ("--output out.xlsx --resume", "--resume goes with --output to a file whose lines can be"),
        ("--format parquet", "--format parquet writes a file: name it by --output"),
        ("--output out.html --resume", "--resume goes with --output to a file whose lines can be"),
    ],
)
def test_outputs_that_contradict_themselves(posts: Path, options: str, message: str) -> None:
    result = mner("--input", posts, *options.split())
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert [path.name for path in Path().iterdir()] == ["posts.jsonl"]


def test_a_file_of_the_format_that_was_asked_for(posts: Path) -> None:
    assert mner(posts, "--output", "out.data", "--format", "conll").exit_code == 0
    assert Path("out.data").read_text().startswith("Ann\tB-PER\n")
