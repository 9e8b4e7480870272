"""The folder of a model, wherever the model is."""

from pathlib import Path

from mner.tagging.hub.reference import PREFIX, parse_reference

__all__ = ["local_folder"]


def local_folder(path: str | Path) -> Path:
    """Return the folder of a model, which is fetched where `path` is `hf://user/name[@revision]`.

    Raises:
        InputError: it cannot be fetched.
        ModelError: what was fetched is no model of `mner`, or a file of it was changed.
        MissingExtraError: the package huggingface_hub is needed and not installed.
    """
    if not isinstance(path, str) or not path.startswith(PREFIX):
        return Path(path)
    from mner.tagging.hub.fetch import fetch_model

    return fetch_model(parse_reference(path))
