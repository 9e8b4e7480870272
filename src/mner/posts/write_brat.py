"""Posts in brat's standoff format: the text, and beside it a line for each entity that counts the text's characters.

Format: https://brat.nlplab.org/standoff.html
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from mner.errors import InputError
from mner.files.write import new_folder
from mner.posts.layout import lay_out
from mner.types import Entity, Post

__all__ = ["brat_document", "write_brat"]

_LINE = re.compile(r"[^\r\n]+")
_NO_TYPE = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST_NAME = 200
"""Bytes; file systems allow 255."""


def write_brat(posts: Iterable[Post], folder: Path) -> None:
    """Write a pair of files for each post, `ID.txt` and `ID.ann`, and in the end `annotation.conf` with the types of entities, which brat asks for.

    Args:
        posts: any number of them.
        folder: appears when all posts are written; must be empty where it is there. Characters of an id that a file's name cannot hold are written as %XX.

    Raises:
        InputError: the folder is not empty or cannot be written, an id comes twice or is too long for a file's name, or two labels would be one type.
    """
    try:
        with _emptied(folder) if folder.exists() else new_folder(folder) as part:
            _write(posts, part)
    except OSError as exc:
        raise InputError(
            f"{exc.filename or folder}: cannot be written: {exc.strerror or exc}"
        ) from exc


@contextmanager
def _emptied(folder: Path) -> Iterator[Path]:
    """A folder that is there and empty, and empty again when something fails."""
    if any(folder.iterdir()):
        raise InputError(
            f"{folder}: is not empty: name another folder, so that the files of two runs are not mixed"
        )
    try:
        yield folder
    except BaseException:
        for path in folder.iterdir():
            path.unlink()
        raise


def _write(posts: Iterable[Post], folder: Path) -> None:
    labels: dict[str, str] = {}
    for post in posts:
        text, annotations = brat_document(post)
        _create(folder / f"{_name(post)}.txt", text, post)
        _create(folder / f"{_name(post)}.ann", annotations, post)
        for entity in post.entities or ():
            if (other := labels.setdefault(_type(entity), entity.label)) != entity.label:
                raise InputError(
                    f"post {post.id!r}: the labels {other!r} and {entity.label!r} would both be {_type(entity)!r}: rename one, or write JSONL"
                )
    entities = "".join(f"{name}\n" for name in labels)
    (folder / "annotation.conf").write_text(
        f"[entities]\n{entities}\n[relations]\n\n[events]\n\n[attributes]\n", encoding="utf-8"
    )


def brat_document(post: Post) -> tuple[str, str]:
    """The text of a post and its annotations: entities, and their probabilities as notes."""
    text, offsets = lay_out(post)
    lines = []
    for number, entity in enumerate(post.entities or (), start=1):
        start, end = offsets[entity.start][0], offsets[entity.end - 1][1]
        # An entity that goes over a line's end has a fragment on each line.
        fragments = [
            (start + part.start(), start + part.end()) for part in _LINE.finditer(text[start:end])
        ]
        places = ";".join(f"{first} {last}" for first, last in fragments)
        lines.append(
            f"T{number}\t{_type(entity)} {places}\t{' '.join(text[first:last] for first, last in fragments)}\n"
        )
        if entity.probability is not None:
            lines.append(
                f"#{number}\tAnnotatorNotes T{number}\tprobability {entity.probability:.4f}\n"
            )
    return text, "".join(lines)


def _create(path: Path, content: str, post: Post) -> None:
    try:
        with path.open("x", encoding="utf-8", newline="") as stream:
            stream.write(content)
    except FileExistsError as exc:
        raise InputError(
            f"{path.name}: id {post.id!r} comes twice, and brat's files are named by it: make the ids unique"
        ) from exc
    except UnicodeEncodeError as exc:
        raise InputError(
            f"post {post.id!r} holds {exc.object[exc.start]!r}, which cannot be written as {exc.encoding}"
        ) from exc


def _name(post: Post) -> str:
    name = quote(post.id, safe="", errors="replace")
    if len(name) > _LONGEST_NAME:
        raise InputError(
            f"post {post.id[:20]!r}...: an id of {len(name)} bytes cannot name a file: expected at most {_LONGEST_NAME}; shorten it"
        )
    return f"%2E{name[1:]}" if name.startswith(".") else name


def _type(entity: Entity) -> str:
    """The label, in the characters that brat allows."""
    return _NO_TYPE.sub(
        lambda found: "_" if found[0].isascii() else f"_u{ord(found[0]):04x}", entity.label
    )
