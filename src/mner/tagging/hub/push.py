"""A model folder to the hub."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mner.tagging.hub.card import hub_card
from mner.tagging.hub.errors import hub_errors, require_hub
from mner.tagging.hub.files import ALLOWED, checked_files
from mner.tagging.hub.reference import HubReference
from mner.tagging.model_folder import ModelFiles, read_model

__all__ = ["Pushed", "push"]


@dataclass(frozen=True, slots=True)
class Pushed:
    """What was sent, and where it is now."""

    address: str
    """The page of the model."""
    commit: str
    files: tuple[tuple[str, int], ...]
    """Each file with its bytes."""


def push(path: Path, reference: HubReference, *, is_public: bool = False) -> Pushed:
    """Send a model folder to the hub, as one commit on the branch `main`.

    Only files that a model folder may hold are sent, after each was compared with its digest. Files
    of an earlier model there that this one does not have are removed.

    Args:
        path: the folder, or that of its run.
        reference: where it goes; without a revision. A repository that is not there is made.
        is_public: whether a repository that is made can be seen by everybody. One that is there
            stays as it is.

    Raises:
        ModelError: the folder is no model, or a file of it was changed.
        InputError: the hub refuses or cannot be reached.
        MissingExtraError: the package huggingface_hub is not installed.
    """
    require_hub("mner push")
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    import mner

    model = read_model(path)
    files = checked_files(model.folder, model.digests)
    card = hub_card(model, reference).encode()
    api = HfApi(library_name="mner", library_version=mner.__version__)
    repository, name = reference.repository, ModelFiles().card
    additions = [
        CommitOperationAdd(name, card),
        *(CommitOperationAdd(file, model.folder / file) for file in files if file != name),
    ]
    with hub_errors(reference):
        address = api.create_repo(repository, private=not is_public, exist_ok=True)
        there = api.list_repo_files(repository)
        old = [CommitOperationDelete(file) for file in _outdated(there, files)]
        commit = api.create_commit(
            repository, [*additions, *old], commit_message=f"Model of mner {model.fingerprint}"
        )
    sizes = {file: (model.folder / file).stat().st_size for file in files} | {name: len(card)}
    return Pushed(str(address), str(commit.oid), tuple(sorted(sizes.items())))


def _outdated(there: Sequence[str], files: Sequence[str]) -> list[str]:
    """Return the files of an earlier model in a repository."""
    return sorted((set(there) & ALLOWED) - set(files) - {ModelFiles().card})
