import io
import json

import pytest

from mner.errors import InputError
from mner.posts.read import read_posts
from mner.posts.reading import Fields
from mner.types import Entity
from tests.posts.content import kinds_and_lines, read


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("key", [None, "data"])
@pytest.mark.parametrize("size", [3, 70_000])
def test_an_array_is_read_object_by_object(indent: int | None, key: str | None, size: int) -> None:
    texts = [f"Ann {number} ] " + "é" * size for number in range(3)]
    records = [{"id": n, "text": text, "likes": {"n": [n]}} for n, text in enumerate(texts)]
    value = records if key is None else {"data": records, "links": {"n": 3}}
    content = "\ufeff" + json.dumps(value, indent=indent, ensure_ascii=False)
    posts, problems = read(content)
    assert [(post.id, post.text) for post in posts] == [(str(n), t) for n, t in enumerate(texts)]
    assert [post.extra for post in posts] == [{"likes": {"n": [n]}} for n in range(3)]
    assert problems == []
    piped = list(read_posts(io.StringIO(content)))
    assert piped == posts


def test_other_keys_may_come_before_the_data() -> None:
    posts, _ = read('{\n"meta": {"a": [1]},\n"data": [{"text": "Ann"}]}')
    assert [post.text for post in posts] == ["Ann"]


def test_includes_of_an_answer_on_several_lines_are_reported() -> None:
    content = '{\n"data": [{"id": "1", "text": "Ann"}],\n"includes": {"media": []}\n}\n'
    posts, problems = read(content)
    assert [post.text for post in posts] == ["Ann"]
    assert kinds_and_lines(problems) == [("unknown-key", 3)]
    with pytest.raises(InputError, match=r":5: not a JSON array .*goes on after its end"):
        read(content + "{}")


def test_posts_of_an_array_may_be_tagged() -> None:
    entity = {"start": 0, "end": 1, "label": "PER"}
    posts, _ = read(json.dumps([{"tokens": ["Ann"], "entities": [entity]}]))
    assert posts[0].entities == (Entity(0, 1, "PER"),)


def test_fields_that_the_user_names() -> None:
    content = '[{"nr": 7, "says": "Ann", "pic": "a.jpg", "n": 1}]'
    fields = Fields(text="says", id="nr", picture="pic")
    (post,) = read_posts(io.StringIO(content), fields=fields)
    assert (post.id, post.text, post.picture, post.extra) == ("7", "Ann", "a.jpg", {"n": 1})
    with pytest.raises(InputError, match=":1: the object has no key 'x', named by --text-field"):
        list(read_posts(io.StringIO(content), fields=Fields(text="x")))


def test_a_text_of_a_usual_name() -> None:
    posts, problems = read('[{"content": "Ann"}, {"content": "Bob"}]')
    assert [post.text for post in posts] == ["Ann", "Bob"]
    assert problems == []


def test_lines_are_counted() -> None:
    _, problems = read('[\n {"id": 1, "text": "a"},\n\n {"id": 1,\n "text": "b"}\n]\n')
    assert kinds_and_lines(problems) == [("duplicate-id", 4)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"text": "a"}', r"t:1: not a JSON array of posts: expected ',' after an object"),
        ('[{"text": "a"}\n {"text"', r"t:2: not a JSON array .*expected ',' after an object"),
        ('[{"text": "a"},\n {"text": "b', "t:2: not a JSON array .*expected one JSON object"),
        ('[{"text": "a"}] x', "t:1: not a JSON array .*goes on after its end"),
        ('[{"text": "a"}, 3]', "t:1: not a JSON array .*expected objects in it, got 3"),
        ('[{"text": "a"},]', "t:1: not a JSON array .*expected one JSON object"),
        ('{\n"meta": 1}', 't:2: not a JSON array .*the key "data" with an array'),
        ('{\n"a": 1,\n3: 1}', 't:3: not a JSON array .*or an object with the key "data"'),
        ('[{"text": ' + "[" * 100_000, "t:1: not a JSON array .*nested too deeply"),
        ('[{"id": 3}]', "t:1: a post needs `tokens` or `text`"),
        ("[]", "t: holds no posts"),
    ],
)
def test_what_is_refused(content: str, message: str) -> None:
    stream = io.BytesIO(content.encode())
    stream.name = "t"
    with pytest.raises(InputError, match=message):
        list(read_posts(stream))


def test_an_array_that_is_not_utf8() -> None:
    with pytest.raises(InputError, match="not UTF-8: it has the byte 0xeb"):
        read(b'[{"text": "Zo\xeb"}]')


def test_a_bracket_may_be_a_token() -> None:
    posts, _ = read("[\tO\nAnn\tB-PER\n")
    assert posts[0].tokens == ("[", "Ann")
