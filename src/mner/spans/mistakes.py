"""What is wrong with predictions: the verdicts on all entities, counted in several ways."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from mner.spans.align import align
from mner.spans.verdicts import KINDS, Kind, Verdict, judge
from mner.types import Post

__all__ = ["Confusion", "Mistakes", "Surface", "find_mistakes"]

_Repeated: TypeAlias = tuple[str, Kind, str | None, str | None]
"""Words, kind, gold label and predicted label of a mistake."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often each label was taken for each other one."""

    labels: tuple[str, ...]
    """L labels, sorted."""
    counts: tuple[tuple[int, ...], ...]
    """(L + 1, L + 1): gold label by predicted label. The last row stands for no gold entity, the
    last column for no predicted one; where they meet is 0."""

    def as_dict(self) -> dict[str, Any]:
        """Return the table for JSON; the label `null` stands for no entity."""
        return {"labels": [*self.labels, None], "counts": list(map(list, self.counts))}


@dataclass(frozen=True, slots=True)
class Surface:
    """A mistake that is made with the same words again and again."""

    text: str
    """Lower-cased words of the gold entity, or of the spurious one."""
    kind: Kind
    gold: str | None
    """Label; None where there is no gold entity."""
    predicted: str | None
    """Label; None where none was predicted."""
    count: int


@dataclass(frozen=True)
class Mistakes:
    """All verdicts on one set of predictions."""

    verdicts: tuple[Verdict, ...]
    """By post, in the order of their first words."""

    @property
    def counts(self) -> dict[Kind, int]:
        """The number of verdicts of each kind."""
        return _by_kind(self.verdicts)

    @property
    def per_type(self) -> dict[str, dict[Kind, int]]:
        """The counts by label of the gold entity, or of the spurious one; labels are sorted."""
        by_label: dict[str, list[Verdict]] = {}
        for verdict in self.verdicts:
            by_label.setdefault(verdict.span[2], []).append(verdict)
        return {label: _by_kind(by_label[label]) for label in sorted(by_label)}

    @property
    def confusion(self) -> Confusion:
        """The labels by gold and predicted; a pair with a wrong boundary counts too."""
        pairs = Counter((verdict.gold_label, verdict.predicted_label) for verdict in self.verdicts)
        either = set().union(*pairs)
        labels = sorted(label for label in either if label is not None)
        keys = (*labels, None)
        rows = []
        for gold in keys:
            rows.append(tuple(pairs[gold, predicted] for predicted in keys))
        return Confusion(tuple(labels), tuple(rows))

    def frequent(self, *, kind: Kind | None = None, limit: int = 20) -> list[Surface]:
        """Return the mistakes that are made most often with the same words, labels and kind.

        Of mistakes with the same count, the first in the alphabet comes first.

        Args:
            kind: only mistakes of this kind; None for all kinds but `correct`.
            limit: how many at most.
        """
        counts: Counter[_Repeated] = Counter()
        for verdict in self.verdicts:
            if verdict.kind == kind or (kind is None and verdict.kind != "correct"):
                counts[_repeated(verdict)] += 1
        ordered = sorted(counts, key=lambda mistake: (-counts[mistake], _alphabetical(mistake)))
        return [Surface(*mistake, counts[mistake]) for mistake in ordered[:limit]]

    def as_dict(self, *, limit: int = 20) -> dict[str, Any]:
        """Return counts, confusion and the most frequent mistakes for JSON.

        Args:
            limit: how many of the most frequent mistakes at most.
        """
        return {
            "counts": self.counts,
            "per_type": self.per_type,
            "confusion": self.confusion.as_dict(),
            "frequent": list(map(asdict, self.frequent(limit=limit))),
        }


def find_mistakes(gold: Sequence[Post], predicted: Sequence[Post]) -> Mistakes:
    """Give every gold and every predicted entity its verdict; see `mner.spans.verdicts`.

    Args:
        gold: annotated posts; predictions of labels that were not annotated do not count.
        predicted: the same posts in the same order.

    Raises:
        InputError: the posts are not the same, or one is not annotated or not tagged.
    """
    verdicts = []
    for position, posts in enumerate(align(gold, predicted)):
        verdicts += judge(position, posts)
    return Mistakes(tuple(verdicts))


def _by_kind(verdicts: Sequence[Verdict]) -> dict[Kind, int]:
    counts = Counter(verdict.kind for verdict in verdicts)
    return {kind: counts[kind] for kind in KINDS}


def _repeated(verdict: Verdict) -> _Repeated:
    return verdict.text.lower(), verdict.kind, verdict.gold_label, verdict.predicted_label


def _alphabetical(mistake: _Repeated) -> list[str]:
    return [text or "" for text in mistake]
