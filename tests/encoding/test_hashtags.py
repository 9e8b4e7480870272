"""The words of hashtags."""

import pytest

from mner.encoding.hashtags import hashtag_words


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("#KuwaitCity", ["Kuwait", "City"]),
        ("#KuwaitCity2015", ["Kuwait", "City", "2015"]),
        ("#BBCNews", ["BBC", "News"]),
        ("#NFL", ["NFL"]),
        ("#28DaysLater", ["28", "Days", "Later"]),
        ("#new_york", ["new", "york"]),
        ("#london", ["london"]),
        ("#ÉcoleÉté", ["École", "Été"]),
        ("＃Rome", ["Rome"]),
        ("KuwaitCity", []),
        ("#", []),
        ("#1", ["1"]),
        ("#a-b", []),
        ("@Rome", []),
        ("", []),
    ],
)
def test_words_begin_with_capitals_and_digits(token: str, words: list[str]) -> None:
    assert hashtag_words(token) == words


def test_nothing_but_the_sign_and_underscores_is_lost() -> None:
    for token in ("#aBcDEFgh12X", "#ABC", "#aB_c9"):
        assert "".join(hashtag_words(token)) == token[1:].replace("_", "")
