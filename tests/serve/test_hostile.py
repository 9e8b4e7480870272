"""Bodies of hostile clients: each is answered by a problem document, and the service goes on."""

import random
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from mner.serve.limits import Limits
from tests.serve.conftest import Open
from tests.serve.hostile import FORM, bodies, bomb, form, many_bodies, part
from tests.serve.test_app import problem


@pytest.fixture
def pixels(opened: Open, pixel_model: Path) -> TestClient:
    return opened(Limits(body_bytes=1_000_000), models={"pixels": pixel_model})


def test_hostile_bodies_are_refused_and_the_service_goes_on(pixels: TestClient) -> None:
    tried = sorted({*bodies(), *many_bodies()})
    assert len(tried) > 2_000
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
