"""Data sets on the disk as `datasets.save_to_disk` of Hugging Face makes them, through pyarrow.

A data set is a folder of Arrow streams, with `state.json` that lists them and `dataset_info.json`
that names tags. A `DatasetDict` is a folder of such folders, its splits. The package datasets is
not needed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mner.errors import InputError, MissingExtraError, clipped, quoted
from mner.files.load import read_json
from mner.files.regular import require_regular

__all__ = ["INFO", "SPLITS", "STATE", "TAG_FIELDS", "Splits", "dataset_rows", "tag_names"]

STATE, INFO, SPLITS = "state.json", "dataset_info.json", "dataset_dict.json"
TAG_FIELDS = ("ner_tags", "tags", "labels")
"""The columns that may hold a tag a token."""

_ADVICE = "expected what `save_to_disk` of the package datasets writes"


@dataclass(frozen=True)
class Splits:
    """The splits of a `DatasetDict`, as `dataset_dict.json` lists them."""

    splits: tuple[str, ...] = ()


def dataset_rows(folder: Path) -> Iterator[list[object]]:
    """Yield the names of the columns of a data set, and then its rows.

    Raises:
        InputError: it is a `DatasetDict`, of which a split has to be named, or a file is missing or
            damaged.
        MissingExtraError: pyarrow is not installed.
    """
    if (folder / SPLITS).is_file():
        splits = read_json(folder / SPLITS, Splits, advice=_ADVICE, error=InputError).splits
        first = splits[0] if splits else "SPLIT"
        raise InputError(
            f"{folder}: holds the splits {quoted(list(splits))}: name one of them, as in "
            f"{clipped(folder / first)}"
        )
    try:
        import pyarrow
    except ModuleNotFoundError as exc:
        raise MissingExtraError(f"{folder}: reading a data set", "tables") from exc
    names: list[str] | None = None
    for path in _arrow_files(folder):
        try:
            with pyarrow.memory_map(str(require_regular(path))) as file:
                stream = pyarrow.ipc.open_stream(file)
                if names is None:
                    names = list(stream.schema.names)
                    yield list(names)
                if names != stream.schema.names:
                    raise InputError(f"{path}: has other columns than the first file of the folder")
                for batch in stream:
                    batch.validate(full=True)
                    yield from map(
                        list, zip(*(column.to_pylist() for column in batch), strict=True)
                    )
        except (pyarrow.ArrowException, OSError, ValueError) as exc:
            raise InputError(f"{path}: cannot be read as Arrow: {clipped(exc)}") from exc


def tag_names(folder: Path) -> tuple[str, ...] | None:
    """Return the names of the tags that a data set gives as numbers; None where it names none.

    Raises:
        InputError: the description of the data set is missing or damaged.
    """
    info = read_json(folder / INFO, dict[str, Any], advice=_ADVICE, error=InputError)
    features = info.get("features")
    for field in TAG_FIELDS:
        feature = features.get(field) if isinstance(features, dict) else None
        if isinstance(feature, dict):
            feature = feature.get("feature", feature)
        names = feature.get("names") if isinstance(feature, dict) else None
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            return tuple(names)
    return None


def _arrow_files(folder: Path) -> Iterator[Path]:
    state = read_json(folder / STATE, dict[str, Any], advice=_ADVICE, error=InputError)
    files = state.get("_data_files")
    if not isinstance(files, list) or not files:
        raise InputError(f"{folder / STATE}: lists no files: {_ADVICE}")
    for file in files:
        name = file.get("filename") if isinstance(file, dict) else None
        if not isinstance(name, str) or Path(name).name != name:
            raise InputError(
                f"{folder / STATE}: lists {quoted(name)}, expected the name of a file of the folder"
            )
        yield folder / name
