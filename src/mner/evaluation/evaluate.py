"""Evaluation: a model and a tagged file in; its scores, and what the pictures did to them, out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mner.bio import ORPHANS, Scoring
from mner.corpora.corpus import reading_of
from mner.corpora.labels import warn_of_unknown_labels
from mner.corpora.overlap import find_overlap
from mner.errors import InputError
from mner.evaluation.calibration import measure_calibration
from mner.evaluation.controls import Control, apply_control
from mner.evaluation.evaluation import KNOWN_AS, Evaluation
from mner.evaluation.file_scores import score_posts
from mner.evaluation.promises import WantedPromises, make_promises
from mner.graphs.devices import Device
from mner.pictures.source import PictureSource
from mner.posts.captions import attach_captions
from mner.posts.read import read_numbered_posts, read_tagged
from mner.posts.reading import RECOGNISED, ReadingOptions
from mner.spans.gold import fingerprint
from mner.tagging.known_posts import read_known_posts
from mner.tagging.load import open_tagger
from mner.tagging.model_folder import Model, read_model
from mner.tagging.notices import warn_of_unused
from mner.tagging.results import Tagged
from mner.types import LooksAt, PictureState

__all__ = ["evaluate"]


def evaluate(
    model: Path,
    file: Path,
    *,
    scoring: Scoring = "lenient",
    reading: ReadingOptions = RECOGNISED,
    captions: Path | None = None,
    pictures: Path | None = None,
    features: Path | None = None,
    control: Control = "given",
    control_seed: int = 0,
    bootstrap: int | None = None,
    device: Device | None = None,
    promise: str | None = None,
    confidence: float = 0.95,
) -> Evaluation:
    """Tag a file with a model and score it against the file's own tags.

    After the file is read, warns about its labels that the model does not know, and about
    captions or pictures that the model does not look at. The result says how many of its texts
    the training of the model read.

    Args:
        model: a model folder.
        file: tagged posts, read by `format`, `columns` and `caption_fields` of the model's recipe
            where `reading` does not say otherwise; their scheme is recognised.
            What the recipe does to single corpora before training (`labels`, `conventions` and
            `annotated` of `[[data.corpora]]`) is not done to this file: its labels have to be
            those of the model.
        scoring: `lenient` takes an orphan I- tag of the file as the begin of an entity, `strict`
            leaves it out.
        reading: how the file is read.
        captions: JSONL file of captions, for a model that looks at captions.
        pictures: folder of pictures by id, for a model that looks at pixels.
        features: store of encoded pictures, or a feature file of the public Keras code; used
            instead of `pictures` where both are given.
        control: `shuffled` gives every post another one's picture or caption, `none` gives no
            post one; only for a model that looks at some.
        control_seed: seed of the shuffling.
        bootstrap: number of resamples for the confidence intervals; None for no intervals.
        device: see `mner.load`.
        promise: precisions to find thresholds for, as `mner.tagging.promise` reads them; they are
            written into the model folder.
        confidence: how sure each promise is to be, above 0 and below 1.

    Raises:
        InputError: the file cannot be read or is not tagged, the model needs captions or pictures
            that are not given, or it looks at text only and `control` is not `given`; or a promise
            is ill-written, does not go with `control`, or cannot be made with these posts.
        ModelError: the model cannot be loaded, or its folder cannot be written.
    """
    wanted = WantedPromises.parse(promise, confidence=confidence, control=control)
    described = read_model(model)
    known = read_known_posts(described)
    source = described.recipe.picture.source
    _check_inputs(source, captions=captions, pictures=pictures, features=features)
    _check_control(model, source, control)
    folder = PictureSource(pictures) if source == "pixels" and pictures is not None else None
    data = described.recipe.data
    scheme = reading.scheme  # the recipe says by which scheme its own files are read
    reading = reading.over(reading_of(data))
    reading = replace(reading, scheme=scheme, orphans=ORPHANS[scoring], keep=True)
    gold = list(read_tagged(file, reading))
    if source == "captions" and captions is not None:
        fields = data.caption_fields or None
        gold = list(attach_captions(gold, captions, fields=fields))
    warn_of_unknown_labels(file, gold, known=described.vocabulary.labels)
    tagger = open_tagger(described, pictures=folder, features=features, device=device)
    options: dict[str, tuple[LooksAt, object]] = {
        "--captions": ("captions", captions),
        "--pictures": ("pictures", pictures),
        "--features": ("pictures", features),
    }
    warn_of_unused(options, tagger.looks_at)
    posts = apply_control(gold, control, seed=control_seed)
    tagged = tuple(tagger.explain(posts, uncalibrated=True))
    predicted = [result.post for result in tagged]
    file_scores = score_posts(
        gold, predicted, seen=known.mentions, scoring=scoring, bootstrap=bootstrap
    )
    known_as = _known_as(file, file_scores.scores.gold_fingerprint, described, reading)
    assert tagger.loaded is not None
    promised = make_promises(
        wanted, gold, tagged, loaded=tagger.loaded, scoring=scoring, file=file, known_as=known_as
    )
    return Evaluation(
        file_scores=file_scores,
        tagged=tagged,
        gold=tuple(gold),
        source=source,
        control=control,
        seed=described.about.seed,
        pictures={} if source == "none" else _picture_states(tagged),
        calibration=measure_calibration(gold, tagged, temperature=described.temperature),
        overlap=None if known.texts is None else find_overlap(gold, known.texts),
        known_as=known_as,
        promised=promised,
    )


def _check_inputs(
    source: str, *, captions: Path | None, pictures: Path | None, features: Path | None
) -> None:
    if source == "captions" and captions is None:
        raise InputError("the model looks at captions: name their file with --captions")
    if source == "pixels" and pictures is None and features is None:
        raise InputError(
            "the model looks at pictures: name their folder with --pictures, "
            "or a feature store with --features"
        )


def _check_control(model: Path, source: str, control: Control) -> None:
    if source == "none" and control != "given":
        raise InputError(
            f"{model}: the model looks at text only: --control {control} has no pictures "
            "to exchange or to remove; leave --control out"
        )


def _picture_states(tagged: Sequence[Tagged]) -> dict[str, int]:
    """Count the pictures in each state; a post without one counts as one that is absent."""
    states: Counter[PictureState] = Counter()
    for result in tagged:
        states.update([seen.state for seen in result.pictures] or [result.picture])
    return {state.value: states[state] for state in PictureState}


def _known_as(file: Path, digest: str, model: Model, reading: ReadingOptions) -> tuple[str, ...]:
    """Return which of `train` and `dev` the posts of a file are.

    Args:
        file: the file.
        digest: the fingerprint of its posts as they were scored.
        model: its training kept the fingerprints of its own posts.
        reading: how the file was read.
    """
    orphans = model.recipe.data.orphans
    if orphans != reading.orphans:
        # The fingerprint depends on what orphan tags mean, so read the file as the training did.
        as_trained = replace(reading, orphans=orphans)
        numbered = read_numbered_posts(file, as_trained, on_problem=lambda _: None)
        digest = fingerprint(post for _, post in numbered if post.tokens)
    return tuple(split for split in KNOWN_AS if model.about.fingerprints[split] == digest)
