"""The pages of the service, as they are sent."""

import json
import re
from base64 import b64decode, b64encode
from hashlib import sha256
from io import BytesIO

import pytest
from PIL import Image
from starlette.testclient import TestClient

from mner.serve.door import Access
from mner.serve.examples import examples
from tests.serve.conftest import Open
from tests.serve.test_app import TOKEN


def digests(html: str, tag: str) -> set[str]:
    contents = re.findall(rf"<{tag}>(.*?)</{tag}>", html, flags=re.DOTALL)
    return {f"'sha256-{b64encode(sha256(each.encode()).digest()).decode()}'" for each in contents}


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_may_run_its_own_scripts_only_and_loads_nothing(
    client: TestClient, path: str
) -> None:
    answer = client.get(path)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(
        part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == policy["form-action"] == policy["base-uri"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["connect-src"] == "'self'"
    assert set(policy["script-src"].split()) == (digests(answer.text, "script") or {"'none'"})
    assert {policy["style-src"]} == digests(answer.text, "style")
    assert "style=" not in answer.text
    assert not re.findall(r"(?:src|href)=\"(?!data:|/|$)[^\"]", answer.text)
    assert "://" not in re.sub(r"<script.*?</script>|curl \S+", "", answer.text, flags=re.DOTALL)


def test_pages_are_shown_without_a_token_and_only_by_its_own_names(opened: Open) -> None:
    client = opened(access=Access(token=TOKEN, hosts=frozenset({"localhost"})))
    for path in ("/", "/docs"):
        assert client.get(path, headers={"Host": "localhost"}).status_code == 200
        assert client.get(path, headers={"Host": "evil.example"}).status_code == 421
    assert client.get("/v1/models", headers={"Host": "localhost"}).status_code == 401


def test_the_examples_are_drawn_pictures(client: TestClient) -> None:
    found = examples()
    assert len(found) == 3
    for example in found:
        picture = Image.open(BytesIO(b64decode(example["picture"])))
        assert (picture.format, picture.size) == ("JPEG", (224, 224))
    assert sum(len(example["picture"]) for example in found) < 60_000
    (setting,) = re.findall(r'id="setting">(.*?)</script>', client.get("/").text)
    assert json.loads(setting)["examples"] == list(found)


def test_the_page_on_the_api_has_every_operation_and_key(client: TestClient) -> None:
    html = client.get("/docs").text
    described = client.get("/openapi.json").json()
    for path, methods in described["paths"].items():
        for method in methods:
            assert f"<code>{method.upper()} {path}</code>" in html
    for name in ("PostToTag", "PostsToTag", "TaggedPost", "Models"):
        for key in described["components"]["schemas"][name]["properties"]:
            assert f"<code>{key}</code>" in html
    assert "<td>list of strings</td>" in html
    assert "<td>list of lists of integers</td>" in html
    assert "curl http://testserver/v1/tag -H" in html
