"""Tagging one text."""

import json
from pathlib import Path
from typing import Any

import pytest

from mner.errors import DataWarning, InputError
from mner.tagging.output import Output
from mner.tagging.tag_file import tag_text


@pytest.fixture
def model(exported_model: Path) -> Path:
    """A text-only model with its graph, which starts without torch."""
    return exported_model


def text_records(
    capsys: pytest.CaptureFixture[str], model: Path, text: str, **options: Any
) -> list[dict[str, Any]]:
    tag_text(model, text, output=Output(), **options)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_entities_have_their_place_in_the_text(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (post,) = text_records(capsys, model, "saw &amp;  Rome")
    (entity,) = post["entities"]
    assert {
        "text": "Rome",
        "start_char": 11,
        "end_char": 15,
        "label": "LOC",
    }.items() <= entity.items()
    assert 0 < entity["probability"] <= 1


@pytest.mark.parametrize(
    "text",
    [
        "😀👩‍👩‍👧🇩🇪1️⃣",
        "\u202eשלום אני ברומא",
        "a\x00b Rome",
        "x" * 100_000,
        "\ud83d Rome \udcff",
        "a\u200bRome",
        "e\u0301\r\nRome\r",
    ],
    ids=[
        "emoji",
        "right to left",
        "NUL",
        "one long word",
        "half characters",
        "invisible",
        "marks and CR",
    ],
)
def test_odd_text_is_tagged(model: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (post,) = text_records(capsys, model, text)
    assert [post["text"][start:end] for start, end in post["offsets"]] == post["tokens"]
    for entity in post["entities"]:
        assert post["text"][entity["start_char"] : entity["end_char"]] == entity["text"]


@pytest.mark.parametrize("words", [5_000, 20_000])
def test_no_entity_of_a_long_text_is_lost(
    model: Path, capsys: pytest.CaptureFixture[str], words: int
) -> None:
    (post,) = text_records(capsys, model, "saw Rome and Oslo " * (words // 4))
    assert [entity["text"] for entity in post["entities"]] == ["Rome", "Oslo"] * (words // 4)


@pytest.mark.parametrize("text", ["", " \r\n\t\u00a0", "\u200b"])
def test_a_text_without_words(model: Path, text: str) -> None:
    with pytest.raises(InputError, match="the text has no words: expected at least one"):
        tag_text(model, text, output=Output())


def test_improbable_entities_are_left_out(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    everything = text_records(capsys, model, "saw Rome and Ann")[0]["entities"]
    least = sorted(entity["probability"] for entity in everything)[1]
    tag_text(model, "saw Rome and Ann", output=Output(min_probability=least))
    assert (
        json.loads(capsys.readouterr().out)["entities"]
        == [entity for entity in everything if entity["probability"] >= least]
        != everything
    )


@pytest.mark.parametrize("least", [float("nan"), -0.1, 1.5])
def test_a_least_probability_that_is_none(least: float) -> None:
    with pytest.raises(
        InputError, match=f"min_probability: expected a number from 0 to 1, got {least}"
    ):
        Output(min_probability=least)


def test_a_text_model_says_that_it_sees_no_picture(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.warns(DataWarning, match="the model looks at text only: the picture is not used"):
        assert (
            text_records(capsys, model, "saw Rome", pictures=["nowhere.jpg"])[0]["picture"]
            == "nowhere.jpg"
        )
    with pytest.warns(DataWarning, match="the model looks at text only: the caption is not used"):
        assert text_records(capsys, model, "saw Rome", caption="a city")[0]["caption"] == "a city"


def test_pictures_that_are_none(
    pixel_model: Path, corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "page.jpg").write_text("<!doctype html>")
    for picture, message in (
        (tmp_path, "the picture is unreadable: not a regular file"),
        ("/dev/zero", "the picture is unreadable: not a regular file"),
        (tmp_path / "page.jpg", "the picture is unreadable: a web page"),
        (tmp_path / "nowhere.jpg", "the picture is absent: no such file"),
        ("http://127.0.0.1/p.jpg", "a URL is followed only with --allow-urls"),
    ):
        with pytest.raises(InputError, match=message):
            tag_text(pixel_model, "saw Rome", pictures=[str(picture)], output=Output())
    jpeg = (corpus / "images" / "3.jpg").read_bytes()
    for given in (
        {"pictures": [str(corpus / "images" / "3.jpg")]},
        {"pictures": ["http://example.com/p.jpg"], "fetch": lambda _: jpeg},
    ):
        (post,) = text_records(capsys, pixel_model, "saw Rome", **given)
        assert [post["picture"]] == given["pictures"]
