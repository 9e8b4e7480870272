"""Posts from a file of one format to a file of another."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeAlias, cast, get_args

from mner.errors import InputError, quoted
from mner.files.apart import check_apart
from mner.files.output import write_pieces
from mner.posts.brat import write_brat
from mner.posts.dataset_writer import write_dataset
from mner.posts.docbin import write_docbin
from mner.posts.exchange.write import LINE_WRITERS, write_form
from mner.posts.read import read_numbered_posts
from mner.posts.reading import RECOGNISED, ReadingOptions
from mner.posts.table_rows import Rows
from mner.posts.table_write import write_table
from mner.posts.webanno import webanno_pieces
from mner.posts.write import write_posts
from mner.tagging.formats import ENDINGS
from mner.types import Post

__all__ = ["Converted", "convert", "style_of", "write_as"]

_Own: TypeAlias = Literal["jsonl", "csv", "tsv", "conll", "imgid"]

_TABLES = ("xlsx", "parquet")
_WHOLE = ("webanno", "spacy", "brat", "datasets")
_KNOWN = (*LINE_WRITERS, *get_args(_Own), *_TABLES, *_WHOLE)
_ENDINGS: Mapping[str, str] = MappingProxyType({**ENDINGS, ".spacy": "spacy"})


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
    split: str | None = None,
) -> Converted:
    """Write the posts of a file to another file, one at a time.

    Args:
        source: a file that `read_posts` reads, or `-` for standard input.
        target: the file, which appears (or is replaced) when it is complete. Tasks of Label Studio
            are one JSON array in a file whose name ends in `.json`.
        style: a key of `LINE_WRITERS`, `webanno`, `spacy`, `brat` or `datasets` (folders), or a
            format that an ending stands for; None for what the ending of the target says.
        reading: how the source is read.
        split: with `datasets`, the split of a `DatasetDict` that the posts become.

    Raises:
        InputError: the source cannot be read, or the target cannot be written, is the source, or
            has a format that is not known or cannot hold a post.
        MissingExtraError: the packages that read or write a format are not installed.
    """
    style = style_of(target, style)
    if split is not None and style != "datasets":
        raise InputError("--split goes with --to datasets alone")
    check_apart(target, {"the input": source})
    done = Converted()
    posts = _counted((post for _, post in read_numbered_posts(source, reading)), done)
    write_as(posts, target, style, split=split)
    return done


def write_as(
    posts: Iterable[Post],
    target: Path,
    style: str,
    *,
    rows: Rows = "entities",
    split: str | None = None,
) -> None:
    """Write posts to a file of a format that `style_of` has returned.

    Args:
        posts: any number of them.
        target: as for `convert`.
        style: the format.
        rows: what has a row of its own in a table.
        split: as for `convert`.

    Raises:
        InputError: the file cannot be written, or the format cannot hold a post.
        MissingExtraError: the packages that write this format are not installed.
    """
    if style in LINE_WRITERS:
        write_form(posts, target, form=style, is_array=target.suffix.lower() == ".json")
    elif style == "webanno":
        write_pieces(webanno_pieces(posts), target)
    elif style == "spacy":
        write_docbin(posts, target)
    elif style == "brat":
        write_brat(posts, target)
    elif style == "datasets":
        write_dataset(posts, target, split=split)
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
    meant = _ENDINGS.get(target.suffix.lower())
    if style is None and meant in _KNOWN:
        return str(meant)
    if style is None:
        endings = ", ".join(ending for ending, of_it in _ENDINGS.items() if of_it in _KNOWN)
        raise InputError(
            f"{quoted(str(target))}: the name does not say the format: expected one of the endings "
            f"{endings}, or --to with one of {', '.join((*LINE_WRITERS, *_WHOLE))}"
        )
    if style not in _KNOWN:
        raise InputError(f"--to {quoted(style)} is not known: expected one of {', '.join(_KNOWN)}")
    fits = (style in LINE_WRITERS and meant == "jsonl") or (style == "webanno" and meant == "tsv")
    if meant is not None and meant != style and not fits:
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
