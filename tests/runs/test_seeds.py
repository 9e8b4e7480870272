import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import mner
from mner.corpora.overlap import Overlap
from mner.errors import ConfigError, DataWarning, InputError, MnerError
from mner.evaluation.controls import Control
from mner.evaluation.evaluate import evaluate
from mner.files.locks import reserved
from mner.posts.probabilities import rounded
from mner.posts.read import read_posts
from mner.recipe.data import CorpusSection, DataSection
from mner.recipe.read import to_toml
from mner.recipe.sections import Recipe
from mner.runs.plan import Plan
from mner.runs.results import Results
from mner.runs.results_file import read_results
from mner.runs.seeds import train_seeds
from mner.runs.summarise import summarise
from mner.spans.align import align
from mner.spans.bootstrap import bootstrap, post_counts
from mner.spans.score import score
from mner.tagging.model_folder import load_network, read_model
from mner.training.train import train
from mner.types import Post, Span
from tests.tagging.folders import forget_digests
from tests.tiny import imgid_text, tiny_caption_recipe

CONTROLS: tuple[Control, ...] = ("given", "shuffled", "none")

TRACER = """
import os, sys

def hook(event, args):
    if event == "open" and str(args[0]).endswith("/test.txt"):
        print("opened", args[0], file=sys.stderr)

sys.addaudithook(hook)
print("arguments", *sys.orig_argv, *os.environ.values(), file=sys.stderr)
"""
"""Run by every Python process that starts with its folder on the path."""


@dataclass(frozen=True)
class Runs:
    """Two seeds that were trained and scored."""

    plan: Plan
    folder: Path
    results: Results
    log: str
    """The arguments of the training processes, their output, and the test files they opened."""

    def copy(self, folder: Path) -> "Runs":
        """Return the same in a folder that a test may change."""
        shutil.copytree(self.folder, folder)
        return replace(
            self,
            plan=replace(
                self.plan, runs={seed: folder / out.name for seed, out in self.plan.runs.items()}
            ),
            folder=folder,
        )


@pytest.fixture(scope="module")
def runs(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    home = tmp_path_factory.mktemp("seeds")
    shutil.copytree(corpus, home / "data")
    (home / "data" / "test.txt").write_text(imgid_text(23, ending="again"))
    (home / "tracer").mkdir()
    (home / "tracer" / "sitecustomize.py").write_text(TRACER)
    recipe = tiny_caption_recipe(home / "data")
    text = to_toml(replace(recipe, training=replace(recipe.training, epochs=8))).replace(
        str(home / "data"), "$TINY_DATA"
    )
    (home / "recipe.toml").write_text(text)
    folders = {seed: home / "out" / f"seed{seed}" for seed in (0, 1)}
    changes = ["text.hidden=6", f"data.dev={home / 'data' / 'dev.txt'}"]
    plan = Plan(
        home / "recipe.toml",
        folders,
        changes=changes,
        test=home / "data" / "test.txt",
        out=home / "data" / "out",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINY_DATA", str(home / "data"))
        source = Path(mner.__file__).parents[1]
        patch.setenv("PYTHONPATH", f"{home / 'tracer'}{os.pathsep}{source}")
        with Logged() as log:
            results = train_seeds(plan, home / "out" / "results.json", jobs=2)
        patch.setenv("PYTHONPATH", str(source))
        yield Runs(plan, home / "out", results, "\n".join(log))


class Logged(list[str]):
    """The lines that are logged of the runs in a block."""

    def __enter__(self) -> "Logged":
        self._handler = logging.Handler()
        self._handler.emit = self._add  # type: ignore[method-assign]
        self._logger = logging.getLogger("mner.runs.processes")
        self._level = self._logger.level
        self._logger.setLevel(logging.INFO)
        self._logger.addHandler(self._handler)
        return self

    def _add(self, record: logging.LogRecord) -> None:
        self.append(record.getMessage())

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self._handler)
        self._logger.setLevel(self._level)


def weights(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run / "model" / "network.safetensors")


def same(first: Path, second: Path) -> bool:
    one, other = weights(first), weights(second)
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_training_is_not_told_of_the_test_file_and_does_not_open_it(runs: Runs) -> None:
    assert runs.log.count("arguments") == 2
    assert "--seed 0" in runs.log
    assert "--seed 1" in runs.log
    assert "epoch 1: loss" in runs.log
    assert "test.txt" not in runs.log


def test_a_run_is_as_if_it_had_been_trained_alone(runs: Runs, tmp_path: Path) -> None:
    train(runs.plan.of_seed(1), tmp_path / "alone")
    assert same(tmp_path / "alone", runs.folder / "seed1")
    assert not same(runs.folder / "seed0", runs.folder / "seed1")


def test_the_results_are_those_of_the_runs(runs: Runs) -> None:
    results = runs.results
    assert read_results(runs.folder / "results.json") == results
    assert results.seeds == (0, 1)
    assert results.controls == ("given", "shuffled", "none")
    assert results.looks_at == "text and captions (caption-mediated, no pixels)"
    assert results.parameters == sum(
        one.numel() for one in load_network(read_model(runs.folder / "seed0")).parameters()
    )
    for run in results.runs:
        log = [
            json.loads(line)
            for line in (runs.folder / f"seed{run.seed}" / "log.jsonl").read_text().splitlines()
        ]
        assert run.dev.f1 == max(entry["dev"]["f1"] for entry in log)
        assert run.epochs == len(log)
        assert run.peak_memory is not None
        assert run.peak_memory > 50e6
        assert run.environment is not None
        assert run.environment.hardware == results.environment.hardware
        assert run.environment.git == results.environment.git
        assert run.environment.versions.items() <= results.environment.versions.items()
    assert set(results.fingerprints) == {"train", "dev", "test"}
    assert len(set(results.fingerprints.values())) == 3


def test_the_interval_is_that_of_the_predictions(runs: Runs) -> None:
    assert runs.plan.test is not None
    gold = list(read_posts(runs.plan.test))
    predicted = [
        list(read_posts(runs.folder / f"seed{seed}" / "test-given.jsonl")) for seed in (0, 1)
    ]
    assert (
        runs.results.interval()
        == bootstrap({"": np.stack([post_counts(align(gold, one)) for one in predicted])})[""].f1
    )


def as_written(post: Post) -> list[tuple[Span, float]]:
    """The entities of a tagged post, with probabilities as files have them."""
    return [(entity.span, rounded(entity.probability or 0)) for entity in post.entities or ()]


def test_predictions_are_kept_beside_and_score_the_same(runs: Runs) -> None:
    assert runs.plan.test is not None
    gold = list(read_posts(runs.plan.test))
    for run in runs.results.runs:
        for control in CONTROLS:
            predicted = list(read_posts(runs.folder / f"seed{run.seed}" / f"test-{control}.jsonl"))
            assert [post.picture for post in predicted] == [post.picture for post in gold]
            assert score(gold, predicted).f1 == run.test[control].f1
            under = evaluate(
                runs.folder / f"seed{run.seed}",
                runs.plan.test,
                captions=runs.plan.test.with_name("captions.jsonl"),
                control=control,
            )
            assert [as_written(post) for post in predicted] == [
                as_written(tagged.post) for tagged in under.tagged
            ]
            assert all(entity.probability for post in predicted for entity in post.entities or ())
        of_controls = [run.test[control].pictures for control in ("given", "none")]
        assert of_controls[0] != of_controls[1]


def test_the_command_and_the_recipe_name_variables_not_places(runs: Runs) -> None:
    origin = runs.results.origin
    assert origin.name == "recipe"
    changes = "--set text.hidden=6 --set data.dev=$TINY_DATA/dev.txt"
    assert origin.command.endswith(
        f"recipe.toml {changes} --seeds 2 --out $TINY_DATA/out --test $TINY_DATA/test.txt"
    )
    assert 'train = "$TINY_DATA/train.txt"' in origin.recipe
    assert "hidden = 6" in origin.recipe
    assert str(runs.plan.recipe.parent) not in origin.recipe


def test_complete_runs_are_not_trained_again(runs: Runs, tmp_path: Path) -> None:
    copy = runs.copy(tmp_path / "out")
    for out in copy.plan.runs.values():
        (out / "state.safetensors").unlink()  # training could not go on without it
    with Logged() as log:
        again = train_seeds(copy.plan, tmp_path / "new" / "results.json")
    assert not log
    assert again == runs.results


def test_a_broken_run_goes_on_and_nothing_is_scored_before_all_are_trained(
    runs: Runs, tmp_path: Path
) -> None:
    copy = runs.copy(tmp_path / "out")
    shutil.rmtree(copy.folder / "seed1" / "model")
    state = (copy.folder / "seed1" / "state.safetensors").read_bytes()
    (copy.folder / "seed1" / "state.safetensors").write_bytes(b"half a fi")
    for path in copy.folder.rglob("test-*.jsonl"):
        path.unlink()
    with pytest.raises(
        MnerError,
        match=r"seed 1: training failed with exit code 1: .*cannot resume from this state .*; "
        "runs that are trained are kept",
    ):
        train_seeds(copy.plan, tmp_path / "new.json")
    assert not list(copy.folder.rglob("test-*.jsonl"))
    assert not (tmp_path / "new.json").exists()
    (copy.folder / "seed1" / "state.safetensors").write_bytes(state)
    train_seeds(copy.plan, tmp_path / "new.json")
    assert same(copy.folder / "seed1", runs.folder / "seed1")
    assert read_results(tmp_path / "new.json").test() == runs.results.test()


def test_runs_of_other_recipes_or_data_are_refused(runs: Runs, tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError,
        match=r"seed0: holds a model of another recipe: remove the folder, or choose another by",
    ):
        train_seeds(
            replace(runs.plan, changes=["text.hidden=7", *runs.plan.changes[1:]]),
            tmp_path / "new.json",
        )
    with pytest.raises(
        ConfigError,
        match=r"seed0: holds a model of \d+ epochs, and the recipe has 99: --seeds does not "
        r"go on .*`mner train RECIPE --seed 0 --resume --out .*seed0 --set training\.epochs=99`",
    ):
        train_seeds(
            replace(runs.plan, changes=[*runs.plan.changes, "training.epochs=99"]),
            tmp_path / "new.json",
        )
    copy = runs.copy(tmp_path / "out")
    about = copy.folder / "seed1" / "model" / "mner.json"
    about.write_text(
        json.dumps({**json.loads(about.read_text()), "train_fingerprint": "0123456789ab"})
    )
    with pytest.raises(
        ConfigError,
        match=r"the runs of seeds 0 and 1 are of different data: .*0123456789ab.*; "
        "train all on the same",
    ):
        summarise(
            copy.plan.of_seed(0), copy.plan.runs, runs.results.origin, test=None, scratch=tmp_path
        )


def test_data_that_changed_since_a_run_is_named_before_more_is_trained(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = runs.copy(tmp_path / "out")
    shutil.rmtree(copy.folder / "seed1")
    shutil.copytree(runs.plan.recipe.parent / "data", tmp_path / "data")
    monkeypatch.setenv(
        "TINY_DATA", str(tmp_path / "data")
    )  # a recipe of the same paths, as far as the run tells
    recipe = copy.folder / "seed0" / "model" / "recipe.toml"
    recipe.write_text(
        recipe.read_text().replace(str(runs.plan.recipe.parent / "data"), str(tmp_path / "data"))
    )
    forget_digests(recipe.parent)
    (tmp_path / "data" / "dev.txt").write_text(imgid_text(9))
    plan = replace(copy.plan, changes=["text.hidden=6"])
    with pytest.raises(
        ConfigError,
        match=r"seed0: the dev posts of this run are \w{12}, those of the recipe are now \w{12}: "
        "remove the folder, or choose",
    ):
        train_seeds(plan, tmp_path / "new.json")
    assert not (copy.folder / "seed1").exists()


def test_after_a_seed_that_failed_no_other_is_begun(runs: Runs, tmp_path: Path) -> None:
    folders = {seed: tmp_path / f"seed{seed}" for seed in (0, 1)}
    with pytest.raises(MnerError, match=r"seed 0: training failed with exit code 1: .*none\.txt"):
        train_seeds(
            replace(runs.plan, runs=folders, changes=["text.vectors=none.txt"]),
            tmp_path / "new.json",
        )
    assert not folders[1].exists()


def test_a_damaged_log_is_named(runs: Runs, tmp_path: Path) -> None:
    copy = runs.copy(tmp_path / "out")
    log = copy.folder / "seed1" / "log.jsonl"
    for text, message in (
        ('{"epoch": 1}\n', r"seed1/log\.jsonl:1: expected an entry of a training log, got"),
        ("", r"0 epochs, but the model is from epoch \d+"),
        (
            log.read_text() * 2,
            r"seed1/log\.jsonl:\d+: expected epoch \d+, got 1: two trainings wrote into this log",
        ),
        (
            log.read_text().replace('"f1": ', '"f1": NaN, "of": ', 1),
            r"seed1/log\.jsonl:1: expected an entry of a training log, got .*invalid character",
        ),
    ):
        log.write_text(text)
        with pytest.raises(InputError, match=message):
            train_seeds(replace(copy.plan, test=None), tmp_path / "new.json")


def test_a_test_file_that_is_not_there_is_named_before_training(runs: Runs, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none.txt: no such file of test posts"):
        train_seeds(
            replace(runs.plan, runs={0: tmp_path / "seed0"}, test=tmp_path / "none.txt"),
            tmp_path / "new.json",
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("split", ["train", "dev"])
def test_a_score_on_training_or_dev_posts_is_none_on_test(
    runs: Runs, tmp_path: Path, split: str
) -> None:
    given = runs.plan.recipe.parent / "data" / f"{split}.txt"
    with pytest.raises(
        ConfigError,
        match=rf"{split}\.txt: the recipe trains on it or chooses by it, so a score on it is no "
        "test score: give other posts",
    ):
        train_seeds(replace(runs.plan, test=given), tmp_path / "new.json")
    assert not (tmp_path / "new.json").exists()


def leaking(content: str, kind: str) -> str:
    """The posts of a file as a test file that is no new one."""
    posts = content.strip("\n").split("\n\n")
    if kind == "reversed":
        posts.reverse()
    elif kind == "with a post more":
        posts.append("IMGID:99\nnobody\tO\nknows\tO\nthis\tO")
    return "\n\n".join(posts) + "\n"


@pytest.mark.parametrize("kind", ["a copy", "reversed", "with a post more"])
@pytest.mark.parametrize("split", ["train", "dev"])
def test_posts_of_the_training_are_refused_before_it_starts(
    runs: Runs, tmp_path: Path, split: str, kind: str
) -> None:
    given = runs.plan.recipe.parent / "data" / f"{split}.txt"
    test = tmp_path / "test.txt"
    test.write_text(leaking(given.read_text(), kind))
    message = (
        r"test\.txt: \d+ of \d+ posts have a text of the training: \d+ texts of train, \d+ of dev "
        r"\(all texts of .*dev\), so a score on them is no test score: give other posts by --test"
    )
    plan = replace(runs.plan, runs={0: tmp_path / "run"}, test=test)
    with pytest.raises(ConfigError, match=message):
        train_seeds(plan, tmp_path / "new.json")
    assert [path.name for path in tmp_path.iterdir()] == ["test.txt"]


def test_a_part_of_one_of_several_corpora_is_refused_whatever_its_conventions(
    recipe: Recipe, tmp_path: Path
) -> None:
    lines = "".join(f"{{at}}name{number}\tO\nsays\tO\nit{number}\tO\n\n" for number in range(30))
    (tmp_path / "apart.txt").write_text(lines.format(at="@\tO\n"))
    (tmp_path / "test.txt").write_text(imgid_text(9, ending="again") + "\n")
    with (tmp_path / "test.txt").open("a") as file:
        file.write("\n\n".join(lines.format(at="@").split("\n\n")[:2]) + "\n")
    own = CorpusSection(train=recipe.data.train, dev=recipe.data.dev)
    other = CorpusSection(train=str(tmp_path / "apart.txt"), conventions=("join-signs",))
    several = replace(recipe, data=DataSection(corpora=(own, other)))
    (tmp_path / "recipe.toml").write_text(to_toml(several))
    plan = Plan(tmp_path / "recipe.toml", {0: tmp_path / "run"}, test=tmp_path / "test.txt")
    message = (
        r"2 of 11 posts have a text of the training: 2 texts of train, 0 of dev \(more than 10%\)"
    )
    with pytest.raises(ConfigError, match=message):
        train_seeds(plan, tmp_path / "new.json")
    assert not (tmp_path / "run").exists()


def test_the_number_of_shared_texts_is_said_and_kept(runs: Runs, tmp_path: Path) -> None:
    assert runs.results.overlap == Overlap(posts=23, known=0, train=0, dev=0)
    assert runs.results.render().endswith(
        "test: 0 of 23 posts have a text of the training: 0 texts of train, 0 of dev"
    )
    copy = runs.copy(tmp_path / "out")
    test = tmp_path / "test.txt"
    shared = imgid_text(1).replace("IMGID:0", "IMGID:77")
    test.write_text(f"{imgid_text(23, ending='again')}\n{shared}")
    plan = replace(copy.plan, test=test)
    message = r"test\.txt: 1 of 24 posts has a text of the training: 1 text of train, 1 of dev"
    with pytest.warns(DataWarning, match=message):
        results = train_seeds(plan, tmp_path / "new.json")
    assert results.overlap == Overlap(posts=24, known=1, train=1, dev=1)
    assert json.loads((tmp_path / "new.json").read_text())["overlap"]["known"] == 1
    assert read_results(tmp_path / "new.json") == results


def test_scores_that_are_kept_are_not_lost(runs: Runs, tmp_path: Path) -> None:
    shutil.copy(runs.folder / "results.json", tmp_path / "results.json")
    with pytest.raises(
        ConfigError,
        match=r"results\.json: would lose the scores on test: ask for them too by --seeds and "
        "--test, or remove the file",
    ):
        train_seeds(replace(runs.plan, test=None), tmp_path / "results.json")
    with pytest.raises(ConfigError, match=r"results\.json: would lose seed 1: ask"):
        train_seeds(replace(runs.plan, runs={0: runs.plan.runs[0]}), tmp_path / "results.json")
    assert read_results(tmp_path / "results.json") == runs.results


def test_a_signal_ends_the_trainings_also_where_one_has_failed(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program in the place of Python: seed 1 works for ever, and seed 0 fails once 1 works."""
    program, works = tmp_path / "program", tmp_path / "works"
    program.write_text(
        f"""#!/bin/sh
        case "$*" in *"--seed 0"*) until [ -e {works} ]; do sleep 0.01; done; exit 1;; esac
        touch {works}
        exec sleep 600
        """
    )
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(program))
    started: list[subprocess.Popen[str]] = []

    class Noted(subprocess.Popen[str]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            started.append(self)

    def interrupted(trainings: Sequence[Future[None]]) -> None:
        assert trainings[0].exception(timeout=30) is not None
        raise KeyboardInterrupt

    monkeypatch.setattr("subprocess.Popen", Noted)
    monkeypatch.setattr("mner.runs.processes.wait", interrupted)
    folders = {seed: tmp_path / f"seed{seed}" for seed in (0, 1)}
    with pytest.raises(KeyboardInterrupt):
        train_seeds(replace(runs.plan, runs=folders, test=None), tmp_path / "new.json", jobs=2)
    assert sorted(process.returncode for process in started) == [-15, 1]


def test_a_signal_ends_the_trainings_too(corpus: Path, tmp_path: Path) -> None:
    recipe = tiny_caption_recipe(corpus)
    (tmp_path / "recipe.toml").write_text(
        to_toml(
            replace(recipe, training=replace(recipe.training, epochs=100_000, patience=100_000))
        )
    )
    command = [
        sys.executable,
        "-m",
        "mner",
        "train",
        str(tmp_path / "recipe.toml"),
        "--seeds",
        "3",
        "--jobs",
        "2",
        "--out",
        str(tmp_path / "out"),
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        waiting = {"seed 0: ", "seed 1: "}
        for line in process.stderr:
            if "epoch 2" in line:
                waiting -= {seed for seed in waiting if seed in line}
            if not waiting:
                break
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
    assert process.returncode == 143
    for seed in (0, 1):
        with reserved(tmp_path / "out" / f"seed{seed}"):  # nobody trains in it any more
            pass
    assert not (tmp_path / "out" / "seed2").exists()


def test_pictures_are_encoded_once_for_all_runs(
    pixel_recipe: Recipe, corpus: Path, tmp_path: Path
) -> None:
    data = replace(pixel_recipe.data, features=str(tmp_path / "store"))
    recipe = replace(pixel_recipe, data=data, training=replace(pixel_recipe.training, epochs=1))
    (tmp_path / "recipe.toml").write_text(to_toml(recipe))
    (tmp_path / "test.txt").write_text(imgid_text(23, ending="again"))
    results = train_seeds(
        Plan(tmp_path / "recipe.toml", {3: tmp_path / "run"}, test=tmp_path / "test.txt"),
        tmp_path / "results.json",
    )
    assert results.source == "pixels"
    assert results.runs[0].test["given"].pictures == {
        "present": 21,
        "absent": 1,
        "unreadable": 1,
    }
    assert results.dev().deviation is None
    assert (tmp_path / "store").is_dir()
    assert not (tmp_path / "run" / "features").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "recipe.toml",
        "results.json",
        "run",
        "store",
        "test.txt",
    ]


def test_pictures_of_test_that_were_replaced_are_looked_at_anew(
    pixel_recipe: Recipe, corpus: Path, tmp_path: Path
) -> None:
    shutil.copytree(corpus / "images", tmp_path / "images")
    data = replace(
        pixel_recipe.data, pictures=str(tmp_path / "images"), features=str(tmp_path / "store")
    )
    (tmp_path / "recipe.toml").write_text(
        to_toml(replace(pixel_recipe, data=data, training=replace(pixel_recipe.training, epochs=1)))
    )
    plan = Plan(tmp_path / "recipe.toml", {0: tmp_path / "run"}, test=tmp_path / "test.txt")
    states = []
    for count in (23, 23, 20):  # the last is another file of the same name
        (tmp_path / "test.txt").write_text(imgid_text(count, ending="again"))
        (run,) = train_seeds(plan, tmp_path / "results.json").runs
        pictures = run.test["given"].pictures
        assert pictures is not None
        states.append((pictures["present"], pictures["unreadable"]))
        (tmp_path / "images" / "7.jpg").write_bytes(b"not a picture")
    assert states == [(21, 1), (20, 2), (17, 2)]
