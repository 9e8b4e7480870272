"""From the folders of finished runs to their results: dev as their training left it, test scored here."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mner.corpora.corpus import read_corpus
from mner.errors import ConfigError
from mner.evaluation.evaluate import LOOKS_AT, Control, Evaluation, evaluate
from mner.pictures.extract import extract_features
from mner.posts.write import write_posts
from mner.recipe.sections import Recipe
from mner.runs.folder import Run, read_runs
from mner.runs.results import Origin, Results, SeedResult
from mner.spans.align import align
from mner.spans.bootstrap import post_counts
from mner.tagging.about import About
from mner.tagging.model_folder import load_network
from mner.training.environment import environment
from mner.types import Post

__all__ = ["per_post", "summarise"]

_CONTROLS: tuple[Control, ...] = ("given", "shuffled", "none")


def summarise(
    recipe: Recipe, runs: Mapping[int, Path], origin: Origin, *, test: Path | None, scratch: Path
) -> Results:
    """Score finished runs of one recipe on test, each once in every control that its model has a use for, and sum up.

    Args:
        recipe: of all runs, but for the seed.
        runs: the seeds and the folder of each one's run; its predictions on test are kept there, as JSONL.
        origin: what the results call the system, and how it is made again.
        test: tagged posts; None to sum up dev alone. Captions and pictures are where the recipe has those of its own posts.
        scratch: folder for the encoded pictures of test, which are deleted again: pictures may be replaced between two calls.

    Raises:
        ConfigError: the runs were trained on different data.
        InputError: a file cannot be used, or the log of a run is damaged.
        ModelError: a model cannot be loaded.
    """
    finished = dict(zip(runs, read_runs([*runs.values()]), strict=True))
    results, fingerprints, found, gold = [], {}, "", ""
    with _sources(recipe, test, scratch) as sources:
        for seed, run in finished.items():
            evaluations = _evaluations(recipe, run.folder, test, sources=sources) if test else {}
            if evaluations:
                found, gold = per_post(
                    evaluations["given"].gold, [one.post for one in evaluations["given"].tagged]
                )
            results.append(replace(_of_run(seed, run, evaluations), found=found))
            fingerprints[seed] = _fingerprints(results[-1], run.model.about)
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
    )


def per_post(gold: Sequence[Post], predicted: Sequence[Post]) -> tuple[str, str]:
    """What `SeedResult.found` and `Results.gold` say of each post; raises as `mner.spans.score.score` does."""
    counts = post_counts(align(gold, predicted)).tolist()
    return " ".join(f"{correct}/{found}" for correct, found, _ in counts), " ".join(
        str(number) for *_, number in counts
    )


@contextmanager
def _sources(recipe: Recipe, test: Path | None, scratch: Path) -> Iterator[dict[str, Path]]:
    """Where what the model looks at is; pictures are encoded once for all runs, into a folder that is gone afterwards."""
    data = recipe.data
    if test is None or recipe.picture.source == "none":
        yield {}
    elif recipe.picture.source == "captions":
        yield {"captions": Path(data.captions)}
    elif data.pictures:
        with TemporaryDirectory(dir=scratch, prefix=".features.") as temporary:
            store = Path(temporary) / "store"
            extract_features(
                read_corpus(test, data, captions=None),
                pictures=Path(data.pictures),
                out=store,
                encoder=recipe.picture,
            )
            yield {"features": store}
    else:
        yield {"features": Path(data.features)}


def _evaluations(
    recipe: Recipe, out: Path, test: Path, *, sources: Mapping[str, Path]
) -> dict[Control, Evaluation]:
    evaluations = {
        control: evaluate(
            out,
            test,
            scoring=recipe.data.scoring,
            control=control,
            captions=sources.get("captions"),
            features=sources.get("features"),
        )
        for control in _CONTROLS
        if control == "given" or recipe.picture.source != "none"
    }
    for control, evaluation in evaluations.items():
        pairs = zip(evaluation.gold, evaluation.tagged, strict=True)
        predicted = (replace(gold, entities=tagged.post.entities) for gold, tagged in pairs)
        write_posts(predicted, out / f"{test.stem}-{control}.jsonl", format="jsonl")
    return evaluations


def _of_run(seed: int, run: Run, evaluations: Mapping[Control, Evaluation]) -> SeedResult:
    return SeedResult(
        seed=seed,
        dev=asdict(run.dev),
        test={control: _scores(evaluation) for control, evaluation in evaluations.items()},
        best_epoch=run.best_epoch,
        epochs=len(run.epochs),
        seconds=round(run.seconds, 1),
        epoch_seconds=statistics.median(epoch.train_seconds for epoch in run.epochs),
        peak_memory=max((epoch.peak_memory or 0 for epoch in run.epochs), default=0) or None,
        environment=run.model.about.environment,
    )


def _scores(evaluation: Evaluation) -> dict[str, Any]:
    calibration = evaluation.calibration
    errors = {
        "temperature": calibration.temperature,
        "error": calibration.error,
        "error_before": calibration.error_before,
    }
    return {
        **evaluation.scores.as_dict(),
        "pictures": dict(evaluation.pictures),
        "calibration": errors,
    }


def _fingerprints(run: SeedResult, about: About) -> dict[str, str]:
    test = {"test": run.test["given"]["gold_fingerprint"]} if run.test else {}
    return {**about.fingerprints, **test}


def _check_same(fingerprints: Mapping[int, Mapping[str, str]]) -> None:
    first, *others = fingerprints
    for seed in others:
        if fingerprints[seed] != fingerprints[first]:
            raise ConfigError(
                f"the runs of seeds {first} and {seed} are of different data: {dict(fingerprints[first])} and {dict(fingerprints[seed])}; "
                "train all on the same, in another --out"
            )


def _check_test(test: Path | None, fingerprints: Mapping[str, str]) -> None:
    for split in ("train", "dev"):
        if fingerprints.get("test") == fingerprints[split]:
            raise ConfigError(
                f"{test}: these are the {split} posts, so a score on them is none on test: give others by --test; the runs are kept"
            )


def _parameters(run: Run) -> int:
    return sum(
        parameter.numel()
        for parameter in load_network(run.model).parameters()
        if parameter.requires_grad
    )
