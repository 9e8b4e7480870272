"""Whether a file is the one it should be: sizes and checksums."""

import hashlib
from pathlib import Path

from mner.errors import InputError

__all__ = ["sha256", "verify"]


def verify(path: Path, *, size: int | None, digest: str | None, name: str | None = None) -> None:
    """Compare a file with its size and its checksum; what is None is not compared.

    Args:
        path: the file.
        size: its bytes.
        digest: `sha256:` or `md5:` and the hexadecimal checksum.
        name: what errors call the file; its path when None.

    Raises:
        InputError: it is another file.
    """
    name = name or str(path)
    bytes_there = path.stat().st_size
    if size is not None and bytes_there != size:
        raise InputError(
            f"{name}: not the file it should be: expected {size} bytes, got {bytes_there}"
        )
    if digest is None:
        return
    algorithm, _, expected = digest.partition(":")
    got = _digest(path, algorithm)
    if got != expected:
        raise InputError(
            f"{name}: not the file it should be: expected {algorithm} {expected}, got {got}"
        )


def sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file."""
    return _digest(path, "sha256")


def _digest(path: Path, algorithm: str) -> str:
    # MD5 is no protection from anybody, but finds files that were damaged.
    def start() -> "hashlib._Hash":
        return hashlib.new(algorithm, usedforsecurity=algorithm != "md5")

    with path.open("rb") as file:
        return hashlib.file_digest(file, start).hexdigest()
