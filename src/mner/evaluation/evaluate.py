"""Evaluation: a model and a tagged file in, scores out, with what the picture had to do with them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mner.bio import ORPHANS, Orphans, Scoring
from mner.corpora.corpus import read_corpus, read_file
from mner.corpora.labels import warn_of_unknown_labels
from mner.errors import InputError
from mner.evaluation.controls import shuffle_pictures, without_pictures
from mner.pictures.source import check_folder
from mner.posts.read import read_tagged
from mner.spans.align import align
from mner.spans.calibrate import Bin, Threshold, expected_calibration_error, reliability, thresholds
from mner.spans.gold import fingerprint, mentions
from mner.spans.intervals import Intervals, intervals
from mner.spans.score import score
from mner.spans.scores import Scores
from mner.tagging.load import open_tagger
from mner.tagging.model_folder import Model, read_model
from mner.tagging.notices import warn_of_unused
from mner.tagging.results import Tagged
from mner.types import LooksAt, PictureState, Post, Span

__all__ = [
    "LOOKS_AT",
    "Calibration",
    "Control",
    "Evaluation",
    "FileScores",
    "evaluate",
    "score_files",
]

Control = Literal["given", "shuffled", "none"]

LOOKS_AT = {
    "none": "text only",
    "pixels": "text and pixels",
    "captions": "text and captions (caption-mediated, no pixels)",
}
"""What a model sees, in words, by the `picture.source` of its recipe."""

_KNOWN_AS = {"train": "trained the model", "dev": "chose the model's epoch and temperature"}
_SHOWN = (0.0, 0.5, 0.8, 0.9)


@dataclass(frozen=True)
class Calibration:
    """How far the probabilities of the predicted entities can be believed."""

    temperature: float
    """Fitted on dev when the model was trained."""
    error: float
    """Expected calibration error over ten bins, in [0, 1]."""
    error_before: float
    """The same without the temperature."""
    bins: tuple[Bin, ...]
    bins_before: tuple[Bin, ...]
    """Of the same entities without the temperature."""
    curve: tuple[Threshold, ...]
    """Precision and recall over the least probability."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Evaluation:
    """The scores of a model on a file, and where they come from."""

    scores: Scores
    tagged: tuple[Tagged, ...]
    """The posts with predicted entities, in the order of the file."""
    gold: tuple[Post, ...]
    source: str
    """What the model looks at: `none`, `pixels` or `captions`."""
    control: Control
    """Whether pictures were as given, exchanged between posts, or left away."""
    seed: int
    """The seed of the model's training."""
    pictures: Mapping[str, int]
    """How many posts had a picture in each state; empty for a text-only model."""
    calibration: Calibration
    known_as: tuple[str, ...] = ()
    """What the posts were to the training of the model: `train` or `dev`, on which scores are higher than on others."""
    intervals: Intervals | None = None
    """None where no bootstrap was asked for."""

    @property
    def looks_at(self) -> str:
        """What the model sees, in words."""
        return LOOKS_AT[self.source]

    def as_dict(self) -> dict[str, Any]:
        """The scores and their origin as one object, for JSON."""
        return {
            **self.scores.as_dict(),
            "seeds": [self.seed],
            "source": self.source,
            "picture_control": self.control,
            "pictures": dict(self.pictures),
            "calibration": self.calibration.as_dict(),
            "known_as": list(self.known_as),
            "bootstrap": self.intervals.as_dict() if self.intervals else None,
        }

    def render(self) -> str:
        """A table for people."""
        states = ", ".join(f"{count} {state}" for state, count in self.pictures.items())
        about = f"model: {self.looks_at}" + (
            f"; pictures {self.control}: {states}" if states else ""
        )
        trust = f"probabilities: expected calibration error {self.calibration.error:.3f} ({self.calibration.error_before:.3f} before calibration on dev)"
        kept = [
            f"{one.probability:.2f} {100 * one.precision:.1f} / {100 * one.recall:.1f}"
            for one in self.calibration.curve
            if one.probability in _SHOWN
        ]
        lines = [
            self.scores.render(seeds=[self.seed]),
            *([self.intervals.render()] if self.intervals else []),
        ]
        lines += [
            f"these posts {_KNOWN_AS[split]}: on others the scores are lower"
            for split in self.known_as
        ]
        return "\n".join(
            [*lines, about, trust, f"precision / recall by least probability: {', '.join(kept)}"]
        )


def evaluate(
    model: Path,
    file: Path,
    *,
    scoring: Scoring = "lenient",
    captions: Path | None = None,
    pictures: Path | None = None,
    features: Path | None = None,
    control: Control = "given",
    control_seed: int = 0,
    bootstrap: int | None = None,
) -> Evaluation:
    """Tag a file with a model and score it against the file's own tags.

    Args:
        model: a model folder.
        file: tagged posts, read by `format`, `scheme` and `caption_fields` of the model's recipe. What the recipe does to single corpora before training,
            `labels`, `conventions` and `annotated` of `[[data.corpora]]`, is not done to this file: its labels have to be those of the model.
        scoring: `lenient` takes an orphan I- tag of the file as the begin of an entity, `strict` leaves it out.
        captions: JSONL file of captions, for a model that looks at captions.
        pictures: folder of pictures by id, for a model that looks at pixels.
        features: store of encoded pictures, or a feature file of the public Keras code, taken before `pictures`.
        control: `shuffled` gives every post another one's picture or caption, `none` gives no post one; for a model that looks at some.
        control_seed: of the shuffling.
        bootstrap: resamples for the intervals of the scores; None for no intervals.

    Raises:
        InputError: the file cannot be read or is not tagged, the model needs captions or pictures that are not given, or it looks at text only and `control`
            is another than `given`.
        ModelError: the model cannot be loaded.

    Warns of captions or pictures that the model does not look at, and of labels of the file that it does not know.
    """
    described = read_model(model)
    _check_sources(described, captions=captions, pictures=pictures, features=features)
    if described.recipe.picture.source == "none" and control != "given":
        raise InputError(
            f"{model}: the model looks at text only: --control {control} has no pictures to exchange or to leave away; leave --control out"
        )
    reading = replace(described.recipe.data, orphans=ORPHANS[scoring])
    gold = read_corpus(
        file, reading, captions=captions if described.recipe.picture.source == "captions" else None
    )
    warn_of_unknown_labels(file, gold, known=described.vocabulary.labels)
    tagger = open_tagger(described, pictures=pictures, features=features)
    options: dict[str, tuple[LooksAt, object]] = {
        "--captions": ("captions", captions),
        "--pictures": ("pictures", pictures),
        "--features": ("pictures", features),
    }
    warn_of_unused(options, tagger.looks_at)
    posts = {
        "given": lambda: gold,
        "shuffled": lambda: shuffle_pictures(gold, seed=control_seed),
        "none": lambda: without_pictures(gold),
    }[control]()
    tagged = tuple(tagger.explain(posts, uncalibrated=True))
    source = described.recipe.picture.source
    states = [one.picture for one in tagged] if source != "none" else []
    predicted = [one.post for one in tagged]
    scores = score(gold, predicted, seen=described.mentions, scoring=scoring)
    return Evaluation(
        scores=scores,
        tagged=tagged,
        gold=tuple(gold),
        source=source,
        control=control,
        seed=described.about.seed,
        calibration=_calibration(gold, tagged, temperature=described.temperature),
        pictures={state.value: states.count(state) for state in PictureState if states},
        known_as=_known_as(file, scores.gold_fingerprint, described, orphans=reading.orphans),
        intervals=None
        if bootstrap is None
        else intervals(align(gold, predicted), resamples=bootstrap),
    )


@dataclass(frozen=True, slots=True)
class FileScores:
    """The scores of one tagged file against another."""

    scores: Scores
    intervals: Intervals | None
    """None where no bootstrap was asked for."""

    def as_dict(self) -> dict[str, Any]:
        """As one object, for JSON."""
        return {
            **self.scores.as_dict(),
            "bootstrap": self.intervals.as_dict() if self.intervals else None,
        }

    def render(self) -> str:
        """A table for people."""
        return "\n".join(
            [self.scores.render(), *([self.intervals.render()] if self.intervals else [])]
        )


def score_files(
    gold: Path,
    predicted: Path,
    *,
    scoring: Scoring,
    train: Path | None = None,
    bootstrap: int | None = None,
) -> FileScores:
    """Score one tagged file against another of the same posts.

    Args:
        gold: tagged posts.
        predicted: the same posts with predicted tags or entities.
        scoring: what an orphan I- tag is, in all files; see `evaluate`.
        train: training posts, to score seen and unseen mentions apart.
        bootstrap: resamples for the intervals of the scores; None for no intervals.

    Raises:
        InputError: a file cannot be read, or they do not hold the same posts.
    """
    posts = {path: list(read_tagged(path, orphans=ORPHANS[scoring])) for path in (gold, predicted)}
    seen = mentions(read_tagged(train, orphans=ORPHANS[scoring])) if train else None
    scores = score(posts[gold], posts[predicted], seen=seen, scoring=scoring)
    return FileScores(
        scores,
        None
        if bootstrap is None
        else intervals(align(posts[gold], posts[predicted]), resamples=bootstrap),
    )


def _calibration(
    gold: Sequence[Post], tagged: Sequence[Tagged], *, temperature: float
) -> Calibration:
    judged = [
        (entity, probability, truth)
        for truth, one in zip(gold, tagged, strict=True)
        for entity, probability in zip(one.post.entities or (), one.uncalibrated, strict=True)
        if truth.was_sought(entity.label)
    ]
    probabilities = np.array([entity.probability or 0.0 for entity, _, _ in judged])
    before = np.array([probability for _, probability, _ in judged])
    correct = np.array([entity.span in _spans(truth) for entity, _, truth in judged], dtype=bool)
    return Calibration(
        temperature=temperature,
        error=expected_calibration_error(probabilities, correct),
        error_before=expected_calibration_error(before, correct),
        bins=tuple(reliability(probabilities, correct)),
        bins_before=tuple(reliability(before, correct)),
        curve=tuple(
            thresholds(probabilities, correct, gold=sum(len(_spans(post)) for post in gold))
        ),
    )


def _spans(post: Post) -> set[Span]:
    return {entity.span for entity in post.entities or ()}


def _known_as(file: Path, gold: str, model: Model, *, orphans: Orphans) -> tuple[str, ...]:
    """Of `train` and `dev` those that the posts are: the same file counts whatever orphan tags are here, so it is read as the training read it."""
    data = model.recipe.data
    found = (
        gold
        if data.orphans == orphans
        else fingerprint(read_file(file, data, on_problem=lambda _: None))
    )
    return tuple(split for split in _KNOWN_AS if model.about.fingerprints[split] == found)


def _check_sources(
    model: Model, *, captions: Path | None, pictures: Path | None, features: Path | None
) -> None:
    source = model.recipe.picture.source
    if source == "captions" and captions is None:
        raise InputError("the model looks at captions: name their file with --captions")
    if source == "pixels" and pictures is None and features is None:
        raise InputError(
            "the model looks at pictures: name their folder with --pictures, or a feature store with --features"
        )
    if source == "pixels" and pictures is not None:
        check_folder(pictures)
