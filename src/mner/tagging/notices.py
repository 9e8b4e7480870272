"""Warnings about what a model does not use, and about pictures and captions that are missing."""

import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from mner.errors import DataWarning, quoted
from mner.tagging.results import Tagged, TaggedPost
from mner.types import LooksAt, PictureState

__all__ = ["MissingInputs", "warn_of_unused", "with_notice"]


def warn_of_unused(
    given: Mapping[str, tuple[LooksAt, object]], looks_at: LooksAt | None, *, stacklevel: int = 3
) -> None:
    """Warn once about everything that was given by hand and that the model does not look at.

    Args:
        given: for each name what a model must look at to use the value, and the value, or None
            where it was not given.
        looks_at: what this model looks at.
        stacklevel: whom the warning names: 3 for the caller of the calling function.
    """
    unused = [
        name for name, (kind, value) in given.items() if value is not None and kind != looks_at
    ]
    if not unused:
        return
    seen = f"text and {looks_at}" if looks_at else "text only"
    verb = "is" if len(unused) == 1 else "are"
    warnings.warn(
        f"the model looks at {seen}: {' and '.join(unused)} {verb} not used",
        DataWarning,
        stacklevel=stacklevel,
    )


@dataclass
class MissingInputs:
    """Counts, while posts are tagged, the pictures or captions that the model could not look at.

    A post counts where it names a picture; for a model that looks at captions, every post counts.
    """

    looks_at: LooksAt | None
    """What the model looks at beside the text."""
    states: Counter[PictureState] = field(default_factory=Counter)
    first_posts: dict[PictureState, str] = field(default_factory=dict)
    """The first post of each state, with the reason for it."""
    partly: int = 0
    """Posts of several pictures of which some could be looked at and some not."""
    first_partly: str = ""
    """The first of them, with the picture and the reason."""

    def count(self, tagged: Tagged) -> None:
        """Count a tagged post."""
        post = tagged.post
        if self.looks_at == "captions":
            reason = "no caption"
            if post.caption:
                reason = f"no word with a vector in {quoted(post.caption)}"
        elif self.looks_at == "pictures" and post.picture is not None:
            reason = tagged.reason or post.picture
        else:
            return
        self.states[tagged.picture] += 1
        self.first_posts.setdefault(tagged.picture, f"post {quoted(post.id)}: {reason}")
        missing = [seen for seen in tagged.pictures if seen.state is not PictureState.PRESENT]
        if 0 < len(missing) < len(tagged.pictures):
            self.partly += 1
            why = missing[0].reason or missing[0].state
            first = f"post {quoted(post.id)}, picture {quoted(missing[0].name)}: {why}"
            self.first_partly = self.first_partly or first

    def summary(self) -> str:
        """Say how many were missing or unreadable; return an empty string where none was."""
        counts = [
            f"{count} {state} (first: {self.first_posts[state]})"
            for state, count in self.states.items()
            if state is not PictureState.PRESENT
        ]
        parts = []
        if counts:
            parts.append(
                f"{self.looks_at} of {self.states.total()} posts: {', '.join(counts)}; "
                "these posts were tagged by their text alone"
            )
        if self.partly:
            parts.append(
                f"posts that lack some of their pictures: {self.partly} (first: "
                f"{self.first_partly}); they were tagged with the others"
            )
        return "; ".join(parts)


def with_notice(results: Iterable[Tagged], looks_at: LooksAt | None) -> Iterator[TaggedPost]:
    """Yield the posts; after the last one, warn about pictures or captions that are missing."""
    missing = MissingInputs(looks_at)
    for tagged in results:
        missing.count(tagged)
        yield tagged.post
    if summary := missing.summary():
        warnings.warn(summary, DataWarning, stacklevel=2)
