import os
import struct
import threading
import warnings
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mner.pictures.decode import MAX_PIXELS, read_picture, read_preview
from mner.types import PictureState

SIDE = 16
RED, WHITE = (255, 0, 0), (255, 255, 255)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def pixels_of(data: bytes | Path, *, size: int = SIDE) -> np.ndarray:
    picture = read_picture(data, size=size)
    assert (picture.state, picture.reason) == (PictureState.PRESENT, None)
    assert picture.pixels is not None
    assert picture.pixels.shape == (size, size, 3)
    assert picture.pixels.dtype == np.uint8
    return picture.pixels


def reason_of(data: bytes | Path) -> str:
    picture = read_picture(data, size=SIDE)
    assert (picture.state, picture.pixels) == (PictureState.UNREADABLE, None)
    assert picture.reason
    return picture.reason


def is_near(pixel: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((abs(pixel.astype(int) - colour) <= 6).all())


def red_left() -> Image.Image:
    """Red on the left half, white on the right."""
    image = Image.new("RGB", (64, 32), WHITE)
    image.paste(RED, (0, 0, 32, 32))
    return image


def png_header(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + body
        + struct.pack(">I", zlib.crc32(body))
        + b"\0\0\0\0IDAT"
        + struct.pack(">I", 0)
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"])
def test_a_picture_is_stretched_to_a_square_in_rgb(kind: str) -> None:
    pixels = pixels_of(saved(red_left(), kind))
    assert is_near(pixels[8, 2], RED)
    assert is_near(pixels[8, 13], WHITE)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "YCbCr", "I;16", "I", "F"])
def test_every_mode_is_decoded_to_rgb(mode: str) -> None:
    if mode.startswith("I"):
        image = Image.fromarray(
            np.full((8, 8), 153 * 257, np.uint16 if mode == "I;16" else np.int32)
        )
    elif mode == "F":
        image = Image.fromarray(np.full((8, 8), 0.6, np.float32))
    else:
        image = Image.new("RGB", (8, 8), (153, 153, 153)).convert(mode)
    kind = {"CMYK": "JPEG", "YCbCr": "JPEG", "F": "TIFF", "I": "TIFF"}.get(mode, "PNG")
    assert is_near(pixels_of(saved(image, kind))[8, 8], (153, 153, 153))


def test_black_and_white_is_decoded() -> None:
    assert is_near(
        pixels_of(saved(red_left().convert("1", dither=Image.Dither.NONE), "PNG"))[8, 13], WHITE
    )


def test_sixteen_bits_are_scaled_and_not_clipped() -> None:
    ramp = np.tile(np.linspace(0, 65535, 64, dtype=np.uint16), (64, 1))
    pixels = pixels_of(saved(Image.fromarray(ramp), "PNG"), size=64)
    assert np.abs(pixels[0, :, 0].astype(int) - np.linspace(0, 255, 64)).max() <= 1


@pytest.mark.parametrize(("value", "expected"), [(153, 153), (153 * 257, 153), (1 << 20, 255)])
def test_integers_of_32_bits_are_scaled_by_what_they_hold(value: int, expected: int) -> None:
    image = Image.fromarray(np.array([[0, value], [0, value]], np.int32))
    assert is_near(pixels_of(saved(image, "TIFF"), size=2)[0, 1], (expected,) * 3)


def test_a_cmyk_jpeg_keeps_its_colour() -> None:
    assert is_near(pixels_of(saved(red_left().convert("CMYK"), "JPEG", quality=95))[8, 2], RED)


@pytest.mark.parametrize("transparency", [0, b"\x00\xff"])
def test_a_transparent_palette_lies_on_white(transparency: int | bytes) -> None:
    image = Image.new("P", (8, 8), 0)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.paste(1, (4, 0, 8, 8))
    pixels = pixels_of(saved(image, "PNG", transparency=transparency))
    assert is_near(pixels[8, 2], WHITE)
    assert is_near(pixels[8, 13], RED)


def test_half_transparent_black_on_white_is_grey() -> None:
    assert is_near(
        pixels_of(saved(Image.new("RGBA", (4, 4), (0, 0, 0, 128)), "PNG"))[0, 0], (127, 127, 127)
    )


def test_a_picture_is_turned_upright_by_its_exif_data() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the first row is the right side
    pixels = pixels_of(saved(red_left(), "JPEG", exif=exif, quality=95))
    assert is_near(pixels[2, 8], RED)
    assert is_near(pixels[13, 8], WHITE)


def test_damaged_exif_data_leaves_the_pixels(recwarn: pytest.WarningsRecorder) -> None:
    pixels = pixels_of(saved(red_left(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xffgarbage"))
    assert is_near(pixels[8, 2], RED)
    assert not recwarn.list


def test_an_animation_gives_its_first_frame() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, WHITE)]
    assert is_near(
        pixels_of(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))[0, 0], RED
    )


@pytest.mark.parametrize("size", [(1, 1), (20_000, 30), (1, 3000)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_extreme_sizes_are_read(size: tuple[int, int], kind: str) -> None:
    assert is_near(pixels_of(saved(Image.new("RGB", size, RED), kind))[8, 8], RED)


def test_a_large_jpeg_is_the_same_picture_when_drafted() -> None:
    small = pixels_of(saved(red_left(), "PNG"))
    large = pixels_of(
        saved(red_left().resize((1024, 512), Image.Resampling.NEAREST), "JPEG", quality=95)
    )
    assert np.abs(small.astype(int) - large).max() <= 8


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.9])
def test_a_truncated_file_is_unreadable(kind: str, share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8))
    data = saved(noise, kind)
    assert reason_of(data[: int(len(data) * share)])


def test_text_named_as_a_picture_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "1.jpg"
    path.write_text("<!DOCTYPE html><title>404</title>")
    assert "a web page (HTML) in place of a picture" in reason_of(path)
    assert reason_of(b"") == "the file is empty"


def test_the_reason_is_the_same_each_time() -> None:
    assert reason_of(b"no picture") == reason_of(b"no picture")
    assert "0x" not in reason_of(b"no picture")


def test_formats_that_start_programs_are_not_read() -> None:
    assert "not a JPEG" in reason_of(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EOF")


@pytest.mark.parametrize("size", [(7072, 7072), (20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_a_decompression_bomb_is_not_decoded(size: tuple[int, int]) -> None:
    assert size[0] * size[1] > MAX_PIXELS
    assert "pixels" in reason_of(png_header(*size))


def test_what_is_not_a_regular_file_is_unreadable(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.jpg")
    for path in (tmp_path / "fifo.jpg", tmp_path, Path("/dev/zero")):
        assert reason_of(path) == "not a regular file"


def test_what_is_not_there_is_absent(tmp_path: Path) -> None:
    (tmp_path / "dangling.jpg").symlink_to(tmp_path / "nothing")
    (tmp_path / "file").touch()
    for name in ("none.jpg", "dangling.jpg", "file/1.jpg"):
        picture = read_picture(tmp_path / name)
        assert (picture.state, picture.pixels, picture.reason) == (
            PictureState.ABSENT,
            None,
            "no such file",
        )


def test_names_that_no_file_can_have_are_unreadable(tmp_path: Path) -> None:
    assert "too long" in reason_of(tmp_path / ("x" * 5000))
    assert "null" in reason_of(tmp_path / "a\0b")


@settings(max_examples=60, deadline=None)
@given(
    position=st.integers(0, 10_000),
    value=st.integers(0, 255),
    kind=st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"]),
)
def test_a_damaged_byte_never_raises_or_warns(position: int, value: int, kind: str) -> None:
    data = bytearray(saved(red_left(), kind))
    data[position % len(data)] = value
    picture = read_picture(bytes(data), size=SIDE)
    assert (
        (picture.pixels is None)
        == (picture.state is PictureState.UNREADABLE)
        == (picture.reason is not None)
    )


def test_threads_leave_the_warning_filters_as_they_were() -> None:
    data = saved(red_left(), "JPEG")
    before = list(warnings.filters)
    threads = [
        threading.Thread(target=lambda: [read_picture(data, size=SIDE) for _ in range(20)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before


def test_the_real_pictures_are_read(real_data: Path) -> None:
    paths = sorted((real_data / "pairs30" / "images").iterdir())
    assert len(paths) == 30
    for path in paths:
        assert pixels_of(path, size=224).std() > 5


@pytest.mark.parametrize(
    ("size", "expected"), [((640, 320), (160, 80)), ((30, 60), (30, 60)), ((5_000, 1), (160, 1))]
)
def test_a_preview_keeps_its_proportions(size: tuple[int, int], expected: tuple[int, int]) -> None:
    for kind in ("PNG", "JPEG"):
        picture = read_preview(saved(Image.new("RGB", size), kind), longest=160)
        assert picture.pixels is not None
        assert picture.pixels.shape == (expected[1], expected[0], 3)


def test_a_preview_is_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = read_preview(saved(Image.new("RGB", (640, 320)), "JPEG", exif=exif), longest=160)
    assert picture.pixels is not None
    assert picture.pixels.shape == (160, 80, 3)
    assert read_preview(b"<html>").state is PictureState.UNREADABLE


def test_devices_folders_and_pages_are_no_pictures(tmp_path: Path) -> None:
    (tmp_path / "page.jpg").write_text("<!doctype html><title>404</title>")
    for path, reason in (
        (tmp_path, "not a regular file"),
        (Path("/dev/zero"), "not a regular file"),
        (tmp_path / "page.jpg", "a web page (HTML) in place of a picture: fetch the picture again"),
    ):
        assert reason in reason_of(path)
