import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.posts.text import BracketWriter
from mner.types import Entity, Post
from tests.posts.content import kinds_and_lines, read

RAW = Post(
    "1",
    ("Obama", "'", "s", "trip"),
    (Entity(0, 1, "PER", 0.934),),
    text="Obama's  trip",
    offsets=((0, 5), (5, 6), (6, 7), (9, 13)),
)


def test_raw_text_is_read() -> None:
    posts, _ = read("Hello  New York\r\n\nbye\n", format="text")
    assert posts[0] == Post(
        "1", ("Hello", "New", "York"), text="Hello  New York", offsets=((0, 5), (7, 10), (11, 15))
    )
    assert posts[1] == Post("2", (), text="", offsets=())
    assert posts[2].id == "3"


def test_a_raw_line_of_nothing_that_is_seen_has_no_words() -> None:
    posts, problems = read("a\n\u200b\u2060\nb", format="text")
    assert [post.tokens for post in posts] == [("a",), (), ("b",)]
    assert kinds_and_lines(problems) == [("empty-post", 2)]


def test_raw_text_is_shown_as_it_was_written() -> None:
    assert BracketWriter()(RAW) == "[Obama PER 0.93]'s trip\n"


def test_tokens_are_joined() -> None:
    assert (
        BracketWriter()(Post("1", ("In", "New", "York"), (Entity(1, 3, "LOC"),)))
        == "In [New York LOC]\n"
    )
    assert BracketWriter()(Post("1", ())) == "\n"


def test_colours_stay_with_their_labels() -> None:
    lines = BracketWriter(colour=True)
    first = lines(Post("1", ("Ann", "Rome"), (Entity(0, 1, "PER"), Entity(1, 2, "LOC"))))
    second = lines(Post("2", ("Oslo", "Bob"), (Entity(0, 1, "LOC"), Entity(1, 2, "PER"))))
    assert first == "\x1b[1;36mAnn\x1b[22m [PER]\x1b[0m \x1b[1;33mRome\x1b[22m [LOC]\x1b[0m\n"
    assert second == "\x1b[1;33mOslo\x1b[22m [LOC]\x1b[0m \x1b[1;36mBob\x1b[22m [PER]\x1b[0m\n"


@pytest.mark.parametrize("text", ["\x1b[2J", "a\x00b", "\x9b31m", "\x07"])
def test_a_post_has_no_power_over_a_terminal(text: str) -> None:
    line = BracketWriter()(Post("1", ("see", text), (Entity(1, 2, text),)))
    assert not [
        character for character in line[:-1] if ord(character) < 32 or 127 <= ord(character) < 160
    ]


@given(tokens=st.lists(st.text(min_size=1), min_size=1, max_size=5))
def test_a_post_is_one_line(tokens: list[str]) -> None:
    line = BracketWriter()(Post("1", tuple(tokens), (Entity(0, len(tokens), "X", 1.0),)))
    assert len(line.splitlines()) == 1
    assert line.endswith(" X 1.00]\n")
