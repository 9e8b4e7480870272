"""What is wrong with the pictures of files of posts."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b, file_digest
from pathlib import Path

from mner.corpora.findings import Finding, findings_of
from mner.corpora.scan import PictureUse, Scan
from mner.errors import quoted
from mner.pictures.decode import Picture
from mner.types import PictureState

__all__ = ["picture_findings"]

_PLACEHOLDER_POSTS = 3
"""Posts that must share a picture before it counts as a placeholder."""


def picture_findings(
    scans: Sequence[Scan], inspect: Callable[[Path], Picture] | None
) -> Iterator[Finding]:
    """Yield the findings `absent-picture`, `unreadable-picture` and `placeholder-picture`.

    Args:
        scans: of the files.
        inspect: reads a picture file, such as `read_picture`. Without it, a picture that is
            there counts as present.
    """
    for scan in scans:
        yield from _states(scan, inspect)
    yield from _placeholders(scans)


def _states(scan: Scan, inspect: Callable[[Path], Picture] | None) -> Iterator[Finding]:
    by_state: dict[PictureState, list[str]] = defaultdict(list)
    for picture in scan.pictures:
        if picture.path is None:
            state, message = PictureState.ABSENT, "the post names no picture"
            if picture.reference:
                message = f"no picture {quoted(picture.reference)}"
        else:
            state, message = PictureState.PRESENT, str(picture.path)
            if inspect is not None:
                inspected = inspect(picture.path)
                state, message = inspected.state, f"{message}: {inspected.reason}"
        by_state[state].append(f"{picture.location}: {message}")
    for state in (PictureState.ABSENT, PictureState.UNREADABLE):
        yield from findings_of(f"{state}-picture", (scan.file,), by_state[state])


def _placeholders(scans: Sequence[Scan]) -> Iterator[Finding]:
    """Yield pictures that stand for many.

    They are the mark of a dataset whose missing pictures were filled with one picture.
    """
    users: dict[str, list[tuple[str, PictureUse]]] = defaultdict(list)
    for scan in scans:
        for picture in scan.pictures:
            if picture.path is not None:
                users[_digest(picture.path)].append((scan.file, picture))
    for group in users.values():
        if len(group) >= _PLACEHOLDER_POSTS:
            files = tuple(dict.fromkeys(file for file, _ in group))
            messages = [f"{picture.location}: {picture.path}" for _, picture in group]
            yield from findings_of("placeholder-picture", files, messages)


def _digest(path: Path) -> str:
    unreadable = f"cannot be read: {path}"
    if not path.is_file():  # opening a FIFO would wait for ever
        return unreadable
    try:
        with path.open("rb") as stream:
            return file_digest(stream, blake2b).hexdigest()
    except OSError:
        return unreadable
