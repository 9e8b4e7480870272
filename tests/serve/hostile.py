"""Bodies that hostile clients send, all of which have to be refused."""

import base64
import io
import json
import zlib
from collections.abc import Iterator
from itertools import product
from typing import Any

from PIL import Image

JSON = "application/json"
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


def many_bodies() -> Iterator[Body]:
    """Yield many further bodies, made by rule."""
    yield from cut_bodies()
    yield from deep_bodies()
    yield from large_numbers()
    yield from polyglots()
    yield from wrong_types()


def cut_bodies() -> Iterator[Body]:
    """Bodies that end too early, wherever that may be."""
    one = json.dumps({"id": "a", "text": "saw Ann in Rome", "caption": "a \u00e9 b"}).encode()
    several = json.dumps({"posts": [{"text": "saw Ann"}, {"tokens": ["in", "Rome"]}]}).encode()
    encoded = base64.b64encode(picture("PNG")).decode()
    pictured = json.dumps({"text": "saw Ann", "picture": encoded, "ocr": True}).encode()
    whole = form(
        part("text", b"saw Ann"), part("tokens", b'["saw", "Ann"]'), part("picture", picture("PNG"))
    )
    for path, kind, content in (
        ("/v1/tag", JSON, one),
        ("/v1/tag", JSON, pictured),
        ("/v1/tag/batch", JSON, several),
        ("/v1/tag", FORM, whole[:-4]),
    ):
        for length in range(len(content)):
            yield path, kind, content[:length]


def deep_bodies() -> Iterator[Body]:
    """Lists and objects in one another, in place of each value."""
    keys = ("id", "text", "tokens", "caption", "picture", "model", "explain", "min_probability")
    for key, depth in product(keys, (1, 2, 3, 5, 10, 30, 100, 300, 500, 1_000, 2_000, 20_000)):
        for first, last in ((b"[", b"]"), (b'{"a":', b"}")):
            value = first * depth + b"1" + last * depth
            yield "/v1/tag", JSON, b'{"tokens": ["x"], "' + key.encode() + b'": ' + value + b"}"
            yield "/v1/tag/batch", JSON, b'{"posts": ' + value + b', "model": 1}'


def large_numbers() -> Iterator[Body]:
    """Numbers that no value can have."""
    digits = [b"9" * count for count in (20, 50, 309, 1_000, 5_000, 50_000)]
    powers = [b"1e" + power for power in (b"19", b"308", b"309", b"9999", b"99999999999999")]
    for number, sign in product([*digits, *powers], (b"", b"-")):
        for key in (b"id", b"min_probability"):
            yield "/v1/tag", JSON, b'{"text": "x", "%s": %s%s}' % (key, sign, number)
        offsets = b'"text": "x", "tokens": ["x"], "offsets": [[%s%s, 1]]' % (sign, number)
        yield "/v1/tag", JSON, b"{" + offsets + b"}"
        yield "/v1/tag/batch", JSON, b'{"posts": [{' + offsets + b"}]}"


def polyglots() -> Iterator[Body]:
    """Pictures with the head of another kind of file, halves of pictures, and small bombs."""
    heads = (b"%PDF-1.7\n", b"<html><script>", b"PK\x03\x04", b"MZ", b"\x7fELF", b"#!/bin/sh\n")
    sound = [picture(name) for name in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")]
    contents = [head + content for head, content in product(heads, sound)]
    contents += [first[:8] + second[8:] for first, second in product(sound, sound)]
    contents += [content[:length] for content in sound for length in range(1, 36)]
    sides = (0, 8_000, 40_000, 2**20, 2**31 - 1)
    contents += [bomb(width, height) for width, height in product(sides, sides)]
    for content in contents:
        if content in sound:
            continue
        encoded = base64.b64encode(content).decode()
        body = {"text": "saw Ann", "picture": encoded}
        yield "/v1/tag", JSON, json.dumps(body).encode()
        yield "/v1/tag/batch", JSON, json.dumps({"posts": [{"text": "x"}, body]}).encode()
        yield "/v1/tag", FORM, form(part("text", b"saw Ann"), part("picture", content))


def wrong_types() -> Iterator[Body]:
    """Values of another type than that of their key."""
    wrong: dict[str, list[Any]] = {
        "id": [1.5, True, [], {}, [1]],
        "offsets": [1, "x", True, {}, [1], [[]], [[1]], [[1, 2, 3]], [["a", "b"]], [[0.5, 1]]],
        "explain": [1, 0, "true", [], {}, 1.5],
        "ocr": [1, 0, "true", [], {}, 1.5],
        "min_probability": ["0", True, [], {}, 2, -1, 1.000001],
        "entities": [[], None, 1, [{"start": 0, "end": 1, "label": "PER"}]],
        "picture": ["=", "A", "A=", "====", "data:", "data:;base64", "data:;base64,?", "../a.png"],
        "picture_url": ["", "x", "file:///etc/passwd", "//a/b", "http:/a", "javascript:1", "\0"],
    }
    for key, values in wrong.items():
        for value in values:
            body = {"text": "x", "tokens": ["x"], key: value}
            yield "/v1/tag", JSON, json.dumps(body).encode()
            yield "/v1/tag/batch", JSON, json.dumps({"posts": [{"text": "x"}, body]}).encode()


def picture(kind: str) -> bytes:
    """Return a small sound picture of a kind."""
    buffer = io.BytesIO()
    Image.new("RGB", (9, 9), "red").save(buffer, kind)
    return buffer.getvalue()
