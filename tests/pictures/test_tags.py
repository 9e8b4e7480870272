"""Tags that small files have and that take much memory, or turn a picture."""

import struct
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from mner.pictures.tags import MOST_HEADER_BYTES, exif_orientation, header_bytes
from tests.pictures.test_memory import MOST, state_and_peak

STRIPS, WIDTH_IN_INCHES, ICC = 273, 282, 34675
LONG, RATIONAL, UNDEFINED = 4, 5, 7
UNITS = {1: 1, 3: 2, LONG: 4, RATIONAL: 8, UNDEFINED: 1}


def directory(*tags: tuple[int, int, int, int], order: str = "<", at: int = 8) -> bytes:
    """A directory of (number, type, count, value or place) in a file that has nothing else."""
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HL", 42, at)
    entries = [
        struct.pack(f"{order}HHL", *tag[:3])
        + struct.pack(
            f"{order}HH" if tag[1] == 3 else f"{order}L", *[tag[3], 0][: 1 + (tag[1] == 3)]
        )
        for tag in sorted(tags)
    ]
    body = struct.pack(f"{order}H", len(tags)) + b"".join(entries) + bytes(4)
    return head.ljust(at, b"\0") + body


def tiff(number: int, kind: int, count: int) -> bytes:
    """A grey TIFF of 8 x 8, with one tag of many elements at its end."""
    pixels, values = 200, 264
    usual = [(256, 3, 1, 8), (257, 3, 1, 8), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    usual += [(277, 3, 1, 1), (278, 3, 1, 8), (279, 4, 1, 64)]
    usual += [(STRIPS, LONG, 1, pixels)] if number != STRIPS else []
    head = directory(*usual, (number, kind, count, values)).ljust(values, b"\0")
    return head + struct.pack("<L", pixels) * (UNITS[kind] * count // 4) + bytes(64)


def jpeg(*segments: bytes) -> bytes:
    """A small JPEG with segments before its own: the number of each, then its content."""
    buffer = BytesIO()
    Image.new("RGB", (16, 16), "red").save(buffer, "JPEG")
    parts = [b"\xff" + each[:1] + struct.pack(">H", len(each) + 1) + each[1:] for each in segments]
    return buffer.getvalue()[:2] + b"".join(parts) + buffer.getvalue()[2:]


def same_bytes_often(kind: int) -> bytes:
    """EXIF data of one segment, of which each of thousands of tags is nearly the whole."""
    tags = [(1000 + number, kind, 60_000 // UNITS[kind], 8) for number in range(5_000)]
    return directory(*tags)


def large(data: bytes) -> bytes:
    return data.ljust(65_000, b"\0")


HOSTILE: dict[str, Callable[[], bytes]] = {
    "millions of strips": lambda: tiff(STRIPS, LONG, 10_000_000),
    "millions of fractions": lambda: tiff(WIDTH_IN_INCHES, RATIONAL, 1_000_000),
    "a profile of 30 MB": lambda: tiff(ICC, UNDEFINED, 30_000_000),
    "EXIF that is read often": lambda: jpeg(b"\xe1Exif\0\0" + large(same_bytes_often(UNDEFINED))),
    "several pictures that are read often": lambda: jpeg(
        b"\xe2MPF\0" + large(same_bytes_often(LONG))
    ),
    "thousands of segments of EXIF": lambda: jpeg(*[b"\xe1Exif\0\0" + bytes(65_000)] * 2_500),
    "65 MB of segments": lambda: jpeg(*[b"\xef" + bytes(65_000)] * 1_000),
}


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize("kind", HOSTILE)
def test_tags_that_take_much_memory_are_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "picture"
    path.write_bytes(HOSTILE[kind]())
    state, peak, reason = state_and_peak(path)
    assert (state, reason) == ("unreadable", "its tags would take more than 64 MB of memory")
    assert peak < MOST / 2  # nothing of it was kept


@pytest.mark.parametrize(
    ("number", "kind", "count"),
    [(STRIPS, LONG, 1_000_000), (WIDTH_IN_INCHES, RATIONAL, 100_000), (ICC, UNDEFINED, 8_000_000)],
)
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_what_is_estimated_is_no_less_than_what_is_taken(
    tmp_path: Path, number: int, kind: int, count: int
) -> None:
    peaks = []
    for elements in (1, count):
        data = tiff(number, kind, elements)
        (tmp_path / "picture").write_bytes(data)
        state, peak, _ = state_and_peak(tmp_path / "picture")
        assert state == "present"
        peaks.append(peak)
    estimated = header_bytes(BytesIO(data))
    assert estimated <= MOST_HEADER_BYTES
    assert peaks[1] - peaks[0] <= estimated + 4_000_000  # what is free of memory is not seen


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_the_orientation_is_the_one_that_pillow_reads(orientation: int, form: str) -> None:
    exif = Image.Exif()
    exif[270] = "a picture"
    exif[274] = orientation
    buffer = BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, form, exif=exif)
    with Image.open(buffer) as image:
        image.load()
        assert image.getexif()[274] == orientation
        assert exif_orientation(image.info["exif"]) == orientation


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [3, LONG])
def test_both_orders_of_bytes_and_both_kinds_of_numbers_are_read(order: str, kind: int) -> None:
    exif = directory((256, 3, 1, 5), (274, kind, 1, 6), (300, 3, 1, 4), order=order)
    assert exif_orientation(exif) == 6
    assert exif_orientation(b"Exif\0\0" + exif) == 6
    assert exif_orientation(b"Exif\0\0Exif\0\0" + exif) == 6


@pytest.mark.parametrize(
    "exif",
    [
        b"",
        b"Exif\0\0",
        b"II",
        b"II*\0",
        b"II*\0\xff\xff\xff\xff",
        b"JJ*\0\x08\0\0\0",
        directory(),
        directory((274, 3, 1, 0)),
        directory((274, 3, 1, 9)),
        directory((274, 3, 2, 6)),
        directory((274, 2, 1, 6)),
        directory((274, 3, 1, 6))[:-10],
        b"II+\0\x08\0\0\0" + b"\xff" * 8,
    ],
)
def test_exif_that_names_no_orientation_is_no_error(exif: bytes) -> None:
    assert exif_orientation(exif) is None
    assert header_bytes(BytesIO(exif)) <= 1_000


def test_a_directory_that_holds_itself_ends() -> None:
    exif = directory((34665, LONG, 1, 8), (34853, LONG, 1, 8))
    assert header_bytes(BytesIO(exif)) < 1_000
    assert header_bytes(BytesIO(jpeg(b"\xe1Exif\0\0" + exif))) < 10_000


def test_inner_directories_are_looked_at() -> None:
    at = 64
    outer = directory((34665, LONG, 1, at)).ljust(at, b"\0")
    inner = directory(*[(1000 + number, UNDEFINED, 50_000, 8) for number in range(500)])[8:]
    assert header_bytes(BytesIO((outer + inner).ljust(60_000, b"\0"))) > MOST_HEADER_BYTES


@pytest.mark.parametrize("form", ["PNG", "GIF", "WEBP", "BMP"])
def test_other_formats_have_no_tags_that_are_read_first(form: str) -> None:
    buffer = BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, form)
    buffer.seek(0)
    assert header_bytes(buffer) == 0
    assert buffer.tell() == 0


def test_the_segments_of_a_jpeg_are_counted_up_to_its_pixels() -> None:
    plain = header_bytes(BytesIO(jpeg()))
    assert 0 < plain < 1_000
    assert header_bytes(BytesIO(jpeg(b"\xef" + bytes(500)))) == plain + 500
    assert (
        header_bytes(BytesIO(jpeg() + b"\xff\xef" + struct.pack(">H", 502) + bytes(500))) == plain
    )
