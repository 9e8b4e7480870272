"""Posts read from folders: data sets of Hugging Face, and documents of brat."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from types import MappingProxyType

from mner.errors import InputError
from mner.posts.brat_reader import read_brat
from mner.posts.exchange.forms import read_objects
from mner.posts.exchange.hugging_face import HUGGING_FACE
from mner.posts.lines import Source
from mner.posts.reading import NumberedPosts, Reading
from mner.posts.saved_dataset import INFO, SPLITS, STATE, TAG_FIELDS, dataset_rows, tag_names
from mner.posts.tables import read_rows

__all__ = ["FOLDERS", "is_folder", "read_folder"]

_LOG = logging.getLogger(__name__)


def is_folder(source: Source) -> bool:
    """Return whether a source is a folder."""
    return isinstance(source, str | Path) and str(source) != "-" and Path(source).is_dir()


def read_folder(folder: Path, reading: Reading) -> NumberedPosts:
    """Return the posts of a folder, each with the number of its row or document.

    Raises:
        InputError: it is no folder of a kind that is read, or what it holds is ill-formed.
        MissingExtraError: pyarrow is needed and not installed.
    """
    format: str = reading.options.format
    if format == "auto":
        format = _recognised(folder)
    if format not in FOLDERS:
        raise InputError(
            f"{folder}: is a folder, expected a file of posts, a data set that `save_to_disk` has "
            "written, or a folder of brat"
        )
    return FOLDERS[format](folder, reading)


def _recognised(folder: Path) -> str:
    if (folder / SPLITS).is_file() or ((folder / STATE).is_file() and (folder / INFO).is_file()):
        return "datasets"
    if next(folder.glob("*.ann"), None) is not None:
        return "brat"
    return ""


def _read_dataset(folder: Path, reading: Reading) -> NumberedPosts:
    """Yield the post of each row of a data set: tokens with tags, or else texts as in a table."""
    rows = dataset_rows(folder)
    names = [str(name) for name in next(rows)]
    if "tokens" not in names or not set(names) & set(TAG_FIELDS):
        yield from read_rows(chain([(0, list[object](names))], enumerate(rows, start=1)), reading)
        return
    labels = reading.options.labels or tag_names(folder)
    reading = replace(reading, options=replace(reading.options, labels=labels))
    _LOG.info("%s: is a data set of Hugging Face", folder)
    yield from read_objects(_objects(names, rows), reading, form=HUGGING_FACE)


def _objects(
    names: list[str], rows: Iterator[list[object]]
) -> Iterator[tuple[int, Mapping[str, object]]]:
    for number, row in enumerate(rows, start=1):
        yield number, dict(zip(names, row, strict=True))


FOLDERS: Mapping[str, Callable[[Path, Reading], NumberedPosts]] = MappingProxyType(
    {"datasets": _read_dataset, "brat": read_brat}
)
"""The readers of folders, by the name of their format."""
