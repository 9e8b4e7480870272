"""One file from one address: resumed where it broke off, and bounded in tries, time and size.

The file gets its name only when it is complete and checked.
"""

import logging
import re
import shutil
import time
from collections.abc import Callable
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO, NamedTuple

from tqdm import tqdm

from mner.corpora.checksum import verify
from mner.corpora.unfinished import ServerFile, UnfinishedFile
from mner.corpora.web import OutOfRangeError, TransientError, is_url, open_url
from mner.errors import InputError
from mner.files.terminal import shown

__all__ = ["download"]

_LOG = logging.getLogger(__name__)
_CHUNK = 1 << 18
_LONGEST_PAUSE = 60.0
_PARTIAL_CONTENT = 206
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class _Limits(NamedTuple):
    """What is known of a file before it is downloaded."""

    largest: int
    size: int | None
    timeout: float


class _Extent(NamedTuple):
    """What a response brings of a file."""

    start: int
    """The first byte."""
    total: int | None
    """The bytes of the whole file, where the server says so."""


def download(
    url: str,
    target: Path,
    *,
    largest: int,
    size: int | None = None,
    digest: str | None = None,
    attempts: int = 6,
    pause: float = 1.0,
    timeout: float = 30.0,
) -> None:
    """Download a file; one that an earlier call did not finish is resumed.

    Args:
        url: where it is, by http or https.
        target: its name, which must not exist.
        largest: bytes above which the transfer is stopped.
        size: its bytes, where they are known.
        digest: `sha256:` or `md5:` and the hexadecimal checksum, where it is known.
        attempts: tries in all.
        pause: seconds before the second try; doubled from try to try.
        timeout: seconds without an answer or a byte.

    Raises:
        InputError: no try succeeded, the server refuses, the disk has too little room, or the file
            is not the one that was expected.
    """
    if not is_url(url):
        raise InputError(f"{url}: expected an address that starts with http:// or https://")
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = UnfinishedFile(target)
    limits = _Limits(largest, size, timeout)
    for attempt in range(1, attempts + 1):
        try:
            _receive_rest(url, unfinished, limits)
            break
        except TransientError as exc:
            if attempt == attempts:
                tries = f"try {attempt} of {attempts}{unfinished.advice()}"
                raise InputError(f"{url}: {exc} ({tries})") from exc
            seconds = min(pause * 2 ** (attempt - 1), _LONGEST_PAUSE)
            _LOG.info("%s: %s; trying again in %.0f s", url, exc, seconds)
            time.sleep(seconds)
    try:
        verify(unfinished.path, size=size, digest=digest, name=url)
    except InputError:
        unfinished.discard()
        raise
    unfinished.finish(target)


def _receive_rest(url: str, unfinished: UnfinishedFile, limits: _Limits) -> None:
    """Receive the bytes that are missing, which may be all."""
    known = unfinished.resumable(url)
    done = unfinished.path.stat().st_size if known else 0
    if known and done == known.total:
        return
    with _open_at(url, done, known, unfinished=unfinished, timeout=limits.timeout) as response:
        extent = _extent(response, done, known, unfinished=unfinished)
        _check_total(url, extent, limits, unfinished=unfinished)
        if extent.start == 0:
            unfinished.start(ServerFile(url, _validator(response.headers), extent.total))
        with unfinished.path.open("ab") as file:
            end = _copy(response, file, extent, largest=limits.largest)
    if extent.total is not None and end != extent.total:
        raise TransientError(f"the connection ended at byte {end} of {extent.total}")


def _open_at(
    url: str, done: int, known: ServerFile | None, *, unfinished: UnfinishedFile, timeout: float
) -> HTTPResponse:
    """Ask for the bytes after those that are there."""
    headers = {}
    if known and done:
        headers = {"Range": f"bytes={done}-", "If-Range": known.validator}
    try:
        return open_url(url, headers=headers, timeout=timeout)
    except OutOfRangeError:
        unfinished.discard()
        raise


def _extent(
    response: HTTPResponse, done: int, known: ServerFile | None, *, unfinished: UnfinishedFile
) -> _Extent:
    """Return what a response brings, which either continues our bytes or is the whole file."""
    if response.status != _PARTIAL_CONTENT:
        length = response.headers.get("Content-Length", "")
        return _Extent(0, int(length) if length.isdigit() else None)
    if known is None or not _continues(response.headers, done, known):
        unfinished.discard()
        raise TransientError("the file changed on the server between two tries")
    return _Extent(done, known.total)


def _continues(headers: HTTPMessage, done: int, known: ServerFile) -> bool:
    """Return whether a response brings the bytes of the same file that were asked for."""
    match = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", ""))
    if match is None or int(match[1]) != done or match[2] != str(known.total):
        return False
    return _validator(headers) in {"", known.validator}


def _check_total(url: str, extent: _Extent, limits: _Limits, *, unfinished: UnfinishedFile) -> None:
    """Refuse a file that is too large, has another size than it should have, or has no room."""
    size = extent.total if limits.size is None else limits.size
    if size is None:
        return
    if size > limits.largest:
        raise InputError(
            f"{url}: the server has {size} bytes, expected at most {limits.largest}: "
            "not the file it should be"
        )
    missing, free = size - extent.start, shutil.disk_usage(unfinished.path.parent).free
    if missing > free:
        raise InputError(
            f"{unfinished.path.parent}: {missing} bytes are to come, but only {free} are free: "
            "make room, or choose another folder"
        )
    if extent.total not in {None, size}:
        unfinished.discard()
        raise InputError(
            f"{url}: not the file it should be: "
            f"expected {size} bytes, the server has {extent.total}"
        )


def _copy(response: HTTPResponse, file: IO[bytes], extent: _Extent, *, largest: int) -> int:
    """Append what the response brings; return the bytes there are then."""
    end = extent.start
    with tqdm(
        desc=shown(Path(file.name).name.removeprefix(".").removesuffix(".part")),
        total=extent.total,
        initial=end,
        unit="B",
        unit_scale=True,
        unit_divisor=1024,
        leave=False,
    ) as progress:
        while chunk := _received(lambda: response.read1(_CHUNK)):
            end += len(chunk)
            if end > largest:
                raise InputError(
                    f"{response.url}: more than {largest} bytes came: not the file it should be"
                )
            file.write(chunk)
            progress.update(len(chunk))
    return end


def _received(read: Callable[[], bytes]) -> bytes:
    """Read from the connection, whose errors may pass as those of the disk do not."""
    try:
        return read()
    except (OSError, HTTPException) as exc:
        raise TransientError(f"the connection broke ({exc or type(exc).__name__})") from exc


def _validator(headers: HTTPMessage) -> str:
    etag = headers.get("ETag", "")
    if etag and not etag.startswith("W/"):
        return etag
    return headers.get("Last-Modified", "")
