"""The backend of Label Studio, asked by requests that the real one (1.23.2) sent."""

import asyncio
import base64
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import mner
from mner.errors import InputError
from mner.serve import explainer
from mner.serve.door import Access
from mner.serve.limits import Limits
from tests.serve.conftest import Open
from tests.serve.test_app import TOKEN, problem
from tests.serve.test_explained import lettered

RECORDED: dict[str, dict[str, Any]] = {
    request["name"]: request
    for request in json.loads(
        (Path(__file__).parent / "label_studio_requests.json").read_text(encoding="utf-8")
    )
}
VIEW = (
    '<View><Image name="image" value="$picture"/><Labels name="label" toName="text">'
    '<Label value="PER"/><Label value="LOC"/></Labels><Text name="text" value="$text"/></View>'
)


def send(client: TestClient, name: str, **headers: str) -> Any:
    """Send what Label Studio sent."""
    request = RECORDED[name]
    content = None if request["body"] is None else json.dumps(request["body"]).encode()
    return client.request(
        request["method"], request["path"], content=content, headers=request["headers"] | headers
    )


def predict(client: TestClient, *data: dict[str, Any], config: str = VIEW) -> list[dict[str, Any]]:
    """Return the predictions for tasks, without their scores and versions."""
    tasks = [{"id": number, "data": each} for number, each in enumerate(data)]
    answer = client.post("/predict", json={"tasks": tasks, "label_config": config})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["results"])


def words(prediction: dict[str, Any]) -> list[tuple[str, str]]:
    """The control and the words of each region."""
    return [(region["from_name"], region["value"]["text"]) for region in prediction["result"]]


def picture_url(content: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def test_all_that_label_studio_sends_is_answered(client: TestClient) -> None:
    for name in RECORDED:
        answer = send(client, name)
        assert answer.status_code == 200, (name, answer.text)
        assert isinstance(answer.json(), dict)


def test_connecting_gives_the_version_of_the_model(client: TestClient) -> None:
    assert send(client, "health").json() == {"status": "UP", "model_class": "starter"}
    version = send(client, "setup").json()["model_version"]
    fingerprint = client.get("/v1/models").json()["models"][0]["fingerprint"]
    assert version == f"starter {fingerprint}"
    assert send(client, "versions").json() == {"versions": [version]}
    for prediction in send(client, "predict-2").json()["results"]:
        assert prediction["model_version"] == version


def test_predictions_are_what_the_tagger_finds(client: TestClient) -> None:
    tasks = RECORDED["predict-2"]["body"]["tasks"]
    predictions = send(client, "predict-2").json()["results"]
    posts = list(mner.load().tag([task["data"]["text"] for task in tasks]))
    for post, prediction in zip(posts, predictions, strict=True):
        assert len(post.entities) == len(prediction["result"]) > 0
        probabilities = [entity.probability for entity in post.entities]
        for entity, region in zip(post.entities, prediction["result"], strict=True):
            assert region["value"]["text"] == entity.text
            assert region["value"]["labels"] == [entity.label]
            assert region["score"] == pytest.approx(entity.probability, abs=1e-4)
            assert (region["from_name"], region["to_name"]) == ("label", "text")
        assert prediction["score"] == pytest.approx(min(probabilities), abs=1e-4)


def test_characters_are_counted_as_code_points(client: TestClient) -> None:
    (first, _) = send(client, "predict-2").json()["results"]
    text = RECORDED["predict-2"]["body"]["tasks"][0]["data"]["text"]
    assert "👍" in text
    for region in first["result"]:
        value = region["value"]
        assert text[value["start"] : value["end"]] == value["text"]


def test_labels_stand_for_those_of_the_model(client: TestClient) -> None:
    config = (
        '<View><Labels name="a" toName="t">'
        '<Label value="Person" predicted_values="PER, X"/></Labels>'
        '<Labels name="b" toName="t"><Label value="Place" alias="LOC"/></Labels>'
        '<Labels name="c" toName="t"><Label value="MISC"/></Labels>'
        '<Text name="t" value="$words"/></View>'
    )
    (prediction,) = predict(client, {"words": "saw Ann in Rome"}, config=config)
    found = [(item["from_name"], item["value"]["labels"]) for item in prediction["result"]]
    assert found == [("a", ["Person"]), ("b", ["LOC"])]
    assert len({item["id"] for item in prediction["result"]}) == 2


def test_several_texts_of_a_task_are_tagged(client: TestClient) -> None:
    config = (
        '<View><Text name="t" value="$text"/><Text name="u" value="$caption"/>'
        '<Labels name="a" toName="t,u"><Label value="LOC"/></Labels></View>'
    )
    data = [
        {"text": "in Rome", "caption": "so far from Oslo"},
        {"text": "x", "caption": "far from Lima"},
    ]
    predictions = predict(client, *data, config=config)
    found = [
        [(item["to_name"], item["value"]["text"]) for item in prediction["result"]]
        for prediction in predictions
    ]
    assert found == [[("t", "Rome"), ("u", "Oslo")], [("u", "Lima")]]


def test_more_tasks_than_a_request_may_have_posts_are_tagged(opened: Open) -> None:
    client = opened(Limits(posts=2, queue=2))
    data = [{"text": f"in {city}"} for city in ("Rome", "Oslo", "Lima", "Paris", "London")]
    found = [words(prediction) for prediction in predict(client, *data)]
    assert found == [[("label", each["text"][3:])] for each in data]


def test_nothing_more_is_tagged_when_label_studio_has_gone(
    opened: Open, caplog: pytest.LogCaptureFixture
) -> None:
    body = {"tasks": [{"data": {"text": "in Rome"}}] * 3, "label_config": VIEW}
    messages = [{"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}]
    # It waits for the first task, and has ended the connection before the second.
    said = iter([*messages, None, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(said) or await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    client = opened(Limits(posts=1, queue=1))
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/predict",
        "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"content-type", b"application/json")],
    }
    asyncio.run(client.app(scope, receive, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 408
    assert "the connection ended after 1 of 3 texts and pictures" in caplog.text


def test_a_text_that_cannot_be_tagged_spoils_no_other(
    opened: Open, caplog: pytest.LogCaptureFixture
) -> None:
    client = opened(Limits(text=20))
    bad: list[dict[str, Any]] = [{}, {"text": 1}, {"text": ["Rome"]}, {"text": "Rome " * 5}]
    predictions = predict(client, {"text": "in Rome"}, *bad)
    assert [len(prediction["result"]) for prediction in predictions] == [1, 0, 0, 0, 0]
    assert "left out 3 texts that are no string" in caplog.text
    assert "left out 1 texts of more than 20 characters" in caplog.text


def test_a_project_without_a_label_of_the_model_is_refused(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    for config in ("<View/>", VIEW.replace("PER", "A").replace("LOC", "B")):
        answer = client.post("/setup", json={"schema": config})
        assert "no label of model starter, which finds LOC, ORG" in problem(answer, 422)
        assert "no label of model starter" in caplog.text
    assert "0000" not in caplog.text


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("<View>", "is no XML"),
        ("", "is no XML"),
        ("<View>\0</View>", "is no XML"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><View>&b;</View>', "declares a document type"),
        ("<!DOCTYPE View SYSTEM 'file:///etc/passwd'><View/>", "declares a document type"),
        ("<View>" + " " * 200_000 + "</View>", "expected at most 200000"),
    ],
)
def test_an_interface_that_cannot_be_read_is_refused(
    client: TestClient, config: str, said: str
) -> None:
    assert said in problem(client.post("/setup", json={"schema": config}), 422)
    body = {"tasks": [], "label_config": config}
    assert said in problem(client.post("/predict", json=body), 422)


def test_deep_interfaces_are_read_in_no_time(client: TestClient) -> None:
    deep = "<View>" * 10_000 + '<Label value="PER"/>' * 2_000 + "</View>" * 10_000
    assert client.post("/setup", json={"schema": deep}).status_code == 422
    attributes = '<View a="' + "x" * 100_000 + '"/>'
    assert client.post("/setup", json={"schema": attributes}).status_code == 422


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"tasks": 1}', b'{"tasks": [], "label_config": 1}', b'{"tasks": [1]}'],
)
def test_other_bodies_are_refused(client: TestClient, body: bytes) -> None:
    for path in ("/predict", "/setup"):
        assert 400 <= client.post(path, content=body).status_code < 423


def test_the_token_is_the_password(opened: Open) -> None:
    client = opened(access=Access(token=TOKEN))
    assert "expected the header" in problem(send(client, "health"), 401)
    assert send(client, "health-with-password").status_code == 200
    for wrong in (f"mner:{TOKEN}x", TOKEN, f"{TOKEN}:mner"):
        header = f"Basic {base64.b64encode(wrong.encode()).decode()}"
        assert send(client, "setup", Authorization=header).status_code == 401
    for unreadable in ("Basic ?", "Basic", "Basic /w=="):
        assert send(client, "setup", Authorization=unreadable).status_code == 401


def test_pictures_are_looked_at(
    opened: Open, corpus: Path, pixel_model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = opened(models={"pixels": pixel_model})
    content = (corpus / "images" / "0.jpg").read_bytes()
    given = {"text": "saw Ann", "picture": base64.b64encode(content).decode()}
    expected = client.post("/v1/tag", json=given).json()["entities"]
    without = client.post("/v1/tag", json={"text": "saw Ann"}).json()["entities"]
    assert expected != without
    pictures = (picture_url(content), picture_url(b"no picture"), "data:x,y", None)
    tasks = [{"text": "saw Ann", "picture": picture} for picture in pictures]
    found = predict(client, *tasks, {"text": "saw Ann"})
    assert scores(found[0]) == [entity["probability"] for entity in expected]
    for prediction in found[1:]:
        assert scores(prediction) == [entity["probability"] for entity in without]
    assert "left out 1 pictures that cannot be read" in caplog.text
    assert "left out 1 pictures whose URLs cannot be read" in caplog.text


def scores(prediction: dict[str, Any]) -> list[float]:
    return [item["score"] for item in prediction["result"]]


BOXES = (
    '<View><Image name="image" value="$picture"/><RectangleLabels name="box" toName="image">'
    '<Label value="Place" predicted_values="LOC"/></RectangleLabels><Labels name="label" '
    'toName="text"><Label value="PER"/></Labels><Text name="text" value="$text"/></View>'
)


def test_names_in_pictures_have_boxes(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("rapidocr", reason="needs mner[ocr]")
    picture = picture_url(lettered())
    asked = {"text": "saw Ann", "picture": picture, "ocr": True}
    (name,) = client.post("/v1/tag", json=asked).json()["picture_entities"]
    left, top, right, bottom = (100 * side for side in name["box"])
    tasks = [{"text": "saw Ann", "picture": each} for each in (picture, None, picture_url(b""))]
    first, *others = predict(client, *tasks, config=BOXES)
    person, box = first["result"]
    assert (person["from_name"], person["value"]["text"]) == ("label", "Ann")
    assert {key: box[key] for key in ("from_name", "to_name", "type", "score", "meta")} == {
        "from_name": "box",
        "to_name": "image",
        "type": "rectanglelabels",
        "score": name["probability"],
        "meta": {"text": ["LONDON"]},
    }
    value = {key: pytest.approx(number) for key, number in (("x", left), ("y", top))}
    value |= {"width": pytest.approx(right - left), "height": pytest.approx(bottom - top)}
    assert box["value"] == value | {"rotation": 0, "rectanglelabels": ["Place"]}
    assert [words(other) for other in others] == [[("label", "Ann")]] * 2
    assert "left out 1 pictures that cannot be read" in caplog.text
    many = [{"text": "saw Ann", "picture": picture}] * 17
    assert [len(each["result"]) for each in predict(client, *many, config=BOXES)] == [2] * 17


def test_a_project_of_pictures_alone_has_boxes(client: TestClient) -> None:
    pytest.importorskip("rapidocr", reason="needs mner[ocr]")
    config = (
        '<View><Image name="a" value="$first"/><Image name="b" value="$picture"/>'
        '<RectangleLabels name="box" toName="b"><Label value="LOC"/></RectangleLabels></View>'
    )
    assert client.post("/setup", json={"schema": config}).status_code == 200
    (prediction,) = predict(client, {"picture": picture_url(lettered())}, config=config)
    (box,) = prediction["result"]
    assert (box["to_name"], box["meta"]) == ("b", {"text": ["LONDON"]})


def test_there_are_no_boxes_without_the_extra(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explainer, "find_spec", lambda _: None)
    task = {"text": "saw Ann", "picture": picture_url(lettered())}
    (prediction,) = predict(client, task, config=BOXES)
    assert words(prediction) == [("label", "Ann")]


def test_pictures_are_fetched_only_where_that_is_allowed(
    opened: Open, corpus: Path, pixel_model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        if url.endswith("0.jpg"):
            return (corpus / "images" / "0.jpg").read_bytes()
        raise InputError("there is nothing")

    models = {"pixels": pixel_model}
    closed, client = opened(models=models), opened(models=models, fetch=fetch)
    url, gone = "https://pictures.example/0.jpg", "https://pictures.example/1.jpg"
    tasks = [{"text": "saw Ann", "picture": each} for each in (url, gone)]
    first, second = predict(closed, *tasks)
    assert scores(first) == scores(second)
    assert asked == []
    assert "left out 2 pictures at URLs, which --allow-urls follows" in caplog.text
    first, second = predict(client, *tasks)
    assert scores(first) != scores(second)
    assert set(asked) == {url, gone}


def test_no_path_of_the_server_is_opened(
    opened: Open, corpus: Path, pixel_model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = opened(models={"pixels": pixel_model}, fetch=lambda _url: b"")
    path = str(corpus / "images" / "0.jpg")
    paths = (path, f"file://{path}", "/data/upload/1/0.jpg", f"/data/local-files/?d={path}")
    plain, *others = predict(
        client, {"text": "saw Ann"}, *({"text": "saw Ann", "picture": each} for each in paths)
    )
    assert [each["result"] for each in others] == [plain["result"]] * 4
    assert "left out 4 pictures that are neither data: URLs nor" in caplog.text
    assert str(corpus) not in caplog.text


def test_the_log_names_neither_texts_nor_tokens(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    logging.getLogger("httpx2").setLevel("WARNING")
    for name in RECORDED:
        send(client, name)
    for secret in ("Rome", "Oslo", "0000", "localhost"):
        assert secret not in caplog.text
    assert '"route": "/predict"' in caplog.text


def test_the_posts_of_requests_are_counted(client: TestClient) -> None:
    send(client, "predict-2")
    assert 'mner_posts_total{model="starter"} 2.0' in client.get("/metrics").text
    assert "mner_held_bytes 0.0" in client.get("/metrics").text


def test_overload_is_told(opened: Open) -> None:
    client = opened(Limits(body_bytes=100, held_bytes=100))
    assert send(client, "predict-2").status_code == 413
