import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from mner.errors import ConfigError, ModelError
from mner.posts.read import read_posts
from mner.posts.write import write_posts
from mner.recipe.read import to_toml
from mner.recipe.sections import Recipe
from mner.tagging.model_folder import read_model
from mner.training.log import LOG_NAME, read_log
from mner.training.train import train
from tests.tiny import tiny_caption_recipe, write_corpus
from tests.training.changes import with_data, with_training
from tests.training.weights import have_same_weights, read_weights


def test_a_run_killed_in_the_middle_ends_with_the_same_weights(
    recipe: Recipe, tmp_path: Path
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    recipe = with_training(recipe, epochs=40, patience=40, averaging=0.9)
    file = tmp_path / "recipe.toml"
    file.write_text(to_toml(recipe))
    train(recipe, whole)
    command = [sys.executable, "-m", "mner", "train", str(file), "--out", str(killed)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    log = killed / "log.jsonl"
    while not (log.is_file() and log.read_text().count("\n") >= 3):
        assert process.poll() is None, "training ended before it could be killed"
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (killed / "model").exists()
    subprocess.run([*command, "--resume"], check=True, capture_output=True)
    assert have_same_weights(whole, killed)
    assert losses_of(whole) == losses_of(killed)


def losses_of(run: Path) -> list[tuple[int, float]]:
    return [(epoch.epoch, epoch.loss) for epoch in read_log(run / LOG_NAME)]


def test_resuming_a_finished_run_changes_nothing(recipe: Recipe, tmp_path: Path) -> None:
    first = train(recipe, tmp_path / "run")
    before = read_weights(tmp_path / "run")
    second = train(recipe, tmp_path / "run", resume=True)
    assert second == first
    for name, tensor in read_weights(tmp_path / "run").items():
        assert torch.equal(before[name], tensor)


def test_a_run_is_not_written_over_nor_resumed_with_another_recipe(
    recipe: Recipe, tmp_path: Path
) -> None:
    train(with_training(recipe, epochs=1), tmp_path / "run")
    with pytest.raises(
        ConfigError, match=r"is not empty: resume its run by --resume, or choose another folder"
    ):
        train(recipe, tmp_path / "run")
    other = with_training(recipe, epochs=1, learning_rate=0.01)
    with pytest.raises(ConfigError, match=r"started with another recipe or other data"):
        train(other, tmp_path / "run", resume=True)


def test_a_finished_run_goes_on_to_more_epochs(
    recipe: Recipe, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="mner")
    short = with_training(recipe, epochs=3, patience=20, final_rate=0.0)
    long = with_training(short, epochs=6)
    train(short, tmp_path / "run")
    trained = train(long, tmp_path / "run", resume=True)
    assert [epoch.epoch for epoch in trained.history] == [1, 2, 3, 4, 5, 6]
    assert read_model(trained.model).recipe.training.epochs == 6
    # 24 posts in batches of 4: 6 steps an epoch, 2 of warm-up. After 18 of 36 steps, 18 of 34 are
    # left.
    assert (
        "the run was planned for 3 epochs and now has 6: the learning rates go from 0% to 53% of "
        "the highest and decay to the new end" in caplog.text
    )
    again = train(long, tmp_path / "run", resume=True)
    assert again.history == trained.history
    with pytest.raises(
        ConfigError,
        match=r"planned for 6 epochs.*: expected training\.epochs of at least 6, got 3; train a",
    ):
        train(short, tmp_path / "run", resume=True)


def test_a_run_that_was_extended_is_not_the_longer_run(recipe: Recipe, tmp_path: Path) -> None:
    short, long = with_training(recipe, epochs=2), with_training(recipe, epochs=4)
    train(short, tmp_path / "run")
    train(long, tmp_path / "run", resume=True)
    train(long, tmp_path / "whole")
    assert losses_of(tmp_path / "run")[0] != losses_of(tmp_path / "whole")[0]


def test_a_run_that_its_patience_ended_needs_more_of_it(recipe: Recipe, tmp_path: Path) -> None:
    stopped = with_training(recipe, epochs=30, patience=2)
    history = train(stopped, tmp_path / "run").history
    assert len(history) < 30
    with pytest.raises(
        ConfigError,
        match=r"is the best on dev, so with training\.patience = 2 no further epoch would be "
        r"trained: raise it too, such as by --set training\.patience=8",
    ):
        train(with_training(stopped, epochs=40), tmp_path / "run", resume=True)
    more = with_training(stopped, epochs=30, patience=4)
    assert len(train(more, tmp_path / "run", resume=True).history) > len(history)


def replace_captions(corpus: Path, recipe: Recipe) -> Recipe:
    captions = corpus / "captions.jsonl"
    captions.write_text(captions.read_text().replace("a city", "a town"))
    return recipe


def replace_vectors(corpus: Path, recipe: Recipe) -> Recipe:
    vectors = corpus / "vectors.txt"
    lines = []
    for line in vectors.read_text().splitlines():
        word, *numbers = line.split()
        lines.append(" ".join([word, *reversed(numbers)]) + "\n")
    vectors.write_text("".join(lines))
    return recipe


def replace_vector_of_a_token(corpus: Path, recipe: Recipe) -> Recipe:
    return replace_vector("oslo", corpus, recipe)


def replace_vector_of_a_caption(corpus: Path, recipe: Recipe) -> Recipe:
    return replace_vector("man", corpus, recipe)


def replace_vector(word: str, corpus: Path, recipe: Recipe) -> Recipe:
    vectors = corpus / "vectors.txt"
    lines = vectors.read_text().splitlines()
    changed = [f"{word} {' '.join('1' * 8)}" if line.split()[0] == word else line for line in lines]
    assert changed != lines
    vectors.write_text("\n".join(changed) + "\n")
    return recipe


def replace_pictures(corpus: Path, recipe: Recipe) -> Recipe:
    return replace_first_post(corpus, recipe, picture=None)


def replace_annotated(corpus: Path, recipe: Recipe) -> Recipe:
    return replace_first_post(corpus, recipe, annotated=("PER", "LOC"))


def replace_first_post(corpus: Path, recipe: Recipe, **changes: Any) -> Recipe:
    first, *others = read_posts(corpus / "train.jsonl")
    write_posts([replace(first, **changes), *others], corpus / "train.jsonl", format="jsonl")
    return recipe


def replace_size(_: Path, recipe: Recipe) -> Recipe:
    return replace(recipe, text=replace(recipe.text, hidden=9))


@pytest.mark.parametrize(
    "change",
    [
        replace_captions,
        replace_vectors,
        replace_vector_of_a_token,
        replace_vector_of_a_caption,
        replace_pictures,
        replace_annotated,
        replace_size,
    ],
)
def test_a_run_is_not_resumed_with_what_it_was_not_started_with(
    tmp_path: Path, change: Callable[[Path, Recipe], Recipe]
) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    write_corpus(corpus)
    write_posts(list(read_posts(corpus / "train.txt")), corpus / "train.jsonl", format="jsonl")
    recipe = with_data(tiny_caption_recipe(corpus), train=str(corpus / "train.jsonl"))
    recipe = with_training(recipe, epochs=1)
    train(recipe, tmp_path / "run")
    with pytest.raises(
        ConfigError,
        match=r"started with another recipe or other data, or by another version of mner: resume "
        r"with the same",
    ):
        train(change(corpus, recipe), tmp_path / "run", resume=True)


def test_a_damaged_state_is_named(recipe: Recipe, tmp_path: Path) -> None:
    train(recipe, tmp_path / "run")
    (tmp_path / "run" / "state.safetensors").write_bytes(b"half a fi")
    with pytest.raises(ModelError, match=r"state.safetensors: cannot resume from this state"):
        train(recipe, tmp_path / "run", resume=True)
