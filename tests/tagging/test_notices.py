import warnings

import numpy as np
import pytest

from mner.errors import DataWarning
from mner.tagging.notices import MissingInputs, warn_of_unused
from mner.tagging.results import Tagged, TaggedPost
from mner.types import Attention, LooksAt, PictureState

NOTHING = np.zeros((1, 0), dtype=np.float32)
ATTENTION = Attention(NOTHING, NOTHING, np.zeros(1, dtype=np.float32), per_word=True)


def tagged(
    number: str,
    state: PictureState,
    *,
    picture: str | None = None,
    caption: str | None = None,
    reason: str | None = None,
) -> Tagged:
    post = TaggedPost(number, ("a",), entities=(), picture=picture, caption=caption)
    return Tagged(post, ATTENTION, state, reason=reason)


def test_pictures_count_where_a_post_names_one() -> None:
    missing = MissingInputs("pictures")
    missing.count(tagged("1", PictureState.ABSENT))
    missing.count(tagged("2", PictureState.PRESENT, picture="a.jpg"))
    assert missing.summary() == ""
    missing.count(tagged("3", PictureState.ABSENT, picture="b.jpg"))
    missing.count(tagged("4", PictureState.UNREADABLE, picture="c.jpg", reason="not a JPEG"))
    missing.count(tagged("5", PictureState.UNREADABLE, picture="d.jpg"))
    assert missing.summary() == (
        "pictures of 4 posts: 1 absent (first: post '3': b.jpg), "
        "2 unreadable (first: post '4': not a JPEG); these posts were tagged by their text alone"
    )


def test_captions_count_for_every_post() -> None:
    missing = MissingInputs("captions")
    missing.count(tagged("1", PictureState.PRESENT, caption="a man"))
    missing.count(tagged("2", PictureState.ABSENT, caption="!"))
    assert missing.summary() == (
        "captions of 2 posts: 1 absent (first: post '2': no word with a vector in '!'); "
        "these posts were tagged by their text alone"
    )


def test_a_text_only_model_misses_nothing() -> None:
    missing = MissingInputs(None)
    missing.count(tagged("1", PictureState.ABSENT, picture="a.jpg"))
    assert missing.summary() == ""


@pytest.mark.parametrize(
    ("looks_at", "message"),
    [
        (None, "the model looks at text only: --a and --b are not used"),
        ("pictures", "the model looks at text and pictures: --b is not used"),
        ("captions", "the model looks at text and captions: --a is not used"),
    ],
)
def test_what_the_model_does_not_look_at_is_named(looks_at: LooksAt | None, message: str) -> None:
    with pytest.warns(DataWarning) as caught:
        warn_of_unused(
            {"--a": ("pictures", 1), "--b": ("captions", 2), "--c": ("captions", None)}, looks_at
        )
    assert [str(warning.message) for warning in caught] == [message]


def test_nothing_given_is_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_unused({"--a": ("pictures", None)}, None)
