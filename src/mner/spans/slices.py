"""The slices that a comparison scores separately: by label, training, length and picture."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from mner.spans.bootstrap import Keep, has_label
from mner.spans.gold import Mention, mention
from mner.types import Post

__all__ = ["NAMED", "SliceRule", "Visible", "slice_rules"]

_LENGTHS = (
    ("up to 10", 0, 10),
    ("11 to 20", 11, 20),
    ("21 to 30", 21, 30),
    ("31 and more", 31, math.inf),
)
"""Name, least and most words of a post."""


class Visible(NamedTuple):
    """A rule that says which posts have something to look at."""

    name: str
    """What such posts have, such as `picture named`."""
    holds: Callable[[Post], bool]


NAMED = Visible("picture named", lambda post: post.picture is not None)
"""A post has a picture where it names one."""


class SliceRule(NamedTuple):
    """A rule that says which entities a slice holds."""

    group: str
    """The property by which entities are split: `type`, `training`, `words` or `picture`."""
    name: str
    keep: Keep
    """Whether an entity is in the slice."""

    @property
    def key(self) -> str:
        """A name that no other slice of a comparison has."""
        return f"{self.group}: {self.name}"


def slice_rules(
    labels: Sequence[str], *, seen: frozenset[Mention] | None, visible: Visible
) -> list[SliceRule]:
    """List the slices of a comparison, in the order of its table.

    Args:
        labels: labels of gold and predicted entities.
        seen: mentions of the training posts; None leaves the group `training` out.
        visible: which posts have a picture.
    """
    rules = [SliceRule("type", label, has_label(label)) for label in labels]
    if seen is not None:
        rules += _split("training", ("seen", "unseen"), _is_mention(seen))
    rules += [SliceRule("words", name, _of_length(least, most)) for name, least, most in _LENGTHS]
    names = (visible.name, f"no {visible.name}")
    return rules + _split("picture", names, lambda post, _span: visible.holds(post))


def _split(group: str, names: tuple[str, str], keep: Keep) -> list[SliceRule]:
    """Return a slice and its opposite."""
    return [
        SliceRule(group, names[0], keep),
        SliceRule(group, names[1], lambda post, span: not keep(post, span)),
    ]


def _is_mention(mentions: frozenset[Mention]) -> Keep:
    return lambda post, span: mention(post, span) in mentions


def _of_length(least: int, most: float) -> Keep:
    return lambda post, _span: least <= len(post.tokens) <= most
