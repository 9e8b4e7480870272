import pickle
from dataclasses import fields, replace

import pytest

from mner.tagging.results import FoundEntity, TaggedPost, TaggedText, TextEntity, tagged_post
from mner.types import Entity, Post

TOKENS = Post("1", ("saw", "Rome"), entities=(), picture="p", caption="c", annotated=("PER",))
TEXT = replace(TOKENS, text="saw  Rome", offsets=((0, 3), (5, 9)))


@pytest.mark.parametrize(
    ("given", "entity", "kinds"),
    [
        (TOKENS, Entity(1, 2, "LOC", 0.5), (TaggedPost, FoundEntity)),
        (TEXT, Entity(1, 2, "LOC", 0.5, "Rome", 5, 9), (TaggedText, TextEntity)),
    ],
    ids=["tokens", "text"],
)
def test_a_tagged_post_is_equal_to_a_plain_one_of_its_values(
    given: Post, entity: Entity, kinds: tuple[type[TaggedPost], type[FoundEntity]]
) -> None:
    plain = replace(given, entities=(entity,), annotated=None)
    tagged = tagged_post(given, [(1, 2, "LOC")], [0.5])
    assert (type(tagged), type(tagged.entities[0])) == kinds
    assert tagged == plain
    assert plain == tagged
    assert hash(tagged) == hash(plain)
    assert tagged != replace(plain, caption=None)
    assert tagged.entities[0] != replace(entity, probability=0.6)
    assert tagged != "1"
    assert tagged.entities[0] != "LOC"
    assert pickle.loads(pickle.dumps(tagged)) == tagged
    assert replace(tagged, entities=()) == replace(plain, entities=())


@pytest.mark.parametrize("kind", [TaggedPost, TaggedText])
def test_the_fields_of_a_tagged_post_are_those_of_a_post(kind: type[Post]) -> None:
    assert [field.name for field in fields(kind)] == [field.name for field in fields(Post)]


def test_all_else_of_a_post_is_kept_but_the_mark_of_an_endpoint() -> None:
    for given in (TOKENS, TEXT):
        post = replace(given, extra={"likes": 1}).with_pictures(["a", "b"])
        tagged = tagged_post(post, [], [])
        assert tagged == replace(post, entities=(), annotated=None)
        assert tagged.extra == {"likes": 1}
        assert (tagged.text, tagged.offsets) == (given.text, given.offsets)
        assert tagged.more_pictures == ("b",)
        marked = replace(given, extra={"likes": 1, "source": "endpoint"})
        assert tagged_post(marked, [], []).extra == {"likes": 1}


def test_each_span_has_a_probability() -> None:
    for spans, probabilities in (([(0, 1, "A")], []), ([], [0.5])):
        with pytest.raises(ValueError, match="argument 2 is"):
            tagged_post(TEXT, spans, probabilities)


def test_a_post_with_half_of_a_text_is_one_of_tokens() -> None:
    for given in (replace(TEXT, offsets=None), replace(TEXT, text=None)):
        assert type(tagged_post(given, [(0, 1, "A")], [0.5])) is TaggedPost
