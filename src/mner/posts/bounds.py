"""How long a post may be; a longer one is refused, and the posts after it are read."""

from collections.abc import Sequence

from mner.errors import InputError, quoted

__all__ = [
    "MOST_LINE",
    "MOST_PICTURES",
    "MOST_TEXT",
    "MOST_TOKEN",
    "require_bounded",
    "require_few_pictures",
]

MOST_LINE = 10_000_000
"""Bytes of a line of a file."""
MOST_TEXT = 200_000
"""Characters of a post's text, caption, or tokens together; the longest posts of social networks
have some 60,000."""
MOST_TOKEN = 100_000
"""Characters of a token."""
MOST_PICTURES = 20
"""Pictures of a post; social networks allow as many or fewer."""


def require_bounded(
    *, text: str | None = None, tokens: Sequence[str] = (), caption: str | None = None
) -> None:
    """Refuse the parts of a post that are too long.

    Raises:
        InputError: a part is too long; the message does not name the file.
    """
    for name, part in (("text", text), ("caption", caption)):
        if part is not None and len(part) > MOST_TEXT:
            raise InputError(
                f"the {name} has {len(part)} characters: expected at most {MOST_TEXT}; cut it into"
                " several posts"
            )
    lengths = [len(token) for token in tokens]
    if sum(lengths) > MOST_TEXT:
        raise InputError(
            f"the tokens have {sum(lengths)} characters together: expected at most {MOST_TEXT};"
            " cut the post into several"
        )
    if max(lengths, default=0) > MOST_TOKEN:
        token = tokens[lengths.index(max(lengths))]
        raise InputError(
            f"a token has {len(token)} characters: expected at most {MOST_TOKEN}, got"
            f" {quoted(token)}"
        )


def require_few_pictures(pictures: Sequence[str]) -> None:
    """Refuse more pictures than a post can have.

    Raises:
        InputError: there are too many; the message does not name the file.
    """
    if len(pictures) > MOST_PICTURES:
        raise InputError(
            f"the post has {len(pictures)} pictures: expected at most {MOST_PICTURES}; leave out "
            "the others"
        )
