"""The words of which a hashtag is made, as far as its capitals and digits show them."""

import re

__all__ = ["hashtag_words"]

_HASHTAG = re.compile(r"[#＃]\w+")
_PART = re.compile(r"[^\W\d_]+|\d+")


def hashtag_words(token: str) -> list[str]:
    """Return the words of a hashtag: `#KuwaitCity2015` gives `Kuwait`, `City` and `2015`.

    A run of capitals is a word, and its last capital begins the next word if small letters follow:
    `#BBCNews` gives `BBC` and `News`. A hashtag in small letters is one word. A token that is no
    hashtag has none.
    """
    if not _HASHTAG.fullmatch(token):
        return []
    words: list[str] = []
    for part in _PART.findall(token[1:]):
        start = 0
        for position in range(1, len(part)):
            begins = part[position].isupper() and (
                part[position - 1].islower()
                or (position + 1 < len(part) and part[position + 1].islower())
            )
            if begins:
                words.append(part[start:position])
                start = position
        words.append(part[start:])
    return words
