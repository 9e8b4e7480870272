import pytest

from mner.errors import InputError
from mner.spans.gold import fingerprint, mentions
from mner.spans.score import score
from mner.types import Entity, Post
from tests.spans.posts import post


def test_mentions_ignore_case_and_keep_the_label() -> None:
    assert mentions(
        [post("NEW York", (0, 2, "LOC")), post("new york", (0, 2, "LOC"), (1, 2, "ORG"))]
    ) == {("new york", "LOC"), ("york", "ORG")}


def test_the_fingerprint_knows_tokens_and_entities_only() -> None:
    plain = Post(id="1", tokens=("New", "York"), entities=(Entity(0, 2, "LOC"),))
    same = Post(
        id="2",
        tokens=("New", "York"),
        entities=(Entity(0, 2, "LOC", probability=0.5),),
        picture="x.jpg",
        caption="a city",
        text="New York",
    )
    assert fingerprint([plain]) == fingerprint([same])
    others = [
        [],
        [plain, plain],
        [post("New York", (0, 2, "ORG"))],
        [post("New York", (0, 1, "LOC"))],
        [post("New York")],
        [post("New york", (0, 2, "LOC"))],
        [Post(id="1", tokens=("New York",), entities=(Entity(0, 2, "LOC"),))],
        [post("New", (0, 2, "LOC")), post("York")],
    ]
    assert len({fingerprint(posts) for posts in [[plain], *others]}) == 1 + len(others)


def test_the_fingerprint_knows_the_order_of_posts_but_not_that_of_entities() -> None:
    first, second = post("Ann saw Rome", (0, 1, "PER"), (2, 3, "LOC")), post("Oslo", (0, 1, "LOC"))
    turned = post("Ann saw Rome", (2, 3, "LOC"), (0, 1, "PER"))
    assert [entity.start for entity in turned.entities or ()] == [2, 0]
    assert fingerprint([turned, second]) == fingerprint([first, second])
    assert fingerprint([second, first]) != fingerprint([first, second])
    assert fingerprint([first, second]) == "38acf7cc5d8a"


def test_the_fingerprint_stays_what_it_was() -> None:
    assert fingerprint([post("Caf\u00e9 \U0001f600", (0, 1, "LOC"))]) == "cb3131398288"


def test_posts_must_be_annotated() -> None:
    bare = Post(id="7", tokens=("a",))
    with pytest.raises(InputError, match="post '7' is not annotated"):
        score([post("a", name="7")], [bare])
    with pytest.raises(InputError, match="post '7' is not annotated"):
        fingerprint([bare])
