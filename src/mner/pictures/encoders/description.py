"""The description of an encoder: all that its regions depend on."""

from collections.abc import Mapping
from typing import TypeAlias

from mner.errors import ModelError

__all__ = ["EncoderDescription", "check_encoder"]

EncoderDescription: TypeAlias = Mapping[str, str | int]
"""What two encoders must share to give the same regions, as a JSON object.

Every description has `name`, `size`, `regions`, `width`, `preprocessing` and `fingerprint` (see
`PictureEncoder`); some encoders add keys of their own, such as `output`. Feature stores, model
folders and exported graphs hold it."""


def check_encoder(
    what: str, actual: EncoderDescription, expected: EncoderDescription | None
) -> None:
    """Make sure that pictures are encoded as they were when a model was trained.

    Args:
        what: a store, a graph or an encoder, for the message.
        actual: its description.
        expected: the description that the model was trained with; None where it names none.

    Raises:
        ModelError: the two differ.
    """
    if expected is None or dict(actual) == dict(expected):
        return
    raise ModelError(
        f"{what}: pictures encoded by {dict(actual)}, but the model was trained with"
        f" {dict(expected)}: use the same encoder and weights, or give features that it made"
    )
