import json
import shutil
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from mner.corpora.overlap import DIGEST_SIZE, text_digests
from mner.errors import DataWarning, MnerError, ModelError
from mner.evaluation.evaluate import evaluate
from mner.posts.read import read_posts
from mner.recipe.sections import Recipe
from mner.tagging.known_posts import KnownPosts, read_known_posts
from mner.tagging.load import load
from mner.tagging.model_folder import ModelFiles, load_network, read_model
from mner.tagging.save_model import save_model
from mner.training.train import train
from tests.tagging.folders import forget_digests, read_all
from tests.tiny import tiny_recipe


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Path:
    return train(tiny_recipe(corpus), tmp_path_factory.mktemp("model") / "run").model


def test_a_model_is_the_files_it_lists_and_none_is_a_pickle(model: Path) -> None:
    assert {path.name for path in model.iterdir()} == {
        one.default for one in fields(ModelFiles)
    } - {"emissions.onnx", "pictures.onnx", "promises.json", "transformer"}
    assert not [
        path for path in model.rglob("*") if path.suffix in {".pt", ".pth", ".pkl", ".bin", ".npz"}
    ]
    assert not [
        path for path in model.rglob("*.npy") if b"'descr': '|O'" in path.read_bytes()[:200]
    ]


def test_the_texts_of_train_and_dev_come_back(model: Path, corpus: Path) -> None:
    texts = read_known_posts(read_model(model)).texts
    assert texts is not None
    assert texts.train == text_digests(read_posts(corpus / "train.txt"))
    assert texts.dev == text_digests(read_posts(corpus / "dev.txt"))
    known = {
        digests[start : start + DIGEST_SIZE]
        for digests in texts
        for start in range(0, len(digests), DIGEST_SIZE)
    }
    assert len((model / "texts.json").read_bytes()) < 40 + 11 * len(known) * 2


def test_digests_of_another_size_are_damage(model: Path, tmp_path: Path) -> None:
    copied = tmp_path / "model"
    shutil.copytree(model, copied)
    forget_digests(copied)
    (copied / "texts.json").write_text('{"train": "AAAA", "dev": ""}')
    message = r"texts\.json: train: expected digests of 8 bytes, got 3 bytes"
    with pytest.raises(ModelError, match=message):
        read_known_posts(read_model(copied))


def test_tagging_needs_nothing_of_the_training_posts(model: Path, tmp_path: Path) -> None:
    copied = tmp_path / "model"
    shutil.copytree(model, copied)
    for name in ("mentions.json", "texts.json"):
        (copied / name).write_text("[]")
    assert load(copied)("saw Rome").entities == load(model)("saw Rome").entities
    with pytest.raises(ModelError, match=r"mentions\.json: not the file that mner\.json describes"):
        evaluate(copied, tmp_path / "not read")


def test_a_loaded_model_tags_as_it_did_in_training(model: Path, corpus: Path) -> None:
    posts = list(read_posts(corpus / "dev.txt"))
    tagged = list(load(model).tag(posts))
    assert [post.id for post in tagged] == [post.id for post in posts]
    assert [[entity.span for entity in post.entities or ()] for post in tagged] == [
        [entity.span for entity in post.entities or ()] for post in posts
    ]
    assert all(0.5 < entity.probability <= 1 for post in tagged for entity in post.entities)


def test_the_folder_of_the_run_will_do(model: Path) -> None:
    assert load(model.parent).labels == load(model).labels == ("LOC", "PER")


def test_it_says_where_it_comes_from(model: Path) -> None:
    about = json.loads((model / "mner.json").read_text())
    assert {
        "format",
        "mner",
        "seed",
        "train_fingerprint",
        "dev_fingerprint",
        "dev_f1",
        "dev_scoring",
        "best_epoch",
        "labels",
    } <= about.keys()
    card = (model / "README.md").read_text()
    assert "LOC, PER" in card
    assert about["train_fingerprint"] in card


def test_what_is_no_model_is_named(model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"not a model folder: expected mner.json in it"):
        read_model(tmp_path)
    message = (
        "^starter: there is no such folder: the starter model is taken where no model is named, so "
        "leave --model out$"
    )
    with pytest.raises(ModelError, match=message):
        read_model(Path("starter"))
    with pytest.raises(ModelError, match=r"^other: there is no such folder: expected mner\.json"):
        read_model(Path("other"))
    with pytest.raises(
        ModelError,
        match="not a model folder, but one that holds runs: name one of them, such as "
        rf".*{model.parent.name}$",
    ):
        read_model(model.parents[1])


@pytest.mark.parametrize(
    "name",
    [
        "mner.json",
        "recipe.toml",
        "vocabulary.json",
        "mentions.json",
        "decoder.json",
        "network.safetensors",
        "vectors/matrix.npy",
    ],
)
@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_damaged_model_is_an_error_in_one_line(
    model: Path, tmp_path: Path, name: str, damage: str
) -> None:
    copy = tmp_path / "model"
    shutil.copytree(model, copy)
    if damage == "missing":
        (copy / name).unlink()
    else:
        content = (copy / name).read_bytes()
        (copy / name).write_bytes(content[: len(content) // 3])
    with pytest.raises(
        ModelError,
        match=r"(model folder is damaged|weights do not fit the model|expected mner.json in it)",
    ):
        read_all(copy)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"tags": ["O", "B-X", "I-X"]},
            r"decoder\.json: tags: expected those of the vocabulary, .*, got \['O', 'B-X', 'I-X'\]",
        ),
        (
            {"temperature": -1.0},
            r"decoder\.json: temperature: expected a number above 0, got -1\.0",
        ),
        (
            {"temperature": "x"},
            r"decoder\.json: Expected `float`, got `str` - at `\$\.temperature`",
        ),
        (
            {"temperature": None},
            r"decoder\.json: Expected `float`, got `null` - at `\$\.temperature`",
        ),
        ({"start": [0.0]}, r"decoder\.json: expected scores between 5 tags"),
    ],
)
def test_a_decoder_of_another_model_is_damage(
    model: Path, tmp_path: Path, changed: dict[str, object], message: str
) -> None:
    shutil.copytree(model, tmp_path / "model")
    forget_digests(tmp_path / "model")
    decoder = json.loads((model / "decoder.json").read_text())
    (tmp_path / "model" / "decoder.json").write_text(json.dumps({**decoder, **changed}))
    with pytest.raises(ModelError, match=message):
        read_model(tmp_path / "model")


def test_a_model_that_cannot_be_saved_leaves_nothing(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    described, network = read_model(model), load_network(read_model(model))
    monkeypatch.setattr("mner.tagging.save_model.save_decoder", full)
    with pytest.raises(
        MnerError,
        match=r"model: the model cannot be written \(.*No space left on device\): make room, "
        "and resume the training with --resume",
    ):
        save_model(
            replace(described, folder=tmp_path / "run" / "model"),
            network,
            known=KnownPosts(frozenset()),
        )
    assert list((tmp_path / "run").iterdir()) == []


@pytest.mark.parametrize(
    "name", ["seed", "best_epoch", "train_posts", "train_fingerprint", "dev_fingerprint", "mner"]
)
def test_a_model_that_does_not_tell_its_origin_is_damaged(
    model: Path, tmp_path: Path, name: str
) -> None:
    shutil.copytree(model, tmp_path / "model")
    about = json.loads((model / "mner.json").read_text())
    (tmp_path / "model" / "mner.json").write_text(json.dumps({**about, name: None}))
    with pytest.raises(
        ModelError,
        match=rf"mner\.json: Expected `(int|str)`, got `null` - at `\$\.{name}`: "
        "the model folder is damaged",
    ):
        read_model(tmp_path / "model")


def test_another_format_is_named(model: Path, tmp_path: Path) -> None:
    shutil.copytree(model, tmp_path / "model")
    about = json.loads((model / "mner.json").read_text())
    (tmp_path / "model" / "mner.json").write_text(json.dumps({**about, "format": 99}))
    with pytest.raises(ModelError, match=r"model format 99, but mner .* reads format 1"):
        read_model(tmp_path / "model")


def test_import_is_light() -> None:
    program = (
        "import mner, sys\n"
        "heavy = {'torch', 'transformers', 'PIL', 'click', 'jinja2'}\n"
        "print(sorted(heavy & sys.modules.keys()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"


def test_pixels_models_say_which_encoder_they_need(
    pixel_recipe: Recipe, corpus: Path, tmp_path: Path
) -> None:
    recipe = replace(pixel_recipe, training=replace(pixel_recipe.training, epochs=1))
    model = train(recipe, tmp_path / "run").model
    posts = list(read_posts(corpus / "dev.txt"))
    with pytest.warns(
        DataWarning,
        match="pictures of 12 posts: 1 absent .*, 1 unreadable .*; "
        "these posts were tagged by their text alone",
    ):
        by_files = [post.entities for post in load(model, pictures=corpus / "images").tag(posts)]
    with pytest.warns(DataWarning, match="pictures of 12 posts: 1 absent .*, 1 unreadable"):
        by_store = [
            post.entities for post in load(model, features=tmp_path / "run" / "features").tag(posts)
        ]
    assert by_files == by_store
    about = json.loads((model / "mner.json").read_text())
    (model / "mner.json").write_text(
        json.dumps({**about, "encoder": {**about["encoder"], "name": "other"}})
    )
    with pytest.raises(ModelError, match=r"but the model was trained with .*'other'"):
        load(model, pictures=corpus / "images")


def test_a_key_that_no_recipe_has_is_an_error_that_names_the_file(
    model: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(model, tmp_path / "model"))
    forget_digests(copy)
    recipe = copy / "recipe.toml"
    recipe.write_text(recipe.read_text() + "\n[nonsense]\nx = 1\n")
    with pytest.raises(MnerError, match=rf"{recipe}: .*nonsense"):
        read_model(copy)
