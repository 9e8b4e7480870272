"""One file from one address: resumed where it broke off, bounded in tries, time and size, and given its name only when it is complete and checked.

While it is not, its bytes are in `.NAME.part`, and what the server said of them in `.NAME.part.json`: the bytes of two files are never joined.
"""

import hashlib
import json
import logging
import re
import shutil
import time
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO, Any, cast
from urllib.error import HTTPError

from tqdm import tqdm

from mner.errors import InputError

__all__ = ["download", "is_url", "verify"]

_LOG = logging.getLogger(__name__)
_CHUNK = 1 << 18
_LONGEST_PAUSE = 60.0
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_PASSING = {408, 425, 429, 500, 502, 503, 504}
"""Answers after which another try makes sense."""


class _BrokenError(Exception):
    """A try failed in a way that may pass."""


@dataclass(frozen=True)
class _Said:
    """What the server said of the file whose first bytes we have."""

    url: str
    validator: str
    """A strong ETag, else the date of the last change: goes back as If-Range."""
    total: int | None


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
    """Bring a file; a part that an earlier call left is gone on with.

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
        InputError: no try succeeded, the server refuses, the disk has too little room, or the file is not the one that was expected.
    """
    if not is_url(url):
        raise InputError(f"{url}: expected an address that starts with http:// or https://")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    for attempt in range(1, attempts + 1):
        try:
            _try(url, part, size=size, largest=largest, timeout=timeout)
            break
        except _BrokenError as exc:
            if attempt == attempts:
                raise InputError(
                    f"{url}: {exc} (try {attempt} of {attempts}{_kept(part)})"
                ) from exc
            wait = min(pause * 2 ** (attempt - 1), _LONGEST_PAUSE)
            _LOG.info("%s: %s; trying again in %.0f s", url, exc, wait)
            time.sleep(wait)
    try:
        verify(part, size=size, digest=digest, name=url)
    except InputError:
        _discard(part)
        raise
    part.rename(target)
    _discard(part)


def is_url(source: str) -> bool:
    """Whether a source is an address rather than a file."""
    return source.lower().startswith(("http://", "https://"))


def verify(path: Path, *, size: int | None, digest: str | None, name: str | None = None) -> None:
    """Compare a file with its size and its checksum (see `download`); None is not compared.

    Raises:
        InputError: it is another file; the message calls it `name`, or by its path.
    """
    found = path.stat().st_size
    if size is not None and found != size:
        raise InputError(
            f"{name or path}: not the file it should be: expected {size} bytes, got {found}"
        )
    if digest is None:
        return
    algorithm, _, expected = digest.partition(":")
    with path.open("rb") as file:
        got = hashlib.file_digest(
            file, lambda: hashlib.new(algorithm, usedforsecurity=algorithm != "md5")
        ).hexdigest()
    if got != expected:
        raise InputError(
            f"{name or path}: not the file it should be: expected {algorithm} {expected}, got {got}"
        )


def _try(url: str, part: Path, *, size: int | None, largest: int, timeout: float) -> None:
    """Bring the rest of a part, or all of it."""
    said = _read_said(part, url)
    done = part.stat().st_size if said else 0
    if said and done == said.total:
        return
    with _open(url, part, done=done, said=said, timeout=timeout) as response:
        start, total = _extent(response, part, done=done, said=said)
        _check_room(url, part, start=start, total=total if size is None else size, largest=largest)
        if size is not None and total not in {None, size}:
            _discard(part)
            raise InputError(
                f"{url}: not the file it should be: expected {size} bytes, the server has {total}"
            )
        if not start:
            _discard(part)
            _said_path(part).write_text(
                json.dumps(asdict(_Said(url, _validator(response.headers), total))),
                encoding="utf-8",
            )
        with part.open("ab") as file:
            end = _copy(response, file, start=start, total=total, largest=largest)
    if total is not None and end != total:
        raise _BrokenError(f"the connection ended at byte {end} of {total}")


def _open(url: str, part: Path, *, done: int, said: _Said | None, timeout: float) -> HTTPResponse:
    headers = {"User-Agent": "mner", "Accept-Encoding": "identity"}
    if said and done:
        headers |= {"Range": f"bytes={done}-", "If-Range": said.validator}
    try:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 (see `_opener`)
        return cast("HTTPResponse", _opener().open(request, timeout=timeout))
    except HTTPError as exc:
        exc.close()
        if exc.code == 416:
            _discard(part)
            raise _BrokenError("the server's file has become shorter") from exc
        if exc.code in _PASSING:
            raise _BrokenError(f"the server answers {exc.code} {exc.reason}") from exc
        raise InputError(f"{url}: the server answers {exc.code} {exc.reason}") from exc
    except (OSError, HTTPException) as exc:
        raise _BrokenError(
            f"no connection ({getattr(exc, 'reason', None) or exc or type(exc).__name__})"
        ) from exc


def _opener() -> urllib.request.OpenerDirector:
    """An opener without the schemes that urllib also knows: file, ftp and data."""
    opener = urllib.request.OpenerDirector()
    handlers = (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
    )
    for handler in (
        *handlers,
        _Redirects,
        urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler,
    ):
        opener.add_handler(handler())
    return opener


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirections, but none that gives up encryption."""

    def redirect_request(  # noqa: PLR0917 (urllib's signature)
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> Any:
        if req.type == "https" and not newurl.lower().startswith("https:"):
            fp.close()
            raise InputError(
                f"{req.full_url}: the server sends us on to {newurl}, which is not encrypted"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _extent(
    response: HTTPResponse, part: Path, *, done: int, said: _Said | None
) -> tuple[int, int | None]:
    """The first byte that the response brings, and the bytes of the whole file where the server says."""
    if response.status != 206:
        length = response.headers.get("Content-Length", "")
        return 0, int(length) if length.isdigit() else None
    match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    same = (
        said is not None
        and match is not None
        and int(match[1]) == done
        and match[2] == str(said.total)
    )
    if not same or said is None or _validator(response.headers) not in {"", said.validator}:
        _discard(part)
        raise _BrokenError("the file changed on the server between two tries")
    return done, said.total


def _check_room(url: str, part: Path, *, start: int, total: int | None, largest: int) -> None:
    if total is None:
        return
    if total > largest:
        raise InputError(
            f"{url}: the server has {total} bytes, expected at most {largest}: not the file it should be"
        )
    free = shutil.disk_usage(part.parent).free
    if total - start > free:
        raise InputError(
            f"{part.parent}: {total - start} bytes are to come, but only {free} are free: make room, or choose another folder"
        )


def _copy(
    response: HTTPResponse, file: IO[bytes], *, start: int, total: int | None, largest: int
) -> int:
    """Append what the response brings; the bytes there are in all."""
    name = Path(file.name).name.removeprefix(".").removesuffix(".part")
    with tqdm(
        desc=name,
        total=total,
        initial=start,
        unit="B",
        unit_scale=True,
        unit_divisor=1024,
        leave=False,
    ) as progress:
        while chunk := _receive(lambda: response.read1(_CHUNK)):
            start += len(chunk)
            if start > largest:
                raise InputError(
                    f"{response.url}: more than {largest} bytes came: not the file it should be"
                )
            file.write(chunk)
            progress.update(len(chunk))
    return start


def _receive(read: Callable[[], bytes]) -> bytes:
    """Tell an error of the connection from one of the disk."""
    try:
        return read()
    except (OSError, HTTPException) as exc:
        raise _BrokenError(f"the connection broke ({exc or type(exc).__name__})") from exc


def _validator(headers: HTTPMessage) -> str:
    etag = headers.get("ETag", "")
    return headers.get("Last-Modified", "") if etag.startswith("W/") or not etag else etag


def _read_said(part: Path, url: str) -> _Said | None:
    """What was said of a part that can be gone on with; another one is thrown away."""
    try:
        said = _Said(**json.loads(_said_path(part).read_text(encoding="utf-8")))
        if (
            part.is_file()
            and said.url == url
            and said.validator
            and said.total is not None
            and part.stat().st_size <= said.total
        ):
            return said
    except (OSError, ValueError, TypeError):
        pass
    _discard(part)
    return None


def _kept(part: Path) -> str:
    return (
        f"; {part.stat().st_size} bytes are kept, and the same command goes on from there"
        if _said_path(part).is_file() and part.is_file()
        else ""
    )


def _discard(part: Path) -> None:
    part.unlink(missing_ok=True)
    _said_path(part).unlink(missing_ok=True)


def _said_path(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")
