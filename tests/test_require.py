import pytest

from mner.errors import InputError
from mner.require import require_entities, require_words
from mner.types import Entity, Post

ANN = (Entity(0, 1, "PER"),)


def test_words_are_required() -> None:
    require_words(Post("7", ("Ann",)))
    with pytest.raises(InputError, match=r"^post '7' has no words: expected at least one$"):
        require_words(Post("7", ()))
    with pytest.raises(InputError, match=r"^the text has no words: expected at least one$"):
        require_words(Post("7", ()), name="the text")


def test_entities_are_required_but_there_may_be_none_of_them() -> None:
    assert require_entities(Post("7", ("Ann",), ANN)) == ANN
    assert require_entities(Post("7", ("Ann",), ())) == ()
    with pytest.raises(
        InputError,
        match=r"^post '7' is not annotated: expected its entities, or an empty list of them; "
        r"annotate the post, or tag it first$",
    ):
        require_entities(Post("7", ("Ann",)))
