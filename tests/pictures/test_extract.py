import logging
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mner.errors import InputError, ModelError
from mner.pictures.decode import read_picture
from mner.pictures.encoders.build import build_encoder
from mner.pictures.extract import extract_features
from mner.pictures.store import FeatureStore
from mner.posts.read import read_posts
from mner.recipe.sections import PictureSection
from mner.tagging.export import export_encoder
from mner.types import PictureState, Post

pytest.importorskip("efficientnet_lite_pytorch", reason="needs the extra `pictures`")


def posts(*pictures: str | None) -> list[Post]:
    return [
        Post(str(number), ("word",), picture=picture) for number, picture in enumerate(pictures)
    ]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(6):
        colours = np.random.default_rng(number).integers(0, 256, (5, 5, 3), dtype=np.uint8)
        Image.fromarray(colours).resize((40, 30)).save(folder / f"{number}.jpg")
    (folder / "broken.jpg").write_bytes((folder / "1.jpg").read_bytes()[:300])
    (folder / "page.jpg").write_text("<html>")
    return folder


def test_pictures_are_encoded_once_in_the_order_of_the_posts(
    pictures: Path, tmp_path: Path
) -> None:
    counts = extract_features(
        posts("1", "broken", None, "0.jpg", "1", "gone", "page", "../images/2"),
        pictures=pictures,
        out=tmp_path / "store",
        encoder=PictureSection(),
    )
    assert counts == {PictureState.PRESENT: 2, PictureState.ABSENT: 2, PictureState.UNREADABLE: 2}
    store = FeatureStore.open(tmp_path / "store")
    assert "cannot be decoded" in str(store.regions("broken").reason)
    assert "a web page (HTML)" in str(store.regions("page").reason)
    assert (
        store.regions("gone").reason
        == store.regions("../images/2").reason
        == "no file of this name in the folder of pictures"
    )
    encoder = build_encoder(PictureSection())
    assert store.encoder == encoder.describe()
    picture = read_picture(pictures / "0.jpg")
    assert picture.pixels is not None
    assert (
        store.regions("0.jpg").vectors == encoder(picture.pixels[None])[0].astype(np.float16)
    ).all()


def test_a_complete_store_is_used_again_and_that_is_said(
    pictures: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    first = extract_features(
        posts("1"), pictures=pictures, out=tmp_path / "store", encoder=PictureSection()
    )
    assert "already" not in caplog.text
    assert (
        extract_features(
            posts("1"), pictures=pictures, out=tmp_path / "store", encoder=PictureSection()
        )
        == first
    )
    assert "store is there already" in caplog.text


def test_other_posts_are_not_mixed_into_a_store(pictures: Path, tmp_path: Path) -> None:
    extract_features(
        posts("1"), pictures=pictures, out=tmp_path / "store", encoder=PictureSection()
    )
    with pytest.raises(InputError, match="a feature store of something else"):
        extract_features(
            posts("2"), pictures=pictures, out=tmp_path / "store", encoder=PictureSection()
        )


def test_a_folder_encoder_or_picture_that_is_not_there_is_an_error(
    pictures: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="nowhere: no such folder of pictures"):
        extract_features(
            posts("1"),
            pictures=tmp_path / "nowhere",
            out=tmp_path / "store",
            encoder=PictureSection(),
        )
    with pytest.raises(InputError, match=r"gone.onnx: expected an ONNX file"):
        extract_features(
            posts("1"),
            pictures=pictures,
            out=tmp_path / "store",
            encoder=PictureSection(
                encoder="onnx", weights="gone.onnx", mean=(0.5,) * 3, deviation=(0.5,) * 3
            ),
        )
    with pytest.raises(InputError, match="no pictures to encode"):
        extract_features(
            posts(None), pictures=pictures, out=tmp_path / "store", encoder=PictureSection()
        )


# Killed from inside, so that it is always killed during the work: after the fourth of six pictures.
KILLED = """
    import os, signal, sys
    from pathlib import Path
    from mner.recipe.sections import PictureSection
    from tests.pictures.test_extract import posts
    from mner.pictures.extract import extract_features

    class Pictures(type(Path())):
        def __truediv__(self, name):
            if name == "4":
                os.kill(os.getpid(), signal.SIGKILL)
            return super().__truediv__(name)

    extract_features(
        posts(*"012345"),
        pictures=Pictures(sys.argv[1]),
        out=Path(sys.argv[2]),
        encoder=PictureSection(),
        batch_size=2,
    )
"""


def test_a_killed_extraction_is_resumed_to_the_same_bytes(pictures: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-c",
        textwrap.dedent(KILLED),
        str(pictures),
        str(tmp_path / "store"),
    ]
    assert (
        subprocess.run(command, cwd=Path(__file__).parents[2], check=False).returncode
        == -signal.SIGKILL
    )
    assert len((tmp_path / "store.part" / "index.jsonl").read_bytes().splitlines()) == 4
    for name in ("store", "whole"):
        extract_features(
            posts(*"012345"),
            pictures=pictures,
            out=tmp_path / name,
            encoder=PictureSection(),
            batch_size=2,
        )
    for name in ("store.json", "index.jsonl", "features.npy"):
        assert (tmp_path / "store" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


WITHOUT_TORCH = """
import sys

for name in ("torch", "onnx", "efficientnet_lite_pytorch"):
    sys.modules[name] = None
from mner.cli import main

main()
"""


def test_an_exported_encoder_fills_the_same_store_without_torch(
    pictures: Path, tmp_path: Path
) -> None:
    graph = export_encoder(PictureSection(), tmp_path / "encoder.onnx")
    (tmp_path / "posts.txt").write_text(
        "IMGID:1\nword\tO\n\nIMGID:0\nword\tO\n\nIMGID:77\nword\tO\n"
    )
    options = ["--pictures", str(pictures), "--out", str(tmp_path / "store"), "--graph", str(graph)]
    command = [
        sys.executable,
        "-c",
        WITHOUT_TORCH,
        "features",
        "extract",
        str(tmp_path / "posts.txt"),
        *options,
    ]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert printed == f"{tmp_path / 'store'}: 2 present, 1 absent, 0 unreadable\n"
    extract_features(
        posts("1", "0", "77"),
        pictures=pictures,
        out=tmp_path / "by-torch",
        encoder=PictureSection(),
    )
    ours, theirs = (FeatureStore.open(tmp_path / name) for name in ("store", "by-torch"))
    assert ours.encoder == theirs.encoder
    for picture in ("0", "1"):
        np.testing.assert_allclose(
            ours.regions(picture).vectors, theirs.regions(picture).vectors, rtol=2e-3, atol=2e-3
        )


def test_a_graph_that_is_no_encoder_is_refused(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "encoder.onnx").write_bytes(b"no graph")
    with pytest.raises(
        ModelError, match=r"encoder.onnx: cannot be loaded .*write it again by `mner export`"
    ):
        extract_features(
            posts("1"), pictures=pictures, out=tmp_path / "store", encoder=tmp_path / "encoder.onnx"
        )


@pytest.mark.filterwarnings("ignore::mner.errors.DataWarning")
def test_the_real_pairs_are_extracted(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "pairs30"
    real = [
        post
        for name in ("twitter2015.txt", "twitter2017.txt")
        for post in read_posts(folder / name)
    ]
    counts = extract_features(
        real, pictures=folder / "images", out=tmp_path / "store", encoder=PictureSection()
    )
    assert counts == {PictureState.PRESENT: 30, PictureState.ABSENT: 0, PictureState.UNREADABLE: 0}
    store = FeatureStore.open(tmp_path / "store")
    means = np.stack([store.regions(str(post.picture)).vectors.mean(axis=0) for post in real])
    assert len(np.unique(means.round(3), axis=0)) == 30
