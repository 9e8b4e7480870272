"""From the folders of finished runs to their results.

The scores on dev are those of the training; test is scored here.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from mner.corpora.corpus import read_corpus
from mner.corpora.overlap import Overlap
from mner.errors import ConfigError
from mner.evaluation.controls import Control
from mner.evaluation.evaluate import evaluate
from mner.evaluation.evaluation import LOOKS_AT, Evaluation
from mner.pictures.extract import extract_features
from mner.posts.write import write_posts
from mner.recipe.sections import Recipe
from mner.runs.folder import Run, read_runs
from mner.runs.results import Origin, Results
from mner.runs.seed_result import CalibrationRecord, ControlRecord, SeedResult
from mner.spans.align import align
from mner.spans.bootstrap import post_counts
from mner.tagging.model_folder import load_network
from mner.training.environment import environment
from mner.types import Post

__all__ = ["PostCounts", "post_counts_text", "summarise"]

_CONTROLS: tuple[Control, ...] = ("given", "shuffled", "none")


def summarise(
    recipe: Recipe,
    runs: Mapping[int, Path],
    origin: Origin,
    *,
    test: Path | None,
    scratch: Path,
    overlap: Overlap | None = None,
) -> Results:
    """Score finished runs of one recipe on test, and sum them up.

    Each run is scored once in every control that its model has a use for.

    Args:
        recipe: the recipe of all runs, apart from the seed.
        runs: the folder of each seed's run; its predictions on test are written there as JSONL.
        origin: the name of the system in the results, and how the results are made again.
        test: tagged posts; None to sum up dev alone. Captions and pictures are read from where the
            recipe has those of its own posts.
        scratch: folder for the encoded pictures of test, which are deleted afterwards because
            pictures may be replaced between two calls.
        overlap: the texts that test shares with train and dev.

    Raises:
        ConfigError: the runs were trained on different data.
        InputError: a file cannot be used, or the log of a run is damaged.
        ModelError: a model cannot be loaded.
    """
    finished = dict(zip(runs, read_runs([*runs.values()]), strict=True))
    results: list[SeedResult] = []
    fingerprints: dict[int, dict[str, str]] = {}
    gold = ""
    with _test_sources(recipe, test, scratch) as sources:
        for seed, run in finished.items():
            evaluations = {}
            counts = PostCounts("", "")
            fingerprints[seed] = run.model.about.fingerprints
            if test:
                evaluations = _evaluate(recipe, run.folder, test, sources)
                given = evaluations["given"]
                counts = post_counts_text(given.gold, [tagged.post for tagged in given.tagged])
                fingerprints[seed]["test"] = given.scores.gold_fingerprint
            gold = counts.gold
            results.append(_seed_result(seed, run, evaluations, found=counts.found))
    _check_same(fingerprints)
    first = next(iter(runs))
    _check_test(test, fingerprints[first])
    return Results(
        origin=origin,
        looks_at=LOOKS_AT[recipe.picture.source],
        source=recipe.picture.source,
        scoring=recipe.data.scoring,
        fingerprints=fingerprints[first],
        parameters=_parameters(finished[first]),
        environment=environment(),
        runs=tuple(results),
        gold=gold,
        overlap=overlap,
    )


class PostCounts(NamedTuple):
    """The counts of each post, as a results file keeps them."""

    found: str
    """See `SeedResult.found`."""
    gold: str
    """See `Results.gold`."""


def post_counts_text(gold: Sequence[Post], predicted: Sequence[Post]) -> PostCounts:
    """Return the counts of each post.

    Raises:
        InputError: the posts are not the same, or one of them is not annotated.
    """
    found, annotated = [], []
    for correct, predicted_count, gold_count in post_counts(align(gold, predicted)).tolist():
        found.append(f"{correct}/{predicted_count}")
        annotated.append(str(gold_count))
    return PostCounts(" ".join(found), " ".join(annotated))


@dataclass(frozen=True)
class _Sources:
    """Where captions or encoded pictures of the test posts are; None for what is not used."""

    captions: Path | None = None
    features: Path | None = None


@contextmanager
def _test_sources(recipe: Recipe, test: Path | None, scratch: Path) -> Iterator[_Sources]:
    """Give the captions or encoded pictures of the test posts.

    Pictures are encoded once for all runs, into a folder that is deleted afterwards.
    """
    data, source = recipe.data, recipe.picture.source
    if test is None or source == "none":
        yield _Sources()
    elif source == "captions":
        yield _Sources(captions=Path(data.captions))
    elif data.pictures:
        with TemporaryDirectory(dir=scratch, prefix=".features.") as temporary:
            store = Path(temporary) / "store"
            posts = read_corpus(test, data, captions=None)
            pictures = Path(data.pictures)
            extract_features(posts, pictures=pictures, out=store, encoder=recipe.picture)
            yield _Sources(features=store)
    else:
        yield _Sources(features=Path(data.features))


def _evaluate(
    recipe: Recipe, out: Path, test: Path, sources: _Sources
) -> dict[Control, Evaluation]:
    """Score a run in every control, and write its predictions into its folder."""
    controls = ("given",) if recipe.picture.source == "none" else _CONTROLS
    evaluations: dict[Control, Evaluation] = {}
    for control in controls:
        evaluation = evaluate(
            out,
            test,
            scoring=recipe.data.scoring,
            control=control,
            captions=sources.captions,
            features=sources.features,
        )
        evaluations[control] = evaluation
        # Posts with the pictures and captions of the file, not those that the control gave them.
        pairs = zip(evaluation.gold, evaluation.tagged, strict=True)
        predicted = (replace(gold, entities=tagged.post.entities) for gold, tagged in pairs)
        write_posts(predicted, out / f"{test.stem}-{control}.jsonl", format="jsonl")
    return evaluations


def _seed_result(
    seed: int, run: Run, evaluations: Mapping[Control, Evaluation], *, found: str
) -> SeedResult:
    return SeedResult(
        seed=seed,
        dev=run.dev,
        test={control: _record(evaluation) for control, evaluation in evaluations.items()},
        best_epoch=run.best_epoch,
        epochs=len(run.epochs),
        seconds=round(run.seconds, 1),
        epoch_seconds=statistics.median(epoch.train_seconds for epoch in run.epochs),
        peak_memory=max((epoch.peak_memory or 0 for epoch in run.epochs), default=0) or None,
        environment=run.model.about.environment,
        found=found,
    )


def _record(evaluation: Evaluation) -> ControlRecord:
    scores, calibration = evaluation.scores.record, evaluation.calibration
    return ControlRecord.of(
        scores,
        pictures=dict(evaluation.pictures),
        calibration=CalibrationRecord(
            temperature=calibration.temperature,
            error=calibration.error,
            error_before=calibration.error_before,
        ),
    )


def _check_same(fingerprints: Mapping[int, Mapping[str, str]]) -> None:
    first, *others = fingerprints
    for seed in others:
        if fingerprints[seed] != fingerprints[first]:
            raise ConfigError(
                f"the runs of seeds {first} and {seed} are of different data: "
                f"{dict(fingerprints[first])} and {dict(fingerprints[seed])}; "
                "train all on the same data, in another --out"
            )


def _check_test(test: Path | None, fingerprints: Mapping[str, str]) -> None:
    for split in ("train", "dev"):
        if fingerprints.get("test") == fingerprints[split]:
            raise ConfigError(
                f"{test}: these are the {split} posts, so a score on them is no test score: "
                "give other posts by --test; the runs are kept"
            )


def _parameters(run: Run) -> int:
    """Return the number of values that training may change."""
    parameters = load_network(run.model).parameters()
    return sum(parameter.numel() for parameter in parameters if parameter.requires_grad)
