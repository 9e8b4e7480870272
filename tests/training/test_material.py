import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mner.errors import ConfigError, DataWarning, InputError
from mner.pictures.extract import extract_features
from mner.pictures.features import open_features
from mner.posts.read import read_posts
from mner.recipe.read import to_toml
from mner.recipe.sections import Recipe
from mner.training.material import read_material
from mner.training.train import train
from mner.types import PictureState
from tests.tiny import tiny_recipe, write_corpus
from tests.training.changes import with_data, with_training


def test_a_dev_without_entities_is_refused(recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / "dev.txt").write_text("IMGID:1\nhello\tO\n")
    with pytest.raises(
        InputError,
        match=r"data\.dev: 1 posts without an entity: expected some, since the score on dev "
        r"chooses the epoch",
    ):
        train(with_data(recipe, dev=str(tmp_path / "dev.txt")), tmp_path / "run")
    with pytest.raises(InputError, match=r"data\.dev: 0 posts without an entity"):
        train(with_data(recipe, exclude=(recipe.data.dev,)), tmp_path / "other")


def test_a_store_that_lacks_a_picture_of_dev_stops_training_before_it_begins(
    pixel_recipe: Recipe, corpus: Path, tmp_path: Path
) -> None:
    posts = list(read_posts(corpus / "train.txt"))
    extract_features(
        posts, pictures=corpus / "images", out=tmp_path / "store", encoder=pixel_recipe.picture
    )
    (tmp_path / "dev.txt").write_text((corpus / "dev.txt").read_text() + "IMGID:77\nAnn\tB-PER\n")
    changed = with_data(
        pixel_recipe, features=str(tmp_path / "store"), dev=str(tmp_path / "dev.txt")
    )
    with pytest.raises(InputError, match=r"77"):
        train(changed, tmp_path / "run")
    assert not (tmp_path / "run" / "log.jsonl").exists()


def test_a_store_of_another_encoder_than_the_recipe_s_is_refused(
    pixel_recipe: Recipe, corpus: Path, tmp_path: Path
) -> None:
    extract_features(
        read_posts(corpus / "train.txt"),
        pictures=corpus / "images",
        out=tmp_path / "store",
        encoder=pixel_recipe.picture,
    )
    changed = replace(
        with_data(pixel_recipe, features=str(tmp_path / "store")),
        picture=replace(pixel_recipe.picture, encoder="vgg16"),
    )
    with pytest.raises(
        InputError,
        match=r"store: encoded by efficientnet-lite0, but picture.encoder is vgg16: set it to "
        r"efficientnet-lite0",
    ):
        train(changed, tmp_path / "run")


def test_an_error_names_what_the_recipe_lacks(recipe: Recipe, tmp_path: Path) -> None:
    for name in ("train", "dev"):
        with pytest.raises(ConfigError, match=rf"data\.{name}: the recipe names no file"):
            train(with_data(recipe, **{name: ""}), tmp_path / "run")
    pixels = replace(recipe, picture=replace(recipe.picture, source="pixels"))
    message = (
        f"^{tmp_path / 'none'}: no such feature store: make it with `mner features extract`, or "
        r"name the folder of pictures in data\.pictures$"
    )
    with pytest.raises(InputError, match=message):
        train(with_data(pixels, features=str(tmp_path / "none")), tmp_path / "run")


def test_a_label_that_only_dev_has_does_not_stop_training(
    recipe: Recipe, corpus: Path, tmp_path: Path
) -> None:
    dev = tmp_path / "dev.txt"
    dev.write_text((corpus / "dev.txt").read_text() + "IMGID:99\nZoo\tB-ZOO\n")
    with pytest.warns(
        DataWarning,
        match=r"data\.dev: 1 of 13 entities have labels that the model does not know \(ZOO\), and "
        r"count as missed: it knows LOC, PER",
    ):
        trained = train(with_data(recipe, dev=str(dev)), tmp_path / "run")
    assert trained.dev.recall == pytest.approx(12 / 13)
    assert "ZOO" in trained.dev.per_type


def test_no_file_but_those_of_the_recipe_is_opened(tmp_path: Path) -> None:
    """The test split stands beside train and dev, and training never looks at it."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    write_corpus(corpus)
    (corpus / "test.txt").write_text((corpus / "dev.txt").read_text())
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(to_toml(with_training(tiny_recipe(corpus), epochs=1)))
    arguments = ["train", str(recipe), "--out", str(tmp_path / "run")]
    program = (
        "import sys; opened = set()\n"
        "def note(event, args):\n"
        "    if event == 'open': opened.add(str(args[0]))\n"
        "sys.addaudithook(note)\n"
        "from mner.cli import app\n"
        f"app({arguments!r}, standalone_mode=False)\n"
        f"print('\\n'.join(path for path in opened if path.startswith({str(corpus)!r})))\n"
    )
    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    opened = {Path(line).name for line in printed.splitlines() if line.startswith(str(corpus))}
    assert opened - {"vectors.txt"} == {"train.txt", "dev.txt"}


@pytest.mark.parametrize("split", ["train", "dev"])
def test_posts_that_are_not_annotated_are_not_taken_for_posts_without_entities(
    recipe: Recipe, tmp_path: Path, split: str
) -> None:
    (tmp_path / "posts.jsonl").write_text('{"id": "7", "tokens": ["saw", "Rome"]}\n')
    with pytest.raises(
        InputError,
        match=r"posts\.jsonl:1: post '7' is not annotated: expected its entities, or an empty list",
    ):
        train(with_data(recipe, **{split: str(tmp_path / "posts.jsonl")}), tmp_path / "run")


def test_the_share_of_words_with_a_vector_is_said_only_where_vectors_were_asked_for(
    recipe: Recipe, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="mner")
    read_material(recipe, tmp_path)
    shares = r"62\.5% and \d+\.\d% of their words have a pretrained vector"
    (said,) = caplog.messages
    assert re.fullmatch(f"24 training posts, 12 dev posts; {shares}", said)
    caplog.clear()
    read_material(replace(recipe, text=replace(recipe.text, vectors="")), tmp_path)
    assert caplog.messages == ["24 training posts, 12 dev posts"]


def test_pictures_are_encoded_from_the_folder_that_the_recipe_names(
    pixel_recipe: Recipe, tmp_path: Path
) -> None:
    material = read_material(pixel_recipe, tmp_path)
    assert material.regions is not None
    regions = material.regions(material.train)
    states = {post.picture: own.state for post, own in zip(material.train, regions, strict=True)}
    assert states.pop("5") is PictureState.ABSENT
    assert states.pop("6") is PictureState.UNREADABLE
    assert set(states.values()) == {PictureState.PRESENT}
    assert open_features(tmp_path / "features").encoder == material.picture_encoder


def test_vectors_of_another_language_are_warned_of(
    recipe: Recipe, corpus: Path, tmp_path: Path
) -> None:
    (tmp_path / "foreign.txt").write_text("ist 0.5 0.25\nund 0.5 0.5\n")
    foreign = replace(recipe, text=replace(recipe.text, vectors=str(tmp_path / "foreign.txt")))
    message = (
        rf"^text\.vectors: only 0\.0% of the words of the training posts are in {tmp_path}/foreign"
        r"\.txt: expected most of them; name vectors of the language of the posts, or remove "
        r"text\.vectors$"
    )
    with pytest.warns(DataWarning, match=message):
        read_material(foreign, tmp_path)
