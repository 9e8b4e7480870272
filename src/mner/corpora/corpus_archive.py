"""Archives of corpora, laid out as `train.txt`, `valid.txt`, `test.txt` and `images/`."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from mner.corpora.checksum import sha256
from mner.corpora.unpack import unpack
from mner.errors import InputError, clipped, quoted
from mner.files.write import new_folder
from mner.posts.characters import BYTE_ORDER_MARK
from mner.posts.column_lines import HEADER
from mner.posts.read import read_posts

__all__ = ["check_corpus", "lay_out_corpus"]

_MOST_FILES = 20_000
_SPLITS: dict[str, tuple[str, ...]] = {
    "train": ("train",),
    "valid": ("valid", "dev", "val"),
    "test": ("test",),
}
"""The files of a corpus as we name them, and their names in archives, with `.txt` or without."""
_JPEG = {".jpg", ".jpeg"}


def lay_out_corpus(
    archive: Path, target: Path, *, source: str, largest: int, posts: Mapping[str, int], least: int
) -> int:
    """Unpack the archive of a corpus, lay the corpus out and check it.

    `source.json` in the new folder says where the archive came from, and its checksum.

    Args:
        archive: a tar or a zip.
        target: the new folder.
        source: where the archive came from.
        largest: bytes that all files may have together.
        posts: how many posts train, valid and test must hold.
        least: how many posts must have their picture.

    Returns:
        how many posts have their picture.

    Raises:
        InputError: the archive cannot be unpacked, or holds another corpus.
    """
    with new_folder(target) as folder:
        unpacked = folder / "unpacked"
        unpack(archive, unpacked, largest=largest, most=_MOST_FILES)
        _move_texts(unpacked, folder, posts, source=source)
        _move_pictures(unpacked, folder / "images")
        pictures = check_corpus(folder, posts, least=least)
        _write_source(folder, archive, source=source, pictures=pictures)
        shutil.rmtree(unpacked)
    return pictures


def check_corpus(folder: Path, posts: Mapping[str, int], *, least: int) -> int:
    """Check the posts and pictures of a corpus that is laid out.

    Args:
        folder: the corpus.
        posts: how many posts train, valid and test must hold.
        least: how many posts must have their picture.

    Returns:
        how many posts have their picture.

    Raises:
        InputError: a file is missing, or there are not as many posts or pictures as there should
            be.
    """
    pictures = 0
    for split, count in posts.items():
        path = folder / f"{split}.txt"
        # What the reader finds odd is for `mner data check` to report.
        ids = [post.picture for post in read_posts(path, format="imgid", on_problem=lambda _: None)]
        if len(ids) != count:
            raise InputError(f"{path}: expected {count} posts, got {len(ids)}")
        pictures += sum((folder / "images" / f"{picture}.jpg").is_file() for picture in ids)
    if pictures < least:
        raise InputError(f"{folder}: expected pictures for at least {least} posts, got {pictures}")
    return pictures


def _move_texts(unpacked: Path, folder: Path, posts: Mapping[str, int], *, source: str) -> None:
    for split, count in posts.items():
        counted = {path: _count_posts(path) for path in _candidates(unpacked, split)}
        chosen = next((path for path, number in counted.items() if number == count), None)
        if chosen is None:
            names = [
                f"{path.relative_to(unpacked)} with {number}" for path, number in counted.items()
            ]
            raise InputError(
                f"{source}: not the corpus it should be: expected a file {quoted(split)} with "
                f"{count} posts, got {clipped(', '.join(names)) or 'no file of that name'}"
            )
        chosen.rename(folder / f"{split}.txt")


def _candidates(unpacked: Path, split: str) -> list[Path]:
    """Return the files whose names say that they are a split."""
    return [
        path
        for path in _files(unpacked)
        if path.stem in _SPLITS[split] and path.suffix in {"", ".txt"}
    ]


def _count_posts(path: Path) -> int:
    mark, header = BYTE_ORDER_MARK.encode(), HEADER.encode()
    with path.open("rb") as file:
        return sum(line.removeprefix(mark).startswith(header) for line in file)


def _move_pictures(unpacked: Path, images: Path) -> None:
    images.mkdir()
    for path in _files(unpacked):
        if path.suffix.lower() in _JPEG and not (images / path.name).exists():
            path.rename(images / path.name)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _write_source(folder: Path, archive: Path, *, source: str, pictures: int) -> None:
    about = {
        "source": source,
        "bytes": archive.stat().st_size,
        "sha256": sha256(archive),
        "pictures": pictures,
        "texts": {path.name: sha256(path) for path in sorted(folder.glob("*.txt"))},
    }
    content = json.dumps(about, indent=1) + "\n"
    (folder / "source.json").write_text(content, encoding="utf-8")
