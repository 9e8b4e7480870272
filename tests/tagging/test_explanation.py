from dataclasses import replace

import numpy as np

from mner.tagging.explain import Explained, Reason
from mner.tagging.explanation import attention_of, explanation_of
from mner.tagging.results import FoundEntity, Tagged, TaggedPost
from mner.types import Attention, PictureState, SeenPicture

ENTITY = FoundEntity(0, 2, "LOC", 0.9)
WEIGHTS = np.array([[0.1234567, 0.8765433], [1.0, 0.0]], dtype=np.float32)
ATTENTION = Attention(
    WEIGHTS,
    np.zeros((2, 0), dtype=np.float32),
    np.array([0.25, 1 / 3], dtype=np.float32),
    per_word=True,
)
POST = TaggedPost("1", ("New", "York"), entities=(ENTITY,), picture="a.jpg")
SEEN = SeenPicture("a.jpg", PictureState.PRESENT, 2)
TAGGED = Tagged(POST, ATTENTION, PictureState.PRESENT, pictures=(SEEN,))
REASON = Reason(ENTITY, WEIGHTS[0], (1,), 0.91234567, 0.4, 0.6)


def test_an_explanation_has_all_numbers_of_its_reasons() -> None:
    assert explanation_of(Explained(TAGGED, (REASON,))) == {
        "picture": "present",
        "attention": "per word",
        "regions": None,
        "entities": [
            {
                "start": 0,
                "end": 2,
                "label": "LOC",
                "with_picture": 0.9123,
                "without_picture": 0.4,
                "without_masked": 0.6,
                "masked": [1],
                "attention": [0.12346, 0.87654],
            }
        ],
    }


def test_several_pictures_and_written_names_are_told() -> None:
    gone = SeenPicture("b.jpg", PictureState.UNREADABLE, 0, "not a JPEG")
    tagged = replace(
        TAGGED,
        post=replace(POST, more_pictures=("b.jpg",)),
        attention=replace(ATTENTION, per_word=False),
        pictures=(SEEN, gone),
        region_words=("a", "man"),
        written=frozenset({(1, 2, "PER"), (0, 2, "LOC")}),
    )
    assert explanation_of(Explained(tagged, ())) == {
        "picture": "present",
        "attention": "not per word",
        "regions": ["a", "man"],
        "entities": [],
        "pictures": [
            {"picture": "a.jpg", "state": "present", "regions": 2},
            {"picture": "b.jpg", "state": "unreadable", "regions": 0},
        ],
        "written_in_the_picture": [(0, 2, "LOC"), (1, 2, "PER")],
    }


def test_a_page_gets_where_each_word_looked() -> None:
    assert attention_of(Explained(TAGGED, ())) == {
        "grid": (1, 2),
        "words": [[0.12346, 0.87654], [1.0, 0.0]],
        "gate": [0.25, 0.33333],
    }
    gone = SeenPicture("b.jpg", PictureState.ABSENT, 0)
    four = SeenPicture("c.jpg", PictureState.PRESENT, 4)
    assert attention_of(Explained(replace(TAGGED, pictures=(gone, four)), ()))["grid"] == (2, 2)
    assert attention_of(Explained(replace(TAGGED, pictures=()), ()))["grid"] is None
    blind = replace(TAGGED, attention=replace(ATTENTION, regions=np.zeros_like(WEIGHTS)))
    assert attention_of(Explained(blind, ())) == {"grid": None, "words": [], "gate": []}
