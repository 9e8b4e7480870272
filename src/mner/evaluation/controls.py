"""Controls: the same posts with the pictures of other posts, or with none."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from mner.errors import InputError
from mner.types import Post

__all__ = ["shuffle_pictures", "without_pictures"]


def shuffle_pictures(posts: Iterable[Post], *, seed: int) -> list[Post]:
    """Give every post the picture and caption of another one: what a model gains from the right picture, it loses here.

    Raises:
        InputError: there are fewer than two posts.
    """
    posts = list(posts)
    if len(posts) < 2:
        raise InputError(
            f"pictures cannot be exchanged between {len(posts)} post{'' if len(posts) == 1 else 's'}: expected at least two"
        )
    order = np.random.default_rng(seed).permutation(len(posts)).tolist()
    givers = dict(zip(order, order[1:] + order[:1], strict=True))
    return [
        replace(post, picture=posts[givers[place]].picture, caption=posts[givers[place]].caption)
        for place, post in enumerate(posts)
    ]


def without_pictures(posts: Iterable[Post]) -> list[Post]:
    """The posts with neither picture nor caption."""
    return [replace(post, picture=None, caption=None) for post in posts]
