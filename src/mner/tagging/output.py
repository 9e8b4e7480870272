"""Writing tagged posts to a file or to standard output, in any of the formats."""

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from mner.errors import InputError
from mner.files.output import Flushing, standard_output
from mner.formats import OutputStyle
from mner.pages.orders import Order
from mner.posts.table_rows import Rows
from mner.posts.table_write import require_tables, write_table
from mner.posts.write import write_posts
from mner.tagging.checks import check_min_probability
from mner.tagging.explain import Explained
from mner.tagging.formats import KEEPING, LINES, TABLE_KINDS, TABLES, output_style
from mner.tagging.promise import parse_promises
from mner.tagging.unfinished import Unfinished
from mner.types import Post

__all__ = ["Output", "write_results"]

_EXPLAINED: frozenset[OutputStyle] = frozenset({"jsonl", "text", "html"})
_WITH_MODEL: frozenset[OutputStyle] = frozenset({"jsonl", "conll", "html", *TABLES})


@dataclass(frozen=True, slots=True)
class Output:
    """Where tagged posts go, and in which form.

    Raises:
        InputError: the least probability is not a number from 0 to 1, or the options do not go
            together.
    """

    path: Path | None = None
    """The file, which appears when it is complete; for `brat` a folder; standard output if None."""
    style: OutputStyle | None = None
    """The format; None is what the ending of the file stands for, `text` on a terminal, and
    `jsonl` elsewhere."""
    min_probability: float = 0.0
    """Entities that are less probable are left out."""
    promise: str | None = None
    """Leave out entities so that the others have a precision that the model has promised, such as
    `precision=0.85`; see `mner.tagging.promise`."""
    explain: bool = False
    """Give the reason for each entity, in `jsonl`, `text` or `html`."""
    resume: bool = False
    """Go on with what an interrupted run has left of the file."""
    rows: Rows | None = None
    """What has a row of its own in a table; None is an entity."""
    with_model: bool = False
    """Give the fingerprint of the model: with each post or row in `jsonl` and in tables, once in
    `conll` and `html`."""
    sort: Order | None = None
    """The order in which a page of `html` opens; `picture-effect` goes with `explain`. If None,
    pictures that mattered come first with `explain`, and posts with entities without it."""

    def __post_init__(self) -> None:
        check_min_probability(self.min_probability)
        self._check_promise()
        style = self.final_style
        if self.explain and style not in _EXPLAINED:
            raise _misfit("--explain", style, _EXPLAINED)
        if self.explain and style == "html" and self.path is None:
            raise InputError("--explain --format html writes a page: name its file by --output")
        if style in TABLE_KINDS and self.path is None:
            raise InputError(f"--format {style} writes a file: name it by --output")
        if self.rows is not None and style not in TABLES:
            raise _misfit("--rows", style, TABLES)
        if self.with_model and style not in _WITH_MODEL:
            raise _misfit("--with-model", style, _WITH_MODEL)
        if self.sort is not None and style != "html":
            raise _misfit("--sort", style, frozenset({"html"}))
        if self.sort == "picture-effect" and not self.explain:
            raise InputError("--sort picture-effect goes with --explain, which measures it")
        if self.resume and (self.path is None or style not in LINES):
            raise InputError(
                "--resume goes with --output to a file whose lines can be continued: "
                f"{', '.join(sorted(LINES))}; a file of another format is written again from its "
                "beginning"
            )

    def _check_promise(self) -> None:
        """Refuse a promise that is ill-written, or beside another least probability."""
        if self.promise is None:
            return
        parse_promises(self.promise)
        if self.min_probability:
            raise InputError("--promise does not go with --min-probability: it sets its own")

    @property
    def final_style(self) -> OutputStyle:
        """The format, also where the user does not name it."""
        if self.path is not None:
            return output_style(self.path, self.style)
        is_terminal = sys.stdout is not None and sys.stdout.isatty()
        return self.style or ("text" if is_terminal else "jsonl")

    def require_packages(self) -> None:
        """Make sure that the packages of the format are there.

        Raises:
            MissingExtraError: they are not installed.
        """
        if (kind := TABLE_KINDS.get(self.final_style)) is not None:
            require_tables(kind)

    def require_keeping(self, option: str = "--keep") -> None:
        """Refuse a format that has no place for fields beside those of a post.

        Args:
            option: needs such a place.

        Raises:
            InputError: there is none.
        """
        if self.final_style not in KEEPING:
            raise _misfit(option, self.final_style, KEEPING)

    def require_escalation(self) -> None:
        """Refuse what does not go with the entities of an endpoint.

        Raises:
            InputError: the format cannot say whose entities a post has, or an option asks for what
                is known of the model's entities alone.
        """
        option = "--escalate-below"
        self.require_keeping(option)
        for name, is_given in (
            ("--min-probability", self.min_probability > 0),
            ("--promise", self.promise is not None),
            ("--explain", self.explain),
        ):
            if is_given:
                raise InputError(
                    f"{option} does not go with {name}, which holds for the model's entities alone"
                )

    @property
    def is_resumable(self) -> bool:
        """Whether the output is a file of lines, to which lines can be added."""
        is_file = self.path is not None and (self.path.is_file() or not self.path.exists())
        return is_file and self.final_style in LINES


def write_results(
    results: Iterable[Explained],
    output: Output,
    *,
    picture: Callable[[str], bytes | None],
    unfinished: Unfinished | None = None,
    model: str,
    is_live: bool = True,
    first_post: Post | None = None,
) -> None:
    """Write tagged posts as they come.

    Args:
        results: the posts, with reasons if the output asks for them.
        output: where they go.
        picture: returns the JPEG to show for a picture that a post names, for `html`.
        unfinished: where the results are written instead, if they are lines of a file.
        model: the fingerprint of the model.
        is_live: whether each post is to appear as soon as it is tagged.
        first_post: the first post of the file, where an earlier run has written it.

    Raises:
        InputError: the file cannot be written, or a post holds what the format cannot.
    """
    is_terminal = output.path is None and standard_output().isatty()
    style = output.final_style
    fingerprint = model if output.with_model else None
    flushing: Flushing = "each" if is_live or is_terminal else "gathered"
    colour = is_terminal and not os.environ.get("NO_COLOR")
    target = output.path or standard_output()
    first = 0
    if unfinished is not None:
        target, first = unfinished.stream, unfinished.done
        flushing = "each" if is_live else "never"
        results = unfinished.counted(results)
    if output.explain:
        from mner.tagging.write_explained import write_explained

        write_explained(
            results,
            target,
            style=style,
            colour=colour,
            picture=picture,
            model=fingerprint,
            flushing=flushing,
            order=output.sort,
        )
        return
    posts = (explained.tagged.post for explained in results)
    if style == "html":
        from mner.pages.write_html import write_html

        order = output.sort or "entities"
        write_html(posts, target, picture=picture, order=order, model=fingerprint)
    elif style == "brat" and output.path is not None:
        from mner.posts.brat import write_brat

        write_brat(posts, output.path)
    elif style == "xlsx" or style == "parquet":  # noqa: PLR1714  mypy narrows this alone
        assert output.path is not None
        write_table(
            posts,
            output.path,
            kind=style,
            rows=output.rows or "entities",
            model=fingerprint,
        )
    else:
        write_posts(
            posts,
            target,
            format=style,
            colour=colour,
            first=first,
            flushing=flushing,
            rows=output.rows or "entities",
            model=fingerprint,
            first_post=first_post,
        )


def _misfit(option: str, style: str, expected: frozenset[OutputStyle]) -> InputError:
    return InputError(
        f"{option} does not go with the format {style}: expected {', '.join(sorted(expected))}"
    )
