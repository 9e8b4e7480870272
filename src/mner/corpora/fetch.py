"""What `mner data fetch` does: each resource is checked before it gets its name."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from mner.corpora.checksum import verify
from mner.corpora.corpus_archive import check_corpus, lay_out_corpus
from mner.corpora.download import download
from mner.corpora.resources import RESOURCES, Resource
from mner.corpora.web import is_url
from mner.errors import InputError
from mner.files.locks import locked
from mner.files.paths import downloads_folder
from mner.files.write import new_file

__all__ = ["Fetched", "bring", "fetch"]


@dataclass(frozen=True)
class Fetched:
    """Where a resource is."""

    path: Path
    is_new: bool
    note: str
    """How it was checked, in words."""


def fetch(name: str, *, source: str | None = None, folder: Path | None = None) -> Fetched:
    """Fetch a resource of the table, unless it is there already.

    Args:
        name: a key of `RESOURCES`.
        source: a mirror's address, or the file itself, brought by hand; the official address when
            None.
        folder: where it goes; `downloads_folder()` when None.

    Raises:
        InputError: there is no such name, the source cannot be read, or what came (or was there)
            is not what it should be.
    """
    if name not in RESOURCES:
        raise InputError(
            f"{name}: nothing of this name can be fetched: "
            f"expected one of {', '.join(sorted(RESOURCES))}"
        )
    return bring(RESOURCES[name], source=source, folder=folder)


def bring(resource: Resource, *, source: str | None = None, folder: Path | None = None) -> Fetched:
    """Fetch any resource; see `fetch`."""
    target = (folder or downloads_folder()) / resource.file
    with locked(target):
        if target.exists():
            _check_present(resource, target)
            note = f"was there already, checked by {resource.checked}"
            return Fetched(target, is_new=False, note=note)
        try:
            note = _bring(resource, source or resource.address, target)
        except InputError as exc:
            if source:
                raise
            raise InputError(f"{exc}. {_advice(resource, target)}") from exc
    return Fetched(target, is_new=True, note=note)


def _check_present(resource: Resource, target: Path) -> None:
    try:
        if resource.posts:
            check_corpus(target, resource.posts, least=resource.pictures)
        else:
            verify(target, size=resource.size, digest=resource.digest)
    except InputError as exc:
        raise InputError(f"{exc}; delete {target} and fetch it again") from exc


def _bring(resource: Resource, source: str, target: Path) -> str:
    """Get a resource from an address or a file; return how it was checked, in words."""
    if not is_url(source):
        _require_file(source)
    return (_bring_corpus if resource.posts else _bring_file)(resource, source, target)


def _require_file(source: str) -> None:
    if not Path(source).is_file():
        raise InputError(
            f"{source}: no such file: "
            "expected an address that starts with http:// or https://, or a file"
        )


def _bring_file(resource: Resource, source: str, target: Path) -> str:
    largest, size, digest = resource.largest, resource.size, resource.digest
    if is_url(source):
        download(source, target, largest=largest, size=size, digest=digest)
        return f"downloaded, checked by {resource.checked}"
    with new_file(target) as copy:
        shutil.copyfile(source, copy)
        verify(copy, size=size, digest=digest, name=source)
    return f"copied from {source}, checked by {resource.checked}"


def _bring_corpus(resource: Resource, source: str, target: Path) -> str:
    if not is_url(source):
        return _unpack_corpus(resource, Path(source), target, source=source)
    archive = target.with_name(f"{target.name}.archive")
    if not archive.is_file():
        download(source, archive, largest=resource.largest)
    try:
        note = _unpack_corpus(resource, archive, target, source=source)
    except InputError:
        archive.unlink()
        raise
    archive.unlink()
    return note


def _unpack_corpus(resource: Resource, archive: Path, target: Path, *, source: str) -> str:
    posts = resource.posts or {}
    pictures = lay_out_corpus(
        archive,
        target,
        source=source,
        largest=resource.largest,
        posts=posts,
        least=resource.pictures,
    )
    counts = f"{sum(posts.values())} posts, {pictures} of them with their picture"
    return f"{counts}; checked by {resource.checked}"


def _advice(resource: Resource, target: Path) -> str:
    wanted = "the file"
    if resource.posts:
        texts = ", ".join(f"{split}.txt" for split in resource.posts)
        wanted = f"a folder with {texts} and images/"
    return (
        f"Without a connection: get {resource.address} on another machine and give it by "
        f"`mner data fetch {resource.name} --from FILE`, or put {wanted} at {target}"
    )
