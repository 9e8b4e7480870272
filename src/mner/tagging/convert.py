"""Posts from a file of one format to a file of another."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, cast, get_args

from mner.errors import InputError, quoted
from mner.files.apart import check_apart
from mner.posts.exchange.write import LINE_WRITERS, write_form
from mner.posts.read import read_numbered_posts
from mner.posts.reading import RECOGNISED, ReadingOptions
from mner.posts.table_rows import Rows
from mner.posts.table_write import write_table
from mner.posts.write import write_posts
from mner.tagging.formats import ENDINGS
from mner.types import Post

__all__ = ["Converted", "convert", "style_of", "write_as"]

_Own: TypeAlias = Literal["jsonl", "csv", "tsv", "conll", "imgid"]

_TABLES = ("xlsx", "parquet")
_KNOWN = (*LINE_WRITERS, *get_args(_Own), *_TABLES)


@dataclass(slots=True)
class Converted:
    """What was written."""

    posts: int = 0
    entities: int = 0


def convert(
    source: str | Path,
    target: Path,
    *,
    style: str | None = None,
    reading: ReadingOptions = RECOGNISED,
) -> Converted:
    """Write the posts of a file to another file, one at a time.

    Args:
        source: a file that `read_posts` reads, or `-` for standard input.
        target: the file, which appears (or is replaced) when it is complete. Tasks of Label Studio
            are one JSON array in a file whose name ends in `.json`.
        style: a key of `LINE_WRITERS`, or a format that an ending stands for; None for what the
            ending of the target says.
        reading: how the source is read.

    Raises:
        InputError: the source cannot be read, or the target cannot be written, is the source, or
            has a format that is not known or cannot hold a post.
        MissingExtraError: the packages for XLSX and Parquet are not installed.
    """
    style = style_of(target, style)
    check_apart(target, {"the input": source})
    done = Converted()
    posts = _counted((post for _, post in read_numbered_posts(source, reading)), done)
    write_as(posts, target, style)
    return done


def write_as(posts: Iterable[Post], target: Path, style: str, *, rows: Rows = "entities") -> None:
    """Write posts to a file of a format that `style_of` has returned.

    Args:
        posts: any number of them.
        target: as for `convert`.
        style: the format.
        rows: what has a row of its own in a table.

    Raises:
        InputError: the file cannot be written, or the format cannot hold a post.
        MissingExtraError: the packages for XLSX and Parquet are not installed.
    """
    if style in LINE_WRITERS:
        write_form(posts, target, form=style, is_array=target.suffix.lower() == ".json")
    elif style in _TABLES:
        write_table(posts, target, kind="xlsx" if style == "xlsx" else "parquet", rows=rows)
    else:
        write_posts(posts, target, format=cast(_Own, style), rows=rows)


def style_of(target: Path, style: str | None) -> str:
    """Return the format of a file that is to be written.

    Args:
        target: the file, whose ending may say it.
        style: as for `convert`.

    Raises:
        InputError: the format is not known, or contradicts the ending.
    """
    meant = ENDINGS.get(target.suffix.lower())
    if style is None and meant in _KNOWN:
        return str(meant)
    if style is None:
        endings = ", ".join(ending for ending, of_it in ENDINGS.items() if of_it in _KNOWN)
        raise InputError(
            f"{quoted(str(target))}: the name does not say the format: expected one of the endings "
            f"{endings}, or --to with one of {', '.join(LINE_WRITERS)}"
        )
    if style not in _KNOWN:
        raise InputError(f"--to {quoted(style)} is not known: expected one of {', '.join(_KNOWN)}")
    is_object = style in LINE_WRITERS and meant == "jsonl"
    if meant is not None and meant != style and not is_object:
        raise InputError(
            f"{quoted(str(target))} and --to {style} contradict one another: "
            f"{target.suffix} is the ending of {meant}; give OUT another ending, or leave --to out"
        )
    return style


def _counted(posts: Iterable[Post], done: Converted) -> Iterator[Post]:
    for post in posts:
        done.posts += 1
        done.entities += len(post.entities or ())
        yield post
