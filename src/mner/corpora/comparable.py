"""When two posts count as the same text."""

from collections.abc import Iterable

__all__ = ["comparable_text"]


def comparable_text(tokens: Iterable[str]) -> str:
    """Return the text by which posts are compared.

    It is made of the letters, digits and underscores of their words in lower case, without URLs
    and mentions.

    Returns:
        a text, which is empty for posts that are never compared.
    """
    words = " ".join(token.lower() for token in tokens if not token.startswith(("http", "@")))
    kept = [character if character.isalnum() or character == "_" else " " for character in words]
    return " ".join("".join(kept).split())
