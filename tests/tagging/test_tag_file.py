import io
import json
import logging
import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any, Literal

import pytest
from PIL import Image

from mner.errors import DataWarning, InputError
from mner.tagging.export import export_model
from mner.tagging.output import Output
from mner.tagging.tag_file import tag_file, tag_text
from mner.training.train import train
from tests.tiny import tiny_caption_recipe, tiny_pixel_recipe, tiny_recipe


@pytest.fixture(scope="module")
def model(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text-only model with its graph, which starts without torch."""
    folder = train(tiny_recipe(corpus), tmp_path_factory.mktemp("tag") / "run").model
    export_model(folder)
    return folder


@pytest.fixture(scope="module")
def pixel_model(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tiny_pixel_recipe(corpus), tmp_path_factory.mktemp("pixel") / "run").model


@pytest.fixture
def jsonl(tmp_path: Path) -> Path:
    """Three posts; line 2 is no post."""
    path = tmp_path / "posts.jsonl"
    path.write_text(
        '{"id": "a", "text": "saw  Rome"}\n{"id": \n{"id": "b", "tokens": ["Ann", "was", "here"]}\n{"id": "b", "text": "Oslo"}\n'
    )
    return path


def text_records(
    capsys: pytest.CaptureFixture[str], model: Path, text: str, **options: Any
) -> list[dict[str, Any]]:
    tag_text(model, text, output=Output(), **options)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def ids(lines: str) -> list[str]:
    return [json.loads(line)["id"] for line in lines.splitlines()]


def started(*arguments: object) -> subprocess.Popen[bytes]:
    """The command line in a process of its own."""
    command = [sys.executable, "-m", "mner", "tag", *map(str, arguments)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )


class TestText:
    def test_entities_have_their_place_in_the_text(
        self, model: Path, capsys: pytest.CaptureFixture[str]
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
    def test_odd_text_is_tagged(
        self, model: Path, capsys: pytest.CaptureFixture[str], text: str
    ) -> None:
        (post,) = text_records(capsys, model, text)
        assert [post["text"][start:end] for start, end in post["offsets"]] == post["tokens"]
        for entity in post["entities"]:
            assert post["text"][entity["start_char"] : entity["end_char"]] == entity["text"]

    @pytest.mark.parametrize("words", [5_000, 20_000])
    def test_no_entity_of_a_long_text_is_lost(
        self, model: Path, capsys: pytest.CaptureFixture[str], words: int
    ) -> None:
        (post,) = text_records(capsys, model, "saw Rome and Oslo " * (words // 4))
        assert [entity["text"] for entity in post["entities"]] == ["Rome", "Oslo"] * (words // 4)

    @pytest.mark.parametrize("text", ["", " \r\n\t\u00a0", "\u200b"])
    def test_a_text_without_words(self, model: Path, text: str) -> None:
        with pytest.raises(InputError, match="the text has no words: expected at least one"):
            tag_text(model, text, output=Output())

    def test_improbable_entities_are_left_out(
        self, model: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        everything = text_records(capsys, model, "saw Rome and Ann")[0]["entities"]
        least = sorted(entity["probability"] for entity in everything)[1]
        tag_text(model, "saw Rome and Ann", output=Output(min_probability=least))
        assert (
            json.loads(capsys.readouterr().out)["entities"]
            == [entity for entity in everything if entity["probability"] >= least]
            != everything
        )

    @pytest.mark.parametrize("least", [float("nan"), -0.1, 1.5])
    def test_a_least_probability_that_is_none(self, least: float) -> None:
        with pytest.raises(
            InputError, match=f"min_probability: expected a number from 0 to 1, got {least}"
        ):
            Output(min_probability=least)

    def test_a_text_model_says_that_it_sees_no_picture(
        self, model: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.warns(
            DataWarning, match="the model looks at text only: the picture is left aside"
        ):
            assert (
                text_records(capsys, model, "saw Rome", picture="nowhere.jpg")[0]["picture"]
                == "nowhere.jpg"
            )
        with pytest.warns(
            DataWarning, match="the model looks at text only: the caption is left aside"
        ):
            assert (
                text_records(capsys, model, "saw Rome", caption="a city")[0]["caption"] == "a city"
            )

    def test_pictures_that_are_none(
        self, pixel_model: Path, corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "page.jpg").write_text("<!doctype html>")
        for picture, message in (
            (tmp_path, "the picture is unreadable: not a regular file"),
            ("/dev/zero", "the picture is unreadable: not a regular file"),
            (tmp_path / "page.jpg", "the picture is unreadable: not a JPEG"),
            (tmp_path / "nowhere.jpg", "the picture is absent: no such file"),
            ("http://127.0.0.1/p.jpg", "a URL is followed only with --allow-urls"),
        ):
            with pytest.raises(InputError, match=message):
                tag_text(pixel_model, "saw Rome", picture=str(picture), output=Output())
        jpeg = (corpus / "images" / "3.jpg").read_bytes()
        for given in (
            {"picture": str(corpus / "images" / "3.jpg")},
            {"picture": "http://example.com/p.jpg", "fetch": lambda _: jpeg},
        ):
            (post,) = text_records(capsys, pixel_model, "saw Rome", **given)
            assert post["picture"] == given["picture"]


class TestFile:
    def test_a_bad_post_stops_the_run_after_the_posts_before_it(
        self, model: Path, jsonl: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(InputError, match=r"posts\.jsonl:2: expected one JSON object per line"):
            tag_file(model, str(jsonl), output=Output())
        assert ids(capsys.readouterr().out) == ["a"]

    def test_a_bad_post_is_left_out(
        self,
        model: Path,
        jsonl: Path,
        capsys: pytest.CaptureFixture[str],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        tag_file(model, str(jsonl), output=Output(), on_error="skip")
        posts = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [
            (post["id"], [entity["label"] for entity in post["entities"]]) for post in posts
        ] == [("a", ["LOC"]), ("b", ["PER"]), ("b", ["LOC"])]
        assert [record.message.partition(": expected")[0] for record in caplog.records] == [
            f"skipped: {jsonl}:2",
            "posts that were skipped: 1",
        ]

    def test_words_that_are_given_stay_as_they_are(
        self, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "posts.jsonl").write_text('{"tokens": ["Rome\'s", "x y", "a.b"]}\n')
        tag_file(model, str(tmp_path / "posts.jsonl"), output=Output())
        assert json.loads(capsys.readouterr().out)["tokens"] == ["Rome's", "x y", "a.b"]

    def test_raw_lines(
        self, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "posts.txt").write_text("saw Rome\n\nAnn's\n")
        tag_file(
            model,
            str(tmp_path / "posts.txt"),
            format="text",
            output=Output(style="text", min_probability=1.0),
        )
        assert capsys.readouterr().out == "saw Rome\nAnn's\n"

    def test_captions_come_from_a_file(
        self, model: Path, corpus: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.warns(
            DataWarning, match="the model looks at text only: --captions is left aside"
        ):
            tag_file(
                model, str(corpus / "dev.txt"), captions=corpus / "captions.jsonl", output=Output()
            )
        assert json.loads(capsys.readouterr().out.splitlines()[0])["caption"] == "a man a"

    def test_posts_without_a_caption_are_counted(
        self,
        corpus: Path,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        model = train(tiny_caption_recipe(corpus), tmp_path / "run").model
        (tmp_path / "captions.jsonl").write_text(
            '{"id": "0", "short": "a man"}\n{"id": "1", "short": "!"}\n{"id": "2.jpg", "short": "a city"}\n'
        )
        with caplog.at_level(logging.WARNING):
            tag_file(
                model,
                str(corpus / "dev.txt"),
                captions=tmp_path / "captions.jsonl",
                output=Output(),
            )
        assert caplog.messages == [
            "captions of 12 posts: 11 absent (first: post '1': no word with a vector in '!'); these posts were tagged by their text alone"
        ]

    def test_pictures_come_from_a_store(
        self, pixel_model: Path, corpus: Path, tmp_path: Path
    ) -> None:
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
        self,
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
        assert [
            json.loads(line)["picture"] for line in capsys.readouterr().out.splitlines()
        ] == names
        assert len(caplog.messages) == 1
        assert caplog.messages[0].startswith(
            "pictures of 6 posts: 4 unreadable (first: post '2': not a JPEG, "
        )
        assert caplog.messages[0].endswith(
            ", 1 absent (first: post '5': no such file); these posts were tagged by their text alone"
        )

    def test_a_url_that_is_not_followed_is_said_to_be_one(
        self,
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

    def test_a_folder_of_pictures_that_is_none(
        self, pixel_model: Path, model: Path, corpus: Path
    ) -> None:
        for some_model in (pixel_model, model):
            for pictures in (corpus / "none", corpus / "dev.txt"):
                with pytest.raises(InputError, match=f"{pictures}: no such folder of pictures"):
                    tag_file(
                        some_model, str(corpus / "dev.txt"), pictures=pictures, output=Output()
                    )

    def test_a_page_shows_the_pictures(self, model: Path, tmp_path: Path) -> None:
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
        assert page.count("data:image/jpeg;base64,") == 1
        assert "&lt;" in page
        assert "<b>" not in page
        assert "No picture to show: q.png" in page

    def test_options_that_the_model_makes_nothing_of_are_named_once(
        self, model: Path, pixel_model: Path, corpus: Path, tmp_path: Path
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
            f"{text_only}--features and --pictures are left aside"
        ]
        assert warned(model, captions=captions, fetch=lambda _: b"") == [
            f"{text_only}--captions and --allow-urls are left aside"
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
            "the model looks at text and pictures: --captions is left aside"
        ]

    def test_brat_fills_a_folder_or_a_stream(
        self, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "posts.jsonl").write_text('{"id": "a", "text": "saw Rome"}\n')
        tag_file(
            model, str(tmp_path / "posts.jsonl"), output=Output(tmp_path / "brat", style="brat")
        )
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
        self,
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


class TestStream:
    def test_results_appear_while_input_still_comes(self, model: Path) -> None:
        with started("--model", model, "--input", "-") as process:
            assert process.stdin is not None
            assert process.stdout is not None
            for number in range(3):
                process.stdin.write(b'{"id": "%d", "text": "saw Rome"}\n' % number)
                assert ids(process.stdout.readline().decode()) == [str(number)]
            _, errors = process.communicate()
        assert (process.returncode, errors) == (0, b"")

    def test_an_interrupt_leaves_whole_lines(self, model: Path) -> None:
        with started("--model", model, "--input", "-") as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(b'{"id": "1", "text": "saw Rome"}\n')
            first = process.stdout.readline()
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
            assert process.wait(60) == 130
            assert process.stderr is not None
            assert b"Traceback" not in process.stderr.read()
        assert ids(first.decode()) == ["1"]
        assert rest == b""

    def test_an_error_of_the_input_names_its_line(self, model: Path) -> None:
        with started(
            "--model", model, "--input", "-", "--format", "text", "--min-probability", "1"
        ) as process:
            out, errors = process.communicate(b'{"text": "saw Rome"}\n{"text": "\xff"}\n')
        assert (process.returncode, out) == (1, b"saw Rome\n")
        assert (
            errors
            == b"Error: <stdin>:2: not UTF-8: byte 11 of the line is 0xff; convert the file to UTF-8\n"
        )

    def test_an_argument_that_is_not_utf_8(self, model: Path) -> None:
        command = [
            os.fsencode(sys.executable),
            b"-m",
            b"mner",
            b"tag",
            b"saw Rome \xff",
            b"--model",
            os.fsencode(model),
        ]
        done = subprocess.run(command, capture_output=True, check=True)
        assert json.loads(done.stdout)["text"] == "saw Rome \ufffd"
