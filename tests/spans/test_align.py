import pytest

from mner.errors import InputError
from mner.spans.score import score
from tests.spans.posts import post


def test_posts_must_be_the_same() -> None:
    gold = [post("a b", name="x"), post("c d", name="y")]
    with pytest.raises(InputError, match="post 2: gold has id 'y', predicted has 'z'"):
        score(gold, [gold[0], post("c d", name="z")])
    with pytest.raises(
        InputError, match=r"post 2 \(id 'y'\): token 2 is 'd' in gold, 'e' in predicted"
    ):
        score(gold, [gold[0], post("c e", name="y")])
    with pytest.raises(InputError, match=r"post 1 \(id 'x'\): gold has 2 tokens, predicted has 1"):
        score(gold, [post("a", name="x"), gold[1]])
    with pytest.raises(InputError, match="gold ones: predicted ends after 1 posts, and gold has 2"):
        score(gold, gold[:1])


def test_posts_that_are_only_numbered_are_compared_by_their_tokens() -> None:
    gold, numbered = (
        [post("a b", name="x"), post("c d", name="y")],
        [post("a b", name="1"), post("c d", name="2")],
    )
    assert score(gold, numbered).posts == score(numbered, gold).posts == 2
    with pytest.raises(InputError, match="post 1: gold has id 'x', predicted has '2'"):
        score(gold, numbered[::-1])
    with pytest.raises(InputError, match=r"post 1 \(id 'x'\): token 1 is 'a' in gold"):
        score(gold, [post("b b", name="1"), numbered[1]])
