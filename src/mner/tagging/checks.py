"""The door of tagging: every argument and every post is checked here, and not again inside."""

from collections.abc import Sequence

from mner.errors import InputError, quoted
from mner.posts.bounds import require_few_pictures
from mner.types import Post

__all__ = ["check_batch_size", "check_min_probability", "checked_post"]


def check_batch_size(value: object) -> None:
    """Refuse a batch size that is not a number of posts.

    Raises:
        InputError: the value is not a whole number of at least 1.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(
            f"batch_size: expected a whole number of posts, at least 1, got {quoted(value)}"
        )


def check_min_probability(value: float) -> None:
    """Refuse a number that cannot be a least probability.

    Raises:
        InputError: the value is not a number from 0 to 1.
    """
    if not 0 <= value <= 1:
        raise InputError(f"min_probability: expected a number from 0 to 1, got {value}")


def checked_post(post: Post) -> Post:
    """Return the same post, if its tokens are words; it may have none.

    Raises:
        InputError: its tokens are not strings with characters, or it has too many pictures.
    """
    if post.more_pictures:
        require_few_pictures(post.pictures)
    if isinstance(post.tokens, str) or not isinstance(post.tokens, Sequence):
        raise InputError(
            f"post {quoted(post.id)}: `tokens` must be a tuple of strings, got "
            f"{quoted(post.tokens)}: "
            "cut the text into words"
        )
    # Nearly all posts hold plain strings, for which this is quick; subclasses of str are words too.
    if not all(post.tokens) or set(map(type, post.tokens)) != {str}:
        for token in post.tokens:
            _check_token(post, token)
    return post


def _check_token(post: Post, token: object) -> None:
    if not isinstance(token, str) or not token:
        raise InputError(
            f"post {quoted(post.id)}: `tokens` must be strings of at least one character, "
            f"got {quoted(token)} among them: leave it out"
        )
