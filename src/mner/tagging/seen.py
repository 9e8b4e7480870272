"""What became of the pictures or captions of posts, counted while they are tagged, so that none is missed without a word."""

from collections import Counter
from dataclasses import dataclass, field

from mner.types import LooksAt, PictureState, Post

__all__ = ["Seen"]


@dataclass
class Seen:
    """Counts the states of the pictures that posts name, or of the captions that posts should have."""

    looks_at: LooksAt | None
    """What the model looks at."""
    states: Counter[PictureState] = field(default_factory=Counter)
    firsts: dict[PictureState, str] = field(default_factory=dict)
    """The first post of each state, with the reason."""

    def note(self, post: Post, state: PictureState, reason: str | None) -> None:
        """Count a post that was tagged; the reason is that of a picture."""
        if self.looks_at == "captions":
            self._note(
                post,
                state,
                f"no word with a vector in {post.caption!r}" if post.caption else "no caption",
            )
        elif self.looks_at == "pictures" and post.picture is not None:
            self._note(post, state, reason or post.picture)

    def missing(self) -> str:
        """How many were not there or could not be read, in words; empty where all were."""
        states = [
            (state, count)
            for state, count in self.states.items()
            if state is not PictureState.PRESENT
        ]
        if not states:
            return ""
        counts = ", ".join(
            f"{count} {state} (first: {self.firsts[state]})" for state, count in states
        )
        return f"{self.looks_at} of {self.states.total()} posts: {counts}; these posts were tagged by their text alone"

    def _note(self, post: Post, state: PictureState, reason: str) -> None:
        self.states[state] += 1
        self.firsts.setdefault(state, f"post {post.id!r}: {reason}")
