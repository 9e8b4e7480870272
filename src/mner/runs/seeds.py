"""One recipe with several seeds: trained in processes of their own, scored when all are trained, summed up in one file."""

import json
import logging
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from mner.corpora.corpus import read_split, sources_of
from mner.errors import ConfigError, InputError, MnerError
from mner.pictures.extract import extract_features
from mner.recipe.read import read_recipe, read_written, recipe_variables
from mner.recipe.sections import Recipe
from mner.runs.results import Origin, Results, read_results, write_results
from mner.runs.summarise import summarise
from mner.spans.gold import fingerprint
from mner.tagging.model_folder import read_model

__all__ = ["Plan", "command_of", "is_trained", "train_seeds"]

_LOG = logging.getLogger(__name__)

_VARIABLE_PATH = re.compile(r"([\w.]+=)?\$[\w@%+=:,./-]+")
"""What a shell reads as a path that begins with a variable; it stands in commands without quotes."""


@dataclass(frozen=True)
class Plan:
    """What to train and to score."""

    recipe: Path
    runs: Mapping[int, Path]
    """The seeds, and the folder of each one's run."""
    changes: Sequence[str] = ()
    """Changes of the recipe, `section.key=value`."""
    test: Path | None = None
    """Tagged posts that are scored when all runs are trained, read as the recipe's are; their captions or pictures are where the recipe has its own."""
    name: str = ""
    """What the results call the system; the recipe's name when empty."""
    out: Path | None = None
    """What `--out` of the command in the results is; None where the runs are where `mner train --seeds` puts them."""

    def of_seed(self, seed: int) -> Recipe:
        """The recipe of one run."""
        return read_recipe(self.recipe, changes=[*self.changes, f"training.seed={seed}"])


def train_seeds(plan: Plan, results: Path, *, jobs: int = 1) -> Results:
    """Train what is not trained yet, score it, and write a results file.

    A run ends as it would by `mner train --seed N`, and one that was killed goes on. With several at a time torch has one thread in each, unless the recipe
    says `training.threads`. The processes that train are not told of a test file. Predictions on test are kept as JSONL in the folder of each run.

    Args:
        plan: what to train and to score.
        results: the file to write.
        jobs: how many trainings run at a time.

    Raises:
        ConfigError: the recipe cannot be used, or a folder holds the run of another one, or of other data.
        InputError: a file cannot be used.
        MnerError: a training failed; the message has its seed and its last line.
    """
    if plan.test is not None and not plan.test.is_file():
        raise InputError(f"{plan.test}: no such file of test posts")
    _check_kept(results, plan)
    recipes = {seed: plan.of_seed(seed) for seed in plan.runs}
    if plan.test is not None:
        _check_apart(plan.test, next(iter(recipes.values())))
    missing = [seed for seed, recipe in recipes.items() if not is_trained(recipe, plan.runs[seed])]
    _check_data(recipes, {seed: out for seed, out in plan.runs.items() if seed not in missing})
    if missing:
        _prepare_features(recipes[missing[0]])
        _train_all(plan, missing, jobs=jobs)
    results.parent.mkdir(parents=True, exist_ok=True)
    summary = summarise(
        next(iter(recipes.values())),
        plan.runs,
        _origin(plan),
        test=plan.test,
        scratch=results.parent,
    )
    write_results(results, summary)
    return summary


def is_trained(recipe: Recipe, out: Path) -> bool:
    """Whether a run's folder holds the finished model of a recipe.

    Raises:
        ConfigError: it holds the model of another recipe.
        ModelError: its model cannot be read.
    """
    if not (out / "model").is_dir():
        return False
    if read_model(out).recipe != recipe:
        raise ConfigError(
            f"{out}: holds a model of another recipe: remove the folder, or choose another by --out"
        )
    return True


def command_of(plan: Plan, variables: Mapping[str, str]) -> str:
    """The command that makes a plan's results again; paths begin with the variables where they are in their folders."""
    changes = [
        part for change in plan.changes for part in ("--set", _portable_change(change, variables))
    ]
    out = (
        ["--out", _portable(str(plan.out), variables)]
        if plan.out not in (None, Path("runs") / plan.recipe.stem)
        else []
    )
    test = ["--test", _portable(str(plan.test), variables)] if plan.test else []
    parts = [
        "mner",
        "train",
        _portable(str(plan.recipe), variables),
        *changes,
        "--seeds",
        str(len(plan.runs)),
        *out,
        *test,
    ]
    return " ".join(part if _VARIABLE_PATH.fullmatch(part) else shlex.quote(part) for part in parts)


def _check_kept(path: Path, plan: Plan) -> None:
    """Make sure that no score is lost when a results file is written again."""
    if not path.is_file():
        return
    kept = read_results(path)
    lost = [f"seed {seed}" for seed in kept.seeds if seed not in plan.runs] + (
        ["the scores on test"] if kept.controls and plan.test is None else []
    )
    if lost:
        raise ConfigError(
            f"{path}: would lose {', '.join(lost)}: ask for them too by --seeds and --test, or remove the file"
        )


def _check_apart(test: Path, recipe: Recipe) -> None:
    """Make sure that a test file is none of the recipe's own, by its place alone: what it holds is not looked at before the end."""
    for name in (
        name for corpus in sources_of(recipe.data) for name in (corpus.train, corpus.dev) if name
    ):
        if Path(name).is_file() and test.samefile(name):
            raise ConfigError(
                f"{test}: the recipe trains on it or chooses by it, so a score on it is none on test: give other posts by --test"
            )


def _check_data(recipes: Mapping[int, Recipe], finished: Mapping[int, Path]) -> None:
    """Make sure that finished runs are of the data as it is now, before others are trained on that."""
    if not finished:
        return
    recipe = recipes[next(iter(finished))]
    found = {
        split: fingerprint(read_split(recipe.data, split, captions=None))
        for split in ("train", "dev")
    }
    for out in finished.values():
        about = read_model(out).about
        for split, now in found.items():
            before = about.fingerprints[split]
            if before != now:
                raise ConfigError(
                    f"{out}: the {split} posts of this run are {before}, those of the recipe are now {now}: "
                    "remove the folder, or choose another by --out"
                )


def _prepare_features(recipe: Recipe) -> None:
    """Make the feature store that all runs share, before they all begin to."""
    store = Path(recipe.data.features)
    if (
        recipe.picture.source == "pixels"
        and recipe.data.features
        and recipe.data.pictures
        and not store.is_dir()
    ):
        posts = [
            post
            for split in ("train", "dev")
            for post in read_split(recipe.data, split, captions=None)
        ]
        extract_features(
            posts, pictures=Path(recipe.data.pictures), out=store, encoder=recipe.picture
        )


def _train_all(plan: Plan, seeds: Sequence[int], *, jobs: int) -> None:
    is_over, running = Event(), set[subprocess.Popen[str]]()
    pool = ThreadPoolExecutor(jobs)
    trainings = [
        pool.submit(_train, plan, seed, alone=jobs == 1, is_over=is_over, running=running)
        for seed in seeds
    ]
    try:
        wait(
            trainings
        )  # when one has failed, those that run are let finish: their folders can be used again
    except (KeyboardInterrupt, SystemExit):
        is_over.set()
        for process in list(running):
            process.terminate()  # the state of its last epoch is kept
        raise
    finally:
        pool.shutdown()
    for training in trainings:
        training.result()


def _train(
    plan: Plan, seed: int, *, alone: bool, is_over: Event, running: set[subprocess.Popen[str]]
) -> None:
    """Train one run in a process of its own, which hears of nothing but recipe, seed and folder; no longer where another one has failed."""
    if is_over.is_set():
        return
    changes = [part for change in plan.changes for part in ("--set", change)]
    command = [
        sys.executable,
        "-m",
        "mner",
        "train",
        str(plan.recipe),
        "--seed",
        str(seed),
        "--out",
        str(plan.runs[seed]),
        "--resume",
        *changes,
    ]
    threads = {} if alone else {"OMP_NUM_THREADS": "1"}
    last = ""
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **threads},
    ) as process:
        running.add(process)
        if is_over.is_set():
            process.terminate()
        assert process.stderr is not None
        for line in filter(None, map(str.strip, process.stderr)):
            last = line
            _LOG.info("seed %d: %s", seed, line)
        running.discard(process)
    if process.returncode:
        is_over.set()  # here, in the thread that would take the next seed before the failure is heard of elsewhere
        raise MnerError(
            f"seed {seed}: training failed with exit code {process.returncode}: {last.removeprefix('Error: ')}; runs that are trained are kept"
        )


def _origin(plan: Plan) -> Origin:
    variables = recipe_variables(plan.recipe)
    changes = [_portable_change(change, variables) for change in plan.changes]
    return Origin(
        name=plan.name or plan.recipe.stem,
        command=command_of(plan, variables),
        recipe=read_written(plan.recipe, changes=[*changes, "training.seed=0"]).text,
    )


def _portable(path: str, variables: Mapping[str, str]) -> str:
    """Return a path; where it begins with the value of a variable, it begins with its name."""
    for name, value in variables.items():
        if path == value or path.startswith(value.rstrip("/") + "/"):
            return f"${name}{path[len(value.rstrip('/')) :]}"
    return path


def _portable_change(change: str, variables: Mapping[str, str]) -> str:
    """Return `section.key=value` with its path, or its list of paths, as `_portable` has them.

    The shell that gave a change has put the values of variables in place of their names.
    """
    key, equals, text = change.partition("=")
    if '"' not in text:
        return f"{key}{equals}{_portable(text, variables)}"
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return change
    if isinstance(value, str):
        return f"{key}{equals}{json.dumps(_portable(value, variables), ensure_ascii=False)}"
    if isinstance(value, list) and all(isinstance(path, str) for path in value):
        paths = [_portable(path, variables) for path in value]
        return f"{key}{equals}{json.dumps(paths, ensure_ascii=False)}"
    return change
