"""Posts to files: in the formats that `read_posts` reads, for annotators, and for people."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal, TextIO, TypeAlias, get_args

from mner.errors import InputError, quoted
from mner.files.output import Flushing, write_pieces
from mner.formats import Scheme
from mner.posts.brat import brat_files
from mner.posts.column_writer import columns_of, headed_columns_of
from mner.posts.records import record_of
from mner.posts.table_rows import Rows
from mner.posts.table_write import TableLines
from mner.posts.text import BracketWriter
from mner.types import Post

__all__ = ["Style", "write_posts"]

Style = Literal["imgid", "conll", "jsonl", "csv", "tsv", "brat", "text"]

_DELIMITERS = {"csv": ",", "tsv": "\t"}

_Serialiser: TypeAlias = Callable[[Post, int], str]
"""Turns a post and its position in the file into its lines."""


def write_posts(
    posts: Iterable[Post],
    path: str | Path | TextIO,
    *,
    format: Style,
    scheme: Scheme = "iob2",
    colour: bool = False,
    first: int = 0,
    flushing: Flushing = "each",
    rows: Rows = "entities",
    model: str | None = None,
    first_post: Post | None = None,
) -> None:
    """Write posts as they come.

    Args:
        posts: any number of them.
        path: a file, which appears (or is replaced) when all posts are written and stays as it was
            when that fails; or a text stream.
        format: how posts are written. `jsonl` holds everything a post has. `imgid` and `conll`
            hold tokens and entities without their probabilities, and `imgid` the id of a picture
            that is the post's. `brat` is the standoff format in one stream, each file under a line
            `==> NAME <==` (see `write_brat` for a folder). `csv` and `tsv` are tables for
            spreadsheets. `text` is for people: one line per post
            with its entities as `[words LABEL]`.
        scheme: tagging scheme of the columns.
        colour: whether `text` has colours for a terminal.
        first: the number of posts that are in the stream already.
        flushing: when a stream is flushed.
        rows: what has a row of its own in `csv` and `tsv`.
        model: the fingerprint of the model that has tagged the posts, which `jsonl`, `csv` and
            `tsv` then hold, and `conll` in a comment before the first post.
        first_post: the first post that is in the stream already, whose columns a table has; needed
            where `first` is not 0 and posts have `extra`.

    Raises:
        InputError: the file cannot be written, or a post holds what the format cannot.
    """
    if format in _DELIMITERS:
        table = TableLines(_DELIMITERS[format], rows=rows, model=model, first=first_post)
        write_pieces(_pieces(posts, table, first=first), path, flushing=flushing)
        table.warn_of_left_out()
        return
    serialise = _serialiser(format, scheme, colour=colour, model=model)
    write_pieces(_pieces(posts, serialise, first=first), path, flushing=flushing)


def _serialiser(style: str, scheme: Scheme, *, colour: bool, model: str | None) -> _Serialiser:
    bracketed = BracketWriter(colour=colour)
    serialisers: dict[str, _Serialiser] = {
        "imgid": lambda post, _: headed_columns_of(post, scheme=scheme),
        "conll": partial(columns_of, scheme=scheme, model=model),
        "jsonl": lambda post, _: record_of(post, model=model),
        "brat": lambda post, _: brat_files(post),
        "text": lambda post, _: bracketed(post),
    }
    if style not in serialisers:
        raise InputError(
            f"format {quoted(style)} is not known: expected one of {', '.join(get_args(Style))}"
        )
    return serialisers[style]


def _pieces(
    posts: Iterable[Post], serialise: _Serialiser, *, first: int
) -> Iterator[tuple[str, str]]:
    for position, post in enumerate(posts, start=first):
        yield f"post {quoted(post.id)}", serialise(post, position)
