"""Posts in columns: one `token TAB tag` a line, blank lines between posts, with or without `IMGID:` lines."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from mner.bio import Orphans, Scheme, orphan_starts, split_tag, tags_to_spans
from mner.errors import InputError
from mner.posts.lines import require_utf8
from mner.posts.problems import ProblemLog
from mner.types import Entity, Post

__all__ = ["is_header", "is_tagged_token", "read_columns"]

_HEADER = "IMGID:"
_BLANKS = " \t\r"
_SHOWN = 40
_OTHERS = "a file with a raw post a line is read as text (`mner tag --input-format text`), JSON with one object a line"


def read_columns(
    lines: Iterable[tuple[int, str]],
    *,
    log: ProblemLog,
    scheme: Scheme,
    orphans: Orphans,
    headed: bool,
) -> Iterator[tuple[int, Post]]:
    """Each post with the number of its first line.

    Args:
        lines: numbered, without newlines.
        log: what to do about problems.
        scheme: tagging scheme of the file.
        orphans: what an ill-formed entity means.
        headed: every post should have its `IMGID:` line, whose id is also its picture; if not, no post may have one and ids count the posts.

    Raises:
        InputError: a line is not UTF-8, has more than two columns or has blanks and no TAB, a tag is not of the scheme, or an `IMGID:` line comes
            unexpected, and the log refuses the post.
    """
    for count, block in enumerate(_blocks(lines), start=1):
        try:
            post = _post(block, count, log=log, scheme=scheme, orphans=orphans, headed=headed)
        except InputError as exc:
            log.refuse(exc)
            continue
        if post.tokens:
            yield block.line, post
        else:
            log.report("empty-post", block.line, f"post {post.id!r} has no tokens: left out")


def is_header(line: str) -> bool:
    """Whether a line starts a post with a picture; a token may begin with `IMGID:` too, but then a tag follows."""
    return line.startswith(_HEADER) and "\t" not in line.rstrip(_BLANKS)


def is_tagged_token(line: str, scheme: Scheme) -> bool:
    """Whether a line is certainly `token TAB tag`."""
    token, tab, tag = line.rstrip(_BLANKS).partition("\t")
    try:
        split_tag(tag.strip(_BLANKS), scheme)
    except InputError:
        return False
    return bool(token and tab)


_SCHEME = (
    "`data.scheme` of a recipe, `scheme` of read_posts, whose posts write_posts writes in another"
)


class _Row(NamedTuple):
    line: int
    token: str
    tag: str


@dataclass
class _Block:
    """The lines of one post."""

    line: int
    header: str | None
    """The id in the `IMGID:` line, which may be empty; None where there is no such line."""
    lines: list[tuple[int, str]] = field(default_factory=list)


def _post(
    block: _Block, count: int, *, log: ProblemLog, scheme: Scheme, orphans: Orphans, headed: bool
) -> Post:
    _require_utf8(block, log)
    identity = (
        (_header_id(block, log) or f"line-{block.line}")
        if headed
        else _counted_id(block, count, log)
    )
    rows = [
        row for number, line in block.lines if (row := _row(number, line, log=log, scheme=scheme))
    ]
    entities = _entities(rows, log=log, scheme=scheme, orphans=orphans)
    return Post(
        identity,
        tuple(row.token for row in rows),
        entities,
        picture=(block.header or None) if headed else None,
    )


def _require_utf8(block: _Block, log: ProblemLog) -> None:
    for number, line in [(block.line, f"{_HEADER}{block.header}"), *block.lines]:
        try:
            require_utf8(line)
        except InputError as exc:
            raise log.located(number, exc) from exc


def _blocks(lines: Iterable[tuple[int, str]]) -> Iterator[_Block]:
    """Cut at blank lines and before `IMGID:` lines; a blank line between an `IMGID:` line and its tokens cuts nothing."""
    block: _Block | None = None
    for number, untrimmed in lines:
        line = untrimmed.rstrip(_BLANKS)
        if is_header(line):
            if block:
                yield block
            block = _Block(number, line.removeprefix(_HEADER).strip(_BLANKS))
        elif line:
            block = block or _Block(number, None)
            block.lines.append((number, line))
        elif block and block.lines:
            yield block
            block = None
    if block:
        yield block


def _header_id(block: _Block, log: ProblemLog) -> str | None:
    if not block.header:
        found = (
            "a post without an IMGID line"
            if block.header is None
            else "IMGID: with nothing after it"
        )
        log.report(
            "missing-id",
            block.line,
            f"{found}: its id becomes 'line-{block.line}' and it has no picture",
        )
    return block.header


def _counted_id(block: _Block, count: int, log: ProblemLog) -> str:
    if block.header is not None:
        raise log.located(
            block.line,
            "an IMGID line in a file of two columns: give the first post one too, or read the file as imgid",
        )
    return str(count)


def _row(number: int, line: str, *, log: ProblemLog, scheme: Scheme) -> _Row | None:
    """Token and tag of one line, which has lost its trailing blanks; None for a token that is empty."""
    token, *tags = line.split("\t")
    if len(tags) > 1:
        raise log.located(
            number, f"{len(tags) + 1} columns: expected token TAB tag; remove the other columns"
        )
    if not tags:
        if " " in token.strip():
            shown = token if len(token) <= _SHOWN else f"{token[:_SHOWN]}..."
            raise log.located(
                number, f"{shown!r} has blanks but no TAB: expected token TAB tag; {_OTHERS}"
            )
        log.report(
            "missing-tag", number, f"token {token!r} has no tag: read as O (expected token TAB tag)"
        )
        return _Row(number, token, "O")
    tag = tags[0].strip(_BLANKS)
    try:
        split_tag(tag, scheme)
    except InputError as exc:
        raise log.located(
            number, f"{exc}; correct the line, or say by which scheme to read the file: {_SCHEME}"
        ) from exc
    if not token:
        log.report("empty-token", number, f"no token before tag {tag}: the line is left out")
        return None
    return _Row(number, token, tag)


def _entities(
    rows: list[_Row], *, log: ProblemLog, scheme: Scheme, orphans: Orphans
) -> tuple[Entity, ...]:
    tags = [row.tag for row in rows]
    outcome = "taken as an entity" if orphans == "begin" else "left out"
    for start in orphan_starts(tags, scheme=scheme):
        fault = (
            "begins an entity that is never ended"
            if tags[start][0] == "B"
            else "continues no entity"
        )
        log.report(
            "orphan-tag",
            rows[start].line,
            f"tag {tags[start]} of token {rows[start].token!r} {fault}: {outcome}",
        )
    return tuple(Entity(*span) for span in tags_to_spans(tags, scheme=scheme, orphans=orphans))
