"""Posts as lines of text: raw posts read, and posts with their entities in brackets written."""

from mner.errors import InputError
from mner.files.terminal import one_line
from mner.posts.layout import stretches
from mner.posts.lines import require_readable
from mner.posts.raw import raw_post
from mner.posts.reading import Lines, NumberedPosts, Reading
from mner.types import Entity, Post

__all__ = ["BracketWriter", "read_texts"]

_COLOURS = (36, 33, 32, 35, 31, 34)
"""ANSI codes of foreground colours."""


def read_texts(lines: Lines, reading: Reading) -> NumberedPosts:
    """Yield each line as a raw post, with its number, which is also its id.

    A blank line is a post without words, so that lines out are lines in.

    Raises:
        InputError: a line is not UTF-8 or too long, and the log refuses it.
    """
    log = reading.log
    for number, line in lines:
        try:
            require_readable(line)
            post = raw_post(str(number), line.rstrip("\r"))
        except InputError as exc:
            log.refuse(log.located(number, exc))
            continue
        yield number, post


class BracketWriter:
    """Turns posts into lines such as `In [New York LOC 0.93]` for people to read.

    A label keeps its colour from post to post.

    Args:
        colour: whether the lines have ANSI's codes for colours, for a terminal that knows them.
    """

    def __init__(self, *, colour: bool = False) -> None:
        self._colour = colour
        self._codes: dict[str, int] = {}

    def __call__(self, post: Post) -> str:
        """Return the line of a post, with its newline."""
        line = ""
        for text, entity in stretches(post):
            line += self._marked(one_line(text), entity) if entity else one_line(text)
        for written in post.picture_entities or ():
            entity = Entity(0, 0, written.label, written.probability)
            name = f" {one_line(written.picture)}" if written.picture else ""
            line += f" (picture{name}: {self._marked(one_line(written.text), entity)})"
        return line.strip() + "\n"

    def _marked(self, text: str, entity: Entity) -> str:
        note = one_line(entity.label)
        if entity.probability is not None:
            note += f" {entity.probability:.2f}"
        if not self._colour:
            return f"[{text} {note}]"
        code = self._codes.setdefault(entity.label, _COLOURS[len(self._codes) % len(_COLOURS)])
        return f"\x1b[1;{code}m{text}\x1b[22m [{note}]\x1b[0m"
