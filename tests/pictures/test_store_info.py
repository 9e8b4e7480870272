from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mner.errors import InputError
from mner.pictures.decode import read_picture
from mner.pictures.store_info import store_info
from mner.pictures.store_writer import write_store

ENCODER: dict[str, str | int] = {
    "name": "mean",
    "size": 4,
    "regions": 2,
    "width": 3,
    "preprocessing": "rgb / 255",
    "fingerprint": "0123",
}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of a picture that is present, one that is absent, and one that is broken."""
    Image.new("RGB", (4, 4), "red").save(tmp_path / "red.png")
    (tmp_path / "broken.png").write_bytes(b"")
    names = ["red.png", "gone.png", "broken.png"]
    write_store(
        tmp_path / "store",
        names,
        read=lambda name: read_picture(tmp_path / name, size=4),
        encode=lambda pixels: np.ones((len(pixels), 2, 3), np.float32),
        encoder=ENCODER,
        shape=(2, 3),
    )
    return tmp_path / "store"


def test_a_store_is_described(store: Path) -> None:
    info = store_info(store)
    assert info.as_dict() == {
        "path": str(store),
        "encoder": ENCODER,
        "shape": (2, 3),
        "dtype": "float16",
        "pictures": {"present": 1, "absent": 1, "unreadable": 1},
        "bytes": sum(file.stat().st_size for file in store.iterdir()),
    }
    assert info.render().splitlines() == [
        "encoder        mean",
        "size           4",
        "preprocessing  rgb / 255",
        "fingerprint    0123",
        "regions        2 of 3 numbers, float16",
        "pictures       1 present, 1 absent, 1 unreadable",
        "on disk        0.0 MB",
    ]


def test_a_feature_file_is_described(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py", reason="needs the extra `h5`")
    with h5py.File(tmp_path / "seed.h5", "w") as file:
        file["1.jpg"] = np.zeros((1, 512, 7, 7), np.float32)
        file["2"] = np.zeros((1, 512, 7, 7), np.float32)
    info = store_info(tmp_path / "seed.h5")
    assert (info.shape, info.dtype, info.pictures) == ((49, 512), "float32", {"present": 2})
    assert info.bytes == (tmp_path / "seed.h5").stat().st_size


def test_what_is_no_store_is_reported(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a feature store, but there is none"):
        store_info(tmp_path / "nowhere")
