import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from mner.errors import ConfigError, DataWarning, InputError, MnerError, ModelError
from mner.pictures.extract import extract_features
from mner.posts.read import read_posts
from mner.posts.write import write_posts
from mner.recipe.read import to_toml
from mner.recipe.sections import Recipe, TrainingSection
from mner.spans.score import score
from mner.tagging.decoder_file import crf_parameters
from mner.tagging.load import load
from mner.tagging.model_folder import load_network, read_model
from mner.training.train import train
from tests.tiny import tiny_caption_recipe, tiny_recipe, write_corpus


def weights(out: Path) -> dict[str, torch.Tensor]:
    return load_file(out / "model" / "network.safetensors")


def same(first: Path, second: Path) -> bool:
    one, other = weights(first), weights(second)
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_a_tiny_corpus_is_learned_by_heart(recipe: Recipe, tmp_path: Path) -> None:
    trained = train(recipe, tmp_path / "run")
    assert trained.dev.f1 == 1.0
    assert trained.model == tmp_path / "run" / "model"
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [entry["epoch"] for entry in log] == list(range(1, len(log) + 1))
    assert log[-1]["loss"] < log[0]["loss"]
    assert {"precision", "recall", "f1", "scoring", "gold_fingerprint", "per_type"} <= log[0][
        "dev"
    ].keys()


def test_seeds_decide_everything(recipe: Recipe, tmp_path: Path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        train(
            replace(recipe, training=replace(recipe.training, seed=seed, epochs=2)), tmp_path / name
        )
    assert same(tmp_path / "a", tmp_path / "b")
    assert not same(tmp_path / "a", tmp_path / "c")


@pytest.mark.parametrize("kind", ["caption_recipe", "pixel_recipe"])
def test_pictures_and_captions_go_through_training(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    trained = train(request.getfixturevalue(kind), tmp_path / "run")
    assert trained.dev.f1 == 1.0


def test_the_paper_s_optimiser(recipe: Recipe, tmp_path: Path) -> None:
    training = replace(recipe.training, optimizer="rmsprop", learning_rate=0.01, weight_decay=0.0)
    assert train(replace(recipe, training=training), tmp_path / "run").dev.f1 > 0.9


@pytest.mark.skipif(
    torch.backends.cpu.get_cpu_capability() in {"DEFAULT", "AVX2"},
    reason="this processor has no arithmetic for bfloat16",
)
def test_half_precision(recipe: Recipe, tmp_path: Path) -> None:
    assert (
        train(
            replace(recipe, training=replace(recipe.training, precision="bf16")), tmp_path / "run"
        ).dev.f1
        > 0.9
    )


@pytest.mark.parametrize(
    ("precision", "message"),
    [
        (
            "bf16",
            r'training\.precision = "bf16": needs a GPU or a processor with AVX-512, and torch finds neither: .* --set training\.precision=no',
        ),
        (
            "fp16",
            r'training\.precision = "fp16": needs a GPU, and torch finds none: .* --set training\.precision=no',
        ),
    ],
)
def test_a_precision_that_the_machine_does_not_have_is_an_error(
    recipe: Recipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    precision: Literal["bf16", "fp16"],
    message: str,
) -> None:
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    with pytest.raises(ConfigError, match=message):
        train(
            replace(recipe, training=replace(recipe.training, precision=precision)),
            tmp_path / "run",
        )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("orphans", "scoring"), [("begin", "lenient"), ("drop", "strict")])
def test_scores_on_dev_name_how_orphans_were_read(
    recipe: Recipe, tmp_path: Path, orphans: Literal["begin", "drop"], scoring: str
) -> None:
    changed = replace(
        recipe,
        data=replace(recipe.data, orphans=orphans),
        training=replace(recipe.training, epochs=1),
    )
    assert train(changed, tmp_path / "run").dev.scoring == scoring


def test_it_stops_when_dev_no_longer_improves(recipe: Recipe, tmp_path: Path) -> None:
    training = TrainingSection(
        epochs=50, patience=3, batch_size=4, learning_rate=0.03, warmup_steps=2
    )
    trained = train(replace(recipe, training=training), tmp_path / "run")
    assert len(trained.history) == trained.best_epoch + 3
    assert max(epoch.dev.f1 for epoch in trained.history) == trained.dev.f1


@pytest.mark.parametrize("averaging", [0.0, 0.6])
def test_the_model_is_the_best_epoch_s_in_every_part(
    recipe: Recipe, tmp_path: Path, averaging: float
) -> None:
    trained = train(
        replace(
            recipe, training=replace(recipe.training, averaging=averaging, epochs=14, patience=14)
        ),
        tmp_path / "run",
    )
    assert trained.best_epoch < len(trained.history)
    model = read_model(trained.model)
    of_weights = crf_parameters(load_network(model), model.vocabulary.tags)
    for name in ("start", "transitions", "end"):
        np.testing.assert_array_equal(getattr(model.crf, name), getattr(of_weights, name))
    dev = list(read_posts(recipe.data.dev))
    assert score(dev, list(load(trained.model).tag(dev))).f1 == trained.dev.f1


def test_losses_are_shown_by_tensorboard(recipe: Recipe, tmp_path: Path) -> None:
    train(replace(recipe, training=replace(recipe.training, epochs=1)), tmp_path / "run")
    assert list((tmp_path / "run").rglob("events.out.tfevents.*"))


def test_a_run_killed_in_the_middle_ends_with_the_same_weights(
    recipe: Recipe, tmp_path: Path
) -> None:
    recipe = replace(
        recipe, training=replace(recipe.training, epochs=40, patience=40, averaging=0.9)
    )
    (tmp_path / "recipe.toml").write_text(to_toml(recipe))
    train(recipe, tmp_path / "whole")
    command = [
        sys.executable,
        "-m",
        "mner",
        "train",
        str(tmp_path / "recipe.toml"),
        "--out",
        str(tmp_path / "killed"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    log = tmp_path / "killed" / "log.jsonl"
    while not (log.is_file() and log.read_text().count("\n") >= 3):
        assert process.poll() is None, "training ended before it could be killed"
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "killed" / "model").exists()
    subprocess.run([*command, "--resume"], check=True, capture_output=True)
    assert same(tmp_path / "whole", tmp_path / "killed")
    entries = [
        [json.loads(line) for line in (tmp_path / name / "log.jsonl").read_text().splitlines()]
        for name in ("whole", "killed")
    ]
    assert [(entry["epoch"], entry["loss"]) for entry in entries[0]] == [
        (entry["epoch"], entry["loss"]) for entry in entries[1]
    ]


def test_resuming_a_finished_run_changes_nothing(recipe: Recipe, tmp_path: Path) -> None:
    first = train(recipe, tmp_path / "run")
    before = weights(tmp_path / "run")
    second = train(recipe, tmp_path / "run", resume=True)
    assert second == first
    assert all(
        torch.equal(before[name], tensor) for name, tensor in weights(tmp_path / "run").items()
    )


def test_a_run_is_not_written_over_nor_resumed_with_another_recipe(
    recipe: Recipe, tmp_path: Path
) -> None:
    train(replace(recipe, training=replace(recipe.training, epochs=1)), tmp_path / "run")
    with pytest.raises(
        ConfigError, match=r"is not empty: go on with its run by --resume, or choose another folder"
    ):
        train(recipe, tmp_path / "run")
    with pytest.raises(ConfigError, match=r"started with another recipe or other data"):
        train(recipe, tmp_path / "run", resume=True)


@pytest.mark.parametrize("what", ["captions", "vectors", "pictures", "annotated", "size"])
def test_a_run_is_not_resumed_with_what_it_was_not_started_with(tmp_path: Path, what: str) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    write_corpus(corpus)
    write_posts(list(read_posts(corpus / "train.txt")), corpus / "train.jsonl", format="jsonl")
    recipe = tiny_caption_recipe(corpus)
    recipe = replace(
        recipe,
        data=replace(recipe.data, train=str(corpus / "train.jsonl")),
        training=replace(recipe.training, epochs=1),
    )
    train(recipe, tmp_path / "run")
    if what == "captions":
        captions = corpus / "captions.jsonl"
        captions.write_text(captions.read_text().replace("a city", "a town"))
    elif what == "vectors":
        vectors = corpus / "vectors.txt"
        vectors.write_text(
            "".join(
                f"{line.split()[0]} {' '.join(line.split()[:0:-1])}\n"
                for line in vectors.read_text().splitlines()
            )
        )
    elif what == "size":
        recipe = replace(recipe, text=replace(recipe.text, hidden=9))
    else:
        changes: dict[str, dict[str, Any]] = {
            "pictures": {"picture": None},
            "annotated": {"annotated": ("PER", "LOC")},
        }
        first, *others = read_posts(corpus / "train.jsonl")
        write_posts(
            [replace(first, **changes[what]), *others], corpus / "train.jsonl", format="jsonl"
        )
    with pytest.raises(
        ConfigError, match=r"started with another recipe or other data: resume with the same"
    ):
        train(recipe, tmp_path / "run", resume=True)


def test_a_dev_without_entities_is_refused(recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / "dev.txt").write_text("IMGID:1\nhello\tO\n")
    with pytest.raises(
        InputError,
        match=r"data\.dev: 1 posts without an entity: expected some, since the score on dev chooses the epoch",
    ):
        train(
            replace(recipe, data=replace(recipe.data, dev=str(tmp_path / "dev.txt"))),
            tmp_path / "run",
        )
    with pytest.raises(InputError, match=r"data\.dev: 0 posts without an entity"):
        train(
            replace(recipe, data=replace(recipe.data, exclude=(recipe.data.dev,))),
            tmp_path / "other",
        )


def test_a_store_that_lacks_a_picture_of_dev_stops_training_before_it_begins(
    pixel_recipe: Recipe, corpus: Path, tmp_path: Path
) -> None:
    posts = list(read_posts(corpus / "train.txt"))
    extract_features(
        posts, pictures=corpus / "images", out=tmp_path / "store", encoder=pixel_recipe.picture
    )
    (tmp_path / "dev.txt").write_text((corpus / "dev.txt").read_text() + "IMGID:77\nAnn\tB-PER\n")
    data = replace(
        pixel_recipe.data, features=str(tmp_path / "store"), dev=str(tmp_path / "dev.txt")
    )
    with pytest.raises(InputError, match=r"77"):
        train(replace(pixel_recipe, data=data), tmp_path / "run")
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
        pixel_recipe,
        data=replace(pixel_recipe.data, features=str(tmp_path / "store")),
        picture=replace(pixel_recipe.picture, encoder="vgg16"),
    )
    with pytest.raises(
        InputError,
        match=r"store: encoded by efficientnet-lite0, but picture.encoder is vgg16: set it to efficientnet-lite0",
    ):
        train(changed, tmp_path / "run")


def test_a_damaged_state_is_named(recipe: Recipe, tmp_path: Path) -> None:
    train(recipe, tmp_path / "run")
    (tmp_path / "run" / "state.safetensors").write_bytes(b"half a fi")
    with pytest.raises(ModelError, match=r"state.safetensors: cannot go on from this state"):
        train(recipe, tmp_path / "run", resume=True)


def test_divergence_is_an_error_not_a_model(recipe: Recipe, tmp_path: Path) -> None:
    training = replace(recipe.training, learning_rate=1e30, clip_norm=0.0, warmup_steps=0)
    with pytest.raises(
        MnerError,
        match=r"training diverged: the loss is .* lower training.learning_rate \(now 1e\+30\)",
    ):
        train(replace(recipe, training=training), tmp_path / "run")
    assert not (tmp_path / "run" / "model").exists()


def test_what_the_recipe_lacks_is_said(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"data.dev: the recipe names no file"):
        train(replace(recipe, data=replace(recipe.data, dev="")), tmp_path / "run")
    with pytest.raises(InputError, match=r"no such feature store"):
        train(
            replace(
                recipe,
                data=replace(recipe.data, features=str(tmp_path / "none")),
                picture=replace(recipe.picture, source="pixels"),
            ),
            tmp_path / "run",
        )


def test_a_label_that_only_dev_has_does_not_stop_training(
    recipe: Recipe, corpus: Path, tmp_path: Path
) -> None:
    dev = tmp_path / "dev.txt"
    dev.write_text((corpus / "dev.txt").read_text() + "IMGID:99\nZoo\tB-ZOO\n")
    with pytest.warns(
        DataWarning,
        match=r"data\.dev: 1 of 13 entities have labels that the model does not know \(ZOO\), and count as missed: it knows LOC, PER",
    ):
        trained = train(replace(recipe, data=replace(recipe.data, dev=str(dev))), tmp_path / "run")
    assert trained.dev.recall == pytest.approx(12 / 13)
    assert "ZOO" in trained.dev.per_type


def test_no_file_beside_those_of_the_recipe_is_opened(tmp_path: Path) -> None:
    """The test split lies beside train and dev, and training never looks at it."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    write_corpus(corpus)
    recipe = tiny_recipe(corpus)
    (corpus / "test.txt").write_text((corpus / "dev.txt").read_text())
    (tmp_path / "recipe.toml").write_text(
        to_toml(replace(recipe, training=replace(recipe.training, epochs=1)))
    )
    program = (
        "import sys; opened = set()\n"
        "sys.addaudithook(lambda event, args: opened.add(str(args[0])) if event == 'open' else None)\n"
        "from mner.cli import app\n"
        f"app(['train', {str(tmp_path / 'recipe.toml')!r}, '--out', {str(tmp_path / 'run')!r}], standalone_mode=False)\n"
        f"print('\\n'.join(path for path in opened if path.startswith({str(corpus)!r})))\n"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout
    opened = {Path(line).name for line in printed.splitlines() if line.startswith(str(corpus))}
    assert opened - {"vectors.txt"} == {"train.txt", "dev.txt"}


@pytest.mark.parametrize("split", ["train", "dev"])
def test_posts_that_nobody_annotated_are_refused_not_taken_as_posts_without_names(
    recipe: Recipe, tmp_path: Path, split: str
) -> None:
    (tmp_path / "posts.jsonl").write_text('{"id": "7", "tokens": ["saw", "Rome"]}\n')
    data = (
        replace(recipe.data, train=str(tmp_path / "posts.jsonl"))
        if split == "train"
        else replace(recipe.data, dev=str(tmp_path / "posts.jsonl"))
    )
    with pytest.raises(
        InputError,
        match=r"posts\.jsonl:1: post '7' is not annotated: expected its entities, or an empty list",
    ):
        train(replace(recipe, data=data), tmp_path / "run")
