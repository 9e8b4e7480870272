"""Posts to a data set on the disk, as `datasets.load_from_disk` of Hugging Face reads it."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from mner.bio import spans_to_tags
from mner.errors import InputError, MissingExtraError, quoted
from mner.files.load import read_json
from mner.files.locks import locked
from mner.files.write import new_folder, new_text
from mner.posts.saved_dataset import INFO, SPLITS, STATE, Splits
from mner.types import Post

__all__ = ["write_dataset"]

_GROUP = 1000
"""Rows that are held in memory; also those of a batch of datasets."""
_DATA = "data-00000-of-00001.arrow"
_STRING = {"dtype": "string", "_type": "Value"}
_INTEGERS = {"feature": {"dtype": "int64", "_type": "Value"}, "_type": "Sequence"}


def write_dataset(posts: Iterable[Post], folder: Path, *, split: str | None = None) -> None:
    """Write posts as they come: tokens, tags in IOB2, texts with offsets, pictures and captions.

    Tags are numbers, whose names are in the description: O, and for each label B and I in the order
    in which labels come. A post that is not annotated has null in place of tags.

    Args:
        posts: any number of them.
        folder: appears when all posts are written. Without `split` it must not exist.
        split: the name of a split: `folder` is a `DatasetDict`, which is made, or to which the
            split is added.

    Raises:
        InputError: the folder or the split exists, or cannot be written.
        MissingExtraError: pyarrow is not installed.
    """
    if split is not None and Path(split).name != split:
        raise InputError(f"--split {quoted(split)}: expected a name, such as train")
    target = folder if split is None else folder / split
    if target.exists():
        raise InputError(f"{target}: exists: name another folder")
    if split is not None and folder.exists() and not (folder / SPLITS).is_file():
        raise InputError(f"{folder}: is no DatasetDict, since it has no {SPLITS}: name another one")
    try:
        with new_folder(target, replace=False) as part:
            names = _write_rows(posts, part / _DATA)
            _write_description(part, names)
        if split is not None:
            _add_split(folder, split)
    except OSError as exc:
        raise InputError(f"{target}: cannot be written: {exc.strerror or exc}") from exc


def _write_rows(posts: Iterable[Post], path: Path) -> list[str]:
    """Write the rows, and return the names of their tags."""
    try:
        import pyarrow
    except ModuleNotFoundError as exc:
        raise MissingExtraError("Writing a data set", "tables") from exc
    integers, strings = pyarrow.list_(pyarrow.int64()), pyarrow.list_(pyarrow.string())
    schema = pyarrow.schema(
        {
            "id": pyarrow.string(),
            "tokens": strings,
            "ner_tags": integers,
            "text": pyarrow.string(),
            "offsets": pyarrow.list_(integers),
            "pictures": strings,
            "caption": pyarrow.string(),
        }
    )
    numbers = {"O": 0}
    rows = _rows(posts, numbers)
    with pyarrow.OSFile(str(path), "wb") as file, pyarrow.ipc.new_stream(file, schema) as writer:
        while group := list(islice(rows, _GROUP)):
            writer.write_batch(pyarrow.RecordBatch.from_pylist(group, schema=schema))
    return list(numbers)


def _rows(posts: Iterable[Post], numbers: dict[str, int]) -> Iterator[dict[str, object]]:
    """Yield a row a post; tags that are new get a number."""
    for post in posts:
        tags = None
        if post.entities is not None:
            for entity in post.entities:
                for prefix in "BI":
                    numbers.setdefault(f"{prefix}-{entity.label}", len(numbers))
            spans = [entity.span for entity in post.entities]
            tags = [numbers[tag] for tag in spans_to_tags(spans, len(post.tokens))]
        has_text = post.text is not None and post.offsets is not None
        yield {
            "id": post.id,
            "tokens": list(post.tokens),
            "ner_tags": tags,
            "text": post.text if has_text else None,
            "offsets": post.offsets if has_text else None,
            "pictures": list(post.pictures) or None,
            "caption": post.caption,
        }


def _write_description(folder: Path, names: list[str]) -> None:
    strings = {"feature": _STRING, "_type": "Sequence"}
    features = {
        "id": _STRING,
        "tokens": strings,
        "ner_tags": {"feature": {"names": names, "_type": "ClassLabel"}, "_type": "Sequence"},
        "text": _STRING,
        "offsets": {"feature": _INTEGERS, "_type": "Sequence"},
        "pictures": strings,
        "caption": _STRING,
    }
    about = {"citation": "", "description": "", "homepage": "", "license": ""}
    _write_json(folder / INFO, about | {"features": features})
    with (folder / _DATA).open("rb") as file:
        # The package datasets keeps what it computes by this name, so it has to be of the content.
        fingerprint = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    state: dict[str, Any] = {
        "_data_files": [{"filename": _DATA}],
        "_fingerprint": fingerprint,
        "_format_columns": None,
        "_format_kwargs": {},
        "_format_type": None,
        "_output_all_columns": False,
        "_split": None,
    }
    _write_json(folder / STATE, state)


def _add_split(folder: Path, split: str) -> None:
    path = folder / SPLITS
    with locked(path):
        there = Splits()
        if path.is_file():
            there = read_json(path, Splits, advice="remove it", error=InputError)
        with new_text(path) as stream:
            stream.write(json.dumps({"splits": [*there.splits, split]}) + "\n")


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
