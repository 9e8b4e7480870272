import io
from dataclasses import replace

import pytest

from mner.errors import InputError, Problem
from mner.posts.raw import raw_post
from mner.posts.read import read_posts
from mner.posts.table_write import TableLines
from mner.types import Entity, PictureEntity, Post

RAW = replace(
    raw_post("1", "@Ann, in Lima!", picture="1.jpg"),
    entities=(
        Entity(0, 1, "PER", 0.5, "@Ann", 0, 4),
        Entity(3, 4, "LOC", 0.25, "Lima", 9, 13),
    ),
    extra={"likes": "3"},
)
OTHER = replace(raw_post("2", "ok"), entities=(), extra={"likes": None})
TOKENS = Post("3", ("it's", "Lima"), (Entity(1, 2, "LOC", None, "Lima", 5, 9),))


def written(*posts: Post, model: str | None = None) -> str:
    table = TableLines(",", model=model)
    return "".join(table(post, position) for position, post in enumerate(posts))


@pytest.mark.parametrize("model", [None, "abc"])
def test_what_was_written_is_read_back(model: str | None) -> None:
    posts = list(read_posts(io.StringIO(written(RAW, OTHER, model=model))))
    assert posts == [RAW, OTHER]
    assert [post.extra for post in posts] == [{"likes": "3"}, {"likes": None}]


def test_tokens_that_are_parted_by_blanks() -> None:
    (post,) = read_posts(io.StringIO(written(TOKENS)))
    assert (post.tokens, post.entities) == (TOKENS.tokens, TOKENS.entities)


def test_names_in_the_picture_are_left_out_and_reported() -> None:
    name = PictureEntity("Lima", "LOC", 0.5, (0, 0, 1, 1), "in Lima")
    post = replace(RAW, picture_entities=(name,))
    problems: list[Problem] = []
    assert list(read_posts(io.StringIO(written(post)), on_problem=problems.append)) == [RAW]
    assert [problem.kind for problem in problems] == ["picture-name"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",0,1,0,4,", ",0,1,0,3,", ":2: the entities of post '1' are not at whole tokens"),
        (",0,1,0,4,", ",x,1,0,4,", ":2: `start` must be a whole number, got 'x'"),
        (",0.5,", ",half,", ":2: `probability` must be a number from 0 to 1, got 'half'"),
        ("\n1,@Ann", "\n,@Ann", ":2: the row of an entity has no id"),
    ],
)
def test_rows_that_do_not_fit(old: str, new: str, message: str) -> None:
    table = written(RAW)
    assert old in table
    with pytest.raises(InputError, match=message):
        list(read_posts(io.StringIO(table.replace(old, new, 1))))
