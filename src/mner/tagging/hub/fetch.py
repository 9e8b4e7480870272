"""Models from the hub: into its own cache, or into a folder of the user.

The cache is that of huggingface_hub. A file appears in it when it is complete, and its state is a
commit, so that what was fetched once is not asked for again, and is there without a connection.
"""

import shutil
from pathlib import Path

from mner.errors import InputError, ModelError
from mner.files.write import new_folder
from mner.tagging.digests import read_digests
from mner.tagging.hub.errors import hub_errors, require_hub
from mner.tagging.hub.files import ALLOWED, checked_files
from mner.tagging.hub.reference import HubReference
from mner.tagging.model_folder import ModelFiles, read_model

__all__ = ["fetch_model", "pull"]


def fetch_model(reference: HubReference) -> Path:
    """Fetch a model into the cache of huggingface_hub, and return its folder there.

    Only files that a model folder may hold are fetched. All of them are compared with the digests
    in the description of the model, each time.

    Raises:
        InputError: the hub cannot be reached and the model is not in the cache, it refuses, or has
            no such model or revision.
        ModelError: what is there is no model of `mner`, or a file of it was changed.
        MissingExtraError: the package huggingface_hub is not installed.
    """
    return _fetched(reference)[0]


def pull(reference: HubReference, target: Path) -> tuple[str, ...]:
    """Fetch a model into a folder, which appears when the model is complete and checked.

    Args:
        reference: the model.
        target: the folder, which must not exist.

    Returns:
        the files by their paths in the folder.

    Raises:
        InputError: as for `fetch_model`, or the folder exists or cannot be written.
        ModelError: as for `fetch_model`.
        MissingExtraError: as for `fetch_model`.
    """
    if target.exists():
        raise InputError(f"{target}: exists: name another folder by --out")
    source, files = _fetched(reference)
    try:
        with new_folder(target, replace=False) as part:
            for name in files:
                (part / name).parent.mkdir(exist_ok=True)
                shutil.copyfile(source / name, part / name)
    except OSError as exc:
        raise InputError(f"{target}: cannot be written: {exc.strerror or exc}") from exc
    return files


def _fetched(reference: HubReference) -> tuple[Path, tuple[str, ...]]:
    """Return the folder of a model in the cache, and its files."""
    require_hub("Fetching a model from the hub")
    from huggingface_hub import snapshot_download

    import mner

    with hub_errors(reference):
        folder = Path(
            snapshot_download(
                reference.repository,
                revision=reference.revision,
                allow_patterns=sorted(ALLOWED),
                library_name="mner",
                library_version=mner.__version__,
            )
        )
    about = folder / ModelFiles().about
    if not about.is_file():
        raise ModelError(f"{reference}: is no model of mner: it has no {about.name}")
    try:
        files = checked_files(folder, read_digests(about))
    except ModelError as exc:
        _forget(folder)
        raise ModelError(
            f"{reference}: a file was changed, or was damaged on its way ({exc}): try once more, "
            "and else ask its owner to push it again"
        ) from exc
    read_model(folder)
    return folder, files


def _forget(folder: Path) -> None:
    """Remove files from the cache, so that the next try fetches them again."""
    for name in ALLOWED:
        (folder / name).resolve().unlink(missing_ok=True)
        (folder / name).unlink(missing_ok=True)
