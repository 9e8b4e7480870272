"""Posts for people to read, a line each: the words with their entities in brackets."""

import re

from mner.posts.layout import runs
from mner.types import Entity, Post

__all__ = ["TextLines"]

# Characters that would move a terminal's cursor or change its state, whoever wrote the post.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SPACE = re.compile(r"\s+")
_COLOURS = (36, 33, 32, 35, 31, 34)
"""ANSI codes of foreground colours."""


class TextLines:
    """Turns posts into lines such as `In [New York LOC 0.93]`; a label keeps its colour from post to post."""

    def __init__(self, *, colour: bool = False) -> None:
        """Take whether a terminal shows the lines, which knows ANSI's codes for colours."""
        self._colour = colour
        self._codes: dict[str, int] = {}

    def __call__(self, post: Post) -> str:
        """The line of a post, with its newline."""
        pieces = [
            self._marked(_plain(text), entity) if entity else _plain(text)
            for text, entity in runs(post)
        ]
        return "".join(pieces).strip() + "\n"

    def _marked(self, text: str, entity: Entity) -> str:
        probability = "" if entity.probability is None else f" {entity.probability:.2f}"
        label = _plain(entity.label)
        if not self._colour:
            return f"[{text} {label}{probability}]"
        code = self._codes.setdefault(entity.label, _COLOURS[len(self._codes) % len(_COLOURS)])
        return f"\x1b[1;{code}m{text}\x1b[22m [{label}{probability}]\x1b[0m"


def _plain(text: str) -> str:
    """On one line, and without power over a terminal."""
    return _CONTROL.sub("\ufffd", _SPACE.sub(" ", text))
