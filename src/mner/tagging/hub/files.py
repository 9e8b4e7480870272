"""Which files go to the hub and come from it: those of a model folder by name, and no others.

Weights are safetensors and ONNX, arrays are NumPy's without pickles, and the rest is text.
"""

from pathlib import Path

from mner.encoding.pieces import PIECES_FILES
from mner.encoding.vectors import TABLE_FILES
from mner.errors import ModelError, quoted
from mner.tagging.digests import FileDigests
from mner.tagging.model_folder import ModelFiles

__all__ = ["ALLOWED", "checked_files"]

_FILES = ModelFiles()

ALLOWED: frozenset[str] = frozenset(
    {
        _FILES.about,
        _FILES.recipe,
        _FILES.vocabulary,
        _FILES.mentions,
        _FILES.texts,
        _FILES.weights,
        _FILES.decoder,
        _FILES.promises,
        _FILES.graph,
        _FILES.pictures,
        _FILES.card,
        *(f"{_FILES.vectors}/{name}" for name in TABLE_FILES),
        *(f"{_FILES.transformer}/{name}" for name in (*PIECES_FILES, "config.json")),
    }
)
"""The files that a model folder may hold, by their paths in it."""


def checked_files(folder: Path, digests: FileDigests) -> tuple[str, ...]:
    """Return the files of a model by their paths in its folder, each of which is as it was written.

    The card is among them where there is one; it is the only file without a digest.

    Raises:
        ModelError: a file is missing, was changed or is not one of a model folder, or the
            description has no digests.
    """
    listed = digests.listed
    if not listed:
        raise ModelError(
            f"{folder}: {_FILES.about} has no digests of the files, as an early mner wrote it: "
            "train the model again"
        )
    if foreign := sorted(listed - ALLOWED):
        raise ModelError(
            f"{folder}: {_FILES.about} lists {quoted(foreign[0])}, which is no file of a model "
            "folder: nothing else is sent to the hub or taken from it"
        )
    digests.require(listed)
    card = {_FILES.card} if (folder / _FILES.card).is_file() else set()
    return tuple(sorted({*listed, _FILES.about, *card}))
