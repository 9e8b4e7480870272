"""Posts in brat's standoff format: texts, and beside each text a file with its entities.

Entities are located by counting the characters of the text. Format:
https://brat.nlplab.org/standoff.html
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from mner.errors import InputError, quoted
from mner.files.locks import RESERVED, held
from mner.files.write import new_folder
from mner.posts.layout import lay_out
from mner.types import Entity, Post

__all__ = ["brat_document", "brat_files", "write_brat"]

_LINE = re.compile(r"[^\r\n]+")
_NO_TYPE = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST_NAME = 200
"""Bytes; file systems allow 255."""


def write_brat(posts: Iterable[Post], folder: Path) -> None:
    """Write a pair of files for each post, `ID.txt` and `ID.ann`.

    At the end follows `annotation.conf` with the types of entities, which brat asks for.

    Args:
        posts: any number of them.
        folder: appears when all posts are written. One that is there already must be empty.
            Characters of an id that a file's name cannot hold are written as %XX.

    Raises:
        InputError: the folder is not empty or cannot be written, an id comes twice or is too long
            for a file's name, or two labels would become the same type.
    """
    try:
        with _filled(folder) if folder.exists() else new_folder(folder, replace=False) as target:
            _write(posts, target)
    except OSError as exc:
        raise InputError(
            f"{exc.filename or folder}: cannot be written: {exc.strerror or exc}"
        ) from exc


def brat_document(post: Post) -> tuple[str, str]:
    """Return the text of a post and its annotations.

    The annotations are the entities, with their probabilities as notes.
    """
    text, offsets = lay_out(post)
    lines = []
    for number, entity in enumerate(post.entities or (), start=1):
        start, end = offsets[entity.start][0], offsets[entity.end - 1][1]
        # An entity that goes over a line's end has a fragment on each line.
        fragments = [line.span() for line in _LINE.finditer(text, start, end)]
        ranges = ";".join(f"{first} {last}" for first, last in fragments)
        words = " ".join(text[first:last] for first, last in fragments)
        lines.append(f"T{number}\t{_type(entity)} {ranges}\t{words}\n")
        if entity.probability is not None:
            note = f"probability {entity.probability:.4f}"
            lines.append(f"#{number}\tAnnotatorNotes T{number}\t{note}\n")
    return text, "".join(lines)


def brat_files(post: Post) -> str:
    """Return the two files of a post, each after a line `==> NAME <==`."""
    text, annotations = brat_document(post)
    return f"==> {post.id}.txt <==\n{text}\n==> {post.id}.ann <==\n{annotations}\n"


@contextmanager
def _filled(folder: Path) -> Iterator[Path]:
    """Yield a folder that exists and is empty, to this process alone."""
    _check_empty(folder)
    lock = folder / RESERVED
    busy = InputError(f"{folder}: another process writes into this folder: name another one")
    with held(lock, error=busy):
        try:
            _check_empty(folder)  # once more: another process may have filled it meanwhile
            with _emptied_on_failure(folder):
                yield folder
        finally:
            with suppress(PermissionError):  # Windows keeps a file that is open
                lock.unlink()


@contextmanager
def _emptied_on_failure(folder: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        for path in _content(folder):
            path.unlink()
        raise


def _check_empty(folder: Path) -> None:
    if any(_content(folder)):
        raise InputError(
            f"{folder}: is not empty: name another folder, so that the files of two runs are not "
            "mixed"
        )


def _content(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name != RESERVED]


def _write(posts: Iterable[Post], folder: Path) -> None:
    labels: dict[str, str] = {}
    for post in posts:
        text, annotations = brat_document(post)
        _create(folder / f"{_file_name(post)}.txt", text, post=post)
        _create(folder / f"{_file_name(post)}.ann", annotations, post=post)
        _collect_types(post, labels)
    entities = "".join(f"{name}\n" for name in labels)
    (folder / "annotation.conf").write_text(
        f"[entities]\n{entities}\n[relations]\n\n[events]\n\n[attributes]\n", encoding="utf-8"
    )


def _create(path: Path, content: str, *, post: Post) -> None:
    try:
        with path.open("x", encoding="utf-8", newline="") as stream:
            stream.write(content)
    except FileExistsError as exc:
        raise InputError(
            f"{path.name}: id {quoted(post.id)} comes twice, and brat's files are named by it: "
            "make the ids unique"
        ) from exc
    except UnicodeEncodeError as exc:
        raise InputError(
            f"post {quoted(post.id)} holds {quoted(exc.object[exc.start])}, "
            f"which cannot be written as {exc.encoding}"
        ) from exc


def _file_name(post: Post) -> str:
    name = quote(post.id, safe="", errors="replace")
    if len(name) > _LONGEST_NAME:
        raise InputError(
            f"post {quoted(post.id[:20])}...: an id of {len(name)} bytes cannot name a file: "
            f"expected at most {_LONGEST_NAME}; shorten it"
        )
    return f"%2E{name[1:]}" if name.startswith(".") else name


def _collect_types(post: Post, labels: dict[str, str]) -> None:
    """Enter the types of a post's entities in `labels`, from type to label."""
    for entity in post.entities or ():
        name = _type(entity)
        label = labels.setdefault(name, entity.label)
        if label != entity.label:
            raise InputError(
                f"post {quoted(post.id)}: the labels {quoted(label)} and "
                f"{quoted(entity.label)} would both be "
                f"{quoted(name)}: rename one, or write JSONL"
            )


def _type(entity: Entity) -> str:
    """Return the label in the characters that brat allows."""
    return _NO_TYPE.sub(_allowed, entity.label)


def _allowed(character: re.Match[str]) -> str:
    return "_" if character[0].isascii() else f"_u{ord(character[0]):04x}"
