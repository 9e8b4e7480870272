"""The output of a tagging that was interrupted: kept, and resumed to the same bytes.

While OUTPUT is written it is called OUTPUT.part. Beside it, OUTPUT.part.json says what is tagged,
by which model and with which options, and how many posts are known to be on the disk. That number
is a multiple of the posts in a chunk: the results of a post may depend, in their last digits, on
the posts that are tagged together with it.
"""

import io
import json
import logging
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import BinaryIO, TypeVar

from mner.errors import InputError, MnerError
from mner.files.load import read_json
from mner.files.locks import held
from mner.files.write import new_text
from mner.tagging.batching import CHUNK

__all__ = ["STREAM", "Unfinished", "unfinished_output", "whole_output"]

STREAM = "stream"
"""What stands for the digest of an input that cannot be read twice."""

_PATIENCE = 1.0
"""Seconds of work that may be lost when the machine is switched off."""

_LOG = logging.getLogger(__name__)
_Item = TypeVar("_Item")


@dataclass(frozen=True)
class _Checkpoint:
    """What is known of the file: the content of OUTPUT.part.json."""

    made_of: dict[str, str]
    """Digests and values of all that decides the output."""
    posts: int = 0
    bytes: int = 0
    """Where the last of these posts ends."""


class Unfinished:
    """A file of results that is not complete.

    Attributes:
        stream: where results are written.
        done: the posts that an earlier run has written.
    """

    def __init__(self, file: BinaryIO, checkpoint: _Checkpoint, *, path: Path) -> None:
        self.stream = io.TextIOWrapper(file, encoding="utf-8", newline="\n")
        self.done = self.posts = checkpoint.posts
        self._reached = checkpoint
        self._path = path
        self._saved_at = -_PATIENCE  # the first chunk is saved at once

    @property
    def is_resumable(self) -> bool:
        """Whether the posts that are missing can be read again."""
        return self._reached.made_of.get("input") != STREAM

    @property
    def advice(self) -> str:
        """What to say of going on: whole chunks are kept, so that posts are batched as before."""
        if not self.is_resumable:
            return ""
        if not self._reached.posts:
            return "; the same command begins again"
        return f"; with --resume the same command goes on after the first {self._reached.posts}"

    def counted(self, results: Iterable[_Item]) -> Iterator[_Item]:
        """Yield results, each of which is written before the next is asked for."""
        for result in results:
            if self.posts > self._reached.posts and self.posts % CHUNK == 0:
                self._mark()
            yield result
            self.posts += 1

    def save(self) -> None:
        """Note that all posts of the chunks that were written are on the disk."""
        os.fsync(self.stream.fileno())
        _write(self._reached, self._path)
        self._saved_at = monotonic()

    def _mark(self) -> None:
        """Note where a chunk ends, and from time to time save it: the disk is slower than we."""
        self.stream.flush()
        size = os.fstat(self.stream.fileno()).st_size
        self._reached = _Checkpoint(self._reached.made_of, self.posts, size)
        if monotonic() - self._saved_at > _PATIENCE:
            self.save()


@contextmanager
def unfinished_output(
    output: Path, *, made_of: Mapping[str, str], resume: bool
) -> Iterator[Unfinished]:
    """Write a file that appears when it is complete, and is kept as OUTPUT.part until then.

    Nothing is kept where the input turns out to be wrong, or where nothing has been written.

    Args:
        output: a file, or a path where nothing is yet.
        made_of: digests and values of all that decides the output, by what they are, in words;
            among them `input`.
        resume: go on with what an earlier run has left, if there is anything.

    Raises:
        InputError: an earlier run has left something and `resume` is not given, it is of something
            else, another process writes the file, or it cannot be written.
    """
    target = output.resolve()
    part = target.with_name(f"{target.name}.part")
    description = target.with_name(f"{target.name}.part.json")
    busy = InputError(f"{part}: another process writes this file: wait for it, or name another")
    try:
        with held(part, error=busy) as file:
            checkpoint = _agreed(part, description, dict(made_of), resume=resume)
            file.truncate(checkpoint.bytes)
            if target.exists():
                part.chmod(0o600)  # nobody else reads what may be for the owner alone
            _write(checkpoint, description)
            unfinished = Unfinished(file, checkpoint, path=description)
            try:
                yield unfinished
            except BaseException as exc:
                with suppress(OSError):  # a disk that is full was the error, maybe
                    unfinished.stream.flush()
                    unfinished.save()
                _keep_or_remove(unfinished, part, description, exc)
                raise
            unfinished.stream.flush()
            _finish(file, part, target)
        description.unlink(missing_ok=True)
    except OSError as exc:
        name = exc.filename or part
        raise InputError(f"{name}: cannot be written: {exc.strerror or exc}") from exc


@contextmanager
def whole_output(output: Path) -> Iterator[None]:
    """Say that an interrupted run leaves nothing of an output that is written as a whole."""
    try:
        yield
    except KeyboardInterrupt:
        was_there = "is as it was" if output.exists() else "is not written"
        _LOG.warning(
            "%s: %s, since its format is written as a whole; a run that writes .jsonl or .csv can "
            "be resumed",
            output,
            was_there,
        )
        raise


def _agreed(part: Path, description: Path, made_of: dict[str, str], *, resume: bool) -> _Checkpoint:
    """Return where to begin, if that is what was asked for."""
    fresh = _Checkpoint(made_of)
    size = part.stat().st_size
    if not size:
        return fresh
    advice = f"{part} is not the file of an interrupted tagging: remove it, or name another output"
    saved = read_json(description, _Checkpoint, advice=advice)
    if size < saved.bytes:
        raise InputError(f"{part}: has lost posts that were written: remove it and start again")
    if not saved.posts or saved.made_of.get("input") == STREAM:
        return fresh
    if not resume:
        raise InputError(
            f"{part}: holds {saved.posts} posts of an interrupted run: go on with it by --resume, "
            "or remove it to start again"
        )
    names = sorted(saved.made_of.keys() | made_of)
    differing = [name for name in names if saved.made_of.get(name) != made_of.get(name)]
    if differing:
        raise InputError(
            f"{part}: the interrupted run had another {', another '.join(differing)}: resume with "
            "the same, or remove the file to start again"
        )
    return saved


def _keep_or_remove(
    unfinished: Unfinished, part: Path, description: Path, error: BaseException
) -> None:
    is_wrong_input = isinstance(error, MnerError) and not isinstance(error.__cause__, OSError)
    if is_wrong_input or not unfinished.posts:
        part.unlink(missing_ok=True)
        description.unlink(missing_ok=True)
    else:
        _LOG.warning("%s: holds the first %d posts%s", part, unfinished.posts, unfinished.advice)


def _finish(file: BinaryIO, part: Path, target: Path) -> None:
    """Give the file its name, while no other process can take it."""
    if target.exists():
        part.chmod(stat.S_IMODE(target.stat().st_mode))
    if os.name == "nt":  # where a file that is open cannot be renamed
        file.close()
    part.replace(target)


def _write(checkpoint: _Checkpoint, path: Path) -> None:
    with new_text(path) as stream:
        stream.write(json.dumps(asdict(checkpoint)) + "\n")
