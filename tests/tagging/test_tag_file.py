"""Tagging a file."""

import io
import json
import logging
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any, Literal

import pytest
from PIL import Image

from mner.errors import DataWarning, InputError
from mner.posts.reading import ReadingOptions
from mner.tagging.lettering.step import WordsInPictures
from mner.tagging.output import Output
from mner.tagging.tag_file import tag_file, tag_text
from mner.training.train import train
from tests.tiny import tiny_caption_recipe


@pytest.fixture
def model(exported_model: Path) -> Path:
    """A text-only model with its graph, which starts without torch."""
    return exported_model


@pytest.fixture
def jsonl(tmp_path: Path) -> Path:
    """Three posts; line 2 is no post."""
    path = tmp_path / "posts.jsonl"
    path.write_text(
        '{"id": "a", "text": "saw  Rome"}\n'
        '{"id": \n'
        '{"id": "b", "tokens": ["Ann", "was", "here"]}\n'
        '{"id": "b", "text": "Oslo"}\n'
    )
    return path


def ids(lines: str) -> list[str]:
    return [json.loads(line)["id"] for line in lines.splitlines()]


def test_a_bad_post_stops_the_run_after_the_posts_before_it(
    model: Path, jsonl: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError, match=r"posts\.jsonl:2: expected one JSON object per line"):
        tag_file(model, str(jsonl), output=Output())
    assert ids(capsys.readouterr().out) == ["a"]


def test_a_bad_post_is_left_out(
    model: Path,
    jsonl: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    tag_file(model, str(jsonl), output=Output(), on_error="skip")
    posts = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(post["id"], [entity["label"] for entity in post["entities"]]) for post in posts] == [
        ("a", ["LOC"]),
        ("b", ["PER"]),
        ("b", ["LOC"]),
    ]
    assert [record.message.partition(": expected")[0] for record in caplog.records] == [
        f"skipped: {jsonl}:2",
        "posts that were skipped: 1",
    ]


def test_words_that_are_given_stay_as_they_are(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "posts.jsonl").write_text('{"tokens": ["Rome\'s", "x y", "a.b"]}\n')
    tag_file(model, str(tmp_path / "posts.jsonl"), output=Output())
    assert json.loads(capsys.readouterr().out)["tokens"] == ["Rome's", "x y", "a.b"]


def test_raw_lines(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "posts.txt").write_text("saw Rome\n\nAnn's\n")
    with pytest.warns(DataWarning, match=r"posts\.txt:2: post '2' has no words.*empty-post: 1"):
        tag_file(
            model,
            str(tmp_path / "posts.txt"),
            reading=ReadingOptions(format="text"),
            output=Output(style="text", min_probability=1.0),
        )
    assert capsys.readouterr().out == "saw Rome\n\nAnn's\n"


def test_captions_come_from_a_file(
    model: Path, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.warns(DataWarning, match="the model looks at text only: --captions is not used"):
        tag_file(
            model, str(corpus / "dev.txt"), captions=corpus / "captions.jsonl", output=Output()
        )
    assert json.loads(capsys.readouterr().out.splitlines()[0])["caption"] == "a man a"


def test_an_output_that_is_an_input_is_refused(
    model: Path, corpus: Path, jsonl: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"posts\.jsonl: is the input, or a file of it"):
        tag_file(model, str(jsonl), output=Output(jsonl))
    captions = tmp_path / "captions.jsonl"
    shutil.copy(corpus / "captions.jsonl", captions)
    with pytest.raises(InputError, match=r"captions\.jsonl: is --captions, or a file of it"):
        tag_file(model, str(jsonl), captions=captions, output=Output(captions))


def test_posts_without_a_caption_are_counted(
    corpus: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    model = train(tiny_caption_recipe(corpus), tmp_path / "run").model
    (tmp_path / "captions.jsonl").write_text(
        '{"id": "0", "short": "a man"}\n'
        '{"id": "1", "short": "!"}\n'
        '{"id": "2.jpg", "short": "a city"}\n'
    )
    with caplog.at_level(logging.WARNING):
        tag_file(
            model,
            str(corpus / "dev.txt"),
            captions=tmp_path / "captions.jsonl",
            output=Output(),
        )
    assert caplog.messages == [
        "captions of 12 posts: 11 absent (first: post '1': no word with a vector in '!'); "
        "these posts were tagged by their text alone"
    ]


def test_pictures_come_from_a_store(pixel_model: Path, corpus: Path, tmp_path: Path) -> None:
    with_features, with_pictures, without = (
        tmp_path / name for name in ("features.jsonl", "pictures.jsonl", "neither.jsonl")
    )
    tag_file(
        pixel_model,
        str(corpus / "dev.txt"),
        features=pixel_model.parent / "features",
        output=Output(with_features),
    )
    tag_file(
        pixel_model,
        str(corpus / "dev.txt"),
        pictures=corpus / "images",
        output=Output(with_pictures),
    )
    tag_file(pixel_model, str(corpus / "dev.txt"), output=Output(without))
    probabilities = [
        [
            entity["probability"]
            for line in path.read_text().splitlines()
            for entity in json.loads(line)["entities"]
        ]
        for path in (with_features, with_pictures, without)
    ]
    assert probabilities[0] == pytest.approx(
        probabilities[1], abs=1e-3
    )  # the store is in half precision
    assert probabilities[0] != pytest.approx(probabilities[2], abs=1e-3)


def test_paths_of_pictures_begin_at_the_file(
    pixel_model: Path,
    corpus: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [
        "images/3.jpg",
        "images/6.jpg",
        "images",
        "/dev/zero",
        "5.jpg",
        "http://127.0.0.1/p.jpg",
    ]
    (corpus / "posts.jsonl").write_text(
        "".join(json.dumps({"text": "saw Rome", "picture": name}) + "\n" for name in names)
    )
    monkeypatch.chdir("/")
    with caplog.at_level(logging.WARNING):
        tag_file(pixel_model, str(corpus / "posts.jsonl"), output=Output())
    assert [json.loads(line)["picture"] for line in capsys.readouterr().out.splitlines()] == names
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith(
        "pictures of 6 posts: 4 unreadable (first: post '2': not a JPEG, "
    )
    assert caplog.messages[0].endswith(
        ", 1 absent (first: post '5': no such file); these posts were tagged by their text alone"
    )


def test_a_url_that_is_not_followed_is_said_to_be_one(
    pixel_model: Path,
    corpus: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "posts.jsonl").write_text(
        '{"text": "saw Rome", "picture": "http://example.com/p.jpg"}\n'
    )
    with caplog.at_level(logging.WARNING):
        tag_file(pixel_model, str(tmp_path / "posts.jsonl"), output=Output())
    assert (
        "1 unreadable (first: post '1': a URL is followed only with --allow-urls); these"
        in caplog.messages[0]
    )


def test_a_folder_of_pictures_that_is_none(pixel_model: Path, model: Path, corpus: Path) -> None:
    for some_model in (pixel_model, model):
        for pictures, fault in (
            (corpus / "none", "no such folder of pictures"),
            (corpus / "dev.txt", "is a file, expected a folder of pictures"),
        ):
            with pytest.raises(InputError, match=f"{pictures}: {fault}"):
                tag_file(some_model, str(corpus / "dev.txt"), pictures=pictures, output=Output())


def test_a_page_shows_the_pictures(model: Path, tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "p.png")
    (tmp_path / "posts.jsonl").write_text(
        '{"text": "saw <b>Rome", "picture": "p.png"}\n{"text": "Ann", "picture": "q.png"}\n'
    )
    tag_file(
        model,
        str(tmp_path / "posts.jsonl"),
        output=Output(tmp_path / "page.html", style="html"),
    )
    page = (tmp_path / "page.html").read_text()
    assert page.count('"thumbnail":"data:image/jpeg;base64,') == 1
    assert "&lt;" in page
    assert "<b>" not in page
    assert "No picture in this page: q.png" in page


def test_options_that_the_model_makes_nothing_of_are_named_once(
    model: Path, pixel_model: Path, corpus: Path, tmp_path: Path
) -> None:
    def warned(
        model: Path,
        *,
        style: Literal["jsonl", "html"] = "jsonl",
        explain: bool = False,
        **options: Any,
    ) -> list[str]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            tag_file(
                model,
                str(corpus / "dev.txt"),
                output=Output(tmp_path / "out", style=style, explain=explain),
                words=WordsInPictures(wanted=False),
                **options,
            )
        return [str(one.message) for one in caught]

    captions, pictures, features = (
        corpus / "captions.jsonl",
        corpus / "images",
        pixel_model.parent / "features",
    )
    text_only = "the model looks at text only: "
    assert warned(model, pictures=pictures, features=features) == [
        f"{text_only}--features and --pictures are not used"
    ]
    assert warned(model, captions=captions, fetch=lambda _: b"") == [
        f"{text_only}--captions and --allow-urls are not used"
    ]
    assert warned(model, explain=True) == [
        "--explain: the model looks at text only, so there is nothing to explain by a picture"
    ]
    assert (
        warned(model, pictures=pictures, style="html")
        == warned(model)
        == warned(pixel_model, pictures=pictures, explain=True)
        == []
    )
    assert warned(pixel_model, captions=captions, features=features) == [
        "the model looks at text and pictures: --captions is not used"
    ]


def test_brat_fills_a_folder_or_a_stream(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "posts.jsonl").write_text('{"id": "a", "text": "saw Rome"}\n')
    tag_file(model, str(tmp_path / "posts.jsonl"), output=Output(tmp_path / "brat", style="brat"))
    assert (tmp_path / "brat" / "a.ann").read_text().startswith("T1\tLOC 4 8\tRome\n")
    tag_file(model, str(tmp_path / "posts.jsonl"), output=Output(style="brat"))
    assert capsys.readouterr().out.startswith(
        "==> a.txt <==\nsaw Rome\n==> a.ann <==\nT1\tLOC 4 8\tRome\n"
    )


@pytest.mark.parametrize(
    ("is_terminal", "no_color", "expected"),
    [(True, "", "\x1b[1;36mRome"), (True, "1", "saw [Rome LOC 0"), (False, "", '{"id": "1"')],
)
def test_terminals_get_text_in_colour(
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_terminal: bool,
    no_color: str,
    expected: str,
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: is_terminal)
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("NO_COLOR", no_color)
    tag_text(model, "saw Rome", output=Output())
    assert expected in stream.getvalue()
