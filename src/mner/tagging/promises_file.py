"""The file of a model folder that keeps its promises of a precision."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from mner.errors import InputError, ModelError, clipped
from mner.files.load import read_json
from mner.tagging.about import DAMAGED
from mner.tagging.digests import read_digests, replacing_file
from mner.tagging.least import LeastProbability
from mner.tagging.loaded import Loaded
from mner.tagging.model_folder import ModelFiles
from mner.tagging.promise import Promise, parse_promises

__all__ = ["KeptPromise", "least_probability", "network_digest", "save_promises"]


@dataclass(frozen=True, kw_only=True)
class KeptPromise:
    """A promise that a model keeps, and where that is known from."""

    label: str | None
    """As for `Promise`."""
    precision: float
    confidence: float
    """How sure it is: with as many other posts to find the threshold on, it would be broken in at
    most the rest of the cases."""
    threshold: float
    """The least probability of the entities that are kept."""
    count: int
    """How many entities of the posts were kept."""
    correct: int
    effective: int
    """How many independent entities they were worth."""
    gold_fingerprint: str
    """The posts on which the threshold was found."""
    scoring: str
    network: str | None
    """The digest of the network that tagged the posts; None in a folder of an earlier version."""

    @property
    def promise(self) -> Promise:
        """What is promised."""
        return Promise(self.precision, self.label)


def least_probability(loaded: Loaded, promise: str) -> LeastProbability:
    """Return how probable an entity has to be so that a model keeps a promise.

    Args:
        loaded: the model, and what runs it.
        promise: as `parse_promises` reads it.

    Raises:
        InputError: the promise is written in another way, the model has not made it, or it was
            made with another network than the one that runs.
        ModelError: the file of the promises is damaged.
    """
    kept = {one.promise: one for one in _read(loaded.folder)}
    found = []
    for wanted in parse_promises(promise):
        if wanted not in kept:
            raise InputError(_not_made(loaded.folder, wanted, kept))
        if kept[wanted].network != network_digest(loaded):
            raise InputError(
                f"{loaded.folder}: the promise {wanted} was made with another network than "
                f"{_network(loaded)}, which runs now: {_advice(loaded.folder, wanted)}"
            )
        found.append(kept[wanted])
    if found[0].label is None:
        return LeastProbability(found[0].threshold)
    return LeastProbability(by_label={one.label: one.threshold for one in found if one.label})


def save_promises(loaded: Loaded, promises: Sequence[KeptPromise]) -> None:
    """Add promises to a model folder; those made with another network are dropped.

    Raises:
        ModelError: the folder is damaged or cannot be written.
    """
    new = {one.promise for one in promises}
    old = [
        one
        for one in _read(loaded.folder)
        if one.promise not in new and one.network == network_digest(loaded)
    ]
    path = loaded.folder / ModelFiles().promises
    try:
        with replacing_file(loaded.folder / ModelFiles().about, path.name) as part:
            values = [asdict(one) for one in [*old, *promises]]
            part.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    except OSError as exc:
        raise ModelError(
            f"{path}: cannot be written: {exc.strerror or exc}: evaluate a copy of the model"
        ) from exc


def network_digest(loaded: Loaded) -> str | None:
    """Return the digest of the network that runs; None in a folder of an earlier version."""
    return read_digests(loaded.folder / ModelFiles().about).digest(_network(loaded))


def _read(folder: Path) -> list[KeptPromise]:
    """Return the promises of a model folder, none where it has no file of them."""
    path = folder / ModelFiles().promises
    digests = read_digests(folder / ModelFiles().about)
    if not digests.lists(path.name) and not path.exists():
        return []
    digests.require([path.name])
    return read_json(path, list[KeptPromise], advice=DAMAGED, error=ModelError)


def _network(loaded: Loaded) -> str:
    """Return the name of the file of the network that runs."""
    files = ModelFiles()
    return files.graph if loaded.runtime == "ONNX Runtime" else files.weights


def _not_made(folder: Path, wanted: Promise, kept: Iterable[Promise]) -> str:
    made = ", ".join(sorted(map(str, kept)))
    has = f"it has {clipped(made)}" if made else "it has none"
    return f"{folder}: no promise {wanted}; {has}: {_advice(folder, wanted)}"


def _advice(folder: Path, wanted: Promise) -> str:
    return f"find its threshold by `mner evaluate {folder} FILE --promise {wanted}`"
