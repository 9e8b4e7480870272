"""The description of the service for programs, beside what the service does."""

import json
from typing import Any

import jsonschema
import pytest
from starlette.testclient import TestClient

import mner
from mner.serve.limits import Limits
from mner.serve.openapi import BATCH_EXAMPLE, ONE_EXAMPLE, components
from tests.serve.conftest import Open
from tests.serve.test_app import problem


def test_the_description_has_examples_and_the_schema_of_posts(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert described["info"]["version"] == mner.__version__
    assert set(described["paths"]) == {"/v1/tag", "/v1/tag/batch", "/v1/models"}
    schemas = described["components"]["schemas"]
    assert schemas == components(["starter"], Limits())["schemas"]
    for name, schema in schemas.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert name in json.dumps(described["paths"]) or name in json.dumps(schemas)
    for path, example in (("/v1/tag", ONE_EXAMPLE), ("/v1/tag/batch", BATCH_EXAMPLE)):
        operation = described["paths"][path]["post"]
        content = operation["requestBody"]["content"]["application/json"]
        assert content["example"] == example
        asked = {**described, **content["schema"]}
        jsonschema.validate(example, asked)
        answer = client.post(path, json=example)
        answered = operation["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.validate(answer.json(), {**described, **answered})
        with pytest.raises(jsonschema.ValidationError, match="is a required property"):
            jsonschema.validate({}, {**described, **answered})


@pytest.mark.parametrize(
    "post",
    [
        {},
        {"text": None},
        {"text": 1},
        {"tokens": [""]},
        {"text": "x", "id": ""},
        {"text": "x", "id": 2**63},
        {"text": "x", "picture": "?"},
        {"text": "x", "picture": "AAA"},
        {"text": "x", "picture_url": "ftp://a/"},
        {"text": "x", "picture_name": "x"},
        {"tokens": ["x"], "offsets": [[0, 1]]},
        {"text": "x", "offsets": [[0, 1]]},
        {"text": None, "tokens": ["x"], "offsets": [[0, 1]]},
        {"text": "x", "picture": None, "picture_name": "x"},
        {"text": "x", "model": "other"},
        {"text": "x", "other": 1},
    ],
    ids=str,
)
def test_the_schema_refuses_what_the_service_refuses(
    client: TestClient, post: dict[str, Any]
) -> None:
    described = client.get("/openapi.json").json()
    schema = {**described, "$ref": "#/components/schemas/PostToTag"}
    assert not jsonschema.Draft202012Validator(schema).is_valid(post)
    problem(client.post("/v1/tag", json=post), 422)


def test_the_schema_bounds_the_posts_of_a_request(opened: Open) -> None:
    client = opened(Limits(posts=20))
    described = client.get("/openapi.json").json()
    schema = {**described, "$ref": "#/components/schemas/PostsToTag"}
    for more, most in (({}, 20), ({"ocr": False}, 20), ({"explain": True}, 16)):
        for count, is_valid in ((most, True), (most + 1, False)):
            asked = {"posts": [{"text": "x"}] * count} | more
            assert jsonschema.Draft202012Validator(schema).is_valid(asked) is is_valid
            status = client.post("/v1/tag/batch", json=asked).status_code
            assert status == (200 if is_valid else 413)


def test_the_schema_of_forms_knows_lists_of_words(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    for words in (
        '["saw", "Ann"]',
        json.dumps(["😀"]),
        json.dumps(['"', "\\", "\u00e9"]),
        "[]",
        "",
    ):
        form = {"text": "", "tokens": words, "picture_url": "", "model": ""}
        jsonschema.validate(form, schemas["FormToTag"])
    for words in ("saw", '["\\ud800"]', '["saw"', '["saw" "Ann"]', '[""]', "[1]"):
        assert not jsonschema.Draft202012Validator(schemas["FormToTag"]).is_valid({"tokens": words})


def test_null_is_as_good_as_nothing(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    schema = {**described, "$ref": "#/components/schemas/PostToTag"}
    properties = described["components"]["schemas"]["PostToTag"]["properties"]
    post = dict.fromkeys(set(properties) - {"picture_name", "offsets"}) | {"text": "saw Ann"}
    jsonschema.validate(post, schema)
    answer = client.post("/v1/tag", json=post)
    assert answer.text == client.post("/v1/tag", json={"text": "saw Ann"}).text
