import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, features

from mner.pictures.boxed import boxed_format
from mner.pictures.decode import read_picture
from mner.types import PictureState
from tests.pictures.test_decode import RED, WHITE, is_near, pixels_of, reason_of, red_left, saved

needs_avif = pytest.mark.skipif(not features.check("avif"), reason="this Pillow reads no AVIF")


def heic(image: Image.Image, **options: object) -> bytes:
    pillow_heif = pytest.importorskip("pillow_heif", reason="needs the extra `heic`")
    buffer = BytesIO()
    pillow_heif.from_pillow(image).save(buffer, **options)
    return buffer.getvalue()


@needs_avif
def test_avif_is_read() -> None:
    pixels = pixels_of(saved(red_left(), "AVIF", quality=100))
    assert is_near(pixels[8, 2], RED)
    assert is_near(pixels[8, 13], WHITE)


def test_heic_is_read_whatever_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(heic(red_left(), quality=100))
    pixels = pixels_of(tmp_path / "1.jpg")
    assert is_near(pixels[8, 2], RED)
    assert is_near(pixels[8, 13], WHITE)


def test_heic_without_its_reader_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    data = heic(red_left())
    monkeypatch.delitem(Image.OPEN, "HEIF", raising=False)
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    assert reason_of(data) == "a HEIC picture, which needs a reader: pip install 'mner[heic]'"


def test_large_boxed_pictures_are_refused_before_they_are_decoded() -> None:
    assert "memory" in reason_of(heic(Image.new("RGB", (5000, 5000)), quality=1))


def test_tags_that_take_much_memory_are_not_read() -> None:
    tags = b"II*\0\x08\0\0\0" + (65_000).to_bytes(2, "little")
    tag = b"".join(value.to_bytes(4, "little") for value in (2_000_000, 200))
    tags += (b"\x86\x92\x02\0" + tag) * 65_000 + bytes(2_000_000)
    data = heic(red_left(), exif=b"Exif\0\0" + tags)
    assert reason_of(data) == "its tags would take more than 64 MB of memory"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIF"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "AVIF"),
        (b"\0\0\0\x14ftypisom\0\0\0\0mp42", None),
        (b"\xff\xd8\xff\xe0 ftypheic", None),
        (b"\0\0\0\x18ftyp", None),
        (b"", None),
    ],
)
def test_the_format_stands_in_the_first_box(head: bytes, expected: str | None) -> None:
    assert boxed_format(head) == expected


@pytest.mark.parametrize(
    ("begin", "reason"),
    [
        (b"", "the file is empty"),
        (
            b"\n <!-- a --><html>",
            "a web page (HTML) in place of a picture: fetch the picture again",
        ),
        (b"\xef\xbb\xbf<!DOCTYPE HTML>", "a web page (HTML) in place"),
        (b"<?xml version='1.0'?>\n<svg>", "an SVG drawing: expected JPEG, PNG, GIF"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 picture: expected JPEG"),
        (b"%PDF-1.4", "a PDF: expected JPEG"),
        (b"\xd0\xcf\x11\xe0", "not a JPEG, PNG, GIF, WEBP, BMP, TIFF, AVIF, HEIC picture"),
    ],
)
def test_what_is_no_picture_is_named(begin: bytes, reason: str) -> None:
    assert reason_of(begin).startswith(reason)


def test_a_cut_heic_is_unreadable() -> None:
    data = heic(red_left())
    for length in (12, 40, len(data) // 2):
        assert read_picture(data[:length]).state is PictureState.UNREADABLE
