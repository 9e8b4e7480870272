"""Two systems on the same posts: which is better, where, and whether that could be chance."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple, TypeAlias

import numpy as np

from mner.bio import Scoring
from mner.errors import InputError
from mner.spans.align import Aligned, align, labels_of
from mner.spans.assisted import count_assisted
from mner.spans.bootstrap import RESAMPLES, Keep, paired_bootstrap, post_counts
from mner.spans.comparison import Comparison, Slice
from mner.spans.estimates import PairedEstimate
from mner.spans.gold import Mention, fingerprint
from mner.spans.mcnemar import mcnemar
from mner.spans.scores import Counts
from mner.spans.slices import NAMED, Visible, slice_rules
from mner.types import Ints, Post

__all__ = ["compare"]

_System: TypeAlias = list[list[Aligned]]
"""K sets of predictions of one system, each beside gold."""


def compare(
    gold: Sequence[Post],
    a: Mapping[str, Sequence[Post]],
    b: Mapping[str, Sequence[Post]],
    *,
    seen: frozenset[Mention] | None = None,
    visible: Visible = NAMED,
    scoring: Scoring = "lenient",
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Comparison:
    """Compare system B with system A by the paired bootstrap over posts.

    Where a system has several sets of predictions, they are resampled as well as the posts; the
    result says so in `resampled`.

    They are compared on all entities and on those of each slice; see `mner.spans.slices`.

    Args:
        gold: annotated posts.
        a: by name, one or more sets of predictions of A for the same posts in the same order,
            such as one for each seed; their rates are averaged over the sets drawn.
        b: the same of B.
        seen: mentions of the training posts (see `mner.spans.gold.mentions`); entities among
            them, and all others, are then compared separately as well.
        visible: which posts have a picture.
        scoring: the name under which the result is reported, and nothing else; see
            `mner.spans.score.score`.
        resamples: resamples of the bootstrap.
        seed: seed of the bootstrap.

    Raises:
        InputError: predictions are not of the gold posts, or a system has none.
    """
    first, second = _aligned("A", gold, a), _aligned("B", gold, b)
    rules = slice_rules(labels_of(chain(*first, *second)), seen=seen, visible=visible)
    everything = _counts(first, second, lambda _post, _span: True)
    counts = {rule.key: _counts(first, second, rule.keep) for rule in rules}
    overall, estimates = _estimates(everything, counts, resamples=resamples, seed=seed)
    return Comparison(
        a=_f1s(a, everything.a),
        b=_f1s(b, everything.b),
        overall=overall,
        slices=tuple(
            Slice(rule.group, rule.name, counts[rule.key].gold, estimates.get(rule.key))
            for rule in rules
        ),
        mcnemar=mcnemar(first[0], second[0]) if len(first) == len(second) == 1 else None,
        gold=everything.gold,
        posts=len(gold),
        posts_with_entities=everything.posts_with_entities,
        scoring=scoring,
        gold_fingerprint=fingerprint(gold),
        resamples=resamples,
        seed=seed,
        llm_assisted=count_assisted(gold, *a.values(), *b.values()),
    )


class _Counts(NamedTuple):
    """Correct, predicted and gold entities in each post, for each set of predictions."""

    a: Ints
    """(K, P, 3)"""
    b: Ints
    """(K, P, 3), with a K of its own."""

    @property
    def gold(self) -> int:
        """Gold entities, which are the same in every set."""
        return int(self.a[0, :, 2].sum())

    @property
    def posts_with_entities(self) -> int:
        """Posts with an entity, gold or predicted in any set."""
        return int(np.concatenate(self).any(axis=(0, 2)).sum())


def _aligned(
    system: str, gold: Sequence[Post], predictions: Mapping[str, Sequence[Post]]
) -> _System:
    """Put each set of predictions beside gold."""
    if not predictions:
        raise InputError(f"system {system} has no predictions: expected at least one set")
    pairs = []
    for name, posts in predictions.items():
        try:
            pairs.append(align(gold, posts))
        except InputError as exc:
            raise InputError(f"{name}: {exc}") from exc
    return pairs


def _counts(first: _System, second: _System, keep: Keep) -> _Counts:
    """Count the entities that a rule keeps."""
    stacks = []
    for system in (first, second):
        stacks.append(np.stack([post_counts(posts, keep=keep) for posts in system]))  # (K, P, 3)
    return _Counts(*stacks)


def _estimates(
    everything: _Counts, counts: Mapping[str, _Counts], *, resamples: int, seed: int
) -> tuple[PairedEstimate, dict[str, PairedEstimate]]:
    """Estimate the whole, and each slice that holds an entity."""
    # One call for all of them, so that all are scored on the same draws.
    kept = {"": everything}
    kept |= {key: pair for key, pair in counts.items() if pair.posts_with_entities}
    estimates = paired_bootstrap(kept, resamples=resamples, seed=seed)
    return estimates.pop(""), estimates


def _f1s(names: Iterable[str], counts: Ints) -> dict[str, float]:
    """Compute the F1 of each set of predictions from counts (K, P, 3)."""
    f1s = {}
    for name, (correct, predicted, gold) in zip(names, counts.sum(axis=1).tolist(), strict=True):
        f1s[name] = Counts(gold, predicted, correct).f1
    return f1s
