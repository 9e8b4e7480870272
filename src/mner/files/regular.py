"""Only regular files are read: a pipe, socket or device would wait for ever, or never end."""

import errno
import os
import stat
from pathlib import Path

__all__ = ["require_regular", "require_source"]

_DESCRIPTORS = ("/dev/fd/", "/proc/self/fd/")
"""What the shell writes for `<(command)`."""
_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def require_regular(path: Path, *, largest: int | None = None) -> Path:
    """Return the path of a file that is about to be read as a whole, or by another library.

    Args:
        path: the file.
        largest: the most bytes that it may have.

    Raises:
        OSError: there is no such file, it is larger, or it is something else, such as a pipe.
    """
    state = path.stat()
    if stat.S_ISDIR(state.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(state.st_mode):
        kind = _KINDS.get(stat.S_IFMT(state.st_mode), "something else")
        raise OSError(errno.EINVAL, f"it is {kind}, not a regular file", str(path))
    if largest is not None and state.st_size > largest:
        reason = f"it has {state.st_size} bytes, and at most {largest} are read"
        raise OSError(errno.EFBIG, reason, str(path))
    return path


def require_source(path: Path) -> Path:
    """Return the path of a file that is read line by line.

    It is a regular file, `/dev/stdin`, or what the shell writes for `<(command)`. These two were
    opened before, so that reading them waits only as long as their writer does.

    Raises:
        OSError: there is no such file, or it is something else, such as a pipe with a name.
    """
    name = os.fspath(path)
    if name == "/dev/stdin" or name.startswith(_DESCRIPTORS):
        return path
    return require_regular(path)
