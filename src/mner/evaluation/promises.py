"""The thresholds of promised precisions, found on annotated posts."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np

from mner.bio import Scoring
from mner.errors import InputError, clipped
from mner.evaluation.controls import Control
from mner.spans.gold import annotated_spans, fingerprint
from mner.spans.promise import Judged, Kept, Shortfall, find_threshold
from mner.tagging.loaded import Loaded
from mner.tagging.promise import Promise, parse_promises
from mner.tagging.promises_file import KeptPromise, network_digest, save_promises
from mner.tagging.results import Tagged
from mner.types import Post

__all__ = ["Promised", "WantedPromises", "judged_entities", "make_promises"]


@dataclass(frozen=True)
class Promised:
    """A promise that was made, and what it costs on the posts on which it was made."""

    kept: KeptPromise
    predicted: int
    """How many entities the model finds without a threshold."""
    gold: int
    """How many there are to find."""

    @property
    def recall(self) -> float:
        """The share of the gold entities that is found and kept; 0.0 where there are none."""
        return self.kept.correct / self.gold if self.gold else 0.0

    def render(self) -> str:
        """Return a line for people."""
        kept = self.kept
        return (
            f"promise {kept.promise} (confidence {kept.confidence:g}): from probability "
            f"{kept.threshold:g} on, which keeps {kept.count} of {self.predicted} entities, "
            f"{kept.correct} of them correct, recall {100 * self.recall:.1f}"
        )


@dataclass(frozen=True)
class WantedPromises:
    """What a model is to promise."""

    promises: tuple[Promise, ...] = ()
    confidence: float = 0.95
    """How sure each promise is to be, above 0 and below 1."""

    @classmethod
    def parse(cls, text: str | None, *, confidence: float, control: Control) -> "WantedPromises":
        """Read what was asked for; None asks for nothing.

        Raises:
            InputError: the text or the confidence is no such thing, or pictures are exchanged or
                removed, with which nothing can be promised.
        """
        if text is None:
            return cls()
        promises = parse_promises(text)
        if not 0 < confidence < 1:
            raise InputError(f"confidence: expected a number between 0 and 1, got {confidence:g}")
        if control != "given":
            raise InputError(
                f"--promise does not go with --control {control}: a promise is about posts with "
                "their own pictures"
            )
        return cls(promises, confidence)


def make_promises(
    wanted: WantedPromises,
    gold: Sequence[Post],
    tagged: Sequence[Tagged],
    *,
    loaded: Loaded,
    scoring: Scoring,
    file: Path,
    known_as: Sequence[str],
) -> tuple[Promised, ...]:
    """Find the threshold of each promise and write them into the model folder.

    `mner.spans.promise` says how a threshold is found. Nothing is written if one cannot be found.

    Args:
        wanted: what is to be promised.
        gold: annotated posts.
        tagged: the same posts, tagged.
        loaded: the model.
        scoring: how the posts were read.
        file: where the posts are from, for errors.
        known_as: what the posts were to the training of the model.

    Raises:
        InputError: a promise is about a type that the model does not find, or cannot be made with
            these posts; the message says how many entities would be needed.
        ModelError: the folder cannot be written.
    """
    if not wanted.promises:
        return ()
    if "train" in known_as:
        raise InputError(
            f"{file}: trained the model, which knows its names: a promise needs annotated posts "
            "that the training has not seen"
        )
    found = []
    for promise in wanted.promises:
        _check_label(promise, loaded.about.labels)
        judged, sought = judged_entities(gold, tagged, label=promise.label)
        kept = find_threshold(judged, precision=promise.precision, confidence=wanted.confidence)
        if isinstance(kept, Shortfall):
            refusal = _refusal(promise, kept, posts=len(gold), confidence=wanted.confidence)
            raise InputError(f"{file}: {refusal}")
        made = KeptPromise(
            label=promise.label,
            precision=promise.precision,
            confidence=wanted.confidence,
            threshold=kept.threshold,
            count=kept.count,
            correct=kept.correct,
            effective=kept.effective,
            gold_fingerprint=fingerprint(gold),
            scoring=scoring,
            network=network_digest(loaded),
        )
        found.append(Promised(made, predicted=len(judged.correct), gold=sought))
    save_promises(loaded, [promised.kept for promised in found])
    return tuple(found)


def judged_entities(
    gold: Sequence[Post], tagged: Sequence[Tagged], *, label: str | None = None
) -> tuple[Judged, int]:
    """Return the predicted entities, each correct or not, and how many gold ones there are.

    Entities with labels that were not annotated play no part.

    Args:
        gold: annotated posts.
        tagged: the same posts, tagged.
        label: the type of the entities; None for all types.
    """
    probabilities, correct, posts, sought = [], [], [], 0
    for number, (post, result) in enumerate(zip(gold, tagged, strict=True)):
        spans = annotated_spans(post)
        sought += sum(label in (None, span[2]) for span in spans)
        for entity in result.post.entities:
            if label in (None, entity.label) and post.was_sought(entity.label):
                probabilities.append(entity.probability)
                correct.append(entity.span in spans)
                posts.append(number)
    judged = Judged(
        np.array(probabilities, dtype=np.float64),
        np.array(correct, dtype=bool),
        np.array(posts, dtype=np.int64),
    )
    return judged, sought


def _check_label(promise: Promise, labels: Sequence[str]) -> None:
    if promise.label is not None and promise.label not in labels:
        raise InputError(
            f"promise {clipped(promise)}: the model finds {clipped(', '.join(labels))}: name one "
            "of them"
        )


def _refusal(promise: Promise, shortfall: Shortfall, *, posts: int, confidence: float) -> str:
    """Say why a promise cannot be made, and what would do."""
    first = shortfall.first
    refusal = f"the promise {promise} cannot be made with confidence {confidence:g}"
    if not first.count:
        return f"{refusal}: no entity has a probability of {first.threshold:g} or more"
    seen = (
        f"{refusal}: from probability {first.threshold:g} on, {first.correct} of {first.count} "
        f"entities are correct{_worth(first)}"
    )
    if shortfall.needed is not None:
        more = ceil(posts * shortfall.needed / first.count)
        return (
            f"{seen}; at that precision {shortfall.needed} such entities would be needed, which "
            f"about {more} posts have, and there are {posts}: annotate more posts, or promise less"
        )
    return f"{seen}, which is not above the promise: no number of posts would do; promise less"


def _worth(kept: Kept) -> str:
    """Say that entities are worth fewer independent ones, where they are."""
    if kept.effective >= kept.count:
        return ""
    return f" (which are worth {kept.effective} independent ones, since posts share mistakes)"
