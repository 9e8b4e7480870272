"""Files to posts, one at a time: `IMGID:` files, two columns, JSONL, and raw text.

Kinds of problem, which are met without stopping unless `strict`: `missing-tag`, `orphan-tag`, `empty-token`, `missing-id`, `duplicate-id`, `empty-post`,
`lone-surrogate`.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Literal, TypeAlias

from mner.bio import Orphans, Scheme
from mner.data.columns import is_header, is_tagged_token, read_columns
from mner.data.lines import Source, numbered_lines, source_name
from mner.data.problems import ProblemLog
from mner.data.records import raw_post, read_records
from mner.errors import InputError, Problem
from mner.types import Post

__all__ = ["Format", "read_numbered_posts", "read_posts"]

Format = Literal["auto", "imgid", "conll", "jsonl", "text"]

_FORMATS = ("auto", "imgid", "conll", "jsonl", "text")
_Lines: TypeAlias = Iterator[tuple[int, str]]


def read_posts(
    path: Source,
    *,
    format: Format = "auto",  # noqa: A002
    scheme: Scheme = "iob2",
    orphans: Orphans = "begin",
    strict: bool = False,
    on_problem: Callable[[Problem], None] | None = None,
) -> Iterator[Post]:
    """The posts of a file, in order and one at a time; memory grows only with their ids.

    Args:
        path: a file, an open stream, or `-` for standard input; UTF-8.
        format: `imgid` (`IMGID:<picture id>` lines and `token TAB tag` lines), `conll` (the same without pictures), `jsonl` (an object a post) or
            `text` (a raw post a line, whose number is its id); `auto` tells the first three apart by the first line that is not blank.
        scheme: tagging scheme of the columns.
        orphans: what an ill-formed entity means, `begin` (an entity) or `drop` (nothing).
        strict: the first problem is an error.
        on_problem: gets every problem; without it one `DataWarning` of each kind follows the last post.

    Raises:
        InputError: the file cannot be read or holds no posts, a line is ill-formed, or `strict` and there is a problem; file and line are named.
    """
    numbered = read_numbered_posts(path, format=format, scheme=scheme, orphans=orphans, strict=strict, on_problem=on_problem)
    return (post for _, post in numbered)


def read_numbered_posts(
    path: Source,
    *,
    format: Format = "auto",  # noqa: A002
    scheme: Scheme = "iob2",
    orphans: Orphans = "begin",
    strict: bool = False,
    on_problem: Callable[[Problem], None] | None = None,
) -> Iterator[tuple[int, Post]]:
    """As `read_posts`, each post with the number of the line where it starts."""
    if format not in _FORMATS:
        raise InputError(f"format {format!r} is not known: expected one of {', '.join(_FORMATS)}")
    log = ProblemLog(source_name(path), strict=strict, on_problem=on_problem)
    return _checked(_parsed(numbered_lines(path), log=log, format=format, scheme=scheme, orphans=orphans), log)


def _parsed(lines: _Lines, *, log: ProblemLog, format: Format, scheme: Scheme, orphans: Orphans) -> Iterator[tuple[int, Post]]:  # noqa: A002
    if format == "auto":
        format, lines = _recognised(lines, scheme)  # noqa: A001
    if format == "jsonl":
        return read_records(lines, log=log)
    if format == "text":
        return ((number, raw_post(str(number), line.rstrip("\r"))) for number, line in lines if line.strip())
    return read_columns(lines, log=log, scheme=scheme, orphans=orphans, headed=format == "imgid")


def _recognised(lines: _Lines, scheme: Scheme) -> tuple[Format, _Lines]:
    """The format of the first line that is not blank, and all lines from there on."""
    for number, line in lines:
        if not line.strip(" \t\r"):
            continue
        rest = chain([(number, line)], lines)
        if is_header(line):
            return "imgid", rest
        if line.lstrip(" \t").startswith("{") and not is_tagged_token(line, scheme):
            return "jsonl", rest
        return "conll", rest
    return "conll", lines


def _checked(posts: Iterator[tuple[int, Post]], log: ProblemLog) -> Iterator[tuple[int, Post]]:
    """The same posts, and what can be said only of all of them together."""
    first_lines: dict[str, int] = {}
    for number, post in posts:
        first = first_lines.setdefault(post.id, number)
        if first != number:
            log.report("duplicate-id", number, f"post id {post.id!r} was given in line {first} already: both are kept")
        yield number, post
    if not first_lines:
        raise InputError(f"{log.name}: holds no posts")
    log.warn()
