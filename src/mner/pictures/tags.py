"""The tags of a picture file, read before a library opens it.

TIFF keeps what it says of a picture in a directory of tags, and EXIF data is such a directory in
a picture of another format. A small file may have tags that take very much memory once they are
Python objects: millions of numbers, or thousands of tags with the same bytes. So their sizes are
looked at first, and the orientation is read here too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Literal

__all__ = ["MOST_HEADER_BYTES", "exif_orientation", "header_bytes"]

MOST_HEADER_BYTES = 64_000_000
"""The most memory that what stands before the pixels may take."""

_Order = Literal["little", "big"]
_BIG = 43
_VERSIONS = frozenset({42, _BIG})

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
"""Bytes in the file of an element, by the type of a tag."""
_BYTES, _RATIONALS = frozenset({1, 2, 6, 7}), frozenset({5, 10})
_MEMORY_OF_A_BYTE, _MEMORY_OF_A_NUMBER, _MEMORY_OF_A_RATIONAL = 3, 60, 260
"""Bytes in memory of an element, measured as the growth of the process."""
_MOST_TAGS = 65_536
_ORIENTATION = 274
_WHOLE_NUMBERS = frozenset({3, 4})
_SUBDIRECTORIES = frozenset({34665, 34853, 40965})
"""Tags that hold the place of another directory: EXIF, GPS, interoperability."""

_EXIF, _SEVERAL_PICTURES = b"Exif\0\0", b"MPF\0"
_JPEG, _APP1, _APP2 = b"\xff\xd8", 0xE1, 0xE2
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_PIXELS_FOLLOW, _END = 0xDA, 0xD9
_BOXES = b"ftyp"
_TAGS_BEGIN = re.compile(rb"II\*\0|MM\0\*")
_MOST_BOXED = 30_000_000
"""Bytes of an AVIF or HEIC file; those of phones have a few million."""
_MOST_BEGINS = 100
_MEMORY_OF_EXIF = 32
"""Bytes in memory of a byte of EXIF: it is copied once for each of its segments."""


@dataclass(frozen=True, slots=True)
class _Directory:
    """Where a directory is, and how its numbers are written."""

    file: IO[bytes]
    start: int
    """Where the header is; places are counted from here."""
    order: _Order
    is_big: bool
    """Whether places have eight bytes, as in BigTIFF."""


@dataclass(frozen=True, slots=True)
class _Tag:
    number: int
    type: int
    count: int
    value: bytes
    """The value where it is short, and the place of it otherwise."""


def header_bytes(file: IO[bytes]) -> int:
    """Estimate the bytes of memory that the tags and segments before the pixels take.

    Args:
        file: at its begin, which is where it is left.

    Returns:
        At least `MOST_HEADER_BYTES` + 1 where it is more than that; 0 for other formats than JPEG,
        TIFF, AVIF and HEIC, whose tags nobody reads but `exif_orientation`.
    """
    start = file.read(8)
    file.seek(0)
    if start.startswith(_JPEG):
        needed = _segment_bytes(file)
    elif start.endswith(_BOXES):
        needed = _boxed_bytes(file)
    else:
        needed = _tag_bytes(file)
    file.seek(0)
    return needed


def exif_orientation(exif: bytes) -> int | None:
    """Return the orientation that EXIF data names, a number from 1 to 8; None if it names none."""
    directory = _open(BytesIO(re.sub(rb"^(Exif\0\0){1,2}", b"", exif)))
    if directory is None:
        return None
    file, first = directory
    for tag in _tags(file, first):
        if tag.number == _ORIENTATION and tag.type in _WHOLE_NUMBERS and tag.count == 1:
            value = int.from_bytes(tag.value[: _SIZES[tag.type]], file.order)
            return value if 1 <= value <= 8 else None
    return None


def _segment_bytes(file: IO[bytes]) -> int:
    """Return the memory that the segments of a JPEG take, up to its pixels."""
    needed = 0
    exif = []
    file.seek(len(_JPEG))
    while needed <= MOST_HEADER_BYTES:
        marker = _next_marker(file)
        if marker in {None, _PIXELS_FOLLOW, _END}:
            break
        if marker in _WITHOUT_LENGTH:
            continue
        length = int.from_bytes(file.read(2), "big") - 2
        if length < 0:
            break
        content = file.read(length)
        needed += length
        if marker == _APP1 and content.startswith(_EXIF):
            exif.append(content)
            needed += _MEMORY_OF_EXIF * length
        if marker == _APP2 and content.startswith(_SEVERAL_PICTURES):
            needed += _tag_bytes(BytesIO(content[len(_SEVERAL_PICTURES) :]))
    # A library puts several segments of EXIF data together.
    return needed + _tag_bytes(BytesIO(b"".join(exif)[len(_EXIF) :]))


def _boxed_bytes(file: IO[bytes]) -> int:
    """Return the memory that the tags of AVIF or HEIC take.

    A reader looks for the begin of the tags in their box, so every place in the file that is like
    it counts.
    """
    content = file.read(_MOST_BOXED + 1)
    if len(content) > _MOST_BOXED:
        return MOST_HEADER_BYTES + 1
    needed = 0
    for count, begin in enumerate(_TAGS_BEGIN.finditer(content)):
        file.seek(begin.start())
        needed += _tag_bytes(file)
        if count > _MOST_BEGINS or needed > MOST_HEADER_BYTES:
            return MOST_HEADER_BYTES + 1
    return needed


def _next_marker(file: IO[bytes]) -> int | None:
    """Return the next marker of a JPEG, None at the end of the file."""
    while byte := file.read(1):
        if byte != b"\xff":
            continue
        while byte == b"\xff":
            byte = file.read(1)
        if byte not in {b"", b"\0"}:
            return byte[0]
    return None


def _tag_bytes(file: IO[bytes]) -> int:
    """Return the memory that the tags of the first directory take, and of those in it."""
    opened = _open(file)
    if opened is None:
        return 0
    directory, first = opened
    whole = file.seek(0, 2)
    needed = 0
    places = [first]
    seen = set()
    while places and needed <= MOST_HEADER_BYTES:
        place = places.pop()
        seen.add(place)
        for count, tag in enumerate(_tags(directory, place)):
            needed += _memory(tag, whole)
            if count > _MOST_TAGS or needed > MOST_HEADER_BYTES:
                return MOST_HEADER_BYTES + 1
            if tag.number in _SUBDIRECTORIES:
                inner = int.from_bytes(tag.value[: _SIZES.get(tag.type, 4)], directory.order)
                places += [inner] if inner not in seen else []
    return needed


def _memory(tag: _Tag, whole: int) -> int:
    """Return the memory that a tag of a file of so many bytes takes."""
    size = _SIZES.get(tag.type)
    if size is None:
        return 0
    count = min(tag.count, whole // size)  # a tag that is longer than its file is not read
    if tag.type in _BYTES:
        return _MEMORY_OF_A_BYTE * count
    return (_MEMORY_OF_A_RATIONAL if tag.type in _RATIONALS else _MEMORY_OF_A_NUMBER) * count


def _open(file: IO[bytes]) -> tuple[_Directory, int] | None:
    """Return how a TIFF writes its numbers, and the place of its first directory."""
    start = file.tell()
    head = file.read(16)
    order: _Order = "little" if head[:2] == b"II" else "big"
    if len(head) < 8 or head[:2] not in {b"II", b"MM"} or not _VERSIONS & set(head[2:4]):
        return None
    is_big = _BIG in head[2:4]
    place = head[8:16] if is_big else head[4:8]
    return _Directory(file, start, order, is_big), int.from_bytes(place, order)


def _tags(directory: _Directory, place: int) -> Iterator[_Tag]:
    """Yield the tags of the directory at a place, up to the end of the file."""
    file, order = directory.file, directory.order
    wide = 8 if directory.is_big else 4
    length = 4 + 2 * wide
    if place >= 1 << 62:
        return
    file.seek(directory.start + place)
    count = int.from_bytes(file.read(8 if directory.is_big else 2), order)
    for _ in range(count):
        entry = file.read(length)
        if len(entry) < length:
            return
        number, type_ = (int.from_bytes(entry[at : at + 2], order) for at in (0, 2))
        elements = int.from_bytes(entry[4 : 4 + wide], order)
        yield _Tag(number, type_, elements, entry[4 + wide :])
