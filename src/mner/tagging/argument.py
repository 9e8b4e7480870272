"""What the argument of `mner tag` means: words, the contents of a file, or a mistake."""

import logging
import os
from pathlib import Path, PurePath

from mner.errors import InputError, quoted
from mner.tagging.formats import ENDINGS

__all__ = ["contents_named_by", "refuse_picture"]

_LOG = logging.getLogger(__name__)

_PICTURES = frozenset(
    ".jpg .jpeg .png .gif .webp .bmp .tif .tiff .avif .heic .heif".split()  # noqa: SIM905
)
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"II*\x00", b"MM\x00*")


def contents_named_by(text: str, *, is_one_text: bool) -> str | None:
    """Return the file whose contents are meant by an argument; None where it is words to tag.

    Args:
        text: the argument. `-` is standard input, and an existing file stands for its contents.
        is_one_text: whether other options go with a single text, so that the argument is words.

    Raises:
        InputError: the argument is a picture, or a file name of which there is no file.
    """
    if text == "-" and not is_one_text:
        return text
    # Not by `Path`, which fails where a text is too long for a name.
    is_file = os.path.exists(text) and not os.path.isdir(text)  # noqa: PTH110, PTH112
    if is_file and is_one_text:
        _LOG.info(
            "%s: taken as words, as --picture and --caption ask; a file has this name, too",
            quoted(text),
        )
        return None
    if is_file:
        refuse_picture(text)
        _LOG.info("%s: the contents of this file are tagged, not its name", quoted(text))
        return text
    ending = PurePath(text).suffix.lower()
    if len(text.split()) == 1 and "://" not in text and ending in {*_PICTURES, *ENDINGS}:
        raise InputError(
            f"{quoted(text)}: there is no such file: expected a text, or the name of a file of "
            "posts; to tag words that look like a file's name, pipe them into "
            "`mner tag - --input-format text`"
        )
    return None


def refuse_picture(file: str) -> None:
    """Refuse a picture in the place of posts.

    Raises:
        InputError: the file is a picture, by its ending or by how it begins.
    """
    path = Path(file)
    if not path.is_file():
        return
    try:
        with path.open("rb") as stream:
            begin = stream.read(12)
    except OSError:
        return  # the reader says why
    is_webp = begin[:4] == b"RIFF" and begin[8:] == b"WEBP"
    if path.suffix.lower() in _PICTURES or begin.startswith(_BEGINNINGS) or is_webp:
        raise InputError(
            f"{file}: is a picture, expected a text or a file of posts: give the text of the post, "
            f"and its picture by --picture {file}"
        )
