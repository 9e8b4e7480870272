"""Bodies of hostile clients: each is answered by a problem document, and the service goes on."""

import base64
import io
import json
import random
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from mner.serve.limits import Limits
from tests.serve.conftest import Open
from tests.serve.test_app import problem

FORM = "multipart/form-data; boundary=x"
Body = tuple[str, str, bytes]
"""The address, the Content-Type, and the content."""


def form(*parts: bytes, end: bytes = b"--x--\r\n") -> bytes:
    return b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + end


def part(name: str, content: bytes, more: str = "") -> bytes:
    return f'Content-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + content


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is large."""
    buffer = io.BytesIO()
    Image.new("L", (1, 1)).save(buffer, "PNG")
    content = bytearray(buffer.getvalue())
    content[16:24] = width.to_bytes(4) + height.to_bytes(4)
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4)
    return bytes(content)


def json_bodies() -> Iterator[bytes]:
    yield from (
        b"",
        b"{",
        b"nul",
        b"\xff",
        b'{"text": "\xff"}',
        b"[]",
        b"1",
        b'"x"',
        b"NaN",
        b"{}{}",
    )
    yield from (
        b"[" * 100_000,
        b'{"text":' * 100_000,
        b'{"text": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    )
    yield from (b'{"text": "\\ud800"}', b'{"text": "x", "text2": 1}', b'{"text": "x", "id": ""}')
    yield b'{"text": "x", "id": ' + b"9" * 10_000 + b"}"
    yield b'{"text": "x", "id": ' + b"9" * 100 + b"}"
    yield b'{"text": "x", "id": 1e400}'
    yield b'{"text": "x", "tokens": ["x"], "offsets": [[' + b"9" * 30 + b", 1]]}"
    wrong: list[Any] = [1, 1.5, True, [], {}, ["x", 1], [[]], -1]
    for key in ("text", "tokens", "caption", "picture", "picture_name", "picture_url", "model"):
        for value in wrong:
            if not (key == "tokens" and value == []):
                yield json.dumps({"text": "x", key: value}).encode()
    for post in (
        {},
        {"text": None},
        {"tokens": [""]},
        {"tokens": None},
        {"text": "x", "entities": []},
        {"text": "x", "picture": "?"},
        {"text": "x", "picture": "data:image/png,x"},
        {"text": "x", "picture": "AAAA", "picture_url": "http://a/"},
        {"text": "x", "picture_url": "ftp://a/"},
        {"text": "x", "picture_url": "http://127.0.0.1/"},
        {"text": "x", "picture_name": "x"},
        {"text": "x", "model": "../x"},
        {"text": "x", "id": "x" * 1_000},
        {"tokens": ["x"], "offsets": [[0, 1]]},
    ):
        yield json.dumps(post).encode()


def picture_bodies() -> Iterator[bytes]:
    real = io.BytesIO()
    Image.new("RGB", (50, 50)).save(real, "PNG")
    contents = [
        b"",
        b"GIF89a",
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        bomb(60_000, 60_000),
        bomb(2**31 - 1, 2**31 - 1),
        bomb(0, 0),
        real.getvalue()[:-40],
        b"\xff\xd8\xff\xe0" + bytes(100),
    ]
    for content in contents:
        encoded = base64.b64encode(content).decode()
        yield json.dumps({"text": "saw Ann", "picture": encoded}).encode()
        yield form(part("text", b"saw Ann"), part("picture", content, '; filename="a.png"'))


def form_bodies() -> Iterator[bytes]:
    whole = form(part("text", b"saw Ann"), part("picture", b"x", '; filename="a.png"'))
    yield from (whole[:length] for length in range(0, len(whole) - 5, 7))
    yield from (form(), form(part("text", b"\xff")), form(part("text", b"x"), part("text", b"y")))
    yield from (form(part("secret", b"x")), form(b"\r\nx"), form(*[part("text", b"x")] * 50))
    yield form(part("text", b"x"), part("tokens", b"[1]"))
    yield form(part("text", b"x"), part("picture", b"x", f'; filename="{"x" * 999}"'))
    yield from (form(b"Content-Disposition\r\n\r\nx"), form(b"a" * 70_000))


def bodies() -> Iterator[Body]:
    for body in json_bodies():
        yield "/v1/tag", "application/json", body
        if body:
            yield "/v1/tag/batch", "application/json", b'{"posts": [' + body + b"]}"
    for body in (b'{"posts": 1}', b'{"posts": null}', b"{}", b'{"posts": [1]}', b'{"post": []}'):
        yield "/v1/tag/batch", "application/json", body
    for body in picture_bodies():
        yield "/v1/tag", FORM if body.startswith(b"--x") else "application/json", body
    for body in form_bodies():
        yield "/v1/tag", FORM, body
    for kind in (
        "",
        "text/plain",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "a" * 999,
    ):
        yield "/v1/tag", kind, b'{"text": "x"}'
        yield "/v1/tag/batch", kind, b'{"posts": []}'


@pytest.fixture
def pixels(opened: Open, pixel_model: Path) -> TestClient:
    return opened(Limits(body_bytes=1_000_000), models={"pixels": pixel_model})


def test_hostile_bodies_are_refused_and_the_service_goes_on(pixels: TestClient) -> None:
    tried = list(bodies())
    assert len(tried) > 200
    for path, kind, content in tried:
        answer = pixels.post(path, content=content, headers={"Content-Type": kind})
        assert 400 <= answer.status_code < 500, (path, kind, content[:200], answer.text)
        assert len(problem(answer, answer.status_code)) < 1_000
    assert pixels.post("/v1/tag", json={"text": "saw Ann"}).status_code == 200


def test_bodies_damaged_at_random_never_make_the_service_fail(pixels: TestClient) -> None:
    chance = random.Random(0)
    sound = [
        ("application/json", b'{"id": "a", "text": "saw Ann", "tokens": ["saw", "Ann"]}'),
        (FORM, form(part("text", b"saw Ann"), part("picture", bomb(9, 9), '; filename="a"'))),
    ]
    for _ in range(1_000):
        kind, content = chance.choice(sound)
        damaged = bytearray(content)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        answer = pixels.post("/v1/tag", content=bytes(damaged), headers={"Content-Type": kind})
        assert answer.status_code == 200 or 400 <= answer.status_code < 500, bytes(damaged)
    assert pixels.post("/v1/tag", json={"text": "saw Ann"}).status_code == 200
