"""One recipe with several seeds: trained, scored once all runs are trained, summed up in a file."""

import logging
import warnings
from dataclasses import replace
from itertools import chain
from pathlib import Path

from mner.corpora.corpus import read_file, read_split, sources_of
from mner.corpora.overlap import MOST_SHARED, KnownTexts, Overlap, find_overlap, text_digests
from mner.errors import ConfigError, DataWarning, InputError
from mner.pictures.extract import extract_features
from mner.recipe.sections import Recipe
from mner.runs.plan import Plan, origin_of
from mner.runs.processes import train_in_processes
from mner.runs.results import Results
from mner.runs.results_file import read_results, write_results
from mner.runs.summarise import summarise
from mner.spans.gold import fingerprint
from mner.tagging.model_folder import read_model

__all__ = ["is_trained", "train_seeds"]

_LOG = logging.getLogger(__name__)


def train_seeds(plan: Plan, results: Path, *, jobs: int = 1) -> Results:
    """Train what is not trained yet, score it, and write a results file.

    A run ends as it would by `mner train --seed N`, and a run that was killed is resumed. With
    several at a time torch has one thread in each, unless the recipe sets `training.threads`. The
    processes that train do not know the test file; before they start, this process counts the
    texts that it shares with train and dev, and warns if there are some. Predictions on test are
    kept as JSONL in the folder of each run.

    Args:
        plan: what to train and to score.
        results: the file to write.
        jobs: number of trainings that run at a time.

    Raises:
        ConfigError: the recipe cannot be used, a folder holds a run of another recipe or of other
            data, or test shares too many texts with train or dev.
        InputError: a file cannot be used.
        MnerError: a training failed; the message has its seed and its last line.
    """
    if plan.test is not None and not plan.test.is_file():
        raise InputError(f"{plan.test}: no such file of test posts")
    _check_kept(results, plan)
    recipes = {seed: plan.of_seed(seed) for seed in plan.runs}
    first = next(iter(recipes.values()))
    overlap = None
    if plan.test is not None:
        _check_apart(plan.test, first)
        overlap = _count_shared(plan.test, first)
    missing = [seed for seed, recipe in recipes.items() if not is_trained(recipe, plan.runs[seed])]
    _check_data(first, [out for seed, out in plan.runs.items() if seed not in missing])
    if missing:
        _prepare_features(first)
        train_in_processes(plan, missing, jobs=jobs)
    results.parent.mkdir(parents=True, exist_ok=True)
    origin = origin_of(plan)
    summary = summarise(
        first, plan.runs, origin, test=plan.test, scratch=results.parent, overlap=overlap
    )
    write_results(results, summary)
    return summary


def is_trained(recipe: Recipe, out: Path) -> bool:
    """Return whether a run's folder holds the finished model of a recipe.

    Raises:
        ConfigError: it holds the model of another recipe.
        ModelError: its model cannot be read.
    """
    if not (out / "model").is_dir():
        return False
    kept = read_model(out).recipe
    # A tracker only shows what happens.
    shown = replace(kept, training=replace(kept.training, tracker=recipe.training.tracker))
    more = recipe.training.epochs
    if more > kept.training.epochs and shown == _with_epochs(recipe, kept):
        raise ConfigError(
            f"{out}: holds a model of {kept.training.epochs} epochs, and the recipe has {more}: "
            "--seeds does not go on with a run that has ended. Go on with it by `mner train RECIPE "
            f"--seed {recipe.training.seed} --resume --out {out} --set training.epochs={more}` "
            "and the other options as before, after which --seeds takes it as trained; or choose "
            "another folder by --out"
        )
    if shown != recipe:
        raise ConfigError(
            f"{out}: holds a model of another recipe: remove the folder, or choose another by --out"
        )
    return True


def _with_epochs(recipe: Recipe, kept: Recipe) -> Recipe:
    """Return a recipe with the epochs and the patience of another."""
    epochs, patience = kept.training.epochs, kept.training.patience
    return replace(recipe, training=replace(recipe.training, epochs=epochs, patience=patience))


def _check_kept(path: Path, plan: Plan) -> None:
    """Make sure that no score is lost when a results file is replaced."""
    if not path.is_file():
        return
    kept = read_results(path)
    lost = [f"seed {seed}" for seed in kept.seeds if seed not in plan.runs]
    if kept.controls and plan.test is None:
        lost.append("the scores on test")
    if lost:
        raise ConfigError(
            f"{path}: would lose {', '.join(lost)}: ask for them too by --seeds and --test, "
            "or remove the file"
        )


def _check_apart(test: Path, recipe: Recipe) -> None:
    """Make sure that a test file is no file of the recipe.

    Only paths are compared; see `_count_shared` for the posts.
    """
    for corpus in sources_of(recipe.data):
        for name in (corpus.train, corpus.dev):
            if name and Path(name).is_file() and test.samefile(name):
                raise ConfigError(
                    f"{test}: the recipe trains on it or chooses by it, so a score on it is no "
                    "test score: give other posts by --test"
                )


def _count_shared(test: Path, recipe: Recipe) -> Overlap:
    """Count the texts that test shares with train and dev, and refuse a file with many of them.

    Nothing but these numbers is learned of test, and no training is told of them.
    """
    with warnings.catch_warnings():  # what is odd in the files is said by those who use them
        warnings.simplefilter("ignore", DataWarning)
        known = []
        for split in KnownTexts._fields:
            known.append(text_digests(read_split(recipe.data, split, captions=None)))
        tested = [post for post in read_file(test, recipe.data) if post.tokens]
        overlap = find_overlap(tested, KnownTexts(*known))
    if overlap.is_leak:
        reason = f"more than {100 * MOST_SHARED:.0f}%"
        if overlap.whole:
            reason = f"all texts of {' and '.join(overlap.whole)}"
        raise ConfigError(
            f"{test}: {overlap} ({reason}), so a score on them is no test score: give other posts "
            "by --test, or leave its texts out of train and dev, as data.exclude does"
        )
    if overlap.known:
        warnings.warn(f"{test}: {overlap}", DataWarning, stacklevel=3)
    else:
        _LOG.info("%s: %s", test, overlap)
    return overlap


def _check_data(recipe: Recipe, finished: list[Path]) -> None:
    """Make sure that finished runs are of the present data, before others are trained on it."""
    if not finished:
        return
    present = {}
    for split in ("train", "dev"):
        present[split] = fingerprint(read_split(recipe.data, split, captions=None))
    for out in finished:
        recorded = read_model(out).about.fingerprints
        for split, digest in present.items():
            if recorded[split] != digest:
                raise ConfigError(
                    f"{out}: the {split} posts of this run are {recorded[split]}, those of the "
                    f"recipe are now {digest}: remove the folder, or choose another by --out"
                )


def _prepare_features(recipe: Recipe) -> None:
    """Make the feature store that all runs share, before several of them start to make it."""
    data = recipe.data
    if recipe.picture.source != "pixels" or not data.features or not data.pictures:
        return
    store = Path(data.features)
    if store.is_dir():
        return
    splits = [read_split(data, split, captions=None) for split in ("train", "dev")]
    extract_features(
        chain(*splits), pictures=Path(data.pictures), out=store, encoder=recipe.picture
    )
