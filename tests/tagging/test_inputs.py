import math
import warnings
from typing import Any

import pytest

from mner.errors import DataWarning, InputError
from mner.tagging.checks import check_batch_size, check_min_probability, checked_post
from mner.tagging.inputs import posts_of, require_several
from mner.types import Entity, Post

STRINGS = "post '9': `tokens` must be strings of at least one character, got "
TUPLE = "post '9': `tokens` must be a tuple of strings, got "


def test_texts_dicts_and_posts_become_posts_in_their_order() -> None:
    own = Post("own", ("as", "it", "is"))
    items: list[Any] = ["saw Rome", own, {"text": "Ann"}, {"id": "x", "tokens": ("a", "b c")}]
    first, second, third, fourth = posts_of(items)
    assert (first.id, first.tokens, first.text) == ("1", ("saw", "Rome"), "saw Rome")
    assert second is own
    assert (third.id, third.tokens) == ("3", ("Ann",))
    assert (fourth.id, fourth.tokens) == ("x", ("a", "b c"))


def test_a_dict_is_read_as_a_line_of_json_is() -> None:
    record: dict[Any, object] = {
        "tokens": ["New", "York"],
        "entities": ({"start": 0, "end": 2, "label": "LOC"},),
        "picture": "1.jpg",
        "more_pictures": ["2.jpg"],
        "caption": math.nan,
        "extra": None,
        7: 2.5,
    }
    (post,) = posts_of([record])
    assert post.entities == (Entity(0, 2, "LOC"),)
    assert post.pictures == ("1.jpg", "2.jpg")
    assert post.caption is None
    assert post.extra == {"7": 2.5}
    (post,) = posts_of([{"text": "a", "more_pictures": [], "n": [math.nan, (1, 2)]}])
    assert post.pictures == ()
    assert post.extra is not None
    assert post.extra["n"] == [None, [1, 2]]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (7, "number 2 of the posts: expected a Post, a text or a dict, got 7$"),
        (None, "number 2 of the posts: expected a Post, a text or a dict, got None$"),
        ({"text": 7}, "number 2 of the posts: .*text.*7"),
        (Post("9", ("a", "")), f"{STRINGS}'' among them: leave it out$"),
        (Post("9", ("a", 1)), f"{STRINGS}1 among them: leave"),  # type: ignore[arg-type]
        (Post("9", "ab"), f"{TUPLE}'ab': cut the text into words$"),  # type: ignore[arg-type]
        (Post("9", 7), f"{TUPLE}7: cut"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_post_is_named(item: Any, message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        list(posts_of(["text", item]))


def test_words_may_be_of_a_kind_of_their_own_and_a_post_may_have_none() -> None:
    class Word(str):
        __slots__ = ()

    for post in (Post("1", (Word("a"), "b")), Post("2", ()), Post("3", ["a"])):  # type: ignore[arg-type]
        assert checked_post(post) is post


def test_what_is_odd_in_a_dict_is_a_warning_with_its_number() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        list(posts_of(["a", {"tokens": ["a"], "entities": [], "text": "b"}]))
    for warning in caught:
        assert warning.category is DataWarning
        assert str(warning.message).startswith("number 2 of the posts: ")


@pytest.mark.parametrize(
    ("posts", "message"),
    [
        ("text", "expected several posts, got a text, 'text': put it into a list, `tagger.tag"),
        (b"text", "expected several posts, got bytes, b'text': put it into a list, "),
        ({"text": "a"}, "expected several posts, got a dict, {'text': 'a'}: put it into a list, "),
        (Post("1", ("a",)), "expected several posts, got a Post, Post.*for one text there is `tag"),
        (7, "expected several posts, got 7: give a list or an iterator$"),
    ],
)
def test_one_post_alone_is_refused(posts: object, message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        require_several(posts)


def test_a_table_is_refused_with_the_way_to_its_texts() -> None:
    pd = pytest.importorskip("pandas")
    message = (
        "^expected several posts, got a table, DataFrame: give its column of texts, such as "
        r'`frame\["text"\]`, or its rows as dicts$'
    )
    with pytest.raises(InputError, match=message):
        require_several(pd.DataFrame({"text": ["a"]}))
    several: list[object] = [[], iter([]), ("a",), pd.Series(["a"])]
    for posts in several:
        require_several(posts)


@pytest.mark.parametrize("value", [0, -1, 1.5, "2", True, None])
def test_a_batch_has_a_whole_number_of_posts(value: object) -> None:
    message = f"^batch_size: expected a whole number of posts, at least 1, got {value!r}$"
    with pytest.raises(InputError, match=message):
        check_batch_size(value)


def test_bounds_are_inside() -> None:
    check_batch_size(1)
    for value in (0, 0.0, 0.5, 1):
        check_min_probability(value)
    for value in (-1e-9, 1 + 1e-9, math.nan):
        with pytest.raises(InputError, match=r"^min_probability: expected a number from 0 to 1"):
            check_min_probability(value)
