"""The service in this process."""

import base64
import json
import logging
import shutil
import threading
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from starlette.testclient import TestClient

from mner.errors import InputError
from mner.posts.schema import post_schema
from mner.serve.door import Access
from mner.serve.limits import Limits
from mner.tagging.starter import starter_model
from tests.cli.test_commands import mner as command
from tests.serve.conftest import Open

TOKEN = "0123456789abcdef"
POSTS: list[dict[str, Any]] = [
    {"id": "a", "text": "RT @ann: landed in Lisbon at last #travel"},
    {"id": 7, "tokens": ["so", "far", "from", "Oslo"], "caption": "a city"},
    {"text": "two\nlines, Rome"},
    {"id": "b", "text": "in Rome", "tokens": ["Rome"], "offsets": [[3, 7]]},
]


def lines(posts: list[dict[str, Any]], folder: Path, *options: str | Path) -> list[str]:
    """What `mner tag` writes for posts."""
    (folder / "posts.jsonl").write_text("".join(json.dumps(post) + "\n" for post in posts))
    result = command("tag", "--input", folder / "posts.jsonl", *options, "--format", "jsonl")
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def problem(answer: Any, status: int) -> str:
    """The detail of a problem document."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    content = answer.json()
    assert (content["type"], content["status"]) == ("about:blank", status)
    return str(content["detail"])


def test_answers_are_the_lines_of_the_command(client: TestClient, tmp_path: Path) -> None:
    expected = lines(POSTS, tmp_path)
    answer = client.post("/v1/tag/batch", json={"posts": POSTS})
    assert answer.text == f'{{"posts": [{", ".join(expected)}]}}'
    alone = lines([{"id": "1"} | post for post in POSTS], tmp_path)
    for post, line in zip(POSTS, alone, strict=True):
        assert client.post("/v1/tag", json=post).text == line
        jsonschema.validate(json.loads(line), post_schema())


def test_a_post_without_words_has_no_entities(client: TestClient) -> None:
    assert client.post("/v1/tag", json={"text": ""}).json()["entities"] == []
    assert client.post("/v1/tag/batch", json={"posts": []}).json() == {"posts": []}


def test_pictures_are_given_as_base64_and_as_files(
    opened: Open, corpus: Path, pixel_model: Path, tmp_path: Path
) -> None:
    client = opened(models={"pixels": pixel_model})
    pictures = corpus / "images"
    shutil.copytree(pictures, tmp_path / "images")
    for number in (0, 1, 2):
        post = {"id": "x", "text": "saw Ann", "picture": f"images/{number}.jpg"}
        (expected,) = lines([post], tmp_path, "--model", pixel_model)
        content = (pictures / f"{number}.jpg").read_bytes()
        encoded = base64.b64encode(content).decode()
        named = post | {"picture": encoded, "picture_name": f"images/{number}.jpg"}
        assert client.post("/v1/tag", json=named).text == expected
        as_url = named | {"picture": f"data:image/jpeg;base64,{encoded}"}
        assert client.post("/v1/tag", json=as_url).text == expected
        form = {"id": "x", "text": "saw Ann"}
        files = {"picture": (f"images/{number}.jpg", content)}
        assert client.post("/v1/tag", data=form, files=files).text == expected
        unnamed = client.post("/v1/tag", json=post | {"picture": encoded}).json()
        assert unnamed == {k: v for k, v in json.loads(expected).items() if k != "picture"}


def test_several_pictures_are_given_as_base64_and_as_files(
    opened: Open, corpus: Path, pixel_model: Path, tmp_path: Path
) -> None:
    client = opened(models={"pixels": pixel_model})
    pictures = corpus / "images"
    shutil.copytree(pictures, tmp_path / "images")
    names = [f"images/{number}.jpg" for number in (0, 1, 2)]
    post = {"id": "x", "text": "saw Ann", "pictures": names}
    (expected,) = lines([post], tmp_path, "--model", pixel_model)
    contents = [(tmp_path / name).read_bytes() for name in names]
    given = [
        {"picture": base64.b64encode(content).decode(), "picture_name": name}
        for name, content in zip(names, contents, strict=True)
    ]
    assert client.post("/v1/tag", json=post | {"pictures": given}).text == expected
    files = [("pictures", pair) for pair in zip(names, contents, strict=True)]
    form = {"id": "x", "text": "saw Ann"}
    assert client.post("/v1/tag", data=form, files=files).text == expected
    empty = [("pictures", ("", b""))]
    assert "pictures" not in client.post("/v1/tag", data=form, files=empty).json()
    bad = [given[0], {"picture": base64.b64encode(b"no picture").decode()}]
    answer = client.post("/v1/tag", json=post | {"pictures": bad})
    assert "picture 2 cannot be read" in problem(answer, 422)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pictures": [{}]}, "picture 1 of `pictures` needs `picture` or `picture_url`"),
        ({"pictures": [{"picture": ""}] * 21}, "21 pictures: expected at most 20"),
        ({"pictures": [{"picture": ""}], "picture": ""}, "both `picture` and `pictures`"),
        ({"pictures": [{"picture": "", "picture_url": "http://a"}]}, "a post has one picture"),
        ({"pictures": [{"picture_url": "ftp://a"}]}, "must be an http or https URL"),
        ({"pictures": ["x"]}, "Expected `object`"),
    ],
)
def test_pictures_that_are_none(client: TestClient, changes: dict[str, Any], message: str) -> None:
    assert message in problem(client.post("/v1/tag", json={"text": "x"} | changes), 422)


def test_words_of_few_pictures_are_read(client: TestClient) -> None:
    given = {"text": "x", "pictures": [{"picture": ""}] * 17, "ocr": True}
    answer = client.post("/v1/tag", json=given)
    assert "17 pictures: expected at most 16 where `ocr` is wanted" in problem(answer, 413)


def test_several_urls_are_followed(opened: Open, corpus: Path, pixel_model: Path) -> None:
    fetched: list[str] = []

    def fetch(url: str) -> bytes:
        fetched.append(url)
        return (corpus / "images" / "0.jpg").read_bytes()

    client = opened(models={"pixels": pixel_model}, fetch=fetch)
    urls = ["https://a.example/1", "https://a.example/2"]
    given = {"text": "saw Ann", "pictures": [{"picture_url": url} for url in urls]}
    assert client.post("/v1/tag", json=given).json()["pictures"] == urls
    assert fetched == urls


def test_a_picture_that_cannot_be_read_is_refused(opened: Open, pixel_model: Path) -> None:
    client = opened(models={"pixels": pixel_model})
    bad = {"text": "saw Ann", "picture": base64.b64encode(b"no picture").decode()}
    assert "the picture cannot be read" in problem(client.post("/v1/tag", json=bad), 422)
    answer = client.post("/v1/tag/batch", json={"posts": [{"text": "Rome"}, bad]})
    assert answer.json()["post"] == 1
    assert client.post("/v1/tag", json={"text": "saw Ann"}).status_code == 200


def test_no_path_of_the_server_is_opened(opened: Open, corpus: Path, pixel_model: Path) -> None:
    client = opened(models={"pixels": pixel_model})
    path = str(corpus / "images" / "0.jpg")
    for post in (
        {"picture": path},
        {"picture_url": path},
        {"picture_url": f"file://{path}"},
        {"picture_name": path},
        {"model": str(pixel_model)},
    ):
        problem(client.post("/v1/tag", json={"text": "saw Ann"} | post), 422)
    files = {"picture": (path, b"not a picture")}
    problem(client.post("/v1/tag", data={"text": "saw Ann"}, files=files), 422)


def test_urls_are_followed_only_where_that_is_allowed(
    opened: Open, corpus: Path, pixel_model: Path
) -> None:
    def fetch(url: str) -> bytes:
        if url.endswith("0.jpg"):
            return (corpus / "images" / "0.jpg").read_bytes()
        raise InputError(f"{url}: cannot be fetched")

    post = {"text": "saw Ann", "picture_url": "https://pictures.example/0.jpg"}
    models = {"pixels": pixel_model}
    closed, client = opened(models=models), opened(models=models, fetch=fetch)
    assert "--allow-urls" in problem(closed.post("/v1/tag", json=post), 422)
    assert client.post("/v1/tag", json=post).json()["picture"] == post["picture_url"]
    assert client.post("/v1/tag", json=post | {"text": "saw Bob"}).status_code == 200
    full = opened(Limits(body_bytes=400, held_bytes=400), models=models, fetch=fetch)
    assert "fill the memory" in problem(full.post("/v1/tag", json=post), 503)
    assert "mner_held_bytes 0.0" in full.get("/metrics").text
    gone = post | {"picture_url": "http://pictures.example/1.jpg"}
    answer = client.post("/v1/tag/batch", json={"posts": [post, {"text": "Rome"}, gone]})
    assert "cannot be fetched" in problem(answer, 422)
    assert answer.json()["post"] == 2


def test_models_are_chosen_by_name(opened: Open, pixel_model: Path) -> None:
    client = opened(models={"first": starter_model(), "second": pixel_model})
    listed = client.get("/v1/models").json()
    assert listed["default"] == "first"
    assert [(model["name"], model["looks_at"]) for model in listed["models"]] == [
        ("first", None),
        ("second", "pictures"),
    ]
    text = {"text": "saw Ann in Rome"}
    default = client.post("/v1/tag", json=text).text
    assert client.post("/v1/tag", json=text | {"model": "first"}).text == default
    assert client.post("/v1/tag", json=text | {"model": "second"}).text != default
    answer = client.post("/v1/tag", json=text | {"model": "third"})
    assert "expected one of first, second" in problem(answer, 422)


def test_only_who_has_the_token_enters(opened: Open) -> None:
    client = opened(access=Access(token=TOKEN))
    wrong: tuple[Any, ...] = (
        {},
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": "Bearer"},
        {"Authorization": b"Bearer \xff"},
    )
    for headers in wrong:
        for path in ("/v1/models", "/metrics", "/openapi.json", "/nothing"):
            answer = client.get(path, headers=headers)
            problem(answer, 401)
            assert answer.headers["www-authenticate"] == "Bearer"
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
    answer = client.get("/v1/models", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200


def test_a_service_answers_to_its_own_names(opened: Open) -> None:
    client = opened(access=Access(hosts=frozenset({"localhost", "[::1]"})))
    for host in ("localhost", "localhost:8000", "LOCALHOST", "[::1]", "[::1]:8000"):
        assert client.get("/healthz", headers={"Host": host}).status_code == 200
    for host in ("evil.example", "localhost.evil.example", "", ":8000"):
        problem(client.get("/healthz", headers={"Host": host}), 421)


def test_every_answer_has_the_headers_that_browsers_obey(client: TestClient) -> None:
    for path in ("/healthz", "/nothing", "/openapi.json", "/metrics", "/v1/tag"):
        headers = client.get(path, headers={"Origin": "https://evil.example"}).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["cache-control"] == "no-store"
        assert not [name for name in headers if name.startswith("access-control-")]


def test_limits_are_kept(opened: Open) -> None:
    limits = Limits(body_bytes=2_000, text=20, posts=2, queue=2, requests=5)
    client = opened(limits)
    assert "more than 2000 bytes" in problem(client.post("/v1/tag", content=b" " * 2_001), 413)
    pieces = iter([b" " * 1_500] * 2)
    assert "more than 2000 bytes" in problem(client.post("/v1/tag", content=pieces), 413)
    for key, value in (("text", "x" * 21), ("caption", "x" * 21), ("tokens", ["x" * 7] * 3)):
        answer = client.post("/v1/tag", json={"text": "x"} | {key: value})
        assert f"`{key}` has 21 characters: expected at most 20" in problem(answer, 422)
    answer = client.post("/v1/tag/batch", json={"posts": [{"text": "x"}] * 3})
    assert "3 posts: expected at most 2" in problem(answer, 413)
    packed = client.post("/v1/tag", content=b"", headers={"Content-Encoding": "gzip"})
    assert "without Content-Encoding" in problem(packed, 415)


def waiting(client: TestClient) -> str:
    (line,) = [
        line
        for line in client.get("/metrics").text.splitlines()
        if line.startswith("mner_waiting_posts ")
    ]
    return line.split()[1]


def test_a_full_queue_and_a_slow_model_are_answered_by_503(opened: Open) -> None:
    client = opened(Limits(queue=2, posts=2, wait_seconds=2, seconds=0.5))
    answers: list[Any] = []

    def ask() -> None:
        answers.append(client.post("/v1/tag/batch", json={"posts": [{"text": "Rome"}] * 2}))

    thread = threading.Thread(target=ask)
    thread.start()
    while waiting(client) != "2.0" and thread.is_alive():
        pass
    full = client.post("/v1/tag", json={"text": "Rome"})
    thread.join()
    assert "2 posts wait already: try again later" in problem(full, 503)
    assert "tagging took longer than 0.5 s" in problem(answers[0], 503)
    assert full.headers["retry-after"] == answers[0].headers["retry-after"] == "1"


def test_metrics_count_requests_posts_and_batches(client: TestClient) -> None:
    client.post("/v1/tag/batch", json={"posts": POSTS})
    client.post("/v1/tag", json={})
    client.get("/secret/of/a/client")
    text = client.get("/metrics").text
    assert 'mner_requests_total{route="/v1/tag/batch",status="200"} 1.0' in text
    assert 'mner_requests_total{route="/v1/tag",status="422"} 1.0' in text
    assert 'mner_requests_total{route="other",status="404"} 1.0' in text
    assert 'mner_posts_total{model="starter"} 4.0' in text
    assert 'mner_batch_posts_count{model="starter"} 1.0' in text
    assert "mner_held_bytes 0.0" in text
    assert "mner_open_requests 0.0" in text
    assert "secret" not in text


@pytest.mark.parametrize("logs_texts", [True, False])
def test_the_log_has_no_text_of_posts_unless_it_is_asked_for(
    opened: Open, caplog: pytest.LogCaptureFixture, logs_texts: bool
) -> None:
    caplog.set_level("INFO")
    logging.getLogger("httpx2").setLevel("WARNING")
    client = opened(logs_texts=logs_texts)
    client.post("/v1/tag?secret=1", json={"text": "saw Ann", "id": "secret", "caption": "secret"})
    client.post("/v1/tag", json={"text": "secret " * 5_000})
    client.post("/v1/tag", content=b'{"secret": 1}', headers={"Content-Type": "application/json"})
    records = [
        json.loads(each.message) for each in caplog.records if each.name == "mner.serve.door"
    ]
    assert [record["status"] for record in records] == [200, 422, 422]
    assert (records[0]["route"], records[0]["posts"]) == ("/v1/tag", 1)
    assert records[0].get("texts") == (["saw Ann"] if logs_texts else None)
    assert "secret" not in caplog.text


def test_fields_of_a_form_that_were_left_empty_are_not_given(client: TestClient) -> None:
    form = {"text": "saw Ann", "id": "", "tokens": "", "caption": "", "model": ""}
    answer = client.post("/v1/tag", data=form, files={"picture": ("", b"")})
    assert answer.text == client.post("/v1/tag", json={"text": "saw Ann"}).text
