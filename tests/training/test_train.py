import json
import logging
import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from safetensors.torch import load_file

import mner
from mner.bio import allowed_transitions
from mner.corpora.overlap import KnownTexts, text_digests
from mner.errors import ConfigError, DataWarning, MnerError
from mner.evaluation.evaluate import evaluate
from mner.files.locks import RESERVED, reserved
from mner.model.build import build_network
from mner.model.network import Network
from mner.posts.read import read_posts
from mner.recipe.sections import Recipe, TrainingSection
from mner.spans.gold import fingerprint, mentions
from mner.spans.score import score
from mner.tagging.about import About
from mner.tagging.decoder_file import crf_parameters
from mner.tagging.known_posts import read_known_posts
from mner.tagging.load import load
from mner.tagging.model_folder import load_network, read_model
from mner.training.environment import environment, peak_memory
from mner.training.finish import make_tagger
from mner.training.learner import Learner
from mner.training.material import read_material
from mner.training.state import STATE_NAME
from mner.training.train import train
from tests.training.changes import with_data, with_training
from tests.training.weights import have_same_weights, read_weights


def test_a_tiny_corpus_is_learned_by_heart(recipe: Recipe, tmp_path: Path) -> None:
    trained = train(recipe, tmp_path / "run")
    assert trained.dev.f1 == 1.0
    assert trained.model == tmp_path / "run" / "model"
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [entry["epoch"] for entry in log] == list(range(1, len(log) + 1))
    assert log[-1]["loss"] < log[0]["loss"]
    dev = log[0]["dev"].keys()
    assert {"precision", "recall", "f1", "scoring", "gold_fingerprint", "per_type"} <= dev


def test_seeds_decide_everything(recipe: Recipe, tmp_path: Path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        train(with_training(recipe, seed=seed, epochs=2), tmp_path / name)
    assert have_same_weights(tmp_path / "a", tmp_path / "b")
    assert not have_same_weights(tmp_path / "a", tmp_path / "c")


@pytest.mark.parametrize("kind", ["caption_recipe", "pixel_recipe"])
def test_pictures_and_captions_go_through_training(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    trained = train(request.getfixturevalue(kind), tmp_path / "run")
    assert trained.dev.f1 == 1.0


def test_the_paper_s_optimizer(recipe: Recipe, tmp_path: Path) -> None:
    changed = with_training(recipe, optimizer="rmsprop", learning_rate=0.01, weight_decay=0.0)
    assert train(changed, tmp_path / "run").dev.f1 > 0.9


@pytest.mark.skipif(
    torch.backends.cpu.get_cpu_capability() in {"DEFAULT", "AVX2"},
    reason="this processor has no arithmetic for bfloat16",
)
def test_half_precision(recipe: Recipe, tmp_path: Path) -> None:
    assert train(with_training(recipe, precision="bf16"), tmp_path / "run").dev.f1 > 0.9


@pytest.mark.parametrize(("orphans", "scoring"), [("begin", "lenient"), ("drop", "strict")])
def test_scores_on_dev_name_how_orphans_were_read(
    recipe: Recipe, tmp_path: Path, orphans: Literal["begin", "drop"], scoring: str
) -> None:
    changed = with_training(with_data(recipe, orphans=orphans), epochs=1)
    assert train(changed, tmp_path / "run").dev.scoring == scoring


@pytest.mark.parametrize(("warmup", "is_warned_of"), [(12, True), (11, False)])
def test_a_warm_up_as_long_as_the_training_is_warned_of(
    recipe: Recipe,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    *,
    warmup: int,
    is_warned_of: bool,
) -> None:
    changed = with_training(recipe, epochs=2, batch_size=4, warmup_steps=warmup)
    with caplog.at_level("WARNING", "mner.training.train"):
        train(changed, tmp_path / "run")
    expected = (
        "training.warmup_steps = 12, but the whole training has 12 steps: the learning rate never "
        "reaches its full value; set a smaller number, such as 1, or more epochs"
    )
    assert (expected in caplog.messages) == is_warned_of
    assert len(caplog.messages) == is_warned_of


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
    """A training that ends with the best epoch has its weights, since the rates do not decay."""
    changed = with_training(recipe, averaging=averaging, epochs=14, patience=14, final_rate=1.0)
    trained = train(changed, tmp_path / "run")
    best = trained.best_epoch
    assert best < len(trained.history)
    train(with_training(changed, epochs=best), tmp_path / "ended")
    assert have_same_weights(tmp_path / "run", tmp_path / "ended")
    of_part = f"trained.{'average.module' if averaging else 'network'}."
    last = {
        name.removeprefix(of_part): tensor
        for name, tensor in load_file(tmp_path / "run" / STATE_NAME).items()
        if name.startswith(of_part)
    }
    kept = read_weights(tmp_path / "run")
    assert kept.keys() <= last.keys()
    assert not torch.equal(kept["head.weight"], last["head.weight"]), "best and last are the same"
    model = read_model(trained.model)
    of_weights = crf_parameters(load_network(model), model.vocabulary.tags)
    for name in ("start", "transitions", "end"):
        np.testing.assert_array_equal(getattr(model.crf, name), getattr(of_weights, name))
    dev = list(read_posts(recipe.data.dev))
    assert score(dev, list(load(trained.model).tag(dev))).f1 == trained.dev.f1


def test_a_folder_in_which_another_process_trains_is_refused(
    recipe: Recipe, tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    with (
        reserved(tmp_path / "run"),
        pytest.raises(ConfigError, match="another process is training in this folder"),
    ):
        train(recipe, tmp_path / "run")
    assert [path.name for path in (tmp_path / "run").iterdir()] == [RESERVED]


def test_tensorboard_shows_what_the_log_says(recipe: Recipe, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    trained = train(with_training(recipe, epochs=2), tmp_path / "run")
    (events,) = (tmp_path / "run").rglob("events.out.tfevents.*")
    shown = EventAccumulator(str(events)).Reload()
    assert set(shown.Tags()["scalars"]) == {"loss", "dev/f1", "dev/precision", "dev/recall"}
    for epoch, *values in zip(
        trained.history,
        *(shown.Scalars(name) for name in ("loss", "dev/f1", "dev/precision", "dev/recall")),
        strict=True,
    ):
        assert [value.step for value in values] == [epoch.epoch] * 4
        written = [epoch.loss, epoch.dev.f1, epoch.dev.precision, epoch.dev.recall]
        assert [value.value for value in values] == pytest.approx(written, rel=1e-6)


def test_each_epoch_is_told_as_the_log_has_it(
    recipe: Recipe, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="mner"):
        trained = train(with_training(recipe, epochs=1), tmp_path / "run")
        train(with_training(recipe, epochs=1), tmp_path / "run", resume=True)
    (epoch,) = trained.history
    told = [text for text in map(logging.LogRecord.getMessage, caplog.records) if "epoch" in text]
    loss, f1, seconds = epoch.loss, 100 * epoch.dev.f1, epoch.train_seconds
    assert told == [
        f"epoch 1: loss {loss:.3f}, dev F1 {f1:.2f} (lenient), {seconds:.0f} s",
        "resumed after epoch 1",
    ]


def test_the_loss_of_an_epoch_is_the_mean_of_its_posts(recipe: Recipe, tmp_path: Path) -> None:
    still = with_training(recipe, epochs=1, learning_rate=1e-12, weight_decay=0.0)
    still = replace(still, text=replace(still.text, dropout=0.0, word_dropout=0.0))
    losses = []
    for size in (1, 5, 24):  # the last batch of 5 has 4 posts
        trained = train(with_training(still, batch_size=size), tmp_path / str(size))
        losses.append(trained.history[0].loss)
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-4)


@pytest.mark.parametrize(("size", "steps"), [(4, 6), (5, 5), (24, 1)])
def test_rates_decay_over_the_steps_of_all_epochs(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, steps: int
) -> None:
    told: list[int] = []

    class Told(Learner):
        def __init__(
            self, network: Network, recipe: Recipe, *, accelerator: Accelerator, steps: int
        ) -> None:
            told.append(steps)
            super().__init__(network, recipe, accelerator=accelerator, steps=steps)

    monkeypatch.setattr("mner.training.train.Learner", Told)
    train(with_training(recipe, batch_size=size, epochs=3), tmp_path / "run")
    assert told == [3 * steps]


def test_a_log_has_the_posts_of_each_epoch_and_its_memory(recipe: Recipe, tmp_path: Path) -> None:
    (epoch,) = train(with_training(recipe, epochs=1), tmp_path / "run").history
    assert epoch.posts == 24
    assert epoch.loss == round(epoch.loss, 6)
    assert 0 < (epoch.peak_memory or 0) <= 1.05 * peak_memory()


@pytest.mark.parametrize("kind", ["recipe", "pixel_recipe"])
def test_a_model_says_what_it_was_trained_on(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    recipe = with_training(request.getfixturevalue(kind), seed=2, epochs=2)
    run = tmp_path / "run"
    trained = train(recipe, run)
    model, material = read_model(trained.model), read_material(recipe, run)
    assert model.about == About(
        mner=mner.__version__,
        labels=("LOC", "PER"),
        sizes=material.sizes,
        encoder=material.picture_encoder,
        seed=2,
        train_posts=24,
        train_fingerprint=fingerprint(list(read_posts(Path(recipe.data.train)))),
        dev_fingerprint=fingerprint(list(read_posts(Path(recipe.data.dev)))),
        best_epoch=trained.best_epoch,
        dev_f1=trained.dev.f1,
        dev_scoring="lenient",
        environment=environment(),
        build=None,
    )
    assert (model.about.encoder is not None) is (kind == "pixel_recipe")


def test_a_model_knows_the_texts_and_mentions_of_its_training(
    recipe: Recipe, tmp_path: Path
) -> None:
    trained = train(with_training(recipe, epochs=1), tmp_path / "run")
    posts = [list(read_posts(file)) for file in (recipe.data.train, recipe.data.dev)]
    known = read_known_posts(read_model(trained.model))
    assert known.mentions == mentions(posts[0])
    assert known.texts == KnownTexts(*map(text_digests, posts))


def test_divergence_is_an_error_not_a_model(recipe: Recipe, tmp_path: Path) -> None:
    changed = with_training(recipe, learning_rate=1e30, clip_norm=0.0, warmup_steps=0)
    with pytest.raises(
        MnerError,
        match=r"training diverged: the loss is .* lower training.learning_rate \(now 1e\+30\)",
    ):
        train(changed, tmp_path / "run")
    assert not (tmp_path / "run" / "model").exists()


def write_lines(path: Path, names: Sequence[str], *, separator: str) -> None:
    """Posts of two names each, in one line as one entity, or in lines of their own as two."""
    lines = []
    for number, first in enumerate(names):
        second = names[(number + 1) % len(names)]
        text = f"saw {first}{separator}{second}"
        offsets = [match.span() for match in re.finditer(r"\w+", text)]
        spans = [(1, 3)] if separator == " " else [(1, 2), (2, 3)]
        entities = [{"start": start, "end": end, "label": "PER"} for start, end in spans]
        tokens = text.split()
        record = {"text": text, "tokens": tokens, "offsets": offsets, "entities": entities}
        lines.append(json.dumps(record) + "\n")
    path.write_text("".join(lines))


@pytest.mark.parametrize("balance", [False, True])
def test_dev_is_judged_as_evaluate_judges_it(recipe: Recipe, tmp_path: Path, balance: bool) -> None:
    names = ("Ann", "Bob", "Cleo", "Dora", "Emil", "Finn")
    write_lines(tmp_path / "train.jsonl", names, separator=" ")
    write_lines(tmp_path / "dev.jsonl", names, separator="\n")
    changed = with_data(
        with_training(recipe, balance=balance),
        train=str(tmp_path / "train.jsonl"),
        dev=str(tmp_path / "dev.jsonl"),
    )
    trained = train(changed, tmp_path / "run")
    found = evaluate(trained.model, tmp_path / "dev.jsonl")
    flat = [replace(post, text=None, offsets=None) for post in found.gold]
    assert score(flat, list(load(trained.model).tag(flat))).f1 < found.scores.f1
    if not balance:
        assert asdict(trained.dev) == {**found.scores.as_dict(), "seen": None, "unseen": None}
    else:
        assert found.scores.f1 >= trained.dev.f1


def test_a_run_is_not_resumed_with_other_lines(recipe: Recipe, tmp_path: Path) -> None:
    names = ("Ann", "Bob", "Cleo", "Dora")
    file = tmp_path / "dev.jsonl"
    write_lines(file, names, separator=" ")
    changed = with_training(with_data(recipe, train=str(file), dev=str(file)), epochs=1)
    with pytest.warns(DataWarning, match="holds the training posts"):
        train(changed, tmp_path / "run")
    file.write_text(file.read_text().replace("Ann Bob", "Ann\\nBob"))
    message = "the run was started with another recipe or other data"
    with (
        pytest.warns(DataWarning, match="holds the training posts"),
        pytest.raises(ConfigError, match=message),
    ):
        train(changed, tmp_path / "run", resume=True)


@pytest.mark.parametrize(("attention", "per_word"), [("additive", True), ("concat", False)])
def test_a_tagger_in_training_knows_whether_words_attend_differently(
    caption_recipe: Recipe, tmp_path: Path, attention: Literal["additive", "concat"], per_word: bool
) -> None:
    recipe = replace(caption_recipe, fusion=replace(caption_recipe.fusion, attention=attention))
    material = read_material(recipe, tmp_path)
    tags = allowed_transitions(material.vocabulary.tags)
    network = build_network(recipe, material.sizes, transitions=tags)
    tagger = make_tagger(network, material, recipe=recipe, device=torch.device("cpu"))
    (first, *_) = tagger.explain(material.dev)
    assert first.attention.per_word is per_word
