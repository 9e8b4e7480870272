"""Members of an HDF5 file, which is read alone.

HDF5 can point from one file to others: by external links, by data sets whose numbers lie in other
files, and by virtual data sets that are put together from others. A stranger's file could
thus read any HDF5 file, or any bytes, of the machine. All of these are refused.
"""

from collections import deque
from math import prod
from typing import Any

from mner.errors import InputError

__all__ = ["own_member", "own_values"]

_MOST_SOFT_LINKS = 16
"""The most soft links that are followed to one member: they can go round in a circle."""


def own_member(group: Any, name: str) -> Any:
    """Return a member of a group of an open HDF5 file, or None where there is none.

    Soft links are followed as long as they stay in the file.

    Args:
        group: an `h5py.Group`.
        name: of the member; `/` stands between the names of groups.

    Raises:
        InputError: a link leaves the file, soft links go in a circle, or the member's numbers lie
            in other files; the message does not name the file.
    """
    import h5py

    steps = deque(name.split("/"))
    soft_links = 0
    member = group
    while steps:
        step = steps.popleft()
        if step in {"", "."}:
            continue
        link = member.get(step, getlink=True) if isinstance(member, h5py.Group) else None
        if link is None:
            return None
        if isinstance(link, h5py.HardLink):
            member = member[step]
            continue
        if not isinstance(link, h5py.SoftLink):
            raise InputError(_other_file("a link that leaves the file"))
        soft_links += 1
        if soft_links > _MOST_SOFT_LINKS:
            raise InputError(_other_file(f"more than {_MOST_SOFT_LINKS} soft links"))
        if link.path.startswith("/"):
            member = group.file
        steps.extendleft(reversed(link.path.split("/")))
    if isinstance(member, h5py.Dataset):
        _require_own_numbers(member)
    return member


def own_values(dataset: Any, *, most: int) -> Any:
    """Return the numbers of a data set that `own_member` gave.

    Args:
        dataset: an `h5py.Dataset`.
        most: the most numbers that it may have.

    Raises:
        InputError: it has more, or is stored in pieces of more; the message does not name the file.
    """
    for shape in (dataset.shape, dataset.chunks or ()):
        if shape is None or prod(shape) > most:
            raise InputError(f"expected at most {most} numbers, got a data set of shape {shape}")
    return dataset[()]


def _require_own_numbers(dataset: Any) -> None:
    # What a data set is made of is asked before its shape, which HDF5 may look up in other files.
    if dataset.is_virtual:
        raise InputError(_other_file("a virtual data set"))
    if dataset.external:
        raise InputError(_other_file("a data set whose numbers lie in another file"))


def _other_file(got: str) -> str:
    return f"expected numbers in the file itself, got {got}: only one file is read"
