from mner.runs.post_effects import PostEffects, post_effects
from mner.types import Entity, Post


def post(*labels: str) -> Post:
    """A post in which each label is that of a word."""
    entities = tuple(Entity(start, start + 1, label) for start, label in enumerate(labels))
    return Post("1", ("a", "b"), entities)


def test_posts_are_parted_by_the_gold_entities_that_are_found() -> None:
    gold = [post("PER", "LOC")] * 4
    effects = post_effects(
        gold,
        without=[post("PER"), post("PER", "LOC"), post("PER"), post("ORG")],
        with_picture=[post("PER", "LOC"), post("ORG", "LOC"), post("ORG", "LOC"), post("ORG")],
    )
    assert effects == PostEffects(corrected=(0,), broken=(1,), rest=(2, 3))


def test_examples_begin_with_posts_that_the_picture_corrected() -> None:
    effects = PostEffects(tuple(range(20, 40)), tuple(range(10, 15)), tuple(range(10)))
    assert effects.chosen() == (20, 21, 22, 23, 24, 25, 10, 11, 0, 1, 2, 3)
    assert effects.summary() == (
        "With the picture, more entities are found in 20 of 35 test posts and fewer in 5. "
        "The examples begin with 6 posts of the first kind and 2 of the second."
    )


def test_few_posts_are_all_shown() -> None:
    assert PostEffects((), (2,), (0, 1)).chosen() == (2, 0, 1)
