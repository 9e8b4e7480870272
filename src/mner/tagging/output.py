"""Writing tagged posts to a file or to standard output, in any of the formats."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mner.files.output import standard_output
from mner.posts.write import write_posts
from mner.tagging.checks import check_min_probability
from mner.tagging.explain import Explained
from mner.tagging.unfinished import Unfinished
from mner.types import Post

__all__ = ["Output", "write_results"]


@dataclass(frozen=True, slots=True)
class Output:
    """Where tagged posts go, and in which form.

    Raises:
        InputError: the least probability is not a number from 0 to 1.
    """

    path: Path | None = None
    """The file, which appears when it is complete; for `brat` a folder; standard output if None."""
    style: Literal["jsonl", "conll", "brat", "html", "text"] | None = None
    """The format; None is `text` on a terminal and `jsonl` elsewhere."""
    min_probability: float = 0.0
    """Entities that are less probable are left out."""
    explain: bool = False
    """Give the reason for each entity, in `jsonl`, `text` or `html`."""

    resume: bool = False
    """Go on with what an interrupted run has left of the file."""

    @property
    def is_resumable(self) -> bool:
        """Whether the output is a file of lines, to which lines can be added."""
        is_file = self.path is not None and (self.path.is_file() or not self.path.exists())
        return is_file and self.style not in {"brat", "html"}

    def __post_init__(self) -> None:
        check_min_probability(self.min_probability)


def write_results(
    results: Iterable[Explained],
    output: Output,
    *,
    picture: Callable[[Post], bytes | None],
    unfinished: Unfinished | None = None,
) -> None:
    """Write tagged posts as they come.

    Args:
        results: the posts, with reasons if the output asks for them.
        output: where they go.
        picture: the JPEG to show for a post, for `html`.
        unfinished: where the results are written instead, if they are lines of a file.

    Raises:
        InputError: the file cannot be written, or a post holds what the format cannot.
    """
    is_terminal = output.path is None and standard_output().isatty()
    style = output.style or ("text" if is_terminal else "jsonl")
    colour = is_terminal and not os.environ.get("NO_COLOR")
    target = output.path or standard_output()
    first = 0
    if unfinished is not None:
        target, first = unfinished.stream, unfinished.done
        results = unfinished.counted(results)
    if output.explain:
        from mner.tagging.write_explained import write_explained

        write_explained(results, target, style=style, colour=colour, picture=picture)
        return
    posts = (explained.tagged.post for explained in results)
    if style == "html":
        from mner.pages.write_html import write_html

        write_html(posts, target, picture=picture)
    elif style == "brat" and output.path is not None:
        from mner.posts.brat import write_brat

        write_brat(posts, output.path)
    else:
        write_posts(posts, target, format=style, colour=colour, first=first)
