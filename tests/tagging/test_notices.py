import warnings
from dataclasses import replace

import numpy as np
import pytest

from mner.errors import DataWarning
from mner.tagging.notices import MissingInputs, warn_of_unused, with_notice
from mner.tagging.results import Tagged, TaggedPost
from mner.types import Attention, LooksAt, PictureState, SeenPicture

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


def seen(name: str, state: PictureState, reason: str | None = None) -> SeenPicture:
    return SeenPicture(name, state, 0, reason)


def test_posts_that_lack_some_of_their_pictures_are_counted() -> None:
    missing = MissingInputs("pictures")
    here, gone = seen("a.jpg", PictureState.PRESENT), seen("b.jpg", PictureState.ABSENT)
    broken = seen("c.jpg", PictureState.UNREADABLE, "not a JPEG")
    for number, pictures in enumerate([(here, here), (gone, gone), (here, broken), (gone, here)]):
        state = PictureState.PRESENT if here in pictures else PictureState.ABSENT
        result = tagged(str(number), state, picture="a.jpg")
        missing.count(replace(result, pictures=pictures))
    assert missing.summary() == (
        "pictures of 4 posts: 1 absent (first: post '1': a.jpg); these posts were tagged by their "
        "text alone; posts that lack some of their pictures: 2 (first: post '2', picture 'c.jpg': "
        "not a JPEG); they were tagged with the others"
    )
    missing = MissingInputs("pictures")
    missing.count(
        replace(tagged("5", PictureState.PRESENT, picture="a.jpg"), pictures=(here, gone))
    )
    assert missing.summary() == (
        "posts that lack some of their pictures: 1 (first: post '5', picture 'b.jpg': absent); "
        "they were tagged with the others"
    )


def test_a_post_without_a_caption_says_so() -> None:
    missing = MissingInputs("captions")
    missing.count(tagged("1", PictureState.ABSENT))
    assert "1 absent (first: post '1': no caption)" in missing.summary()


def test_the_notice_comes_once_after_the_last_post() -> None:
    results = [tagged(number, PictureState.ABSENT, picture="a.jpg") for number in "12"]
    posts = with_notice(iter(results), "pictures")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [next(posts).id, next(posts).id] == ["1", "2"]
    with pytest.warns(DataWarning, match="^pictures of 2 posts: 2 absent") as caught:
        assert list(posts) == []
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(with_notice(results, None)) == [result.post for result in results]
