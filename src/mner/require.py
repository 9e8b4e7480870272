"""What a post must have before it can be tagged, scored or learned from: words, and entities.

Every job that needs one of them asks here, so that the same fault has the same message.
"""

from mner.errors import InputError, quoted
from mner.types import Entity, Post

__all__ = ["require_entities", "require_words"]


def require_words(post: Post, *, name: str | None = None) -> None:
    """Refuse a post that has no words.

    Args:
        post: the post.
        name: what the message calls it, such as `the text`; `post ID` when None.

    Raises:
        InputError: the post has no words.
    """
    if not post.tokens:
        name = name or f"post {quoted(post.id)}"
        raise InputError(f"{name} has no words: expected at least one")


def require_entities(post: Post) -> tuple[Entity, ...]:
    """Return the entities of a post that is annotated or tagged; there may be none of them.

    Raises:
        InputError: the post is not annotated. Taken as a post without entities, it would teach,
            or count as right, that its names are no entities.
    """
    if post.entities is None:
        raise InputError(
            f"post {quoted(post.id)} is not annotated: expected its entities, or an empty list of "
            "them; annotate the post, or tag it first"
        )
    return post.entities
