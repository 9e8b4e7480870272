"""Raw text as a post."""

from mner.errors import InputError, quoted
from mner.posts.bounds import require_bounded
from mner.posts.characters import mend
from mner.posts.tokenize import tokenize
from mner.types import Post

__all__ = ["raw_post"]


def raw_post(
    identity: str, text: str, *, picture: str | None = None, caption: str | None = None
) -> Post:
    """Make a post of raw text: tokenised, and not annotated.

    Half of a character becomes U+FFFD (see `mner.posts.characters.mend`).

    Raises:
        InputError: the text is no string, or the post is too long (see `mner.posts.bounds`).
    """
    if not isinstance(text, str):
        raise InputError(
            f"the text of a post must be a string, got {quoted(text)}: leave out posts without "
            "one, decode bytes"
        )
    require_bounded(text=text, caption=caption)
    text, _ = mend(text)
    offsets = tuple(tokenize(text))
    tokens = tuple(text[start:end] for start, end in offsets)
    require_bounded(tokens=tokens)
    return Post(
        identity,
        tokens,
        picture=picture or None,
        caption=caption,
        text=text,
        offsets=offsets,
    )
