"""`mner tag` on pictures with words, from a file of lettering, so that no engine is needed."""

import csv
import json
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image, ImageDraw, ImageFont

from mner.cli import app
from mner.posts.read import read_posts

needs_engine = pytest.mark.skipif(find_spec("rapidocr") is None, reason="rapidocr not installed")

POSTS = [
    {"id": "1", "text": "With Selina Alko", "picture": "sign"},
    {"id": "2", "text": "Blue", "picture": "plain"},
    {"id": "3", "text": "Gone", "picture": "nothing"},
    {"id": "4", "text": "Broken", "picture": "broken"},
    {"id": "5", "text": "No picture"},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = "".join(json.dumps(post) + "\n" for post in POSTS)
    tmp_path.joinpath("posts.jsonl").write_text(lines)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    image = Image.new("RGB", (600, 200), "white")
    font = ImageFont.load_default(48)
    ImageDraw.Draw(image).text((40, 60), "Selina Alko", fill="black", font=font)
    image.save(pictures / "sign.png")
    Image.new("RGB", (64, 64), "blue").save(pictures / "plain.png")
    pictures.joinpath("broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    return tmp_path


def tag(folder: Path, *options: str) -> Result:
    arguments = ["tag", "--input", str(folder / "posts.jsonl")]
    return CliRunner().invoke(app, [*arguments, "--pictures", str(folder / "pictures"), *options])


@needs_engine
def test_names_in_pictures_are_found_and_states_are_said(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out = folder / "tagged.jsonl"
    result = tag(folder, "--output", str(out))
    assert result.exit_code == 0, result.output
    posts = {post.id: post for post in read_posts(out)}
    (name,) = posts["1"].picture_entities or ()
    assert (name.text, name.label, name.line) == ("Selina Alko", "PER", "Selina Alko")
    assert posts["2"].picture_entities == ()
    assert [posts[number].picture_entities for number in "345"] == [None] * 3
    assert "1 read, 1 no text, 1 absent, 1 unreadable (first: post '3'" in caplog.text


@needs_engine
def test_nothing_is_looked_for_without_it(folder: Path) -> None:
    out = folder / "tagged.jsonl"
    with pytest.warns(UserWarning, match=r"text only: --pictures is not used"):
        tag(folder, "--no-ocr", "--output", str(out))
    assert "picture_entities" not in out.read_text()


@needs_engine
def test_each_picture_is_read_once(folder: Path) -> None:
    store, first, second = (folder / name for name in ("kept.jsonl", "1.jsonl", "2.jsonl"))
    assert tag(folder, "--lettering", str(store), "--output", str(first)).exit_code == 0
    kept = store.read_bytes()
    assert len(kept.splitlines()) == 5
    shutil.rmtree(folder / "pictures")
    folder.joinpath("pictures").mkdir()
    assert tag(folder, "--lettering", str(store), "--output", str(second)).exit_code == 0
    assert second.read_bytes() == first.read_bytes()
    assert store.read_bytes() == kept


@needs_engine
def test_tables_and_lines_say_where_a_name_was_found(folder: Path) -> None:
    out = folder / "tagged.csv"
    tag(folder, "--output", str(out))
    with out.open() as stream:
        rows = list(csv.DictReader(stream))
    found = [(row["id"], row["entity"], row["found_in"]) for row in rows if row["entity"]]
    assert found == [("1", "Selina Alko", "text"), ("1", "Selina Alko", "picture")]
    printed = tag(folder, "--format", "text").output
    assert printed.startswith("With [Selina Alko PER")
    assert "(picture: [Selina Alko PER" in printed


@needs_engine
def test_an_explanation_says_that_a_name_is_written(folder: Path) -> None:
    printed = tag(folder, "--format", "text", "--explain").output
    assert "Selina Alko PER: written in the picture" in printed
    first = json.loads(tag(folder, "--format", "jsonl", "--explain").output.splitlines()[0])
    assert first["explanation"]["written_in_the_picture"] == [[1, 3, "PER"]]


@needs_engine
def test_improbable_names_are_left_out(folder: Path) -> None:
    first = json.loads(tag(folder, "--min-probability", "1").output.splitlines()[0])
    assert (first["entities"], first["picture_entities"]) == ([], [])


def test_one_line_says_what_the_extra_would_find(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    find: Callable[[str], object] = find_spec
    monkeypatch.setattr(
        "mner.tagging.lettering.step.find_spec",
        lambda name: None if name == "rapidocr" else find(name),
    )
    assert tag(folder).exit_code == 0
    (record,) = caplog.records
    assert record.getMessage() == (
        "4 posts have pictures; the model reads text only: pip install 'mner[ocr]' finds the "
        "names that are written in them"
    )


def test_options_that_do_not_go_together(folder: Path) -> None:
    result = tag(folder, "--no-ocr", "--lettering", "kept.jsonl")
    assert result.exit_code == 2
    assert "--no-ocr does not go with --lettering" in result.output
    result = CliRunner().invoke(app, ["tag", "In Rome", "--ocr"])
    assert result.exit_code == 2
    assert "--ocr does not go with TEXT" in result.output


@needs_engine
def test_a_file_of_lettering_of_another_engine_is_refused(folder: Path) -> None:
    store = folder / "kept.jsonl"
    store.write_text('{"format": 1, "engine": "other 1"}\n')
    result = tag(folder, "--lettering", str(store))
    assert result.exit_code == 1
    assert "was read by 'other 1' in format 1, expected 'rapidocr" in result.output
