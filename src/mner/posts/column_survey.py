"""What a file in columns is, found out before its posts are read.

A file that can be read twice is looked at as a whole. Of a stream the first post is looked at.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import BinaryIO

from mner.errors import InputError
from mner.posts.bounds import MOST_LINE
from mner.posts.characters import BLANKS, BYTE_ORDER_MARK
from mner.posts.column_layout import Layout, recognise_layout
from mner.posts.column_lines import is_blank, is_comment, is_docstart, is_header
from mner.posts.reading import Lines, Reading, ReadingOptions
from mner.posts.tag_style import TagStyle, recognise_style

__all__ = ["Survey", "survey"]

_FIRST_LINES = 1000
"""Lines from which the columns are recognised."""
_MOST_OF_A_STREAM = 1000
"""Lines of a stream that are held back until its columns are known."""
_BLOCK = 1 << 20
_EDGES = BLANKS.encode()


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of a file in columns before its posts are read."""

    layout: Layout
    style: TagStyle


def survey(lines: Lines, reading: Reading) -> tuple[Survey, Lines]:
    """Return what a file is, and all its lines.

    Raises:
        InputError: its layout is not supported, it has no such columns as the user named, or it is
            not clear what its ill-formed entities are, which are to be left out.
    """
    try:
        with reading.again() as stream:
            if stream is not None:
                return _of_file(stream, reading.options), lines
    except InputError as exc:
        raise InputError(f"{reading.log.name}: {exc}") from exc
    first, lines = _first_post(lines)
    try:
        return _of_stream([line for _, line in first], reading.options), lines
    except InputError as exc:
        raise InputError(f"{reading.log.name}: {exc}") from exc


def _of_file(stream: BinaryIO, options: ReadingOptions) -> Survey:
    blocks = _blocks(stream)
    first = next(blocks, [])
    layout = _layout(map(_decoded, first[:_FIRST_LINES]), options)
    if not first or layout.tag is None:
        return Survey(layout, TagStyle())
    pairs: Counter[tuple[bytes, bytes]] = Counter()
    last = b""
    for block in chain([first], blocks):
        tags = _tags(block, layout)
        pairs[last, tags[0]] += 1
        pairs.update(pairwise(tags))
        last = tags[-1]
    decoded = {(_decoded(before), _decoded(tag)): count for (before, tag), count in pairs.items()}
    style = recognise_style(decoded, options.scheme)
    if not style.is_sure and options.orphans == "drop" and options.scheme == "auto":
        raise InputError(
            "all entities begin with I-, so that the scheme may be IOB1, or IOB2 in which none of "
            "them is well-formed: strict scoring needs to know it; give --scheme iob1 or --scheme "
            "iob2 (`data.scheme` of a recipe, `scheme` of read_posts)"
        )
    return Survey(layout, style)


def _of_stream(lines: Sequence[str], options: ReadingOptions) -> Survey:
    """Return what the first post of a stream shows; IOB1 takes more to be recognised."""
    layout = _layout(lines, options)
    if layout.tag is None:
        return Survey(layout, TagStyle())
    rows = (layout.split(line.rstrip(BLANKS)) for line in _token_lines(lines))
    tags = [row[layout.tag] for row in rows if len(row) == layout.width]
    style = recognise_style(Counter(pairwise(["", *tags])), options.scheme)
    if style.scheme == "iob1" and options.scheme == "auto":
        style = TagStyle("iob2", style.has_types, style.is_lower)
    return Survey(layout, style)


def _first_post(lines: Lines) -> tuple[list[tuple[int, str]], Lines]:
    """Return the lines of the first post, and all lines."""
    first: list[tuple[int, str]] = []
    has_tokens = False
    for number, line in lines:
        first.append((number, line))
        if (has_tokens and (is_blank(line) or is_header(line))) or len(first) > _MOST_OF_A_STREAM:
            break
        has_tokens = has_tokens or any(_token_lines([line]))
    return first, chain(first, lines)


def _layout(lines: Iterable[str], options: ReadingOptions) -> Layout:
    return recognise_layout([line.rstrip(BLANKS) for line in _token_lines(lines)], options.columns)


def _token_lines(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if not (is_blank(line) or is_header(line) or is_docstart(line) or is_comment(line)):
            yield line


def _blocks(stream: BinaryIO) -> Iterator[list[bytes]]:
    """Yield the lines of a file in lists that are not empty."""
    rest = b""
    while block := stream.read(_BLOCK):
        lines = (rest + block).split(b"\n")
        rest = lines.pop()
        if len(rest) > MOST_LINE:
            rest = b""  # refused when the posts are read
        if lines:
            yield lines
    if rest:
        yield rest.split(b"\r")  # a file of one line may have ends of CR alone


def _tags(lines: Sequence[bytes], layout: Layout) -> list[bytes]:
    """Return the tag of each line; empty where there is none."""
    assert layout.tag is not None
    if layout.separator == "\t" and layout.tag == layout.width - 1 == 1:
        parts = [line.rstrip(_EDGES).rpartition(b"\t") for line in lines]
        return [tag if separator else b"" for _, separator, tag in parts]
    tags = []
    for line in lines:
        cells = layout.split(_decoded(line).rstrip(BLANKS))
        is_row = len(cells) == layout.width and any(_token_lines([_decoded(line)]))
        tags.append(cells[layout.tag].encode("utf-8", "surrogateescape") if is_row else b"")
    return tags


def _decoded(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape").removeprefix(BYTE_ORDER_MARK).strip(BLANKS)
