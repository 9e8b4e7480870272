"""The pictures of a post in the body of a request: files, base64, or URLs."""

import base64
import binascii
from collections.abc import Sequence

import msgspec

from mner.errors import InputError, clipped, quoted
from mner.posts.bounds import require_few_pictures
from mner.serve.problems import Problem
from mner.types import PictureBytes, UntrustedReference

__all__ = [
    "MOST_NAME",
    "PictureBody",
    "checked_name",
    "picture_bytes",
    "picture_url",
    "references_of",
]

MOST_NAME = 255
"""Characters of the name of a post or a picture."""
_MOST_URL = 4_000


class PictureBody(msgspec.Struct, forbid_unknown_fields=True):
    """One picture: itself as base64, or where it is."""

    picture: str | None = None
    picture_name: str | None = None
    picture_url: str | None = None


def references_of(
    own: PictureBody, several: Sequence[PictureBody] | None, files: Sequence[PictureBytes]
) -> list[str]:
    """Return the pictures of a post, however they were given.

    Args:
        own: the keys for one picture of the post itself.
        several: its list of pictures.
        files: the pictures that came as files of a form.

    Raises:
        InputError: they are given in two ways, are too many, or one is ill-formed.
    """
    one = _reference(own)
    if one is not None and files:
        raise InputError("a post has one picture: give the picture itself or `picture_url`")
    references: list[str] = [*files] if one is None else [one]
    if several is not None and references:
        raise InputError("both `picture` and `pictures` are given: give all in `pictures`")
    for number, given in enumerate(several or (), start=1):
        reference = _reference(given)
        if reference is None:
            raise InputError(f"picture {number} of `pictures` needs `picture` or `picture_url`")
        references.append(reference)
    require_few_pictures(references)
    return references


def checked_name(name: str) -> str:
    """Return the name of a picture.

    Raises:
        Problem: it is too long.
    """
    if len(name) > MOST_NAME:
        raise Problem(422, f"the name of the picture has more than {MOST_NAME} characters")
    return name


def picture_bytes(text: str) -> bytes:
    """Return the bytes of base64, or of a `data:` URL of it.

    Raises:
        InputError: the text is neither.
    """
    if text.startswith("data:"):
        kind, separator, text = text.partition(",")
        if not separator or not kind.endswith(";base64"):
            raise InputError("`picture` is a data: URL that is not base64")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise InputError(f"`picture` is not base64: {clipped(exc)}") from exc


def picture_url(url: str) -> UntrustedReference:
    """Return a URL at which a picture may be fetched.

    Raises:
        InputError: it is none of http or https, or too long.
    """
    if len(url) > _MOST_URL or not url.lower().startswith(("http://", "https://")):
        raise InputError(f"`picture_url` must be an http or https URL, got {quoted(url)}")
    return UntrustedReference(url)


def _reference(given: PictureBody) -> str | None:
    """Return a picture itself or its URL; None where neither is given."""
    if given.picture is None:
        if given.picture_name is not None:
            raise InputError("`picture_name` without the `picture` that it names")
        return None if given.picture_url is None else picture_url(given.picture_url)
    if given.picture_url is not None:
        raise InputError("a post has one picture: give the picture itself or `picture_url`")
    return PictureBytes(checked_name(given.picture_name or ""), picture_bytes(given.picture))
