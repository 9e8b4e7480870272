"""Reasons, names in pictures and least probabilities over HTTP."""

import base64
import io
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from PIL import Image, ImageDraw, ImageFont
from starlette.testclient import TestClient

from mner.errors import InputError
from mner.posts.schema import post_schema
from mner.serve import explainer
from mner.serve.limits import Limits
from tests.serve.conftest import Open
from tests.serve.test_app import lines, problem


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def lettered(text: str = "LONDON") -> bytes:
    """A picture with a word."""
    image = Image.new("RGB", (400, 200), "white")
    font = ImageFont.load_default(size=60)
    ImageDraw.Draw(image).text((40, 60), text, fill="black", font=font)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def test_reasons_are_those_of_the_command(opened: Open, corpus: Path, pixel_model: Path) -> None:
    client = opened(models={"pixels": pixel_model})
    posts: list[dict[str, Any]] = [
        {"id": str(number), "text": "saw Ann and Rome", "picture": f"images/{number}.jpg"}
        for number in (0, 1, 2)
    ]
    expected = lines(posts, corpus, "--model", pixel_model, "--explain")
    for post in posts:
        post["picture_name"] = post["picture"]
        post["picture"] = encoded((corpus / str(post["picture"])).read_bytes())
    answer = client.post("/v1/tag/batch", json={"posts": posts, "explain": True})
    assert answer.status_code == 200, answer.text
    for got, line in zip(answer.json()["posts"], expected, strict=True):
        where = got["explanation"].pop("where")
        assert got == json.loads(line)
        rows, columns = where["grid"]
        assert len(where["gate"]) == len(where["words"]) == len(got["tokens"])
        for row in where["words"]:
            assert len(row) == rows * columns
            assert sum(row) == pytest.approx(1, abs=0.01)
        for reason in got["explanation"]["entities"]:
            own = where["words"][reason["start"] : reason["end"]]
            means = [sum(shares) / len(own) for shares in zip(*own, strict=True)]
            assert reason["attention"] == pytest.approx(means, abs=1e-4)


def test_an_explanation_follows_the_schema(opened: Open, corpus: Path, pixel_model: Path) -> None:
    client = opened(models={"pixels": pixel_model})
    picture = (corpus / "images" / "0.jpg").read_bytes()
    form = {"text": "saw Ann", "explain": "true", "min_probability": "0"}
    post = client.post("/v1/tag", data=form, files={"picture": ("", picture)}).json()
    jsonschema.validate(post, post_schema())
    assert post["explanation"]["where"]["words"]
    alone = client.post("/v1/tag", json={"text": "saw Ann", "explain": True}).json()
    jsonschema.validate(alone, post_schema())
    assert alone["explanation"]["where"] == {"grid": None, "words": [], "gate": []}


def test_names_in_pictures_have_boxes(client: TestClient) -> None:
    pytest.importorskip("rapidocr", reason="needs mner[ocr]")
    assert client.get("/v1/models").json()["ocr"] is True
    post = {"text": "saw Ann", "picture": encoded(lettered()), "ocr": True}
    answer = client.post("/v1/tag", json=post).json()
    (name,) = answer["picture_entities"]
    assert (name["text"], name["label"]) == ("LONDON", "LOC")
    left, top, right, bottom = name["box"]
    assert 0 <= left < 0.2 < right <= 1
    assert 0 <= top < 0.5 < bottom <= 1
    assert "picture_entities" not in client.post("/v1/tag", json={"text": "x", "ocr": True}).json()
    batch = [{"text": "saw Ann"}, {"text": "saw Ann", "picture": encoded(b"no picture")}]
    answer = client.post("/v1/tag/batch", json={"posts": batch, "ocr": True})
    assert "the picture cannot be read" in problem(answer, 422)
    assert answer.json()["post"] == 1


def test_words_in_pictures_need_the_extra(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explainer, "find_spec", lambda _: None)
    assert client.get("/v1/models").json()["ocr"] is False
    answer = client.post("/v1/tag", json={"text": "saw Ann", "ocr": True})
    assert "pip install 'mner[ocr]'" in problem(answer, 422)


@pytest.mark.parametrize("explain", [False, True])
def test_less_probable_entities_are_left_out(client: TestClient, explain: bool) -> None:
    post = {"text": "saw Ann in Rome", "explain": explain}
    entities = client.post("/v1/tag", json=post).json()["entities"]
    least, most = sorted(entity["probability"] for entity in entities)
    assert least < most
    answer = client.post("/v1/tag", json=post | {"min_probability": (least + most) / 2}).json()
    assert [entity["probability"] for entity in answer["entities"]] == [most]
    posts = {"posts": [{"text": "saw Ann in Rome"}], "min_probability": 1}
    assert client.post("/v1/tag/batch", json=posts).json()["posts"][0]["entities"] == []
    for wrong in (-0.1, 1.1, "0.5", True):
        problem(client.post("/v1/tag", json=post | {"min_probability": wrong}), 422)


@dataclass
class Slow:
    """Explains nothing before it is allowed to go on, and then fails."""

    entered: threading.Event = field(default_factory=threading.Event)
    goes_on: threading.Event = field(default_factory=threading.Event)
    begun: int = 0

    def __call__(self, _tagger: Any, wanted: Sequence[Any], _words: Any) -> list[Any]:
        self.begun += len(wanted)
        self.entered.set()
        self.goes_on.wait(120)
        raise InputError("there is nothing to explain")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    slow = Slow()
    monkeypatch.setattr("mner.serve.models.explained", slow)
    yield slow
    slow.goes_on.set()


POSTS = [{"text": "saw Ann"}] * 16


def test_posts_that_take_long_do_not_hold_up_others(opened: Open, slow: Slow) -> None:
    client = opened(Limits(seconds=120))
    answers: list[Any] = []

    def ask() -> None:
        answers.append(client.post("/v1/tag", json=POSTS[0] | {"explain": True}))

    thread = threading.Thread(target=ask)
    thread.start()
    assert slow.entered.wait(120)
    assert client.post("/v1/tag/batch", json={"posts": POSTS}).status_code == 200
    assert client.get("/healthz").status_code == 200
    assert thread.is_alive()
    slow.goes_on.set()
    thread.join()
    assert problem(answers[0], 422) == "there is nothing to explain"


def test_posts_that_take_long_are_given_up_when_the_time_is_over(opened: Open, slow: Slow) -> None:
    client = opened(Limits(seconds=0.5))
    answer = client.post("/v1/tag/batch", json={"posts": POSTS, "explain": True})
    assert "tagging took longer than 0.5 s" in problem(answer, 503)
    slow.goes_on.set()
    # The next one is begun after all that were accepted before it.
    while client.post("/v1/tag", json=POSTS[0] | {"explain": True}).status_code != 422:
        pass
    assert slow.begun < 16  # the first batch, whose posts were tried again one by one, and this one


def test_posts_that_take_long_are_fewer(opened: Open) -> None:
    client = opened()
    assert client.get("/v1/models").json()["limits"]["slow_posts"] == 16
    answer = client.post("/v1/tag/batch", json={"posts": [*POSTS, POSTS[0]], "explain": True})
    assert problem(answer, 413) == (
        "17 posts: expected at most 16 where `explain` or `ocr` is wanted"
    )


@pytest.mark.parametrize(
    ("post", "message"),
    [
        (
            {"text": "in Rome", "tokens": ["Paris"]},
            "token 0, 'Paris', is not in the text",
        ),
        (
            {"text": "in Rome", "tokens": ["in", "Rome"], "offsets": [[0, 2], [2, 4]]},
            "token 1 is 'Rome', but the text has ' R' at its `offsets`, 2 to 4",
        ),
    ],
    ids=["text", "offsets"],
)
def test_a_post_that_contradicts_itself_is_refused(
    client: TestClient, post: dict[str, Any], message: str
) -> None:
    detail = problem(client.post("/v1/tag", json=post), 422)
    assert detail == f"the fields of the post contradict: {message}"
    batch = {"posts": [{"text": "in Rome"}, post]}
    answer = client.post("/v1/tag/batch", json=batch)
    assert problem(answer, 422) == f"post 1: {detail}"
    assert answer.json()["post"] == 1


def test_what_can_be_mended_without_loss_is_mended(client: TestClient) -> None:
    post = {"text": "😀 Rome", "tokens": ["😀", "Rome"], "offsets": [[0, 2], [3, 7]]}
    assert client.post("/v1/tag", json=post).json()["offsets"] == [[0, 1], [2, 6]]
