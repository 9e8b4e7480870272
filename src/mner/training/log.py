"""The log of a training: `log.jsonl`, one line of JSON for each epoch."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec

from mner.errors import InputError, clipped, quoted
from mner.files.regular import require_regular
from mner.spans.scores import ScoreRecord

__all__ = ["LOG_NAME", "Epoch", "append_epoch", "read_log", "write_log"]

LOG_NAME = "log.jsonl"
"""The log's name in the folder of a run."""


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """What is known of an epoch once it is over: a line of the log."""

    epoch: int
    """Its number, counted from 1."""
    posts: int | None = None
    """The training posts of this epoch; None in logs of older versions."""
    loss: float
    """The mean loss of a training post."""
    dev: ScoreRecord
    """The scores on dev."""
    train_seconds: float
    dev_seconds: float
    peak_memory: int | None = None
    """The most memory that the process held so far, in bytes; None in logs of older versions."""

    def as_dict(self) -> dict[str, Any]:
        """Return the epoch as an object for JSON, without what is not known."""
        values = asdict(self)
        for name in ("posts", "peak_memory"):
            if values[name] is None:
                del values[name]
        return values


def write_log(path: Path, epochs: Iterable[Epoch]) -> None:
    """Write a log that holds these epochs and no others."""
    path.write_text("".join(map(_line, epochs)), encoding="utf-8")


def append_epoch(path: Path, epoch: Epoch) -> None:
    """Add an epoch at the end of a log."""
    with path.open("a", encoding="utf-8") as file:
        file.write(_line(epoch))


def read_log(path: Path) -> tuple[Epoch, ...]:
    """Read the epochs of a log.

    Raises:
        InputError: the file cannot be read, a line is not an epoch, or its number is not that of
            the line.
    """
    try:
        text = require_regular(path).read_text(encoding="utf-8", errors="replace")
    except OSError as exc:
        raise InputError(f"{path}: cannot be read: {exc.strerror or exc}") from exc
    lines = text.splitlines()
    return tuple(_read_epoch(line, path, number) for number, line in enumerate(lines, start=1))


def _line(epoch: Epoch) -> str:
    return json.dumps(epoch.as_dict()) + "\n"


def _read_epoch(line: str, path: Path, number: int) -> Epoch:
    try:
        epoch = msgspec.json.decode(line, type=Epoch)
    except (msgspec.DecodeError, RecursionError) as exc:
        raise InputError(
            f"{path}:{number}: expected an entry of a training log, got {quoted(line)} "
            f"({clipped(exc)}): copy the run again"
        ) from exc
    if epoch.epoch != number:
        raise InputError(
            f"{path}:{number}: expected epoch {number}, got {epoch.epoch}: two trainings wrote "
            "into this log; train the run again"
        )
    return epoch
