import pytest

from mner.corpora.dates import day_of
from mner.corpora.summary import join_variants, summarise_posts
from mner.types import Entity, Post


def post(number: str, text: str, *labels: str, picture: str | None = None) -> Post:
    """A post whose first words are entities of one word each."""
    entities = tuple(Entity(at, at + 1, label) for at, label in enumerate(labels))
    return Post(number, tuple(text.split()), entities, picture=picture)


@pytest.mark.parametrize(
    "written", ["Obama", "obama", "#Obama", "@OBAMA", "Obama's", "Obama’s", "Obama'", " Obama 's"]
)
def test_ways_of_writing_are_joined(written: str) -> None:
    assert join_variants(written) == "obama"


@pytest.mark.parametrize("written", ["#", "'s", "The  The"])
def test_nothing_is_joined_to_nothing(written: str) -> None:
    assert join_variants(written)
    assert join_variants("The  The") == "the the"


def test_mentions_posts_and_pictures_are_counted() -> None:
    summary = summarise_posts(
        [
            post("1", "Rome #rome ROME", "LOC", "LOC", "LOC", picture="a"),
            post("2", "Rome sleeps", "LOC"),
            post("3", "Rome plays", "ORG"),
            post("4", "nothing"),
            Post("5", ("x",)),
        ]
    )
    rome, club = summary.entities
    assert (rome.entity, rome.label, rome.mentions, rome.posts) == ("Rome", "LOC", 4, 2)
    assert rome.variants == ("Rome", "#rome", "ROME")
    assert (club.label, club.mentions) == ("ORG", 1)
    assert (summary.posts, summary.posts_with_entities, summary.not_annotated) == (5, 3, 1)
    assert (summary.mentions, summary.mentions_with_picture) == (5, 3)
    assert "posts             5  3 with entities, 20.0% with a picture" in summary.render(top=1)
    assert summary.as_csv().splitlines()[1] == "LOC,Rome,4,2,Rome; #rome; ROME"


def test_labels_and_entities_of_strangers_do_not_reach_the_terminal() -> None:
    text = summarise_posts([post("1", "a\x1b[2Jb", "X\x1b[31m\n")]).render(top=3)
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("extra", "day"),
    [
        ({"created_at": "2026-11-25T18:00:00Z"}, "2026-11-25"),
        ({"date": "2026-11-25"}, "2026-11-25"),
        ({"created_at": "Wed Nov 25 18:00:00 +0000 2026"}, "2026-11-25"),
        ({"created_at": "yesterday"}, None),
        ({"created_at": "2026-13-25"}, None),
        ({"created_at": None}, None),
        ({}, None),
        (None, None),
    ],
)
def test_days(extra: dict[str, object] | None, day: str | None) -> None:
    assert day_of(extra) == day
