from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from mner.errors import InputError
from mner.pictures.decode import Picture
from mner.pictures.names import find_picture
from mner.pictures.source import PictureSource
from mner.types import PictureBytes, PictureState, UntrustedReference


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "pictures" / "7.png"
    path.parent.mkdir()
    Image.new("RGB", (40, 20), (255, 0, 0)).save(path)
    return path


def test_paths_begin_at_the_base(picture: Path) -> None:
    source = PictureSource(base=picture.parent)
    for reference in ("7.png", "../pictures/7.png", str(picture)):
        assert source.read(reference).state is PictureState.PRESENT
    assert (source.read("7").state, source.read("7").reason) == (
        PictureState.ABSENT,
        "no such file",
    )


def test_ids_are_looked_for_in_the_folder_alone(picture: Path) -> None:
    source = PictureSource(picture.parent)
    assert source.read("7").state is PictureState.PRESENT
    assert source.read("../pictures/7.png").state is PictureState.ABSENT
    assert source.read("8").reason == "no file of this name in the folder of pictures"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/7.png",
        "HTTPS://example.com/7.png",
        "file:///7.png",
        "ftp://example.com/7.png",
    ],
)
def test_urls_are_followed_only_on_request(picture: Path, url: str) -> None:
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        return picture.read_bytes()

    for folder in (None, picture.parent):
        refused = PictureSource(folder).read(url)
        assert (refused.state, refused.reason) == (
            PictureState.UNREADABLE,
            "a URL is followed only with --allow-urls",
        )
        assert PictureSource(folder, fetch=fetch).read(url, size=8).state is PictureState.PRESENT
    assert asked == [url, url]


def test_a_url_is_fetched_once_while_it_is_among_the_last(
    picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url[-1])
        return picture.read_bytes()

    monkeypatch.setattr("mner.pictures.source._KEPT_BYTES", 2 * picture.stat().st_size)
    source = PictureSource(fetch=fetch)
    for name in "aabbacab":
        assert source.read(f"http://example.com/{name}").state is PictureState.PRESENT
        assert source.preview(f"http://example.com/{name}")
    assert asked == ["a", "b", "c", "a", "b"]


def test_what_cannot_be_fetched_is_unreadable() -> None:
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        raise InputError(f"{url}: the server answered 404")

    source = PictureSource(fetch=fetch)
    picture = source.read("http://example.com/7.png")
    assert source.preview("http://example.com/7.png") is None
    assert len(asked) == 1
    assert (picture.state, picture.reason) == (
        PictureState.UNREADABLE,
        "http://example.com/7.png: the server answered 404",
    )
    page = PictureSource(fetch=lambda _: b"<!doctype html>").read("http://example.com/7.png")
    assert page.state is PictureState.UNREADABLE


def test_a_picture_in_memory_is_read_and_its_name_is_never_looked_for(picture: Path) -> None:
    content = picture.read_bytes()
    for source in (PictureSource(), PictureSource(picture.parent), PictureSource(trust_paths=True)):
        given = PictureBytes("", content)
        assert source.read(given, size=8).state is PictureState.PRESENT
        for name in (str(picture), "7.png", "http://example.com/7.png"):
            assert source.read(PictureBytes(name, b"")).state is PictureState.UNREADABLE


def test_a_preview_is_a_jpeg_in_its_own_proportions(picture: Path) -> None:
    jpeg = PictureSource(base=picture.parent).preview("7.png")
    assert jpeg is not None
    with Image.open(BytesIO(jpeg)) as image:
        assert (image.format, image.size) == ("JPEG", (40, 20))
    assert PictureSource().preview("nowhere.png") is None


@pytest.mark.parametrize(
    "name",
    [
        "7",
        "7.jpg",
        "7.jpeg",
        "7.png",
        "7.gif",
        "7.webp",
        "7.bmp",
        "7.tif",
        "7.tiff",
        "7.JPG",
        "7.JPEG",
        "7.PNG",
        "7.TIFF",
    ],
)
def test_a_picture_is_found_by_its_id(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert find_picture(tmp_path, "7") == tmp_path / name
    assert find_picture(tmp_path, name) == tmp_path / name
    assert find_picture(tmp_path, "8") is None


def test_the_name_itself_comes_before_its_extensions(tmp_path: Path) -> None:
    for name in ("7.png", "7.jpg", "7"):
        (tmp_path / name).touch()
        assert find_picture(tmp_path, "7") == tmp_path / name


def test_a_folder_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    assert find_picture(tmp_path, "7") is None
    (tmp_path / "7.jpg").touch()
    assert find_picture(tmp_path, "7") == tmp_path / "7.jpg"
    (tmp_path / "7" / "8.jpg").touch()
    assert find_picture(tmp_path, "7/8") == tmp_path / "7" / "8.jpg"


@pytest.mark.parametrize("name", ["../secret", "a/../../secret", "", ".", "..", "a\0b", "x" * 5000])
def test_a_name_does_not_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "secret.jpg").touch()
    assert find_picture(tmp_path / "images", name) is None


def test_an_absolute_name_is_followed_into_the_folder_only(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for path in (tmp_path / "1.jpg", tmp_path / "images" / "2.jpg"):
        path.touch()
    images = tmp_path / "images"
    assert find_picture(images, str(images / "2.jpg")) == images / "2.jpg"
    for path in (tmp_path / "1.jpg", images / ".." / "1.jpg", images):
        assert find_picture(images, str(path)) is None


NFC, NFD = "Zo\u00eb", "Zoe\u0308"


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        (f"{NFD}.jpg", NFC),
        (f"{NFC}.jpg", NFD),
        (f"{NFC}.jpg", f"{NFD}.jpg"),
        ("a/7.jpg", "a\\7.jpg"),
        (f"a/{NFC}.jpg", f"a\\{NFD}.jpg"),
        ("7.JPG", "7.jpg"),
        ("7.jpg", "7.JPG"),
        ("7.jpeg", "7.jpg"),
        ("7.HEIC", "7.heif"),
    ],
)
def test_a_name_may_be_spelled_in_another_way(tmp_path: Path, name: str, reference: str) -> None:
    (tmp_path / "a").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / name, "PNG")
    assert find_picture(tmp_path, reference) == tmp_path / name
    source = PictureSource(base=tmp_path)
    if "." in reference:  # only in a folder of pictures may the ending be left out
        assert source.read(UntrustedReference(reference)).state is PictureState.PRESENT


def test_another_format_is_another_picture(tmp_path: Path) -> None:
    (tmp_path / "7.png").touch()
    assert find_picture(tmp_path, "7.jpg") is None


def test_another_spelling_does_not_lead_out_of_the_folder(picture: Path) -> None:
    base = picture.parent / "input"
    base.mkdir()
    (base / f"{NFD}.png").symlink_to(picture)
    found = PictureSource(base=base).read(UntrustedReference(f"{NFC}.png"))
    assert found.reason is not None
    assert found.reason.startswith("a path out of the folder of the input is not followed")


OUTSIDE = (
    "../7.png",
    "a/../../7.png",
    "a/..",
    "..",
    "/etc/hostname",
    "//etc/hostname",
    "..\\7.png",
    "a\\..\\..\\7.png",
    "\\etc\\hostname",
    "\\\\server\\share\\7.png",
    "C:\\7.png",
    "C:7.png",
    "c:/7.png",
    "//server/share/7.png",
    "\\\\?\\C:\\7.png",
    "link.png",
    "links/7.png",
    "links/link/7.png",
    "./links/./7.png",
    "chain.png",
)
"""Paths that lead out of the folder of the input, as `outside` has it."""


@pytest.fixture
def outside(picture: Path) -> Path:
    """Return a folder from which the references of `OUTSIDE` lead to a picture or elsewhere."""
    base = picture.parent / "input"
    (base / "a").mkdir(parents=True)
    (base / "link.png").symlink_to(picture)
    (base / "chain.png").symlink_to("link.png")
    (base / "links").symlink_to(picture.parent)
    (picture.parent / "link").symlink_to(picture.parent)
    (base / "8.png").write_bytes(picture.read_bytes())
    (base / "own.png").symlink_to("8.png")
    (base / "..png").write_bytes(picture.read_bytes())
    return base


@pytest.mark.parametrize("reference", [*OUTSIDE, "absolute"])
def test_a_path_from_a_file_does_not_lead_out_of_its_folder(outside: Path, reference: str) -> None:
    if reference == "absolute":
        reference = str(outside / "8.png")
    source = PictureSource(base=outside)
    found = source.read(UntrustedReference(reference))
    assert (found.state, found.reason) == (
        PictureState.UNREADABLE,
        "a path out of the folder of the input is not followed: use --trust-paths"
        " (trust_paths=True) if you trust who wrote the file",
    )
    assert source.preview(UntrustedReference(reference)) is None


@pytest.mark.parametrize("reference", ["8.png", "./8.png", "own.png", "..png"])
def test_a_path_from_a_file_may_stay_in_its_folder(outside: Path, reference: str) -> None:
    for base in (outside, outside.parent / "input" / "a" / ".."):
        source = PictureSource(base=base)
        assert source.read(UntrustedReference(reference)).state is PictureState.PRESENT


@pytest.mark.parametrize("reference", ["../7.png", "link.png", "links/7.png", "absolute"])
def test_paths_are_trusted_on_request_or_where_the_program_gives_them(
    outside: Path, picture: Path, reference: str
) -> None:
    if reference == "absolute":
        reference = str(picture)
    given = PictureSource(base=outside)
    trusting = PictureSource(base=outside, trust_paths=True)
    assert given.read(reference).state is PictureState.PRESENT
    assert trusting.read(UntrustedReference(reference)).state is PictureState.PRESENT


def test_where_urls_are_followed_paths_are_never_trusted(outside: Path, picture: Path) -> None:
    def fetch(_: str) -> bytes:
        return picture.read_bytes()

    with pytest.raises(InputError, match="trust_paths does not go with fetch: posts whose URLs"):
        PictureSource(base=outside, fetch=fetch, trust_paths=True)
    source = PictureSource(base=outside, fetch=fetch)
    assert source.read(UntrustedReference("http://example.com/x")).state is PictureState.PRESENT
    assert source.read(UntrustedReference("8.png")).state is PictureState.PRESENT
    refused = source.read(UntrustedReference("../7.png"))
    assert (refused.state, refused.reason) == (
        PictureState.UNREADABLE,
        "with --allow-urls, a path out of the folder of the input is not followed",
    )


@pytest.mark.parametrize("reference", ["x" * 5000, "a\0b", "x/" * 3000, "loop.png"])
def test_paths_that_no_file_has_are_not_followed(outside: Path, reference: str) -> None:
    (outside / "loop.png").symlink_to("loop.png")
    found = PictureSource(base=outside).read(UntrustedReference(reference))
    assert found.state is not PictureState.PRESENT
    assert found.reason is not None
    assert "--trust-paths" not in found.reason


@pytest.mark.parametrize("reference", OUTSIDE[:15])
def test_ids_do_not_lead_out_of_the_folder_of_pictures(outside: Path, reference: str) -> None:
    assert PictureSource(outside).read(reference).state is PictureState.ABSENT


def test_no_byte_of_a_file_is_shown(tmp_path: Path) -> None:
    png = b"\x89PNG\r\n\x1a\n"
    for begin in (b"", png, b"\xff\xd8\xff", b"GIF89a", b"RIFF    WEBP", b"BM", b"II*\0", b"MM\0*"):
        for secret in (b"SECRETSECRETSECRET", b"\0\0\0\rSECR" * 9, b"\0\0\0\rIHDR" + b"SECRET" * 9):
            (tmp_path / "x.png").write_bytes(begin + secret)
            reason = PictureSource(base=tmp_path).read("x.png").reason
            assert reason is not None
            assert "SECR" not in reason
            assert "ECRET" not in reason


@pytest.mark.parametrize("has_folder", [True, False])
def test_an_error_of_the_reader_is_no_state_of_the_picture(
    has_folder: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(source: Path | bytes, *, size: int) -> Picture:
        raise InputError("pip install 'mner[pictures]'")

    monkeypatch.setattr("mner.pictures.source.read_picture", fail)
    (tmp_path / "1.png").write_bytes(b"")
    source = PictureSource(tmp_path) if has_folder else PictureSource(base=tmp_path)
    with pytest.raises(InputError, match=r"^pip install 'mner\[pictures\]'$"):
        source.read("1.png")
