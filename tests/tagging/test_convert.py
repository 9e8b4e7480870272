import json
import os
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner

from mner.cli import app
from mner.errors import InputError
from mner.posts.exchange.write import LINE_WRITERS
from mner.posts.read import read_posts
from mner.posts.write import write_posts
from mner.tagging.convert import convert
from mner.types import Post

TWEETS = Path(os.environ.get("MNER_DATA", Path(__file__).parents[3] / "shared" / "data")) / "tweets"
DOCCANO = '{"id": 1, "text": "AnnRoe in Lima", "label": [[0, 3, "PER"], [10, 14, "LOC"]]}\n'


def content(posts: list[Post]) -> list[tuple[object, ...]]:
    return [
        (post.tokens, [entity.span for entity in post.entities or ()], post.entities is None)
        for post in posts
    ]


@pytest.mark.filterwarnings("ignore:.*(empty-token|empty-post):mner.errors.DataWarning")
@pytest.mark.parametrize("name", ["btc.dev", "wnut17.dev", "tweebank.dev"])
@pytest.mark.parametrize("form", [*LINE_WRITERS, "webanno", "spacy", "datasets"])
def test_real_corpora_there_and_back(form: str, name: str, tmp_path: Path) -> None:
    source = TWEETS / f"{name}.conll"
    if not source.is_file():
        pytest.skip(f"no corpus at {source}: set MNER_DATA to the folder of data")
    ending = {"webanno": ".tsv", "spacy": ".spacy", "datasets": ""}.get(form, ".jsonl")
    there, back = tmp_path / f"there{ending}", tmp_path / "back.conll"
    counts = convert(source, there, style=form)
    assert convert(there, back) == counts
    posts = list(read_posts(source, on_problem=lambda _: None))
    assert len(posts) == counts.posts
    assert content(list(read_posts(there))) == content(posts)
    assert content(list(read_posts(back))) == content(posts)


EXACT = {
    **{form: f"{form}.jsonl" for form in LINE_WRITERS},
    **{"webanno": "w.tsv", "spacy": "s.spacy", "datasets": "d", "jsonl": "j.jsonl"},
    "conll": "c.conll",
}
"""Formats that keep tokens and entities, and names of files."""


@pytest.mark.filterwarnings("ignore:.*(empty-token|empty-post):mner.errors.DataWarning")
@pytest.mark.parametrize("first", EXACT)
def test_real_posts_between_any_two_formats(first: str, tmp_path: Path) -> None:
    source = TWEETS / "wnut17.dev.conll"
    if not source.is_file():
        pytest.skip(f"no corpus at {source}: set MNER_DATA to the folder of data")
    posts = list(islice(read_posts(source, on_problem=lambda _: None), 100))
    write_posts(posts, tmp_path / "start.conll", format="conll")
    start = tmp_path / f"first-{EXACT[first]}"
    convert(tmp_path / "start.conll", start, style=first)
    for second, name in EXACT.items():
        convert(start, tmp_path / name, style=second)
        assert content(list(read_posts(tmp_path / name))) == content(posts), second


def test_the_command_says_what_it_wrote(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.conll"
    source.write_text(DOCCANO)
    with pytest.warns(UserWarning, match="PER 'Ann' cuts a token: read as 'AnnRoe'"):
        result = CliRunner().invoke(app, ["data", "convert", str(source), str(target)])
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{target}: 1 posts, 2 entities\n"
    assert target.read_text() == "AnnRoe\tB-PER\nin\tO\nLima\tB-LOC\n\n"


def test_tasks_of_label_studio_in_an_array(tmp_path: Path) -> None:
    source, target = tmp_path / "in.conll", tmp_path / "out.json"
    source.write_text("Lima\tB-LOC\n\n")
    convert(source, target, style="label-studio")
    (task,) = json.loads(target.read_text())
    assert task["data"]["text"] == "Lima"


@pytest.mark.parametrize(
    ("name", "style", "message"),
    [
        (
            "out.json",
            None,
            r"out\.json.?: the name does not say the format: .*or --to with one of d",
        ),
        ("out.html", None, "the name does not say the format: expected one of the endings .jsonl,"),
        (
            "out.csv",
            "doccano",
            "and --to doccano contradict one another: .csv is the ending of csv",
        ),
        ("out.jsonl", "word", "--to 'word' is not known: expected one of doccano, label-studio"),
        ("in.jsonl", None, "is the input, or a file of it, and would be replaced"),
    ],
)
def test_what_cannot_be_written_is_refused(
    name: str, style: str | None, message: str, tmp_path: Path
) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"text": "Lima"}\n')
    with pytest.raises(InputError, match=message):
        convert(source, tmp_path / name, style=style)


def test_tables_are_written(tmp_path: Path) -> None:
    source = tmp_path / "in.conll"
    source.write_text("Lima\tB-LOC\n\n")
    convert(source, tmp_path / "out.csv")
    assert "Lima,LOC" in (tmp_path / "out.csv").read_text()
    pytest.importorskip("openpyxl")
    convert(source, tmp_path / "out.book", style="xlsx")
    assert (tmp_path / "out.book").read_bytes().startswith(b"PK")
    pytest.importorskip("pyarrow")
    convert(source, tmp_path / "out.parquet")
    assert (tmp_path / "out.parquet").read_bytes().startswith(b"PAR1")


def test_an_array_of_tasks_is_read_again(tmp_path: Path) -> None:
    source, target = tmp_path / "in.conll", tmp_path / "out.json"
    source.write_text("Lima\tB-LOC\n\n")
    convert(source, target, style="label-studio")
    (post,) = read_posts(target)
    assert [entity.span for entity in post.entities or ()] == [(0, 1, "LOC")]


def test_a_split_of_a_data_set_is_named(tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").write_text('{"id": "1", "tokens": ["Ann"], "entities": []}\n')
    convert(tmp_path / "posts.jsonl", tmp_path / "corpus", style="datasets", split="dev")
    described = json.loads((tmp_path / "corpus" / "dataset_dict.json").read_text())
    assert described == {"splits": ["dev"]}
    assert [post.id for post in read_posts(tmp_path / "corpus" / "dev")] == ["1"]
