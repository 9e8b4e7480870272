"""Files to posts, one at a time: `IMGID:` files, two columns, JSONL, and raw text.

Kinds of problem, which are met without stopping unless `strict`: `missing-tag`, `orphan-tag`, `empty-token`, `missing-id`, `duplicate-id`, `empty-post`,
`lone-surrogate`, `unknown-key`.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Literal, TypeAlias, get_args

from mner.bio import Orphans, Scheme
from mner.errors import InputError, Problem
from mner.posts.columns import is_header, is_tagged_token, read_columns
from mner.posts.lines import Source, numbered_lines, source_name
from mner.posts.problems import ProblemLog
from mner.posts.records import read_records, read_texts
from mner.require import require_entities
from mner.types import Post

__all__ = ["Format", "read_numbered_posts", "read_posts", "read_tagged"]

Format = Literal["auto", "imgid", "conll", "jsonl", "text"]

_FORMATS = get_args(Format)
_Lines: TypeAlias = Iterator[tuple[int, str]]


def read_posts(
    path: Source,
    *,
    format: Format = "auto",
    scheme: Scheme = "iob2",
    orphans: Orphans = "begin",
    strict: bool = False,
    on_problem: Callable[[Problem], None] | None = None,
    on_error: Callable[[InputError], None] | None = None,
    check_ids: bool = True,
) -> Iterator[Post]:
    """The posts of a file, in order and one at a time.

    Args:
        path: a file, an open stream, or `-` for standard input; UTF-8.
        format: `imgid` (`IMGID:<picture id>` lines and `token TAB tag` lines), `conll` (the same without pictures), `jsonl` (an object a post) or
            `text` (a raw post a line, whose number is its id); `auto` tells the first three apart by the first line that is not blank.
        scheme: tagging scheme of the columns.
        orphans: what an ill-formed entity means, `begin` (an entity) or `drop` (nothing).
        strict: the first problem is an error.
        on_problem: gets every problem; without it one `DataWarning` of each kind follows the last post.
        on_error: gets the error of every post that cannot be read, which is left out; without it the first one is raised.
        check_ids: report ids that come twice. All of them are held in memory; without the check, memory does not grow with the file.

    Raises:
        InputError: `format`, `scheme` or `orphans` is not known; the file cannot be read or holds no posts, a line is ill-formed, or `strict` and there is a
            problem: file and line are named.
    """
    numbered = read_numbered_posts(
        path,
        format=format,
        scheme=scheme,
        orphans=orphans,
        strict=strict,
        on_problem=on_problem,
        on_error=on_error,
        check_ids=check_ids,
    )
    return (post for _, post in numbered)


def read_tagged(
    path: Source, *, format: Format = "auto", scheme: Scheme = "iob2", orphans: Orphans = "begin"
) -> Iterator[Post]:
    """As `read_posts`, of posts that somebody has annotated or something has tagged.

    Raises:
        InputError: as `read_posts`, or a post is not annotated.
    """
    for number, post in read_numbered_posts(path, format=format, scheme=scheme, orphans=orphans):
        try:
            require_entities(post)
        except InputError as exc:
            raise InputError(f"{source_name(path)}:{number}: {exc}") from exc
        yield post


def read_numbered_posts(
    path: Source,
    *,
    format: Format = "auto",
    scheme: Scheme = "iob2",
    orphans: Orphans = "begin",
    strict: bool = False,
    on_problem: Callable[[Problem], None] | None = None,
    on_error: Callable[[InputError], None] | None = None,
    check_ids: bool = True,
) -> Iterator[tuple[int, Post]]:
    """As `read_posts`, each post with the number of the line where it starts."""
    for name, value, known in (
        ("format", format, _FORMATS),
        ("scheme", scheme, get_args(Scheme)),
        ("orphans", orphans, get_args(Orphans)),
    ):
        if value not in known:
            raise InputError(f"{name} {value!r} is not known: expected one of {', '.join(known)}")
    log = ProblemLog(source_name(path), strict=strict, on_problem=on_problem, on_error=on_error)
    posts = _parsed(
        numbered_lines(path, keep_undecodable=on_error is not None),
        log=log,
        format=format,
        scheme=scheme,
        orphans=orphans,
    )
    return _counted(_distinct(posts, log) if check_ids else posts, log)


def _parsed(
    lines: _Lines, *, log: ProblemLog, format: Format, scheme: Scheme, orphans: Orphans
) -> Iterator[tuple[int, Post]]:
    if format == "auto":
        format, lines = _recognised(lines, scheme)
    if format == "jsonl":
        return read_records(lines, log=log)
    if format == "text":
        return read_texts(lines, log=log)
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


def _counted(posts: Iterator[tuple[int, Post]], log: ProblemLog) -> Iterator[tuple[int, Post]]:
    """The same posts, and what can be said only when all have come."""
    is_empty = True
    for numbered in posts:
        is_empty = False
        yield numbered
    if is_empty:
        raise InputError(f"{log.name}: holds no posts")
    log.warn()


def _distinct(posts: Iterator[tuple[int, Post]], log: ProblemLog) -> Iterator[tuple[int, Post]]:
    """The same posts, with a report of ids that come twice."""
    first_lines: dict[str, int] = {}
    for number, post in posts:
        first = first_lines.setdefault(post.id, number)
        if first != number:
            log.report(
                "duplicate-id",
                number,
                f"post id {post.id!r} was given in line {first} already: both are kept",
            )
        yield number, post
