"""Two systems on the same posts: which one is better, where, and whether the posts suffice to say so."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from mner.errors import InputError
from mner.spans.align import Aligned, align
from mner.spans.bootstrap import (
    LEVEL,
    RESAMPLES,
    Estimate,
    Interval,
    Keep,
    PairedEstimate,
    of_few,
    of_label,
    paired_bootstrap,
    post_counts,
)
from mner.spans.gold import Mention, fingerprint, mention
from mner.spans.scores import Counts
from mner.spans.table import table
from mner.types import Ints, Post

__all__ = ["NAMED", "Comparison", "McNemar", "Slice", "Visible", "compare", "mcnemar"]

_LENGTHS = (
    ("up to 10", 0, 10),
    ("11 to 20", 11, 20),
    ("21 to 30", 21, 30),
    ("31 and more", 31, math.inf),
)
"""Name, least and most words of a post."""

_EXACT_BELOW = 25


class Visible(NamedTuple):
    """Which posts have something to be looked at."""

    name: str
    """What they have, such as `picture named`."""
    holds: Callable[[Post], bool]


NAMED = Visible("picture named", lambda post: post.picture is not None)
"""A post has a picture where it names one."""


@dataclass(frozen=True, slots=True)
class McNemar:
    """Gold entities by which of two systems finds them, and the test of whether one finds more; see `mcnemar`."""

    both: int
    only_a: int
    only_b: int
    neither: int
    p_value: float
    method: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Slice:
    """The entities of one kind."""

    group: str
    """By what the entities are parted: `type`, `training`, `words` or `picture`."""
    name: str
    gold: int
    estimate: PairedEstimate | None
    """None where neither gold nor any prediction has an entity."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "group": self.group,
            "name": self.name,
            "gold": self.gold,
            **(self.estimate.as_dict() if self.estimate else {"empty": True}),
        }


@dataclass(frozen=True)
class Comparison:
    """Two systems, and what has to stand beside their numbers."""

    a: Mapping[str, float]
    """F1 of each set of predictions by its name."""
    b: Mapping[str, float]
    overall: PairedEstimate
    """Of the means over the sets of predictions."""
    slices: tuple[Slice, ...]
    mcnemar: McNemar | None
    """None where a system has several sets of predictions."""
    gold: int
    """Entities."""
    posts: int
    telling: int
    """Posts with an entity, gold or predicted by a system."""
    scoring: str
    gold_fingerprint: str
    resamples: int
    seed: int

    def as_dict(self) -> dict[str, Any]:
        """Everything as one object for JSON; rates are fractions."""
        return {
            "scoring": self.scoring,
            "gold_fingerprint": self.gold_fingerprint,
            "posts": self.posts,
            "telling_posts": self.telling,
            "gold": self.gold,
            "resamples": self.resamples,
            "seed": self.seed,
            "level": LEVEL,
            "predictions": {"a": dict(self.a), "b": dict(self.b)},
            **self.overall.as_dict(),
            "mcnemar": self.mcnemar.as_dict() if self.mcnemar else None,
            "slices": [one.as_dict() for one in self.slices],
        }

    def render(self) -> str:
        """A table for people, rates in percent, under lines that say what the numbers are."""
        posts = f"{self.posts} post{'' if self.posts == 1 else 's'}"
        about = f"{self.scoring} scoring, gold {self.gold_fingerprint}, {posts}; paired bootstrap: {self.resamples} resamples, seed {self.seed}"
        systems = [
            f"{name}: F1 {100 * f1:.2f}  {file}"
            for name, files in (("A", self.a), ("B", self.b))
            for file, f1 in files.items()
        ]
        means = (
            "numbers below are means over a system's files; "
            if len(self.a) + len(self.b) > 2
            else ""
        )
        rows = [("", "gold", "A", "B", "B - A", f"{100 * LEVEL:.0f}% interval"), *self._rows()]
        return "\n".join(
            [
                about,
                *systems,
                f"{means}intervals tell about other posts, not about other trainings",
                *table(rows),
                f"p = {self.overall.p_value:.2g} for the difference in F1, two-sided",
                *of_few(self.telling),
                self._found(),
            ]
        )

    def _rows(self) -> Iterator[tuple[str, ...]]:
        for name in ("f1", "precision", "recall"):
            parts: list[Estimate] = [self.overall.a, self.overall.b, self.overall.difference]
            yield (
                name.replace("f1", "F1"),
                str(self.gold),
                *_cells(*(getattr(part, name) for part in parts)),
            )
        for one in self.slices:
            numbers = (
                _cells(one.estimate.a.f1, one.estimate.b.f1, one.estimate.difference.f1)
                if one.estimate
                else ("-", "-", "-", "no entities")
            )
            yield (f"F1, {one.group}: {one.name}", str(one.gold), *numbers)

    def _found(self) -> str:
        if self.mcnemar is None:
            return "no McNemar test: it needs one file a system"
        test = self.mcnemar
        return (
            f"gold entities found by both {test.both}, only by A {test.only_a}, only by B {test.only_b}, by neither {test.neither}: "
            f"McNemar p {f'= {test.p_value:.2g}' if test.p_value else '< 1e-300'} ({test.method})"
        )


def compare(
    gold: Sequence[Post],
    a: Mapping[str, Sequence[Post]],
    b: Mapping[str, Sequence[Post]],
    *,
    seen: frozenset[Mention] | None = None,
    visible: Visible = NAMED,
    scoring: str = "lenient",
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Comparison:
    """Compare system B with system A by the paired bootstrap over posts, in all and by kinds of entities and posts.

    Args:
        gold: annotated posts.
        a: by name one or more sets of predictions of A for the same posts in the same order, such as one a seed; their rates are averaged.
        b: the same of B.
        seen: the mentions of the training posts, as of `mner.spans.gold.mentions`, to look at the entities among them and the others apart.
        visible: which posts have a picture.
        scoring: the name under which the result is reported, and nothing else; see `mner.spans.score.score`.
        resamples: of the bootstrap.
        seed: of the bootstrap.

    Raises:
        InputError: predictions are not of the gold posts, or a system has none.
    """
    systems = (_read("A", gold, a), _read("B", gold, b))
    parts = _parts(systems, seen=seen, visible=visible)
    counts = {
        part.key: (_stacked(systems[0], part.keep), _stacked(systems[1], part.keep))
        for part in parts
    }
    # One call, so that all of them are scored on the same draws; the first part is everything.
    kept = {
        part.key: counts[part.key]
        for place, part in enumerate(parts)
        if place == 0 or any(one.any() for one in counts[part.key])
    }
    estimates = paired_bootstrap(kept, resamples=resamples, seed=seed)
    everything, *others = parts
    sizes = {key: int(pair[0][0, :, 2].sum()) for key, pair in counts.items()}
    return Comparison(
        a=_f1s(a, counts[everything.key][0]),
        b=_f1s(b, counts[everything.key][1]),
        overall=estimates[everything.key],
        slices=tuple(
            Slice(part.group, part.name, sizes[part.key], estimates.get(part.key))
            for part in others
        ),
        mcnemar=mcnemar(systems[0][0], systems[1][0]) if len(a) == len(b) == 1 else None,
        gold=sizes[everything.key],
        posts=len(gold),
        telling=int(np.concatenate(counts[everything.key]).any(axis=(0, 2)).sum()),
        scoring=scoring,
        gold_fingerprint=fingerprint(gold),
        resamples=resamples,
        seed=seed,
    )


def mcnemar(a: Sequence[Aligned], b: Sequence[Aligned]) -> McNemar:
    """McNemar's test (Psychometrika 12, 1947) of whether two systems find equally many of the gold entities.

    A pair is one gold entity, found by A or not and found by B or not; found means predicted with its start, end and label. Only those that one of the two
    finds tell anything. Below 25 of them the p value is exact: twice the smaller tail of the binomial distribution with one half, at most 1; from 25 on it is
    that of chi-squared, (|only A - only B| - 1)^2 / (only A + only B), with one degree of freedom. Wrong predictions play no part, and entities of one post are
    taken as independent, which they are not quite; the bootstrap over posts counts the former and does not need the latter.

    Args:
        a: posts with the predictions of A, as of `mner.spans.align.align`.
        b: the same posts with those of B.
    """
    found = Counter(
        (span in first.predicted, span in second.predicted)
        for first, second in zip(a, b, strict=True)
        for span in first.gold
    )
    only_a, only_b = found[True, False], found[False, True]
    is_exact = only_a + only_b < _EXACT_BELOW
    return McNemar(
        both=found[True, True],
        only_a=only_a,
        only_b=only_b,
        neither=found[False, False],
        p_value=_exact(only_a, only_b) if is_exact else _chi_squared(only_a, only_b),
        method="exact binomial" if is_exact else "chi-squared with continuity correction",
    )


class _Part(NamedTuple):
    group: str
    name: str
    keep: Keep

    @property
    def key(self) -> str:
        return f"{self.group}: {self.name}"


def _read(
    system: str, gold: Sequence[Post], predictions: Mapping[str, Sequence[Post]]
) -> list[list[Aligned]]:
    """Each set of predictions beside gold."""
    if not predictions:
        raise InputError(f"system {system} has no predictions: expected at least one set")
    found = []
    for name, posts in predictions.items():
        try:
            found.append(align(gold, posts))
        except InputError as exc:
            raise InputError(f"{name}: {exc}") from exc
    return found


def _parts(
    systems: Sequence[Sequence[Sequence[Aligned]]],
    *,
    seen: frozenset[Mention] | None,
    visible: Visible,
) -> list[_Part]:
    """Everything, and then each part of it that is scored for itself."""
    spans = chain.from_iterable(
        (*posts.gold, *posts.predicted)
        for system in systems
        for predictions in system
        for posts in predictions
    )
    parts = [_Part("all", "all", lambda _post, _span: True)]
    parts += [
        _Part("type", label, of_label(label)) for label in sorted({span[2] for span in spans})
    ]
    if seen is not None:
        parts.append(_Part("training", "seen", lambda post, span: mention(post, span) in seen))
        parts.append(
            _Part("training", "unseen", lambda post, span: mention(post, span) not in seen)
        )
    parts += [_Part("words", name, _of_length(least, most)) for name, least, most in _LENGTHS]
    parts.append(_Part("picture", visible.name, lambda post, _span: visible.holds(post)))
    parts.append(
        _Part("picture", f"no {visible.name}", lambda post, _span: not visible.holds(post))
    )
    return parts


def _of_length(least: int, most: float) -> Keep:
    return lambda post, _span: least <= len(post.tokens) <= most


def _stacked(system: Sequence[Sequence[Aligned]], keep: Keep) -> Ints:
    """Counts of each set of predictions, (K, P, 3)."""
    return np.stack([post_counts(posts, keep=keep) for posts in system])


def _f1s(names: Iterable[str], counts: Ints) -> dict[str, float]:
    return {
        name: Counts(gold, predicted, correct).f1
        for name, (correct, predicted, gold) in zip(names, counts.sum(axis=1).tolist(), strict=True)
    }


def _exact(only_a: int, only_b: int) -> float:
    total = only_a + only_b
    tail = sum(math.comb(total, count) for count in range(min(only_a, only_b) + 1))
    return min(1.0, tail / 2 ** (total - 1)) if total else 1.0


def _chi_squared(only_a: int, only_b: int) -> float:
    statistic = max(0, abs(only_a - only_b) - 1) ** 2 / (only_a + only_b)
    return math.erfc(math.sqrt(statistic / 2))  # the upper tail at one degree of freedom


def _cells(a: Interval, b: Interval, difference: Interval) -> tuple[str, str, str, str]:
    return (
        f"{100 * a.value:.2f}",
        f"{100 * b.value:.2f}",
        f"{100 * difference.value:+.2f}",
        f"{100 * difference.low:+.2f} to {100 * difference.high:+.2f}",
    )
