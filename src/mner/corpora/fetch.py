"""What `mner data fetch` brings: official addresses, sizes and checksums in one table, each thing checked before it gets its name."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mner.corpora.download import download, is_url, verify
from mner.corpora.unpack import unpack
from mner.errors import InputError
from mner.files.locks import locked
from mner.files.paths import downloads_folder
from mner.files.write import new_file, new_folder
from mner.posts.read import read_posts

__all__ = ["RESOURCES", "Fetched", "Resource", "bring", "fetch"]

_MOST_FILES = 20_000
_SPLITS: dict[str, tuple[str, ...]] = {
    "train": ("train",),
    "valid": ("valid", "dev", "val"),
    "test": ("test",),
}
"""The files of a corpus as we name them, and the names under which archives hold them (with `.txt` or without)."""


@dataclass(frozen=True)
class Resource:
    """Something to be fetched: one file known by its checksum, or a corpus in an archive, known by what is in it."""

    name: str
    address: str
    file: str
    """Its name in the folder of downloads; of a corpus, its folder."""
    checked: str
    """What it is checked by, and who published that."""
    largest: int
    """Bytes above which it cannot be the right thing; of a corpus, before and after unpacking."""
    size: int | None = None
    digest: str | None = None
    posts: Mapping[str, int] | None = None
    """Of a corpus: how many posts train, valid and test hold."""
    pictures: int = 0
    """Of a corpus: how many of its posts must have their picture."""


@dataclass(frozen=True)
class Fetched:
    """Where a resource is."""

    path: Path
    is_new: bool
    note: str
    """How it was checked, in words."""


RESOURCES: dict[str, Resource] = {
    resource.name: resource
    for resource in (
        Resource(
            name="twitter2015",
            # The repository of the paper's authors, known as jlfu/NERmultimodal before its owner was renamed.
            address="https://github.com/jinlanfu/NERmultimodal/archive/HEAD.tar.gz",
            file="twitter2015",
            # GitHub packs such archives anew when it likes, so that their bytes have no lasting checksum.
            checked="number of posts and pictures (no checksum is published; the archive's is recorded in source.json)",
            largest=3 << 30,
            posts={"train": 4000, "valid": 1000, "test": 3257},
            # 8,241 pictures are listed publicly for 8,257 posts; a post without one is a state that everything here knows.
            pictures=8000,
        ),
        Resource(
            name="vgg16",
            address="https://download.pytorch.org/models/vgg16-397923af.pth",
            file="vgg16-397923af.pth",
            # torchvision publishes the first eight digits in the name; many public projects quote all of them, with the size.
            checked="size and SHA-256 (its first eight digits are torchvision's own, in the file's name)",
            largest=553_433_881,
            size=553_433_881,
            digest="sha256:397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
        ),
        Resource(
            name="glove-twitter-200",
            address="https://github.com/piskvorky/gensim-data/releases/download/glove-twitter-200/glove-twitter-200.gz",
            file="glove-twitter-200.gz",
            checked="size and MD5 as in the catalogue of gensim-data",
            largest=795_373_100,
            size=795_373_100,
            digest="md5:e52e8392d1860b95d5308a525817d8f9",
        ),
    )
}


def fetch(name: str, *, source: str | None = None, folder: Path | None = None) -> Fetched:
    """Bring a resource of the table, unless it is there already.

    Args:
        name: one of `RESOURCES`.
        source: a mirror's address, or the file itself, brought by hand; the official address when None.
        folder: where it goes; `downloads_folder()` when None.

    Raises:
        InputError: there is no such name, the source cannot be read, or what came (or was there) is not what it should be.
    """
    if name not in RESOURCES:
        raise InputError(
            f"{name}: nothing of this name can be fetched: expected one of {', '.join(sorted(RESOURCES))}"
        )
    return bring(RESOURCES[name], source=source, folder=folder)


def bring(resource: Resource, *, source: str | None = None, folder: Path | None = None) -> Fetched:
    """Bring any resource; see `fetch`."""
    target = (folder or downloads_folder()) / resource.file
    with locked(target):
        if target.exists():
            _check_present(resource, target)
            return Fetched(
                target, is_new=False, note=f"was there already, checked by {resource.checked}"
            )
        try:
            note = (_bring_corpus if resource.posts else _bring_file)(
                resource, source or resource.address, target
            )
        except InputError as exc:
            raise InputError(str(exc) if source else f"{exc}. {_advice(resource, target)}") from exc
    return Fetched(target, is_new=True, note=note)


def _advice(resource: Resource, target: Path) -> str:
    wanted = (
        f"a folder with {', '.join(f'{split}.txt' for split in resource.posts)} and images/"
        if resource.posts
        else "the file"
    )
    return (
        f"Without a connection: get {resource.address} on another machine and give it by `mner data fetch {resource.name} --from FILE`, "
        f"or put {wanted} at {target}"
    )


def _check_present(resource: Resource, target: Path) -> None:
    try:
        if resource.posts:
            _check_corpus(resource, target)
        else:
            verify(target, size=resource.size, digest=resource.digest)
    except InputError as exc:
        raise InputError(f"{exc}; delete {target} and fetch it again") from exc


def _bring_file(resource: Resource, source: str, target: Path) -> str:
    if is_url(source):
        download(
            source, target, largest=resource.largest, size=resource.size, digest=resource.digest
        )
        return f"downloaded, checked by {resource.checked}"
    with new_file(target) as copy:
        shutil.copyfile(_existing(source), copy)
        verify(copy, size=resource.size, digest=resource.digest, name=source)
    return f"copied from {source}, checked by {resource.checked}"


def _bring_corpus(resource: Resource, source: str, target: Path) -> str:
    """Unpack a corpus's archive and lay it out as `train.txt`, `valid.txt`, `test.txt` and `images/`."""
    if not is_url(source):
        return _lay_out(resource, _existing(source), target, source=source)
    archive = target.with_name(f"{target.name}.archive")
    if not archive.is_file():
        download(source, archive, largest=resource.largest)
    try:
        note = _lay_out(resource, archive, target, source=source)
    except InputError:
        archive.unlink()
        raise
    archive.unlink()
    return note


def _existing(source: str) -> Path:
    path = Path(source)
    if not path.is_file():
        raise InputError(
            f"{source}: no such file: expected an address that starts with http:// or https://, or a file"
        )
    return path


def _lay_out(resource: Resource, archive: Path, target: Path, *, source: str) -> str:
    with new_folder(target) as part:
        unpacked = part / "unpacked"
        unpack(archive, unpacked, largest=resource.largest, most=_MOST_FILES)
        _arrange(resource, unpacked, part, source=source)
        pictures = _check_corpus(resource, part)
        about = {
            "source": source,
            "bytes": archive.stat().st_size,
            "sha256": _sha256(archive),
            "pictures": pictures,
        }
        texts = {path.name: _sha256(path) for path in sorted(part.glob("*.txt"))}
        (part / "source.json").write_text(
            json.dumps({**about, "texts": texts}, indent=1) + "\n", encoding="utf-8"
        )
        shutil.rmtree(unpacked)
    return f"{sum((resource.posts or {}).values())} posts, {pictures} of them with their picture; checked by {resource.checked}"


def _arrange(resource: Resource, unpacked: Path, part: Path, *, source: str) -> None:
    """Move the three text files and the pictures to their places."""
    (part / "images").mkdir()
    files = sorted(path for path in unpacked.rglob("*") if path.is_file())
    for split, count in (resource.posts or {}).items():
        candidates = [
            path for path in files if path.stem in _SPLITS[split] and path.suffix in {"", ".txt"}
        ]
        counted = {path: _count_posts(path) for path in candidates}
        chosen = next((path for path, found in counted.items() if found == count), None)
        if chosen is None:
            seen = (
                ", ".join(
                    f"{path.relative_to(unpacked)} with {found}" for path, found in counted.items()
                )
                or "no file of that name"
            )
            raise InputError(
                f"{source}: not the corpus it should be: expected a file {split!r} with {count} posts, got {seen}"
            )
        chosen.rename(part / f"{split}.txt")
    for path in files:
        if path.suffix.lower() in {".jpg", ".jpeg"} and not (part / "images" / path.name).exists():
            path.rename(part / "images" / path.name)


def _check_corpus(resource: Resource, folder: Path) -> int:
    """How many posts have their picture.

    Raises:
        InputError: a file is missing, or there are not as many posts or pictures as there should be.
    """
    found = 0
    for split, count in (resource.posts or {}).items():
        path = folder / f"{split}.txt"
        ids = list(_picture_ids(path))
        if len(ids) != count:
            raise InputError(f"{path}: expected {count} posts, got {len(ids)}")
        found += sum((folder / "images" / f"{picture}.jpg").is_file() for picture in ids)
    if found < resource.pictures:
        raise InputError(
            f"{folder}: expected pictures for at least {resource.pictures} posts, got {found}"
        )
    return found


def _count_posts(path: Path) -> int:
    with path.open("rb") as file:
        return sum(line.removeprefix(b"\xef\xbb\xbf").startswith(b"IMGID:") for line in file)


def _picture_ids(path: Path) -> Iterator[str | None]:
    """The picture of each post; what the reader finds odd is for `mner data check` to tell."""
    return (post.picture for post in read_posts(path, format="imgid", on_problem=lambda _: None))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
