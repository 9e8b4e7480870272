import io
import json
import logging

import pytest

from mner.errors import InputError
from mner.posts.read import read_posts
from mner.posts.reading import Fields
from mner.types import Post, UntrustedReference


def read(
    *records: dict[str, object], fields: Fields | None = None, keep: bool = False
) -> list[Post]:
    lines = "".join(json.dumps(record) + "\n" for record in records)
    return list(read_posts(io.StringIO(lines), fields=fields, keep=keep))


def test_usual_names_are_known_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    record: dict[str, object] = {"post_id": 7, "body": "in Rome", "image": "p.jpg", "caption": "a"}
    with caplog.at_level(logging.INFO):
        (first, second) = read(record, {**record, "post_id": 8})
    assert (first.id, second.id) == ("7", "8")
    assert (first.text, first.picture, first.caption) == ("in Rome", "p.jpg", "a")
    assert isinstance(first.picture, UntrustedReference)
    said = "text in key 'body', id in key 'post_id', picture in key 'image'"
    assert [message for message in caplog.messages if "read as" in message] == [
        f"<stream>: read as: JSONL, {said}"
    ]


def test_our_own_names_come_first(recwarn: pytest.WarningsRecorder) -> None:
    (post,) = read({"id": "a", "tweet_id": "b", "text": "in Rome", "body": "no", "picture": "p"})
    assert (post.id, post.text, post.picture) == ("a", "in Rome", "p")
    assert "`tweet_id`, `body`" in str(recwarn[0].message)


def test_keys_that_the_user_names() -> None:
    fields = Fields(text="said", id="number", picture="shows")
    (post,) = read(
        {"id": "x", "text": "no", "said": "in Rome", "number": 5, "shows": "p.jpg", "likes": 3},
        fields=fields,
        keep=True,
    )
    assert (post.id, post.text, post.picture) == ("5", "in Rome", "p.jpg")
    assert post.extra == {"likes": 3}


def test_a_picture_that_is_no_string_keeps_its_key() -> None:
    (post,) = read({"text": "a", "image": {"bytes": None, "path": "p.jpg"}}, keep=True)
    assert post.picture is None
    assert post.extra == {"image": {"bytes": None, "path": "p.jpg"}}


def test_texts_that_cannot_be_told_apart_or_are_not_there() -> None:
    with pytest.raises(
        InputError, match=r":1: several keys may hold the text \('content', 'tweet'\)"
    ):
        read({"content": "a", "tweet": "b"})
    with pytest.raises(InputError, match=r":1: the object has no key 'nix', named by --text-field"):
        read({"text": "a"}, fields=Fields(text="nix"))
