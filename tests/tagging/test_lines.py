import pytest

from mner.posts.raw import raw_post
from mner.tagging.lines import line_starts
from mner.types import Post


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\n\n", " \n ", "\u2028", "\u2029"])
def test_words_after_a_line_break_begin_a_line(line_break: str) -> None:
    posts = [raw_post("1", f"saw Rome{line_break}Ann was{line_break}here"), Post("2", ("a", "b"))]
    assert line_starts(posts, 6).tolist() == [
        [False, False, True, False, True, False],
        [False] * 6,
    ]


def test_a_break_before_or_after_all_words_begins_none() -> None:
    assert not line_starts([raw_post("1", "\n\nsaw Rome\n")], 3).any()


def test_there_is_one_number_for_each_post_and_word() -> None:
    starts = line_starts([Post("1", ("a",))], 3)
    assert (starts.shape, str(starts.dtype)) == ((1, 3), "bool")
