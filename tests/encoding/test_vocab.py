import json

import pytest

from mner.encoding.vocab import UNKNOWN, Vocabulary, normalise, word_shape
from mner.errors import InputError
from mner.types import Entity, Post


def post(*tokens: str, label: str | None = "PER") -> Post:
    return Post("1", tokens, (Entity(0, 1, label),) if label else ())


def build(*posts: Post, known: frozenset[str] = frozenset()) -> Vocabulary:
    return Vocabulary.build(posts, is_known=lambda word: word in known)


def test_words_share_a_row_when_only_case_and_signs_differ() -> None:
    assert [
        normalise(word) for word in ("#Rio", "@rio", "RIO", "http://t.co/X1", "#", "www.a.b/c")
    ] == ["rio", "rio", "rio", "<url>", "#", "<url>"]


def test_a_word_seen_once_gets_a_row_only_when_it_has_a_vector() -> None:
    vocabulary = build(post("once", "known", "twice", "Twice"), known=frozenset({"known"}))
    assert set(vocabulary.words) == {"known", "twice"}
    assert min(vocabulary.words.values()) == UNKNOWN + 1


def test_tags_come_from_the_data_sorted() -> None:
    assert build(post("a", label="ZOO"), post("b", label="ART")).tags == (
        "O",
        "B-ART",
        "I-ART",
        "B-ZOO",
        "I-ZOO",
    )
    assert build(post("a", label="ZOO"), post("b", label="ART")).labels == ("ART", "ZOO")


def test_it_survives_json() -> None:
    vocabulary = build(post("Ünï", "Ünï", "🎉", "http://x.y"), post("a\u200db", label="MISC"))
    assert Vocabulary.from_dict(json.loads(json.dumps(vocabulary.as_dict()))) == vocabulary


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("McDonald's", "XxXxx'x"),
        ("#NBA2015", "#XXdd"),
        ("aaa", "xx"),
        ("https://t.co/a", "<url>"),
        ("…", "…"),
        ("!!!!", "!!"),
    ],
)
def test_word_shapes(word: str, shape: str) -> None:
    assert word_shape(word) == shape


def test_posts_that_cannot_teach_are_refused() -> None:
    with pytest.raises(InputError, match="post '1' is not annotated"):
        build(Post("1", ("a",)))
    with pytest.raises(InputError, match="hold no entity"):
        build(post("a", label=None))
