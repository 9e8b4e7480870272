"""HDF5 files whose data set lies, in one way or another, in another file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py

from mner.types import Floats

__all__ = ["POINTERS"]

Pointer = tuple[Callable[[Any, str, Floats, Path], None], str]
"""Puts a data set that lies in another file into a group, and what the error calls it."""

_LINK = "a link that leaves the file"


def _other(folder: Path, values: Floats) -> Path:
    path = folder / "other.h5"
    with h5py.File(path, "w") as other:
        other.create_dataset("secret", data=values)
        other.create_group("inner").create_dataset("secret", data=values)
    return path


def _external_link(group: Any, name: str, values: Floats, folder: Path) -> None:
    group[name] = h5py.ExternalLink(_other(folder, values), "secret")


def _relative_external_link(group: Any, name: str, values: Floats, folder: Path) -> None:
    _other(folder, values)
    group[name] = h5py.ExternalLink("other.h5", "/inner/secret")


def _soft_link_through_external_link(group: Any, name: str, values: Floats, folder: Path) -> None:
    group.file["zz"] = h5py.ExternalLink(_other(folder, values), "/inner")
    group[name] = h5py.SoftLink("/zz/secret")


def _soft_links_to_external_link(group: Any, name: str, values: Floats, folder: Path) -> None:
    group.file["zz"] = h5py.ExternalLink(_other(folder, values), "secret")
    group.file["zy"] = h5py.SoftLink("zz")
    group[name] = h5py.SoftLink("/zy")


def _soft_links_in_a_circle(group: Any, name: str, values: Floats, folder: Path) -> None:
    group.file["zz"] = h5py.SoftLink(f"{group.name}/{name}")
    group[name] = h5py.SoftLink("/zz")


def _external_storage(group: Any, name: str, values: Floats, folder: Path) -> None:
    raw = folder / "other.bin"
    raw.write_bytes(values.tobytes())
    external = [(str(raw), 0, values.nbytes)]
    group.create_dataset(name, shape=values.shape, dtype=values.dtype, external=external)


def _external_storage_in_pieces(group: Any, name: str, values: Floats, folder: Path) -> None:
    half = values.nbytes // 2
    raw = folder / "other.bin"
    raw.write_bytes(values.tobytes())
    external = [(str(raw), 0, half), (str(raw), half, h5py.h5f.UNLIMITED)]
    group.create_dataset(name, shape=values.shape, dtype=values.dtype, external=external)


def _virtual(group: Any, name: str, values: Floats, folder: Path) -> None:
    layout = h5py.VirtualLayout(shape=values.shape, dtype=values.dtype)
    layout[...] = h5py.VirtualSource(_other(folder, values), "secret", shape=values.shape)
    group.create_virtual_dataset(name, layout)


def _virtual_without_bounds(group: Any, name: str, values: Floats, folder: Path) -> None:
    """Make a virtual data set whose own shape HDF5 asks the other file for."""
    shape, most = values.shape, (None, *values.shape[1:])
    layout = h5py.VirtualLayout(shape=shape, dtype=values.dtype, maxshape=most)
    source = h5py.VirtualSource(
        _other(folder, values), "secret", shape=shape, dtype=values.dtype, maxshape=most
    )
    rest = tuple(slice(None) for _ in shape[1:])
    unlimited = slice(0, h5py.h5s.UNLIMITED, None)
    layout[(unlimited, *rest)] = source[(unlimited, *rest)]
    group.create_virtual_dataset(name, layout)


def _virtual_of_the_file_itself(group: Any, name: str, values: Floats, folder: Path) -> None:
    group.file.create_dataset("zz", data=values)
    layout = h5py.VirtualLayout(shape=values.shape, dtype=values.dtype)
    layout[...] = h5py.VirtualSource(".", "zz", shape=values.shape)
    group.create_virtual_dataset(name, layout)


def _soft_link_to_virtual(group: Any, name: str, values: Floats, folder: Path) -> None:
    _virtual(group.file, "zz", values, folder)
    group[name] = h5py.SoftLink("/zz")


def _hard_link_to_external_storage(group: Any, name: str, values: Floats, folder: Path) -> None:
    _external_storage(group.file, "zz", values, folder)
    group[name] = group.file["zz"]


_STORAGE = "a data set whose numbers lie in another file"
_VIRTUAL = "a virtual data set"

POINTERS: dict[str, Pointer] = {
    "external link": (_external_link, _LINK),
    "relative external link": (_relative_external_link, _LINK),
    "soft link through an external link": (_soft_link_through_external_link, _LINK),
    "soft links to an external link": (_soft_links_to_external_link, _LINK),
    "soft links in a circle": (_soft_links_in_a_circle, "more than 16 soft links"),
    "external storage": (_external_storage, _STORAGE),
    "external storage in pieces": (_external_storage_in_pieces, _STORAGE),
    "hard link to external storage": (_hard_link_to_external_storage, _STORAGE),
    "virtual": (_virtual, _VIRTUAL),
    "virtual without bounds": (_virtual_without_bounds, _VIRTUAL),
    "virtual, of the file itself": (_virtual_of_the_file_itself, _VIRTUAL),
    "soft link to virtual": (_soft_link_to_virtual, _VIRTUAL),
}
