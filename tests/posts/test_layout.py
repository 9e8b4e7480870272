from mner.posts.layout import lay_out, stretches
from mner.types import Entity, Post


def test_tokens_without_text_are_joined_by_blanks() -> None:
    assert lay_out(Post("1", ("a", "bc"))) == ("a bc", ((0, 1), (2, 4)))
    assert lay_out(Post("1", ("a", "bc"), text="abc")) == ("a bc", ((0, 1), (2, 4)))


def test_offsets_that_go_back_are_not_used() -> None:
    post = Post("1", ("a", "b"), (Entity(0, 2, "X"),), text="b a", offsets=((2, 3), (0, 1)))
    assert list(stretches(post)) == [("a b", post.entities[0] if post.entities else None)]


def test_stretches_are_the_whole_text() -> None:
    entities = (Entity(0, 1, "X"), Entity(1, 3, "Y"))
    post = Post(
        "1", ("a", "b", "c"), entities, text=" a b\u0301  c! ", offsets=((1, 2), (3, 5), (7, 8))
    )
    assert list(stretches(post)) == [
        (" ", None),
        ("a", entities[0]),
        (" ", None),
        ("b\u0301  c", entities[1]),
        ("! ", None),
    ]
    assert list(stretches(Post("1", ()))) == []
