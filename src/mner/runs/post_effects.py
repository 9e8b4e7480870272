"""Which posts the picture corrected: the examples that the demonstration begins with."""

from collections.abc import Sequence
from dataclasses import dataclass

from mner.types import Post, Span

__all__ = ["PostEffects", "post_effects"]

_EXAMPLES, _CORRECTED, _BROKEN = 12, 6, 2


@dataclass(frozen=True, slots=True)
class PostEffects:
    """Positions of test posts by what the picture did, in the order of the file."""

    corrected: tuple[int, ...]
    """The tagger with the picture finds more gold entities than its twin without."""
    broken: tuple[int, ...]
    """It finds fewer."""
    rest: tuple[int, ...]

    def chosen(self) -> tuple[int, ...]:
        """Return the posts to show: some that the picture corrected, then broke, then others."""
        chosen = self.corrected[:_CORRECTED] + self.broken[:_BROKEN]
        return chosen + self.rest[: _EXAMPLES - len(chosen)]

    def summary(self) -> str:
        """Say how many posts of each kind there are, and with how many the examples begin."""
        posts = len(self.corrected) + len(self.broken) + len(self.rest)
        return (
            f"With the picture, more entities are found in {len(self.corrected)} of {posts} test "
            f"posts and fewer in {len(self.broken)}. The examples begin with "
            f"{len(self.corrected[:_CORRECTED])} posts of the first kind and "
            f"{len(self.broken[:_BROKEN])} of the second."
        )


def post_effects(
    gold: Sequence[Post], *, without: Sequence[Post], with_picture: Sequence[Post]
) -> PostEffects:
    """Compare two taggers post by post, by the number of gold entities that they find.

    Args:
        gold: N annotated posts.
        without: the same posts, tagged without the picture.
        with_picture: the same posts, tagged with it.
    """
    corrected, broken, rest = [], [], []
    for position, post in enumerate(gold):
        spans = _spans(post)
        found = len(spans & _spans(with_picture[position]))
        found_without = len(spans & _spans(without[position]))
        if found > found_without:
            corrected.append(position)
        elif found < found_without:
            broken.append(position)
        else:
            rest.append(position)
    return PostEffects(tuple(corrected), tuple(broken), tuple(rest))


def _spans(post: Post) -> set[Span]:
    return {entity.span for entity in post.entities or ()}
