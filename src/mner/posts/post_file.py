"""Posts in a temporary file: a corpus may be larger than the memory.

The file holds a record of MessagePack for each post. It has no name from the start, so that
nothing is left of it when the process ends, even by a kill.
"""

import tempfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, overload
from weakref import finalize

import msgspec

from mner.errors import InputError, MnerError, clipped, quoted
from mner.types import PictureBytes, Post, UntrustedReference

__all__ = ["PostFile"]

_CHUNK = 256
"""The posts that are read at once by whoever takes them in their order."""


class PostFile(Sequence[Post]):
    """Posts in a temporary file, read again whenever they are asked for.

    Memory holds eight bytes for each post: where its record begins. The fields `extra` are not
    kept.

    Args:
        posts: taken one at a time.
        folder: where the file is, which nobody else sees.

    Raises:
        InputError: a post holds half of a character, which no reader of posts lets through.
        MnerError: the disk is full, or the folder cannot be written. Reading raises it too, if the
            file is damaged.
    """

    def __init__(self, posts: Iterable[Post], folder: Path) -> None:
        self._folder = folder
        self._starts = array("q", [0])  # (N + 1,)
        with self._writing():
            self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        self._close = finalize(self, _close, self._file)
        try:
            for post in posts:
                self._append(_encoded(post))
            with self._writing():
                self._file.flush()
        except BaseException:
            self._close()
            raise

    def __len__(self) -> int:
        """Return N, the number of posts."""
        return len(self._starts) - 1

    def __iter__(self) -> Iterator[Post]:
        """Yield the posts in their order; others may read in between."""
        for first in range(0, len(self), _CHUNK):
            yield from self._read(first, min(first + _CHUNK, len(self)))

    @overload
    def __getitem__(self, position: int) -> Post: ...

    @overload
    def __getitem__(self, position: slice) -> list[Post]: ...

    def __getitem__(self, position: int | slice) -> Post | list[Post]:
        """Read a post, or some of them, from the file."""
        if isinstance(position, slice):
            first, end, step = position.indices(len(self))
            if step == 1:
                return self._read(first, max(first, end))
            return [self[number] for number in range(first, end, step)]
        if not -len(self) <= position < len(self):
            raise IndexError(f"post {position} of {len(self)}")
        first = position % len(self)
        (post,) = self._read(first, first + 1)
        return post

    def _append(self, record: bytes) -> None:
        with self._writing():
            self._file.write(record)
        self._starts.append(self._starts[-1] + len(record))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            raise MnerError(
                f"{self._folder}: the posts cannot be kept in a temporary file there "
                f"({clipped(exc)}): make room, or name a folder on another disk"
            ) from exc

    def _read(self, first: int, end: int) -> list[Post]:
        """Return the posts from one position to another."""
        begin, size = self._starts[first], self._starts[end] - self._starts[first]
        try:
            self._file.seek(begin)
            content = memoryview(self._file.read(size))
        except (OSError, ValueError) as exc:
            raise self._damaged(clipped(exc)) from exc
        if len(content) != size:
            raise self._damaged(f"expected {size} bytes, got {len(content)}")
        posts = []
        for number in range(first, end):
            record = content[self._starts[number] - begin : self._starts[number + 1] - begin]
            try:
                posts.append(_decoded(record))
            except (msgspec.DecodeError, UnicodeDecodeError) as exc:
                raise self._damaged(f"post {number}: {clipped(exc)}") from exc
        return posts

    def _damaged(self, reason: str) -> MnerError:
        return MnerError(
            f"{self._folder}: the temporary file of posts there is damaged ({reason}): check the "
            "disk, and start again"
        )


class _Picture(msgspec.Struct, array_like=True):
    """A reference to a picture, or the picture itself."""

    name: str
    is_trusted: bool
    content: bytes | None


class _Record(msgspec.Struct, array_like=True):
    """A post as the file has it."""

    post: Post
    """Without its pictures and its fields `extra`."""
    pictures: tuple[_Picture, ...]


_ENCODER = msgspec.msgpack.Encoder(enc_hook=str)
"""The hook is for the subclasses of `str`."""
_DECODER = msgspec.msgpack.Decoder(_Record)


def _encoded(post: Post) -> bytes:
    bare = replace(post, picture=None, more_pictures=(), extra=None)
    record = _Record(bare, tuple(map(_picture, post.pictures)))
    try:
        return _ENCODER.encode(record)
    except UnicodeEncodeError as exc:
        raise InputError(
            f"post {quoted(post.id)} holds half of a character ({clipped(exc)}): "
            "replace it by U+FFFD"
        ) from exc


def _picture(picture: str) -> _Picture:
    content = picture.content if isinstance(picture, PictureBytes) else None
    return _Picture(str(picture), not isinstance(picture, UntrustedReference), content)


def _decoded(content: memoryview) -> Post:
    record = _DECODER.decode(content)
    return record.post.with_pictures([_reference(picture) for picture in record.pictures])


def _reference(picture: _Picture) -> str:
    if picture.content is not None:
        return PictureBytes(picture.name, picture.content)
    return picture.name if picture.is_trusted else UntrustedReference(picture.name)


def _close(file: IO[bytes]) -> None:
    with suppress(OSError):  # what could not be written is written again by no one
        file.close()
