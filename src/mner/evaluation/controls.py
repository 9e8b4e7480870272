"""Controls: the same posts with the pictures of other posts, or with none."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, assert_never

import numpy as np

from mner.errors import InputError
from mner.spans.table import counted
from mner.types import Post

__all__ = ["Control", "apply_control", "shuffle_pictures", "without_pictures"]

Control = Literal["given", "shuffled", "none"]
"""Whether pictures stay as given, are exchanged between posts, or are removed."""


def apply_control(posts: Sequence[Post], control: Control, *, seed: int) -> list[Post]:
    """Return posts with the pictures that a control gives them.

    Args:
        posts: posts with their own pictures and captions.
        control: what to do with them.
        seed: seed of the exchange.

    Raises:
        InputError: pictures are to be exchanged between fewer than two posts.
    """
    match control:
        case "given":
            return list(posts)
        case "shuffled":
            return shuffle_pictures(posts, seed=seed)
        case "none":
            return without_pictures(posts)
        case _:
            assert_never(control)


def shuffle_pictures(posts: Sequence[Post], *, seed: int) -> list[Post]:
    """Give every post the pictures and the caption of another one.

    What a model gains from the right picture, it loses here.

    Raises:
        InputError: there are fewer than two posts.
    """
    if len(posts) < 2:
        raise InputError(
            f"pictures cannot be exchanged between {counted(len(posts), 'post')}: "
            "expected at least two"
        )
    # In a random circle of all posts, each post takes from its neighbour, never from itself.
    order = np.random.default_rng(seed).permutation(len(posts)).tolist()
    givers = dict(zip(order, order[1:] + order[:1], strict=True))
    shuffled = []
    for position, post in enumerate(posts):
        giver = posts[givers[position]]
        shuffled.append(replace(post.with_pictures(giver.pictures), caption=giver.caption))
    return shuffled


def without_pictures(posts: Sequence[Post]) -> list[Post]:
    """Return the posts with neither pictures nor caption."""
    return [replace(post.with_pictures(()), caption=None) for post in posts]
