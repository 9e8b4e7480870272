import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mner.errors import InputError
from mner.pictures.decode import Picture
from mner.pictures.store import FeatureStore
from mner.pictures.store_writer import write_store
from mner.types import PictureState

SHAPE = (2, 3)
STATES = {
    "a": PictureState.PRESENT,
    "b": PictureState.ABSENT,
    "c": PictureState.UNREADABLE,
    "d": PictureState.PRESENT,
}


def read(picture: str) -> Picture:
    state = STATES[picture]
    is_present = state is PictureState.PRESENT
    return Picture(
        state,
        np.full((1, 1, 3), ord(picture), np.uint8) if is_present else None,
        None if is_present else f"{picture} is {state}",
    )


def encode(pixels: np.ndarray) -> np.ndarray:
    return np.broadcast_to(
        pixels.mean(axis=(1, 2, 3), dtype=np.float32)[:, None, None], (len(pixels), *SHAPE)
    ).astype(np.float32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_store(
        tmp_path / "store",
        list(STATES),
        read=read,
        encode=encode,
        encoder={"name": "mean", "size": 1},
        shape=SHAPE,
    )
    return tmp_path / "store"


def test_a_store_gives_regions_and_states(path: Path) -> None:
    store = FeatureStore.open(path)
    assert (len(store), store.shape, store.encoder) == (4, SHAPE, {"name": "mean", "size": 1})
    for picture, state in STATES.items():
        regions = store.regions(picture)
        assert regions.state is state
        assert regions.vectors.dtype == np.float32
        assert regions.vectors.tolist() == (
            [[ord(picture)] * 3] * 2 if state is PictureState.PRESENT else []
        )
        assert regions.vectors.shape[1] == 3
        assert regions.reason == (
            None if state is PictureState.PRESENT else f"{picture} is {state}"
        )


def test_pictures_are_counted_by_state(path: Path) -> None:
    assert FeatureStore.open(path).counts() == {
        PictureState.PRESENT: 2,
        PictureState.ABSENT: 1,
        PictureState.UNREADABLE: 1,
    }


def test_an_unknown_picture_is_an_error(path: Path) -> None:
    store = FeatureStore.open(path)
    assert store.regions("a").state is PictureState.PRESENT
    with pytest.raises(InputError, match="picture 'e' is not among the 4 of this feature store"):
        store.regions("e")


def test_the_features_are_one_file_that_numpy_reads(path: Path) -> None:
    features = np.load(path / "features.npy")
    assert features.shape == (4, *SHAPE)
    assert features.dtype == np.float16
    assert features[:, 0, 0].tolist() == [ord("a"), 0, 0, ord("d")]
    assert sorted(file.name for file in path.iterdir()) == [
        "features.npy",
        "index.jsonl",
        "store.json",
    ]


@settings(max_examples=30, deadline=None)
@given(
    regions=hnp.arrays(
        np.float32,
        st.tuples(st.integers(1, 5), st.just(2), st.just(3)),
        elements=st.floats(-60000, 60000, width=32),
    )
)
def test_what_is_stored_is_what_the_encoder_gave(
    tmp_path_factory: pytest.TempPathFactory, regions: np.ndarray
) -> None:
    path = tmp_path_factory.mktemp("property") / "store"
    ids = [str(row) for row in range(len(regions))]
    write_store(
        path,
        ids,
        read=lambda picture: Picture(
            PictureState.PRESENT, np.full((1, 1, 3), int(picture), np.uint8), None
        ),
        encode=lambda pixels: regions[pixels[:, 0, 0, 0]],
        encoder={},
        shape=SHAPE,
        batch_size=2,
    )
    store = FeatureStore.open(path)
    for row, picture in enumerate(ids):
        assert (store.regions(picture).vectors == regions[row].astype(np.float16)).all()


def test_a_store_that_is_not_there_or_not_finished_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match="expected a feature store, but there is none: run `mner features extract`"
    ):
        FeatureStore.open(tmp_path / "store")
    (tmp_path / "store.part").mkdir()
    with pytest.raises(InputError, match=r"store\.part is an unfinished one"):
        FeatureStore.open(tmp_path / "store")


def test_another_format_is_an_error(path: Path) -> None:
    about = json.loads((path / "store.json").read_text())
    (path / "store.json").write_text(json.dumps({**about, "format": 2}))
    with pytest.raises(InputError, match="feature store of format 2, expected 1"):
        FeatureStore.open(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": 1, "shape": 5}'])
def test_a_damaged_description_is_an_error(path: Path, text: str) -> None:
    (path / "store.json").write_text(text)
    with pytest.raises(InputError, match=r"store\.json: .*not the description of a feature store"):
        FeatureStore.open(path)


@pytest.mark.parametrize("name", ["features.npy", "index.jsonl"])
def test_a_damaged_store_is_an_error(path: Path, name: str) -> None:
    data = (path / name).read_bytes()
    (path / name).write_bytes(data[:-3])
    with pytest.raises(InputError, match="the feature store is damaged"):
        FeatureStore.open(path)
    (path / name).unlink()
    with pytest.raises(InputError, match="the feature store is damaged"):
        FeatureStore.open(path)


@pytest.mark.parametrize("row", [-1, 3, 4, 10**30])
def test_rows_that_are_not_those_of_the_pictures_are_an_error(path: Path, row: int) -> None:
    lines = (path / "index.jsonl").read_text().splitlines()
    first = {**json.loads(lines[0]), "row": row}
    (path / "index.jsonl").write_text("\n".join([json.dumps(first), *lines[1:], ""]))
    with pytest.raises(InputError, match=r"expected the rows of index.jsonl in order: remove"):
        FeatureStore.open(path)


def test_features_of_another_shape_are_an_error(path: Path) -> None:
    np.save(path / "features.npy", np.zeros((4, 1, 1), np.float16))
    with pytest.raises(
        InputError, match=r"expected float16 of shape \(4, 2, 3\), got float16 of shape \(4, 1, 1\)"
    ):
        FeatureStore.open(path)
