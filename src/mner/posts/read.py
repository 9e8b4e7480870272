"""Files to posts, one at a time.

A reader continues after these kinds of problem, unless it is strict: `missing-tag`, `orphan-tag`,
`empty-token`, `padded-token`, `missing-id`, `duplicate-id`, `empty-post`, `lone-surrogate`,
`unknown-key`, `lost-digits`, `contradiction`, `utf16-offsets`, `byte-offsets`; and in objects of
other programs after `cut-token`, `empty-span`, `overlapping-entity`, `span-text`, `truncated-text`,
`several-annotations`, `not-accepted`, `fragments`.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import get_args

from mner.bio import Orphans
from mner.errors import InputError, Problem, quoted
from mner.formats import Format, Scheme, SchemeChoice
from mner.posts.arrays import read_array
from mner.posts.column_survey import survey
from mner.posts.columns import read_columns, read_headed_columns
from mner.posts.docbin import read_docbin
from mner.posts.exchange.forms import FORMS, read_form
from mner.posts.folders import FOLDERS, is_folder, read_folder
from mner.posts.lines import Source, numbered_lines, rewindable, source_name
from mner.posts.problems import ProblemLog
from mner.posts.reading import (
    RECOGNISED,
    Columns,
    Fields,
    Lines,
    NumberedPosts,
    Reader,
    Reading,
    ReadingOptions,
)
from mner.posts.recognise import recognise_format
from mner.posts.records import read_records
from mner.posts.tables import read_csv, read_parquet, read_tsv, read_xlsx
from mner.posts.text import read_texts
from mner.posts.webanno import read_webanno
from mner.require import require_entities
from mner.types import Post

__all__ = ["read_numbered_posts", "read_posts", "read_tagged", "recognised_scheme"]

_READERS: dict[str, Reader] = {
    "imgid": read_headed_columns,
    "conll": read_columns,
    "jsonl": read_records,
    "text": read_texts,
    **{name: partial(read_form, form=form) for name, form in FORMS.items()},
    "csv": read_csv,
    "tsv": read_tsv,
    "json": read_array,
    "xlsx": read_xlsx,
    "parquet": read_parquet,
    "webanno": read_webanno,
    "spacy": read_docbin,
}


def read_posts(
    path: Source,
    *,
    format: Format = "auto",
    scheme: SchemeChoice = "auto",
    orphans: Orphans = "begin",
    columns: str | None = None,
    fields: Fields | None = None,
    labels: Sequence[str] | None = None,
    keep: bool = False,
    strict: bool = False,
    on_problem: Callable[[Problem], None] | None = None,
    on_error: Callable[[InputError], None] | None = None,
    check_ids: bool = True,
) -> Iterator[Post]:
    """Read the posts of a file, in order and one at a time.

    Args:
        path: a file, an open stream, or `-` for standard input; UTF-8.
        format: `imgid` (`IMGID:<picture id>` lines and `token TAB tag` lines), `conll` (the same
            without pictures), `jsonl` (an object per post), `json` (an array of them), the objects
            of another program (`tweets`, `doccano` and others; see `mner.posts.exchange.forms`),
            `csv`, `tsv`, `xlsx` or `parquet` (a row per post), `webanno` (TSV 3 of WebAnno and
            INCEpTION), `spacy` (a `DocBin`), `datasets` and `brat` (folders), or `text` (a raw post
            per line, whose number is its id). `auto` recognises all but the last by looking.
        scheme: tagging scheme of the columns; `auto` recognises it.
        orphans: what an ill-formed entity means: `begin` (an entity) or `drop` (nothing).
        columns: which columns hold token and tag, such as `token=1,tag=4`; recognised when None.
        fields: how the fields of a post are named; recognised when None.
        labels: the names of tags that rows of a data set give as numbers, counted from 0.
        keep: whether other fields are passed through; other columns of tables always are.
        strict: whether the first problem is an error.
        on_problem: receives every problem. Without it, one `DataWarning` for each kind follows the
            last post.
        on_error: receives the error of every post that cannot be read, which is left out. Without
            it, the first such error is raised.
        check_ids: whether to report ids that come twice. All of them are held in memory; without
            the check, memory does not grow with the file.

    Raises:
        InputError: `format`, `scheme` or `orphans` is not known; the file cannot be read or holds
            no posts; a line is ill-formed; or `strict` and there is a problem. File and line are
            named.
    """
    options = ReadingOptions(
        format=format,
        scheme=scheme,
        orphans=orphans,
        columns=None if columns is None else Columns.parse(columns),
        fields=fields,
        labels=None if labels is None else tuple(labels),
        keep=keep,
    )
    numbered = read_numbered_posts(
        path,
        options,
        strict=strict,
        on_problem=on_problem,
        on_error=on_error,
        check_ids=check_ids,
    )
    return (post for _, post in numbered)


def read_tagged(
    path: Source, options: ReadingOptions = RECOGNISED, *, refused: Collection[str] = ()
) -> Iterator[Post]:
    """Read posts that are annotated or tagged; see `read_posts`.

    Posts without words, from which nothing can be learned, are counted and left out.

    Args:
        path: the file.
        options: how it is read.
        refused: kinds of problem that are errors.

    Raises:
        InputError: as for `read_posts`, a post is not annotated, no post has words, or there is a
            problem of a kind that is refused.
    """
    has_words = False
    for number, post in read_numbered_posts(path, options, refused=refused):
        if not post.tokens:
            continue
        has_words = True
        try:
            require_entities(post)
        except InputError as exc:
            raise InputError(f"{source_name(path)}:{number}: {exc}") from exc
        yield post
    if not has_words:
        raise InputError(f"{source_name(path)}: holds no posts with words")


def read_numbered_posts(
    path: Source,
    options: ReadingOptions = RECOGNISED,
    *,
    strict: bool = False,
    refused: Collection[str] = (),
    on_problem: Callable[[Problem], None] | None = None,
    on_error: Callable[[InputError], None] | None = None,
    check_ids: bool = True,
    may_be_empty: bool = False,
) -> NumberedPosts:
    """Read posts, each with the number of the line where it starts; see `read_posts`.

    With `may_be_empty` it is no error that there are none, as in a stream that ends before
    anything has come.

    Raises:
        InputError: as for `read_posts`, or there is a problem of a kind in `refused`.
    """
    _require_known("format", options.format, get_args(Format))
    _require_known("scheme", options.scheme, get_args(SchemeChoice))
    _require_known("orphans", options.orphans, get_args(Orphans))
    if not is_folder(path) and options.format in FOLDERS:
        raise InputError(f"{source_name(path)}: expected a folder, as {options.format} is")
    log = ProblemLog(
        source_name(path),
        strict=strict,
        refused=refused,
        on_problem=on_problem,
        on_error=on_error,
    )
    if isinstance(path, str | Path) and is_folder(path):
        posts = read_folder(Path(path), Reading(log, options))
        return _checked(posts, log, check_ids=check_ids, may_be_empty=may_be_empty)
    again = rewindable(path)
    lines: Lines = numbered_lines(path, keep_undecodable=on_error is not None)
    reading = Reading(log, options, again)
    format: Format = options.format
    if format == "auto" or format in FORMS:
        recognised, lines = recognise_format(path, lines, reading)
        # Objects of each form may stand one on a line, or in an array.
        format = recognised if format == "auto" or recognised == "json" else format
    posts = _READERS[format](lines, reading)
    return _checked(posts, log, check_ids=check_ids, may_be_empty=may_be_empty)


def recognised_scheme(path: Source, options: ReadingOptions = RECOGNISED) -> Scheme | None:
    """Return the tagging scheme of a file in columns; None for another format, or a stream.

    Raises:
        InputError: the file cannot be read, or its columns are not supported.
    """
    again = rewindable(path)
    with again() as stream:
        if stream is None:
            return None
    lines: Lines = numbered_lines(path, keep_undecodable=True)
    log = ProblemLog(source_name(path))
    reading = Reading(log, replace(options, orphans="begin"), again)
    format: Format = options.format
    if format == "auto":
        format, lines = recognise_format(path, lines, reading)
    if format not in ("imgid", "conll"):
        return None
    surveyed, _ = survey(lines, reading)
    return surveyed.style.scheme


def _require_known(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InputError(f"{name} {quoted(value)} is not known: expected one of {', '.join(known)}")


def _checked(
    posts: NumberedPosts, log: ProblemLog, *, check_ids: bool, may_be_empty: bool
) -> NumberedPosts:
    """Pass on all posts, and report what only a look at all of them shows."""
    first_lines: dict[str, int] = {}
    is_empty = True
    for number, post in posts:
        is_empty = False
        if not post.tokens:
            message = f"post {quoted(post.id)} has no words: kept, without entities"
            log.report("empty-post", number, f"{message}; training and scoring leave it out")
        first = first_lines.setdefault(post.id, number) if check_ids else number
        if first != number:
            message = f"post id {quoted(post.id)} was given in line {first} already: both are kept"
            log.report("duplicate-id", number, message)
        yield number, post
    if is_empty and not may_be_empty:
        raise InputError(f"{log.name}: holds no posts")
    log.warn()
