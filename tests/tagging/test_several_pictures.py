"""Posts of several pictures, by a trained model that looks at pixels."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mner.errors import DataWarning, InputError
from mner.pictures.decode import Picture
from mner.pictures.encoders.efficientnet import EfficientNetLite0
from mner.pictures.extract import extract_features
from mner.pictures.store_writer import write_store
from mner.posts.read import read_posts
from mner.recipe.sections import PictureSection
from mner.tagging.batching import batches
from mner.tagging.explain import explain
from mner.tagging.export import export_model
from mner.tagging.load import load
from mner.tagging.output import Output
from mner.tagging.tag_file import tag_text
from mner.tagging.tagger import Tagger
from mner.tagging.write_explained import write_explained
from mner.types import Floats, PictureState, Post
from tests.cli.test_commands import mner

pytest.importorskip("efficientnet_lite_pytorch", reason="needs the extra `pictures`")

NAMES = ("dark", "bright", "half", "noise")
PRESENT, ABSENT, UNREADABLE = PictureState


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four pictures that look unlike."""
    folder = tmp_path_factory.mktemp("images")
    pixels = np.zeros((4, 64, 64, 3), dtype=np.uint8)
    pixels[1], pixels[2, :32] = 255, 255
    pixels[3] = np.random.default_rng(0).integers(0, 256, (64, 64, 3))
    for name, picture in zip(NAMES, pixels, strict=True):
        Image.fromarray(picture).save(folder / f"{name}.png")
    return folder


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Regions that the tiny model tells apart, which those of so small pictures are not."""
    folder = tmp_path_factory.mktemp("store") / "store"

    def read(name: str) -> Picture:
        if name == "gone":
            return Picture(ABSENT, None, "no such picture")
        return Picture(PRESENT, np.full((1, 1, 3), NAMES.index(name), dtype=np.uint8), None)

    def encode(pixels: np.ndarray) -> Floats:
        seeds = pixels[:, 0, 0, 0].tolist()
        drawn = [np.random.default_rng(seed).normal(0, 0.05, (49, 1280)) for seed in seeds]
        return np.array(drawn, dtype=np.float32)

    described = EfficientNetLite0().describe()
    names = [*NAMES, "gone"]
    write_store(folder, names, read=read, encode=encode, encoder=described, shape=(49, 1280))
    return folder


@pytest.fixture(scope="module")
def tagger(pixel_model: Path, store: Path) -> Tagger:
    return load(pixel_model, features=store)


@pytest.fixture(scope="module")
def post(corpus: Path) -> Post:
    posts = read_posts(corpus / "dev.txt")
    chosen = next(post for post in posts if post.entities)
    return replace(chosen.with_pictures(()), entities=None)


def emissions(tagger: Tagger, *posts: Post) -> list[np.ndarray]:
    """What the network gives for posts, (T, L) each, in their order."""
    found = {}
    for batch, emitted in tagger.emissions(posts):
        for row, position in enumerate(batch.positions):
            found[position] = emitted.emissions[row, : batch.arrays.lengths[row]]
    return [found[position] for position in range(len(posts))]


def assert_same(tagger: Tagger, one: Post, other: Post) -> None:
    ours, theirs = emissions(tagger, one), emissions(tagger, other)
    np.testing.assert_allclose(ours[0], theirs[0], atol=1e-5)


def test_pictures_matter(tagger: Tagger, post: Post) -> None:
    one, two = emissions(tagger, post.with_pictures(NAMES[:1]), post.with_pictures(NAMES[:2]))
    assert np.abs(one - two).max() > 1e-3


@pytest.mark.parametrize("order", [(1, 0, 2, 3), (3, 2, 1, 0)])
def test_the_order_of_pictures_does_not_matter(
    tagger: Tagger, post: Post, order: Sequence[int]
) -> None:
    exchanged = [NAMES[position] for position in order]
    assert_same(tagger, post.with_pictures(NAMES), post.with_pictures(exchanged))


def test_a_picture_that_is_given_twice_is_one(tagger: Tagger, post: Post) -> None:
    """Each region has half of the attention, twice."""
    assert_same(tagger, post.with_pictures(["dark", "dark"]), post.with_pictures(["dark"]))
    assert_same(tagger, post.with_pictures([*NAMES, *NAMES]), post.with_pictures(NAMES))


def test_a_picture_that_is_missing_changes_nothing(tagger: Tagger, post: Post) -> None:
    for missing in (["dark", "gone"], ["gone", "dark"]):
        assert_same(tagger, post.with_pictures(missing), post.with_pictures(["dark"]))
    assert_same(tagger, post.with_pictures(["gone", "gone"]), post)


def test_posts_in_a_batch_are_read_as_one_by_one(tagger: Tagger, post: Post) -> None:
    posts = [post.with_pictures(NAMES[:count]) for count in (3, 0, 1, 4, 2)]
    together = emissions(tagger, *posts)
    for of_batch, alone in zip(together, posts, strict=True):
        np.testing.assert_allclose(of_batch, emissions(tagger, alone)[0], atol=1e-5)


def test_the_exported_model_reads_them_alike(
    pixel_model: Path, tagger: Tagger, store: Path, post: Post, tmp_path: Path
) -> None:
    model = shutil.copytree(pixel_model, tmp_path / "model")
    export_model(model)
    exported = load(model, features=store, backend="onnx")
    several = post.with_pictures(NAMES)
    np.testing.assert_allclose(
        emissions(exported, several)[0], emissions(tagger, several)[0], atol=1e-4
    )


def test_a_store_holds_each_picture_once(
    pixel_model: Path, images: Path, post: Post, tmp_path: Path
) -> None:
    several = [post.with_pictures(["dark", "gone"]), post.with_pictures(["bright", "dark"])]
    counts = extract_features(
        several,
        pictures=images,
        out=tmp_path / "store",
        encoder=PictureSection(source="pixels"),
    )
    assert counts == {PRESENT: 2, ABSENT: 1, UNREADABLE: 0}
    stored = load(pixel_model, features=tmp_path / "store").regions(several)
    fresh = load(pixel_model, pictures=images).regions(several)
    for ours, theirs in zip(stored, fresh, strict=True):
        assert [seen.regions for seen in ours.pictures] == [
            seen.regions for seen in theirs.pictures
        ]
        np.testing.assert_allclose(ours.vectors, theirs.vectors, rtol=1e-2, atol=1e-2)


def test_batches_of_many_pictures_are_small(tagger: Tagger, post: Post) -> None:
    posts = [replace(post.with_pictures(NAMES), id=str(number)) for number in range(40)]
    sizes = [len(batch.posts) for batch, _ in tagger.emissions(posts)]
    assert sum(sizes) == 40
    assert max(sizes) == 16  # of 64 pictures
    chain = tagger._chain
    without = batches(posts, chain.indexer, source=None, batch_size=32)
    assert [len(batch.posts) for batch in without] == [32, 8]


def test_each_picture_has_a_state(tagger: Tagger, post: Post) -> None:
    with pytest.warns(
        DataWarning,
        match=r"posts that lack some of their pictures: 1 \(first: post '\w+', picture 'gone': "
        r"no such picture\); they were tagged with the others",
    ):
        list(tagger.tag([post.with_pictures(["dark", "gone"])]))
    (tagged,) = tagger.explain([post.with_pictures(["gone", "dark"])])
    assert tagged.picture is PRESENT
    assert [(seen.name, seen.state, seen.regions) for seen in tagged.pictures] == [
        ("gone", ABSENT, 0),
        ("dark", PRESENT, 49),
    ]
    assert tagged.attention.regions.shape[1] == 49


def test_one_text_with_several_pictures(tagger: Tagger) -> None:
    assert tagger("saw Rome", pictures=["dark", "bright"]).pictures == ("dark", "bright")
    assert tagger("saw Rome", pictures=["dark"]) == tagger("saw Rome", picture="dark")
    with pytest.raises(InputError, match="gone: the picture is absent"):
        tagger("saw Rome", pictures=["dark", "gone"])
    with pytest.raises(InputError, match="both `picture` and `pictures` are given"):
        tagger("saw Rome", picture="dark", pictures=["bright"])
    with pytest.raises(InputError, match="pictures: expected a list, got 'dark'"):
        tagger("saw Rome", pictures="dark")
    with pytest.raises(InputError, match="21 pictures: expected at most 20"):
        tagger("saw Rome", pictures=["dark"] * 21)


def test_a_post_may_be_turned_into_a_dict_and_back(tagger: Tagger, post: Post) -> None:
    for pictures in ((), ("dark",), ("dark", "bright")):
        given = post.with_pictures(pictures)
        (tagged,) = tagger.tag([asdict(given)])
        assert (tagged.pictures, tagged.extra) == (pictures, None)


def preview(name: str) -> bytes | None:
    return None if name == "gone" else b"\xff\xd8\xff"


def explained(tagger: Tagger, post: Post, path: Path, **options: object) -> str:
    results = explain(tagger, [post])
    write_explained(results, path, colour=False, picture=preview, **options)  # type: ignore[arg-type]
    return path.read_text()


def test_explanations_name_the_pictures(tagger: Tagger, post: Post, tmp_path: Path) -> None:
    several = post.with_pictures(["dark", "gone", "bright"])
    line = json.loads(explained(tagger, several, tmp_path / "x", style="jsonl"))
    assert line["explanation"]["pictures"] == [
        {"picture": "dark", "state": "present", "regions": 49},
        {"picture": "gone", "state": "absent", "regions": 0},
        {"picture": "bright", "state": "present", "regions": 49},
    ]
    reason = line["explanation"]["entities"][0]
    assert len(reason["attention"]) == 98
    of_first = sum(region < 49 for region in reason["masked"])
    text = explained(tagger, several, tmp_path / "x", style="text")
    assert f"20 regions masked: {of_first} of dark" in text or f"{of_first} of dark)" in text
    assert "with the pictures" in text
    assert "gone: this picture is absent" in text
    page = explained(tagger, several, tmp_path / "x", style="html")
    assert page.count("<img") == 2
    assert [f'data-part="{part}"' in page for part in range(3)] == [True, True, False]
    assert '"pictures":["dark","bright"]' in page
    assert "gone: absent" in page


def test_one_picture_is_explained_as_it_always_was(
    tagger: Tagger, post: Post, tmp_path: Path
) -> None:
    one = post.with_pictures(["dark"])
    line = json.loads(explained(tagger, one, tmp_path / "x", style="jsonl"))
    assert "pictures" not in line["explanation"]
    text = explained(tagger, one, tmp_path / "x", style="text")
    assert "without it" in text
    assert "(10 regions masked)" in text


def test_the_command_takes_several_pictures(pixel_model: Path, images: Path) -> None:
    files = [images / f"{name}.png" for name in NAMES[:2]]
    options = [argument for file in files for argument in ("--picture", file)]
    result = mner("tag", "saw Rome", "--model", pixel_model, *options, "--format", "jsonl")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["pictures"] == list(map(str, files))
    missing = mner("tag", "saw Rome", "--model", pixel_model, *options, "--picture", "gone.jpg")
    assert missing.exit_code == 1
    assert "gone.jpg: the picture is absent" in missing.output


def test_no_picture_may_be_overwritten(pixel_model: Path, images: Path, tmp_path: Path) -> None:
    first, second = images / "dark.png", tmp_path / "second.jsonl"
    second.write_bytes((images / "half.png").read_bytes())
    with pytest.raises(InputError, match="the picture"):
        tag_text(
            pixel_model,
            "saw Rome",
            pictures=[str(first), str(second)],
            output=Output(second, style="jsonl"),
        )
