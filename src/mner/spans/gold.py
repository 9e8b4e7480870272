"""What annotated posts hold: their spans, the mentions that those are, and a fingerprint."""

import hashlib
import json
from collections.abc import Iterable
from typing import TypeAlias

from mner.require import require_entities
from mner.types import Post, Span

__all__ = ["Mention", "annotated_spans", "fingerprint", "mention", "mentions"]

Mention: TypeAlias = tuple[str, str]
"""Surface (tokens joined by a blank, lower-cased) and label."""


def annotated_spans(post: Post) -> frozenset[Span]:
    """Return the spans of a post's entities.

    Raises:
        InputError: the post is not annotated.
    """
    return frozenset(entity.span for entity in require_entities(post))


def mention(post: Post, span: Span) -> Mention:
    """Return what the span of a post is a mention of."""
    start, end, label = span
    return " ".join(post.tokens[start:end]).lower(), label


def mentions(posts: Iterable[Post]) -> frozenset[Mention]:
    """Return every (surface, label) pair that is an entity of some post.

    Case is ignored. By this rule, 33% of the mentions of test in Twitter-2015 and 54% of those
    in Twitter-2017 are mentions of train too (by exact spelling 32% and 52%).

    Raises:
        InputError: a post is not annotated.
    """
    mentioned: set[Mention] = set()
    for post in posts:
        mentioned.update(mention(post, span) for span in annotated_spans(post))
    return frozenset(mentioned)


def fingerprint(posts: Iterable[Post]) -> str:
    """Return twelve hexadecimal digits that identify annotated posts.

    They are the same for the same tokens and entities in the same order. Ids, pictures, captions
    and the format of the file play no part. The policy for ill-formed tags does where it changes
    an entity: the lenient and the strict reading of a file with orphan tags differ.

    Raises:
        InputError: a post is not annotated.
    """
    digest = hashlib.sha256()
    for post in posts:
        content = [post.tokens, sorted(annotated_spans(post))]
        digest.update(json.dumps(content).encode("ascii") + b"\n")
    return digest.hexdigest()[:12]
