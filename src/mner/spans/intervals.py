"""The intervals of one system's scores, and the note that few posts deserve."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mner.spans.align import Aligned, labels_of
from mner.spans.bootstrap import RESAMPLES, bootstrap, has_label, post_counts
from mner.spans.estimates import LEVEL, Estimate

__all__ = ["FEW_POSTS", "Intervals", "few_posts_note", "intervals"]

FEW_POSTS = 30
"""With fewer posts that have entities, the bootstrap's intervals are too narrow and its p values
too small."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """The bootstrap of one system, and what has to stand beside it."""

    overall: Estimate
    per_type: Mapping[str, Estimate]
    """By label, sorted; every label of gold or predicted entities."""
    resamples: int
    seed: int
    posts_with_entities: int
    """Posts with an entity, gold or predicted."""

    def as_dict(self) -> dict[str, Any]:
        """Return everything as one object for JSON; rates are fractions."""
        return {
            "resamples": self.resamples,
            "seed": self.seed,
            "level": LEVEL,
            "telling_posts": self.posts_with_entities,
            **asdict(self.overall),
            "per_type": {label: asdict(estimate) for label, estimate in self.per_type.items()},
        }

    def render(self) -> str:
        """Return lines for people, in percent."""
        precision, recall, f1 = self.overall.intervals
        lines = [
            f"{100 * LEVEL:.0f}% intervals (bootstrap over posts, {self.resamples} resamples, "
            f"seed {self.seed}): precision {precision}, recall {recall}, F1 {f1}"
        ]
        if self.per_type:
            types = [f"{label} {estimate.f1}" for label, estimate in self.per_type.items()]
            lines.append(f"F1 by type: {', '.join(types)}")
        return "\n".join([*lines, *few_posts_note(self.posts_with_entities)])


def intervals(posts: Sequence[Aligned], *, resamples: int = RESAMPLES, seed: int = 0) -> Intervals:
    """Estimate precision, recall and F1 of one set of predictions, in all and by label.

    Args:
        posts: gold and predicted posts, as `mner.spans.align.align` pairs them.
        resamples: how many resamples are drawn.
        seed: seed of the draws.

    Raises:
        InputError: as `mner.spans.bootstrap.bootstrap`.
    """
    labels = labels_of(posts)
    counts = {"": post_counts(posts)}
    for label in labels:
        counts[label] = post_counts(posts, keep=has_label(label))
    overall, *per_type = bootstrap(counts, resamples=resamples, seed=seed).values()
    return Intervals(
        overall=overall,
        per_type=dict(zip(labels, per_type, strict=True)),
        resamples=resamples,
        seed=seed,
        posts_with_entities=sum(bool(gold or predicted) for _, gold, predicted in posts),
    )


def few_posts_note(posts_with_entities: int) -> list[str]:
    """Return the line that has to stand beside a bootstrap of few posts, or no line."""
    if posts_with_entities >= FEW_POSTS:
        return []
    return [
        f"posts with entities: {posts_with_entities}, too few for the bootstrap: "
        f"below {FEW_POSTS} its intervals are too narrow and its p values too small"
    ]
